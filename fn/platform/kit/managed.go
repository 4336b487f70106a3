package kit

import (
	"cmp"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	xpv2 "github.com/crossplane/crossplane-runtime/v2/apis/common/v2"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// Labels that selectors find resources by. With matchControllerRef they need
// to be unique within a platform and a kind only.
const (
	LabelComponent = "dataplatform.crossplane.io/component"
	LabelTier      = "dataplatform.crossplane.io/tier"
	LabelZone      = "dataplatform.crossplane.io/zone"
)

// annotationExternalName has a resource's name in AWS.
const annotationExternalName = "crossplane.io/external-name"

// SetExternalName says what a resource is called in AWS.
func SetExternalName(o Object, name string) {
	a := maps.Clone(o.GetAnnotations())
	if a == nil {
		a = map[string]string{}
	}

	a[annotationExternalName] = name
	o.SetAnnotations(a)
}

// managementPolicies are one of the sets that crossplane-runtime supports.
//
// LateInitialize has the provider write into a spec not only the name that AWS gave, but
// all else that AWS chose, for as long as it is there: the interface of an address, which
// it would try to restore after the interface is gone. So a resource has it until its name
// is recorded, and again while AWS shows it under another: one that vanished in AWS and
// was made anew. What is taken over has its name from the start, and keeps LateInitialize
// until the provider has found it. Where AWS chooses nothing else LateInitialize stays: to
// take it away is a write for us, and then one for the provider.
//
// A resource that we name has it never. What AWS chose, such as nodeGroupConfiguration or
// parameterGroupName, would be in its spec, and would block a later change.
func (p *Plan) managementPolicies(key string, kind schema.GroupVersionKind) common.ManagementPolicies {
	o := p.Request.Observed[key]
	unfound := p.TakesOver(key) && o.ID == "" && o.LateInitializes()
	of := kinds.Of(kind.GroupKind())
	late := of.NamedByAWS && (!o.Recorded() || unfound || of.OnlyNamed && o.LateInitializes())

	deletes := *p.Parameters.DeletionPolicy == v1alpha1.DeletionDelete
	if late && deletes {
		return common.ManagementPolicies{common.ManagementActionAll}
	}

	policies := common.ManagementPolicies{common.ManagementActionObserve, common.ManagementActionCreate, common.ManagementActionUpdate}
	if late {
		policies = append(policies, common.ManagementActionLateInitialize)
	}

	if deletes {
		policies = append(policies, common.ManagementActionDelete)
	}

	return policies
}

// IsManaged says that an object is of something in AWS.
func IsManaged(o Object) bool {
	return kinds.IsManaged(o.GetObjectKind().GroupVersionKind().Group)
}

// Managed is the part of a spec that every managed resource has.
func (p *Plan) Managed(key string, kind schema.GroupVersionKind) xpv2.ManagedResourceSpec {
	config := p.providerConfig(key)

	return xpv2.ManagedResourceSpec{
		ManagementPolicies:      p.managementPolicies(key, kind),
		ProviderConfigReference: &common.ProviderConfigReference{Kind: config.Kind, Name: config.Name},
	}
}

// Meta is a resource's metadata: where it is, and what selectors find it by. Its name
// follows from its key.
func (p *Plan) Meta(l map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: p.Request.Namespace, Labels: l}
}

// Named is the metadata of a resource that has a name of ours in AWS.
func (p *Plan) Named(name string, l map[string]string) metav1.ObjectMeta {
	m := p.Meta(l)
	m.Annotations = map[string]string{annotationExternalName: name}

	return m
}

// Secret is a Secret of Kubernetes' own. It has a name of ours, because others
// refer to it by name.
func (p *Plan) Secret(component, name string, kind corev1.SecretType, data map[string][]byte) *corev1.Secret {
	s := &corev1.Secret{
		TypeMeta:   TypeMeta(corev1.SchemeGroupVersion.WithKind("Secret")),
		ObjectMeta: p.Meta(Labels(component)),
		Type:       kind,
		Data:       data,
	}
	s.Name = name

	return s
}

// Suffixed is the platform's name in AWS, with a suffix where there are several
// resources of a kind.
func (p *Plan) Suffixed(suffix string) string {
	if suffix == "" {
		return p.AWSName
	}

	return p.AWSName + "-" + suffix
}

// TypeMeta says in an object what kind it is of.
func TypeMeta(gvk schema.GroupVersionKind) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind}
}

// Labels of a resource of a component, with further pairs of key and value.
func Labels(component string, more ...string) map[string]string {
	l := map[string]string{LabelComponent: component}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}

	return l
}

// Selector finds the platform's own resources with the labels l.
func Selector(l map[string]string) *common.NamespacedSelector {
	return &common.NamespacedSelector{MatchLabels: maps.Clone(l), MatchControllerRef: ptr.To(true)}
}

// SelectorAlways is a selector for what may change: the provider resolves it
// at every reconcile, not only once.
func SelectorAlways(l map[string]string) *common.NamespacedSelector {
	s := Selector(l)
	s.Policy = &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)}

	return s
}

// Number is a whole number as provider-aws's types have it.
func Number(n *int64) *float64 { return ptr.To(float64(*n)) }

// Pointers to each of a list's elements, as strings.
func Pointers[S ~string](in []S) []*string {
	out := make([]*string, len(in))
	for i, s := range in {
		out[i] = ptr.To(string(s))
	}

	return out
}

// ExternalName is the name in AWS of a resource that we name: the one it has,
// the one that the developer says it has, or the platform's with a suffix.
func (p *Plan) ExternalName(key, suffix string) string {
	return cmp.Or(p.Request.Observed[key].ExternalName, string(p.Request.Spec.ExternalNames[key]), p.Suffixed(suffix))
}

// KeptName is the name of a resource that AWS also names, and can't rename: the one that
// it has. What is taken over has none here until the provider has found it.
func (p *Plan) KeptName(key, has, suffix string) *string {
	switch {
	case has != "":
		return &has
	case p.TakesOver(key):
		return nil
	default:
		return ptr.To(p.Suffixed(suffix))
	}
}
