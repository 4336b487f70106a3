package platform

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	"k8s.io/utils/ptr"
)

// wayOut says where a private subnet's default route goes to: the zone of its
// NAT gateway, or none.
func waysOut(t *testing.T, p *plan, rs []Resource) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, z := range p.Zones {
		table := find[*v1beta1.RouteTable](t, rs, keyRouteTablePrivate+z.Name)
		for _, r := range rs {
			route, ok := r.Object.(*v1beta1.Route)
			if !ok || !matches(route.Spec.ForProvider.RouteTableIDSelector.MatchLabels, table.GetLabels()) {
				continue
			}
			if route.Spec.ForProvider.GatewayIDSelector != nil || route.Spec.ForProvider.GatewayID != nil {
				t.Errorf("the private subnet in %s routes to an internet gateway by %s", z.Name, r.Key)
			}
			out[z.Name] = route.Spec.ForProvider.NATGatewayIDSelector.MatchLabels[labelZone]
		}
	}
	return out
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func TestNATGateways(t *testing.T) {
	cases := map[string]struct {
		reason   string
		spec     string
		gateways []string
		ways     map[string]string
	}{
		"Default": {
			reason: "Private subnets have no way to the internet unless asked for.",
			spec:   reference,
			ways:   map[string]string{},
		},
		"None": {
			reason: "Private subnets have no way to the internet.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"None"}}`,
			ways:   map[string]string{},
		},
		"Single": {
			reason:   "One gateway in the first zone serves every zone.",
			spec:     `{"region":"us-east-1","network":{"natGateways":"Single"}}`,
			gateways: []string{"us-east-1a"},
			ways:     map[string]string{"us-east-1a": "us-east-1a", "us-east-1b": "us-east-1a"},
		},
		"PerZone": {
			reason:   "Each zone has its own gateway.",
			spec:     `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1f"],"network":{"natGateways":"PerZone"}}`,
			gateways: []string{"us-east-1a", "us-east-1b", "us-east-1f"},
			ways:     map[string]string{"us-east-1a": "us-east-1a", "us-east-1b": "us-east-1b", "us-east-1f": "us-east-1f"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := testPlan(t, tc.spec)
			rs := composeNetwork(p)

			if diff := cmp.Diff(tc.ways, waysOut(t, p, rs)); diff != "" {
				t.Errorf("%s\ncomposeNetwork(...): -want ways out, +got ways out:\n%s", tc.reason, diff)
			}

			var gateways []string
			for _, k := range keys(rs) {
				if zone, ok := strings.CutPrefix(k, keyNATGateway); ok {
					gateways = append(gateways, zone)
					nat := find[*v1beta1.NATGateway](t, rs, k)
					subnet := find[*v1beta1.Subnet](t, rs, subnetKey(tierPublic, zone))
					if !matches(nat.Spec.ForProvider.SubnetIDSelector.MatchLabels, subnet.GetLabels()) {
						t.Errorf("%s is not in the public subnet of %s", k, zone)
					}
					eip := find[*v1beta1.EIP](t, rs, keyEIPNAT+zone)
					if !matches(nat.Spec.ForProvider.AllocationIDSelector.MatchLabels, eip.GetLabels()) {
						t.Errorf("%s does not use the address of %s", k, zone)
					}
				}
			}
			if diff := cmp.Diff(tc.gateways, gateways); diff != "" {
				t.Errorf("%s\ncomposeNetwork(...): -want gateways, +got gateways:\n%s", tc.reason, diff)
			}
		})
	}
}

