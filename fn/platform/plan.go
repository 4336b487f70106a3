package platform

import (
	"cmp"
	"net/netip"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// A plan is a Request with every open question answered: names, zones, blocks
// and tags are final. What AWS can't change of a resource that exists is as it
// is, and the developer is told if they ask for something else.
type plan struct {
	*Request

	// Parameters are the reference defaults, under the policy's, under the
	// developer's. All are set.
	v1alpha1.Parameters

	// Region of every resource.
	Region string

	// Zones, in the order of their subnets' blocks, which are parts of VPC.
	Zones []zone
	VPC   netip.Prefix

	// Tags of every resource, without its name.
	Tags map[string]*string

	// ProviderConfig is the configuration, and so the account, of what is new. What
	// exists keeps its own.
	ProviderConfig v1alpha1.ProviderConfigReference

	// Name of the platform in AWS, and of its stateful resources. What exists
	// keeps the name it has, whatever the policy's prefix says now. That of a
	// database that is taken over is not known until the provider has found it.
	Name       string
	StreamName string
	CacheID    string
	DatabaseID string

	// CacheMembers are the clusters of the cache.
	CacheMembers []string

	// Connection is what an application needs to connect, as far as it is
	// known.
	Connection map[string][]byte

	// SecretName is the name of the Secret with the connection.
	SecretName string

	// Mask takes what is secret out of a message.
	Mask func(message string) string
}

func newPlan(req *Request) (*plan, error) {
	params, err := layer(req.Policy.RawDefaults, req.RawSpec)
	if err != nil {
		return nil, errors.Wrap(err, "cannot read parameters")
	}
	p := &plan{Request: req, Parameters: params, Region: req.Spec.Region, Mask: masker(req)}

	for _, resolve := range []func(*plan) error{
		resolveZones, resolveProviderConfig, resolveVPC, resolveSubnets,
		resolveCache, resolveDatabase, resolveStorage, resolveWindows,
		resolveTopics,
	} {
		if err := resolve(p); err != nil {
			return nil, err
		}
	}
	resolveTags(p)
	resolveNames(p)
	return p, resolveConnection(p)
}

// resolveNames keeps the names that stateful resources have. What the platform has told its
// users says them too, should a resource not be seen: another name would be another, empty
// stream.
func resolveNames(p *plan) {
	stream := ptr.Deref(p.Status.Stream, v1alpha1.StreamStatus{})
	cache := ptr.Deref(p.Status.Cache, v1alpha1.CacheStatus{})
	database := ptr.Deref(p.Status.Database, v1alpha1.DatabaseStatus{})

	p.Name = awsName(p.Request)
	p.StreamName = cmp.Or(p.Observed[keyStream].ExternalName, stream.Name, p.externalName(keyStream, ""))
	p.CacheID = cmp.Or(p.Observed[keyCache].ExternalName, toldCacheID(cache.PrimaryEndpoint), p.externalName(keyCache, ""))
	p.CacheMembers = cacheMembers(p)

	db := p.Observed[keyDatabase]
	// A host is <identifier>. and more.
	host, _, _ := strings.Cut(database.Host, ".")
	p.DatabaseID = cmp.Or(db.Spec.Identifier, db.Status.Identifier, p.Observed[keyAlarmDatabaseCPU].Spec.Identifier, host)
	if p.DatabaseID == "" && !p.takesOver(keyDatabase) {
		p.DatabaseID = p.Name
	}
}

// toldCacheID is the cache's name in its primary endpoint, which with TLS is master.<id>. and
// more.
func toldCacheID(endpoint string) string {
	rest, ok := strings.CutPrefix(endpoint, "master.")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, ".")
	return id
}

// exists says that a resource's object is there.
func (p *plan) exists(key string) bool {
	_, ok := p.Observed[key]
	return ok
}

// keep returns the value that a resource has, if any, where it can't change: why says
// what keeps it. A developer who asks for another is told; a policy holds for what is
// still to be made.
func keep[S ~string](field string, has, want S, developer bool, why string) (S, error) {
	if has == "" || has == want {
		return want, nil
	}
	if developer {
		return "", invalid(field, want, "the platform has %s, and %s: use that, or create another platform", has, why)
	}
	return has, nil
}
