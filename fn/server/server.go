// Package server serves a function to Crossplane over gRPC, and what watches it over
// HTTP.
//
// It takes the place of the SDK's function.Serve, with options of the same style. That
// one drops the calls under way when it is told to stop, reads its certificates once,
// and takes any number of calls at once.
package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/logging"
)

// Defaults of the options.
const (
	DefaultNetwork = "tcp"
	DefaultAddress = ":9443"

	// DefaultMaxRecvMessageSize is gRPC's own, in bytes.
	DefaultMaxRecvMessageSize = 4 << 20

	// DefaultMaxConcurrentCalls bounds the memory that requests take. A call waits for
	// nothing but a CPU, so more at once than there are CPUs are not answered sooner.
	DefaultMaxConcurrentCalls = 16

	// DefaultShutdownTimeout leaves 5 of the 30 s that Kubernetes gives a pod between
	// SIGTERM and SIGKILL (terminationGracePeriodSeconds).
	DefaultShutdownTimeout = 25 * time.Second
)

const (
	// maxStreams is how many calls one connection may have open, those that wait
	// included; a caller with more keeps them to itself until others end. HTTP/2 asks
	// for 100 at least (RFC 9113, section 6.5.2), and one controller of Crossplane runs
	// 100 reconciles at once by default (--max-reconcile-rate).
	maxStreams = 100

	// windowSize is how much of a request, in bytes, a caller may send before the function
	// reads it, and connWindowSize how much may be on its way on one connection. The reference
	// platform that is observed whole fits in, managedFields included: with gRPC's least,
	// 64 KB, to receive it took more time than to find the answer. By default gRPC lets both
	// grow up to 16 MB, for each call that waits.
	windowSize     = 256 << 10
	connWindowSize = 1 << 20

	// handshakeTimeout is how long a caller has from connecting to the end of the
	// handshakes of TLS and HTTP/2, which take a few round trips inside a cluster. gRPC's
	// default is 2 minutes.
	handshakeTimeout = 10 * time.Second

	// headerTimeout is the same for a request over HTTP, up to the end of its header.
	headerTimeout = 10 * time.Second
)

// options of Serve.
type options struct {
	log             logging.Logger
	metrics         *Metrics
	network         string
	address         string
	metricsAddress  string
	credentials     credentials.TransportCredentials
	certificates    string
	insecure        bool
	maxMessage      int
	maxCalls        int
	shutdownTimeout time.Duration
	callTimeout     time.Duration
	maxWaiting      int64
}

func newOptions(opts ...Option) *options {
	o := &options{
		log:             logging.NewNopLogger(),
		metrics:         NewMetrics(),
		network:         DefaultNetwork,
		address:         DefaultAddress,
		maxMessage:      DefaultMaxRecvMessageSize,
		maxCalls:        DefaultMaxConcurrentCalls,
		shutdownTimeout: DefaultShutdownTimeout,
		callTimeout:     callTimeout,
		maxWaiting:      maxWaiting,
	}
	for _, apply := range opts {
		apply(o)
	}

	return o
}

// An Option configures how a function is served.
type Option func(o *options)

// Log what happens to log. By default nothing is logged.
func Log(log logging.Logger) Option {
	return func(o *options) { o.log = log }
}

// Listen for calls at an address of a network, such as tcp or unix.
func Listen(network, address string) Option {
	return func(o *options) { o.network, o.address = network, address }
}

// MTLSCertificates are in a directory: the server's certificate and its key (tls.crt,
// tls.key), and the CA that signs those of callers (ca.crt). Files that change hold for
// the connections made from then on.
func MTLSCertificates(dir string) Option {
	return func(o *options) { o.certificates = dir }
}

// Insecure serves whoever connects, in plain text, even if there are certificates.
func Insecure(is bool) Option {
	return func(o *options) { o.insecure = is }
}

// MaxRecvMessageSize in bytes, of a request.
func MaxRecvMessageSize(bytes int) Option {
	return func(o *options) { o.maxMessage = bytes }
}

// MaxConcurrentCalls is how many calls are received and answered at once. Others wait,
// before their requests are read.
func MaxConcurrentCalls(n int) Option {
	return func(o *options) { o.maxCalls = n }
}

// ShutdownTimeout is how long calls that are under way when the server is stopped have
// until they are cut off.
func ShutdownTimeout(d time.Duration) Option {
	return func(o *options) { o.shutdownTimeout = d }
}

// MetricsServer serves metrics and health over HTTP at an address. An empty one serves
// none.
func MetricsServer(address string) Option {
	return func(o *options) { o.metricsAddress = address }
}

