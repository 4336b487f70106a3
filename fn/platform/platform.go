// Package platform is the pure core of the function: from a platform's
// identity, its parameters and what is observed of it, to its desired
// resources, status and conditions. The same Request always gives the same
// Platform; nothing here reads a clock, a network or an environment.
package platform

import (
	"cmp"
	"maps"
	"slices"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/connection"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/monitoring"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/stream"
)

// components of a platform, in the order in which data flows: each uses what those before
// it have resolved. The network gives the cache and the database their place, monitoring
// and the connection collect what the others declare.
var components = []kit.Component{
	network.Component,
	stream.Component,
	cache.Component,
	database.Component,
	database.Credentials,
	monitoring.Component,
	connection.Component,
}

// Public are the keys, in connection details and in Secrets, whose values anybody may see.
func Public() map[string]bool { return maps.Clone(public) }

var public = func() map[string]bool {
	keys := map[string]bool{}

	for _, c := range components {
		for _, key := range c.Public {
			keys[key] = true
		}
	}

	return keys
}()

// Reads are what is read of the observed resources of each kind. kit.ReadOfAll is what is
// read of all of them.
func Reads() []kit.Reading {
	reads := []kit.Reading{readUsage}
	for _, c := range components {
		reads = append(reads, c.Reads...)
	}

	return reads
}

// A Platform is the function's answer.
type Platform struct {
	Resources []kit.Resource

	// Connection details of a claim's XR.
	Connection map[string][]byte

	Status     v1alpha1.XDataPlatformStatus
	Conditions []Condition

	// Ready is false while any resource is not, or is still withheld.
	Ready bool

	// Settled says that it is ready, and that nothing of it is on its way out. Crossplane
	// wakes an XR for what it refers to; what it has stopped referring to leaves unseen.
	Settled bool

	// LookUp names the Secret to look up for Request.ConnectionSecret, if any.
	LookUp string
}

// Compose returns the platform that req asks for. Its error names the field,
// the value and the remedy.
func Compose(req *kit.Request) (*Platform, error) {
	p, err := kit.NewPlan(req, public)
	if err != nil {
		return nil, err
	}

	resolved := make([]kit.Resolved, len(components))
	for i, c := range components {
		if resolved[i], err = c.Resolve(p); err != nil {
			return nil, err
		}

		p.Alarms = append(p.Alarms, resolved[i].Alarms...)
		p.Connections = append(p.Connections, resolved[i].Connection)
	}

	out := &Platform{Status: *req.Status.DeepCopy(), Ready: true}

	var all kit.Part

	for i, c := range components {
		part := resolved[i].Compose()
		part.Resources = append(part.Resources, stay(p, part.Leaving)...)
		out.add(p, part.Resources)
		// A component that fails to change something still works. One that
		// withholds something does not yet.
		out.Ready = out.Ready && len(part.Withheld) == 0 && len(part.Failing) == 0

		out.Conditions = append(out.Conditions, readiness(p, c.Condition, part))
		if resolved[i].Status != nil {
			resolved[i].Status(&out.Status)
		}

		if part.Publish != nil {
			out.Connection = part.Publish
		}

		if part.LookUp != "" {
			out.LookUp = part.LookUp
		}

		all.Leaving, all.Withheld = append(all.Leaving, part.Leaving...), append(all.Withheld, part.Withheld...)
		all.Protected = append(all.Protected, part.Protected...)
	}

	markInUse(p, out.Resources, all)

	out.add(p, protected(p, out.Resources, all.Protected))

	out.add(p, usages(p, out.Resources, all.Leaving, all.Withheld))

	out.Settled = out.Ready && !out.leaves(p, all.Leaving)

	return out, adopt(p, out.Resources, all.Withheld)
}

// leaves says whether any of the platform is there that is not to stay.
func (out *Platform) leaves(p *kit.Plan, leaving []kit.Leaving) bool {
	stays := make(map[string]bool, len(out.Resources))
	for _, r := range out.Resources {
		stays[r.Key] = true
	}

	for _, l := range leaving {
		stays[l.Key] = false
	}

	for key, o := range p.Request.Observed {
		if o.Component != "" && !stays[key] {
			return true
		}
	}

	return false
}

// add resources to the platform, and say of each what it is called in Kubernetes, and
// whether it is ready. What is observed keeps its name.
func (out *Platform) add(p *kit.Plan, rs []kit.Resource) {
	for i, r := range rs {
		r.Object.SetName(cmp.Or(p.Request.Observed[r.Key].Name, r.Object.GetName(), kit.ObjectName(p.Request, r.Key)))
		rs[i].Ready = p.Ready(r.Key) || r.Plain && p.Exists(r.Key)
		out.Ready = out.Ready && rs[i].Ready
	}

	out.Resources = append(out.Resources, rs...)
}

// stay returns those resources that can't be dropped yet. Dropping one has Crossplane
// delete it, but where the platform's deletion policy is Orphan the provider would leave
// it in AWS, where it costs money. So it is given Delete first, and is dropped once that
// is observed.
func stay(p *kit.Plan, going []kit.Leaving) []kit.Resource {
	var still []kit.Resource

	for _, l := range going {
		o, exists := p.Request.Observed[l.Key]
		if !exists || o.Deletes() && !l.Held {
			continue
		}

		if mg, ok := l.Object.(kit.Managed); ok {
			spec := mg.Managed()
			if !slices.Contains(spec.ManagementPolicies, common.ManagementActionAll) && !slices.Contains(spec.ManagementPolicies, common.ManagementActionDelete) {
				spec.ManagementPolicies = append(spec.ManagementPolicies, common.ManagementActionDelete)
			}

			still = append(still, l.Resource)
		}
	}

	return still
}
