// Package kit is what every component of a platform needs: the request and the plan that
// follows from it, observations, names, tags, management policies, versions and errors.
package kit

import (
	"net/netip"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// A Plan is a Request with every open question answered: names, zones, blocks
// and tags are final. What AWS can't change of a resource that exists is as it
// is, and the developer is told if they ask for something else.
//
// NewPlan answers what all components share. Each component then answers its own
// questions, in the order of the components, because of what one leaves here for those
// after it: the network its zones, the database the credentials that it keeps (which its
// secret follows) among the parameters, each component its alarms and connection.
type Plan struct {
	Request *Request

	// Parameters are the reference defaults, under the policy's, under the
	// developer's. All are set. A component puts in what it has resolved.
	Parameters v1alpha1.Parameters

	// Region of every resource.
	Region string

	// ProviderConfig is the configuration, and so the account, of what is new. What
	// exists keeps its own.
	ProviderConfig v1alpha1.ProviderConfigReference

	// AWSName is the platform's name in AWS, where it is new. What exists keeps the
	// name it has, whatever the policy's prefix says now.
	AWSName string

	// AWSTags are the tags of every resource, without its name.
	AWSTags map[string]*string

	// Mask takes what is secret out of a message.
	Mask func(message string) string

	// Network, as the network component has resolved it.
	Network Network

	// Alarms and Connections of the components that are resolved.
	Alarms      []Alarm
	Connections []Connection
}

// A Network is where the platform's other components are.
type Network struct {
	// VPC is the VPC's block.
	VPC netip.Prefix

	// Zones, in the order of their subnets' blocks, which are parts of VPC.
	Zones []Zone
}

// A Zone is an availability zone and the blocks of its subnets.
type Zone struct {
	Name   string
	Blocks map[Tier]string
}

// A Tier is a layer of subnets.
type Tier string

// Tiers of subnets.
const (
	// TierPublic subnets route to the internet gateway.
	TierPublic Tier = "public"
	// TierPrivate subnets have no way in from the internet, and no way out but
	// through a NAT gateway.
	TierPrivate Tier = "private"
)

// NewPlan returns a plan that no component has resolved yet. Values under the keys that
// public names may be seen by anybody.
func NewPlan(req *Request, public map[string]bool) (*Plan, error) {
	params, err := layer(req.Policy.RawDefaults, req.RawSpec)
	if err != nil {
		return nil, errors.Wrap(err, "cannot read parameters")
	}

	p := &Plan{
		Request:    req,
		Parameters: params,
		Region:     req.Spec.Region,
		AWSName:    awsName(req),
		Mask:       (&masker{req: req, public: public}).mask,
	}
	if p.AWSTags, err = awsTags(p); err != nil {
		return nil, err
	}

	p.ProviderConfig, err = providerConfig(p)

	return p, err
}

// Exists says that a resource's object is there.
func (p *Plan) Exists(key string) bool {
	_, ok := p.Request.Observed[key]
	return ok
}

// Ready says that a resource is there and ready.
func (p *Plan) Ready(key string) bool { return p.Request.Observed[key].Ready.True() }

// TakesOver says that a resource exists in AWS before the platform does. What AWS calls
// it is for the provider to find out.
func (p *Plan) TakesOver(key string) bool { return p.Request.Spec.ExternalNames[key] != "" }

// OrNil is nothing where all of a value is empty.
func OrNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}

	return &v
}
