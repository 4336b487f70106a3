package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// A function answers within a second; a machine that is busy building may
	// need far longer to start one.
	startTimeout = 30 * time.Second

	// Another process may take a port between our finding it free and the
	// function's listening on it.
	startAttempts = 3
)

// A Server is a function that runs as a process of its own.
type Server struct {
	// Target is where the function listens, for a gRPC client.
	Target string

	cmd    *exec.Cmd
	exited chan struct{}
}

// Serve starts a function on a free loopback port, and returns once it listens.
// The function stops when ctx is done or Stop is called. What it logs goes to
// logs.
func Serve(ctx context.Context, binary string, logs io.Writer) (*Server, error) {
	var err error

	for range startAttempts {
		var s *Server
		if s, err = start(ctx, binary, logs); err == nil {
			return s, nil
		}

		if ctx.Err() != nil {
			break
		}
	}

	return nil, fmt.Errorf("cannot serve the function %s: %w", binary, err)
}

// Stop the function, and wait until it is gone.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill() // It fails only if the process is gone already.
	<-s.exited
}

func start(ctx context.Context, binary string, logs io.Writer) (*Server, error) {
	target, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}

	head := &headWriter{limit: 4096}

	// Serving metrics is switched off because their port is fixed, and two
	// previews may run at once.
	cmd := exec.CommandContext(ctx, binary, "--insecure", "--address="+target, "--metrics-address=")
	cmd.Stdout = io.MultiWriter(logs, head)
	cmd.Stderr = cmd.Stdout

	if err := cmd.Start(); err != nil {
		return nil, err
	}

	s := &Server{Target: target, cmd: cmd, exited: make(chan struct{})}

	go func() {
		_ = cmd.Wait() // Its exit is what matters, not its code.

		close(s.exited)
	}()

	if err := s.waitUntilListening(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%w\n%s", err, strings.TrimSpace(head.String()))
	}

	return s, nil
}

func (s *Server) waitUntilListening(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	d := net.Dialer{}

	for {
		conn, err := d.DialContext(ctx, "tcp", s.Target)
		if err == nil {
			_ = conn.Close()
		}

		select {
		case <-s.exited:
			// Checked even after a connection: whoever took the port may have
			// answered it.
			return errors.New("it exited before it listened on " + s.Target)
		case <-ctx.Done():
			return fmt.Errorf("it does not listen on %s: %w", s.Target, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}

		if err == nil {
			return nil
		}
	}
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	lc := net.ListenConfig{}

	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}

	return l.Addr().String(), l.Close()
}

// A headWriter keeps the first bytes that are written to it.
type headWriter struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	limit int
}

func (w *headWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.buf.Write(p[:min(len(p), w.limit-w.buf.Len())])

	return len(p), nil
}

func (w *headWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.buf.String()
}
