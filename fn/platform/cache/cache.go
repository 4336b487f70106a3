// Package cache composes the Redis replication group and what it stands on.
package cache

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/elasticache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
)

// component is the value of the cache's label.
const component = "cache"

const (
	keyCache       = "cache"
	keySubnetGroup = "subnet-group-cache"
)

// port is Redis's port.
const port = 6379

// maxMembers is how many clusters are watched at most. A cache has six at most, and while it
// changes twice as many; the rest are alarms that somebody else made under our keys.
const maxMembers = 50

// authTokenKey is the key of the generated token in its Secret.
const authTokenKey = "token"

// detailToken is the connection detail of the cache that holds its token.
const detailToken = "attribute.auth_token"

// tokenUser is the user whose password the token is. Who gives none means this one, but
// redis-cli takes a URL without a user for one whose user is called "".
// https://redis.io/docs/latest/commands/auth/
const tokenUser = "default"

// Where applications find how to connect.
const (
	keyHost     = "REDIS_HOST"
	keyPort     = "REDIS_PORT"
	keyURL      = "REDIS_URL"
	keyPassword = "REDIS_PASSWORD"
)

// Component is the cache.
var Component = kit.Component{
	Condition: "CacheReady",
	Reads:     []kit.Reading{kit.Read[Observed](elasticache.ReplicationGroupGroupVersionKind)},
	Public: []string{
		keyHost, keyPort,
		// What provider-aws publishes of a replication group.
		"primary_endpoint_address", "reader_endpoint_address",
	},
	Resolve: resolve,
}

// Observed is what is read of the replication group.
type Observed struct {
	EngineVersion         string `reads:"spec.forProvider.engineVersion"`
	AutoGenerateAuthToken bool   `reads:"spec.forProvider.autoGenerateAuthToken"`

	ActualVersion   string   `reads:"status.atProvider.engineVersionActual"`
	PrimaryEndpoint string   `reads:"status.atProvider.primaryEndpointAddress"`
	ReaderEndpoint  string   `reads:"status.atProvider.readerEndpointAddress"`
	MemberClusters  []string `reads:"status.atProvider.memberClusters"`
}

// seen says whether the spec was seen: each has an engine version, and a switch that is off
// is not in a spec.
func (o Observed) seen() bool { return o.EngineVersion != "" }

// A cache is the platform's cache, resolved.
type cache struct {
	*kit.Plan

	// ID is its name in AWS.
	ID string

	// Members are its clusters.
	Members []string

	Observed Observed
}

func resolve(p *kit.Plan) (kit.Resolved, error) {
	c := &cache{Plan: p, Observed: kit.Fields[Observed](p, keyCache)}
	if err := c.keep(); err != nil {
		return kit.Resolved{}, err
	}

	// What the platform has told its users says the name too, should the cache not be
	// seen: another name would be another, empty cache.
	c.ID = cmp.Or(p.Request.Observed[keyCache].ExternalName, toldID(c.told().PrimaryEndpoint), p.ExternalName(keyCache, ""))

	c.Members = c.members()
	if n := max(len(c.Members), len(c.alarmed())); n > maxMembers {
		return kit.Resolved{}, kit.Invalid("spec.cache.numCacheClusters", *c.Parameters.Cache.NumCacheClusters, "the platform has %d clusters or alarms of clusters, and can have %d: delete the alarms of those that are gone", n, maxMembers)
	}

	return kit.Resolved{
		Compose:    c.compose,
		Status:     func(s *v1alpha1.XDataPlatformStatus) { s.Cache = c.status(s.Cache) },
		Alarms:     c.alarms(),
		Connection: c.connection(),
	}, nil
}

// keep what the cache has and can't change without loss.
func (c *cache) keep() error {
	params, own, o := c.Parameters.Cache, ptr.Deref(c.Request.Spec.Cache, v1alpha1.CacheParameters{}), c.Observed

	has := v1alpha1.CacheAuthentication("")
	if o.seen() {
		has = v1alpha1.CacheAuthenticationNone
		if o.AutoGenerateAuthToken {
			has = v1alpha1.CacheAuthenticationToken
		}
	}

	authentication, err := kit.Keep("spec.cache.authentication", has, *params.Authentication, own.Authentication != nil, "its clients would lose it")
	if err != nil {
		return err
	}

	params.Authentication = &authentication

	version, err := kit.Version{
		Asked: o.EngineVersion, Actual: o.ActualVersion, Made: c.made(), Developer: own.EngineVersion != nil,
		// Redis may go from one major version to the next without further ado.
		AllowMajor: true,
	}.Keep("spec.cache.engineVersion", *params.EngineVersion)
	params.EngineVersion = &version

	return err
}

// told is what the platform has told its users of the cache.
func (c *cache) told() v1alpha1.CacheStatus {
	return ptr.Deref(c.Request.Status.Cache, v1alpha1.CacheStatus{})
}

// made says whether AWS has made the cache: the platform has seen its endpoint.
func (c *cache) made() bool { return c.told().PrimaryEndpoint != "" }

// toldID is the cache's name in its primary endpoint, which with TLS is master.<id>. and
// more.
func toldID(endpoint string) string {
	rest, ok := strings.CutPrefix(endpoint, "master.")
	if !ok {
		return ""
	}

	id, _, _ := strings.Cut(rest, ".")

	return id
}

