package network

import (
	"cmp"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// Keys of a component's security group, and the suffixes of those of its rules.
const (
	keySecurityGroup = "security-group-"
	suffixIngress    = "-ingress"
	suffixEgress     = "-egress"
)

// SecurityGroupKey is the key of a component's security group.
func SecurityGroupKey(of string) string { return keySecurityGroup + of }

// SecurityGroup composes a component's security group: in from the VPC
// to one port, out to everywhere. The rules are SecurityGroupRules: provider-aws
// v2.5.0 never creates the newer SecurityGroupIngressRule and -EgressRule
// (crossplane-contrib/provider-upjet-aws#2003, #2085), and rules inside a
// SecurityGroup drift (#1954).
func SecurityGroup(p *kit.Plan, of, protocol string, port int64) []kit.Resource {
	key := SecurityGroupKey(of)

	return []kit.Resource{
		{Key: key, Object: securityGroup(p, key, of, protocol), Needs: []string{keyVPC}},
		{Key: key + suffixIngress, Object: securityGroupRule(p, key+suffixIngress, of, ec2.SecurityGroupRuleParameters{
			Type:        ptr.To("ingress"),
			Description: ptr.To(protocol + " from the VPC"),
			Protocol:    ptr.To("tcp"),
			FromPort:    kit.Number(&port),
			ToPort:      kit.Number(&port),
			CidrBlocks:  []*string{ptr.To(p.Network.VPC.String())},
		})},
		{Key: key + suffixEgress, Object: securityGroupRule(p, key+suffixEgress, of, ec2.SecurityGroupRuleParameters{
			Type:        ptr.To("egress"),
			Description: ptr.To("everything to everywhere"),
			// AWS's word for every protocol. It has no ports.
			Protocol:   ptr.To("-1"),
			FromPort:   ptr.To[float64](0),
			ToPort:     ptr.To[float64](0),
			CidrBlocks: []*string{ptr.To(internet)},
		})},
	}
}

func securityGroup(p *kit.Plan, key, of, protocol string) *ec2.SecurityGroup {
	has := kit.Fields[ObservedGroup](p, key)

	return &ec2.SecurityGroup{
		TypeMeta:   kit.TypeMeta(ec2.SecurityGroupGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(of)),
		Spec: ec2.SecurityGroupSpec{
			ManagedResourceSpec: p.Managed(key, ec2.SecurityGroupGroupVersionKind),
			ForProvider: ec2.SecurityGroupParameters{
				Region: &p.Region,
				// AWS can't change a group's name or description.
				Name:          p.KeptName(key, cmp.Or(has.Asked, has.Has), of),
				Description:   ptr.To(protocol + " of a data platform"),
				VPCIDSelector: kit.Selector(kit.Labels(component)),
				Tags:          p.Tagged(of),
			},
		},
	}
}

func securityGroupRule(p *kit.Plan, key, of string, rule ec2.SecurityGroupRuleParameters) *ec2.SecurityGroupRule {
	rule.Region = &p.Region
	rule.SecurityGroupIDSelector = kit.Selector(kit.Labels(of))

	return &ec2.SecurityGroupRule{
		TypeMeta:   kit.TypeMeta(ec2.SecurityGroupRuleGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(of)),
		Spec: ec2.SecurityGroupRuleSpec{
			ManagedResourceSpec: p.Managed(key, ec2.SecurityGroupRuleGroupVersionKind),
			ForProvider:         rule,
		},
	}
}
