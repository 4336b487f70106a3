package network

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

const (
	// splitBits splits the VPC's block in 256.
	splitBits = 8

	// smallestSubnet is the longest prefix of a subnet that AWS makes.
	// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	smallestSubnet = 28

	// firstPublic and firstPrivate are the places of the first zone's blocks in
	// the split. Between and behind them there is room for six zones, also in a
	// /24, which has 16 blocks of /28.
	firstPublic  = 0
	firstPrivate = 10
)

func subnetKey(t kit.Tier, zone string) string { return "subnet-" + string(t) + "-" + zone }

// A blockList is a field of the API that lists the blocks of one tier.
type blockList struct {
	Tier  kit.Tier
	Field string
	// First is the place in the VPC's split of the first zone's block.
	First int
	// Given are the blocks that the developer or the policy names, if any.
	Given []v1alpha1.CIDRBlock
	// Developer says that the developer named them.
	Developer bool
}

func blockLists(p *kit.Plan) []blockList {
	own := ptr.Deref(p.Request.Spec.Network, v1alpha1.NetworkParameters{})

	return []blockList{
		{Tier: kit.TierPublic, Field: "spec.network.publicSubnetCidrBlocks", First: firstPublic, Given: p.Parameters.Network.PublicSubnetCIDRBlocks, Developer: len(own.PublicSubnetCIDRBlocks) > 0},
		{Tier: kit.TierPrivate, Field: "spec.network.privateSubnetCidrBlocks", First: firstPrivate, Given: p.Parameters.Network.PrivateSubnetCIDRBlocks, Developer: len(own.PrivateSubnetCIDRBlocks) > 0},
	}
}

// resolveVPC chooses the VPC's block: the one it has, or the one asked for. Where the
// developer gives blocks for all subnets and none for the VPC, a policy's block that is
// another network's gives way to the reference's.
func resolveVPC(p *kit.Plan) error {
	const field = "spec.network.cidrBlock"

	own := ptr.Deref(p.Request.Spec.Network, v1alpha1.NetworkParameters{})

	want := string(*p.Parameters.Network.CIDRBlock)
	if reference := string(*v1alpha1.Defaults().Network.CIDRBlock); own.CIDRBlock == nil && !holds(want, own) && holds(reference, own) {
		want = reference
	}

	block, err := kit.Keep(field, kit.Fields[ObservedBlock](p, keyVPC).CIDRBlock, want, own.CIDRBlock != nil, "a VPC keeps its block")
	if err != nil {
		return err
	}

	p.Network.VPC, err = parseBlock(field, block)

	return err
}

// holds says whether all subnets' blocks that are given are inside the VPC's.
func holds(vpc string, given v1alpha1.NetworkParameters) bool {
	v, err := netip.ParsePrefix(vpc)
	for _, b := range slices.Concat(given.PublicSubnetCIDRBlocks, given.PrivateSubnetCIDRBlocks) {
		block, berr := netip.ParsePrefix(string(b))
		if err != nil || berr != nil || !within(v, block) {
			return false
		}
	}

	return true
}

// resolveSubnets gives each zone's subnets their blocks: the block that the subnet has, or
// the developer's. For the others the policy's are taken where they fit, and then the next
// ones of the VPC's split that are free. No two blocks overlap, and all are inside the
// VPC's.
func resolveSubnets(p *kit.Plan) error {
	lists := blockLists(p)

	var taken []netip.Prefix

	for _, l := range lists {
		if n := len(l.Given); l.Developer && n != len(p.Network.Zones) {
			return kit.Invalid(l.Field, l.Given, "%d blocks for %d availability zones: give one block for each zone, in the zones' order", n, len(p.Network.Zones))
		}

		for i, z := range p.Network.Zones {
			field := fmt.Sprintf("%s[%d]", l.Field, i)

			want := kit.Fields[ObservedBlock](p, subnetKey(l.Tier, z.Name)).CIDRBlock
			if l.Developer {
				var err error
				if want, err = kit.Keep(field, want, string(l.Given[i]), true, "a subnet keeps its block"); err != nil {
					return err
				}
			}

			if want == "" {
				continue
			}

			block, err := parseBlock(field, want)
			if err != nil {
				return err
			}

			if !within(p.Network.VPC, block) {
				return kit.Invalid(field, want, "is outside the VPC's block %s: use a part of that, or, before the platform is created, set spec.network.cidrBlock", p.Network.VPC)
			}

			if j := slices.IndexFunc(taken, block.Overlaps); j >= 0 {
				return kit.Invalid(field, want, "overlaps the block %s of another subnet: use blocks that don't overlap", taken[j])
			}

			taken = append(taken, block)
			z.Blocks[l.Tier] = want
		}
	}

	return fillSubnets(p, lists, taken)
}

