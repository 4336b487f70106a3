package provider

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// refusal is how long AWS takes to refuse something.
const refusal = 50 * time.Millisecond

// A connector makes the client that the managed reconciler talks to AWS with.
type connector struct {
	*kindController
}

// Connect reads what the resource's Secrets hold.
func (c connector) Connect(ctx context.Context, mg resource.Managed) (managed.ExternalClient, error) {
	m, ok := mg.(*Managed)
	if !ok {
		return nil, errors.Errorf("%T is none of this provider's kinds", mg)
	}

	values, err := readSensitive(ctx, c.client, m)
	if err != nil {
		return nil, errors.Wrap(err, "cannot initialize the Terraform plugin SDK async external client")
	}

	return &external{kindController: c.kindController, managed: m, values: values, tracker: c.trackers.of(m.GetUID())}, nil
}

// An external is upjet's asynchronous client of one managed resource's thing in
// AWS. The managed reconciler hands the resource to each call again; it is the one
// that the client was made for.
type external struct {
	*kindController

	managed *Managed
	values  map[string]string
	tracker *operationTracker
}

// Observe the thing in AWS.
func (e *external) Observe(_ context.Context, _ resource.Managed) (managed.ExternalObservation, error) {
	m := e.managed

	if e.tracker.isRunning() {
		return managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true}, nil
	}

	e.tracker.clear(true)

	if _, deleted, _ := e.tracker.known(); deleted && meta.WasDeleted(m) {
		return managed.ExternalObservation{}, nil
	}

	t := e.find()
	if t == nil {
		return managed.ExternalObservation{}, nil
	}

	// Of a resource that is to be deleted the deletion fails, which says more.
	if err := e.failures.of(OperationObserve, m); err != nil && !meta.WasDeleted(m) {
		return managed.ExternalObservation{}, diagnostic(OperationObserve, m.Kind(), t.name, err)
	}

	x, values, err := e.cloud.external(t)
	if err != nil {
		return managed.ExternalObservation{}, err
	}

	e.misplaces(t)

	atProvider := x.AtProvider()

	changed := provideraws.LateInitialize(m.Object, atProvider)
	if changed {
		e.cloud.learn(t, m)
	}

	m.SetConditions(xpv1.Available())

	if err := unstructured.SetNestedField(m.Object, atProvider, "status", "atProvider"); err != nil {
		return managed.ExternalObservation{}, errors.Wrap(err, "could not set observation")
	}

	// Where the policy has no late initialization this name is lost, as
	// crossplane/upjet#531 says.
	if meta.GetExternalName(m) != t.name {
		meta.SetExternalName(m, t.name)

		changed = true
	}

	upToDate := onlyObserves(m) || len(e.cloud.changes(t, atProvider, m, e.values)) == 0
	if upToDate && !meta.WasDeleted(m) {
		m.SetConditions(lastAsyncOperation("", nil), xpv1.ReconcileSuccess())
		e.tracker.clear(false)
	}

	return managed.ExternalObservation{
		ResourceExists:          true,
		ResourceUpToDate:        upToDate,
		ResourceLateInitialized: changed,
		ConnectionDetails:       connectionDetails(t.kind, x, values),
	}, nil
}

// Create the thing in AWS.
func (e *external) Create(ctx context.Context, _ resource.Managed) (managed.ExternalCreation, error) {
	if err := e.start(OperationCreate); err != nil {
		return managed.ExternalCreation{}, err
	}

	m := e.managed
	before := e.tracker.lastError()

	var t *thing

	e.requested(m, OperationCreate)

	err := e.failures.of(OperationCreate, m)
	if err == nil {
		t, err = e.cloud.create(m, e.values)
		e.refused(m, OperationCreate, meta.GetExternalName(m), err)
	}

	if err != nil {
		e.fails(ctx, OperationCreate, diagnostic(OperationCreate, m.Kind(), "", err))
		return managed.ExternalCreation{}, before
	}

	e.mayKill(m)

	e.after(ctx, e.options.Delays.of(m.Kind()).Create, OperationCreate, func() error {
		e.cloud.available(t)
		e.tracker.setCreated(t.name)

		return nil
	})

	return managed.ExternalCreation{}, before
}

