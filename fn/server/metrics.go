package server

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace of the metrics' names, and subsystem of those that are of the function and
// not of the platforms.
const (
	namespace = "dataplatform"
	subsystem = "function"
)

// Version of the function, as the release sets it with -ldflags -X.
var Version = "unknown"

// Metrics of the function. docs/observability.md has what each means.
type Metrics struct {
	registry *prometheus.Registry

	calls     *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	fatal     *prometheus.CounterVec
	ttl       prometheus.Histogram
	cache     *prometheus.CounterVec
	reloads   prometheus.Counter
	platforms *platforms
}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "calls_total",
			Help: "Calls that have ended, by how they ended.",
		}, []string{"outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "call_duration_seconds",
			Help: "Time from the begin of a call to its end, the wait for its turn included.",
			// A call takes 1 to 10 ms of CPU, and has at most 2 minutes.
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}, []string{"outcome"}),
		fatal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "fatal_results_total",
			Help: "Responses with a fatal result, which change nothing, by its reason.",
		}, []string{"reason"}),
		ttl: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "response_ttl_seconds",
			Help:    "Time after which responses asked Crossplane to call again.",
			Buckets: []float64{15, 30, 60, 120, 300, 600, 1800, 3600},
		}),
		cache: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "answer_cache_requests_total",
			Help: "Requests looked up among the answers that are kept, by whether one was there.",
		}, []string{"result"}),
		reloads: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "certificate_reload_failures_total",
			Help: "Renewed certificates that could not be read.",
		}),
		platforms: newPlatforms(),
	}

	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: subsystem, Name: "build_info",
		Help:        "Always 1, with what the function was built of.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()},
	})
	build.Set(1)

	// From the start, so that the first of each is seen to be one more.
	for _, o := range []string{outcomeOK, outcomeFatal, outcomePanic} {
		m.calls.WithLabelValues(o)
	}

	for _, r := range reasons {
		m.fatal.WithLabelValues(r)
	}

	m.cache.WithLabelValues("hit")
	m.cache.WithLabelValues("miss")

	m.registry.MustRegister(m.calls, m.duration, m.fatal, m.ttl, m.cache, m.reloads, m.platforms, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	return m
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observeCalls shows how many calls there are now.
func (m *Metrics) observeCalls(open, waiting *atomic.Int64) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "calls_open",
			Help: "Calls that have begun and not ended, those that wait included.",
		}, func() float64 { return float64(open.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "calls_waiting",
			Help: "Calls that wait for their turn.",
		}, func() float64 { return float64(waiting.Load()) }),
	)
}

// observeExpiry shows when the server's certificate expires.
func (m *Metrics) observeExpiry(at func() time.Time) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: subsystem, Name: "certificate_expiry_timestamp_seconds",
		Help: "Unix time at which the certificate in use expires.",
	}, func() float64 { return float64(at().Unix()) }))
}
