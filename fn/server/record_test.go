package server

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/crossplane/function-sdk-go/response"
)

// requestOf a platform with a UID.
func requestOf(uid string) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{
		Meta: &fnv1.RequestMeta{Tag: "some-tag"},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: resource.MustStructJSON(`{
			"apiVersion": "dataplatform.crossplane.io/v1alpha1",
			"kind": "XDataPlatform",
			"metadata": {"namespace": "team-a", "name": "orders", "uid": "` + uid + `"},
			"spec": {"region": "planted"}
		}`)}},
	}
}

func fatal(reason string) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Ttl: durationpb.New(time.Minute)}}
	response.Fatal(rsp, errors.New(`spec.region: invalid value "planted"`))

	if reason != "" {
		rsp.Results[0].Reason = proto.String(reason)
	}

	return rsp
}

// composed is a response that composes a platform.
func composed(ready bool) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Ttl: durationpb.New(10 * time.Minute)},
		Desired: &fnv1.State{Composite: &fnv1.Resource{}},
	}
	response.Normal(rsp, "to whom it may concern")
	response.ConditionTrue(rsp, "NetworkReady", "Available")
	response.ConditionTrue(rsp, "Ready", "OfNoComponent")
	response.ConditionTrue(rsp, "Responsive", "OfNoComponent")

	if ready {
		response.ConditionTrue(rsp, "DatabaseReady", "Available")
		return rsp
	}

	rsp.Desired.Composite.Ready = fnv1.Ready_READY_FALSE
	response.ConditionFalse(rsp, "DatabaseReady", "Creating")

	return rsp
}

