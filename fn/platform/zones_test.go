package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func zoneNames(p *plan) []string {
	if p == nil {
		return nil
	}
	out := make([]string, 0, len(p.Zones))
	for _, z := range p.Zones {
		out = append(out, z.Name)
	}
	return out
}

func TestZones(t *testing.T) {
	inPolicy := func(zones ...string) func(*Request) {
		return func(r *Request) { r.Policy.Zones = map[string][]string{r.Spec.Region: zones} }
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   []string
		err    string
	}{
		"Default": {
			reason: "A platform that names no zones gets the region's first two.",
			spec:   reference,
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
			mods:   []func(*Request){inPolicy("us-west-1b", "us-west-1c", "us-west-1a")},
			want:   []string{"us-west-1b", "us-west-1c"},
		},
		"Explicit": {
			reason: "The developer's zones win over all.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1c","us-east-1f","us-east-1d"]}`,
			mods:   []func(*Request){inPolicy("us-east-1a", "us-east-1b")},
			want:   []string{"us-east-1c", "us-east-1f", "us-east-1d"},
		},
		"StatusStays": {
			reason: "A policy that changes must not move a platform that exists.",
			spec:   reference,
			mods:   []func(*Request){inPolicy("us-east-1c", "us-east-1d"), withStatusZones("us-east-1a", "us-east-1b")},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"SubnetsStay": {
			reason: "A platform with subnets stays where they are, even with its status lost.",
			spec:   reference,
			mods:   []func(*Request){inPolicy("us-east-1c", "us-east-1d"), observing("subnet-private-us-east-1a", Observation{}), observing("subnet-public-us-east-1b", Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"OneSubnetStays": {
			reason: "A half-made platform keeps its zone and gets another.",
			spec:   reference,
			mods:   []func(*Request){inPolicy("us-east-1c", "us-east-1d"), observing("subnet-private-us-east-1a", Observation{Spec: ObservedSpec{CIDRBlock: "10.0.10.0/24"}})},
			want:   []string{"us-east-1a", "us-east-1c"},
		},
		"OrderStays": {
			reason: "A subnet of the second zone must not move it to the first place.",
			spec:   reference,
			mods:   []func(*Request){observing("subnet-private-us-east-1b", Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"MoreSubnetsThanStatus": {
			reason: "A zone with subnets that the status does not name is still the platform's.",
			spec:   reference,
			mods:   []func(*Request){withStatusZones("us-east-1a", "us-east-1b"), observing("subnet-private-us-east-1c", Observation{})},
			want:   []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		},
		"AnotherStepsResource": {
			reason: "Another step's resource whose key begins like a subnet's makes no zone.",
			spec:   reference,
			mods: []func(*Request){
				observing("subnet-private-mgmt", Observation{}), observing("subnet-public-us-east-1", Observation{}),
				observing("subnet-private-us-east-1x1", Observation{}), observing("subnet-private-us-east-1-db", Observation{}),
				observing("subnet-private-us-east-1A", Observation{}), observing("subnet-private-eu-west-1c", Observation{}),
			},
			want: []string{"us-east-1a", "us-east-1b"},
		},
		"AnotherStepsResourceLater": {
			reason: "Nor has a developer to name such a zone.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			mods:   []func(*Request){withStatusZones("us-east-1a", "us-east-1b"), observing("subnet-private-mgmt", Observation{}), observing("subnet-private-us-east-1x1", Observation{})},
			want:   []string{"us-east-1a", "us-east-1b"},
		},
		"Grow": {
			reason: "A zone may be added at the end.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			mods:   []func(*Request){withStatusZones("us-east-1a", "us-east-1b"), observing("subnet-private-us-east-1b", Observation{})},
			want:   []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		},
		"Shrink": {
			reason: "A zone can't be taken away: its subnets would be deleted.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			mods:   []func(*Request){withStatusZones("us-east-1a", "us-east-1b", "us-east-1c")},
			err:    `spec.availabilityZones: invalid value ["us-east-1a","us-east-1b"]: must begin with the zones that the platform has, in their order (us-east-1a, us-east-1b, us-east-1c): put them first, then add zones`,
		},
		"Reorder": {
			reason: "Zones can't change places: their blocks would.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1b","us-east-1a"]}`,
			mods:   []func(*Request){withStatusZones("us-east-1a", "us-east-1b")},
			err:    `spec.availabilityZones: invalid value ["us-east-1b","us-east-1a"]: must begin with the zones that the platform has, in their order (us-east-1a, us-east-1b): put them first, then add zones`,
		},
		"LeaveSubnetsBehind": {
			reason: "Also with its status lost, a platform's subnets must not be deleted.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1c"]}`,
			mods:   []func(*Request){observing("subnet-private-us-east-1b", Observation{})},
			err:    `spec.availabilityZones: invalid value ["us-east-1a","us-east-1c"]: must keep us-east-1b, where the platform has subnets: add it`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, zoneNames(p)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want zones, +got zones:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDefaultZones(t *testing.T) {
	for region, letters := range defaultZones {
		if len(letters) != zonesPerPlatform {
			t.Errorf("%s: want %d zones, got %q", region, zonesPerPlatform, letters)
		}
	}
}
