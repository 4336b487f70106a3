package network_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// waysOut say where a private subnet's default route goes to: the zone of its
// NAT gateway, or none.
func waysOut(t *testing.T, p *platform.Platform) map[string]string {
	t.Helper()

	out := map[string]string{}

	for _, zone := range zoneNames(p) {
		table := platformtest.Find[*ec2.RouteTable](t, p, "route-table-private-"+zone)
		for _, r := range p.Resources {
			route, ok := r.Object.(*ec2.Route)
			if !ok || !matches(route.Spec.ForProvider.RouteTableIDSelector.MatchLabels, table.GetLabels()) {
				continue
			}

			if route.Spec.ForProvider.GatewayIDSelector != nil || route.Spec.ForProvider.GatewayID != nil {
				t.Errorf("the private subnet in %s routes to an internet gateway by %s", zone, r.Key)
			}

			id := route.Spec.ForProvider.NATGatewayID
			if id == nil {
				t.Fatalf("%s has no gateway", r.Key)
			}

			out[zone] = strings.TrimPrefix(*id, "id-"+"nat-gateway-")
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
			spec:   platformtest.Reference,
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
			p := platformtest.Compose(t, tc.spec, platformtest.Converged(t))
			if diff := cmp.Diff(tc.ways, waysOut(t, p)); diff != "" {
				t.Errorf("%s\nCompose(...): -want ways out, +got ways out:\n%s", tc.reason, diff)
			}

			var gateways []string

			for _, k := range platformtest.Keys(p) {
				if zone, ok := strings.CutPrefix(k, "nat-gateway-"); ok {
					gateways = append(gateways, zone)
					nat := platformtest.Find[*ec2.NATGateway](t, p, k)

					subnet := platformtest.Find[*ec2.Subnet](t, p, "subnet-public-"+zone)
					if !matches(nat.Spec.ForProvider.SubnetIDSelector.MatchLabels, subnet.GetLabels()) {
						t.Errorf("%s is not in the public subnet of %s", k, zone)
					}

					eip := platformtest.Find[*ec2.EIP](t, p, "eip-nat-"+zone)
					if !matches(nat.Spec.ForProvider.AllocationIDSelector.MatchLabels, eip.GetLabels()) {
						t.Errorf("%s does not use the address of %s", k, zone)
					}
				}
			}

			if diff := cmp.Diff(tc.gateways, gateways); diff != "" {
				t.Errorf("%s\nCompose(...): -want gateways, +got gateways:\n%s", tc.reason, diff)
			}
		})
	}
}

