package network

import (
	"cmp"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// status says which VPC and subnets the platform has.
func status(p *kit.Plan, before *v1alpha1.NetworkStatus) *v1alpha1.NetworkStatus {
	was := ptr.Deref(before, v1alpha1.NetworkStatus{})
	is := was
	is.VPCID = cmp.Or(p.Request.Observed[keyVPC].ID, was.VPCID)

	is.AvailabilityZones = nil
	for _, z := range p.Network.Zones {
		is.AvailabilityZones = append(is.AvailabilityZones, v1alpha1.AvailabilityZone(z.Name))
	}

	is.PublicSubnetIDs = subnetIDs(p, kit.TierPublic, was.AvailabilityZones, was.PublicSubnetIDs)
	is.PrivateSubnetIDs = subnetIDs(p, kit.TierPrivate, was.AvailabilityZones, was.PrivateSubnetIDs)

	return &is
}

// subnetIDs are the ids of a tier's subnets in the order of the zones. The id of a subnet
// that is not known stays what it was, if the list before says so: it has no zones, and
// tells whose its ids are only if none was left out.
func subnetIDs(p *kit.Plan, t kit.Tier, zones []v1alpha1.AvailabilityZone, before []string) []string {
	var ids []string

	for _, z := range p.Network.Zones {
		o := p.Request.Observed[subnetKey(t, z.Name)]

		id := cmp.Or(o.ID, o.ExternalName)
		if i := slices.Index(zones, v1alpha1.AvailabilityZone(z.Name)); id == "" && i >= 0 && len(before) == len(zones) {
			id = before[i]
		}

		if id != "" {
			ids = append(ids, id)
		}
	}

	return ids
}

// PrivateSubnets selects the private subnets, always: a zone that is added later must join.
func PrivateSubnets() *common.NamespacedSelector {
	return kit.SelectorAlways(kit.Labels(component, kit.LabelTier, string(kit.TierPrivate)))
}

// PrivateSubnetKeys are the keys of the private subnets.
func PrivateSubnetKeys(p *kit.Plan) []string {
	keys := make([]string, len(p.Network.Zones))
	for i, z := range p.Network.Zones {
		keys[i] = subnetKey(kit.TierPrivate, z.Name)
	}

	return keys
}