// Update the thing in AWS.
func (e *external) Update(ctx context.Context, _ resource.Managed) (managed.ExternalUpdate, error) {
	if err := e.start(OperationUpdate); err != nil {
		return managed.ExternalUpdate{}, err
	}

	m := e.managed
	before := e.tracker.lastError()
	t := e.find()

	if t == nil {
		e.fails(ctx, OperationUpdate, errors.New("failed to update the resource: it is gone"))
		return managed.ExternalUpdate{}, before
	}

	x, _, err := e.cloud.external(t)
	if err != nil {
		e.fails(ctx, OperationUpdate, err)
		return managed.ExternalUpdate{}, before
	}

	changes := e.cloud.changes(t, x.AtProvider(), m, e.values)

	if err := refuseChanges(t.kind, changes); err != nil {
		e.fails(ctx, OperationUpdate, err)
		return managed.ExternalUpdate{}, before
	}

	e.requested(m, OperationUpdate)

	err = e.failures.of(OperationUpdate, m)
	if err == nil {
		err = e.cloud.refuseUpdate(t, m, changes)
		e.refused(m, OperationUpdate, t.name, err)
	}

	if err != nil {
		e.fails(ctx, OperationUpdate, diagnostic(OperationUpdate, t.kind, t.name, err))
		return managed.ExternalUpdate{}, before
	}

	o, delay := snapshot(m, t.name), e.options.Delays.of(t.kind).Update
	if waits(t.kind, m, changes) {
		delay = e.options.Delays.of(t.kind).Pending
	}

	e.after(ctx, delay, OperationUpdate, func() error {
		e.cloud.update(t, o, e.values)
		return nil
	})

	return managed.ExternalUpdate{}, before
}

// Delete the thing in AWS.
func (e *external) Delete(ctx context.Context, _ resource.Managed) (managed.ExternalDelete, error) {
	if e.tracker.deleting() {
		return managed.ExternalDelete{}, nil
	}

	if err := e.start(OperationDelete); err != nil {
		return managed.ExternalDelete{}, err
	}

	m := e.managed
	before := e.tracker.lastError()
	t := e.find()

	if t == nil {
		e.after(ctx, 0, OperationDelete, func() error {
			e.tracker.setDeleted()
			return nil
		})

		return managed.ExternalDelete{}, before
	}

	e.requested(m, OperationDelete)

	err := e.failures.of(OperationDelete, m)
	if err == nil {
		err = e.cloud.startDelete(t)
		e.refused(m, OperationDelete, t.name, err)
	}

	if err != nil {
		e.fails(ctx, OperationDelete, diagnostic(OperationDelete, t.kind, t.name, err))
		return managed.ExternalDelete{}, before
	}

	e.after(ctx, e.options.Delays.of(t.kind).Delete, OperationDelete, func() error {
		e.cloud.remove(t)
		e.tracker.setDeleted()

		return nil
	})

	return managed.ExternalDelete{}, before
}

// Disconnect does nothing.
func (e *external) Disconnect(_ context.Context) error { return nil }

// start an operation, unless one is running. A process that is killed starts none.
func (e *external) start(op Operation) error {
	if e.killed.Load() {
		return errors.New("the provider was killed")
	}

	return e.tracker.start(op)
}

// find the thing in AWS, or nil.
func (e *external) find() *thing {
	m := e.managed
	name, _, attempted := e.tracker.known()

	if name == "" {
		name = meta.GetExternalName(m)
	}

	if name == "" {
		return nil
	}

	k := e.cloud.key(m, name)
	if t := e.cloud.get(k); t != nil {
		e.cloud.claim(t, m)
		return t
	}

	// What this process neither created nor deleted, in whichever account, existed before. Of a
	// name that we choose, status must say so too: an earlier process with a model of its own
	// observed it.
	id, _, _ := unstructured.NestedString(m.Object, "status", "atProvider", "id")
	if attempted || e.cloud.known(k) || id == "" && !kinds.Named(k.kind).NamedByAWS {
		return nil
	}

	return e.cloud.adopt(m, e.values)
}

// misplaces a version of a secret: once the Secret with its document is gone, the provider puts
// the version again, into a secret without a name.
func (e *external) misplaces(t *thing) {
	if t.kind != "secretsmanager/SecretVersion" || e.values["secret_string"] != "" || onlyObserves(e.managed) {
		return
	}

	e.refused(e.managed, OperationCreate, t.name, awsError{
		code:    "ValidationException",
		message: "1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1",
	})
}

// fails ends an operation with an error, when AWS has answered.
func (e *external) fails(ctx context.Context, op Operation, err error) {
	e.after(ctx, refusal, op, func() error { return err })
}

// after AWS took its time, end an operation and tell the managed resource. It is
// not canceled with the reconcile that started it.
func (e *external) after(ctx context.Context, delay time.Duration, op Operation, end func() error) {
	ctx = context.WithoutCancel(ctx)
	name := types.NamespacedName{Namespace: e.managed.GetNamespace(), Name: e.managed.GetName()}

	time.AfterFunc(delay, func() {
		err := asyncFailed(op, end())

		// Nobody hears of the end of what a killed process began.
		if e.killed.Load() {
			return
		}

		failedBefore := e.tracker.end(err)

		e.callback(ctx, name, op, err, err == nil || !failedBefore)
	})
}
