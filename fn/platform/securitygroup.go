package platform

import (
	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	"k8s.io/utils/ptr"
)

// Suffixes of the keys of a security group's rules.
const (
	keySecurityGroup = "security-group-"
	suffixIngress    = "-ingress"
	suffixEgress     = "-egress"
)

// composeSecurityGroup composes a component's security group: in from the VPC
// to one port, out to everywhere. The rules are SecurityGroupRules: provider-aws
// v2.5.0 never creates the newer SecurityGroupIngressRule and -EgressRule
// (crossplane-contrib/provider-upjet-aws#2003, #2085), and rules inside a
// SecurityGroup drift (#1954).
func composeSecurityGroup(p *plan, component, protocol string, port int64) []Resource {
	key := keySecurityGroup + component
	return []Resource{
		{Key: key, Object: securityGroup(p, key, component, protocol)},
		{Key: key + suffixIngress, Object: securityGroupRule(p, key+suffixIngress, component, v1beta1.SecurityGroupRuleParameters_2{
			Type:        ptr.To("ingress"),
			Description: ptr.To(protocol + " from the VPC"),
			Protocol:    ptr.To("tcp"),
			FromPort:    number(&port),
			ToPort:      number(&port),
			CidrBlocks:  []*string{ptr.To(p.VPC.String())},
		})},
		{Key: key + suffixEgress, Object: securityGroupRule(p, key+suffixEgress, component, v1beta1.SecurityGroupRuleParameters_2{
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

func securityGroup(p *plan, key, component, protocol string) *v1beta1.SecurityGroup {
	return &v1beta1.SecurityGroup{
		TypeMeta:   typeMeta(v1beta1.SecurityGroup_GroupVersionKind),
		ObjectMeta: p.meta(labels(component)),
		Spec: v1beta1.SecurityGroupSpec{
			ManagedResourceSpec: p.managed(key, namedByAWS),
			ForProvider: v1beta1.SecurityGroupParameters_2{
				Region: &p.Region,
				// AWS can't change a group's name or description.
				Name:          p.keptName(key, component),
				Description:   ptr.To(protocol + " of a data platform"),
				VPCIDSelector: selector(labels(componentNetwork)),
				Tags:          p.tagged(component),
			},
		},
	}
}

func securityGroupRule(p *plan, key, component string, rule v1beta1.SecurityGroupRuleParameters_2) *v1beta1.SecurityGroupRule {
	rule.Region = &p.Region
	rule.SecurityGroupIDSelector = selector(labels(component))
	return &v1beta1.SecurityGroupRule{
		TypeMeta:   typeMeta(v1beta1.SecurityGroupRule_GroupVersionKind),
		ObjectMeta: p.meta(labels(component)),
		Spec: v1beta1.SecurityGroupRuleSpec{
			ManagedResourceSpec: p.managed(key, namedByAWS),
			ForProvider:         rule,
		},
	}
}
