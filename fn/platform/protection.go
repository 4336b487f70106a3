package platform

import (
	"cmp"
	"slices"

	ec2v1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	elasticachev1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/elasticache/v1beta1"
	rdsv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	secretsmanagerv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/secretsmanager/v1beta1"
	corev1 "k8s.io/api/core/v1"
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

// A party is one side of a Usage: a resource of the platform's.
type party struct {
	Key  string
	Kind schema.GroupVersionKind
}

// A use is why one resource must not be deleted before another.
type use struct{ Of, By party }

// composeProtection composes the order in which the platform is deleted. AWS
// refuses to delete what something else still uses, and each such refusal would
// be retried for minutes. A Usage holds the one back until the other is gone.
// The platform is not ready before its Usages are: until then they hold nothing.
func composeProtection(p *plan) part {
	var (
		database = party{Key: keyDatabase, Kind: rdsv1beta1.Instance_GroupVersionKind}
		cache    = party{Key: keyCache, Kind: elasticachev1beta1.ReplicationGroup_GroupVersionKind}

		databaseGroup       = party{Key: keySecurityGroup + componentDatabase, Kind: ec2v1beta1.SecurityGroup_GroupVersionKind}
		cacheGroup          = party{Key: keySecurityGroup + componentCache, Kind: ec2v1beta1.SecurityGroup_GroupVersionKind}
		databaseSubnetGroup = party{Key: keySubnetGroupDatabase, Kind: rdsv1beta1.SubnetGroup_GroupVersionKind}
		cacheSubnetGroup    = party{Key: keySubnetGroupCache, Kind: elasticachev1beta1.SubnetGroup_GroupVersionKind}
		vpc                 = party{Key: keyVPC, Kind: ec2v1beta1.VPC_GroupVersionKind}
		gateway             = party{Key: keyInternetGateway, Kind: ec2v1beta1.InternetGateway_GroupVersionKind}
		publicTable         = party{Key: keyRouteTablePublic, Kind: ec2v1beta1.RouteTable_GroupVersionKind}
		nats                = natZones(p)
	)

	uses := []use{
		{Of: databaseGroup, By: database},
		{Of: databaseSubnetGroup, By: database},
		{Of: cacheGroup, By: cache},
		{Of: cacheSubnetGroup, By: cache},
		{Of: vpc, By: databaseGroup},
		{Of: vpc, By: cacheGroup},
		{Of: vpc, By: gateway},
		{Of: vpc, By: publicTable},
	}
	for _, z := range p.Zones {
		var (
			public  = party{Key: subnetKey(tierPublic, z.Name), Kind: ec2v1beta1.Subnet_GroupVersionKind}
			private = party{Key: subnetKey(tierPrivate, z.Name), Kind: ec2v1beta1.Subnet_GroupVersionKind}
			table   = party{Key: keyRouteTablePrivate + z.Name, Kind: ec2v1beta1.RouteTable_GroupVersionKind}
		)
		uses = append(uses,
			use{Of: private, By: database},
			use{Of: private, By: cache},
			use{Of: vpc, By: public},
			use{Of: vpc, By: private},
			use{Of: vpc, By: table},
		)
		if slices.ContainsFunc(nats, func(n zone) bool { return n.Name == z.Name }) {
			nat := party{Key: keyNATGateway + z.Name, Kind: ec2v1beta1.NATGateway_GroupVersionKind}
			address := party{Key: keyEIPNAT + z.Name, Kind: ec2v1beta1.EIP_GroupVersionKind}
			uses = append(uses,
				use{Of: gateway, By: nat},
				use{Of: address, By: nat},
				use{Of: public, By: nat},
			)
		}
	}

	// The provider looks for a version's document until the version is gone.
	document := party{Key: keyCredentialsDocument, Kind: corev1.SchemeGroupVersion.WithKind("Secret")}
	for _, id := range observedVersions(p) {
		uses = append(uses, use{Of: document, By: party{Key: keyCredentialsVersion + id, Kind: secretsmanagerv1beta1.SecretVersion_GroupVersionKind}})
	}

	var rs []Resource
	for _, u := range uses {
		rs = append(rs, ordered(p, u)...)
	}
	if *p.Database.DeletionProtection {
		rs = append(rs, protected(p, database)...)
	}
	return part{Resources: rs}
}

// ordered composes the Usage of a use, once both resources exist. Crossplane
// names them when it creates them. A Usage that selects them by labels needs no
// names, but Crossplane would try it again and again until there is something to
// select, and list the resources of both kinds each time.
func ordered(p *plan, u use) []Resource {
	key := keyUsage + u.Of.Key + "-by-" + u.By.Key
	of, by := nameOf(p, u.Of, p.Observed[key].Of), nameOf(p, u.By, p.Observed[key].By)
	if of == "" || by == "" {
		return nil
	}
	return []Resource{{
		Key: key,
		Object: &v1beta1.Usage{
			TypeMeta:   typeMeta(v1beta1.UsageGroupVersionKind),
			ObjectMeta: p.meta(labels(componentProtection)),
			Spec: v1beta1.UsageSpec{
				Of: used(u.Of.Kind, of),
				By: &v1beta1.Resource{
					APIVersion:  u.By.Kind.GroupVersion().String(),
					Kind:        u.By.Kind.Kind,
					ResourceRef: &v1beta1.ResourceRef{Name: by},
				},
				// What was to be deleted is, as soon as its user is gone.
				ReplayDeletion: ptr.To(true),
			},
		},
	}}
}

// nameOf returns a resource's name in Kubernetes, and if it is not to be seen the one
// by which a Usage has known it, so that the Usage stays.
func nameOf(p *plan, r party, known string) string {
	return cmp.Or(p.Observed[r.Key].Name, known)
}

// protected composes the Usages without a user that deletion protection is made
// of: nobody can delete the database's managed resource, nor the XR or the
// claim, and whoever tries is told why.
func protected(p *plan, database party) []Resource {
	reason := "database.deletionProtection is on: set it to false to delete the platform " + p.Namespace + "/" + p.Request.Name

	gvk := v1alpha1.GroupVersionKind
	if p.Claim {
		gvk = v1alpha1.ClaimGroupVersionKind
	}
	rs := []Resource{protection(p, keyProtectPlatform, used(gvk, p.Request.Name), reason)}
	if name := nameOf(p, database, p.Observed[keyProtectDatabase].Of); name != "" {
		rs = append(rs, protection(p, keyProtectDatabase, used(database.Kind, name), reason))
	}
	return rs
}

func protection(p *plan, key string, of v1beta1.NamespacedResource, reason string) Resource {
	return Resource{Key: key, Object: &v1beta1.Usage{
		TypeMeta:   typeMeta(v1beta1.UsageGroupVersionKind),
		ObjectMeta: p.meta(labels(componentProtection)),
		Spec:       v1beta1.UsageSpec{Of: of, Reason: &reason},
	}}
}

func used(kind schema.GroupVersionKind, name string) v1beta1.NamespacedResource {
	return v1beta1.NamespacedResource{
		APIVersion:  kind.GroupVersion().String(),
		Kind:        kind.Kind,
		ResourceRef: &v1beta1.NamespacedResourceRef{Name: name},
	}
}
