// Package platform is the pure core of the function: from a platform's
// identity, its parameters and what is observed of it, to its desired
// resources, status and conditions. The same Request always gives the same
// Platform; nothing here reads a clock, a network or an environment.
package platform

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// A Request is everything that a platform follows from.
type Request struct {
	// Namespace and Name of the XR or the claim. Names in AWS follow from them and from
	// the UID.
	Namespace string
	Name      string

	// Claim says that the platform was asked for by a claim. A claim and an XR
	// may share a namespace and a name, and are two platforms.
	Claim bool

	// UID of the XR, which tells one creation from the next.
	UID string

	// Spec is the developer's own, before any default.
	Spec v1alpha1.XDataPlatformSpec

	// RawSpec is Spec in JSON, which tells what is empty from what is unset.
	RawSpec json.RawMessage

	// Status is what the XR's status says now.
	Status v1alpha1.XDataPlatformStatus

	Policy Policy

	// PublishedConnection are the connection details of a claim's XR, as
	// published before.
	PublishedConnection map[string][]byte

	// Observed resources, by their key.
	Observed map[string]Observation

	// ConnectionSecret is what is known of the Secret that has the name of the
	// platform's own, before there is one.
	ConnectionSecret Lookup
}

// A Lookup is what Crossplane says of an object that the platform does not compose.
type Lookup int

// What a Lookup can be.
const (
	// LookupUnsupported is all that an old Crossplane can say.
	LookupUnsupported Lookup = iota
	// LookupPending has not been answered yet.
	LookupPending
	// LookupFree finds no such object, or the platform's own.
	LookupFree
	// LookupTaken finds an object that is somebody else's.
	LookupTaken
)

// A Policy is what the platform team decides.
type Policy struct {
	// RawDefaults lie under the developer's spec, in JSON.
	RawDefaults json.RawMessage

	// Zones of each region, by the region's name. They win over the table of
	// defaults.
	Zones map[string][]string

	// NamePrefix starts the name of everything that is named in AWS.
	NamePrefix string

	// Tags on every AWS resource that takes tags.
	Tags map[string]string

	// ExternalNames lets developers take over what exists in AWS.
	ExternalNames bool

	// ProviderConfigs that developers may name besides the default one.
	ProviderConfigs []v1alpha1.ProviderConfigReference

	// Renames of provider configurations, from the old name to the new one.
	Renames map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference
}

// NewPolicy returns what a platform team decides in the function's input, whose
// defaults are given in JSON.
func NewPolicy(in *v1beta1.Policy, rawDefaults json.RawMessage) Policy {
	p := Policy{
		RawDefaults: rawDefaults,
		Zones:       make(map[string][]string, len(in.AvailabilityZones)),
		NamePrefix:  ptr.Deref(in.NamePrefix, DefaultNamePrefix),
		Tags:        make(map[string]string, len(in.Tags)),
		Renames:     make(map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference, len(in.ProviderConfigRenames)),
	}
	for region, zones := range in.AvailabilityZones {
		for _, z := range zones {
			p.Zones[region] = append(p.Zones[region], string(z))
		}
	}
	for k, v := range in.Tags {
		p.Tags[k] = string(v)
	}
	if allow := in.Allow; allow != nil {
		p.ExternalNames = ptr.Deref(allow.ExternalNames, false)
		p.ProviderConfigs = allow.ProviderConfigs
	}
	for _, r := range in.ProviderConfigRenames {
		p.Renames[r.From] = r.To
	}
	return p
}

// A Platform is the function's answer.
type Platform struct {
	Resources []Resource

	// Connection details of a claim's XR.
	Connection map[string][]byte

	Status     v1alpha1.XDataPlatformStatus
	Conditions []Condition

	// Ready is false while any resource is not, or is still withheld.
	Ready bool

	// LookUp names the Secret to look up for Request.ConnectionSecret, if any.
	LookUp string
}

// A Resource is one desired composed resource.
type Resource struct {
	// Key is the composed resource's name in the composition. Keys are frozen:
	// renaming one deletes what it named.
	Key    string
	Object Object
	Ready  bool

	// Plain resources have no conditions of their own: they are ready when they
	// exist.
	Plain bool
}

// An Object is a Kubernetes object with metadata.
type Object interface {
	runtime.Object
	metav1.Object
}

// A component is a part of the platform with a condition of its own.
type component struct {
	compose func(p *plan) part

	// condition is the type of the condition that says how the component is, if a
	// user needs to know.
	condition string
}

// A part is what a component is made of.
type part struct {
	Resources []Resource

	// Leaving are resources that were composed before and are no longer wanted. Only
	// those that exist count.
	Leaving []leaving

	// Withheld is what is still to come.
	Withheld []withheld

	// Failing says what can't come, and why.
	Failing []string
}

