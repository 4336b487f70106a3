package provider

import (
	"cmp"
	"context"
	"slices"
	"time"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/retry"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A Refusal is a call that AWS refused, other than because it was told to fail.
type Refusal struct {
	Time         time.Time
	Operation    Operation
	Kind         string // Such as ec2/VPC.
	Namespace    string // Of the managed resource.
	Name         string
	ExternalName string // Empty where there is none yet.
	Error        string // AWS's.
}

// Refusals returns the calls that AWS refused, in the order in which it did. Each try
// counts.
func (p *Provider) Refusals() []Refusal {
	p.mu.Lock()
	defer p.mu.Unlock()

	return slices.Clone(p.refusals)
}

// Fail makes AWS's operations fail until the function that it returns is called.
// It has the resources that it is about looked at immediately.
func (p *Provider) Fail(f Failure) (stop func()) {
	p.failures.add(&f)
	p.enqueueAll(f.Kind, f.Namespace)

	return func() {
		p.failures.remove(&f)
		p.enqueueAll(f.Kind, f.Namespace)
	}
}

// Existing returns how many things exist in AWS, by kind. A kind of which there
// are none is left out.
func (p *Provider) Existing() map[string]int { return p.cloud.count() }

// A Thing exists in AWS.
type Thing struct {
	Kind         string // Such as ec2/VPC.
	ExternalName string
	Tags         map[string]string
}

// String is the kind and the external name.
func (t Thing) String() string { return t.Kind + " " + t.ExternalName }

// Things returns what exists in AWS of what the managed resources of a namespace asked for,
// sorted.
func (p *Provider) Things(namespace string) []Thing { return p.cloud.inNamespace(namespace) }

// ExistingOf returns the kinds and external names of the Things of a namespace.
func (p *Provider) ExistingOf(namespace string) []string {
	var out []string
	for _, t := range p.Things(namespace) {
		out = append(out, t.String())
	}

	return out
}

// Vanish takes a thing away, as someone does who deletes it in AWS by hand.
func (p *Provider) Vanish(kind, externalName string) {
	for _, t := range p.cloud.named(kind, externalName) {
		p.cloud.remove(t)
	}
}

// Exists says if a thing exists in AWS, also while AWS creates or deletes it.
func (p *Provider) Exists(kind, externalName string) bool {
	return len(p.cloud.named(kind, externalName)) > 0
}

// A changeRequest is one that is to change something in AWS.
type changeRequest struct {
	namespace, kind string
	operation       Operation
}

// Requests returns how often AWS was asked to create, update or delete things of a kind for
// the managed resources of a namespace, with success or without.
func (p *Provider) Requests(namespace, kind string, op Operation) int {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.requests[changeRequest{namespace: namespace, kind: kind, operation: op}]
}

// requested notes that AWS is asked for something.
func (p *Provider) requested(m *Managed, op Operation) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.requests[changeRequest{namespace: m.GetNamespace(), kind: m.Kind(), operation: op}]++
}

// StatusWrites returns how often the status of managed resources was written, in a namespace or
// in all if it is empty.
func (p *Provider) StatusWrites(namespace string) int {
	p.mu.Lock()
	defer p.mu.Unlock()

	n := 0

	for in, writes := range p.statuses {
		if namespace == "" || in == namespace {
			n += writes
		}
	}

	return n
}

// wroteStatus notes that a status was written.
func (p *Provider) wroteStatus(namespace string) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.statuses[namespace]++
}

// A loss is a note of a creation that is to be lost.
type loss struct {
	kind, namespace string
	name            string // Of the managed resource, once there is one.
	refusals        int
}

// LoseCreation loses the note that the next thing of a kind was created for a managed resource
// in a namespace. crossplane-runtime's RetryingCriticalAnnotationUpdater tries to write it five
// times within a twentieth of a second, each time with what it reads from its cache. Where
// somebody else has written meanwhile, and the cache hears of it later than that, each try is a
// conflict. In the next reconcile the creation seems to be incomplete.
func (p *Provider) LoseCreation(kind, namespace string) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.losing = &loss{kind: kind, namespace: namespace, refusals: retry.DefaultRetry.Steps}
}

// writes a managed resource, unless that is refused: it is the note that is to be lost.
func (p *Provider) writes(m *Managed) error {
	p.mu.Lock()
	defer p.mu.Unlock()

	l := p.losing
	if l == nil || l.kind != m.Kind() || l.namespace != m.GetNamespace() || meta.GetExternalCreateSucceeded(m).IsZero() {
		return nil
	}

	l.name = cmp.Or(l.name, m.GetName())
	if l.name != m.GetName() {
		return nil
	}

	if l.refusals--; l.refusals == 0 {
		p.losing = nil
	}

	return kerrors.NewConflict(schema.GroupResource{Group: m.GroupVersionKind().Group, Resource: m.GetKind()}, m.GetName(), errors.New("the cache is behind"))
}

// RegisterConsumer on the streams of a name. Nothing takes it away but the stream's end.
func (p *Provider) RegisterConsumer(stream string) {
	for _, t := range p.cloud.named("kinesis/Stream", stream) {
		p.cloud.consume(t)
	}
}

// refused notes that AWS refused something, if it did.
func (p *Provider) refused(m *Managed, op Operation, externalName string, err error) {
	if err == nil {
		return
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	p.refusals = append(p.refusals, Refusal{
		Time:         time.Now(),
		Operation:    op,
		Kind:         m.Kind(),
		Namespace:    m.GetNamespace(),
		Name:         m.GetName(),
		ExternalName: externalName,
		Error:        err.Error(),
	})
}

// Poll the managed resources of a namespace, as if their poll intervals were over.
func (p *Provider) Poll(namespace string) {
	for _, kind := range provideraws.Kinds() {
		p.enqueueAll(provideraws.KindOf(kind), namespace)
	}
}

// enqueueAll resources of a kind, in a namespace or in all.
func (p *Provider) enqueueAll(kind, namespace string) {
	c := p.process().controller(kind)
	if c == nil {
		return
	}

	if err := c.enqueueAll(context.Background(), namespace); err != nil {
		p.options.Logger.Error(err, "cannot list", "kind", kind)
	}
}