// WithMetrics records in m what happens.
func WithMetrics(m *Metrics) Option {
	return func(o *options) { o.metrics = m }
}

// Serve fn until ctx is done. Then calls under way are finished, new ones refused, and
// nil is returned, unless some had to be cut off.
func Serve(ctx context.Context, fn Function, opts ...Option) error {
	o := newOptions(opts...)

	creds, err := o.transport()
	if err != nil {
		return err
	}

	o.credentials = creds

	lis, err := (&net.ListenConfig{}).Listen(ctx, o.network, o.address)
	if err != nil {
		return errors.Wrapf(err, "cannot listen for calls on %s %q", o.network, o.address)
	}
	defer lis.Close() //nolint:errcheck // gRPC has closed it, unless it never got it.

	var watching net.Listener
	if o.metricsAddress != "" {
		if watching, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.metricsAddress); err != nil {
			return errors.Wrapf(err, "cannot serve metrics at %q: choose another --metrics-address, or an empty one to serve none", o.metricsAddress)
		}
		defer watching.Close() //nolint:errcheck // Its server has closed it.
	}

	return newServer(fn, o).serve(ctx, lis, watching)
}

// transport is what secures connections.
func (o *options) transport() (credentials.TransportCredentials, error) {
	if o.insecure {
		return insecure.NewCredentials(), nil
	}

	if o.certificates == "" {
		return nil, errors.New("there are no certificates: set --tls-certs-dir or TLS_SERVER_CERTS_DIR, or serve without mTLS with --insecure")
	}

	c := &certificates{dir: o.certificates, log: o.log, metrics: o.metrics}
	if err := c.load(); err != nil {
		return nil, errors.Wrapf(err, "cannot use the certificates in %q", o.certificates)
	}

	o.metrics.observeExpiry(c.expires)

	return credentials.NewTLS(&tls.Config{
		// Each connection gets the configuration of the files as they are then.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.config(), nil },
		MinVersion:         tls.VersionTLS12,
	}), nil
}

// A server of one function.
type server struct {
	*options

	grpc   *grpc.Server
	health *health.Server
	runner *runner
	ready  atomic.Bool
}

func newServer(fn Function, o *options) *server {
	opts := []grpc.ServerOption{
		grpc.Creds(o.credentials),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.MaxRecvMsgSize(o.maxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.StaticStreamWindowSize(windowSize),
		grpc.StaticConnWindowSize(connWindowSize),
		grpc.SharedWriteBuffer(true),
		grpc.InTapHandle(cancellable),
		grpc.ForceServerCodecV2(newCodec()),
	}
	s := &server{options: o, grpc: grpc.NewServer(opts...), health: health.NewServer(), runner: newRunner(fn, o)}
	s.grpc.RegisterService(&service, s.runner)
	s.health.SetServingStatus(service.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(s.grpc, &healthServer{s.health})

	return s
}

// serve calls at lis, and metrics and health at watching, if that is not nil.
func (s *server) serve(ctx context.Context, lis, watching net.Listener) error {
	failed := make(chan error, 2)

	go func() { failed <- errors.Wrap(s.grpc.Serve(lis), "cannot serve calls") }()

	s.ready.Store(true)
	s.log.Info("Serving", "address", lis.Addr().String())

	if watching != nil {
		web := &http.Server{Handler: s.watch(), ReadHeaderTimeout: headerTimeout}
		defer web.Close() //nolint:errcheck // The process ends.

		go func() { failed <- errors.Wrap(web.Serve(watching), "cannot serve metrics") }()
	}

	select {
	case err := <-failed:
		s.grpc.Stop()
		return err
	case <-ctx.Done():
		return s.stop()
	}
}

// stop finishes the calls under way. Callers are told to make no more on their
// connections, and new connections are refused.
func (s *server) stop() error {
	s.log.Info("Stopping", "calls", s.runner.open.Load(), "timeout", s.shutdownTimeout)
	s.ready.Store(false)
	s.health.Shutdown()

	done := make(chan struct{})

	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()

	select {
	case <-done:
		return nil
	case <-time.After(s.shutdownTimeout):
	}

	n := s.runner.open.Load()
	s.grpc.Stop()

	return errors.Errorf("%d calls were cut off: they had not ended within the --shutdown-timeout of %s", n, s.shutdownTimeout)
}

// watch is what is served over HTTP: metrics, and health for Kubernetes' probes, which
// have no certificate for the gRPC health service.
func (s *server) watch() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.ready.Load() {
			w.WriteHeader(http.StatusOK)
			return
		}

		w.WriteHeader(http.StatusServiceUnavailable)
	})

	return mux
}