// fillSubnets gives blocks to the subnets that have none.
func fillSubnets(p *kit.Plan, lists []blockList, taken []netip.Prefix) error {
	for _, candidates := range []func(netip.Prefix, blockList, int) iter.Seq[netip.Prefix]{givenBlock, splitBlocks} {
		for _, l := range lists {
			for i, z := range p.Network.Zones {
				if z.Blocks[l.Tier] != "" {
					continue
				}

				if block, ok := freeBlock(p.Network.VPC, candidates(p.Network.VPC, l, i), taken); ok {
					taken = append(taken, block)
					z.Blocks[l.Tier] = block.String()
				}
			}
		}
	}

	theirs := ptr.Deref(p.Request.Spec.Network, v1alpha1.NetworkParameters{}).CIDRBlock != nil ||
		slices.ContainsFunc(lists, func(l blockList) bool { return l.Developer })

	for _, l := range lists {
		for _, z := range p.Network.Zones {
			if z.Blocks[l.Tier] != "" {
				continue
			}

			// Nobody is told of a field that somebody else wrote.
			if !theirs {
				return kit.InvalidPolicy("defaults.network.cidrBlock", p.Network.VPC.String(), "there is no room in it for a %s subnet in %s: use a larger block, or smaller ones in the lists of subnet blocks; until then ask for fewer zones in spec.availabilityZones", l.Tier, z.Name)
			}

			return kit.Invalid("spec.network.cidrBlock", p.Network.VPC.String(), "there is no room in it for a %s subnet in %s: set both lists of subnet blocks in spec.network, or use a larger block in another platform", l.Tier, z.Name)
		}
	}

	return nil
}

// givenBlock is the policy's block for a zone's subnet, if it has one.
func givenBlock(_ netip.Prefix, l blockList, zone int) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		if zone >= len(l.Given) {
			return
		}

		if b, err := parseBlock(l.Field, string(l.Given[zone])); err == nil {
			yield(b)
		}
	}
}

// splitBlocks are the blocks of the VPC's split for a zone's subnet, the best first: the one
// at the zone's place, all behind it, and then those before.
func splitBlocks(vpc netip.Prefix, l blockList, zone int) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		all := parts(vpc)
		for n := range all {
			if !yield(nth(vpc, (l.First+zone+n)%all)) {
				return
			}
		}
	}
}

// freeBlock is the first of some blocks that is inside the VPC's and overlaps none that is
// taken.
func freeBlock(vpc netip.Prefix, blocks iter.Seq[netip.Prefix], taken []netip.Prefix) (netip.Prefix, bool) {
	for b := range blocks {
		if within(vpc, b) && !slices.ContainsFunc(taken, b.Overlaps) {
			return b, true
		}
	}

	return netip.Prefix{}, false
}

func within(vpc, block netip.Prefix) bool {
	return vpc.Bits() <= block.Bits() && vpc.Contains(block.Addr())
}

// parseBlock parses an IPv4 block and makes sure that it is written with its
// first address, as AWS keeps it.
func parseBlock(field, block string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(block)
	if err != nil {
		return p, kit.Invalid(field, block, "must be an IPv4 block, such as 10.0.0.0/16")
	}

	if p != p.Masked() {
		return p, kit.Invalid(field, block, "must be written with the block's first address: use %s", p.Masked())
	}

	return p, nil
}

// subnetBits is the length of the prefixes that the VPC's block is split in.
func subnetBits(vpc netip.Prefix) int { return min(vpc.Bits()+splitBits, smallestSubnet) }

// parts is how many blocks the VPC's split has.
func parts(vpc netip.Prefix) int { return 1 << (subnetBits(vpc) - vpc.Bits()) }

// nth returns the block at place n of the VPC's split.
func nth(vpc netip.Prefix, n int) netip.Prefix {
	bits := subnetBits(vpc)
	first := binary.BigEndian.Uint32(vpc.Addr().AsSlice())

	var addr [4]byte
	binary.BigEndian.PutUint32(addr[:], first+uint32(n)<<(32-bits)) //nolint:gosec // n is below 256, bits from 24 to 28.

	return netip.PrefixFrom(netip.AddrFrom4(addr), bits)
}
