package platform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upbound/provider-aws/v2/apis/namespaced/elasticache/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const (
	keyCache            = "cache"
	keySubnetGroupCache = "subnet-group-cache"
)

// cachePort is Redis's port.
const cachePort = 6379

// authTokenKey is the key of the generated token in its Secret.
const authTokenKey = "token"

// composeCache composes the Redis replication group and what it stands on.
func composeCache(p *plan) part {
	c := part{Resources: append(composeSecurityGroup(p, componentCache, "Redis", cachePort),
		Resource{Key: keySubnetGroupCache, Object: subnetGroupCache(p)})}
	if !cacheExists(p) && !p.Observed[keySubnetGroupCache].Ready.True() {
		c.Withheld = append(c.Withheld, after(keyCache, keySubnetGroupCache))
		return c
	}
	c.Resources = append(c.Resources, Resource{Key: keyCache, Object: replicationGroup(p)})
	return c
}

// cacheExists says whether the cache has been asked for: its object is there, or it was.
func cacheExists(p *plan) bool {
	return p.exists(keyCache) || cacheMade(p)
}

// cacheMade says whether AWS has made the cache: the platform has seen its endpoint.
func cacheMade(p *plan) bool {
	return ptr.Deref(p.Status.Cache, v1alpha1.CacheStatus{}).PrimaryEndpoint != ""
}

func subnetGroupCache(p *plan) *v1beta1.SubnetGroup {
	return &v1beta1.SubnetGroup{
		TypeMeta:   typeMeta(v1beta1.SubnetGroup_GroupVersionKind),
		ObjectMeta: p.named(p.externalName(keySubnetGroupCache, componentCache), labels(componentCache)),
		Spec: v1beta1.SubnetGroupSpec{
			ManagedResourceSpec: p.managed(keySubnetGroupCache, namedByUs),
			ForProvider: v1beta1.SubnetGroupParameters{
				Region:      &p.Region,
				Description: ptr.To("Private subnets of a data platform"),
				// A zone that is added later must join.
				SubnetIDSelector: selectorAlways(labels(componentNetwork, labelTier, string(tierPrivate))),
				Tags:             p.tagged(componentCache),
			},
		},
	}
}

// replicationGroup composes the cache: one primary and its replicas, spread
// over zones. Failover and multi-AZ are two switches, and both must be on.
func replicationGroup(p *plan) *v1beta1.ReplicationGroup {
	rg := &v1beta1.ReplicationGroup{
		TypeMeta:   typeMeta(v1beta1.ReplicationGroup_GroupVersionKind),
		ObjectMeta: p.named(p.CacheID, labels(componentCache)),
		Spec: v1beta1.ReplicationGroupSpec{
			ManagedResourceSpec: p.managed(keyCache, namedByUs),
			ForProvider: v1beta1.ReplicationGroupParameters{
				Region:                   &p.Region,
				Description:              ptr.To("Redis of a data platform"),
				Engine:                   ptr.To("redis"),
				EngineVersion:            p.Cache.EngineVersion,
				NodeType:                 p.Cache.NodeType,
				NumCacheClusters:         number(p.Cache.NumCacheClusters),
				Port:                     ptr.To[float64](cachePort),
				AutomaticFailoverEnabled: ptr.To(true),
				MultiAzEnabled:           ptr.To(true),
				AtRestEncryptionEnabled:  ptr.To("true"),
				TransitEncryptionEnabled: ptr.To(true),
				SecurityGroupIDSelector:  selector(labels(componentCache)),
				SubnetGroupNameSelector:  selector(labels(componentCache)),
				ApplyImmediately:         p.Cache.ApplyImmediately,
				Tags:                     p.tagged(""),
			},
		},
	}
	if p.tokenAuthenticated() {
		rg.Spec.ForProvider.AutoGenerateAuthToken = ptr.To(true)
		rg.Spec.ForProvider.AuthTokenSecretRef = &common.LocalSecretKeySelector{
			LocalSecretReference: common.LocalSecretReference{Name: secretName(p.Request, "cache-token")},
			Key:                  authTokenKey,
		}
		rg.Spec.WriteConnectionSecretToReference = &common.LocalSecretReference{Name: secretName(p.Request, "cache")}
	}
	return rg
}

// resolveCache keeps what the cache has and can't change without loss.
func resolveCache(p *plan) error {
	has := v1alpha1.CacheAuthentication("")
	if o := p.Observed[keyCache]; o.Spec.known() {
		has = v1alpha1.CacheAuthenticationNone
		if o.Spec.AutoGenerateAuthToken {
			has = v1alpha1.CacheAuthenticationToken
		}
	}
	own := ptr.Deref(p.Spec.Cache, v1alpha1.CacheParameters{})
	authentication, err := keep("spec.cache.authentication", has, *p.Cache.Authentication, own.Authentication != nil, "its clients would lose it")
	if err != nil {
		return err
	}
	p.Cache.Authentication = &authentication

	// Redis may go from one major version to the next without further ado.
	version, err := keepVersion("spec.cache.engineVersion", *p.Cache.EngineVersion, p.Observed[keyCache], cacheMade(p), own.EngineVersion != nil, true)
	p.Cache.EngineVersion = &version
	return err
}

// cacheMembers are the replication group's clusters. AWS numbers them from 001,
// but after replicas are taken away the numbers may have gaps: then AWS's list
// counts. Without it, a member that has an alarm is still a member.
func cacheMembers(p *plan) []string {
	want := int(*p.Cache.NumCacheClusters)
	has := p.Observed[keyCache].Status.MemberClusters
	if len(has) == want {
		return slices.Sorted(slices.Values(has))
	}

	members := slices.Clone(has)
	for i := range want {
		members = append(members, fmt.Sprintf("%s-%03d", p.CacheID, i+1))
	}
	for key := range p.Observed {
		if number, ok := strings.CutPrefix(key, keyAlarmCacheCPU); ok && isMemberNumber(number) {
			members = append(members, p.CacheID+"-"+number)
		}
	}
	slices.Sort(members)
	return slices.Compact(members)
}

// isMemberNumber says whether a text is how AWS numbers the clusters of a cache: 001.
// Another step's resource may have a key that begins like an alarm's.
func isMemberNumber(text string) bool {
	return len(text) == len("001") && strings.Trim(text, "0123456789") == ""
}
