package platform

import (
	"cmp"
	"net/netip"

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

	// Name of the platform in AWS, and of its stateful resources. What exists
	// keeps the name it has, whatever the policy's prefix says now.
	Name       string
	StreamName string
	CacheID    string
	DatabaseID string

	// CacheMembers are the clusters of the cache.
	CacheMembers []string

	// Connection is what an application needs to connect, as far as it is
	// known.
	Connection map[string][]byte
}

func newPlan(req *Request) (*plan, error) {
	params, err := layer(req.Policy.RawDefaults, req.RawSpec)
	if err != nil {
		return nil, errors.Wrap(err, "cannot read parameters")
	}
	p := &plan{Request: req, Parameters: params, Region: req.Spec.Region}

	if err := checkWindows(p.Database); err != nil {
		return nil, err
	}
	for _, resolve := range []func(*plan) error{resolveZones, resolveVPC, resolveSubnets, resolveCache, resolveDatabase, resolveTags, checkTopics} {
		if err := resolve(p); err != nil {
			return nil, err
		}
	}
	resolveNames(p)
	resolveConnection(p)
	return p, nil
}

// resolveNames keeps the names that stateful resources have.
func resolveNames(p *plan) {
	p.Name = awsName(p.Request)
	p.StreamName = p.externalName(keyStream, "")
	p.CacheID = p.externalName(keyCache, "")
	p.DatabaseID = cmp.Or(p.Observed[keyDatabase].Spec.Identifier, p.Name)
	p.CacheMembers = cacheMembers(p)
}

// keep returns the value that a resource has, if any, where AWS can't change
// it. A developer who asks for another is told; a policy holds for new
// platforms only.
func keep[S ~string](field string, has, want S, developer bool) (S, error) {
	if has == "" || has == want {
		return want, nil
	}
	if developer {
		return "", invalid(field, want, "the platform has %s, which AWS can't change: use that, or create another platform", has)
	}
	return has, nil
}
