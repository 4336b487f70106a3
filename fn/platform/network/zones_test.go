package network_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func zoneNames(p *platform.Platform) []string {
	if p == nil {
		return nil
	}

	out := make([]string, 0, len(p.Status.Network.AvailabilityZones))
	for _, z := range p.Status.Network.AvailabilityZones {
		out = append(out, string(z))
	}

	return out
}

func TestZones(t *testing.T) {
	inPolicy := func(zones ...string) func(*kit.Request) {
		return func(r *kit.Request) { r.Policy.Zones = map[string][]string{r.Spec.Region: zones} }
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   []string
		err    string
	}{
		"Default": {
			reason: "A platform that names no zones gets the region's first two.",
			spec:   platformtest.Reference,
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"TokyoHasNoB": {
			reason: "New accounts have no zone b in ap-northeast-1.",
			spec:   `{"region":"ap-northeast-1"}`,
			want:   []string{"ap-northeast-1a", "ap-northeast-1c"},
		},
		"UnknownRegion": {
			reason: "A region whose zones nobody knows should be an error with a remedy.",
			spec:   `{"region":"us-west-1"}`,
			err:    `spec.region: invalid value "us-west-1": its availability zones are not known: set spec.availabilityZones, or availabilityZones in the function's input`,
		},
		"Policy": {
			reason: "The policy's zones win over the table's, and the first two are used.",
			spec:   `{"region":"us-west-1"}`,
			mods:   []func(*kit.Request){inPolicy("us-west-1b", "us-west-1c", "us-west-1a")},
			want:   []string{"us-west-1b", "us-west-1c"},
		},
		"Explicit": {
			reason: "The developer's zones win over all.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1c","us-east-1f","us-east-1d"]}`,
			mods:   []func(*kit.Request){inPolicy("us-east-1a", "us-east-1b")},
			want:   []string{"us-east-1c", "us-east-1f", "us-east-1d"},
		},
		"StatusStays": {
			reason: "A policy that changes must not move a platform that exists.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("us-east-1c", "us-east-1d"), platformtest.StatusZones("us-east-1a", "us-east-1b")},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"SubnetsStay": {
			reason: "A platform with subnets stays where they are, even with its status lost.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("us-east-1c", "us-east-1d"), platformtest.Observing("subnet-private-us-east-1a", kit.Observation{}), platformtest.Observing("subnet-public-us-east-1b", kit.Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"OneSubnetStays": {
			reason: "A half-made platform keeps its zone and gets another.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("us-east-1c", "us-east-1d"), platformtest.Observing("subnet-private-us-east-1a", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.10.0/24"}})},
			want:   []string{"us-east-1a", "us-east-1c"},
		},
		"OrderStays": {
			reason: "A subnet of the second zone must not move it to the first place.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("subnet-private-us-east-1b", kit.Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"MoreSubnetsThanStatus": {
			reason: "A zone with subnets that the status does not name is still the platform's.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b"), platformtest.Observing("subnet-private-us-east-1c", kit.Observation{})},
			want:   []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		},
		"TooManySubnets": {
			reason: "A zone with subnets can't be left out, and a seventh can't be kept.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.StatusZones("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"),
				platformtest.Observing("subnet-private-us-east-1g", kit.Observation{}),
			},
			err: `spec.availabilityZones: invalid value ["us-east-1a","us-east-1b","us-east-1c","us-east-1d","us-east-1e","us-east-1f","us-east-1g"]: the platform has these zones, and can have 6: delete the subnets of some`,
		},
		"TooManyInStatus": {
			reason: "A status that no function can have written is as good as none.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f", "us-east-1g")},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"OddInStatus": {
			reason: "So is one with zones that are none of the region's.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "eu-west-1b")},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"AnotherStepsResource": {
			reason: "Another step's resource whose key begins like a subnet's makes no zone.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.Observing("subnet-private-mgmt", kit.Observation{}), platformtest.Observing("subnet-public-us-east-1", kit.Observation{}),
				platformtest.Observing("subnet-private-us-east-1x1", kit.Observation{}), platformtest.Observing("subnet-private-us-east-1-db", kit.Observation{}),
				platformtest.Observing("subnet-private-us-east-1A", kit.Observation{}), platformtest.Observing("subnet-private-eu-west-1c", kit.Observation{}),
			},
			want: []string{"us-east-1a", "us-east-1b"},
		},
		"AnotherStepsResourceLater": {
			reason: "Nor has a developer to name such a zone.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b"), platformtest.Observing("subnet-private-mgmt", kit.Observation{}), platformtest.Observing("subnet-private-us-east-1x1", kit.Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"Grow": {
			reason: "A zone may be added at the end.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b"), platformtest.Observing("subnet-private-us-east-1b", kit.Observation{})},
			want:   []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		},
		"Shrink": {
			reason: "A zone can't be taken away: its subnets would be deleted.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b", "us-east-1c")},
			err:    `spec.availabilityZones: invalid value ["us-east-1a","us-east-1b"]: must begin with the zones that the platform has, in their order (us-east-1a, us-east-1b, us-east-1c): put them first, then add zones`,
		},
		"Reorder": {
			reason: "Zones can't change places: their blocks would.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1b","us-east-1a"]}`,
			mods:   []func(*kit.Request){platformtest.StatusZones("us-east-1a", "us-east-1b")},
			err:    `spec.availabilityZones: invalid value ["us-east-1b","us-east-1a"]: must begin with the zones that the platform has, in their order (us-east-1a, us-east-1b): put them first, then add zones`,
		},
		"LeaveSubnetsBehind": {
			reason: "Also with its status lost, a platform's subnets must not be deleted.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1c"]}`,
			mods:   []func(*kit.Request){platformtest.Observing("subnet-private-us-east-1b", kit.Observation{})},
			err:    `spec.availabilityZones: invalid value ["us-east-1a","us-east-1c"]: must keep us-east-1b, where the platform has subnets: add it`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, tc.mods...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.want, zoneNames(p)); diff != "" {
				t.Errorf("%s\nCompose(...): -want zones, +got zones:\n%s", tc.reason, diff)
			}
		})
	}
}
