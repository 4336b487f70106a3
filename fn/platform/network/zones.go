package network

import (
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// zonesPerPlatform is how many zones a platform has that names none: what
// multi-AZ needs.
const zonesPerPlatform = 2

// maxZones is how many zones a platform has at most: what the API allows. No region has more.
const maxZones = 6

// defaultZones are two zones of each region that accounts can use. They follow
// AWS's list of regions and zones
// (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html)
// and the zones that new accounts are given: ap-northeast-1 and sa-east-1 have no
// zone b for them, ca-central-1 has a, b and d. us-west-1 is left out: each account has
// two of its three zones, and which two can't be known here. The policy and the XR
// override the table.
var defaultZones = map[string]string{
	"af-south-1":     "ab",
	"ap-east-1":      "ab",
	"ap-northeast-1": "ac",
	"ap-northeast-2": "ab",
	"ap-northeast-3": "ab",
	"ap-south-1":     "ab",
	"ap-south-2":     "ab",
	"ap-southeast-1": "ab",
	"ap-southeast-2": "ab",
	"ap-southeast-3": "ab",
	"ap-southeast-4": "ab",
	"ap-southeast-5": "ab",
	"ap-southeast-7": "ab",
	"ca-central-1":   "ab",
	"ca-west-1":      "ab",
	"eu-central-1":   "ab",
	"eu-central-2":   "ab",
	"eu-north-1":     "ab",
	"eu-south-1":     "ab",
	"eu-south-2":     "ab",
	"eu-west-1":      "ab",
	"eu-west-2":      "ab",
	"eu-west-3":      "ab",
	"il-central-1":   "ab",
	"me-central-1":   "ab",
	"me-south-1":     "ab",
	"mx-central-1":   "ab",
	"sa-east-1":      "ac",
	"us-east-1":      "ab",
	"us-east-2":      "ab",
	"us-gov-east-1":  "ab",
	"us-gov-west-1":  "ab",
	"us-west-2":      "ab",
}

// resolveZones chooses the platform's zones. A zone that the platform has
// stays, whatever the policy says now.
func resolveZones(p *kit.Plan) error {
	names := stringsOf(p.Request.Spec.AvailabilityZones)
	if len(names) > 0 {
		if err := checkZones(p.Request, names); err != nil {
			return err
		}
	} else {
		names = chooseZones(p.Request)
	}

	if len(names) < zonesPerPlatform {
		return kit.Invalid("spec.region", p.Region, "its availability zones are not known: set spec.availabilityZones, or availabilityZones in the function's input")
	}

	if len(names) > maxZones {
		return kit.Invalid("spec.availabilityZones", names, "the platform has these zones, and can have %d: delete the subnets of some", maxZones)
	}

	p.Network.Zones = make([]kit.Zone, len(names))
	for i, name := range names {
		p.Network.Zones[i] = kit.Zone{Name: name, Blocks: map[kit.Tier]string{}}
	}

	return nil
}

// checkZones makes sure that the developer's zones include those that the
// platform has. Their order counts: subnets' blocks follow it.
func checkZones(req *kit.Request, names []string) error {
	const field = "spec.availabilityZones"

	has := statusZones(req)
	if len(has) > len(names) || !slices.Equal(has, names[:len(has)]) {
		return kit.Invalid(field, names, "must begin with the zones that the platform has, in their order (%s): put them first, then add zones", strings.Join(has, ", "))
	}

	for _, z := range subnetZones(req) {
		if !slices.Contains(names, z) {
			return kit.Invalid(field, names, "must keep %s, where the platform has subnets: add it", z)
		}
	}

	return nil
}

// chooseZones returns the zones of a platform whose developer names none.
func chooseZones(req *kit.Request) []string {
	names := statusZones(req)

	subnets, known := subnetZones(req), knownZones(req)
	if len(names) == 0 && isSubset(subnets, known) {
		return known
	}

	for _, z := range slices.Concat(subnets, known) {
		if !slices.Contains(names, z) && (slices.Contains(subnets, z) || len(names) < zonesPerPlatform) {
			names = append(names, z)
		}
	}

	return names
}

// knownZones are the zones of a new platform that names none: the first two of
// the policy's for the region, or of the table's.
func knownZones(req *kit.Request) []string {
	zones := req.Policy.Zones[req.Spec.Region]
	if len(zones) == 0 {
		for _, letter := range defaultZones[req.Spec.Region] {
			zones = append(zones, req.Spec.Region+string(letter))
		}
	}

	return slices.Clone(zones[:min(len(zones), zonesPerPlatform)])
}

// statusZones are the zones that an earlier call chose, in order. A status that it can't
// have written has none.
func statusZones(req *kit.Request) []string {
	if req.Status.Network == nil {
		return nil
	}

	zones := stringsOf(req.Status.Network.AvailabilityZones)
	if len(zones) > maxZones || slices.ContainsFunc(zones, func(z string) bool { return !inRegion(req, z) }) {
		return nil
	}

	return zones
}

// inRegion says whether a text is a zone of the platform's region.
func inRegion(req *kit.Request, zone string) bool {
	letter, ok := strings.CutPrefix(zone, req.Spec.Region)
	return ok && len(letter) == 1 && letter >= "a" && letter <= "z"
}

// subnetZones are the zones that have a subnet, sorted. Another step's resource may have a
// key that begins like a subnet's: a zone is a zone of the region.
func subnetZones(req *kit.Request) []string {
	var zones []string

	for key := range req.Observed {
		for _, t := range []kit.Tier{kit.TierPublic, kit.TierPrivate} {
			if zone, ok := strings.CutPrefix(key, subnetKey(t, "")); ok && inRegion(req, zone) {
				zones = append(zones, zone)
			}
		}
	}

	slices.Sort(zones)

	return slices.Compact(zones)
}

func isSubset(sub, of []string) bool {
	return !slices.ContainsFunc(sub, func(s string) bool { return !slices.Contains(of, s) })
}

func stringsOf[S ~string](in []S) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = string(s)
	}

	return out
}
