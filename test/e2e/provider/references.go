package provider

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reference"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// indexController is the index of managed resources by their controller's UID.
// Without it each resolution would look at all resources of a kind.
const indexController = "controller"

func controllerUID(o client.Object) []string {
	c := metav1.GetControllerOf(o)
	if c == nil {
		return nil
	}

	return []string{string(c.UID)}
}

// A resolver resolves references if there are any to resolve. Comparing the
// resource before and after, as crossplane-runtime does, costs more than to look.
type resolver struct {
	managed.ReferenceResolver
}

// ResolveReferences of the resource.
func (r resolver) ResolveReferences(ctx context.Context, mg resource.Managed) error {
	m, ok := mg.(*Managed)
	if !ok || !slices.ContainsFunc(provideraws.References(m.Kind()), m.unresolved) {
		return nil
	}

	return r.ReferenceResolver.ResolveReferences(ctx, mg)
}

// unresolved says that a reference has no value yet, or always asks for a new one.
func (m *Managed) unresolved(ref provideraws.Reference) bool {
	f := m.forProvider()
	if f[ref.Selector] == nil && f[ref.Refs] == nil {
		return false
	}

	s := m.selector(ref)

	return f[ref.Field] == nil || s != nil && s.Policy.IsResolvePolicyAlways()
}

// selector of a reference, or nil if it has none.
func (m *Managed) selector(ref provideraws.Reference) *xpv1.NamespacedSelector {
	if s := (&xpv1.NamespacedSelector{}); m.get(ref.Selector, s) {
		return s
	}

	return nil
}

// get a field of spec.forProvider. It stays as it is where the resource has none.
func (m *Managed) get(field string, into any) bool {
	return fieldpath.Pave(m.forProvider()).GetValueInto(field, into) == nil
}

// set a field of spec.forProvider.
func (m *Managed) set(field string, value any) {
	_ = fieldpath.Pave(m.Object).SetValue("spec.forProvider."+field, value)
}

// ResolveReferences of this resource, in the order in which provider-aws does. It
// stops at the first that it cannot resolve.
func (m *Managed) ResolveReferences(ctx context.Context, c client.Reader) error {
	r := reference.NewAPINamespacedResolver(siblings{Reader: c, of: m}, m)

	for _, ref := range provideraws.References(m.Kind()) {
		resolve := m.resolveOne
		if ref.List {
			resolve = m.resolveMany
		}

		if err := resolve(ctx, r, ref); err != nil {
			return errors.Wrap(err, "mg.Spec.ForProvider."+ref.Words)
		}
	}

	return nil
}

func (m *Managed) resolveOne(ctx context.Context, r *reference.APINamespacedResolver, ref provideraws.Reference) error {
	req := reference.NamespacedResolutionRequest{
		To:        to(ref.To),
		Extract:   reference.ExternalName(),
		Namespace: m.GetNamespace(),
		Selector:  m.selector(ref),
	}
	m.get(ref.Field, &req.CurrentValue)

	if n := (&xpv1.NamespacedReference{}); m.get(ref.Refs, n) {
		req.Reference = n
	}

	rsp, err := r.Resolve(ctx, req)
	if err != nil {
		return err
	}

	if rsp.ResolvedValue != "" {
		m.set(ref.Field, rsp.ResolvedValue)
	}

	if rsp.ResolvedReference != nil {
		m.set(ref.Refs, rsp.ResolvedReference)
	}

	return nil
}

func (m *Managed) resolveMany(ctx context.Context, r *reference.APINamespacedResolver, ref provideraws.Reference) error {
	req := reference.MultiNamespacedResolutionRequest{
		To:        to(ref.To),
		Extract:   reference.ExternalName(),
		Namespace: m.GetNamespace(),
		Selector:  m.selector(ref),
	}
	m.get(ref.Field, &req.CurrentValues)
	m.get(ref.Refs, &req.References)

	rsp, err := r.ResolveMultiple(ctx, req)
	if err != nil {
		return err
	}

	if len(rsp.ResolvedValues) > 0 {
		m.set(ref.Field, rsp.ResolvedValues)
	}

	if len(rsp.ResolvedReferences) > 0 {
		m.set(ref.Refs, rsp.ResolvedReferences)
	}

	return nil
}

// to is where a resolver puts what it finds.
func to(kind schema.GroupVersionKind) reference.To {
	one, many := &Managed{}, &ManagedList{}
	one.SetGroupVersionKind(kind)
	many.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))

	return reference.To{Managed: one, List: many}
}

// Siblings reads the resources that have the controller of one of them.
type siblings struct {
	client.Reader

	of *Managed
}

// List the siblings. All selectors of a platform ask for the same controller, and
// what it selects is read only.
func (s siblings) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	opts = append(opts, client.UnsafeDisableDeepCopy)

	if uid := controllerUID(s.of); uid != nil && s.of.matchesController(list.GetObjectKind().GroupVersionKind()) {
		opts = append(opts, client.MatchingFields{indexController: uid[0]})
	}

	return s.Reader.List(ctx, list, opts...)
}

// matchesController says that each selector of a kind asks for the same controller.
func (m *Managed) matchesController(list schema.GroupVersionKind) bool {
	for _, ref := range provideraws.References(m.Kind()) {
		if ref.To.Group != list.Group || ref.To.Kind+"List" != list.Kind {
			continue
		}

		if s := m.selector(ref); s != nil && !reference.ControllersMustMatchNamespaced(s) {
			return false
		}
	}

	return true
}