// A gateway that changes must reach a route that exists, and a route that has a
// gateway must keep it until then.
func TestPrivateRouteFollowsItsGateway(t *testing.T) {
	const route, gateway = keyRoutePrivateInternet + "us-east-1b", keyNATGateway + "us-east-1b"

	cases := map[string]struct {
		reason   string
		observed map[string]Observation
		want     *string
		selects  bool
	}{
		"Nothing": {
			reason:  "The provider should find a gateway that is not known.",
			selects: true,
		},
		"Gateway": {
			reason:   "A gateway that is known should be named.",
			observed: map[string]Observation{gateway: {ExternalName: "nat-b"}},
			want:     ptr.To("nat-b"),
		},
		"OldGateway": {
			reason:   "A route should keep its gateway while the new one is made.",
			observed: map[string]Observation{route: {Spec: ObservedSpec{NATGatewayID: "nat-a"}}, gateway: {}},
			want:     ptr.To("nat-a"),
		},
		"NewGateway": {
			reason:   "A route should move to the new gateway.",
			observed: map[string]Observation{route: {Spec: ObservedSpec{NATGatewayID: "nat-a"}}, gateway: {ExternalName: "nat-b"}},
			want:     ptr.To("nat-b"),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := testPlan(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`)
			p.Observed = tc.observed
			got := find[*v1beta1.Route](t, composeNetwork(p), route).Spec.ForProvider
			if diff := cmp.Diff(tc.want, got.NATGatewayID); diff != "" {
				t.Errorf("%s\ngateway: -want, +got:\n%s", tc.reason, diff)
			}
			if selects := got.NATGatewayIDSelector != nil; selects != tc.selects {
				t.Errorf("%s\nit has a selector: %t, want %t", tc.reason, selects, tc.selects)
			}
		})
	}
}

func TestSubnets(t *testing.T) {
	type subnet struct {
		Zone, Block string
		Public      bool
		Tables      []string
	}
	want := map[string]subnet{
		"subnet-public-us-east-1a":  {Zone: "us-east-1a", Block: "10.0.0.0/24", Public: true, Tables: []string{"route-table-public"}},
		"subnet-private-us-east-1a": {Zone: "us-east-1a", Block: "10.0.10.0/24", Tables: []string{"route-table-private-us-east-1a"}},
		"subnet-public-us-east-1b":  {Zone: "us-east-1b", Block: "10.0.1.0/24", Public: true, Tables: []string{"route-table-public"}},
		"subnet-private-us-east-1b": {Zone: "us-east-1b", Block: "10.0.11.0/24", Tables: []string{"route-table-private-us-east-1b"}},
	}

	rs := composeNetwork(testPlan(t, reference))
	got := map[string]subnet{}
	for _, r := range rs {
		s, ok := r.Object.(*v1beta1.Subnet)
		if !ok {
			continue
		}
		sn := subnet{Zone: *s.Spec.ForProvider.AvailabilityZone, Block: *s.Spec.ForProvider.CidrBlock, Public: *s.Spec.ForProvider.MapPublicIPOnLaunch}
		for _, a := range rs {
			assoc, ok := a.Object.(*v1beta1.RouteTableAssociation)
			if !ok || !matches(assoc.Spec.ForProvider.SubnetIDSelector.MatchLabels, s.GetLabels()) {
				continue
			}
			for _, rt := range rs {
				if table, ok := rt.Object.(*v1beta1.RouteTable); ok && matches(assoc.Spec.ForProvider.RouteTableIDSelector.MatchLabels, table.GetLabels()) {
					sn.Tables = append(sn.Tables, rt.Key)
				}
			}
		}
		slices.Sort(sn.Tables)
		got[r.Key] = sn
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("composeNetwork(...): -want subnets, +got subnets:\n%s", diff)
	}
}

func TestVPC(t *testing.T) {
	p := testPlan(t, reference)
	want := v1beta1.VPCParameters_2{
		Region:             ptr.To("us-east-1"),
		CidrBlock:          ptr.To("10.0.0.0/16"),
		EnableDNSSupport:   ptr.To(true),
		EnableDNSHostnames: ptr.To(true),
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, find[*v1beta1.VPC](t, composeNetwork(p), keyVPC).Spec.ForProvider); diff != "" {
		t.Errorf("composeNetwork(...): -want VPC, +got VPC:\n%s", diff)
	}
}
