package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// scrape the server's metrics.
func (r *running) scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()

	_, body := r.get(t, "/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)

	out, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	return out
}

// get something over HTTP: its status and body.
func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.web+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()

	body, err := io.ReadAll(rsp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return rsp.StatusCode, string(body)
}

// sample is a metric's value, or a histogram's count, of the series with these labels and
// values.
func (r *running) sample(t *testing.T, name string, labels ...string) float64 {
	t.Helper()

	for _, m := range r.scrape(t)[name].GetMetric() {
		got := make([]string, 0, len(labels))
		for _, l := range m.GetLabel() {
			got = append(got, l.GetName(), l.GetValue())
		}

		if cmp.Equal(append([]string{}, labels...), got) {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}

	t.Fatalf("there is no %s %v", name, labels)

	return 0
}

func TestTooLarge(t *testing.T) {
	r := run(t, function(answer), MaxRecvMessageSize(1<<20))

	_, err := invoke(t.Context(), r.dial(t, r.client), &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: strings.Repeat("x", 1<<20)}})
	if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "larger than max") {
		t.Errorf("RunFunction(...): got error %v, want ResourceExhausted", err)
	}

	if diff := cmp.Diff(1.0, r.sample(t, "dataplatform_function_calls_total", "outcome", "ResourceExhausted")); diff != "" {
		t.Errorf("calls: -want, +got:\n%s", diff)
	}
}

// callers at once, each with a call on one connection. It returns how many failed with each code.
func callers(ctx context.Context, conn *grpc.ClientConn, n int) map[codes.Code]int {
	var (
		mu  sync.Mutex
		wg  sync.WaitGroup
		out = map[codes.Code]int{}
	)

	for range n {
		wg.Go(func() {
			_, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, &fnv1.RunFunctionRequest{})

			mu.Lock()
			defer mu.Unlock()

			out[status.Code(err)]++
		})
	}

	wg.Wait()

	return out
}

func TestConcurrentCalls(t *testing.T) {
	g := newGate()
	r := run(t, g, MaxConcurrentCalls(3))

	done := make(chan map[codes.Code]int, 1)

	go func() { done <- callers(t.Context(), r.dial(t, r.client), 10) }()

	g.wait(t, 3)
	eventually(t, "7 calls wait", func() bool { return r.runner.waiting.Load() == 7 })

	if diff := cmp.Diff(10.0, r.sample(t, "dataplatform_function_calls_open")); diff != "" {
		t.Errorf("open calls: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff(7.0, r.sample(t, "dataplatform_function_calls_waiting")); diff != "" {
		t.Errorf("waiting calls: -want, +got:\n%s", diff)
	}

	if n := len(g.entered); n > 0 {
		t.Errorf("%d calls more than 3 run at once", n)
	}

	close(g.opened)

	if diff := cmp.Diff(map[codes.Code]int{codes.OK: 10}, <-done); diff != "" {
		t.Errorf("calls by code: -want, +got:\n%s", diff)
	}
}

func TestWaitUntilDeadline(t *testing.T) {
	g := newGate()
	defer close(g.opened)

	r := run(t, g, MaxConcurrentCalls(1))
	conn := r.dial(t, r.client)

	go callers(t.Context(), conn, 1)

	g.wait(t, 1)

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()

	if diff := cmp.Diff(map[codes.Code]int{codes.DeadlineExceeded: 5}, callers(ctx, conn, 5)); diff != "" {
		t.Errorf("calls by code: -want, +got:\n%s", diff)
	}

	eventually(t, "no call waits", func() bool { return r.runner.waiting.Load() == 0 })
}

func TestTooManyWait(t *testing.T) {
	g := newGate()
	r := run(t, g, MaxConcurrentCalls(1), func(o *options) { o.maxWaiting = 2 })
	conn := r.dial(t, r.client)
	done := make(chan map[codes.Code]int, 1)

	go func() { done <- callers(t.Context(), conn, 1) }()

	g.wait(t, 1)

	waiting := make(chan map[codes.Code]int, 1)

	go func() { waiting <- callers(t.Context(), conn, 2) }()

	eventually(t, "2 calls wait", func() bool { return r.runner.waiting.Load() == 2 })

	if diff := cmp.Diff(map[codes.Code]int{codes.ResourceExhausted: 1}, callers(t.Context(), conn, 1)); diff != "" {
		t.Errorf("one more: -want, +got:\n%s", diff)
	}

	close(g.opened)

	if diff := cmp.Diff(map[codes.Code]int{codes.OK: 2}, <-waiting); diff != "" {
		t.Errorf("those that waited: -want, +got:\n%s", diff)
	}

	<-done
}

func TestCancelledCalls(t *testing.T) {
	g := newGate()
	r := run(t, g, MaxConcurrentCalls(2))
	conn := r.dial(t, r.client)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan map[codes.Code]int, 1)

	go func() { done <- callers(ctx, conn, 50) }()

	g.wait(t, 2)
	eventually(t, "48 calls wait", func() bool { return r.runner.waiting.Load() == 48 })
	cancel()

	if diff := cmp.Diff(map[codes.Code]int{codes.Canceled: 50}, <-done); diff != "" {
		t.Errorf("cancelled calls: -want, +got:\n%s", diff)
	}

	eventually(t, "no call waits", func() bool { return r.runner.waiting.Load() == 0 })
	close(g.opened)

	if diff := cmp.Diff(map[codes.Code]int{codes.OK: 10}, callers(t.Context(), conn, 10)); diff != "" {
		t.Errorf("calls after that: -want, +got:\n%s", diff)
	}
}

