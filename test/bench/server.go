package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

const (
	startTimeout = 30 * time.Second

	// tick is the unit of time in /proc: Linux has had 100 a second for all
	// programs, whatever the kernel itself uses.
	tick = 10 * time.Millisecond
)

// A server is a function in a process of its own.
type server struct {
	name    string
	args    []string
	started time.Time
	cmd     *exec.Cmd
	output  bytes.Buffer
	conn    *grpc.ClientConn
}

// start a server on a free port of the loopback interface.
func start(ctx context.Context, name string, args ...string) (*server, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}

	s := &server{name: name, args: args}
	s.cmd = exec.CommandContext(ctx, args[0], append(args[1:len(args):len(args)], "--address="+address)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output

	s.conn, err = grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		// Until the server listens, try again at once: how long it takes is
		// part of what is measured.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: time.Millisecond, Multiplier: 1, MaxDelay: time.Millisecond},
			MinConnectTimeout: startTimeout,
		}))
	if err != nil {
		return nil, err
	}

	s.started = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the %s: %w", name, err)
	}

	return s, nil
}

func (s *server) stop() {
	_ = s.conn.Close()
	_ = s.cmd.Process.Kill() // It fails only if the process is gone already.
	_ = s.cmd.Wait()         // It was killed.
}

// call the server with a request in wire format. What comes back is not
// decoded: the less the caller does, the more of the machine the server has.
func (s *server) call(ctx context.Context, req []byte) ([]byte, error) {
	var rsp []byte

	err := s.conn.Invoke(ctx, fnv1.FunctionRunnerService_RunFunction_FullMethodName, &req, &rsp, grpc.ForceCodec(raw{}), grpc.WaitForReady(true))
	if err != nil {
		return nil, fmt.Errorf("the %s does not answer: %w\n%s", s.name, err, strings.TrimSpace(s.output.String()))
	}

	return rsp, nil
}

// raw is a gRPC codec for messages that are in wire format already.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil } //nolint:forcetypeassert // See call.

func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data //nolint:forcetypeassert // See call.
	return nil
}

func (raw) Name() string { return "proto" }

func (s *server) proc(file string) string { return fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, file) }

// cpu is the processor time that the server has used.
func (s *server) cpu() (time.Duration, error) {
	b, err := os.ReadFile(s.proc("stat"))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name in parentheses, and may hold
	// spaces. Behind it, user and system time are fields 14 and 15.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))

	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}

	system, err := strconv.ParseInt(fields[12], 10, 64)

	return time.Duration(user+system) * tick, err
}

// memory is a figure of the server's in MB. VmHWM is the most memory that it has
// had since forgetPeak.
func (s *server) memory(name string) (float64, error) {
	b, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, err
	}

	for line := range strings.Lines(string(b)) {
		if kb, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(kb), " kB"), 64)
			return n / 1024, err
		}
	}

	return 0, fmt.Errorf("%s has no %s", s.proc("status"), name)
}

// forgetPeak makes VmHWM start anew (see clear_refs in proc(5)). Where the
// kernel can't, it counts from the server's start.
func (s *server) forgetPeak() { _ = os.WriteFile(s.proc("clear_refs"), []byte("5"), 0) }
