package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A stubNetwork answers for EC2. It shows what is in vpc-1 only.
type stubNetwork struct {
	vpcs       []types.Vpc
	dnsSupport *bool
	hostnames  *bool
	subnets    []types.Subnet
	tables     []types.RouteTable
	gateways   []types.InternetGateway
	nat        []types.NatGateway

	// fail is the call that AWS refuses.
	fail string
}

func (s *stubNetwork) DescribeVpcs(_ context.Context, in *ec2.DescribeVpcsInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcsOutput, error) {
	return &ec2.DescribeVpcsOutput{Vpcs: s.vpcs}, s.err("vpcs", in.Filters, "vpc-id")
}

func (s *stubNetwork) DescribeVpcAttribute(_ context.Context, in *ec2.DescribeVpcAttributeInput, _ ...func(*ec2.Options)) (*ec2.DescribeVpcAttributeOutput, error) {
	if s.fail == string(in.Attribute) {
		return nil, errAWS
	}

	if in.Attribute == types.VpcAttributeNameEnableDnsSupport {
		return &ec2.DescribeVpcAttributeOutput{EnableDnsSupport: &types.AttributeBooleanValue{Value: s.dnsSupport}}, nil
	}

	return &ec2.DescribeVpcAttributeOutput{EnableDnsHostnames: &types.AttributeBooleanValue{Value: s.hostnames}}, nil
}

func (s *stubNetwork) DescribeSubnets(_ context.Context, in *ec2.DescribeSubnetsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	items, next := one(s.subnets, in.NextToken)

	return &ec2.DescribeSubnetsOutput{Subnets: items, NextToken: next}, s.err("subnets", in.Filters, "vpc-id")
}

func (s *stubNetwork) DescribeRouteTables(_ context.Context, in *ec2.DescribeRouteTablesInput, _ ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error) {
	items, next := one(s.tables, in.NextToken)

	return &ec2.DescribeRouteTablesOutput{RouteTables: items, NextToken: next}, s.err("tables", in.Filters, "vpc-id")
}

func (s *stubNetwork) DescribeInternetGateways(_ context.Context, in *ec2.DescribeInternetGatewaysInput, _ ...func(*ec2.Options)) (*ec2.DescribeInternetGatewaysOutput, error) {
	return &ec2.DescribeInternetGatewaysOutput{InternetGateways: s.gateways}, s.err("gateways", in.Filters, "attachment.vpc-id")
}

func (s *stubNetwork) DescribeNatGateways(_ context.Context, in *ec2.DescribeNatGatewaysInput, _ ...func(*ec2.Options)) (*ec2.DescribeNatGatewaysOutput, error) {
	items, next := one(s.nat, in.NextToken)

	return &ec2.DescribeNatGatewaysOutput{NatGateways: items, NextToken: next}, s.err("nat", in.Filter, "vpc-id")
}

func (s *stubNetwork) err(call string, filters []types.Filter, name string) error {
	if s.fail == call || len(filters) != 1 || aws.ToString(filters[0].Name) != name || filters[0].Values[0] != "vpc-1" {
		return errAWS
	}

	return nil
}

func subnetOf(id, zone, block string, public bool) types.Subnet {
	return types.Subnet{SubnetId: &id, AvailabilityZone: &zone, CidrBlock: &block, MapPublicIpOnLaunch: &public, State: types.SubnetStateAvailable}
}

func tableOf(id string, routes []types.Route, subnets ...string) types.RouteTable {
	local := types.Route{DestinationCidrBlock: aws.String("10.0.0.0/16"), GatewayId: aws.String("local"), State: types.RouteStateActive}

	table := types.RouteTable{RouteTableId: &id, Routes: append([]types.Route{local}, routes...)}
	for _, s := range subnets {
		table.Associations = append(table.Associations, types.RouteTableAssociation{SubnetId: &s})
	}

	return table
}

// viaGateway is a default route to an internet gateway, and viaNAT one to a NAT
// gateway.
func viaGateway(id string) []types.Route {
	return []types.Route{{DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: &id, State: types.RouteStateActive}}
}

func viaNAT(id string) []types.Route {
	return []types.Route{{DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: &id, State: types.RouteStateActive}}
}

// goodNetwork is how AWS shows the network of the platform in testdata. Its main
// route table has no subnets of its own.
func goodNetwork() *stubNetwork {
	return &stubNetwork{
		vpcs:       []types.Vpc{{VpcId: aws.String("vpc-1"), CidrBlock: aws.String("10.0.0.0/16"), State: types.VpcStateAvailable}},
		dnsSupport: aws.Bool(true),
		hostnames:  aws.Bool(true),
		subnets: []types.Subnet{
			subnetOf("subnet-private-b", "us-east-1b", "10.0.11.0/24", false),
			subnetOf("subnet-private-a", "us-east-1a", "10.0.10.0/24", false),
			subnetOf("subnet-public-a", "us-east-1a", "10.0.0.0/24", true),
			subnetOf("subnet-public-b", "us-east-1b", "10.0.1.0/24", true),
		},
		tables: []types.RouteTable{
			{RouteTableId: aws.String("rtb-main"), Associations: []types.RouteTableAssociation{{Main: aws.Bool(true)}}},
			tableOf("rtb-public", viaGateway("igw-1"), "subnet-public-a", "subnet-public-b"),
			tableOf("rtb-private-a", nil, "subnet-private-a"),
			tableOf("rtb-private-b", nil, "subnet-private-b"),
		},
		gateways: []types.InternetGateway{{InternetGatewayId: aws.String("igw-1")}},
	}
}

