package integration

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/labels"

	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
)

// everyProtocol is EC2's word for all protocols. They have no ports: EC2 shows
// -1 whatever was asked for.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
const everyProtocol = "-1"

// typeEgress is the type of a composed rule for what leaves.
const typeEgress = "egress"

// securityGroupClient is what the check of the security groups asks EC2.
type securityGroupClient interface {
	ec2.DescribeSecurityGroupsAPIClient
	ec2.DescribeSecurityGroupRulesAPIClient
}

// A rule of a security group, as both EC2 and provider-aws can say it.
type rule struct {
	Direction   string
	Protocol    string
	FromPort    int
	ToPort      int
	Peer        string
	Description string
}

func (r rule) String() string {
	ports := fmt.Sprintf("ports %d-%d", r.FromPort, r.ToPort)
	if r.Protocol == everyProtocol {
		ports = "every port"
	}

	return fmt.Sprintf("%s, protocol %s, %s, %s, %q", r.Direction, r.Protocol, ports, r.Peer, r.Description)
}

// checkSecurityGroups compares the rules of every security group that the
// function composes: each must be there, and no other.
func checkSecurityGroups(ctx context.Context, client securityGroupClient, e *expectation) ([]string, error) {
	r := &report{}

	groups := composedAs[*managed.SecurityGroup](e)
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		id, err := securityGroupID(ctx, client, e, key)
		if err != nil {
			return r.differences, err
		}

		got, err := rulesOf(ctx, client, id)
		if err != nil {
			return r.differences, err
		}

		compareRules(r, "security group "+id+" ("+key+")", composedRules(e, groups[key]), got)
	}

	return r.differences, nil
}

// securityGroupID finds a security group that the function composes. No two in a
// VPC have one name.
func securityGroupID(ctx context.Context, client ec2.DescribeSecurityGroupsAPIClient, e *expectation, key string) (string, error) {
	desired, err := composed[*managed.SecurityGroup](e, key)
	if err != nil {
		return "", err
	}

	name, vpc := aws.ToString(desired.Spec.ForProvider.Name), e.Outputs.Network.VPCID

	out, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: append(inVPC(vpc), types.Filter{Name: aws.String("group-name"), Values: []string{name}}),
	})
	if err != nil {
		return "", fmt.Errorf("cannot describe security group %s (%s) of vpc %s: %w", name, key, vpc, err)
	}

	if len(out.SecurityGroups) != 1 {
		return "", fmt.Errorf("security group %s (%s) of vpc %s: want it to exist, got %d of it", name, key, vpc, len(out.SecurityGroups))
	}

	return aws.ToString(out.SecurityGroups[0].GroupId), nil
}

// composedRules are the rules whose selector finds a group.
func composedRules(e *expectation, group *managed.SecurityGroup) []rule {
	var rules []rule

	for _, r := range composedAs[*managed.SecurityGroupRule](e) {
		want := r.Spec.ForProvider
		// As the provider selects: a group may have more labels.
		if !labels.SelectorFromSet(want.SecurityGroupIDSelector.MatchLabels).Matches(labels.Set(group.GetLabels())) {
			continue
		}

		for _, block := range want.CidrBlocks {
			rules = append(rules, newRule(aws.ToString(want.Type) == typeEgress, aws.ToString(want.Protocol), int(aws.ToFloat64(want.FromPort)), int(aws.ToFloat64(want.ToPort)), aws.ToString(block), aws.ToString(want.Description)))
		}
	}

	return rules
}

// rulesOf are the rules that a security group has.
func rulesOf(ctx context.Context, client ec2.DescribeSecurityGroupRulesAPIClient, id string) ([]rule, error) {
	var rules []rule

	pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{id}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot describe the rules of security group %s: %w", id, err)
		}

		for _, r := range page.SecurityGroupRules {
			rules = append(rules, newRule(aws.ToBool(r.IsEgress), aws.ToString(r.IpProtocol), int(aws.ToInt32(r.FromPort)), int(aws.ToInt32(r.ToPort)), peer(r), aws.ToString(r.Description)))
		}
	}

	return rules, nil
}

func newRule(egress bool, protocol string, from, to int, peer, description string) rule {
	r := rule{Direction: "ingress", Protocol: protocol, FromPort: from, ToPort: to, Peer: peer, Description: description}
	if egress {
		r.Direction = typeEgress
	}

	if protocol == everyProtocol {
		r.FromPort, r.ToPort = 0, 0
	}

	return r
}

// peer is whom a rule lets in, or where it lets out to. A rule has one.
func peer(r types.SecurityGroupRule) string {
	switch {
	case r.CidrIpv4 != nil:
		return *r.CidrIpv4
	case r.CidrIpv6 != nil:
		return *r.CidrIpv6
	case r.PrefixListId != nil:
		return *r.PrefixListId
	case r.ReferencedGroupInfo != nil:
		return aws.ToString(r.ReferencedGroupInfo.GroupId)
	default:
		return "nobody"
	}
}

// compareRules reports the rules that are missing, and those that nobody asked
// for.
func compareRules(r *report, where string, want, got []rule) {
	missing, extra := subtract(want, got), subtract(got, want)
	for _, line := range missing {
		r.addf("%s: want rule (%s), got none", where, line)
	}

	for _, line := range extra {
		r.addf("%s: want no other rule, got (%s)", where, line)
	}
}

// subtract returns the rules in a that are not in b, one for one, as sorted text.
func subtract(a, b []rule) []string {
	left := slices.Clone(b)

	var rest []string

	for _, r := range a {
		i := slices.Index(left, r)
		if i < 0 {
			rest = append(rest, r.String())

			continue
		}

		left = slices.Delete(left, i, i+1)
	}

	return sorted(rest)
}