// A caller that sends a part of its request, and no more.
func TestSlowCaller(t *testing.T) {
	r := run(t, function(answer), MaxConcurrentCalls(1), func(o *options) { o.callTimeout = 50 * time.Millisecond })
	conn := r.dial(t, r.client)

	stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, fnv1.FunctionRunnerService_RunFunction_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}

	if err := stream.RecvMsg(&fnv1.RunFunctionResponse{}); status.Code(err) != codes.Canceled {
		t.Errorf("RecvMsg(...): got error %v, want Canceled", err)
	}

	if _, err := invoke(t.Context(), conn, &fnv1.RunFunctionRequest{}); err != nil {
		t.Errorf("RunFunction(...) after that: %v", err)
	}
}

// early panics before it knows anything.
type early struct{}

func (early) Answer(context.Context, []byte, *Subject) (*Answer, error) { panic("a secret") }

func TestPanic(t *testing.T) {
	var none []string

	broken := function(func(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		return nil, errors.New(none[len(req.GetContext().GetFields())]) // Out of range.
	})

	type want struct {
		tag   string
		cause string
		code  codes.Code
	}

	cases := map[string]struct {
		reason string
		fn     Function
		want   want
	}{
		"Function": {
			reason: "A panic of the function is a fatal result.",
			fn:     broken,
			want:   want{tag: "tag", cause: "index out of range [0] with length 0"},
		},
		"Early": {
			reason: "So is one before the function knows what the call is about. What was panicked with may be a part of the request, and is not in the log.",
			fn:     early{},
			want:   want{cause: "panic with a string"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := run(t, tc.fn)
			conn := r.dial(t, r.client)
			messages := map[string]bool{}

			for range 2 {
				rsp, err := invoke(t.Context(), conn, &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: "tag"}})
				if status.Code(err) != tc.want.code {
					t.Fatalf("%s\nRunFunction(...): got error %v, want %s", tc.reason, err, tc.want.code)
				}

				message := status.Convert(err).Message()

				if err == nil {
					message = rsp.GetResults()[0].GetMessage()

					if diff := cmp.Diff(tc.want.tag, rsp.GetMeta().GetTag()); diff != "" {
						t.Errorf("%s\ntag: -want, +got:\n%s", tc.reason, diff)
					}

					if got := rsp.GetResults()[0]; got.GetSeverity() != fnv1.Severity_SEVERITY_FATAL || got.GetReason() != ReasonInternalError {
						t.Errorf("%s\nresult: got %v, want a fatal one for %s", tc.reason, got, ReasonInternalError)
					}
				}

				messages[message] = true
			}

			if len(messages) != 1 {
				t.Errorf("%s\nmessages differ, so that the XR would change each time: %v", tc.reason, messages)
			}

			for message := range messages {
				id := strings.TrimSuffix(strings.Fields(message)[2], ":")
				if log := r.log.String(); !strings.Contains(log, "id "+id+" cause "+tc.want.cause) && !strings.Contains(log, "id "+id+" cause runtime error: "+tc.want.cause) || !strings.Contains(log, "calls_test.go") {
					t.Errorf("%s\nlog: want id %s, cause %q and the stack, got:\n%s", tc.reason, id, tc.want.cause, log)
				}
			}

			if strings.Contains(r.log.String(), "secret") {
				t.Errorf("%s\nthe log has what was panicked with:\n%s", tc.reason, r.log)
			}

			if diff := cmp.Diff(2.0, r.sample(t, "dataplatform_function_calls_total", "outcome", "Panic")); diff != "" {
				t.Errorf("%s\ncalls: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(map[string]float64{"hit": 0, "miss": 0}, r.all(t, "dataplatform_function_answer_cache_requests_total")); diff != "" {
				t.Errorf("%s\nanswer cache: -want, +got:\n%s", tc.reason, diff)
			}

			if err := r.stop(); err != nil {
				t.Errorf("%s\nServe(...): %v", tc.reason, err)
			}
		})
	}
}