// compose withholds the cache until its subnet group is ready, but never once it was asked
// for.
func (c *cache) compose() kit.Part {
	out := kit.Part{Resources: append(network.SecurityGroup(c.Plan, component, "Redis", port),
		kit.Resource{Key: keySubnetGroup, Object: c.subnetGroup()})}

	cache := kit.Resource{
		Key:    keyCache,
		Object: c.replicationGroup(),
		Needs:  append(network.PrivateSubnetKeys(c.Plan), keySubnetGroup, network.SecurityGroupKey(component)),
	}
	if !c.Exists(keyCache) && !c.made() && !c.Ready(keySubnetGroup) {
		out.Withheld = append(out.Withheld, kit.After(cache, keySubnetGroup))
		return out
	}

	out.Resources = append(out.Resources, cache)

	return out
}

func (c *cache) subnetGroup() *elasticache.SubnetGroup {
	return &elasticache.SubnetGroup{
		TypeMeta:   kit.TypeMeta(elasticache.SubnetGroupGroupVersionKind),
		ObjectMeta: c.Named(c.ExternalName(keySubnetGroup, component), kit.Labels(component)),
		Spec: elasticache.SubnetGroupSpec{
			ManagedResourceSpec: c.Managed(keySubnetGroup, elasticache.SubnetGroupGroupVersionKind),
			ForProvider: elasticache.SubnetGroupParameters{
				Region:           &c.Region,
				Description:      ptr.To("Private subnets of a data platform"),
				SubnetIDSelector: network.PrivateSubnets(),
				Tags:             c.Tagged(component),
			},
		},
	}
}

// replicationGroup composes one primary and its replicas, spread over zones. Failover and
// multi-AZ are two switches, and both must be on.
func (c *cache) replicationGroup() *elasticache.ReplicationGroup {
	params := c.Parameters.Cache

	rg := &elasticache.ReplicationGroup{
		TypeMeta:   kit.TypeMeta(elasticache.ReplicationGroupGroupVersionKind),
		ObjectMeta: c.Named(c.ID, kit.Labels(component)),
		Spec: elasticache.ReplicationGroupSpec{
			ManagedResourceSpec: c.Managed(keyCache, elasticache.ReplicationGroupGroupVersionKind),
			ForProvider: elasticache.ReplicationGroupParameters{
				Region:                   &c.Region,
				Description:              ptr.To("Redis of a data platform"),
				Engine:                   ptr.To("redis"),
				EngineVersion:            params.EngineVersion,
				NodeType:                 params.NodeType,
				NumCacheClusters:         kit.Number(params.NumCacheClusters),
				Port:                     ptr.To[float64](port),
				AutomaticFailoverEnabled: ptr.To(true),
				MultiAzEnabled:           ptr.To(true),
				AtRestEncryptionEnabled:  ptr.To("true"),
				TransitEncryptionEnabled: ptr.To(true),
				SecurityGroupIDSelector:  kit.Selector(kit.Labels(component)),
				SubnetGroupNameSelector:  kit.Selector(kit.Labels(component)),
				ApplyImmediately:         params.ApplyImmediately,
				Tags:                     c.Tagged(""),
			},
		},
	}
	if c.tokenAuthenticated() {
		rg.Spec.ForProvider.AutoGenerateAuthToken = ptr.To(true)
		rg.Spec.ForProvider.AuthTokenSecretRef = &common.LocalSecretKeySelector{
			LocalSecretReference: common.LocalSecretReference{Name: kit.SecretName(c.Request, "cache-token")},
			Key:                  authTokenKey,
		}
		rg.Spec.WriteConnectionSecretToReference = &common.LocalSecretReference{Name: kit.SecretName(c.Request, "cache")}
	}

	return rg
}

// tokenAuthenticated says whether clients of the cache need a token.
func (c *cache) tokenAuthenticated() bool {
	return *c.Parameters.Cache.Authentication == v1alpha1.CacheAuthenticationToken
}

// status says how the cache is reached.
func (c *cache) status(before *v1alpha1.CacheStatus) *v1alpha1.CacheStatus {
	is := ptr.Deref(before, v1alpha1.CacheStatus{})
	is.PrimaryEndpoint = cmp.Or(c.Observed.PrimaryEndpoint, is.PrimaryEndpoint)

	is.ReaderEndpoint = cmp.Or(c.Observed.ReaderEndpoint, is.ReaderEndpoint)
	if is.PrimaryEndpoint != "" {
		is.Port = port
	}

	return kit.OrNil(is)
}

// connection is how to connect to the primary.
func (c *cache) connection() kit.Connection {
	out := kit.Connection{Keys: []string{keyHost, keyPort, keyURL}}
	if c.tokenAuthenticated() {
		out.Keys = append(out.Keys, keyPassword)
	}

	host, token := c.Observed.PrimaryEndpoint, string(c.Request.Observed[keyCache].Connection[detailToken])
	if host == "" || token == "" && c.tokenAuthenticated() {
		return out
	}

	out.Values = map[string]string{keyHost: host, keyPort: strconv.Itoa(port)}
	u := url.URL{Scheme: "rediss", Host: host + ":" + strconv.Itoa(port)}

	if token != "" {
		out.Values[keyPassword] = token
		u.User = url.UserPassword(tokenUser, token)
	}

	out.Values[keyURL] = u.String()

	return out
}
