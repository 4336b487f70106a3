package server

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/util/cache"
)

const (
	// maxPlatforms are counted: those called last. One takes some 200 bytes.
	maxPlatforms = 10_000

	// keptTTLs is how many TTLs of its last response a platform is counted after that.
	// Crossplane calls it again after one; with several replicas, and while it is called
	// for other reasons, another replica may be asked a few times in a row.
	keptTTLs = 5
)

// States of a platform.
const (
	stateReady    = "Ready"
	stateNotReady = "NotReady"
	stateFatal    = "Fatal"
)

// A state is what the last response said of a platform.
type state struct {
	is         string
	components map[string]bool // Whether each is ready.
}

// platforms counts those that were called of late.
type platforms struct {
	mu    sync.Mutex
	byUID *cache.LRUExpireCache

	count      *prometheus.Desc
	components *prometheus.Desc
}

func newPlatforms() *platforms {
	return &platforms{
		byUID: cache.NewLRUExpireCache(maxPlatforms),
		count: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "platforms"),
			"Platforms by what the last response said of them.", []string{"state"}, nil),
		components: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "components"),
			"Components of these platforms by whether they are ready.", []string{"component", "ready"}, nil),
	}
}

// Describe the metrics.
func (p *platforms) Describe(ch chan<- *prometheus.Desc) {
	ch <- p.count

	ch <- p.components
}

// Collect the metrics.
func (p *platforms) Collect(ch chan<- prometheus.Metric) {
	p.mu.Lock()
	defer p.mu.Unlock()

	type component struct {
		name  string
		ready bool
	}

	counts := map[string]int{stateReady: 0, stateNotReady: 0, stateFatal: 0}
	components := map[component]int{}

	for _, uid := range p.byUID.Keys() {
		v, _ := p.byUID.Get(uid)
		if s, ok := v.(state); ok { // It has not just expired.
			counts[s.is]++

			for name, ready := range s.components {
				components[component{name, ready}]++
				components[component{name, !ready}] += 0
			}
		}
	}

	for is, n := range counts {
		ch <- prometheus.MustNewConstMetric(p.count, prometheus.GaugeValue, float64(n), is)
	}

	for c, n := range components {
		ch <- prometheus.MustNewConstMetric(p.components, prometheus.GaugeValue, float64(n), c.name, strconv.FormatBool(c.ready))
	}
}

// set the state of a platform for ttl from now. A fatal result tells nothing of its
// components: they stay as they were.
func (p *platforms) set(uid string, s state, ttl time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if before, ok := p.byUID.Get(uid); ok && s.is == stateFatal {
		s.components = before.(state).components //nolint:forcetypeassert // There are no others.
	}

	p.byUID.Add(uid, s, ttl)
}
