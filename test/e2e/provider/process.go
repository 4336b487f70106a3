package provider

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// lastWords is how long a killed process still writes what it has begun to: that it has asked
// AWS for something. Killed before that, the managed reconciler could not tell whether it has,
// and would stop until someone says so; provider-aws says it as soon as it has asked.
const lastWords = 500 * time.Millisecond

// A process is what of a provider ends when it is killed: all but AWS.
type process struct {
	*Provider

	manager  manager.Manager
	trackers trackers
	limits   map[string]ratelimiter.RateLimiter // By the API group of a service.

	running     sync.Mutex
	controllers map[string]*kindController

	killed   atomic.Bool
	stop     chan struct{} // Closed to end it.
	stopped  chan struct{} // Closed when it has.
	replaced chan struct{} // Closed when there is another.
}

// newProcess returns a process that knows nothing of those before.
func (p *Provider) newProcess() (*process, error) {
	m, err := manager.New(p.config, manager.Options{
		Scheme:                 p.core,
		Logger:                 p.options.Logger,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		Cache:                  cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		Client:                 client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})

	return &process{
		Provider:    p,
		manager:     m,
		trackers:    trackers{byID: map[types.UID]*operationTracker{}},
		limits:      map[string]ratelimiter.RateLimiter{},
		controllers: map[string]*kindController{},
		stop:        make(chan struct{}),
		stopped:     make(chan struct{}),
		replaced:    make(chan struct{}),
	}, errors.Wrap(err, "cannot make a manager")
}

// run until the context is done or the process is stopped.
func (p *process) run(ctx context.Context) error {
	defer close(p.stopped)

	ctx, cancel := context.WithCancel(logr.NewContext(ctx, p.options.Logger))
	defer cancel()

	ended := make(chan error, 1)

	go func() { ended <- p.manager.Start(ctx) }()

	waiting := provideraws.Kinds()
	tick := time.NewTicker(waitForCRDs)

	defer tick.Stop()

	for {
		waiting = slices.DeleteFunc(waiting, p.starter(ctx, waiting))
		if len(waiting) == 0 {
			tick.Stop()
		}

		select {
		case err := <-ended:
			return errors.Wrap(err, "manager")
		case <-p.stop:
			cancel()

			// However it ended: it was killed.
			if err := <-ended; err != nil {
				p.options.Logger.V(1).Info("killed", "error", err.Error())
			}

			return nil
		case <-tick.C:
		}
	}
}

// controller of a kind, or nil.
func (p *process) controller(kind string) *kindController {
	p.running.Lock()
	defer p.running.Unlock()

	return p.controllers[kind]
}

// Kill the provider that runs, and wait until it has ended. What it asked AWS for happens, but
// no more is heard of it: external names that AWS gives and that were not recorded are lost.
func (p *Provider) Kill() {
	current := p.process()
	if current.killed.Swap(true) {
		<-current.stopped
		return
	}

	time.Sleep(lastWords)
	close(current.stop)
	<-current.stopped
}

// Start the provider again after it was killed.
func (p *Provider) Start() error {
	next, err := p.newProcess()
	if err != nil {
		return err
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	close(p.current.replaced)
	p.current = next

	return nil
}

// A victim is what a process is to be killed over.
type victim struct {
	kind, namespace string
	killed          chan struct{}
}

// KillOnCreate kills the provider while AWS creates the next thing of a kind for a managed
// resource in a namespace. The channel is closed once it has ended.
func (p *Provider) KillOnCreate(kind, namespace string) (killed <-chan struct{}) {
	v := &victim{kind: kind, namespace: namespace, killed: make(chan struct{})}

	p.mu.Lock()
	defer p.mu.Unlock()

	p.victim = v

	return v.killed
}

// mayKill the provider over what a managed resource has just asked AWS for.
func (p *Provider) mayKill(m *Managed) {
	p.mu.Lock()
	defer p.mu.Unlock()

	v := p.victim
	if v == nil || v.kind != m.Kind() || v.namespace != m.GetNamespace() {
		return
	}

	p.victim = nil

	// Halfway, so that the resource has heard that its creation has begun, not of its end.
	time.AfterFunc(p.options.Delays.of(v.kind).Create/2, func() {
		p.Kill()
		close(v.killed)
	})
}
