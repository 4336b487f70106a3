package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/testca"
	"github.com/crossplane-contrib/function-data-platform/test/bench/requests"
)

// asFunction makes this test's program the function: it runs main, in a process of its
// own.
const asFunction = "RUN_AS_FUNCTION"

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		main()
		return
	}

	os.Exit(m.Run())
}

// command runs the function with arguments.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()

	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), exe, args...)

	cmd.Env = append(os.Environ(), asFunction+"=1")

	return cmd
}

func TestFlags(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"NoMessages":    {"No message fits into 0 MB.", []string{"--max-recv-message-size=0"}, "--max-recv-message-size: invalid value 0: use a number of MB from 1 to 2047"},
		"LessThanNone":  {"Nor into less.", []string{"--max-recv-message-size=-1"}, "--max-recv-message-size: invalid value -1: use a number of MB from 1 to 2047"},
		"TooLarge":      {"gRPC can't count more than 2 GB.", []string{"--max-recv-message-size=2048"}, "--max-recv-message-size: invalid value 2048: use a number of MB from 1 to 2047"},
		"NoCalls":       {"With no call at once none would be answered.", []string{"--max-concurrent-calls=0"}, "--max-concurrent-calls: invalid value 0: use a number from 1"},
		"NoMemory":      {"A limit is not negative.", []string{"--memory-limit=-1"}, "--memory-limit: invalid value -1: use a number of MB, or 0 for none"},
		"NoAnswers":     {"Nor is the size of a cache.", []string{"--answer-cache=-1"}, "--answer-cache: invalid value -1: use a number of MB, or 0 to keep no answers"},
		"BeforeTheStop": {"Nor is a timeout.", []string{"--shutdown-timeout=-1s"}, "--shutdown-timeout: invalid value -1s: use a duration such as 25s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := command(t, append(tc.args, "--insecure", "--address=127.0.0.1:0", "--metrics-address=")...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), tc.want) {
				t.Errorf("%s\nfunction %v: got error %v, want one with %q and exit status 1:\n%s", tc.reason, tc.args, err, tc.want, out)
			}
		})
	}
}

// start the function with mTLS and further arguments. It returns its process, its address,
// and a client's credentials.
func start(t *testing.T, args ...string) (*exec.Cmd, string, credentials.TransportCredentials) {
	t.Helper()

	ca, err := testca.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}

	dir, tomorrow := t.TempDir(), time.Now().Add(24*time.Hour)
	if err := ca.Mount(dir, tomorrow); err != nil {
		t.Fatal(err)
	}

	client, err := ca.Client(tomorrow)
	if err != nil {
		t.Fatal(err)
	}

	cmd := command(t, append(args, "--tls-certs-dir="+dir, "--address=127.0.0.1:0", "--metrics-address=")...)

	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	return cmd, addressIn(t, stderr), credentials.NewTLS(client)
}

// dial the function on a connection of its own.
func dial(t *testing.T, address string, creds credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()

	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() }) // The function may have ended.

	return conn
}

// 1,000 callers at once stay within the memory that docs/observability.md advises.
func TestManyCallers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a process has used at most is in /proc")
	}

	if testing.Short() {
		t.Skip("it measures, and make race multiplies memory")
	}

	const (
		callers = 1000
		limit   = 256 // MB.
	)

	cases := map[string]struct {
		reason      string
		connections int
		refused     bool // Whether callers may be.
	}{
		"OneConnection":     {"Crossplane has one connection, and waits for its function like this. None is refused.", 1, false},
		"OneConnectionEach": {"As many Crossplanes as this would. Those that are late are refused.", callers, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			reqs, err := requests.New(t.Context(), newFunction(t).RunFunction)
			if err != nil {
				t.Fatal(err)
			}

			cmd, address, creds := start(t)

			conns := make([]*grpc.ClientConn, tc.connections)
			for i := range conns {
				conns[i] = dial(t, address, creds)
			}

			var (
				wg      sync.WaitGroup
				refused atomic.Int64
			)

			errs := make([]error, callers)
			for i := range callers {
				wg.Go(func() {
					_, err := fnv1.NewFunctionRunnerServiceClient(conns[i%len(conns)]).RunFunction(t.Context(), reqs.Everything, grpc.WaitForReady(true))
					if err != nil && tc.refused {
						refused.Add(1)
						return
					}

					errs[i] = err
				})
			}

			wg.Wait()

			if err := errors.Join(errs...); err != nil {
				t.Errorf("%s\nRunFunction(...): %v", tc.reason, err)
			}

			proc, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if err != nil {
				t.Fatal(err)
			}

			var peak int

			_, line, _ := strings.Cut(string(proc), "VmHWM:")
			if _, err := fmt.Sscanf(line, "%d kB", &peak); err != nil {
				t.Fatal(err)
			}

			t.Logf("peak memory: %d MB; refused: %d", peak>>10, refused.Load())

			if refused.Load() == callers {
				t.Errorf("%s\nRunFunction(...): all were refused", tc.reason)
			}

			if peak>>10 > limit {
				t.Errorf("%s\npeak memory: got %d MB, want at most %d", tc.reason, peak>>10, limit)
			}
		})
	}
}

// SIGTERM with 100 calls in flight: 2 that are received, and 98 that wait.
func TestSIGTERM(t *testing.T) {
	const inFlight = 100

	cmd, address, creds := start(t, "--max-concurrent-calls=2")
	conn := dial(t, address, creds)

	req := requestFor(xrJSON(`{"region":"us-east-1"}`))
	begin := func() grpc.ClientStream {
		s, err := conn.NewStream(t.Context(), &grpc.StreamDesc{}, fnv1.FunctionRunnerService_RunFunction_FullMethodName)
		if err != nil {
			t.Fatal(err)
		}

		return s
	}
	finish := func(s grpc.ClientStream) error {
		return cmp.Or(s.SendMsg(req), s.CloseSend(), s.RecvMsg(&fnv1.RunFunctionResponse{}))
	}

	calls := make([]grpc.ClientStream, inFlight)
	for i := range calls {
		calls[i] = begin()
	}

	// An answer to the first says that the server has begun the others.
	if err := finish(calls[0]); err != nil {
		t.Fatal(err)
	}

	calls[0] = begin()

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}

	var wg sync.WaitGroup

	errs := make([]error, inFlight)

	for i, s := range calls {
		wg.Go(func() { errs[i] = finish(s) })
	}

	wg.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Errorf("calls in flight: %v", err)
	}

	if err := cmd.Wait(); err != nil {
		t.Errorf("the function ended with %v, want exit status 0", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()

	if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, req); status.Code(err) != codes.Unavailable {
		t.Errorf("RunFunction(...) after that: got error %v, want Unavailable", err)
	}
}

// addressIn what a function logs. The rest is read too, so that it can go on.
func addressIn(t *testing.T, log io.Reader) string {
	t.Helper()

	pattern := regexp.MustCompile(`"address":"([^"]+)"`)
	lines := bufio.NewScanner(log)

	for lines.Scan() {
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }() // It ends with the function.

			return m[1]
		}
	}

	t.Fatal("the function does not say at which address it serves")

	return ""
}
