package kit

import (
	"maps"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// kindProviderConfig is the kind of a provider configuration in a platform's own
// namespace. Whoever may create a platform there may create one too, or has been given
// the one that is there.
const kindProviderConfig = "ProviderConfig"

// providerConfig chooses the AWS account. A platform stays in the one that it
// has, whatever the policy says now: elsewhere it would be made a second time, and
// empty. A developer chooses among those that the policy permits.
func providerConfig(p *Plan) (v1alpha1.ProviderConfigReference, error) {
	policy, own := p.Request.Policy, p.Request.Spec.ProviderConfigRef
	want := policy.renamed(*p.Parameters.ProviderConfigRef)

	if has, ok := observedProviderConfig(p.Request); ok {
		has = policy.renamed(has)
		if own != nil && want != has {
			return has, Invalid("spec.providerConfigRef", own, "the platform uses %s %s, and AWS can't move it to another account: use that, or create another platform", has.Kind, has.Name)
		}

		return has, nil
	}

	if own == nil {
		return want, nil
	}

	free := defaultProviderConfig(policy)

	permitted := want.Kind == kindProviderConfig || want == policy.renamed(free) ||
		slices.Contains(policy.ProviderConfigs, *own) || slices.Contains(policy.ProviderConfigs, want)
	if !permitted {
		return want, Invalid("spec.providerConfigRef", own, "the platform team has not permitted it: leave it out, use a ProviderConfig in namespace %s, or ask them to add it to allow.providerConfigs in the function's input", p.Request.Namespace)
	}

	return want, nil
}

// providerConfig is the configuration of a resource: the one that it has, by its name
// of today, or the platform's.
func (p *Plan) providerConfig(key string) v1alpha1.ProviderConfigReference {
	if has := p.Request.Observed[key].ProviderConfig; has.Name != "" {
		return p.Request.Policy.renamed(has)
	}

	return p.ProviderConfig
}

// observedProviderConfig is the configuration that the platform has. Another step's
// resources may use any: those count that have the platform's labels, what holds data
// first: where that is, the platform is.
func observedProviderConfig(req *Request) (v1alpha1.ProviderConfigReference, bool) {
	var found v1alpha1.ProviderConfigReference

	for _, key := range slices.Sorted(maps.Keys(req.Observed)) {
		o := req.Observed[key]

		switch {
		case o.Component == "" || o.ProviderConfig.Name == "":
		case o.Stateful:
			return o.ProviderConfig, true
		case found.Name == "":
			found = o.ProviderConfig
		}
	}

	return found, found.Name != ""
}

// defaultProviderConfig is the configuration of a platform that names none.
func defaultProviderConfig(policy Policy) v1alpha1.ProviderConfigReference {
	params, _ := layer(policy.RawDefaults) // NewPlan could read them.
	return ptr.Deref(params.ProviderConfigRef, v1alpha1.ProviderConfigReference{})
}

// renamed is a configuration under the name that it has now.
func (p Policy) renamed(ref v1alpha1.ProviderConfigReference) v1alpha1.ProviderConfigReference {
	if to, ok := p.Renames[ref]; ok {
		return to
	}

	return ref
}
