package platform

import (
	"cmp"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	xpv2 "github.com/crossplane/crossplane-runtime/v2/apis/common/v2"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// Labels that selectors find resources by. With matchControllerRef they need
// to be unique within a platform and a kind only.
const (
	labelComponent = "dataplatform.crossplane.io/component"
	labelTier      = "dataplatform.crossplane.io/tier"
	labelZone      = "dataplatform.crossplane.io/zone"
)

// Components, as the component label names them.
const (
	componentNetwork    = "network"
	componentStream     = "stream"
	componentCache      = "cache"
	componentDatabase   = "database"
	componentMonitoring = "monitoring"

	componentCredentials = "credentials"
	componentConnection  = "connection"
	componentProtection  = "protection"
)

// namedBy says how a resource gets its name in AWS.
type namedBy bool

const (
	// namedByAWS resources must have LateInitialize until their name is recorded:
	// without it provider-aws never records it, references to the resource never
	// resolve, and a restart of the provider creates it again
	// (crossplane/upjet#531).
	namedByAWS namedBy = false

	// namedByUs resources must not have LateInitialize: it would write what
	// AWS chose, such as nodeGroupConfiguration or parameterGroupName, into
	// their spec, and so block a later change.
	namedByUs namedBy = true
)

// managementPolicies are one of the sets that crossplane-runtime supports.
//
// LateInitialize has the provider write into a spec not only the name that AWS gave, but
// all else that AWS chose, for as long as it is there: the interface of an address, which
// it would try to restore after the interface is gone. So a resource has it until its name
// is recorded, and again while AWS shows it under another: one that vanished in AWS and
// was made anew. What is taken over has its name from the start, and keeps LateInitialize
// until the provider has found it.
func (p *plan) managementPolicies(key string, by namedBy) common.ManagementPolicies {
	o := p.Observed[key]
	unfound := p.takesOver(key) && o.Status.ID == "" && o.LateInitializes()
	late := by == namedByAWS && (!o.Recorded() || unfound)
	deletes := *p.DeletionPolicy == v1alpha1.DeletionDelete
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

// managed is the part of a spec that every managed resource has.
func (p *plan) managed(key string, by namedBy) xpv2.ManagedResourceSpec {
	config := p.providerConfig(key)
	return xpv2.ManagedResourceSpec{
		ManagementPolicies:      p.managementPolicies(key, by),
		ProviderConfigReference: &common.ProviderConfigReference{Kind: config.Kind, Name: config.Name},
	}
}

// meta is a resource's metadata: where it is, and what selectors find it by.
// Crossplane gives it its name.
func (p *plan) meta(l map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: p.Namespace, Labels: l}
}

// named is the metadata of a resource that has a name of ours in AWS.
func (p *plan) named(name string, l map[string]string) metav1.ObjectMeta {
	m := p.meta(l)
	m.Annotations = map[string]string{meta.AnnotationKeyExternalName: name}
	return m
}

// secret is a Secret of Kubernetes' own. It has a name of ours, because others
// refer to it by name.
func (p *plan) secret(component, name string, kind corev1.SecretType, data map[string][]byte) *corev1.Secret {
	s := &corev1.Secret{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion.WithKind("Secret")),
		ObjectMeta: p.meta(labels(component)),
		Type:       kind,
		Data:       data,
	}
	s.Name = name
	return s
}

// suffixed is the platform's name in AWS, with a suffix where there are several
// resources of a kind.
func (p *plan) suffixed(suffix string) string {
	if suffix == "" {
		return p.Name
	}
	return p.Name + "-" + suffix
}

func typeMeta(gvk schema.GroupVersionKind) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind}
}

// labels of a resource of a component, with further pairs of key and value.
func labels(component string, more ...string) map[string]string {
	l := map[string]string{labelComponent: component}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}

// selector finds the platform's own resources with the labels l.
func selector(l map[string]string) *common.NamespacedSelector {
	return &common.NamespacedSelector{MatchLabels: maps.Clone(l), MatchControllerRef: ptr.To(true)}
}

// selectorAlways is a selector for what may change: the provider resolves it
// at every reconcile, not only once.
func selectorAlways(l map[string]string) *common.NamespacedSelector {
	s := selector(l)
	s.Policy = &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)}
	return s
}

// number is a whole number as provider-aws's types have it.
func number(n *int64) *float64 { return ptr.To(float64(*n)) }

// pointers to each of a list's elements, as strings.
func pointers[S ~string](in []S) []*string {
	out := make([]*string, len(in))
	for i, s := range in {
		out[i] = ptr.To(string(s))
	}
	return out
}

// externalName is the name in AWS of a resource that we name: the one it has,
// the one that the developer says it has, or the platform's with a suffix.
func (p *plan) externalName(key, suffix string) string {
	return cmp.Or(p.Observed[key].ExternalName, string(p.Spec.ExternalNames[key]), p.suffixed(suffix))
}

// keptName is the name of a resource that AWS also names, and can't rename. What is
// taken over has none here until the provider has found it.
func (p *plan) keptName(key, suffix string) *string {
	switch has := cmp.Or(p.Observed[key].Spec.Name, p.Observed[key].Status.Name); {
	case has != "":
		return &has
	case p.takesOver(key):
		return nil
	default:
		return ptr.To(p.suffixed(suffix))
	}
}
