// Package provideraws plays provider-aws: of a platform's composed resources it
// makes what the provider would have made of them some time after they were
// applied. Everything it makes up follows from the resources themselves, so that
// a platform always looks the same.
//
// The patterns are what provider-aws v2.5.0 was seen to write.
package provideraws

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Stage is a moment in the life of a platform.
type Stage string

const (
	// Creating is a quarter of a minute after the resources were applied. Half
	// of them are ready. AWS needs minutes for the stream, the cache, the
	// database and NAT gateways, and some resources still have to find out that
	// those they refer to exist now.
	Creating Stage = "Creating"

	// Ready is when everything exists.
	Ready Stage = "Ready"
)

// An Object is a Kubernetes object.
type Object = map[string]any

// A Resource is a composed resource as the provider leaves it.
type Resource struct {
	Object Object

	// Connection holds the connection details that the provider published, if
	// the resource has any.
	Connection map[string][]byte
}

// Platform returns what the provider makes of composed resources, by their key.
// They must have the names that Crossplane gives them, and no status.
func Platform(composed map[string]Object, stage Stage) (map[string]Resource, error) {
	p := &platform{stage: stage, resources: make(map[string]*resource, len(composed))}

	for key, o := range composed {
		r, err := read(runtime.DeepCopyJSON(o))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}

		p.resources[key] = r
	}

	out := make(map[string]Resource, len(composed))

	for key, r := range p.resources {
		out[key] = p.observe(r)
	}

	return out, nil
}

// A platform is all the resources that see each other.
type platform struct {
	stage     Stage
	resources map[string]*resource
}

// A phase is how far the provider is with a resource.
type phase int

const (
	phaseUnresolved phase = iota // It refers to resources that are not known to exist.
	phaseCreating                // AWS is creating it.
	phaseReady
)

// phase of a resource, and why it is unresolved if it is.
func (p *platform) phase(r *resource) (phase, error) {
	for _, ref := range r.references {
		if err := p.resolvable(r, ref); err != nil {
			return phaseUnresolved, err
		}
	}

	if r.slow && p.stage == Creating {
		return phaseCreating, nil
	}

	return phaseReady, nil
}

// observe makes of a resource what the provider would.
func (p *platform) observe(r *resource) Resource {
	if r.pattern == nil {
		p.writeMetadata(r)
		r.writeProtection()

		return Resource{Object: r.Object}
	}

	at, reason := p.phase(r)
	generation := int64(1)
	wrote := func(something bool) {
		if something {
			generation++
		}
	}

	wrote(writeTags(r))

	if at != phaseUnresolved {
		wrote(p.writeReferences(r))
		wrote(r.writeTyped())
	}

	atProvider := Object{}

	if at == phaseReady {
		// An identifier may hold the names of what was resolved just now.
		r.identify()

		atProvider = p.atProvider(r)
		wrote(r.writeLateInitialized(atProvider))
	}

	if at != phaseUnresolved {
		r.writeCreation(at)
	}

	p.writeMetadata(r)
	r.set(generation, "metadata", "generation")
	r.set(atProvider, "status", "atProvider")
	r.set(conditions(at, reason, generation), "status", "conditions")

	out := Resource{Object: r.Object}
	if _, asked, _ := unstructured.NestedMap(r.Object, "spec", "writeConnectionSecretToRef"); asked && at == phaseReady && r.connection != nil {
		out.Connection = r.connection(r)
	}

	return out
}

// atProvider is what AWS says of a resource: what was asked for, and what it has
// besides.
func (p *platform) atProvider(r *resource) Object {
	out := Object{}
	maps.Copy(out, r.empty)

	for field, value := range r.forProvider() {
		if !isInput(field) {
			out[field] = value
		}
	}

	out["id"] = r.external
	if r.named != "" {
		out[r.named] = r.nameInAWS()
	}

	if r.arn != "" {
		out["arn"] = r.makeARN(r.arn, r.external)
	}

	if tags, ok := out["tags"]; ok {
		out["tagsAll"] = tags
	}

	if r.status != nil {
		maps.Copy(out, r.status(p, r))
	}

	return runtime.DeepCopyJSON(out)
}

// isInput says that a field tells the provider something, and is no property in
// AWS.
func isInput(field string) bool {
	return strings.HasSuffix(field, "Selector") || strings.HasSuffix(field, "Ref") || strings.HasSuffix(field, "Refs") || strings.HasPrefix(field, "autoGenerate")
}

// of returns the resources of a kind, in the order of their keys.
func (p *platform) of(kind string) []*resource {
	var out []*resource

	for _, key := range slices.Sorted(maps.Keys(p.resources)) {
		if r := p.resources[key]; r.kind() == kind {
			out = append(out, r)
		}
	}

	return out
}

// zones that the platform has subnets in, sorted.
func (p *platform) zones() []any {
	zones := map[string]bool{}
	for _, subnet := range p.of("ec2/Subnet") {
		zones[subnet.text("availabilityZone")] = true
	}

	out := make([]any, 0, len(zones))
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		out = append(out, zone)
	}

	return out
}

// vpc is the external name of the platform's VPC.
func (p *platform) vpc() string {
	for _, vpc := range p.of("ec2/VPC") {
		return vpc.external
	}

	return ""
}
