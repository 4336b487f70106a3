package provideraws

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A reference is a field of spec.forProvider that the provider fills with the
// external names of other resources.
type reference struct {
	field string // Such as vpcId. A list's ends with s.
	words string // The field's name in the provider's messages.
}

// References, by the field they fill.
var (
	refAllocation      = reference{field: "allocationId", words: "AllocationID"}
	refDBSubnetGroup   = reference{field: "dbSubnetGroupName", words: "DBSubnetGroupName"}
	refGateway         = reference{field: "gatewayId", words: "GatewayID"}
	refNATGateway      = reference{field: "natGatewayId", words: "NATGatewayID"}
	refRouteTable      = reference{field: "routeTableId", words: "RouteTableID"}
	refSecret          = reference{field: "secretId", words: "SecretID"}
	refSecurityGroup   = reference{field: "securityGroupId", words: "SecurityGroupID"}
	refSecurityGroups  = reference{field: "securityGroupIds", words: "SecurityGroupIds"}
	refSubnet          = reference{field: "subnetId", words: "SubnetID"}
	refSubnetGroup     = reference{field: "subnetGroupName", words: "SubnetGroupName"}
	refSubnets         = reference{field: "subnetIds", words: "SubnetIds"}
	refVPC             = reference{field: "vpcId", words: "VPCID"}
	refVPCSecurityGrps = reference{field: "vpcSecurityGroupIds", words: "VPCSecurityGroupIds"}
)

// to is the kind that the field of a kind refers to.
func (ref reference) to(kind string) string { return referredKinds[kind][ref.field] }

func (ref reference) isList() bool     { return strings.HasSuffix(ref.field, "s") }
func (ref reference) selector() string { return strings.TrimSuffix(ref.field, "s") + "Selector" }

// refs is the field in which the provider keeps what it found.
func (ref reference) refs() string {
	if ref.isList() {
		return strings.TrimSuffix(ref.field, "s") + "Refs"
	}

	return ref.field + "Ref"
}

// targets of a resource's reference: those its selector matches, in the order of
// their keys. A reference that is not used has none.
func (p *platform) targets(r *resource, ref reference) (targets []*resource, used bool) {
	selector, used := r.forProvider()[ref.selector()].(Object)
	if !used {
		return nil, false
	}

	want, _, _ := unstructured.NestedStringMap(selector, "matchLabels")

	for _, candidate := range p.of(ref.to(r.kind())) {
		matches := true
		for label, value := range want {
			matches = matches && candidate.GetLabels()[label] == value
		}

		if matches {
			targets = append(targets, candidate)
		}
	}

	// Of several the provider takes one.
	if len(targets) > 1 && !ref.isList() {
		targets = targets[:1]
	}

	return targets, true
}

// resolvable returns the provider's error if it can't resolve a reference.
func (p *platform) resolvable(r *resource, ref reference) error {
	targets, used := p.targets(r, ref)
	if !used {
		return nil
	}

	if len(targets) == 0 {
		return fmt.Errorf("mg.Spec.ForProvider.%s: no resources matched selector", ref.words)
	}

	for _, target := range targets {
		if at, _ := p.phase(target); at != phaseReady || r.late && p.stage == Creating {
			return fmt.Errorf("mg.Spec.ForProvider.%s: referenced field was empty (referenced resource may not yet be ready)", ref.words)
		}
	}

	return nil
}

// referring returns the resources of a kind that exist and refer to another.
func (p *platform) referring(kind string, ref reference, to *resource) []*resource {
	var out []*resource

	for _, candidate := range p.of(kind) {
		targets, used := p.targets(candidate, ref)
		refers := slices.Contains(targets, to) || !used && candidate.text(ref.field) == to.external

		if at, _ := p.phase(candidate); at == phaseReady && refers {
			out = append(out, candidate)
		}
	}

	return out
}

// writeReferences writes what references resolve to.
func (p *platform) writeReferences(r *resource) bool {
	written := false

	for _, ref := range r.references {
		targets, used := p.targets(r, ref)
		if !used {
			continue
		}

		names := make([]any, 0, len(targets))
		refs := make([]any, 0, len(targets))

		for _, target := range targets {
			names = append(names, target.external)
			refs = append(refs, Object{"name": target.GetName(), "namespace": target.GetNamespace()})
		}

		if ref.isList() {
			r.forProvider()[ref.field], r.forProvider()[ref.refs()] = names, refs
		} else {
			r.forProvider()[ref.field], r.forProvider()[ref.refs()] = names[0], refs[0]
		}

		written = true
	}

	return written
}