// all samples of a metric, by the values of its labels.
func (r *running) all(t *testing.T, name string) map[string]float64 {
	t.Helper()

	out := map[string]float64{}

	for _, m := range r.scrape(t)[name].GetMetric() {
		values := []string{}
		for _, l := range m.GetLabel() {
			values = append(values, l.GetValue())
		}

		out[strings.Join(values, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}

	return out
}

func TestRecord(t *testing.T) {
	type call struct {
		uid string
		rsp *fnv1.RunFunctionResponse // None is an error.
	}

	type want struct {
		calls      map[string]float64
		fatal      map[string]float64 // That are not 0.
		platforms  map[string]float64
		components map[string]float64
		ttls       float64
		log        string // Its last line begins with this.
	}

	identity := "tag some-tag kind XDataPlatform namespace team-a name orders "

	cases := map[string]struct {
		reason string
		calls  []call
		want   want
	}{
		"Ready": {
			reason: "A platform that is ready is counted once, however often it is called.",
			calls:  []call{{"a", composed(false)}, {"a", composed(true)}},
			want: want{
				calls:      map[string]float64{"OK": 2, "Fatal": 0, "Panic": 0},
				platforms:  map[string]float64{"Ready": 1, "NotReady": 0, "Fatal": 0},
				components: map[string]float64{"Network true": 1, "Network false": 0, "Database true": 1, "Database false": 0},
				ttls:       2,
				log:        "Answered " + identity + "uid a outcome OK duration ",
			},
		},
		"Several": {
			reason: "Each platform counts.",
			calls:  []call{{"a", composed(true)}, {"b", composed(false)}, {"c", composed(false)}},
			want: want{
				calls:      map[string]float64{"OK": 3, "Fatal": 0, "Panic": 0},
				platforms:  map[string]float64{"Ready": 1, "NotReady": 2, "Fatal": 0},
				components: map[string]float64{"Network true": 3, "Network false": 0, "Database true": 1, "Database false": 2},
				ttls:       3,
				log:        "Answered " + identity + "uid c outcome OK duration ",
			},
		},
		"Fatal": {
			reason: "A fatal result is counted by its reason. What is known of the components stays. The message, which quotes the spec, is not in the log.",
			calls:  []call{{"a", composed(false)}, {"a", fatal(ReasonInvalidComposite)}},
			want: want{
				calls:      map[string]float64{"OK": 1, "Fatal": 1, "Panic": 0},
				fatal:      map[string]float64{ReasonInvalidComposite: 1},
				platforms:  map[string]float64{"Ready": 0, "NotReady": 0, "Fatal": 1},
				components: map[string]float64{"Network true": 1, "Network false": 0, "Database true": 0, "Database false": 1},
				ttls:       2,
				log:        "Fatal result " + identity + "uid a outcome Fatal duration ",
			},
		},
		"FatalAtOnce": {
			reason: "Nothing need be known of the components. Reasons that are not in the list are one.",
			calls:  []call{{"a", fatal("")}, {"a", fatal("made-up")}},
			want: want{
				calls:     map[string]float64{"OK": 0, "Fatal": 2, "Panic": 0},
				fatal:     map[string]float64{ReasonOther: 2},
				platforms: map[string]float64{"Ready": 0, "NotReady": 0, "Fatal": 1},
				ttls:      2,
				log:       "Fatal result " + identity + "uid a outcome Fatal duration ",
			},
		},
		"Error": {
			reason: "A call that failed has no response, and tells nothing of the platform.",
			calls:  []call{{"a", nil}},
			want: want{
				calls:     map[string]float64{"OK": 0, "Fatal": 0, "Panic": 0, "Unknown": 1},
				platforms: map[string]float64{"Ready": 0, "NotReady": 0, "Fatal": 0},
				log:       "Call failed " + identity + "uid a outcome Unknown duration ",
			},
		},
		"NoUID": {
			reason: "A preview's platform has no UID, and is not counted.",
			calls:  []call{{"", composed(true)}},
			want: want{
				calls:     map[string]float64{"OK": 1, "Fatal": 0, "Panic": 0},
				platforms: map[string]float64{"Ready": 0, "NotReady": 0, "Fatal": 0},
				ttls:      1,
				log:       "Answered " + identity + "outcome OK duration ",
			},
		},
		"LongUID": {
			reason: "A UID that no Kubernetes made is not kept, and cut in the log.",
			calls:  []call{{strings.Repeat("x", 1000), composed(true)}},
			want: want{
				calls:     map[string]float64{"OK": 1, "Fatal": 0, "Panic": 0},
				platforms: map[string]float64{"Ready": 0, "NotReady": 0, "Fatal": 0},
				ttls:      1,
				log:       "Answered " + identity + "uid " + strings.Repeat("x", 253) + " outcome OK duration ",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			calls := tc.calls

			r := run(t, function(func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
				if calls[0].rsp == nil {
					return nil, errors.New("boom")
				}

				return calls[0].rsp, nil
			}))
			conn := r.dial(t, r.client)

			for _, c := range tc.calls {
				_, err := invoke(t.Context(), conn, requestOf(c.uid))
				if (err != nil) != (c.rsp == nil) {
					t.Fatalf("%s\nRunFunction(...): %v", tc.reason, err)
				}

				eventually(t, "the call ends", func() bool { return r.runner.open.Load() == 0 })

				calls = calls[1:]
			}

			if diff := cmp.Diff(tc.want.calls, r.all(t, "dataplatform_function_calls_total")); diff != "" {
				t.Errorf("%s\ncalls: -want, +got:\n%s", tc.reason, diff)
			}

			fatals := map[string]float64{ReasonInvalidInput: 0, ReasonInvalidComposite: 0, ReasonInvalidObserved: 0, ReasonCannotCompose: 0, ReasonInternalError: 0, ReasonOther: 0}
			maps.Copy(fatals, tc.want.fatal)

			if diff := cmp.Diff(fatals, r.all(t, "dataplatform_function_fatal_results_total")); diff != "" {
				t.Errorf("%s\nfatal results: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.want.platforms, r.all(t, "dataplatform_platforms")); diff != "" {
				t.Errorf("%s\nplatforms: -want, +got:\n%s", tc.reason, diff)
			}

			components := tc.want.components
			if components == nil {
				components = map[string]float64{}
			}

			if diff := cmp.Diff(components, r.all(t, "dataplatform_components")); diff != "" {
				t.Errorf("%s\ncomponents: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.want.ttls, r.sample(t, "dataplatform_function_response_ttl_seconds")); diff != "" {
				t.Errorf("%s\nTTLs: -want, +got:\n%s", tc.reason, diff)
			}

			lines := strings.Split(strings.TrimSpace(r.log.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, tc.want.log) {
				t.Errorf("%s\nlog: want a last line that begins with %q, got %q", tc.reason, tc.want.log, last)
			}

			if strings.Contains(r.log.String(), "planted") {
				t.Errorf("%s\nthe log has a part of the spec:\n%s", tc.reason, r.log)
			}
		})
	}
}

// Platforms that are deleted are called no more.
func TestPlatformsLeave(t *testing.T) {
	r := run(t, function(func(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		rsp := composed(true)
		if req.GetObserved().GetComposite().GetResource().GetFields()["metadata"].GetStructValue().GetFields()["uid"].GetStringValue() == "deleted" {
			rsp.Meta.Ttl = durationpb.New(time.Millisecond)
		}

		return rsp, nil
	}))
	conn := r.dial(t, r.client)

	for _, uid := range []string{"deleted", "kept"} {
		if _, err := invoke(t.Context(), conn, requestOf(uid)); err != nil {
			t.Fatal(err)
		}
	}

	eventually(t, "one platform is left", func() bool { return r.sample(t, "dataplatform_platforms", "state", "Ready") == 1 })
}

// A keeper knows every second answer already.
type keeper struct {
	function

	calls int
}

func (k *keeper) Answer(ctx context.Context, request []byte, about *Subject) (*Answer, error) {
	a, err := k.function.Answer(ctx, request, about)
	if k.calls++; k.calls%2 == 0 {
		a = a.Again()
	}

	return a, err
}

func TestCacheMetrics(t *testing.T) {
	r := run(t, &keeper{function: answer})
	conn := r.dial(t, r.client)

	for range 3 {
		if _, err := invoke(t.Context(), conn, requestOf("a")); err != nil {
			t.Fatal(err)
		}
	}

	if diff := cmp.Diff(map[string]float64{"hit": 1, "miss": 2}, r.all(t, "dataplatform_function_answer_cache_requests_total")); diff != "" {
		t.Errorf("answer cache: -want, +got:\n%s", diff)
	}
}

// With every option, and without mTLS.
func TestServe(t *testing.T) {
	lis, watching := listen(t), listen(t)
	address, web := lis.Addr().String(), watching.Addr().String()

	for _, l := range []net.Listener{lis, watching} {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	m := NewMetrics()

	go func() {
		served <- Serve(ctx, function(answer), Insecure(true), MTLSCertificates("ignored"), Listen("tcp", address), MetricsServer(web), WithMetrics(m), MaxConcurrentCalls(1))
	}()

	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	if diff := cmp.Diff(map[codes.Code]int{codes.OK: 3}, callers(t.Context(), conn, 3)); diff != "" {
		t.Errorf("calls: -want, +got:\n%s", diff)
	}

	r := &running{web: "http://" + web}
	if code, _ := r.get(t, "/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: got %d, want 200", code)
	}

	cancel()

	if err := <-served; err != nil {
		t.Errorf("Serve(...): %v", err)
	}
}

// What keeps a server from going on is an error.
func TestBrokenListeners(t *testing.T) {
	cases := map[string]struct {
		reason string
		closed func(lis, watching net.Listener) net.Listener
		want   string
	}{
		"Calls":   {"Calls can't be taken any more.", func(lis, _ net.Listener) net.Listener { return lis }, "cannot serve calls: "},
		"Metrics": {"Metrics can't be served any more.", func(_, watching net.Listener) net.Listener { return watching }, "cannot serve metrics: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := newOptions(Insecure(true))
			o.credentials = insecure.NewCredentials()
			lis, watching := listen(t), listen(t)

			if err := tc.closed(lis, watching).Close(); err != nil {
				t.Fatal(err)
			}

			err := newServer(function(answer), o).serve(t.Context(), lis, watching)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("%s\nserve(...): got error %v, want one that begins with %q", tc.reason, err, tc.want)
			}
		})
	}
}
