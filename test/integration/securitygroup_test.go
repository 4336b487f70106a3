package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A stubSecurityGroups answers for EC2. It shows the groups of vpc-1 by name,
// and rules by group.
type stubSecurityGroups struct {
	groups map[string]string
	rules  map[string][]types.SecurityGroupRule
	fail   string
}

func (s *stubSecurityGroups) DescribeSecurityGroups(_ context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	if s.fail == "groups" || *in.Filters[0].Name != "vpc-id" || in.Filters[0].Values[0] != "vpc-1" || *in.Filters[1].Name != "group-name" {
		return nil, errAWS
	}

	out := &ec2.DescribeSecurityGroupsOutput{}
	if id, ok := s.groups[in.Filters[1].Values[0]]; ok {
		out.SecurityGroups = append(out.SecurityGroups, types.SecurityGroup{GroupId: &id})
	}

	return out, nil
}

func (s *stubSecurityGroups) DescribeSecurityGroupRules(_ context.Context, in *ec2.DescribeSecurityGroupRulesInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	if s.fail == "rules" || *in.Filters[0].Name != "group-id" {
		return nil, errAWS
	}

	items, next := one(s.rules[in.Filters[0].Values[0]], in.NextToken)

	return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: items, NextToken: next}, nil
}

func ingressRule(port int32, block, description string) types.SecurityGroupRule {
	return types.SecurityGroupRule{
		IsEgress: aws.Bool(false), IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port, CidrIpv4: &block, Description: &description,
	}
}

func egressRule() types.SecurityGroupRule {
	return types.SecurityGroupRule{
		IsEgress: aws.Bool(true), IpProtocol: aws.String("-1"), FromPort: aws.Int32(-1), ToPort: aws.Int32(-1),
		CidrIpv4: aws.String("0.0.0.0/0"), Description: aws.String("everything to everywhere"),
	}
}

// goodSecurityGroups is how AWS shows the groups of the platform in testdata.
func goodSecurityGroups() *stubSecurityGroups {
	return &stubSecurityGroups{
		groups: map[string]string{referenceName + "-cache": "sg-cache", referenceName + "-database": "sg-database"},
		rules: map[string][]types.SecurityGroupRule{
			"sg-cache":    {egressRule(), ingressRule(6379, "10.0.0.0/16", "Redis from the VPC")},
			"sg-database": {ingressRule(5432, "10.0.0.0/16", "PostgreSQL from the VPC"), egressRule()},
		},
	}
}

func TestCheckSecurityGroups(t *testing.T) {
	const (
		cache    = "security group sg-cache (security-group-cache): "
		database = "security group sg-database (security-group-database): "
	)

	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*stubSecurityGroups)
		want   []string
		err    string
	}{
		"Good": {
			reason: "The rules are exactly those composed, in any order. EC2 shows no ports of every protocol.",
			change: func(*stubSecurityGroups) {},
		},
		"OtherVPC": {
			reason: "Who may connect follows from the VPC's block.",
			edits:  []edit{set("10.8.0.0/16", "spec", "network", "cidrBlock")},
			change: func(s *stubSecurityGroups) {
				s.rules["sg-database"][0] = ingressRule(5432, "10.8.0.0/16", "PostgreSQL from the VPC")
			},
			want: []string{
				cache + `want rule (ingress, protocol tcp, ports 6379-6379, 10.8.0.0/16, "Redis from the VPC"), got none`,
				cache + `want no other rule, got (ingress, protocol tcp, ports 6379-6379, 10.0.0.0/16, "Redis from the VPC")`,
			},
		},
		"Missing": {
			reason: "A rule that is missing is reported.",
			change: func(s *stubSecurityGroups) { s.rules["sg-cache"] = s.rules["sg-cache"][1:] },
			want:   []string{cache + `want rule (egress, protocol -1, every port, 0.0.0.0/0, "everything to everywhere"), got none`},
		},
		"NoRules": {
			reason: "A group without rules lets nobody in.",
			change: func(s *stubSecurityGroups) { s.rules["sg-cache"] = nil },
			want: []string{
				cache + `want rule (egress, protocol -1, every port, 0.0.0.0/0, "everything to everywhere"), got none`,
				cache + `want rule (ingress, protocol tcp, ports 6379-6379, 10.0.0.0/16, "Redis from the VPC"), got none`,
			},
		},
		"Extra": {
			reason: "A rule that nobody composed is reported, whoever it lets in.",
			change: func(s *stubSecurityGroups) {
				s.rules["sg-database"] = append(s.rules["sg-database"],
					ingressRule(5432, "0.0.0.0/0", ""),
					types.SecurityGroupRule{IsEgress: aws.Bool(false), IpProtocol: aws.String("-1"), CidrIpv6: aws.String("::/0")},
					types.SecurityGroupRule{IsEgress: aws.Bool(true), IpProtocol: aws.String("udp"), FromPort: aws.Int32(53), ToPort: aws.Int32(53), PrefixListId: aws.String("pl-1")},
					types.SecurityGroupRule{IsEgress: aws.Bool(false), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), ReferencedGroupInfo: &types.ReferencedSecurityGroup{GroupId: aws.String("sg-other")}},
					types.SecurityGroupRule{},
				)
			},
			want: []string{
				database + `want no other rule, got (egress, protocol udp, ports 53-53, pl-1, "")`,
				database + `want no other rule, got (ingress, protocol , ports 0-0, nobody, "")`,
				database + `want no other rule, got (ingress, protocol -1, every port, ::/0, "")`,
				database + `want no other rule, got (ingress, protocol tcp, ports 22-22, sg-other, "")`,
				database + `want no other rule, got (ingress, protocol tcp, ports 5432-5432, 0.0.0.0/0, "")`,
			},
		},
		"Twice": {
			reason: "One rule for another: the same rule twice is one too many.",
			change: func(s *stubSecurityGroups) { s.rules["sg-cache"] = append(s.rules["sg-cache"], egressRule()) },
			want:   []string{cache + `want no other rule, got (egress, protocol -1, every port, 0.0.0.0/0, "everything to everywhere")`},
		},
		"WiderPorts": {
			reason: "A wider range of ports is another rule.",
			change: func(s *stubSecurityGroups) { s.rules["sg-cache"][1].FromPort = aws.Int32(0) },
			want: []string{
				cache + `want rule (ingress, protocol tcp, ports 6379-6379, 10.0.0.0/16, "Redis from the VPC"), got none`,
				cache + `want no other rule, got (ingress, protocol tcp, ports 0-6379, 10.0.0.0/16, "Redis from the VPC")`,
			},
		},
		"NoGroup": {
			reason: "A group must exist.",
			change: func(s *stubSecurityGroups) { delete(s.groups, referenceName+"-cache") },
			err:    "security group dp-team-a-orders-yp3s2ksy-cache (security-group-cache) of vpc vpc-1: want it to exist, got 0 of it",
		},
		"GroupsRefused": {reason: "What can't be asked is an error.", change: func(s *stubSecurityGroups) { s.fail = "groups" }, err: "cannot describe security group dp-team-a-orders-yp3s2ksy-cache (security-group-cache) of vpc vpc-1: access denied"},
		"RulesRefused":  {reason: "What can't be asked is an error.", change: func(s *stubSecurityGroups) { s.fail = "rules" }, err: "cannot describe the rules of security group sg-cache: access denied"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := goodSecurityGroups()
			tc.change(s)

			got, err := checkSecurityGroups(t.Context(), s, reference(t, tc.edits...))
			assert(t, tc.reason, tc.want, got, tc.err, err)
		})
	}
}
