package integration

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
)

// Keys of the network's composed resources. Those of a zone end with its name.
const (
	keyVPC                  = "vpc"
	keySubnetPublic         = "subnet-public-"
	keySubnetPrivate        = "subnet-private-"
	keyRoutePublicInternet  = "route-public-internet"
	keyRoutePrivateInternet = "route-private-internet-"
)

// labelZone is the label whose value is the zone of a composed resource.
const labelZone = "dataplatform.crossplane.io/zone"

// The destinations of a default route.
const (
	everyIPv4 = "0.0.0.0/0"
	everyIPv6 = "::/0"
)

// prefixInternetGateway begins the id of every internet gateway.
const prefixInternetGateway = "igw-"

// networkClient is what the check of the network asks EC2.
type networkClient interface {
	ec2.DescribeVpcsAPIClient
	ec2.DescribeSubnetsAPIClient
	ec2.DescribeRouteTablesAPIClient
	ec2.DescribeInternetGatewaysAPIClient
	ec2.DescribeNatGatewaysAPIClient
	DescribeVpcAttribute(ctx context.Context, in *ec2.DescribeVpcAttributeInput, opts ...func(*ec2.Options)) (*ec2.DescribeVpcAttributeOutput, error)
}

// A subnetPair is the subnets of a zone.
type subnetPair struct {
	Zone    string
	Public  string
	Private string
}

// subnetPairs are the platform's subnets, in the order of its zones.
func subnetPairs(n v1alpha1.NetworkStatus) []subnetPair {
	pairs := make([]subnetPair, len(n.AvailabilityZones))
	for i, zone := range n.AvailabilityZones {
		pairs[i] = subnetPair{Zone: string(zone), Public: n.PublicSubnetIDs[i], Private: n.PrivateSubnetIDs[i]}
	}

	return pairs
}

// checkNetwork compares the VPC, its DNS attributes, its subnets and their ways
// to the internet.
func checkNetwork(ctx context.Context, client networkClient, e *expectation) ([]string, error) {
	r := &report{}
	for _, check := range []func(context.Context, networkClient, *expectation, *report) error{checkVPC, checkSubnets, checkRoutes} {
		if err := check(ctx, client, e, r); err != nil {
			return r.differences, err
		}
	}

	return r.differences, nil
}

func checkVPC(ctx context.Context, client networkClient, e *expectation, r *report) error {
	desired, err := composed[*managed.VPC](e, keyVPC)
	if err != nil {
		return err
	}

	want, id := desired.Spec.ForProvider, e.Outputs.Network.VPCID

	out, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: inVPC(id)})
	if err != nil {
		return fmt.Errorf("cannot describe vpc %s: %w", id, err)
	}

	if len(out.Vpcs) != 1 {
		r.addf("vpc %s: want it to exist, got %d of it", id, len(out.Vpcs))

		return nil
	}

	where, vpc := "vpc "+id, out.Vpcs[0]
	compare(r, where, "state", string(types.VpcStateAvailable), string(vpc.State))
	compare(r, where, "cidrBlock", aws.ToString(want.CidrBlock), aws.ToString(vpc.CidrBlock))

	for _, attribute := range []struct {
		name types.VpcAttributeName
		want *bool
		of   func(*ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue
	}{
		{types.VpcAttributeNameEnableDnsSupport, want.EnableDNSSupport, func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsSupport }},
		{types.VpcAttributeNameEnableDnsHostnames, want.EnableDNSHostnames, func(o *ec2.DescribeVpcAttributeOutput) *types.AttributeBooleanValue { return o.EnableDnsHostnames }},
	} {
		out, err := client.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &id, Attribute: attribute.name})
		if err != nil {
			return fmt.Errorf("cannot describe %s of vpc %s: %w", attribute.name, id, err)
		}

		value := attribute.of(out)
		compare(r, where, string(attribute.name), aws.ToBool(attribute.want), value != nil && aws.ToBool(value.Value))
	}

	return nil
}

func checkSubnets(ctx context.Context, client networkClient, e *expectation, r *report) error {
	subnets := map[string]types.Subnet{}

	pages := ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{Filters: inVPC(e.Outputs.Network.VPCID)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("cannot describe the subnets of vpc %s: %w", e.Outputs.Network.VPCID, err)
		}

		for _, s := range page.Subnets {
			subnets[aws.ToString(s.SubnetId)] = s
		}
	}

	for _, pair := range subnetPairs(e.Outputs.Network) {
		if err := compareSubnet(e, r, keySubnetPublic+pair.Zone, pair.Public, subnets); err != nil {
			return err
		}

		if err := compareSubnet(e, r, keySubnetPrivate+pair.Zone, pair.Private, subnets); err != nil {
			return err
		}
	}

	return nil
}

func compareSubnet(e *expectation, r *report, key, id string, subnets map[string]types.Subnet) error {
	desired, err := composed[*managed.Subnet](e, key)
	if err != nil {
		return err
	}

	where := "subnet " + id + " (" + key + ")"

	got, ok := subnets[id]
	if !ok {
		r.addf("%s: want it in vpc %s, got none", where, e.Outputs.Network.VPCID)

		return nil
	}

	want := desired.Spec.ForProvider

	compare(r, where, "state", string(types.SubnetStateAvailable), string(got.State))
	compare(r, where, "availabilityZone", aws.ToString(want.AvailabilityZone), aws.ToString(got.AvailabilityZone))
	compare(r, where, "cidrBlock", aws.ToString(want.CidrBlock), aws.ToString(got.CidrBlock))
	compare(r, where, "mapPublicIpOnLaunch", aws.ToBool(want.MapPublicIPOnLaunch), aws.ToBool(got.MapPublicIpOnLaunch))

	return nil
}