// AWS keeps billing for a gateway that an update takes away and that only its object is
// deleted of. So it is given Delete first, and is dropped once that is observed.
func TestLeavingNATGateway(t *testing.T) {
	const (
		single, none = `{"region":"us-east-1","network":{"natGateways":"Single"}`, `{"region":"us-east-1","network":{"natGateways":"None"}`
		orphan       = `,"deletionPolicy":"Orphan"}`
	)

	gateway := func(policies ...string) map[string]kit.Observation {
		o := func(name string) kit.Observation {
			return kit.Observation{ExternalName: name, ID: name, ManagementPolicies: policies}
		}
		route := o("r-1")
		route.Fields = &network.ObservedRoute{NATGatewayID: "nat-1"}

		return map[string]kit.Observation{
			"eip-nat-us-east-1a": o("eipalloc-1"), "nat-gateway-us-east-1a": o("nat-1"),
			"route-private-internet-us-east-1a": route, "route-private-internet-us-east-1b": route,
		}
	}
	kept := common.ManagementPolicies{"Observe", "Create", "Update"}
	deleted := common.ManagementPolicies{"Observe", "Create", "Update", "Delete"}
	address := map[string]common.ManagementPolicies{"eip-nat-us-east-1a": deleted}
	each := func(p common.ManagementPolicies) map[string]common.ManagementPolicies {
		return map[string]common.ManagementPolicies{
			"eip-nat-us-east-1a": p, "nat-gateway-us-east-1a": p, "route-private-internet-us-east-1a": p, "route-private-internet-us-east-1b": p,
		}
	}

	cases := map[string]struct {
		reason string
		spec   string
		has    map[string]kit.Observation
		want   map[string]common.ManagementPolicies
	}{
		"Stays": {
			reason: "A gateway that is wanted stays as it is.",
			spec:   single + orphan,
			has:    gateway("Observe", "Create", "Update"),
			want:   each(kept),
		},
		"First": {
			reason: "Gateway, address and routes are given Delete.",
			spec:   none + orphan,
			has:    gateway("Observe", "Create", "Update"),
			want:   each(deleted),
		},
		"FirstUnrecorded": {
			reason: "Also what has yet to be named.",
			spec:   none + orphan,
			has:    map[string]kit.Observation{"eip-nat-us-east-1a": {ManagementPolicies: []string{"Observe", "Create", "Update", "LateInitialize"}}},
			want:   map[string]common.ManagementPolicies{"eip-nat-us-east-1a": {"Observe", "Create", "Update", "LateInitialize", "Delete"}},
		},
		"Second": {
			reason: "Once Delete is observed they are dropped, and Crossplane deletes them. AWS releases an address when its gateway is gone.",
			spec:   none + orphan,
			has:    gateway("Observe", "Create", "Update", "Delete"),
			want:   address,
		},
		"SecondAll": {
			reason: "Every policy is Delete too.",
			spec:   none + orphan,
			has:    gateway("*"),
			want:   address,
		},
		"Third": {
			reason: "Then the address is dropped.",
			spec:   none + orphan,
			has:    map[string]kit.Observation{"eip-nat-us-east-1a": gateway("Observe", "Create", "Update", "Delete")["eip-nat-us-east-1a"]},
			want:   map[string]common.ManagementPolicies{},
		},
		"InUse": {
			reason: "A gateway that is being deleted may not be observed any more: the address shows that it is in use.",
			spec:   none + orphan,
			has: map[string]kit.Observation{"eip-nat-us-east-1a": {
				ExternalName: "eipalloc-1", ID: "eipalloc-1", Fields: &network.ObservedAddress{AssociationID: "eipassoc-1"}, ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"},
			}},
			want: address,
		},
		"Delete": {
			reason: "With the deletion policy Delete all but the address are dropped at once.",
			spec:   none + `}`,
			has:    gateway("Observe", "Create", "Update", "Delete"),
			want:   address,
		},
		"OrphanBefore": {
			reason: "A deletion policy that became Delete in the same change has not reached them: they are given it first.",
			spec:   none + `}`,
			has:    gateway("Observe", "Create", "Update"),
			want:   each(deleted),
		},
		"OrphanBeforeUnrecorded": {
			reason: "What has yet to be named has every policy, which is Delete too.",
			spec:   none + `}`,
			has:    map[string]kit.Observation{"eip-nat-us-east-1a": {ManagementPolicies: []string{"Observe", "Create", "Update", "LateInitialize"}}},
			want:   map[string]common.ManagementPolicies{"eip-nat-us-east-1a": {"*"}},
		},
		"Never": {
			reason: "Gateways that never were are not made to be deleted.",
			spec:   none + orphan,
			want:   map[string]common.ManagementPolicies{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, func(r *kit.Request) { maps.Copy(r.Observed, tc.has) })
			got := map[string]common.ManagementPolicies{}

			for _, key := range platformtest.Keys(out) {
				if strings.Contains(key, "nat-") && !strings.HasPrefix(key, "usage-") || strings.HasPrefix(key, "route-private-internet-") {
					got[key] = platformtest.Policies(t, out, key)
				}

				if strings.HasPrefix(key, "route-private-internet-") {
					if id := platformtest.Find[*ec2.Route](t, out, key).Spec.ForProvider.NATGatewayID; id == nil || *id != "nat-1" {
						t.Errorf("%s\n%s must keep its gateway until it is gone, got %v", tc.reason, key, id)
					}
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want policies, +got policies:\n%s", tc.reason, diff)
			}
		})
	}
}

