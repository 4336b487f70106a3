package network_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// blocks of the subnets of each tier, in the order of the zones.
func blocks(p *platform.Platform) map[string][]string {
	if p == nil {
		return nil
	}

	out := map[string][]string{}

	for _, r := range p.Resources {
		if s, ok := r.Object.(*ec2.Subnet); ok {
			tier := s.GetLabels()[kit.LabelTier]
			out[tier] = append(out[tier], *s.Spec.ForProvider.CidrBlock)
		}
	}

	return out
}

func TestSubnetBlocks(t *testing.T) {
	six := `"availabilityZones":["us-east-1a","us-east-1b","us-east-1c","us-east-1d","us-east-1e","us-east-1f"]`

	const three = `"availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]`

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   map[string][]string
		err    string
	}{
		"Default": {
			reason: "A /16 is split in /24s.",
			spec:   platformtest.Reference,
			want:   map[string][]string{"public": {"10.0.0.0/24", "10.0.1.0/24"}, "private": {"10.0.10.0/24", "10.0.11.0/24"}},
		},
		"Smallest": {
			reason: "A /24 has room for six zones in /28s.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"192.168.7.0/24"},` + six + `}`,
			want: map[string][]string{
				"public":  {"192.168.7.0/28", "192.168.7.16/28", "192.168.7.32/28", "192.168.7.48/28", "192.168.7.64/28", "192.168.7.80/28"},
				"private": {"192.168.7.160/28", "192.168.7.176/28", "192.168.7.192/28", "192.168.7.208/28", "192.168.7.224/28", "192.168.7.240/28"},
			},
		},
		"Between": {
			reason: "A /21 would be split in /29s, which AWS refuses: /28s instead.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.8.0.0/21"}}`,
			want:   map[string][]string{"public": {"10.8.0.0/28", "10.8.0.16/28"}, "private": {"10.8.0.160/28", "10.8.0.176/28"}},
		},
		"Explicit": {
			reason: "The developer's blocks win.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20"],"privateSubnetCidrBlocks":["10.0.0.0/18","10.0.64.0/18"]}}`,
			want:   map[string][]string{"public": {"10.0.128.0/20", "10.0.144.0/20"}, "private": {"10.0.0.0/18", "10.0.64.0/18"}},
		},
		"PolicyChanged": {
			reason: "What exists keeps its blocks, whatever the policy says now.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.Policy(`{"network":{"cidrBlock":"10.9.0.0/16"}}`),
				platformtest.Observing("vpc", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.0.0/16"}}),
				platformtest.Observing("subnet-public-us-east-1a", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.77.0/24"}}),
			},
			want: map[string][]string{"public": {"10.0.77.0/24", "10.0.1.0/24"}, "private": {"10.0.10.0/24", "10.0.11.0/24"}},
		},
		"WrongCount": {
			reason: "Each zone needs one block.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24"]}}`,
			err:    `spec.network.publicSubnetCidrBlocks: invalid value ["10.0.0.0/24"]: 1 blocks for 2 availability zones: give one block for each zone, in the zones' order`,
		},
		"Malformed": {
			reason: "A block that is none should be an error.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.300.0/24"]}}`,
			err:    `spec.network.publicSubnetCidrBlocks[1]: invalid value "10.0.300.0/24": must be an IPv4 block, such as 10.0.0.0/16`,
		},
		"HostBits": {
			reason: "AWS keeps a block by its first address, and would differ from the spec for ever.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.1/16"}}`,
			err:    `spec.network.cidrBlock: invalid value "10.0.0.1/16": must be written with the block's first address: use 10.0.0.0/16`,
		},
		"Outside": {
			reason: "A subnet must be inside the VPC.",
			spec:   `{"region":"us-east-1","network":{"privateSubnetCidrBlocks":["10.0.10.0/24","10.1.11.0/24"]}}`,
			err:    `spec.network.privateSubnetCidrBlocks[1]: invalid value "10.1.11.0/24": is outside the VPC's block 10.0.0.0/16: use a part of that, or, before the platform is created, set spec.network.cidrBlock`,
		},
		"LargerThanVPC": {
			reason: "A subnet can't be larger than the VPC.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/20","publicSubnetCidrBlocks":["10.0.0.0/16","10.0.1.0/24"]}}`,
			err:    `spec.network.publicSubnetCidrBlocks[0]: invalid value "10.0.0.0/16": is outside the VPC's block 10.0.0.0/20: use a part of that, or, before the platform is created, set spec.network.cidrBlock`,
		},
		"Overlap": {
			reason: "Two subnets can't share addresses, also across tiers.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.1.0/24"],"privateSubnetCidrBlocks":["10.0.10.0/24","10.0.1.128/25"]}}`,
			err:    `spec.network.privateSubnetCidrBlocks[1]: invalid value "10.0.1.128/25": overlaps the block 10.0.1.0/24 of another subnet: use blocks that don't overlap`,
		},
		"AroundTheDevelopers": {
			reason: "The split makes way for blocks that the developer gave one tier.",
			spec:   `{"region":"us-east-1","network":{"privateSubnetCidrBlocks":["10.0.0.0/24","10.0.1.128/25"]}}`,
			want:   map[string][]string{"public": {"10.0.2.0/24", "10.0.3.0/24"}, "private": {"10.0.0.0/24", "10.0.1.128/25"}},
		},
		"NoRoom": {
			reason: "Where the developer's blocks leave no room there is no platform.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/17","10.0.128.0/17"]}}`,
			err:    `spec.network.cidrBlock: invalid value "10.0.0.0/16": there is no room in it for a private subnet in us-east-1a: set both lists of subnet blocks in spec.network, or use a larger block in another platform`,
		},
		"PolicyNoRoom": {
			reason: "A developer who wrote no block is told that the policy's are too few.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			mods: []func(*kit.Request){platformtest.Policy(`{"network":{"cidrBlock":"10.1.0.0/24",
				"publicSubnetCidrBlocks":["10.1.0.0/26","10.1.0.64/26"],"privateSubnetCidrBlocks":["10.1.0.128/26","10.1.0.192/26"]}}`)},
			err: `the platform team's policy, which is the function's input: defaults.network.cidrBlock: invalid value "10.1.0.0/24": there is no room in it for a public subnet in us-east-1c: use a larger block, or smaller ones in the lists of subnet blocks; until then ask for fewer zones in spec.availabilityZones`,
		},
		"BehindAndBefore": {
			reason: "What is free before a zone's place in the split is as good as what is behind it.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/24","publicSubnetCidrBlocks":["10.0.0.128/26","10.0.0.192/26"]}}`,
			want:   map[string][]string{"public": {"10.0.0.128/26", "10.0.0.192/26"}, "private": {"10.0.0.0/28", "10.0.0.16/28"}},
		},
		"PolicysVPC": {
			reason: "A policy's VPC gives way to the developer's subnets, where those are the reference's.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20"],"privateSubnetCidrBlocks":["10.0.0.0/18","10.0.64.0/18"]}}`,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"cidrBlock":"10.1.0.0/16"}}`)},
			want:   map[string][]string{"public": {"10.0.128.0/20", "10.0.144.0/20"}, "private": {"10.0.0.0/18", "10.0.64.0/18"}},
		},
		"PolicysVPCElsewhere": {
			reason: "Where they are neither's the developer has to say which VPC they are in.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.2.128.0/20","10.2.144.0/20"],"privateSubnetCidrBlocks":["10.2.0.0/18","10.2.64.0/18"]}}`,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"cidrBlock":"10.1.0.0/16"}}`)},
			err:    `spec.network.publicSubnetCidrBlocks[0]: invalid value "10.2.128.0/20": is outside the VPC's block 10.1.0.0/16: use a part of that, or, before the platform is created, set spec.network.cidrBlock`,
		},
		"Policy": {
			reason: "The policy's blocks hold where the developer gave none.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20"],"privateSubnetCidrBlocks":["10.0.0.0/18","10.0.64.0/18"]}}`)},
			want:   map[string][]string{"public": {"10.0.128.0/20", "10.0.144.0/20"}, "private": {"10.0.0.0/18", "10.0.64.0/18"}},
		},
		"PolicyWithFewerThanZones": {
			reason: "A policy with two blocks is no reason to refuse a platform with three zones: the third is split off.",
			spec:   `{"region":"us-east-1",` + three + `}`,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20"],"privateSubnetCidrBlocks":["10.0.0.0/18","10.0.64.0/18"]}}`)},
			want:   map[string][]string{"public": {"10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/24"}, "private": {"10.0.0.0/18", "10.0.64.0/18", "10.0.161.0/24"}},
		},
		"PolicyWithMoreThanZones": {
			reason: "A policy with more blocks than zones gives the first.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20","10.0.160.0/20"]}}`)},
			want:   map[string][]string{"public": {"10.0.128.0/20", "10.0.144.0/20"}, "private": {"10.0.10.0/24", "10.0.11.0/24"}},
		},
		"PolicyOutsideVPC": {
			reason: "A policy's blocks outside the developer's VPC give way to its split.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.9.0.0/16"}}`,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20"],"privateSubnetCidrBlocks":["10.0.0.0/18","10.0.64.0/18"]}}`)},
			want:   map[string][]string{"public": {"10.9.0.0/24", "10.9.1.0/24"}, "private": {"10.9.10.0/24", "10.9.11.0/24"}},
		},
		"PolicyOverlapsDevelopers": {
			reason: "A policy's blocks that overlap the developer's give way.",
			spec:   `{"region":"us-east-1","network":{"privateSubnetCidrBlocks":["10.0.128.0/18","10.0.192.0/18"]}}`,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.96.0/20"]}}`)},
			want:   map[string][]string{"public": {"10.0.0.0/24", "10.0.96.0/20"}, "private": {"10.0.128.0/18", "10.0.192.0/18"}},
		},
		"PolicyOverlapsItself": {
			reason: "Of a policy's blocks that overlap each other the first holds.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.0.0/20","10.0.0.0/20"]}}`)},
			want:   map[string][]string{"public": {"10.0.0.0/20", "10.0.16.0/24"}, "private": {"10.0.17.0/24", "10.0.18.0/24"}},
		},
		"PolicyMalformed": {
			reason: "A policy's block that is none gives way too.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.300.0/24","10.0.1.0/24"]}}`)},
			want:   map[string][]string{"public": {"10.0.0.0/24", "10.0.1.0/24"}, "private": {"10.0.10.0/24", "10.0.11.0/24"}},
		},
		"PolicyAgainstExisting": {
			reason: "A policy's blocks hold for the zones that are still to be made.",
			spec:   `{"region":"us-east-1",` + three + `}`,
			mods: []func(*kit.Request){
				platformtest.Policy(`{"network":{"publicSubnetCidrBlocks":["10.0.128.0/20","10.0.144.0/20","10.0.0.0/20"],"privateSubnetCidrBlocks":["10.0.32.0/20","10.0.48.0/20","10.0.64.0/20"]}}`),
				platformtest.Observing("subnet-public-us-east-1a", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.0.0/24"}}), platformtest.Observing("subnet-public-us-east-1b", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.1.0/24"}}),
				platformtest.Observing("subnet-private-us-east-1a", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.10.0/24"}}), platformtest.Observing("subnet-private-us-east-1b", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.11.0/24"}}),
			},
			want: map[string][]string{"public": {"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}, "private": {"10.0.10.0/24", "10.0.11.0/24", "10.0.64.0/20"}},
		},
		"VPCExists": {
			reason: "A developer who asks for another block should be told.",
			spec:   `{"region":"us-east-1","network":{"cidrBlock":"10.9.0.0/16"}}`,
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.0.0/16"}})},
			err:    `spec.network.cidrBlock: invalid value "10.9.0.0/16": the platform has 10.0.0.0/16, and a VPC keeps its block: use that, or create another platform`,
		},
		"SubnetExists": {
			reason: "A developer who asks for another subnet block should be told.",
			spec:   `{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.2.0/24"]}}`,
			mods:   []func(*kit.Request){platformtest.Observing("subnet-public-us-east-1b", kit.Observation{Fields: network.ObservedBlock{CIDRBlock: "10.0.1.0/24"}})},
			err:    `spec.network.publicSubnetCidrBlocks[1]: invalid value "10.0.2.0/24": the platform has 10.0.1.0/24, and a subnet keeps its block: use that, or create another platform`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, tc.mods...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.want, blocks(p)); diff != "" {
				t.Errorf("%s\nCompose(...): -want blocks, +got blocks:\n%s", tc.reason, diff)
			}
		})
	}
}
