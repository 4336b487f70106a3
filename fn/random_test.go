package main

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// An anyObject is an object as JSON has it.
type anyObject = map[string]any

// A randomizer makes up platforms that are valid, and differ in every field.
type randomizer struct{ *rand.Rand }

// newRandomizer returns one that makes up the same platforms each time.
func newRandomizer(seed uint64) *randomizer {
	return &randomizer{rand.New(rand.NewPCG(seed, seed))}
}

// pick one of some values.
func pick[T any](r *randomizer, values ...T) T { return values[r.IntN(len(values))] }

// between returns a number between two, or one of the two.
func (r *randomizer) between(least, most int) int { return least + r.IntN(most-least+1) }

func (r *randomizer) coin() bool { return r.IntN(2) == 0 }

// word of an alphabet.
func (r *randomizer) word(alphabet string, least, most int) string {
	letters := []rune(alphabet)

	out := make([]rune, r.between(least, most))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}

	return string(out)
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	number = "0123456789"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// label is a DNS label.
func (r *randomizer) label(most int) string {
	return r.word(lower+number, 1, 1) + strings.Trim(r.word(lower+number+"-", 0, most-2), "-") + r.word(lower, 1, 1)
}

// dotted is one DNS label or two.
func (r *randomizer) dotted(most int) string {
	if r.coin() {
		return r.label(most)
	}

	return r.label(most/2) + "." + r.label(most-most/2-1)
}

// some returns some of a list's values, in another order.
func some[T any](r *randomizer, least int, values ...T) []any {
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })

	out := make([]any, r.between(least, len(values)))
	for i := range out {
		out[i] = values[i]
	}

	return out
}

// request makes up the XR of a platform, perhaps behind a claim, and perhaps a
// policy.
func (r *randomizer) request() *fnv1.RunFunctionRequest {
	region := pick(r, "us-east-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2", "sa-east-1", "us-gov-west-1", "us-west-1")
	spec := anyObject{"region": region}
	defaults := anyObject{}
	policy := anyObject{"apiVersion": "dataplatform.fn.crossplane.io/v1beta1", "kind": "Policy", "defaults": defaults}
	hasPolicy := r.IntN(4) > 0

	zones := 2

	var letters []any
	for _, letter := range some(r, 2, "a", "b", "c", "d", "e", "f") {
		letters = append(letters, region+letter.(string))
	}

	switch {
	case hasPolicy && r.coin():
		policy["availabilityZones"] = anyObject{region: letters, "eu-west-3": []any{"eu-west-3a", "eu-west-3c"}}
	case region == "us-west-1", r.coin(): // No zones of us-west-1 are known.
		spec["availabilityZones"] = letters
		zones = len(letters)
	}

	// Each field is the developer's, the policy's, or left to its default.
	parameters := r.parameters(region, zones)
	for _, component := range slices.Sorted(maps.Keys(parameters)) {
		for _, group := range parameters[component] {
			in := spec
			if hasPolicy {
				in = pick(r, spec, defaults)
			}

			if r.IntN(3) == 0 {
				continue
			}

			if component != "" {
				if in[component] == nil {
					in[component] = anyObject{}
				}

				in = in[component].(anyObject)
			}

			maps.Copy(in, group)
		}
	}

	if ref, named := spec["providerConfigRef"].(anyObject); named {
		// A platform that may name it needs leave, or has it in its namespace.
		if hasPolicy {
			policy["allow"] = anyObject{"externalNames": r.coin(), "providerConfigs": []any{ref}}
		} else {
			ref["kind"] = "ProviderConfig"
		}
	}

	req := requestFor(mustStruct(r.xr(r.label(63), r.dotted(63), r.coin(), spec)))
	if !hasPolicy {
		return req
	}

	if r.coin() {
		policy["namePrefix"] = r.word(lower, 1, 1) + r.word(lower+number, 0, 15)
	}

	if r.coin() {
		policy["tags"] = r.tags(10)
	}

	if r.coin() {
		policy["responseTTL"] = pick(r, "30s", "5m", "2h")
	}

	req.Input = mustStruct(policy)

	return req
}

