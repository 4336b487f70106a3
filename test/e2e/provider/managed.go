package provider

import (
	"encoding/json"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource/unstructured/composed"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A Managed is a managed resource of any of the provider's kinds.
type Managed struct {
	composed.Unstructured
}

var _ resource.ModernManaged = &Managed{}

// DeepCopyObject returns a copy.
func (m *Managed) DeepCopyObject() runtime.Object {
	return &Managed{Unstructured: composed.Unstructured{Unstructured: *m.GetUnstructured().DeepCopy()}}
}

// Kind as the double names it, such as ec2/VPC.
func (m *Managed) Kind() string { return provideraws.KindOf(m.GroupVersionKind()) }

// GetCondition of this resource.
func (m *Managed) GetCondition(t xpv1.ConditionType) xpv1.Condition {
	all := m.conditions()
	return all.GetCondition(t)
}

// SetConditions of this resource, as the crossplane-runtime does that provider-aws v2.5.0 is
// built with, v2.0.0-20250730220209-c306b1c8b181: to that a condition is another one if only
// its observedGeneration differs (Condition.Equal in apis/common/condition.go). The one here
// is newer, and ignores a generation that is not set (crossplane/crossplane-runtime#906).
//
// Each poll therefore writes Synced's lastTransitionTime, and nothing else: upjet's Observe
// sets Synced without a generation where AWS has all that is asked for
// (pkg/controller/external_async_tfpluginsdk.go), and the managed reconciler sets it again
// with one (pkg/conditions/manager.go). crossplane/upjet#591 tells of it.
func (m *Managed) SetConditions(c ...xpv1.Condition) {
	all := m.conditions()

	for _, cond := range c {
		i := slices.IndexFunc(all.Conditions, func(has xpv1.Condition) bool { return has.Type == cond.Type })
		if i >= 0 && all.Conditions[i].ObservedGeneration != cond.ObservedGeneration {
			all.Conditions[i] = cond
			continue
		}

		all.SetConditions(cond)
	}

	var v []any

	if j, err := json.Marshal(all.Conditions); err == nil {
		_ = utiljson.Unmarshal(j, &v)
	}

	_ = unstructured.SetNestedField(m.Object, v, "status", "conditions")
}

// GetManagementPolicies of this resource.
func (m *Managed) GetManagementPolicies() xpv1.ManagementPolicies {
	names, _, _ := unstructured.NestedStringSlice(m.Object, "spec", "managementPolicies")
	out := make(xpv1.ManagementPolicies, 0, len(names))

	for _, name := range names {
		out = append(out, xpv1.ManagementAction(name))
	}

	return out
}

// SetManagementPolicies of this resource.
func (m *Managed) SetManagementPolicies(p xpv1.ManagementPolicies) {
	_ = fieldpath.Pave(m.Object).SetValue("spec.managementPolicies", p)
}

// GetProviderConfigReference of this resource.
func (m *Managed) GetProviderConfigReference() *xpv1.ProviderConfigReference {
	out := &xpv1.ProviderConfigReference{}
	if err := fieldpath.Pave(m.Object).GetValueInto("spec.providerConfigRef", out); err != nil {
		return nil
	}

	return out
}

// SetProviderConfigReference of this resource.
func (m *Managed) SetProviderConfigReference(r *xpv1.ProviderConfigReference) {
	_ = fieldpath.Pave(m.Object).SetValue("spec.providerConfigRef", r)
}

// GetWriteConnectionSecretToReference of this resource.
func (m *Managed) GetWriteConnectionSecretToReference() *xpv1.LocalSecretReference {
	out := &xpv1.LocalSecretReference{}
	if err := fieldpath.Pave(m.Object).GetValueInto("spec.writeConnectionSecretToRef", out); err != nil {
		return nil
	}

	return out
}

// SetWriteConnectionSecretToReference of this resource.
func (m *Managed) SetWriteConnectionSecretToReference(r *xpv1.LocalSecretReference) {
	_ = fieldpath.Pave(m.Object).SetValue("spec.writeConnectionSecretToRef", r)
}

// conditions of this resource. The embedded type's methods look at all of the
// status, of which the conditions are a small part.
func (m *Managed) conditions() xpv1.ConditionedStatus {
	v, _, _ := unstructured.NestedFieldNoCopy(m.Object, "status", "conditions")
	out := xpv1.ConditionedStatus{}

	if j, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(j, &out.Conditions)
	}

	return out
}

// forProvider is spec.forProvider itself, no copy.
func (m *Managed) forProvider() provideraws.Object { return forProvider(m.Object) }

func forProvider(o provideraws.Object) provideraws.Object {
	v, _, _ := unstructured.NestedFieldNoCopy(o, "spec", "forProvider")
	out, _ := v.(provideraws.Object)

	return out
}

// A ManagedList is a list of managed resources of one kind.
type ManagedList struct {
	composed.UnstructuredList
}

var _ resource.ManagedList = &ManagedList{}

// GetItems returns the resources, no copies.
func (l *ManagedList) GetItems() []resource.Managed {
	out := make([]resource.Managed, 0, len(l.Items))
	for _, item := range l.Items {
		out = append(out, &Managed{Unstructured: composed.Unstructured{Unstructured: item}})
	}

	return out
}
