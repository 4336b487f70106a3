package provideraws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOffered(t *testing.T) {
	cases := map[string]struct {
		reason          string
		engine, version string
		want            string
		offered         bool
	}{
		"Newest": {
			reason: "The newest minor version is offered.",
			engine: "postgres", version: "15.16", want: "15.16", offered: true,
		},
		"Older": {
			reason: "So are those before.",
			engine: "postgres", version: "15.14", want: "15.14", offered: true,
		},
		"Typo": {
			reason: "There is no such version yet.",
			engine: "postgres", version: "15.51", want: "15.51",
		},
		"LeadingZero": {
			reason: "A number has one way to be written.",
			engine: "postgres", version: "15.015", want: "15.015",
		},
		"Major": {
			reason: "Of a major version AWS takes the newest.",
			engine: "postgres", version: "16", want: "16.12", offered: true,
		},
		"UnknownMajor": {
			reason: "There is no such version.",
			engine: "postgres", version: "99",
		},
		"Redis": {
			reason: "ElastiCache adds a number of its own.",
			engine: "redis", version: "7.0", want: "7.0.0", offered: true,
		},
		"UnknownRedis": {
			reason: "There is no such version.",
			engine: "redis", version: "7.9", want: "7.9",
		},
		"UnknownEngine": {
			reason: "Platforms have no such engine.",
			engine: "mysql", version: "8.0", want: "8.0",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, offered := Offered(tc.engine, tc.version)
			if got != tc.want || offered != tc.offered {
				t.Errorf("%s\nOffered(): want %q, %t, got %q, %t", tc.reason, tc.want, tc.offered, got, offered)
			}
		})
	}
}

func TestEngines(t *testing.T) {
	// What AWS has follows from what it was asked for.
	cases := map[string]struct {
		reason string
		kind   string
		asked  Object
		want   Object
	}{
		"SmallGP3": {
			reason: "The performance of a small gp3 volume is AWS's.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": int64(399), "storageType": "gp3"},
			want:   Object{"iops": int64(3000), "storageThroughput": int64(125)},
		},
		"LargeGP3": {
			reason: "A large one has four times as much.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": int64(400), "storageType": "gp3"},
			want:   Object{"iops": int64(12000), "storageThroughput": int64(500)},
		},
		"ChosenGP3": {
			reason: "Or what it is asked for.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": 400.0, "storageType": "gp3", "iops": int64(16000), "storageThroughput": int64(600)},
			want:   Object{"iops": int64(16000), "storageThroughput": int64(600)},
		},
		"GP2": {
			reason: "A gp2 volume has none that AWS speaks of.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": int64(400), "storageType": "gp2"},
			want:   Object{"iops": int64(0), "storageThroughput": int64(0)},
		},
		"Growing": {
			reason: "Storage may grow up to a size.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(100)},
			want:   Object{"maxAllocatedStorage": int64(100)},
		},
		"Grown": {
			reason: "One that is equal ends the growth.",
			kind:   "rds/Instance",
			asked:  Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(20)},
			want:   Object{"maxAllocatedStorage": int64(0)},
		},
		"Database": {
			reason: "The groups are those of the version, and the version is AWS's.",
			kind:   "rds/Instance",
			asked:  Object{"engineVersion": "16"},
			want:   Object{"engineVersion": "16", "engineVersionActual": "16.12", "parameterGroupName": "default.postgres16", "optionGroupName": "default:postgres-16"},
		},
		"DatabaseWithGroups": {
			reason: "Unless it has others.",
			kind:   "rds/Instance",
			asked:  Object{"engineVersion": "16.4", "parameterGroupName": "ours", "optionGroupName": "ours"},
			want:   Object{"engineVersionActual": "16.4", "parameterGroupName": "ours", "optionGroupName": "ours"},
		},
		"Cache": {
			reason: "ElastiCache adds a number.",
			kind:   "elasticache/ReplicationGroup",
			asked:  Object{"engineVersion": "6.2"},
			want:   Object{"engineVersionActual": "6.2.0", "parameterGroupName": "default.redis6.x"},
		},
		"CacheWithGroup": {
			reason: "It may have another group.",
			kind:   "elasticache/ReplicationGroup",
			asked:  Object{"engineVersion": "7.1", "parameterGroupName": "ours"},
			want:   Object{"engineVersionActual": "7.1.0", "parameterGroupName": "ours"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			k := gvk(tc.kind)

			e, err := NewExternal(Object{
				"apiVersion": k.GroupVersion().String(),
				"kind":       k.Kind,
				"metadata":   Object{"name": "it", "annotations": Object{annotationExternalName: "it"}},
				"spec":       Object{"forProvider": tc.asked},
			}, "")
			if err != nil {
				t.Fatal(err)
			}

			all, got := e.AtProvider(), Object{}
			for field := range tc.want {
				got[field] = all[field]
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nAtProvider(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	// An address is a NAT gateway's while there is one that uses it, and the provider writes
	// down whose.
	resource := func(kind, name, external string, forProvider Object) Object {
		return Object{
			"apiVersion": "ec2.aws.m.upbound.io/v1beta1",
			"kind":       kind,
			"metadata":   Object{"name": name, "annotations": Object{annotationExternalName: external}},
			"spec":       Object{"forProvider": forProvider, "managementPolicies": []any{"*"}},
		}
	}
	of := func(o Object, siblings ...Object) Object {
		e, err := NewExternal(o, "", siblings...)
		if err != nil {
			t.Fatal(err)
		}

		return e.AtProvider()
	}

	address := resource("EIP", "address", "eipalloc-1", Object{})
	gateway := resource("NATGateway", "gateway", "nat-1", Object{"allocationId": "eipalloc-1"})

	free := of(address)
	if free["networkInterface"] != "" || free["associationId"] != "" {
		t.Errorf("AtProvider(): want an address that is nobody's, got %v", free)
	}

	if LateInitialize(address, free) {
		t.Error("LateInitialize(): there was nothing to write down")
	}

	used := of(address, gateway)
	if used["networkInterface"] != of(gateway)["networkInterfaceId"] || used["associationId"] == "" {
		t.Errorf("AtProvider(): want the gateway's address, got %v", used)
	}

	if !LateInitialize(address, used) {
		t.Error("LateInitialize(): want it to write down whose address it is")
	}

	// What it wrote down stays, and is no longer so.
	if diff := cmp.Diff("", of(address)["networkInterface"]); diff != "" {
		t.Errorf("AtProvider(): networkInterface after the gateway went: -want, +got:\n%s", diff)
	}
}
