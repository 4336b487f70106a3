package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A state is what a platform is made of, by the function's names.
type state map[string]*unstructured.Unstructured

// An update is a change of one field of a running platform.
type update struct {
	// Field as mayChange names it.
	field  string
	reason string

	// Patch of the XR's spec.
	patch string

	// Fields that the update sets in composed resources' specs. No other field of a
	// resource that existed may change. A value may be a pattern.
	changes func(now state) map[string]fields

	// The resources that it adds, with their external name if the user chose it, and
	// those that it removes.
	comes map[string]string
	goes  []string
}

const topicAlarms = "arn:aws:sns:us-east-1:123456789012:alarms"

// updates, one after the other. What goes came long before: Crossplane's managed
// resources don't go within half a minute of their creation.
var updates = []update{
	{
		field: "availabilityZones", reason: "The subnets of a third zone have the blocks that are appended, and join the subnet groups.",
		patch: `{"availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"], "network": {
			"publicSubnetCidrBlocks": ["10.0.32.0/24", "10.0.33.0/24", "10.0.34.0/24"],
			"privateSubnetCidrBlocks": ["10.0.48.0/20", "10.0.64.0/20", "10.0.80.0/20"]}}`,
		changes: joinSubnets,
		comes: names(
			"subnet-public-us-east-1c", "subnet-private-us-east-1c", "route-table-private-us-east-1c",
			"route-table-association-public-us-east-1c", "route-table-association-private-us-east-1c",
			"usage-subnet-private-us-east-1c-by-database", "usage-subnet-private-us-east-1c-by-cache",
			"usage-internet-gateway-by-subnet-public-us-east-1c", "usage-vpc-by-subnet-private-us-east-1c",
			"usage-vpc-by-route-table-private-us-east-1c",
		),
	},
	{
		field: "network.natGateways", reason: "One gateway serves each zone.",
		patch: `{"network": {"natGateways": "Single"}}`,
		comes: names(append(gateway("us-east-1a"), routesPrivate...)...),
	},
	{
		field: "network.natGateways", reason: "Each zone gets its own, and its route moves there.",
		patch:   `{"network": {"natGateways": "PerZone"}}`,
		changes: moveRoutes,
		comes:   names(append(gateway("us-east-1b"), gateway("us-east-1c")...)...),
	},
	{
		field: "externalNames", reason: "A name counts until its resource exists: the VPC does.",
		patch: `{"externalNames": {"vpc": "vpc-0a1b2c3d4e5f", "alarm-cache-cpu-003": "of-before"}}`,
	},
	{
		field: "cache.numCacheClusters", reason: "A replica comes, and its alarm with the name that it has been given.",
		patch:   `{"cache": {"numCacheClusters": 3}}`,
		changes: on("cache", fields{"forProvider.numCacheClusters": 3}),
		comes:   map[string]string{"alarm-cache-cpu-003": "of-before"},
	},
	{
		field: "stream.shardCount", reason: "AWS splits shards.",
		patch:   `{"stream": {"shardCount": 4}}`,
		changes: on("stream", fields{"forProvider.shardCount": 4}),
	},
	{
		field: "stream.retentionPeriod", reason: "Records are kept for longer.",
		patch:   `{"stream": {"retentionPeriod": 48}}`,
		changes: on("stream", fields{"forProvider.retentionPeriod": 48}),
	},
	{
		field: "stream.shardLevelMetrics", reason: "A list replaces a list.",
		patch:   `{"stream": {"shardLevelMetrics": ["IteratorAgeMilliseconds"]}}`,
		changes: on("stream", fields{"forProvider.shardLevelMetrics": []any{"IteratorAgeMilliseconds"}}),
	},
	{
		field: "stream.mode", reason: "AWS refuses a number of shards in this mode.",
		patch:   `{"stream": {"mode": "ON_DEMAND"}}`,
		changes: on("stream", fields{"forProvider.streamModeDetails.streamMode": "ON_DEMAND", "forProvider.shardCount": nil}),
	},
	{
		field: "cache.applyImmediately", reason: "It counts for the changes that follow.",
		patch:   `{"cache": {"applyImmediately": false}}`,
		changes: on("cache", fields{"forProvider.applyImmediately": false}),
	},
	{
		field: "cache.applyImmediately", reason: "Those are made at once.",
		patch:   `{"cache": {"applyImmediately": null}}`,
		changes: on("cache", fields{"forProvider.applyImmediately": true}),
	},
	{
		field: "cache.engineVersion", reason: "A version may rise.",
		patch:   `{"cache": {"engineVersion": "7.1"}}`,
		changes: on("cache", fields{"forProvider.engineVersion": "7.1"}),
	},
	{
		field: "cache.nodeType", reason: "Nodes grow.",
		patch:   `{"cache": {"nodeType": "cache.r7g.large"}}`,
		changes: on("cache", fields{"forProvider.nodeType": "cache.r7g.large"}),
	},
	{
		field: "database.applyImmediately", reason: "It counts for the changes that follow.",
		patch:   `{"database": {"applyImmediately": false}}`,
		changes: on("database", fields{"forProvider.applyImmediately": false}),
	},
	{
		field: "database.applyImmediately", reason: "Those are made at once.",
		patch:   `{"database": {"applyImmediately": null}}`,
		changes: on("database", fields{"forProvider.applyImmediately": true}),
	},
	{
		field: "database.allowMajorVersionUpgrade", reason: "It changes nothing in AWS by itself.",
		patch:   `{"database": {"allowMajorVersionUpgrade": true}}`,
		changes: on("database", fields{"forProvider.allowMajorVersionUpgrade": true}),
	},
	{
		field: "database.engineVersion", reason: "The groups are those of the major version.",
		patch: `{"database": {"engineVersion": "16.11"}}`,
		changes: on("database", fields{
			"forProvider.engineVersion":      "16.11",
			"forProvider.parameterGroupName": "default.postgres16",
			"forProvider.optionGroupName":    "default:postgres-16",
		}),
	},
	{
		field: "database.instanceClass", reason: "The instance grows.",
		patch:   `{"database": {"instanceClass": "db.r6g.large"}}`,
		changes: on("database", fields{"forProvider.instanceClass": "db.r6g.large"}),
	},
	{
		field: "database.allocatedStorage", reason: "The storage grows.",
		patch:   `{"database": {"allocatedStorage": 50}}`,
		changes: on("database", fields{"forProvider.allocatedStorage": 50}),
	},
	{
		field: "database.maxAllocatedStorage", reason: "AWS may let the storage grow.",
		patch:   `{"database": {"maxAllocatedStorage": 100}}`,
		changes: on("database", fields{"forProvider.maxAllocatedStorage": 100}),
	},
	{
		field: "database.storageType", reason: "The storage is optimised.",
		patch:   `{"database": {"storageType": "gp3"}}`,
		changes: on("database", fields{"forProvider.storageType": "gp3"}),
	},
	{
		field: "database.maxAllocatedStorage", reason: "AWS may not any more: one that is as large as the storage ends the growth.",
		patch:   `{"database": {"maxAllocatedStorage": null}}`,
		changes: on("database", fields{"forProvider.maxAllocatedStorage": 50}),
	},
	{
		field: "database.allocatedStorage", reason: "A large gp3 volume has the performance that AWS gives it at least.",
		patch: `{"database": {"allocatedStorage": 400}}`,
		changes: on("database", fields{
			"forProvider.allocatedStorage": 400, "forProvider.maxAllocatedStorage": 400,
			"forProvider.iops": 12000, "forProvider.storageThroughput": 500,
		}),
	},
	{
		field: "database.iops", reason: "It may have more.",
		patch:   `{"database": {"iops": 16000}}`,
		changes: on("database", fields{"forProvider.iops": 16000}),
	},
	{
		field: "database.storageThroughput", reason: "Of this too.",
		patch:   `{"database": {"storageThroughput": 1000}}`,
		changes: on("database", fields{"forProvider.storageThroughput": 1000}),
	},
	{
		field: "database.multiAz", reason: "The standby goes.",
		patch:   `{"database": {"multiAz": false}}`,
		changes: on("database", fields{"forProvider.multiAz": false}),
	},
	{
		field: "database.backupRetentionPeriod", reason: "Backups are kept for longer.",
		patch:   `{"database": {"backupRetentionPeriod": 14}}`,
		changes: on("database", fields{"forProvider.backupRetentionPeriod": 14}),
	},
	{
		field: "database.backupWindow", reason: "Backups are made at another time.",
		patch:   `{"database": {"backupWindow": "01:00-02:00"}}`,
		changes: on("database", fields{"forProvider.backupWindow": "01:00-02:00"}),
	},
	{
		field: "database.maintenanceWindow", reason: "Maintenance is at another time.",
		patch:   `{"database": {"maintenanceWindow": "sun:02:30-sun:03:30"}}`,
		changes: on("database", fields{"forProvider.maintenanceWindow": "sun:02:30-sun:03:30"}),
	},
	{
		field: "database.skipFinalSnapshot", reason: "A last snapshot has a name.",
		patch: `{"database": {"skipFinalSnapshot": false}}`,
		changes: on("database", fields{
			"forProvider.skipFinalSnapshot":       false,
			"forProvider.finalSnapshotIdentifier": regexp.MustCompile(`^dp-update-orders-[a-z2-7]{8}-final-[a-z2-7]{8}$`),
		}),
	},
	{
		field: "database.deletionProtection", reason: "AWS protects the database, and Crossplane that and the platform.",
		patch:   `{"database": {"deletionProtection": true}}`,
		changes: on("database", fields{"forProvider.deletionProtection": true}),
		comes:   names("usage-database-protected", "usage-platform-protected"),
	},
	{
		field: "database.deletionProtection", reason: "Protection ends.",
		patch:   `{"database": {"deletionProtection": false}}`,
		changes: on("database", fields{"forProvider.deletionProtection": false}),
		goes:    []string{"usage-database-protected", "usage-platform-protected"},
	},
	{
		field: "database.recoveryWindowInDays", reason: "The secret can be recovered for a week.",
		patch:   `{"database": {"recoveryWindowInDays": 7}}`,
		changes: on("credentials", fields{"forProvider.recoveryWindowInDays": 7}),
	},
	{
		field: "monitoring.databaseCpuPercent", reason: "The alarm fires earlier.",
		patch:   `{"monitoring": {"databaseCpuPercent": 60}}`,
		changes: on("alarm-database-cpu", fields{"forProvider.threshold": 60}),
	},
	{
		field: "monitoring.cacheCpuPercent", reason: "Each cluster's alarm fires earlier.",
		patch:   `{"monitoring": {"cacheCpuPercent": 55}}`,
		changes: onEach(inKeys("alarm-cache-cpu-"), fields{"forProvider.threshold": 55}),
	},
	{
		field: "monitoring.alarmActions", reason: "Each alarm notifies the topic.",
		patch:   `{"monitoring": {"alarmActions": ["` + topicAlarms + `"]}}`,
		changes: onEach(inKeys("alarm-"), fields{"forProvider.alarmActions": []any{topicAlarms}}),
	},
	{
		field: "tags", reason: "All that can have tags gets one.",
		patch:   `{"tags": {"team": "data"}}`,
		changes: onEach(tagged, fields{"forProvider.tags.team": "data"}),
	},
	{
		field: "tags", reason: "And loses it.",
		patch:   `{"tags": null}`,
		changes: onEach(tagged, fields{"forProvider.tags.team": nil}),
	},
	{
		field: "cache.numCacheClusters", reason: "A replica goes, and its alarm once AWS has taken it away.",
		patch:   `{"cache": {"numCacheClusters": 2}}`,
		changes: on("cache", fields{"forProvider.numCacheClusters": 2}),
		goes:    []string{"alarm-cache-cpu-003"},
	},
	{
		field: "network.natGateways", reason: "All go.",
		patch: `{"network": {"natGateways": "None"}}`,
		goes:  slices.Concat(gateway("us-east-1a"), gateway("us-east-1b"), gateway("us-east-1c"), routesPrivate),
	},
	{
		field: "deletionPolicy", reason: "Nothing is deleted in AWS any more.",
		patch:   `{"deletionPolicy": "Orphan"}`,
		changes: withoutDelete,
	},
}