// Late initialisation would write a gateway's interface into the spec of its address.
func TestGatewayWaitsForItsAddress(t *testing.T) {
	const spec = `{"region":"us-east-1","network":{"natGateways":"Single"}}`

	address := func(name, id string, policies ...string) func(*kit.Request) {
		return platformtest.Observing("eip-nat-us-east-1a", kit.Observation{ExternalName: name, ID: id, ManagementPolicies: policies})
	}
	withheld := func(key, by string) string { return key + " (to be created after " + by + ")" }
	gateway := withheld("nat-gateway-us-east-1a", "eip-nat-us-east-1a")
	routes := []string{withheld("route-private-internet-us-east-1a", "nat-gateway-us-east-1a"), withheld("route-private-internet-us-east-1b", "nat-gateway-us-east-1a")}

	cases := map[string]struct {
		reason string
		mods   []func(*kit.Request)
		want   []string
	}{
		"Nothing": {
			reason: "An address comes first, then its gateway, then the routes to that.",
			want:   append([]string{gateway}, routes...),
		},
		"Unnamed": {
			reason: "An address without a name is looked at with late initialisation once more.",
			mods:   []func(*kit.Request){address("", "", "*")},
			want:   append([]string{gateway}, routes...),
		},
		"LateInitialized": {
			reason: "So is one whose policies have not changed yet.",
			mods:   []func(*kit.Request){address("eipalloc-1", "eipalloc-1", "*")},
			want:   append([]string{gateway}, routes...),
		},
		"Settled": {
			reason: "An address that is only observed, created, updated and deleted may be used.",
			mods:   []func(*kit.Request){address("eipalloc-1", "eipalloc-1", "Observe", "Create", "Update", "Delete")},
			want:   routes,
		},
		"GatewayExists": {
			reason: "A gateway that exists is never withheld.",
			mods:   []func(*kit.Request){address("eipalloc-1", "eipalloc-1", "*"), platformtest.Observing("nat-gateway-us-east-1a", kit.Observation{})},
			want:   routes,
		},
		"GatewayKnown": {
			reason: "A gateway that is known is routed to.",
			mods:   []func(*kit.Request){platformtest.Observing("nat-gateway-us-east-1a", kit.Observation{ExternalName: "nat-1"})},
		},
		"RouteExists": {
			reason: "A route that exists is never withheld.",
			mods:   []func(*kit.Request){platformtest.Observing("nat-gateway-us-east-1a", kit.Observation{}), platformtest.Observing("route-private-internet-us-east-1a", kit.Observation{})},
			want:   routes[1:],
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string

			waiting, _ := strings.CutPrefix(platformtest.Condition(t, platformtest.Compose(t, spec, tc.mods...), "NetworkReady").Message, "waiting for ")
			for w := range strings.SplitSeq(waiting, ", ") {
				if strings.Contains(w, "to be created after") {
					got = append(got, w)
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want withheld, +got withheld:\n%s", tc.reason, diff)
			}
		})
	}
}

// A gateway that changes must reach a route that exists, and a route that has a
// gateway must keep it until then.
func TestPrivateRouteFollowsItsGateway(t *testing.T) {
	const route, gateway = "route-private-internet-" + "us-east-1b", "nat-gateway-" + "us-east-1b"

	cases := map[string]struct {
		reason   string
		observed map[string]kit.Observation
		want     *string
		selects  bool
	}{
		"Nothing": {
			reason:   "The provider should find a gateway that is not known.",
			observed: map[string]kit.Observation{route: {}},
			selects:  true,
		},
		"Gateway": {
			reason:   "A gateway that is known should be named.",
			observed: map[string]kit.Observation{gateway: {ExternalName: "nat-b"}},
			want:     ptr.To("nat-b"),
		},
		"OldGateway": {
			reason:   "A route should keep its gateway while the new one is made.",
			observed: map[string]kit.Observation{route: {Fields: &network.ObservedRoute{NATGatewayID: "nat-a"}}, gateway: {}},
			want:     ptr.To("nat-a"),
		},
		"NewGateway": {
			reason:   "A route should move to the new gateway.",
			observed: map[string]kit.Observation{route: {Fields: &network.ObservedRoute{NATGatewayID: "nat-a"}}, gateway: {ExternalName: "nat-b"}},
			want:     ptr.To("nat-b"),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`, func(r *kit.Request) { r.Observed = tc.observed })

			got := platformtest.Find[*ec2.Route](t, p, route).Spec.ForProvider
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

	rs := platformtest.Compose(t, platformtest.Reference).Resources
	got := map[string]subnet{}

	for _, r := range rs {
		s, ok := r.Object.(*ec2.Subnet)
		if !ok {
			continue
		}

		sn := subnet{Zone: *s.Spec.ForProvider.AvailabilityZone, Block: *s.Spec.ForProvider.CidrBlock, Public: *s.Spec.ForProvider.MapPublicIPOnLaunch}

		for _, a := range rs {
			assoc, ok := a.Object.(*ec2.RouteTableAssociation)
			if !ok || !matches(assoc.Spec.ForProvider.SubnetIDSelector.MatchLabels, s.GetLabels()) {
				continue
			}

			for _, rt := range rs {
				if table, ok := rt.Object.(*ec2.RouteTable); ok && matches(assoc.Spec.ForProvider.RouteTableIDSelector.MatchLabels, table.GetLabels()) {
					sn.Tables = append(sn.Tables, rt.Key)
				}
			}
		}

		slices.Sort(sn.Tables)
		got[r.Key] = sn
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Compose(...): -want subnets, +got subnets:\n%s", diff)
	}
}

func TestVPC(t *testing.T) {
	p := platformtest.Compose(t, platformtest.Reference)

	want := ec2.VPCParameters{
		Region:             ptr.To("us-east-1"),
		CidrBlock:          ptr.To("10.0.0.0/16"),
		EnableDNSSupport:   ptr.To(true),
		EnableDNSHostnames: ptr.To(true),
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-km4cp3ur"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, platformtest.Find[*ec2.VPC](t, p, "vpc").Spec.ForProvider); diff != "" {
		t.Errorf("Compose(...): -want VPC, +got VPC:\n%s", diff)
	}
}