// xr puts a spec into an XR, with what Crossplane adds.
func (r *randomizer) xr(namespace, name string, claim bool, spec anyObject) anyObject {
	x := anyObject{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind":       "XDataPlatform",
		"metadata": anyObject{
			"namespace":  namespace,
			"name":       name,
			"uid":        r.word("0123456789abcdef", 36, 36),
			"generation": r.between(1, 9),
			"labels":     anyObject{"crossplane.io/composite": name},
		},
		"spec": spec,
	}
	if !claim {
		if r.coin() {
			spec["writeConnectionSecretToRef"] = anyObject{"name": r.dotted(253)}
		}

		spec["crossplane"] = anyObject{
			"compositionRef":          anyObject{"name": "platforms"},
			"compositionUpdatePolicy": "Automatic",
			"resourceRefs":            []any{anyObject{"apiVersion": "v1", "kind": "Secret", "name": "a"}},
		}

		return x
	}

	composite := strings.TrimRight(name[:min(len(name), 57)], "-.") + "-" + r.word(lower, 5, 5)
	x["kind"] = "CompositeDataPlatform"
	x["metadata"] = anyObject{
		"name": composite,
		"uid":  r.word("0123456789abcdef", 36, 36),
		"labels": anyObject{
			"crossplane.io/composite":       composite,
			"crossplane.io/claim-namespace": namespace,
			"crossplane.io/claim-name":      name,
		},
	}
	spec["claimRef"] = anyObject{"apiVersion": "dataplatform.crossplane.io/v1alpha1", "kind": "DataPlatform", "namespace": namespace, "name": name}
	spec["compositionRef"] = anyObject{"name": "platforms"}
	spec["compositionUpdatePolicy"] = "Manual"
	spec["resourceRefs"] = []any{anyObject{"apiVersion": "v1", "kind": "Secret", "namespace": namespace, "name": "a"}}

	return x
}

// parameters makes up a value for every parameter, by its component. Parameters
// that have to fit each other are in one group.
func (r *randomizer) parameters(region string, zones int) map[string][]anyObject {
	backup, maintenance := r.windows()

	topic := "arn:aws:sns:" + region + ":123456789012:"
	if strings.HasPrefix(region, "us-gov-") {
		topic = "arn:aws-us-gov:sns:" + region + ":123456789012:"
	}

	return map[string][]anyObject{
		"network": {
			r.blocks(zones),
			{"natGateways": pick(r, "None", "Single", "PerZone")},
		},
		"stream": {
			{"mode": pick(r, "PROVISIONED", "ON_DEMAND")},
			{"shardCount": r.between(1, 10000)},
			{"retentionPeriod": r.between(24, 8760)},
			{"shardLevelMetrics": some(r, 0, "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds")},
		},
		"cache": {
			{"engineVersion": pick(r, "6.2", "7.0", "7.1")},
			{"nodeType": pick(r, "cache.t3.micro", "cache.r7g.2xlarge", "cache.m6g.large")},
			{"numCacheClusters": r.between(2, 6)},
			{"authentication": pick(r, "None", "Token")},
			{"applyImmediately": r.coin()},
		},
		"database": {
			{"engineVersion": pick(r, "12", "13.4", "15.15", "18.1")},
			{"instanceClass": pick(r, "db.t3.micro", "db.r6g.16xlarge", "db.m7i-flex.large")},
			r.storage(),
			{"allowMajorVersionUpgrade": r.coin()},
			{"applyImmediately": r.coin()},
			{"recoveryWindowInDays": pick(r, 0, 7, 30)},
			{"storageType": pick(r, "gp2", "gp3")},
			{"multiAz": r.coin()},
			{"backupRetentionPeriod": r.between(0, 35)},
			{"backupWindow": backup, "maintenanceWindow": maintenance},
			{"skipFinalSnapshot": r.coin()},
			{"deletionProtection": r.coin()},
			// No reserved word begins so.
			{"dbName": r.word("xyzXYZ", 1, 1) + r.word(lower+upper+number+"_", 0, 62)},
			{"username": r.word("xyzXYZ", 1, 1) + r.word(lower+upper+number+"_", 8, 62)},
			{"credentials": pick(r, "Generated", "ManagedByRDS")},
		},
		"monitoring": {
			{"alarmActions": some(r, 0, topic+"a", topic+"b", topic+"c")},
			{"databaseCpuPercent": r.between(1, 99)},
			{"cacheCpuPercent": r.between(1, 99)},
		},
		"": {
			{"tags": r.tags(15)},
			{"deletionPolicy": pick(r, "Delete", "Orphan")},
			{"providerConfigRef": anyObject{"kind": pick(r, "ClusterProviderConfig", "ProviderConfig"), "name": r.dotted(253)}},
		},
	}
}

