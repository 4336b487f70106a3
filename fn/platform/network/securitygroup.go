package network

import (
	"cmp"

	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	"k8s.io/utils/ptr"

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
		{Key: key + suffixIngress, Object: securityGroupRule(p, key+suffixIngress, of, v1beta1.SecurityGroupRuleParameters_2{
			Type:        ptr.To("ingress"),
			Description: ptr.To(protocol + " from the VPC"),
			Protocol:    ptr.To("tcp"),
			FromPort:    kit.Number(&port),
			ToPort:      kit.Number(&port),
			CidrBlocks:  []*string{ptr.To(p.Network.VPC.String())},
		})},
		{Key: key + suffixEgress, Object: securityGroupRule(p, key+suffixEgress, of, v1beta1.SecurityGroupRuleParameters_2{
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

func securityGroup(p *kit.Plan, key, of, protocol string) *v1beta1.SecurityGroup {
	has := kit.Fields[ObservedGroup](p, key)

	return &v1beta1.SecurityGroup{
		TypeMeta:   kit.TypeMeta(v1beta1.SecurityGroup_GroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(of)),
		Spec: v1beta1.SecurityGroupSpec{
			ManagedResourceSpec: p.Managed(key, v1beta1.SecurityGroup_GroupVersionKind),
			ForProvider: v1beta1.SecurityGroupParameters_2{
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

func securityGroupRule(p *kit.Plan, key, of string, rule v1beta1.SecurityGroupRuleParameters_2) *v1beta1.SecurityGroupRule {
	rule.Region = &p.Region
	rule.SecurityGroupIDSelector = kit.Selector(kit.Labels(of))

	return &v1beta1.SecurityGroupRule{
		TypeMeta:   kit.TypeMeta(v1beta1.SecurityGroupRule_GroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(of)),
		Spec: v1beta1.SecurityGroupRuleSpec{
			ManagedResourceSpec: p.Managed(key, v1beta1.SecurityGroupRule_GroupVersionKind),
			ForProvider:         rule,
		},
	}
}