func TestCheckNetwork(t *testing.T) {
	withNAT := func(s *stubNetwork) {
		s.nat = []types.NatGateway{{NatGatewayId: aws.String("nat-a"), SubnetId: aws.String("subnet-public-a")}, {NatGatewayId: aws.String("nat-b"), SubnetId: aws.String("subnet-public-b")}}
		s.tables[2] = tableOf("rtb-private-a", viaNAT("nat-a"), "subnet-private-a")
		s.tables[3] = tableOf("rtb-private-b", viaNAT("nat-b"), "subnet-private-b")
	}

	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*stubNetwork)
		want   []string
		err    string
	}{
		"Good": {
			reason: "The network is as composed.",
			change: func(*stubNetwork) {},
		},
		"NoVPC": {
			reason: "The VPC that the XR names must exist.",
			change: func(s *stubNetwork) { s.vpcs = nil },
			want:   []string{"vpc vpc-1: want it to exist, got 0 of it"},
		},
		"OtherVPC": {
			reason: "Block, state and DNS attributes of the VPC count. What AWS does not show is not on.",
			change: func(s *stubNetwork) {
				s.vpcs[0].CidrBlock, s.vpcs[0].State = aws.String("10.1.0.0/16"), types.VpcStatePending
				s.dnsSupport, s.hostnames = aws.Bool(false), nil
			},
			want: []string{
				`vpc vpc-1: state: want "available", got "pending"`,
				`vpc vpc-1: cidrBlock: want "10.0.0.0/16", got "10.1.0.0/16"`,
				"vpc vpc-1: enableDnsSupport: want true, got false",
				"vpc vpc-1: enableDnsHostnames: want true, got false",
			},
		},
		"OtherSubnets": {
			reason: "A subnet's zone, block, state and public addresses count.",
			change: func(s *stubNetwork) {
				s.subnets[0] = subnetOf("subnet-private-b", "us-east-1a", "10.0.12.0/24", true)
				s.subnets[0].State = types.SubnetStatePending
				s.subnets[2].MapPublicIpOnLaunch = aws.Bool(false)
			},
			want: []string{
				"subnet subnet-public-a (subnet-public-us-east-1a): mapPublicIpOnLaunch: want true, got false",
				`subnet subnet-private-b (subnet-private-us-east-1b): state: want "available", got "pending"`,
				`subnet subnet-private-b (subnet-private-us-east-1b): availabilityZone: want "us-east-1b", got "us-east-1a"`,
				`subnet subnet-private-b (subnet-private-us-east-1b): cidrBlock: want "10.0.11.0/24", got "10.0.12.0/24"`,
				"subnet subnet-private-b (subnet-private-us-east-1b): mapPublicIpOnLaunch: want false, got true",
			},
		},
		"NoSubnet": {
			reason: "A subnet must be in the VPC.",
			change: func(s *stubNetwork) { s.subnets = s.subnets[:3] },
			want:   []string{"subnet subnet-public-b (subnet-public-us-east-1b): want it in vpc vpc-1, got none"},
		},
		"PrivateDefaultRoute": {
			reason: "A private subnet that routes to the internet gateway is public.",
			change: func(s *stubNetwork) { s.tables[2].Routes = append(s.tables[2].Routes, viaGateway("igw-1")...) },
			want:   []string{"subnet subnet-private-a (subnet-private-us-east-1a): routes to the internet of rtb-private-a: want [], got [0.0.0.0/0 via igw-1]"},
		},
		"PrivateOtherWaysOut": {
			reason: "A default route of IPv6, and a part of the internet, are ways out, too. A peered network is none.",
			change: func(s *stubNetwork) {
				s.tables[2].Routes = append(s.tables[2].Routes,
					types.Route{DestinationIpv6CidrBlock: aws.String("::/0"), EgressOnlyInternetGatewayId: aws.String("eigw-1"), State: types.RouteStateActive},
					types.Route{DestinationCidrBlock: aws.String("198.51.100.0/24"), GatewayId: aws.String("igw-1"), State: types.RouteStateActive},
					types.Route{DestinationCidrBlock: aws.String("10.9.0.0/16"), VpcPeeringConnectionId: aws.String("pcx-1"), State: types.RouteStateActive},
				)
			},
			want: []string{"subnet subnet-private-a (subnet-private-us-east-1a): routes to the internet of rtb-private-a: want [], got [198.51.100.0/24 via igw-1 ::/0 via eigw-1]"},
		},
		"PrivateNAT": {
			reason: "A platform without NAT gateways has no route to one.",
			change: withNAT,
			want: []string{
				"subnet subnet-private-a (subnet-private-us-east-1a): routes to the internet of rtb-private-a: want [], got [0.0.0.0/0 via a NAT gateway in subnet-public-a]",
				"subnet subnet-private-b (subnet-private-us-east-1b): routes to the internet of rtb-private-b: want [], got [0.0.0.0/0 via a NAT gateway in subnet-public-b]",
			},
		},
		"NATPerZone": {
			reason: "With one NAT gateway for each zone a private subnet uses that of its own.",
			edits:  []edit{set("PerZone", "spec", "network", "natGateways")},
			change: withNAT,
		},
		"NATSingle": {
			reason: "With a single NAT gateway every private subnet uses that of the first zone.",
			edits:  []edit{set("Single", "spec", "network", "natGateways")},
			change: withNAT,
			want:   []string{"subnet subnet-private-b (subnet-private-us-east-1b): routes to the internet of rtb-private-b: want [0.0.0.0/0 via a NAT gateway in subnet-public-a], got [0.0.0.0/0 via a NAT gateway in subnet-public-b]"},
		},
		"NATMissing": {
			reason: "With NAT gateways asked for, a private subnet without a way out is not as composed.",
			edits:  []edit{set("Single", "spec", "network", "natGateways")},
			change: func(s *stubNetwork) { withNAT(s); s.tables[3] = tableOf("rtb-private-b", nil, "subnet-private-b") },
			want:   []string{"subnet subnet-private-b (subnet-private-us-east-1b): routes to the internet of rtb-private-b: want [0.0.0.0/0 via a NAT gateway in subnet-public-a], got []"},
		},
		"PublicNoRoute": {
			reason: "A public subnet must route to the internet.",
			change: func(s *stubNetwork) { s.tables[1] = tableOf("rtb-public", nil, "subnet-public-a", "subnet-public-b") },
			want: []string{
				"subnet subnet-public-a (subnet-public-us-east-1a): routes to the internet of rtb-public: want [0.0.0.0/0 via igw-1], got []",
				"subnet subnet-public-b (subnet-public-us-east-1b): routes to the internet of rtb-public: want [0.0.0.0/0 via igw-1], got []",
			},
		},
		"PublicBlackhole": {
			reason: "A route that leads nowhere is no way out.",
			change: func(s *stubNetwork) { s.tables[1].Routes[1].State = types.RouteStateBlackhole; s.gateways = nil },
			want: []string{
				"subnet subnet-public-a (subnet-public-us-east-1a): routes to the internet of rtb-public: want [0.0.0.0/0 via the internet gateway that vpc vpc-1 lacks], got [0.0.0.0/0 via igw-1 (blackhole)]",
				"subnet subnet-public-b (subnet-public-us-east-1b): routes to the internet of rtb-public: want [0.0.0.0/0 via the internet gateway that vpc vpc-1 lacks], got [0.0.0.0/0 via igw-1 (blackhole)]",
			},
		},
		"MainTable": {
			reason: "A subnet without an association uses the main route table, which is not ours.",
			change: func(s *stubNetwork) { s.tables = s.tables[:3] },
			want:   []string{"subnet subnet-private-b (subnet-private-us-east-1b): route table: want one of its own, got the vpc's main one"},
		},
		"VPCRefused":     {reason: "What can't be asked is an error.", change: refuse("vpcs"), err: "cannot describe vpc vpc-1: access denied"},
		"SupportRefused": {reason: "What can't be asked is an error.", change: refuse("enableDnsSupport"), err: "cannot describe enableDnsSupport of vpc vpc-1: access denied"},
		"SubnetsRefused": {reason: "What can't be asked is an error.", change: refuse("subnets"), err: "cannot describe the subnets of vpc vpc-1: access denied"},
		"TablesRefused":  {reason: "What can't be asked is an error.", change: refuse("tables"), err: "cannot describe the route tables of vpc vpc-1: access denied"},
		"GatewayRefused": {reason: "What can't be asked is an error.", change: refuse("gateways"), err: "cannot describe the internet gateway of vpc vpc-1: access denied"},
		"NATRefused":     {reason: "What can't be asked is an error.", change: refuse("nat"), err: "cannot describe the NAT gateways of vpc vpc-1: access denied"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := goodNetwork()
			tc.change(s)

			got, err := checkNetwork(t.Context(), s, reference(t, tc.edits...))
			assert(t, tc.reason, tc.want, got, tc.err, err)
		})
	}
}

func refuse(call string) func(*stubNetwork) {
	return func(s *stubNetwork) { s.fail = call }
}