// storage makes up a size, and perhaps how far it may grow by itself: at least a
// tenth.
func (r *randomizer) storage() anyObject {
	size := r.between(20, 59000)
	if r.coin() {
		return anyObject{"allocatedStorage": size}
	}

	return anyObject{"allocatedStorage": size, "maxAllocatedStorage": r.between(size+size/10+1, 65536)}
}

func (r *randomizer) tags(most int) anyObject {
	tags := anyObject{}
	for range r.between(0, most) {
		tags[r.word(lower+upper+number+" +-=._:/@äßéñ", 1, 128)] = r.word(lower+upper+number+" +-=._:/@äßéñ", 0, 256)
	}

	return tags
}

// blocks makes up the VPC's block, and perhaps the subnets' in it.
func (r *randomizer) blocks(zones int) anyObject {
	bits := r.between(16, 24)
	vpc := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(256)), byte(r.IntN(256)), 0}), bits).Masked()

	out := anyObject{"cidrBlock": vpc.String()}
	if r.coin() {
		return out
	}

	// Two for each zone, anywhere in the VPC's block.
	smaller := r.between(max(20, bits+4), 28)
	places := r.Perm(1 << (smaller - bits))

	var lists [2][]any
	for i := range 2 * zones {
		lists[i%2] = append(lists[i%2], nthBlock(vpc, smaller, places[i]).String())
	}

	out["publicSubnetCidrBlocks"], out["privateSubnetCidrBlocks"] = lists[0], lists[1]

	return out
}

func nthBlock(in netip.Prefix, bits, n int) netip.Prefix {
	first := in.Addr().As4()
	binary.BigEndian.PutUint32(first[:], binary.BigEndian.Uint32(first[:])+uint32(n)<<(32-bits))

	return netip.PrefixFrom(netip.AddrFrom4(first), bits)
}

// windows makes up a backup window and a maintenance window that don't overlap,
// at any time of the day, over midnight too.
func (r *randomizer) windows() (backup, maintenance string) {
	const day, week = 24 * 60, 7 * 24 * 60

	weekdays := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	at := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute%day/60, minute%60) }
	on := func(minute int) string { return weekdays[minute%week/day] + ":" + at(minute) }

	for {
		b, bl := r.IntN(day), r.between(30, 300)
		m, ml := r.IntN(week), r.between(30, 600)

		busy := make([]bool, week)
		for i := range 7 * bl {
			busy[(i/bl*day+b+i%bl)%week] = true
		}

		minutes := make([]bool, ml)
		for i := range minutes {
			minutes[i] = busy[(m+i)%week]
		}

		if !slices.Contains(minutes, true) {
			return at(b) + "-" + at(b+bl), on(m) + "-" + on(m+ml)
		}
	}
}

func mustStruct(o anyObject) *structpb.Struct {
	s, err := structpb.NewStruct(o)
	if err != nil {
		panic(err)
	}

	return s
}
