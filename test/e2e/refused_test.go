package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/provider"
)

const (
	kindCache    = "elasticache/ReplicationGroup"
	kindDatabase = "rds/Instance"
)

// testTakenBack asks for what AWS refuses, and then no longer.
func testTakenBack(t *testing.T) {
	t.Parallel()
	prove(t, "What AWS refuses is taken back: a version of the database and of the cache, at creation and later; a size, but not below what AWS has")

	const (
		namespace = "taken-back"
		noCache   = "InvalidParameterCombination: Cannot find version 7.1 for redis"
	)

	// AWS does offer it, but not in this region.
	refuseCache := func(op provider.Operation) func() {
		return env.Provider.Fail(provider.Failure{Kind: kindCache, Namespace: namespace, Operations: []provider.Operation{op}, Error: noCache})
	}

	offered := refuseCache(provider.OperationCreate)
	u := newPlatform(namespace, "xr", spec(v1alpha1.Parameters{
		Cache:    &v1alpha1.CacheParameters{EngineVersion: ptr.To("7.1")},
		Database: &v1alpha1.DatabaseParameters{EngineVersion: ptr.To("15.51")},
	}))

	createPlatform(t, env, u)
	awaitCondition(t, env, u, conditionDatabaseReady, "Cannot find version 15.51 for postgres")
	awaitCondition(t, env, u, conditionCacheReady, noCache)

	patchSpec(t, u, `{"cache": {"engineVersion": null}, "database": {"engineVersion": null}}`)

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		if got, _, _ := unstructured.NestedString(parts["cache"].Object, "spec", "forProvider", "engineVersion"); got != "7.0" {
			return errors.Errorf("the cache's version is %s", got)
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	offered()
	awaitReady(t, env, u)

	before := identities(t, env, u)

	for _, tc := range []struct {
		patch, undo string
		fail        func() (stop func())
		kind, says  string
	}{
		{
			patch: `{"database": {"engineVersion": "15.51"}}`, undo: `{"database": {"engineVersion": null}}`,
			kind: conditionDatabaseReady, says: "Cannot find version 15.51 for postgres",
		},
		{
			patch: `{"database": {"engineVersion": "18.51", "allowMajorVersionUpgrade": true}}`,
			undo:  `{"database": {"engineVersion": null, "allowMajorVersionUpgrade": null}}`,
			kind:  conditionDatabaseReady, says: "Cannot find version 18.51 for postgres",
		},
		{
			patch: `{"cache": {"engineVersion": "7.1"}}`, undo: `{"cache": {"engineVersion": "7.0"}}`,
			fail: func() func() { return refuseCache(provider.OperationUpdate) },
			kind: conditionCacheReady, says: noCache,
		},
		{
			patch: `{"database": {"allocatedStorage": 60000}}`, undo: `{"database": {"allocatedStorage": null}}`,
			fail: func() func() {
				return env.Provider.Fail(provider.Failure{
					Kind: kindDatabase, Namespace: namespace, Operations: []provider.Operation{provider.OperationUpdate},
					Error: "StorageQuotaExceeded: The total allocated storage exceeds the quota",
				})
			},
			kind: conditionDatabaseReady, says: "StorageQuotaExceeded",
		},
	} {
		if tc.fail == nil {
			tc.fail = func() func() { return func() {} }
		}

		stop := tc.fail()
		patchSpec(t, u, tc.patch)
		awaitCondition(t, env, u, tc.kind, tc.says)
		patchSpec(t, u, tc.undo)
		awaitSettled(t, u, inAWS)
		stop()

		if diff := cmp.Diff(before, identities(t, env, u)); diff != "" {
			t.Errorf("%s, taken back: -before, +after:\n%s", tc.patch, diff)
		}
	}

	patchSpec(t, u, `{"database": {"allocatedStorage": 50}}`)
	awaitSettled(t, u, inAWS)
	patchSpec(t, u, `{"database": {"allocatedStorage": 30}}`)
	awaitRefusal(t, u, "spec.database.allocatedStorage: invalid value 30: AWS has 50 GiB, and can't take storage away: use 50 or more")
	patchSpec(t, u, `{"database": {"allocatedStorage": 50}}`)
	awaitSettled(t, u, inAWS)

	if diff := cmp.Diff(before, identities(t, env, u)); diff != "" {
		t.Errorf("-before, +after:\n%s", diff)
	}
}

// testStorage takes a database's gp3 volume across the size from which its performance can be
// chosen. The platform's connection Secret has the name of somebody else's at first.
func testStorage(t *testing.T) {
	t.Parallel()
	prove(t, "gp3 storage: created small, across 400 GiB, with and without performance, and to gp2 and back; its growth ends")

	u := newPlatform("storage", "xr", spec(v1alpha1.Parameters{
		Database: &v1alpha1.DatabaseParameters{StorageType: ptr.To[v1alpha1.StorageType]("gp3")},
	}))

	theirs := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: u.GetNamespace(), Name: u.GetName() + "-connection"},
		StringData: map[string]string{"PGHOST": "somebody-elses"},
	}

	ensureNamespace(t, env, u.GetNamespace())

	if err := env.Client.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}

	createPlatform(t, env, u)
	t.Run("Secret", func(t *testing.T) { testSomebodyElses(t, u, theirs) })
	awaitReady(t, env, u)

	before := identities(t, env, u)

	for _, tc := range []struct {
		reason string
		patch  string
		want   map[string]any // In AWS.
	}{
		{
			reason: "A small volume has what AWS gives it.",
			patch:  `{}`,
			want:   map[string]any{"allocatedStorage": 20, "storageType": "gp3", "iops": 3000, "storageThroughput": 125},
		},
		{
			reason: "A large one has more.",
			patch:  `{"database": {"allocatedStorage": 400}}`,
			want:   map[string]any{"allocatedStorage": 400, "iops": 12000, "storageThroughput": 500},
		},
		{
			reason: "Or what it is asked for.",
			patch:  `{"database": {"iops": 16000, "storageThroughput": 1000}}`,
			want:   map[string]any{"iops": 16000, "storageThroughput": 1000},
		},
		{
			reason: "Another change does not touch it.",
			patch:  `{"database": {"instanceClass": "db.t3.small"}}`,
			want:   map[string]any{"instanceClass": "db.t3.small", "iops": 16000, "storageThroughput": 1000},
		},
		{
			reason: "It can be taken away.",
			patch:  `{"database": {"iops": null, "storageThroughput": null}}`,
			want:   map[string]any{"iops": 12000, "storageThroughput": 500},
		},
		{
			reason: "A gp2 volume has none.",
			patch:  `{"database": {"storageType": "gp2"}}`,
			want:   map[string]any{"storageType": "gp2", "iops": 0, "storageThroughput": 0},
		},
		{
			reason: "It grows.",
			patch:  `{"database": {"allocatedStorage": 450, "maxAllocatedStorage": 1000}}`,
			want:   map[string]any{"allocatedStorage": 450, "maxAllocatedStorage": 1000, "iops": 0},
		},
		{
			reason: "AWS may no longer let it grow.",
			patch:  `{"database": {"maxAllocatedStorage": null}}`,
			want:   map[string]any{"allocatedStorage": 450, "maxAllocatedStorage": 0},
		},
		{
			reason: "A large volume becomes gp3 again.",
			patch:  `{"database": {"storageType": "gp3"}}`,
			want:   map[string]any{"storageType": "gp3", "iops": 12000, "storageThroughput": 500},
		},
	} {
		patchSpec(t, u, tc.patch)
		awaitFields(t, u, "database", tc.want)
		awaitSettled(t, u, inAWS)

		if diff := cmp.Diff(before, identities(t, env, u)); diff != "" {
			t.Errorf("%s\n-before, +after:\n%s", tc.reason, diff)
		}
	}
}

