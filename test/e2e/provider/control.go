package provider

import (
	"context"
	"slices"
	"time"
)

// A Refusal is a delete that AWS refused.
type Refusal struct {
	Time         time.Time
	Kind         string // Such as ec2/VPC.
	Namespace    string // Of the managed resource.
	Name         string
	ExternalName string
	Error        string // AWS's.
}

// Refusals returns the deletes that AWS refused, in the order in which it did.
// Each try counts.
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

// ExistingOf returns what exists in AWS of what the managed resources of a namespace
// asked for, sorted: kinds and external names.
func (p *Provider) ExistingOf(namespace string) []string { return p.cloud.inNamespace(namespace) }

// Exists says if a thing exists in AWS, also while AWS creates or deletes it.
func (p *Provider) Exists(kind, externalName string) bool {
	return len(p.cloud.named(kind, externalName)) > 0
}

// refused notes that AWS refused a delete, if it did.
func (p *Provider) refused(m *Managed, t *thing, err error) {
	if err == nil {
		return
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	p.refusals = append(p.refusals, Refusal{
		Time:         time.Now(),
		Kind:         t.kind,
		Namespace:    m.GetNamespace(),
		Name:         m.GetName(),
		ExternalName: t.name,
		Error:        err.Error(),
	})
}

func (p *Provider) enqueueAll(f Failure) {
	p.mu.Lock()
	c := p.controllers[f.Kind]
	p.mu.Unlock()

	if c == nil {
		return
	}

	if err := c.enqueueAll(context.Background(), f.Namespace); err != nil {
		p.options.Logger.Error(err, "cannot list", "kind", f.Kind)
	}
}
