package platform

import (
	"slices"

	ec2v1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	elasticachev1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/elasticache/v1beta1"
	rdsv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// keyUsage begins the key of a Usage: usage-<used>-by-<user>.
const keyUsage = "usage-"

// Keys of the Usages that deletionProtection asks for.
const (
	keyProtectDatabase = keyUsage + "database-protected"
	keyProtectPlatform = keyUsage + "platform-protected"
)

// A party is one side of a Usage: a resource of the platform's, by its kind and
// labels, which are its own among those of its kind.
type party struct {
	Key    string
	Kind   schema.GroupVersionKind
	Labels map[string]string
}

// composeProtection composes the order in which the platform is deleted. AWS
// refuses to delete what something else still uses, and each such refusal would
// be retried for minutes. A Usage holds the one back until the other is gone.
// There is one for each pair: a selector that found several would take any.
// The platform is not ready before its Usages are: until then they hold nothing.
func composeProtection(p *plan) []Resource {
	var (
		database = party{Key: keyDatabase, Kind: rdsv1beta1.Instance_GroupVersionKind, Labels: labels(componentDatabase)}
		cache    = party{Key: keyCache, Kind: elasticachev1beta1.ReplicationGroup_GroupVersionKind, Labels: labels(componentCache)}

		databaseGroup       = party{Key: keySecurityGroup + componentDatabase, Kind: ec2v1beta1.SecurityGroup_GroupVersionKind, Labels: labels(componentDatabase)}
		cacheGroup          = party{Key: keySecurityGroup + componentCache, Kind: ec2v1beta1.SecurityGroup_GroupVersionKind, Labels: labels(componentCache)}
		databaseSubnetGroup = party{Key: keySubnetGroupDatabase, Kind: rdsv1beta1.SubnetGroup_GroupVersionKind, Labels: labels(componentDatabase)}
		cacheSubnetGroup    = party{Key: keySubnetGroupCache, Kind: elasticachev1beta1.SubnetGroup_GroupVersionKind, Labels: labels(componentCache)}
		vpc                 = party{Key: keyVPC, Kind: ec2v1beta1.VPC_GroupVersionKind, Labels: labels(componentNetwork)}
		gateway             = party{Key: keyInternetGateway, Kind: ec2v1beta1.InternetGateway_GroupVersionKind, Labels: labels(componentNetwork)}
		publicTable         = party{Key: keyRouteTablePublic, Kind: ec2v1beta1.RouteTable_GroupVersionKind, Labels: labels(componentNetwork, labelTier, string(tierPublic))}
		nats                = natZones(p)
	)

	rs := []Resource{
		usage(p, databaseGroup, database),
		usage(p, databaseSubnetGroup, database),
		usage(p, cacheGroup, cache),
		usage(p, cacheSubnetGroup, cache),
		usage(p, vpc, databaseGroup),
		usage(p, vpc, cacheGroup),
		usage(p, vpc, gateway),
		usage(p, vpc, publicTable),
	}
	for _, z := range p.Zones {
		var (
			public  = party{Key: subnetKey(tierPublic, z.Name), Kind: ec2v1beta1.Subnet_GroupVersionKind, Labels: inZone(tierPublic, z)}
			private = party{Key: subnetKey(tierPrivate, z.Name), Kind: ec2v1beta1.Subnet_GroupVersionKind, Labels: inZone(tierPrivate, z)}
			table   = party{Key: keyRouteTablePrivate + z.Name, Kind: ec2v1beta1.RouteTable_GroupVersionKind, Labels: inZone(tierPrivate, z)}
		)
		rs = append(rs,
			usage(p, private, database),
			usage(p, private, cache),
			usage(p, vpc, public),
			usage(p, vpc, private),
			usage(p, vpc, table),
		)
		if slices.ContainsFunc(nats, func(n zone) bool { return n.Name == z.Name }) {
			nat := party{Key: keyNATGateway + z.Name, Kind: ec2v1beta1.NATGateway_GroupVersionKind, Labels: inZone(tierPublic, z)}
			address := party{Key: keyEIPNAT + z.Name, Kind: ec2v1beta1.EIP_GroupVersionKind, Labels: inZone(tierPublic, z)}
			rs = append(rs,
				usage(p, gateway, nat),
				usage(p, address, nat),
				usage(p, public, nat),
			)
		}
	}
	if *p.Database.DeletionProtection {
		rs = append(rs, protected(p, database)...)
	}
	return rs
}

func usage(p *plan, of, by party) Resource {
	return Resource{
		Key: keyUsage + of.Key + "-by-" + by.Key,
		Object: &v1beta1.Usage{
			TypeMeta:   typeMeta(v1beta1.UsageGroupVersionKind),
			ObjectMeta: p.meta(labels(componentProtection)),
			Spec: v1beta1.UsageSpec{
				Of: used(of),
				By: &v1beta1.Resource{
					APIVersion:       by.Kind.GroupVersion().String(),
					Kind:             by.Kind.Kind,
					ResourceSelector: &v1beta1.ResourceSelector{MatchLabels: by.Labels, MatchControllerRef: ptr.To(true)},
				},
				// What was to be deleted is, as soon as its user is gone.
				ReplayDeletion: ptr.To(true),
			},
		},
	}
}

// protected composes the Usages without a user that deletion protection is made
// of: nobody can delete the database's managed resource, nor the XR or the
// claim, and whoever tries is told why.
func protected(p *plan, database party) []Resource {
	reason := "database.deletionProtection is on: set it to false to delete the platform " + p.Namespace + "/" + p.Request.Name

	gvk := v1alpha1.GroupVersionKind
	if p.Claim {
		gvk = schema.GroupVersionKind{Group: v1alpha1.ClaimGroup, Version: v1alpha1.Version, Kind: v1alpha1.ClaimKind}
	}
	platform := v1beta1.NamespacedResource{
		APIVersion:  gvk.GroupVersion().String(),
		Kind:        gvk.Kind,
		ResourceRef: &v1beta1.NamespacedResourceRef{Name: p.Request.Name},
	}

	return []Resource{
		protection(p, keyProtectDatabase, used(database), reason),
		protection(p, keyProtectPlatform, platform, reason),
	}
}

func protection(p *plan, key string, of v1beta1.NamespacedResource, reason string) Resource {
	return Resource{Key: key, Object: &v1beta1.Usage{
		TypeMeta:   typeMeta(v1beta1.UsageGroupVersionKind),
		ObjectMeta: p.meta(labels(componentProtection)),
		Spec:       v1beta1.UsageSpec{Of: of, Reason: &reason},
	}}
}

func used(of party) v1beta1.NamespacedResource {
	return v1beta1.NamespacedResource{
		APIVersion:       of.Kind.GroupVersion().String(),
		Kind:             of.Kind.Kind,
		ResourceSelector: &v1beta1.NamespacedResourceSelector{MatchLabels: of.Labels, MatchControllerRef: ptr.To(true)},
	}
}