func TestStop(t *testing.T) {
	const inFlight = 100

	g := newGate()
	r := run(t, g, MaxConcurrentCalls(10))
	conn := r.dial(t, r.client)
	done := make(chan map[codes.Code]int, 1)

	go func() { done <- callers(t.Context(), conn, inFlight) }()

	g.wait(t, 10)
	eventually(t, "100 calls are in flight", func() bool { return r.runner.open.Load() == inFlight })

	if code, _ := r.get(t, "/readyz"); code != http.StatusOK {
		t.Errorf("/readyz before it is stopped: got %d, want 200", code)
	}

	stopped := make(chan error, 1)

	go func() { stopped <- r.stop() }()

	eventually(t, "it is not ready", func() bool {
		code, _ := r.get(t, "/readyz")
		return code == http.StatusServiceUnavailable
	})

	if code, _ := r.get(t, "/healthz"); code != http.StatusOK {
		t.Errorf("/healthz while calls are finished: got %d, want 200", code)
	}

	eventually(t, "new connections are refused", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.address)
		if err == nil {
			_ = conn.Close() // It was accepted just before.
		}

		return errors.Is(err, syscall.ECONNREFUSED)
	})

	close(g.opened)

	if diff := cmp.Diff(map[codes.Code]int{codes.OK: inFlight}, <-done); diff != "" {
		t.Errorf("calls in flight: -want, +got:\n%s", diff)
	}

	if err := <-stopped; err != nil {
		t.Errorf("Serve(...): %v", err)
	}
}

func TestStopCutsOff(t *testing.T) {
	g := newGate()
	defer close(g.opened)

	r := run(t, g, ShutdownTimeout(50*time.Millisecond))
	done := make(chan map[codes.Code]int, 1)

	go func() { done <- callers(t.Context(), r.dial(t, r.client), 2) }()

	g.wait(t, 2)

	err := r.stop()
	if want := "2 calls were cut off: they had not ended within the --shutdown-timeout of 50ms"; err == nil || err.Error() != want {
		t.Errorf("Serve(...): got error %v, want %q", err, want)
	}

	if diff := cmp.Diff(map[codes.Code]int{codes.Unavailable: 2}, <-done); diff != "" {
		t.Errorf("calls in flight: -want, +got:\n%s", diff)
	}
}

func TestHealth(t *testing.T) {
	g := newGate()
	r := run(t, g)
	conn := r.dial(t, r.client)
	client := healthv1.NewHealthClient(conn)

	for _, service := range []string{"", fnv1.FunctionRunnerService_ServiceDesc.ServiceName} {
		rsp, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		if err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("Check(%q): got %v, %v, want SERVING", service, rsp.GetStatus(), err)
		}
	}

	watch, err := client.Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}

	if rsp, err := watch.Recv(); err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("Watch(): got %v, %v, want SERVING", rsp.GetStatus(), err)
	}

	go callers(t.Context(), conn, 1)

	g.wait(t, 1)

	stopped := make(chan error, 1)

	go func() { stopped <- r.stop() }()

	if rsp, err := watch.Recv(); err != nil || rsp.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("Watch() while it stops: got %v, %v, want NOT_SERVING", rsp.GetStatus(), err)
	}

	close(g.opened)

	if err := <-stopped; err != nil {
		t.Errorf("Serve(...): %v", err)
	}
}

func TestServeErrors(t *testing.T) {
	taken := listen(t)
	defer taken.Close()

	cases := map[string]struct {
		reason string
		opts   []Option
		want   string
	}{
		"NoCertificates": {
			reason: "Without certificates it says what to set.",
			want:   "there are no certificates: set --tls-certs-dir or TLS_SERVER_CERTS_DIR, or serve without mTLS with --insecure",
		},
		"AddressTaken": {
			reason: "An address that is taken is an error.",
			opts:   []Option{Insecure(true), Listen("tcp", taken.Addr().String())},
			want:   fmt.Sprintf("cannot listen for calls on tcp %q: listen tcp %s: bind: address already in use", taken.Addr(), taken.Addr()),
		},
		"MetricsAddressTaken": {
			reason: "So is one for metrics.",
			opts:   []Option{Insecure(true), Listen("tcp", "127.0.0.1:0"), MetricsServer(taken.Addr().String())},
			want:   fmt.Sprintf("cannot serve metrics at %q: choose another --metrics-address, or an empty one to serve none: listen tcp %s: bind: address already in use", taken.Addr(), taken.Addr()),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := Serve(t.Context(), function(answer), tc.opts...)
			if err == nil || err.Error() != tc.want {
				t.Errorf("%s\nServe(...): got error %v, want %q", tc.reason, err, tc.want)
			}
		})
	}
}