// checkRoutes compares the subnets' ways to the internet: of a public one the
// VPC's internet gateway, of a private one none, or a NAT gateway where the
// platform asks for one.
func checkRoutes(ctx context.Context, client networkClient, e *expectation, r *report) error {
	vpc := e.Outputs.Network.VPCID

	tables, err := routeTables(ctx, client, vpc)
	if err != nil {
		return err
	}

	gateway, err := internetGateway(ctx, client, vpc)
	if err != nil {
		return err
	}

	public, err := composed[*managed.Route](e, keyRoutePublicInternet)
	if err != nil {
		return err
	}

	nat, err := natGateways(ctx, client, vpc)
	if err != nil {
		return err
	}

	for _, pair := range subnetPairs(e.Outputs.Network) {
		checkWaysOut(r, "subnet "+pair.Public+" ("+keySubnetPublic+pair.Zone+")", tables[pair.Public], nat,
			[]string{wayOut(aws.ToString(public.Spec.ForProvider.DestinationCidrBlock), gateway)})
		checkWaysOut(r, "subnet "+pair.Private+" ("+keySubnetPrivate+pair.Zone+")", tables[pair.Private], nat,
			privateWaysOut(e, pair.Zone))
	}

	return nil
}

// privateWaysOut are the routes to the internet that the function composes for a
// zone's private subnet.
func privateWaysOut(e *expectation, zone string) []string {
	route, ok := e.Resources[keyRoutePrivateInternet+zone].(*managed.Route)
	if !ok {
		return nil
	}

	want := route.Spec.ForProvider
	for _, pair := range subnetPairs(e.Outputs.Network) {
		if pair.Zone == want.NATGatewayIDSelector.MatchLabels[labelZone] {
			return []string{wayOut(aws.ToString(want.DestinationCidrBlock), natIn(pair.Public))}
		}
	}

	return nil
}

// checkWaysOut compares a subnet's ways to the internet. NAT gateways are named
// after the subnet they are in.
func checkWaysOut(r *report, where string, table *types.RouteTable, nat map[string]string, want []string) {
	if table == nil {
		r.addf("%s: route table: want one of its own, got the vpc's main one", where)

		return
	}

	var got []string

	for _, route := range table.Routes {
		destination := cmp.Or(aws.ToString(route.DestinationCidrBlock), aws.ToString(route.DestinationIpv6CidrBlock), aws.ToString(route.DestinationPrefixListId))

		to := target(route)
		if destination != everyIPv4 && destination != everyIPv6 && !strings.HasPrefix(to, prefixInternetGateway) {
			continue
		}

		way := wayOut(destination, cmp.Or(nat[to], to))
		if route.State != types.RouteStateActive {
			way += " (" + string(route.State) + ")"
		}

		got = append(got, way)
	}

	compareSets(r, where, "routes to the internet of "+aws.ToString(table.RouteTableId), want, got)
}

func wayOut(destination, via string) string { return destination + " via " + via }

func natIn(subnet string) string { return "a NAT gateway in " + subnet }

// target is what a route leads to.
func target(route types.Route) string {
	return cmp.Or(
		aws.ToString(route.GatewayId),
		aws.ToString(route.NatGatewayId),
		aws.ToString(route.EgressOnlyInternetGatewayId),
		aws.ToString(route.TransitGatewayId),
		aws.ToString(route.VpcPeeringConnectionId),
		aws.ToString(route.NetworkInterfaceId),
		aws.ToString(route.InstanceId),
		aws.ToString(route.CarrierGatewayId),
		aws.ToString(route.LocalGatewayId),
		aws.ToString(route.CoreNetworkArn),
		"something else",
	)
}

// routeTables returns the route table that each subnet of a VPC is associated
// with, by the subnet's id. A subnet without an association uses the main one.
func routeTables(ctx context.Context, client networkClient, vpc string) (map[string]*types.RouteTable, error) {
	tables := map[string]*types.RouteTable{}

	pages := ec2.NewDescribeRouteTablesPaginator(client, &ec2.DescribeRouteTablesInput{Filters: inVPC(vpc)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot describe the route tables of vpc %s: %w", vpc, err)
		}

		for _, table := range page.RouteTables {
			for _, a := range table.Associations {
				if a.SubnetId != nil {
					tables[*a.SubnetId] = &table
				}
			}
		}
	}

	return tables, nil
}

// internetGateway returns the id of a VPC's internet gateway. A VPC has one at
// most.
func internetGateway(ctx context.Context, client networkClient, vpc string) (string, error) {
	out, err := client.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{{Name: aws.String("attachment.vpc-id"), Values: []string{vpc}}},
	})
	if err != nil {
		return "", fmt.Errorf("cannot describe the internet gateway of vpc %s: %w", vpc, err)
	}

	if len(out.InternetGateways) == 0 {
		return "the internet gateway that vpc " + vpc + " lacks", nil
	}

	return aws.ToString(out.InternetGateways[0].InternetGatewayId), nil
}

// natGateways returns where the NAT gateways of a VPC are, by their ids.
func natGateways(ctx context.Context, client networkClient, vpc string) (map[string]string, error) {
	gateways := map[string]string{}

	pages := ec2.NewDescribeNatGatewaysPaginator(client, &ec2.DescribeNatGatewaysInput{Filter: inVPC(vpc)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot describe the NAT gateways of vpc %s: %w", vpc, err)
		}

		for _, g := range page.NatGateways {
			gateways[aws.ToString(g.NatGatewayId)] = natIn(aws.ToString(g.SubnetId))
		}
	}

	return gateways, nil
}

func inVPC(id string) []types.Filter {
	return []types.Filter{{Name: aws.String("vpc-id"), Values: []string{id}}}
}
