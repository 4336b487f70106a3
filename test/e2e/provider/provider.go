package provider

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/internal/observed"
)

// fieldManager is who the API server sees writing.
const fieldManager = "provider-aws"

// waitForCRDs is how often a kind without a CRD is looked for.
const waitForCRDs = time.Second

// A Provider plays provider-aws against one API server.
type Provider struct {
	options  Options
	manager  manager.Manager
	scheme   *runtime.Scheme
	discover discovery.DiscoveryInterface

	cloud    *cloud
	failures failures
	trackers trackers

	mu          sync.Mutex
	refusals    []Refusal
	controllers map[string]*kindController
}

// New returns a provider for an API server.
func New(cfg *rest.Config, o Options) (*Provider, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1
	cfg.UserAgent = fieldManager

	p := &Provider{
		options:     o.withDefaults(),
		scheme:      runtime.NewScheme(),
		cloud:       newCloud(),
		trackers:    trackers{byID: map[types.UID]*operationTracker{}},
		controllers: map[string]*kindController{},
	}

	for _, kind := range observed.Kinds() {
		p.scheme.AddKnownTypeWithName(kind, &Managed{})
	}

	core := runtime.NewScheme()
	if err := corev1.AddToScheme(core); err != nil {
		return nil, errors.Wrap(err, "cannot register Secrets")
	}

	d, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		return nil, errors.Wrap(err, "cannot make a discovery client")
	}

	p.discover = d
	p.manager, err = manager.New(cfg, manager.Options{
		Scheme:                 core,
		Logger:                 p.options.Logger,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		Cache:                  cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		Client:                 client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})

	return p, errors.Wrap(err, "cannot make a manager")
}

// Run the provider until the context is done. It starts each kind's controller
// once the kind has a CRD, and waits for an API server that is away. It runs once.
func (p *Provider) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(logr.NewContext(ctx, p.options.Logger))
	defer cancel()

	ended := make(chan error, 1)

	go func() { ended <- p.manager.Start(ctx) }()

	waiting := observed.Kinds()
	tick := time.NewTicker(waitForCRDs)

	defer tick.Stop()

	for {
		waiting = slices.DeleteFunc(waiting, p.starter(ctx, waiting))
		if len(waiting) == 0 {
			return errors.Wrap(<-ended, "manager")
		}

		select {
		case err := <-ended:
			return errors.Wrap(err, "manager")
		case <-tick.C:
		}
	}
}
