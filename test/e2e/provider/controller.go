package provider

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// cacheSyncTimeout is long enough to outlive an API server that is away: the
// default ends the program after two minutes.
const cacheSyncTimeout = 365 * 24 * time.Hour

const (
	// reconcileRate is how many resources one of provider-aws's programs reconciles a second:
	// the default of its flag --max-reconcile-rate.
	reconcileRate = 100

	// pollJitter is the part of the poll interval that a poll may come earlier or later:
	// provider-aws's is 5 % (cmd/provider/ec2/zz_main.go).
	pollJitter = 20
)

type (
	request   = reconcile.Request
	queue     = workqueue.TypedRateLimitingInterface[request]
	rateLimit = workqueue.TypedRateLimiter[request]
)

// A kindController is what the controller of one kind consists of.
type kindController struct {
	*process

	kind      schema.GroupVersionKind
	client    kindClient
	callbacks rateLimit

	mu    sync.Mutex
	queue queue
}

// start a controller of a kind whose CRD is established.
func (p *process) start(ctx context.Context, kind schema.GroupVersionKind) (*kindController, error) {
	c := &kindController{
		process:   p,
		kind:      kind,
		client:    newKindClient(p.manager.GetClient(), kind, p.Provider),
		callbacks: p.rateLimiter(),
	}

	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kind)

	if err := p.manager.GetFieldIndexer().IndexField(ctx, o, indexController, controllerUID); err != nil {
		return nil, errors.Wrap(err, "cannot index by controller")
	}

	ctl, err := controller.NewUnmanaged(managed.ControllerName(kind.String()), controller.Options{
		Reconciler:              p.limited(kind, c.reconciler()),
		MaxConcurrentReconciles: p.options.MaxConcurrentReconciles,
		RateLimiter:             p.rateLimiter(),
		CacheSyncTimeout:        cacheSyncTimeout,
		Logger:                  p.options.Logger,
		// A program may play the provider for several control planes.
		SkipNameValidation: ptr.To(true),
	})
	if err != nil {
		return nil, errors.Wrap(err, "cannot make a controller")
	}

	if err := ctl.Watch(source.Kind(p.manager.GetCache(), client.Object(o), &handler.EnqueueRequestForObject{}, resource.DesiredStateChanged())); err != nil {
		return nil, errors.Wrap(err, "cannot watch")
	}

	if err := ctl.Watch(source.Func(c.setQueue)); err != nil {
		return nil, errors.Wrap(err, "cannot watch")
	}

	return c, errors.Wrap(p.manager.Add(ctl), "cannot start a controller")
}

// limited is a reconciler of a kind that is called as often as provider-aws calls it: the kinds
// of one of AWS's services are one program's, and share its limit.
func (p *process) limited(kind schema.GroupVersionKind, r reconcile.Reconciler) reconcile.Reconciler {
	if p.limits[kind.Group] == nil {
		p.limits[kind.Group] = ratelimiter.NewGlobal(reconcileRate)
	}

	return ratelimiter.NewReconciler(managed.ControllerName(kind.String()), r, p.limits[kind.Group])
}

func (p *Provider) rateLimiter() rateLimit {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[request](p.options.MinBackoff, p.options.MaxBackoff)
}

// A kindManager is a manager whose client and scheme are those of one kind.
type kindManager struct {
	manager.Manager

	client client.Client
	scheme *runtime.Scheme
}

func (m kindManager) GetClient() client.Client   { return m.client }
func (m kindManager) GetScheme() *runtime.Scheme { return m.scheme }

// reconciler is crossplane-runtime's, set up as upjet does for provider-aws.
func (c *kindController) reconciler() reconcile.Reconciler {
	name := managed.ControllerName(c.kind.String())

	return managed.NewReconciler(
		kindManager{Manager: c.manager, client: c.client, scheme: c.scheme},
		resource.ManagedKind(c.kind),
		managed.WithExternalConnector(connector{kindController: c}),
		managed.WithFinalizer(forgetfulFinalizer{Finalizer: resource.NewAPIFinalizer(c.client, managed.FinalizerName), trackers: &c.trackers}),
		managed.WithInitializers(initializers(c.client, provideraws.KindOf(c.kind))...),
		managed.WithLogger(logging.NewLogrLogger(c.options.Logger.WithValues("controller", name))),
		managed.WithManagementPolicies(),
		managed.WithPollInterval(c.options.PollInterval),
		managed.WithPollJitterHook(c.options.PollInterval/pollJitter),
		managed.WithRecorder(event.NewAPIRecorder(c.manager.GetEventRecorderFor(name))), //nolint:staticcheck // crossplane-runtime v2.2 takes no other recorder.
		managed.WithReferenceResolver(resolver{ReferenceResolver: managed.NewAPISimpleReferenceResolver(c.client)}),
		managed.WithTimeout(3*time.Minute),
	)
}

// A forgetfulFinalizer forgets the operations on a resource that is gone.
type forgetfulFinalizer struct {
	resource.Finalizer

	trackers *trackers
}

// RemoveFinalizer of a managed resource.
func (f forgetfulFinalizer) RemoveFinalizer(ctx context.Context, o resource.Object) error {
	if err := f.Finalizer.RemoveFinalizer(ctx, o); err != nil {
		return err
	}

	f.trackers.forget(o.GetUID())

	return nil
}

func (c *kindController) setQueue(_ context.Context, q queue) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.queue = q

	return nil
}

// enqueue a resource after some time.
func (c *kindController) enqueue(name types.NamespacedName, after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.queue != nil {
		c.queue.AddAfter(request{NamespacedName: name}, after)
	}
}

// enqueueAll resources of a namespace, or of all.
func (c *kindController) enqueueAll(ctx context.Context, namespace string) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(c.kind.GroupVersion().WithKind(c.kind.Kind + "List"))

	if err := c.manager.GetClient().List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return err
	}

	for i := range list.Items {
		c.enqueue(client.ObjectKeyFromObject(&list.Items[i]), 0)
	}

	return nil
}

// callback writes the end of an operation into a managed resource's status, and
// has it reconciled, as upjet's does.
func (c *kindController) callback(ctx context.Context, name types.NamespacedName, op Operation, err error, reconcile bool) {
	if uerr := c.writeOperation(ctx, name, op, err); resource.IgnoreNotFound(uerr) != nil {
		c.options.Logger.V(1).Info("cannot write the end of an operation", "kind", c.kind, "name", name, "error", uerr.Error())
	}

	item := request{NamespacedName: name}

	if err == nil {
		c.callbacks.Forget(item)
	}

	if !reconcile {
		return
	}

	if err == nil {
		c.enqueue(name, 0)
		return
	}

	c.enqueue(name, c.callbacks.When(item))
}

func (c *kindController) writeOperation(ctx context.Context, name types.NamespacedName, op Operation, err error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	m := &Managed{}
	if err := c.client.Get(ctx, name, m); err != nil {
		return err
	}

	m.SetConditions(lastAsyncOperation(op, err), xpv1.ReconcileSuccess())

	if err != nil {
		m.SetConditions(xpv1.ReconcileError(errors.Wrapf(err, "%s failed", op)))
	}

	return c.client.Status().Update(ctx, m)
}
