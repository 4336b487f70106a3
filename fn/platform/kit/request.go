package kit

import (
	"encoding/json"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// A Request is everything that a platform follows from.
type Request struct {
	// APIVersion and Kind of the XR.
	APIVersion string
	Kind       string

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
