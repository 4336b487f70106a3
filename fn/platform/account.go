package platform

import (
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// kindProviderConfig is the kind of a provider configuration in a platform's own
// namespace. Whoever may create a platform there may create one too, or has been given
// the one that is there.
const kindProviderConfig = "ProviderConfig"

// resolveProviderConfig chooses the AWS account. A platform stays in the one that it
// has, whatever the policy says now: elsewhere it would be made a second time, and
// empty. A developer chooses among those that the policy permits.
func resolveProviderConfig(p *plan) error {
	own := p.Spec.ProviderConfigRef
	p.ProviderConfig = p.Policy.renamed(*p.ProviderConfigRef)

	if has, ok := observedProviderConfig(p); ok {
		has = p.Policy.renamed(has)
		if own != nil && p.ProviderConfig != has {
			return invalid("spec.providerConfigRef", own, "the platform uses %s %s, and AWS can't move it to another account: use that, or create another platform", has.Kind, has.Name)
		}
		p.ProviderConfig = has
		return nil
	}
	if own == nil {
		return nil
	}

	free := defaultProviderConfig(p.Policy)
	permitted := p.ProviderConfig.Kind == kindProviderConfig || p.ProviderConfig == p.Policy.renamed(free) ||
		slices.Contains(p.Policy.ProviderConfigs, *own) || slices.Contains(p.Policy.ProviderConfigs, p.ProviderConfig)
	if !permitted {
		return invalid("spec.providerConfigRef", own, "the platform team has not permitted it: leave it out, use a ProviderConfig in namespace %s, or ask them to add it to allow.providerConfigs in the function's input", p.Namespace)
	}
	return nil
}

// providerConfig is the configuration of a resource: the one that it has, by its name
// of today, or the platform's.
func (p *plan) providerConfig(key string) v1alpha1.ProviderConfigReference {
	if has := p.Observed[key].ProviderConfig; has.Name != "" {
		return p.Policy.renamed(has)
	}
	return p.ProviderConfig
}

// observedProviderConfig is the configuration that the platform has. Another step's
// resources may use any: those count that platforms are made of, what holds data first.
func observedProviderConfig(p *plan) (v1alpha1.ProviderConfigReference, bool) {
	keys := []string{
		keyDatabase, keyCache, keyStream, keyVPC, keySubnetGroupDatabase, keySubnetGroupCache, keyInternetGateway, keyRouteTablePublic, keyRoutePublicInternet,
		keyCredentials, keyAlarmDatabaseCPU, keyAlarmStreamRecords,
	}
	for _, component := range []string{componentCache, componentDatabase} {
		keys = append(keys, keySecurityGroup+component, keySecurityGroup+component+suffixIngress, keySecurityGroup+component+suffixEgress)
	}
	for _, z := range p.Zones {
		keys = append(keys, subnetKey(tierPublic, z.Name), subnetKey(tierPrivate, z.Name), keyRouteTablePrivate+z.Name, keyEIPNAT+z.Name, keyNATGateway+z.Name)
	}
	for _, key := range keys {
		if has := p.Observed[key].ProviderConfig; has.Name != "" {
			return has, true
		}
	}
	return v1alpha1.ProviderConfigReference{}, false
}

// defaultProviderConfig is the configuration of a platform that names none.
func defaultProviderConfig(policy Policy) v1alpha1.ProviderConfigReference {
	params, _ := layer(policy.RawDefaults) // newPlan could read them.
	return ptr.Deref(params.ProviderConfigRef, v1alpha1.ProviderConfigReference{})
}

// renamed is a configuration under the name that it has now.
func (p Policy) renamed(ref v1alpha1.ProviderConfigReference) v1alpha1.ProviderConfigReference {
	if to, ok := p.Renames[ref]; ok {
		return to
	}
	return ref
}

// takesOver says that a resource exists in AWS before the platform does. What AWS calls
// it is for the provider to find out.
func (p *plan) takesOver(key string) bool { return p.Spec.ExternalNames[key] != "" }