// A leaving is a resource that is no longer wanted, as it would be composed.
type leaving struct {
	Resource

	// Held says that something still uses it, and that AWS would refuse to delete it.
	Held bool
}

// A withheld is something that is not composed yet.
type withheld struct {
	// Key of the resource, if it is one.
	Key string

	// Why it is not composed, or what is waited for.
	Why string
}

func (w withheld) String() string {
	if w.Key == "" {
		return w.Why
	}
	return w.Key + " (" + w.Why + ")"
}

// components in the order in which AWS needs them.
var components = []component{
	{compose: composeNetwork, condition: "NetworkReady"},
	{compose: composeStream, condition: "StreamReady"},
	{compose: composeCache, condition: "CacheReady"},
	{compose: composeDatabase, condition: "DatabaseReady"},
	{compose: composeCredentials, condition: "CredentialsReady"},
	{compose: composeMonitoring, condition: "MonitoringReady"},
	{compose: composeConnection, condition: "ConnectionReady"},
	{compose: composeProtection},
}

// Compose returns the platform that req asks for. Its error names the field,
// the value and the remedy.
func Compose(req *Request) (*Platform, error) {
	p, err := newPlan(req)
	if err != nil {
		return nil, err
	}

	out := &Platform{Status: status(p), Ready: true, LookUp: lookUp(p)}
	var later []withheld
	if p.Claim {
		out.Connection = p.Connection
	}
	for _, c := range components {
		composed := c.compose(p)
		composed.Resources = append(composed.Resources, leave(p, composed.Leaving)...)
		for i, r := range composed.Resources {
			o, exists := p.Observed[r.Key]
			composed.Resources[i].Ready = o.Ready.True() || r.Plain && exists
			out.Ready = out.Ready && composed.Resources[i].Ready
		}
		out.Resources = append(out.Resources, composed.Resources...)
		later = append(later, composed.Withheld...)
		// A component that fails to change something still works. One that
		// withholds something does not yet.
		out.Ready = out.Ready && len(composed.Withheld) == 0 && len(composed.Failing) == 0
		if c.condition != "" {
			out.Conditions = append(out.Conditions, readiness(p, c.condition, composed))
		}
	}
	return out, adopt(p, out.Resources, later)
}

// leave returns those resources that can't be dropped yet. Dropping one has Crossplane
// delete it, but where the platform's deletion policy is Orphan the provider would leave
// it in AWS, where it costs money. So it is given Delete first, and is dropped once that
// is observed.
func leave(p *plan, going []leaving) []Resource {
	var still []Resource
	for _, l := range going {
		o, exists := p.Observed[l.Key]
		if !exists || o.Deletes() && !l.Held {
			continue
		}
		if mg, ok := l.Object.(resource.Manageable); ok {
			if policies := mg.GetManagementPolicies(); !slices.Contains(policies, common.ManagementActionAll) && !slices.Contains(policies, common.ManagementActionDelete) {
				mg.SetManagementPolicies(append(policies, common.ManagementActionDelete))
			}
			still = append(still, l.Resource)
		}
	}
	return still
}

// isManaged says that an object is of something in AWS.
func isManaged(o Object) bool {
	return strings.HasSuffix(o.GetObjectKind().GroupVersionKind().Group, ".aws.m.upbound.io")
}

// adopt gives resources the names in AWS that the developer says they have, until
// they have one. The names could be those of another team's resources, so that the
// platform team has to permit it. A name that fits nothing is refused only while nothing
// of the platform exists: later it may be that of a resource that the platform had.
func adopt(p *plan, rs []Resource, later []withheld) error {
	for _, key := range slices.Sorted(maps.Keys(p.Spec.ExternalNames)) {
		field, name := "spec.externalNames."+key, string(p.Spec.ExternalNames[key])
		i := slices.IndexFunc(rs, func(r Resource) bool { return r.Key == key && isManaged(r.Object) })
		known := i >= 0 || key != keyConnection && slices.ContainsFunc(later, func(w withheld) bool { return w.Key == key })
		has := p.Observed[key].ExternalName
		switch {
		case strings.HasPrefix(key, keyCredentialsVersion):
			// A version of the secret is made anew.
		case known && has == "" && !p.Policy.ExternalNames:
			return invalid(field, name, "the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input")
		case i >= 0:
			meta.SetExternalName(rs[i].Object, cmp.Or(has, name))
		case !known && len(p.Observed) == 0:
			return invalid(field, name, "the platform has no such resource in AWS: use the name of a resource as in crossplane.io/composition-resource-name, or remove it")
		}
	}
	return nil
}
