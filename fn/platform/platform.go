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

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// A Request is everything that a platform follows from.
type Request struct {
	// Namespace and Name of the XR or the claim. Names in AWS follow from them.
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
}

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
}

// NewPolicy returns what a platform team decides in the function's input, whose
// defaults are given in JSON.
func NewPolicy(in *v1beta1.Policy, rawDefaults json.RawMessage) Policy {
	p := Policy{
		RawDefaults: rawDefaults,
		Zones:       make(map[string][]string, len(in.AvailabilityZones)),
		NamePrefix:  ptr.Deref(in.NamePrefix, DefaultNamePrefix),
		Tags:        make(map[string]string, len(in.Tags)),
	}
	for region, zones := range in.AvailabilityZones {
		for _, z := range zones {
			p.Zones[region] = append(p.Zones[region], string(z))
		}
	}
	for k, v := range in.Tags {
		p.Tags[k] = string(v)
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
	compose func(p *plan) []Resource

	// condition says how the component is, if a user needs to know.
	condition func(p *plan, rs []Resource) Condition
}

// components in the order in which AWS needs them.
var components = []component{
	{compose: composeNetwork, condition: readiness("NetworkReady")},
	{compose: composeStream, condition: readiness("StreamReady")},
	{compose: composeCache, condition: readiness("CacheReady")},
	{compose: composeDatabase, condition: readiness("DatabaseReady")},
	{compose: composeCredentials, condition: credentialsReadiness},
	{compose: composeMonitoring, condition: readiness("MonitoringReady")},
	{compose: composeConnection, condition: connectionReadiness},
	{compose: composeProtection},
}

// Compose returns the platform that req asks for. Its error names the field,
// the value and the remedy.
func Compose(req *Request) (*Platform, error) {
	p, err := newPlan(req)
	if err != nil {
		return nil, err
	}

	out := &Platform{Status: status(p), Ready: true}
	if p.Claim {
		out.Connection = p.Connection
	}
	for _, c := range components {
		rs := c.compose(p)
		for i, r := range rs {
			o, exists := p.Observed[r.Key]
			rs[i].Ready = o.Ready.True() || r.Plain && exists
			out.Ready = out.Ready && rs[i].Ready
		}
		out.Resources = append(out.Resources, rs...)
		if c.condition == nil {
			continue
		}
		condition := c.condition(p, rs)
		out.Conditions = append(out.Conditions, condition)
		// A component that still waits withholds something. One that fails to
		// change still works.
		out.Ready = out.Ready && condition.Reason != reasonCreating
	}
	return out, adopt(p, out.Resources)
}

// isManaged says that an object is of something in AWS.
func isManaged(o Object) bool {
	return strings.HasSuffix(o.GetObjectKind().GroupVersionKind().Group, ".aws.m.upbound.io")
}

// adopt gives resources the names in AWS that the developer says they have, until
// they have one. Names can't be taken out of the spec again, so a name that fits
// nothing is refused only while nothing of the platform exists and it can be
// deleted without loss.
func adopt(p *plan, rs []Resource) error {
	for _, key := range slices.Sorted(maps.Keys(p.Spec.ExternalNames)) {
		name := string(p.Spec.ExternalNames[key])
		i := slices.IndexFunc(rs, func(r Resource) bool { return r.Key == key && isManaged(r.Object) })
		switch {
		case i >= 0:
			meta.SetExternalName(rs[i].Object, cmp.Or(p.Observed[key].ExternalName, name))
		case strings.HasPrefix(key, keyCredentialsVersion):
			// A version of the secret is made anew.
		case len(p.Observed) == 0:
			return invalid("spec.externalNames."+key, name, "the platform has no such resource in AWS: delete the platform, of which nothing exists yet, and create it with the name of a resource as in crossplane.io/composition-resource-name")
		}
	}
	return nil
}