// testSomebodyElses has a platform say that its connection Secret is somebody else's, until it
// is given another name.
func testSomebodyElses(t *testing.T, u *unstructured.Unstructured, theirs *corev1.Secret) {
	t.Helper()
	prove(t, "Connection: somebody else's Secret of that name stays as it is, and the platform says so until it has another name")

	awaitCondition(t, env, u, conditionConnectionReady, theirs.GetName())

	const ours = "connection-of-ours"

	patchSpec(t, u, `{"writeConnectionSecretToRef": {"name": "`+ours+`"}}`)
	awaitReady(t, env, u)

	s := &corev1.Secret{}
	if err := env.Client.Get(t.Context(), client.ObjectKey{Namespace: u.GetNamespace(), Name: ours}, s); err != nil || len(s.Data["PGHOST"]) == 0 {
		t.Errorf("cannot read the connection Secret: %v, keys: %d", err, len(s.Data))
	}

	now := &corev1.Secret{}
	if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(theirs), now); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(theirs.GetResourceVersion(), now.GetResourceVersion()); diff != "" {
		t.Errorf("somebody else's Secret was written: -before, +after:\n%s", diff)
	}
}

// awaitFields waits until one of a platform's resources has fields in AWS.
func awaitFields(t *testing.T, u *unstructured.Unstructured, key string, want map[string]any) {
	t.Helper()

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		if parts[key] == nil {
			return errors.Errorf("there is no %s", key)
		}

		got, _, _ := unstructured.NestedMap(parts[key].Object, "status", "atProvider")

		for field, value := range want {
			if !is(value, got[field]) {
				return errors.Errorf("%s: %s: want %v, got %v\n%s", key, field, value, got[field], conditions(parts[key]))
			}
		}

		return nil
	}); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", describe(u), err))
	}
}
