package provider

import (
	"context"
	"slices"
	"time"
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
	p.enqueueAll(f)

	return func() {
		p.failures.remove(&f)
		p.enqueueAll(f)
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

func (p *Provider) enqueueAll(f Failure) {
	c := p.process().controller(f.Kind)
	if c == nil {
		return
	}

	if err := c.enqueueAll(context.Background(), f.Namespace); err != nil {
		p.options.Logger.Error(err, "cannot list", "kind", f.Kind)
	}
}
