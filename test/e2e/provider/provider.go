package provider

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// fieldManager is who the API server sees writing.
const fieldManager = "provider-aws"

// waitForCRDs is how often a kind without a CRD is looked for.
const waitForCRDs = time.Second

// A Provider plays provider-aws against one API server.
type Provider struct {
	config   *rest.Config
	options  Options
	scheme   *runtime.Scheme
	core     *runtime.Scheme
	discover discovery.DiscoveryInterface

	cloud    *cloud
	failures failures

	mu       sync.Mutex
	refusals []Refusal
	requests map[changeRequest]int
	statuses map[string]int // How many were written, by namespace.
	current  *process
	victim   *victim
	losing   *loss
}

// New returns a provider for an API server.
func New(cfg *rest.Config, o Options) (*Provider, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1
	cfg.UserAgent = fieldManager

	p := &Provider{
		config:   cfg,
		options:  o.withDefaults(),
		scheme:   runtime.NewScheme(),
		core:     runtime.NewScheme(),
		cloud:    newCloud(),
		requests: map[changeRequest]int{},
		statuses: map[string]int{},
	}

	for _, kind := range provideraws.Kinds() {
		p.scheme.AddKnownTypeWithName(kind, &Managed{})
	}

	if err := corev1.AddToScheme(p.core); err != nil {
		return nil, errors.Wrap(err, "cannot register Secrets")
	}

	var err error
	if p.discover, err = discovery.NewDiscoveryClientForConfig(cfg); err != nil {
		return nil, errors.Wrap(err, "cannot make a discovery client")
	}

	p.current, err = p.newProcess()

	return p, err
}

// Run the provider until the context is done. It starts each kind's controller
// once the kind has a CRD, and waits for an API server that is away. Killed, it waits until
// it is started again. It runs once.
func (p *Provider) Run(ctx context.Context) error {
	for {
		current := p.process()

		err := current.run(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}

		select {
		case <-ctx.Done():
			return nil
		case <-current.replaced:
		}
	}
}

// process that runs, or was killed.
func (p *Provider) process() *process {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.current
}