// refused are changes that the function refuses, and no API server can: it does not
// know what there is. Each is taken back.
var refused = []struct {
	reason string
	patch  string
	undo   string
	want   string
}{
	{
		reason: "ElastiCache can't go back.",
		patch:  `{"cache": {"engineVersion": "6.2"}}`,
		undo:   `{"cache": {"engineVersion": null}}`,
		want:   `spec.cache.engineVersion: invalid value "6.2": AWS has 7.0.0, and can't go back: use that version or a higher one`,
	},
	{
		reason: "RDS can't go back.",
		patch:  `{"database": {"engineVersion": "15.14"}}`,
		undo:   `{"database": {"engineVersion": null}}`,
		want:   `spec.database.engineVersion: invalid value "15.14": AWS has 15.15, and can't go back: use that version or a higher one`,
	},
	{
		reason: "A new major version is a decision.",
		patch:  `{"database": {"engineVersion": "16.11"}}`,
		undo:   `{"database": {"engineVersion": null}}`,
		want:   `spec.database.engineVersion: invalid value "16.11": is a new major version, and AWS has 15.15: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it`,
	},
	{
		reason: "A small volume has what AWS gives it, whatever its type.",
		patch:  `{"database": {"iops": 16000}}`,
		undo:   `{"database": {"iops": null}}`,
		want:   `spec.database.iops: invalid value 16000: only a gp3 volume of 400 GiB or more can be given it, and this is gp3 with 20: remove it, or change spec.database.storageType or allocatedStorage`,
	},
	{
		reason: "Applications mount the Secret.",
		patch:  `{"writeConnectionSecretToRef": {"name": "other"}}`,
		undo:   `{"writeConnectionSecretToRef": null}`,
		want:   `spec.writeConnectionSecretToRef.name: invalid value "other": the platform has orders-connection, and applications mount the Secret by its name: use that, or create another platform`,
	},
	{
		reason: "Who permits it is the platform team.",
		patch:  `{"externalNames": {"eip-nat-us-east-1a": "eipalloc-1"}, "network": {"natGateways": "Single"}}`,
		undo:   `{"externalNames": null, "network": {"natGateways": null}}`,
		want:   `spec.externalNames.eip-nat-us-east-1a: invalid value "eipalloc-1": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
	},
}

// testUpdate changes each field of a running platform, and shows that its resources
// have it and that nothing else changed.
func testUpdate(t *testing.T) {
	t.Parallel()
	prove(t, "Update: each field that may change reaches its resources, and nothing else changes")

	t.Run("AllFields", func(t *testing.T) {
		got := map[string]bool{}
		for _, tc := range updates {
			got[tc.field] = true
		}

		if diff := gocmp.Diff(mayChange, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("-want fields that the API lets change, +got fields that are changed:\n%s", diff)
		}
	})

	u := newPlatform("update", "orders", spec(v1alpha1.Parameters{Network: &v1alpha1.NetworkParameters{
		PublicSubnetCIDRBlocks:  []v1alpha1.CIDRBlock{"10.0.32.0/24", "10.0.33.0/24"},
		PrivateSubnetCIDRBlocks: []v1alpha1.CIDRBlock{"10.0.48.0/20", "10.0.64.0/20"},
	}}))
	createComposition(t, env, u.GetNamespace(), nil)
	choose(u, u.GetNamespace())
	createPlatform(t, env, u)
	awaitReady(t, env, u)

	was := awaitSettled(t, u, func(state) error { return nil })

	for _, tc := range refused {
		if !t.Run(tc.want, func(t *testing.T) {
			patchSpec(t, u, tc.patch)
			awaitRefusal(t, u, tc.want)
			patchSpec(t, u, tc.undo)

			now := awaitSettled(t, u, func(state) error { return nil })
			if diff := gocmp.Diff(marks(was), marks(now)); diff != "" {
				t.Errorf("%s\n-before, +after:\n%s", tc.reason, diff)
			}
		}) {
			return
		}
	}

	// One of the updates takes something over.
	setPolicyOf(t, env, u.GetNamespace(), map[string]any{"allow": map[string]any{"externalNames": true}})

	for _, tc := range updates {
		waited := false

		t.Run(tc.field, func(t *testing.T) {
			patchSpec(t, u, tc.patch)
			now := awaitSettled(t, u, func(now state) error { return tc.arrived(was, now) })
			waited = true

			tc.compare(t, was, now)
			was = now
		})

		// What follows counts on this.
		if !waited {
			return
		}
	}

	t.Run("AWS", func(t *testing.T) {
		now := awaitSettled(t, u, inAWS)
		if diff := gocmp.Diff(marks(was), marks(now)); diff != "" {
			t.Errorf("Changes came late. -before, +after:\n%s", diff)
		}
	})
}

func patchSpec(t *testing.T, u *unstructured.Unstructured, spec string) {
	t.Helper()

	if err := env.Client.Patch(t.Context(), u, client.RawPatch(types.MergePatchType, []byte(`{"spec": `+spec+`}`))); err != nil {
		t.Fatal(err)
	}
}

// awaitRefusal waits until an XR says that the function refuses its spec.
func awaitRefusal(t *testing.T, u *unstructured.Unstructured, want string) {
	t.Helper()

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		if err := env.Client.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}

		if c := condition(u, conditionSynced); c.Status != metav1.ConditionFalse || !strings.HasSuffix(c.Message, "returned a fatal result: cannot compose the data platform: "+want) {
			return errors.Errorf("want %q, got\n%s", want, conditions(u))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// pollEvery is how often the provider looks while a test waits. It finds what a selector
// selects, and that an address is not in use any more, when it looks, which by default is
// every ten minutes.
const pollEvery = 20 * time.Second

// polling returns a function that has the provider look at a namespace, if that has been a
// while.
func polling(namespace string) func() {
	last := time.Now()

	return func() {
		if time.Since(last) > pollEvery {
			env.Provider.Poll(namespace)

			last = time.Now()
		}
	}
}

// awaitSettled waits until a platform is ready, what is asked for is there, and
// nothing changes any more.
func awaitSettled(t *testing.T, u *unstructured.Unstructured, arrived func(state) error) state {
	t.Helper()

	var now state

	before := map[string]mark{}
	poll := polling(u.GetNamespace())

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		poll()

		if err := readReady(ctx, env, u); err != nil {
			return err
		}

		all, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		now = all

		if err := cmp.Or(arrived(now), settled(now)); err != nil {
			return err
		}

		is := marks(now)
		if diff := gocmp.Diff(before, is); diff != "" {
			before = is
			return errors.Errorf("still changing:\n%s", diff)
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	return now
}

// settled returns an error unless each resource is as its controller wants it.
func settled(now state) error {
	for _, key := range slices.Sorted(maps.Keys(now)) {
		o := now[key]

		if o.GetDeletionTimestamp() != nil {
			return errors.Errorf("%s is being deleted", key)
		}

		kinds := []string{conditionSynced, conditionReady}

		switch {
		case o.GetKind() == protectionv1beta1.UsageKind:
			kinds = kinds[1:]
		case !managed(key, o):
			continue
		}

		for _, kind := range kinds {
			if condition(o, kind).Status != metav1.ConditionTrue {
				return errors.Errorf("%s is not %s:\n%s", key, kind, conditions(o))
			}
		}
	}

	return nil
}

// inAWS returns an error unless AWS has what the managed resources ask for.
func inAWS(now state) error {
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if !managed(key, now[key]) {
			continue
		}

		want, _, _ := unstructured.NestedMap(now[key].Object, "spec", "forProvider")
		got, _, _ := unstructured.NestedMap(now[key].Object, "status", "atProvider")

		for field := range want {
			// AWS has no limit of growth where that is as large as the storage.
			if provideraws.IsInput(field) || field == "maxAllocatedStorage" && is(want[field], want["allocatedStorage"]) {
				continue
			}

			if diff := gocmp.Diff(want[field], got[field], cmpopts.EquateEmpty()); diff != "" {
				return errors.Errorf("%s: %s: -want, +in AWS:\n%s", key, field, diff)
			}
		}
	}

	return nil
}

// A mark of an object. It is another one once the object is created again, or
// what it asks for changes.
type mark struct {
	UID          types.UID
	Generation   int64
	Data         string // A Secret has no generation.
	ExternalName string
}

func marks(s state) map[string]mark {
	out := map[string]mark{}

	for key, o := range s {
		v := mark{UID: o.GetUID(), Generation: o.GetGeneration(), ExternalName: meta.GetExternalName(o)}
		if v.Generation == 0 {
			v.Data = o.GetResourceVersion()
		}

		out[key] = v
	}

	return out
}

// changesOf an update, by resource.
func (u update) changesOf(now state) map[string]fields {
	if u.changes == nil {
		return nil
	}

	return u.changes(now)
}

// arrived returns an error unless what the update asks for is there.
func (u update) arrived(was, now state) error {
	want := slices.Collect(maps.Keys(was))
	want = slices.DeleteFunc(want, func(key string) bool { return slices.Contains(u.goes, key) })
	want = append(want, slices.Collect(maps.Keys(u.comes))...)
	slices.Sort(want)

	if diff := gocmp.Diff(want, slices.Sorted(maps.Keys(now))); diff != "" {
		return errors.Errorf("-want resources, +got resources:\n%s", diff)
	}

	changes := u.changesOf(now)
	if u.changes != nil && len(changes) == 0 {
		return errors.New("no resource is there that should change")
	}

	for key, change := range changes {
		o, err := fieldpath.PaveObject(now[key])
		if err != nil {
			return err
		}

		for path, value := range change {
			if got, _ := o.GetValue("spec." + path); !is(value, got) {
				return errors.Errorf("%s: %s: want %v, got %v", key, path, value, got)
			}
		}
	}

	return nil
}

// compare what a platform was made of with what it is made of.
func (u update) compare(t *testing.T, was, now state) {
	t.Helper()

	changes := u.changesOf(now)
	before, after := marks(was), marks(now)

	for key, name := range u.comes {
		if name != "" && after[key].ExternalName != name {
			t.Errorf("%s\n%s: want external name %s, got %s", u.reason, key, name, after[key].ExternalName)
		}

		delete(after, key)
	}

	for _, key := range u.goes {
		delete(before, key)
	}

	for key, change := range changes {
		// It has what it should, or the update would not have arrived.
		if _, isNew := u.comes[key]; isNew {
			continue
		}

		if after[key].Generation <= before[key].Generation {
			t.Errorf("%s\n%s: generation is still %d", u.reason, key, after[key].Generation)
		}

		v := before[key]
		v.Generation = after[key].Generation
		before[key] = v

		want, got := specWith(t, was[key], change, now[key]), specOf(now[key])
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s: -want spec, +got spec:\n%s", u.reason, key, diff)
		}
	}

	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("%s\nMore changed. -before, +after:\n%s", u.reason, diff)

		for key := range before {
			if _, wanted := changes[key]; !wanted && after[key] != before[key] {
				t.Logf("%s: -before, +after:\n%s", key, gocmp.Diff(specOf(was[key]), specOf(now[key])))
			}
		}
	}
}

// specWith is an object's spec with a change. What is only known by a pattern is as
// it is now.
func specWith(t *testing.T, o *unstructured.Unstructured, change fields, now *unstructured.Unstructured) any {
	t.Helper()

	spec := fieldpath.Pave(specOf(o).(map[string]any))

	for path, value := range change {
		if _, ok := value.(*regexp.Regexp); ok {
			value, _ = fieldpath.Pave(specOf(now).(map[string]any)).GetValue(path)
		}

		if err := setField(spec, path, value); err != nil {
			t.Fatal(err)
		}
	}

	return normal(spec.UnstructuredContent())
}

func specOf(o *unstructured.Unstructured) any {
	if o == nil {
		return nil
	}

	return normal(o.Object["spec"])
}

// is says that a value is as wanted.
func is(want, got any) bool {
	if r, ok := want.(*regexp.Regexp); ok {
		s, _ := got.(string)
		return r.MatchString(s)
	}

	return reflect.DeepEqual(normal(want), normal(got))
}

// normal form of a value: all numbers are of one type, and lists are sorted. No
// list in a managed resource has an order.
func normal(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}

	return sorted(out)
}

func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = sorted(v[key])
		}
	case []any:
		for i := range v {
			v[i] = sorted(v[i])
		}

		slices.SortFunc(v, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}

	return v
}

// on one resource.
func on(key string, f fields) func(state) map[string]fields {
	return func(state) map[string]fields { return map[string]fields{key: f} }
}

// onEach resource of some.
func onEach(some func(key string, o *unstructured.Unstructured) bool, f fields) func(state) map[string]fields {
	return func(now state) map[string]fields {
		out := map[string]fields{}

		for key, o := range now {
			if some(key, o) {
				out[key] = f
			}
		}

		return out
	}
}

func managed(_ string, o *unstructured.Unstructured) bool {
	return strings.Contains(o.GetAPIVersion(), ".aws.m.upbound.io/")
}

func tagged(key string, o *unstructured.Unstructured) bool {
	return managed(key, o) && !kinds.Of(o.GroupVersionKind().GroupKind()).Untagged
}

func inKeys(prefix string) func(string, *unstructured.Unstructured) bool {
	return func(key string, _ *unstructured.Unstructured) bool { return strings.HasPrefix(key, prefix) }
}

// names of resources, without their external names.
func names(keys ...string) map[string]string {
	out := map[string]string{}
	for _, key := range keys {
		out[key] = ""
	}

	return out
}

// routesPrivate are the private subnets' ways out.
var routesPrivate = []string{"route-private-internet-us-east-1a", "route-private-internet-us-east-1b", "route-private-internet-us-east-1c"}

// gateway of a zone, and what comes with it.
func gateway(zone string) []string {
	return []string{
		"eip-nat-" + zone,
		"nat-gateway-" + zone,
		"usage-eip-nat-" + zone + "-by-nat-gateway-" + zone,
		"usage-subnet-public-" + zone + "-by-nat-gateway-" + zone,
	}
}

// joinSubnets has the subnet groups hold each private subnet, and the new subnets the
// blocks that are appended.
func joinSubnets(now state) map[string]fields {
	var ids, refs []any

	for _, key := range slices.Sorted(maps.Keys(now)) {
		if strings.HasPrefix(key, "subnet-private-") {
			ids = append(ids, meta.GetExternalName(now[key]))
			refs = append(refs, map[string]any{"name": now[key].GetName(), "namespace": now[key].GetNamespace()})
		}
	}

	f := fields{"forProvider.subnetIds": ids, "forProvider.subnetIdRefs": refs}

	return map[string]fields{
		"subnet-group-cache":        f,
		"subnet-group-database":     f,
		"subnet-public-us-east-1c":  {"forProvider.cidrBlock": "10.0.34.0/24"},
		"subnet-private-us-east-1c": {"forProvider.cidrBlock": "10.0.80.0/20"},
	}
}

// moveRoutes has the private routes of the zones after the first lead to their own
// gateways.
func moveRoutes(now state) map[string]fields {
	out := map[string]fields{}

	for _, zone := range []string{"us-east-1b", "us-east-1c"} {
		nat := now["nat-gateway-"+zone]
		if nat == nil {
			continue
		}

		out["route-private-internet-"+zone] = fields{"forProvider.natGatewayId": meta.GetExternalName(nat)}
	}

	return out
}

// withoutDelete has no managed resource be deleted in AWS. None is late initialized any more.
func withoutDelete(now state) map[string]fields {
	out := map[string]fields{}

	for key, o := range now {
		switch {
		case !managed(key, o):
		case strings.HasPrefix(key, "credentials-version-"):
			out[key] = fields{"managementPolicies": []any{"Observe", "Create"}}
		case kinds.Of(o.GroupVersionKind().GroupKind()).OnlyNamed:
			out[key] = fields{"managementPolicies": []any{"Observe", "Create", "Update", "LateInitialize"}}
		default:
			out[key] = fields{"managementPolicies": []any{"Observe", "Create", "Update"}}
		}
	}

	return out
}
