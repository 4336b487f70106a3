package platform

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
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

// A tier is a layer of subnets.
type tier string

const (
	// tierPublic subnets route to the internet gateway.
	tierPublic tier = "public"
	// tierPrivate subnets have no way in from the internet, and no way out but
	// through a NAT gateway.
	tierPrivate tier = "private"
)

// A zone is an availability zone and the blocks of its subnets.
type zone struct {
	Name   string
	Blocks map[tier]string
}

func subnetKey(t tier, zone string) string { return "subnet-" + string(t) + "-" + zone }

// A blockList is a field of the API that lists the blocks of one tier.
type blockList struct {
	Tier  tier
	Field string
	// First is the place in the VPC's split of the first zone's block.
	First int
	// Given are the blocks that the developer or the policy names, if any.
	Given []v1alpha1.CIDRBlock
	// Developer says that the developer named them.
	Developer bool
}

func blockLists(p *plan) []blockList {
	own := ptr.Deref(p.Spec.Network, v1alpha1.NetworkParameters{})
	return []blockList{
		{Tier: tierPublic, Field: "spec.network.publicSubnetCidrBlocks", First: firstPublic, Given: p.Network.PublicSubnetCIDRBlocks, Developer: len(own.PublicSubnetCIDRBlocks) > 0},
		{Tier: tierPrivate, Field: "spec.network.privateSubnetCidrBlocks", First: firstPrivate, Given: p.Network.PrivateSubnetCIDRBlocks, Developer: len(own.PrivateSubnetCIDRBlocks) > 0},
	}
}

// resolveVPC chooses the VPC's block: the one it has, or the one asked for.
func resolveVPC(p *plan) error {
	const field = "spec.network.cidrBlock"

	own := ptr.Deref(p.Spec.Network, v1alpha1.NetworkParameters{})
	block, err := keep(field, p.Observed[keyVPC].Spec.CIDRBlock, string(*p.Network.CIDRBlock), own.CIDRBlock != nil)
	if err != nil {
		return err
	}
	p.VPC, err = parseBlock(field, block)
	return err
}

// resolveSubnets gives each zone's subnets their blocks: the block that the
// subnet has, the developer's or the policy's, or the next of the VPC's split.
// No two blocks overlap, and all are inside the VPC's.
func resolveSubnets(p *plan) error {
	var taken []netip.Prefix
	for _, l := range blockLists(p) {
		if n := len(l.Given); n > 0 && n != len(p.Zones) {
			return invalid(l.Field, l.Given, "%d blocks for %d availability zones: give one block for each zone, in the zones' order", n, len(p.Zones))
		}
		for i, z := range p.Zones {
			field := fmt.Sprintf("%s[%d]", l.Field, i)

			want := nth(p.VPC, l.First+i).String()
			if len(l.Given) > 0 {
				want = string(l.Given[i])
			}
			want, err := keep(field, p.Observed[subnetKey(l.Tier, z.Name)].Spec.CIDRBlock, want, l.Developer)
			if err != nil {
				return err
			}
			block, err := parseBlock(field, want)
			if err != nil {
				return err
			}
			if p.VPC.Bits() > block.Bits() || !p.VPC.Contains(block.Addr()) {
				return invalid(field, want, "is outside the VPC's block %s: use a part of it", p.VPC)
			}
			if j := slices.IndexFunc(taken, block.Overlaps); j >= 0 {
				return invalid(field, want, "overlaps the block %s of another subnet: use blocks that don't overlap", taken[j])
			}
			taken = append(taken, block)
			z.Blocks[l.Tier] = want
		}
	}
	return nil
}

// parseBlock parses an IPv4 block and makes sure that it is written with its
// first address, as AWS keeps it.
func parseBlock(field, block string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(block)
	if err != nil {
		return p, invalid(field, block, "must be an IPv4 block, such as 10.0.0.0/16")
	}
	if p != p.Masked() {
		return p, invalid(field, block, "must be written with the block's first address: use %s", p.Masked())
	}
	return p, nil
}

// nth returns the block at place n of the VPC's split.
func nth(vpc netip.Prefix, n int) netip.Prefix {
	bits := min(vpc.Bits()+splitBits, smallestSubnet)
	first := binary.BigEndian.Uint32(vpc.Addr().AsSlice())

	var addr [4]byte
	binary.BigEndian.PutUint32(addr[:], first+uint32(n)<<(32-bits)) //nolint:gosec // n is below 16, bits from 24 to 28.
	return netip.PrefixFrom(netip.AddrFrom4(addr), bits)
}
