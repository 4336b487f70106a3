package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/internal/testca"
)

// patience is how long tests wait for what should happen soon, on a busy machine.
const patience = 30 * time.Second

// A function in a test.
type function func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)

func (f function) Answer(ctx context.Context, request []byte, about *Subject) (*Answer, error) {
	req := &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(request, req); err != nil {
		return nil, err
	}

	xr := req.GetObserved().GetComposite().GetResource().AsMap()
	metadata, _ := xr["metadata"].(map[string]any)

	about.Tag = req.GetMeta().GetTag()
	about.Kind, _ = xr["kind"].(string)
	about.Namespace, _ = metadata["namespace"].(string)
	about.Name, _ = metadata["name"].(string)
	about.UID, _ = metadata["uid"].(string)

	rsp, err := f(ctx, req)
	if err != nil {
		return nil, err
	}

	ttl := rsp.GetMeta().GetTtl()
	rsp = proto.CloneOf(rsp)
	rsp.Meta = nil

	body, err := proto.Marshal(rsp)

	return NewAnswer(ttl, rsp, 0, body).To(about.Tag), err
}

// answer at once.
func answer(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return response.To(req, time.Minute), nil
}

// A gate holds calls until it is opened.
type gate struct {
	entered chan struct{} // One for each call inside.
	opened  chan struct{}
}

func newGate() *gate {
	return &gate{entered: make(chan struct{}, 1000), opened: make(chan struct{})}
}

func (g *gate) Answer(ctx context.Context, request []byte, about *Subject) (*Answer, error) {
	g.entered <- struct{}{}

	<-g.opened

	return function(answer).Answer(ctx, request, about)
}

// wait until n calls are inside.
func (g *gate) wait(t *testing.T, n int) {
	t.Helper()

	timeout := time.After(patience)

	for i := range n {
		select {
		case <-g.entered:
		case <-timeout:
			t.Fatalf("%d calls are inside, want %d", i, n)
		}
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()

	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// A log that tests read.
type log struct {
	mu    *sync.Mutex
	lines *bytes.Buffer
}

func newLog() *log { return &log{mu: &sync.Mutex{}, lines: &bytes.Buffer{}} }

func (l *log) Info(msg string, kv ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()

	fmt.Fprintln(l.lines, append([]any{msg}, kv...)...)
}

func (l *log) Debug(msg string, kv ...any)      { l.Info(msg, kv...) }
func (l *log) WithValues(...any) logging.Logger { return l }

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.lines.String()
}

// A running server in a test.
type running struct {
	*server

	address string
	web     string
	log     *log
	stop    func() error // Returns what Serve does.
	client  *tls.Config
	dir     string
	ca      *testca.Authority
}

// authority and the directory of a server's certificate, which is valid.
func mount(t *testing.T) (*testca.Authority, string) {
	t.Helper()

	ca, err := testca.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	if err := ca.Mount(dir, tomorrow()); err != nil {
		t.Fatal(err)
	}

	return ca, dir
}

func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

// clientOf an authority, with a certificate of its.
func clientOf(t *testing.T, ca *testca.Authority, expires time.Time) *tls.Config {
	t.Helper()

	c, err := ca.Client(expires)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

func listen(t *testing.T) net.Listener {
	t.Helper()

	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	return l
}

// run a server with mTLS on loopback until the test ends.
func run(t *testing.T, fn Function, opts ...Option) *running {
	t.Helper()

	ca, dir := mount(t)
	l := newLog()
	o := newOptions(append([]Option{Log(l), MTLSCertificates(dir)}, opts...)...)

	var err error
	if o.credentials, err = o.transport(); err != nil {
		t.Fatal(err)
	}

	s := newServer(fn, o)
	lis, watching := listen(t), listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})

	var served error

	go func() {
		served = s.serve(ctx, lis, watching)

		close(done)
	}()

	stop := func() error {
		cancel()

		<-done

		return served
	}

	t.Cleanup(func() { _ = stop() }) // Tests that stop it themselves look at the error.

	return &running{
		server: s, address: lis.Addr().String(), web: "http://" + watching.Addr().String(),
		log: l, stop: stop, client: clientOf(t, ca, tomorrow()), dir: dir, ca: ca,
	}
}

// dial the server as client, on a connection of its own.
func (r *running) dial(t *testing.T, client *tls.Config) *grpc.ClientConn {
	t.Helper()

	conn, err := grpc.NewClient("passthrough:///"+r.address, grpc.WithTransportCredentials(credentials.NewTLS(client)))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() }) // Tests may have closed it.

	return conn
}

// invoke the function.
func invoke(ctx context.Context, conn *grpc.ClientConn, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	return fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, req)
}

func TestCall(t *testing.T) {
	req := &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: "tag"}}
	want := response.To(req, time.Minute)

	r := run(t, function(answer))

	got, err := invoke(t.Context(), r.dial(t, r.client), req)
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("RunFunction(...): -want, +got:\n%s", diff)
	}
}
