package database_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestAllocatedStorage(t *testing.T) {
	type storage struct {
		Size int64
		// Max is up to where AWS may grow it, or nothing to leave that as it is.
		Max *float64
	}

	made := func(r *kit.Request) { r.Status.Database = &v1alpha1.DatabaseStatus{Endpoint: "db:5432"} }
	spec := func(fields string) string { return `{"region":"us-east-1","database":{` + fields + `}}` }
	has := func(asked, most, actual int64) func(*kit.Request) {
		return platformtest.Observing("database", kit.Observation{Fields: database.Observed{AllocatedStorage: asked, MaxAllocatedStorage: most, ActualStorage: actual}})
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   storage
		err    string
	}{
		"New": {
			reason: "Storage that nobody lets grow has no maximum.",
			spec:   platformtest.Reference,
			want:   storage{Size: 20},
		},
		"Grow": {
			reason: "A developer may ask for more.",
			spec:   spec(`"allocatedStorage":100`),
			mods:   []func(*kit.Request){has(20, 0, 20)},
			want:   storage{Size: 100},
		},
		"AWSGrew": {
			reason: "What AWS has grown must not be asked back.",
			spec:   spec(`"allocatedStorage":20,"maxAllocatedStorage":100`),
			mods:   []func(*kit.Request){has(20, 100, 45)},
			want:   storage{Size: 45, Max: ptr.To[float64](100)},
		},
		"AWSGrewBefore": {
			reason: "AWS may have grown it by itself while there was a maximum, and the developer's size is no wish to shrink it.",
			spec:   spec(`"allocatedStorage":20`),
			mods:   []func(*kit.Request){has(20, 100, 45)},
			want:   storage{Size: 45, Max: ptr.To[float64](45)},
		},
		"AWSGrewByPolicy": {
			reason: "The maximum that let it grow may be the policy's.",
			spec:   spec(`"allocatedStorage":20`),
			mods:   []func(*kit.Request){has(20, 0, 45), platformtest.Policy(`{"database":{"maxAllocatedStorage":100}}`)},
			want:   storage{Size: 45, Max: ptr.To[float64](100)},
		},
		"StatusVanished": {
			reason: "What was asked for before stays, with the status lost.",
			spec:   spec(`"allocatedStorage":20,"maxAllocatedStorage":100`),
			mods:   []func(*kit.Request){has(45, 100, 0), made},
			want:   storage{Size: 45, Max: ptr.To[float64](100)},
		},
		"ShrinkWhileStatusVanished": {
			reason: "With the status lost storage can't shrink either.",
			spec:   spec(`"allocatedStorage":20`),
			mods:   []func(*kit.Request){has(45, 0, 0), made},
			err:    "spec.database.allocatedStorage: invalid value 20: AWS has 45 GiB, and can't take storage away: use 45 or more",
		},
		"Shrink": {
			reason: "A developer who asks for less than there is should be told what there is.",
			spec:   spec(`"allocatedStorage":50`),
			mods:   []func(*kit.Request){has(100, 0, 100), made},
			err:    "spec.database.allocatedStorage: invalid value 50: AWS has 100 GiB, and can't take storage away: use 100 or more",
		},
		"TakenBack": {
			reason: "A size that AWS never made can be taken back.",
			spec:   spec(`"allocatedStorage":20`),
			mods:   []func(*kit.Request){has(60000, 0, 20), made},
			want:   storage{Size: 20},
		},
		"TakenBackBeforeCreation": {
			reason: "So can the size of a database that was never made.",
			spec:   spec(`"allocatedStorage":20`),
			mods:   []func(*kit.Request){has(60000, 0, 0)},
			want:   storage{Size: 20},
		},
		"TakenBackByRemoval": {
			reason: "A developer may take it back by saying nothing.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has(60000, 0, 20), made},
			want:   storage{Size: 20},
		},
		"PolicyShrinks": {
			reason: "A policy's size is for what is still to be made.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has(100, 0, 100), platformtest.Policy(`{"database":{"allocatedStorage":50}}`)},
			want:   storage{Size: 100},
		},
		"PolicyGrows": {
			reason: "A policy's larger size reaches platforms: storage can grow.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has(20, 0, 20), platformtest.Policy(`{"database":{"allocatedStorage":50}}`)},
			want:   storage{Size: 50},
		},
		"SmallMaximum": {
			reason: "RDS refuses a maximum less than a tenth above what is allocated.",
			spec:   spec(`"allocatedStorage":95,"maxAllocatedStorage":104`),
			err:    "spec.database.maxAllocatedStorage: invalid value 104: RDS needs it at least a tenth above the allocated storage of 95 GiB: use 105 or more",
		},
		"LeastMaximum": {
			reason: "A tenth above is enough.",
			spec:   spec(`"allocatedStorage":95,"maxAllocatedStorage":105`),
			want:   storage{Size: 95, Max: ptr.To[float64](105)},
		},
		"PolicySizeAboveMaximum": {
			reason: "A policy's size gives way to the developer's maximum.",
			spec:   spec(`"maxAllocatedStorage":105`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"allocatedStorage":500}}`)},
			want:   storage{Size: 95, Max: ptr.To[float64](105)},
		},
		"PolicySizeAboveLeastMaximum": {
			reason: "The lowest maximum that there can be leaves the lowest size.",
			spec:   spec(`"maxAllocatedStorage":22`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"allocatedStorage":500}}`)},
			want:   storage{Size: 20, Max: ptr.To[float64](22)},
		},
		"PolicyMaximumBelowSize": {
			reason: "A policy's maximum gives way to the developer's size, whose storage then doesn't grow.",
			spec:   spec(`"allocatedStorage":500`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"maxAllocatedStorage":100}}`)},
			want:   storage{Size: 500},
		},
		"PolicyMaximumFallsBelowSize": {
			reason: "Where it grew before, the growth is ended.",
			spec:   spec(`"allocatedStorage":500`),
			mods:   []func(*kit.Request){has(500, 1000, 500), platformtest.Policy(`{"database":{"maxAllocatedStorage":100}}`)},
			want:   storage{Size: 500, Max: ptr.To[float64](500)},
		},
		"MaximumRemoved": {
			reason: "The provider would set a maximum that is only left out again: one that equals the size ends the growth.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has(20, 100, 20)},
			want:   storage{Size: 20, Max: ptr.To[float64](20)},
		},
		"MaximumRemovedAndGrown": {
			reason: "A size that is asked for later takes the maximum along.",
			spec:   spec(`"allocatedStorage":50`),
			mods:   []func(*kit.Request){has(20, 20, 20)},
			want:   storage{Size: 50, Max: ptr.To[float64](50)},
		},
		"MaximumBelowGrown": {
			reason: "AWS refuses a maximum below what it has grown the storage to.",
			spec:   spec(`"maxAllocatedStorage":50`),
			mods:   []func(*kit.Request){has(0, 0, 100)},
			want:   storage{Size: 100, Max: ptr.To[float64](100)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			db := platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider
			if diff := cmp.Diff(tc.want, storage{Size: int64(*db.AllocatedStorage), Max: db.MaxAllocatedStorage}); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A gp3 volume of 400 GiB or more has performance to choose, a smaller one must not be
// asked for any, and what late initialisation writes must not stand in the way.
func TestStoragePerformance(t *testing.T) {
	type performance struct{ IOPS, Throughput *float64 }

	asked := func(iops, throughput float64) performance { return performance{IOPS: &iops, Throughput: &throughput} }
	spec := func(fields string) string { return `{"region":"us-east-1","database":{` + fields + `}}` }
	has := func(id string, asked, actual [2]int64, size int64) func(*kit.Request) {
		return platformtest.Observing("database", kit.Observation{ID: id, Fields: database.Observed{
			EngineVersion: "15.15", IOPS: asked[0], StorageThroughput: asked[1], ActualIOPS: actual[0], ActualStorageThroughput: actual[1], ActualStorage: size,
		}})
	}
	none, little, much := [2]int64{}, [2]int64{3000, 125}, [2]int64{12000, 500}

	const remedy = ": remove it, or change spec.database.storageType or allocatedStorage"

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   performance
		err    string
	}{
		"GP2": {
			reason: "gp2 has no performance to ask for.",
			spec:   platformtest.Reference,
		},
		"SmallCreated": {
			reason: "AWS refuses to create a small gp3 volume that is asked for what it would get.",
			spec:   spec(`"storageType":"gp3"`),
		},
		"SmallJustCreated": {
			reason: "Until late initialisation has written it, there is nothing to follow.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){has("db-1", none, little, 0)},
		},
		"SmallInitialised": {
			reason: "What late initialisation has written follows AWS.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){has("db-1", little, little, 0)},
			want:   asked(3000, 125),
		},
		"SmallToGP2": {
			reason: "On the way to gp2 it asks for what there still is.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("db-1", little, little, 0)},
			want:   asked(3000, 125),
		},
		"GP2AfterSmall": {
			reason: "Of gp2 AWS shows none, and asking for what gp3 had would go on for ever.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("db-1", little, none, 0)},
			want:   asked(0, 0),
		},
		"BackToSmall": {
			reason: "Back at gp3 nothing is asked for that AWS did not write.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){has("db-1", none, little, 0)},
		},
		"StatusVanished": {
			reason: "A status that is not to be seen is no reason to ask for nothing.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){has("", little, none, 0)},
			want:   asked(3000, 125),
		},
		"SpecVanished": {
			reason: "Nor is a spec that is not to be seen.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{ID: "db-1", Fields: database.Observed{ActualIOPS: 3000, ActualStorageThroughput: 125}})},
			want:   asked(3000, 125),
		},
		"JustBelow": {
			reason: "399 GiB are small.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":399`),
		},
		"Striped": {
			reason: "From 400 GiB on AWS refuses what late initialisation would write.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":400`),
			want:   asked(12000, 500),
		},
		"AcrossTheLimit": {
			reason: "A volume that grows across 400 GiB asks for the least that it can have there, and not for what the small one had.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":400`),
			mods:   []func(*kit.Request){has("db-1", little, little, 300)},
			want:   asked(12000, 500),
		},
		"GrownAcrossTheLimit": {
			reason: "AWS may have grown it there by itself.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":380,"maxAllocatedStorage":1000`),
			mods:   []func(*kit.Request){has("db-1", little, much, 418)},
			want:   asked(12000, 500),
		},
		"LargeGP2": {
			reason: "A large gp2 volume has no performance to ask for.",
			spec:   spec(`"allocatedStorage":1000`),
		},
		"Developer": {
			reason: "The developer's performance is asked for.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"iops":20000,"storageThroughput":1000`),
			want:   asked(20000, 1000),
		},
		"DeveloperIOPS": {
			reason: "Each of the two has its own default.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"iops":20000`),
			want:   asked(20000, 500),
		},
		"DeveloperThroughput": {
			reason: "A throughput that needs more than the least IOPS gets them.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"storageThroughput":4000`),
			want:   asked(16000, 4000),
		},
		"DeveloperRatio": {
			reason: "AWS refuses more throughput than a quarter of the IOPS.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"iops":12000,"storageThroughput":4000`),
			err:    "spec.database.storageThroughput: invalid value 4000: needs 16000 IOPS, and has 12000: lower it, or raise iops",
		},
		"Policy": {
			reason: "A policy's performance holds where the developer wrote none.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"iops":30000,"storageThroughput":2000}}`)},
			want:   asked(30000, 2000),
		},
		"PolicyThroughput": {
			reason: "A policy's throughput gets the IOPS that it needs where nobody wrote any.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"storageThroughput":4000}}`)},
			want:   asked(16000, 4000),
		},
		"PolicyThroughputAboveDeveloper": {
			reason: "A policy's throughput gives way to the developer's IOPS.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"iops":13000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"storageThroughput":4000}}`)},
			want:   asked(13000, 3250),
		},
		"PolicyIOPSBelowDeveloper": {
			reason: "A policy's IOPS give way to the developer's throughput.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":1000,"storageThroughput":4000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"iops":13000}}`)},
			want:   asked(16000, 4000),
		},
		"IOPSWithoutType": {
			reason: "A developer who asks for performance and no type of volume means the one that can have it, whatever the default is.",
			spec:   spec(`"allocatedStorage":1000,"iops":20000`),
			want:   asked(20000, 500),
		},
		"ThroughputWithoutType": {
			reason: "Also where the policy would have another.",
			spec:   spec(`"allocatedStorage":1000,"storageThroughput":1000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"storageType":"gp2"}}`)},
			want:   asked(12000, 1000),
		},
		"PolicyWithGP2": {
			reason: "A policy's performance makes no gp3 of a volume.",
			spec:   spec(`"allocatedStorage":1000`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"iops":30000}}`)},
		},
		"PolicyOnSmall": {
			reason: "A policy's performance is no reason to refuse a small volume.",
			spec:   spec(`"storageType":"gp3"`),
			mods:   []func(*kit.Request){platformtest.Policy(`{"database":{"iops":30000,"storageThroughput":2000}}`)},
		},
		"IOPSWithGP2": {
			reason: "AWS refuses performance for gp2.",
			spec:   spec(`"storageType":"gp2","allocatedStorage":1000,"iops":12000`),
			err:    "spec.database.iops: invalid value 12000: only a gp3 volume of 400 GiB or more can be given it, and this is gp2 with 1000" + remedy,
		},
		"IOPSOnSmall": {
			reason: "AWS refuses performance for a small volume.",
			spec:   spec(`"storageType":"gp3","allocatedStorage":399,"iops":12000`),
			err:    "spec.database.iops: invalid value 12000: only a gp3 volume of 400 GiB or more can be given it, and this is gp3 with 399" + remedy,
		},
		"ThroughputWithGP2": {
			reason: "AWS refuses performance for gp2.",
			spec:   spec(`"storageType":"gp2","allocatedStorage":1000,"storageThroughput":500`),
			err:    "spec.database.storageThroughput: invalid value 500: only a gp3 volume of 400 GiB or more can be given it, and this is gp2 with 1000" + remedy,
		},
		"ThroughputOnSmall": {
			reason: "AWS refuses performance for a small volume.",
			spec:   spec(`"storageType":"gp3","storageThroughput":500`),
			err:    "spec.database.storageThroughput: invalid value 500: only a gp3 volume of 400 GiB or more can be given it, and this is gp3 with 20" + remedy,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			db := platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider
			if diff := cmp.Diff(tc.want, performance{IOPS: db.Iops, Throughput: db.StorageThroughput}); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}

			if ptr.Deref(db.Iops, 0) >= 12000 && *db.StorageType != "gp3" {
				t.Errorf("%s\nAWS would refuse that for %s", tc.reason, *db.StorageType)
			}
		})
	}
}
