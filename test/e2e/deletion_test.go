package e2e

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/provider"
)

// kindVersion of a secret.
const kindVersion = "secretsmanager/SecretVersion"

func testDeletion(t *testing.T) {
	t.Parallel()
	t.Run("XR", func(t *testing.T) {
		spec := spec(v1alpha1.Parameters{Network: &v1alpha1.NetworkParameters{NATGateways: ptr.To(v1alpha1.NATGatewaysSingle)}})
		testDelete(t, newPlatform("deletion", "xr", spec))
	})
	t.Run("Claim", func(t *testing.T) {
		testDelete(t, newClaim("deletion-claim", "claim", spec(v1alpha1.Parameters{})))
	})
	t.Run("Early", testDeleteEarly)
	t.Run("Protected", testDeleteProtected)
	t.Run("Namespace", testDeleteNamespace)
	t.Run("Orphan", testOrphan)
}

// testDelete deletes a platform, and watches its resources go.
func testDelete(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	t.Parallel()
	prove(t, "Deletion of a "+u.GetKind()+": in dependency order, nothing left, nothing refused by AWS, with a consumer on the stream")

	createPlatform(t, env, u)
	awaitReady(t, env, u)

	xr := mustComposite(t, env, u)

	env.Provider.RegisterConsumer(meta.GetExternalName(mustComposed(t, env, u)["stream"]))

	if err := env.Client.Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}

	went := watchDeletion(t, u, xr)

	// What goes before what. AWS would refuse it the other way round.
	for _, order := range [][2]string{
		{"database", "subnet-group-database"},
		{"database", "security-group-database"},
		{"database", "subnet-private-us-east-1a"},
		{"cache", "subnet-group-cache"},
		{"cache", "security-group-cache"},
		{"cache", "subnet-private-us-east-1b"},
		{"subnet-public-us-east-1a", "vpc"},
		{"internet-gateway", "vpc"},
		{"route-table-public", "vpc"},
		{"security-group-database", "vpc"},
	} {
		before, after := went[order[0]], went[order[1]]
		if before.IsZero() || after.IsZero() {
			t.Errorf("%s or %s was never there", order[0], order[1])
		}

		if before.After(after) {
			t.Errorf("%s went %s after %s", order[0], before.Sub(after), order[1])
		}
	}

	// All its life. It is looked at later than it changes, so that the network interface of an
	// address would show only now.
	if diff := cmp.Diff([]string(nil), refusalsIn(env, u.GetNamespace())); diff != "" {
		t.Errorf("AWS refused: -want, +got:\n%s", diff)
	}

	checkNothingLeft(t, u.GetNamespace())
}

// testDeleteEarly deletes a platform while it is created. The order holds from when a
// platform is ready; before, AWS may refuse a delete, which is tried again.
func testDeleteEarly(t *testing.T) {
	t.Parallel()
	prove(t, "Deletion of a platform that is being created: nothing left")

	u := newPlatform("deletion-early", "xr", spec(v1alpha1.Parameters{}))
	createPlatform(t, env, u)

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		managed, err := env.Managed(ctx, u.GetNamespace())
		if err != nil || len(managed) > 0 {
			return err
		}

		return errors.New("nothing exists yet")
	}); err != nil {
		t.Fatal(err)
	}

	if err := env.Client.Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}

	watchDeletion(t, u, u)
	checkNothingLeft(t, u.GetNamespace())
}

// testDeleteProtected deletes a protected platform, in vain.
func testDeleteProtected(t *testing.T) {
	t.Parallel()
	prove(t, "Deletion protection: refused with its reason, for an XR and a claim; nothing changes; possible once it is off")

	spec := spec(v1alpha1.Parameters{Database: &v1alpha1.DatabaseParameters{DeletionProtection: ptr.To(true)}})

	for _, u := range []*unstructured.Unstructured{newPlatform("protected", "xr", spec), newClaim("protected-claim", "claim", spec)} {
		createPlatform(t, env, u)
		awaitReady(t, env, u)

		xr, before := mustComposite(t, env, u), marks(awaitSettled(t, u, func(state) error { return nil }))
		reason := "database.deletionProtection is on: set it to false to delete the platform " + u.GetNamespace() + "/" + u.GetName()

		err := env.Client.Delete(t.Context(), u)
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("deleting %s: want an error that says %q, got: %v", describe(u), reason, err)
		}

		if err := env.Client.Delete(t.Context(), mustComposed(t, env, u)["database"]); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("deleting the database of %s: want an error that says %q, got: %v", describe(u), reason, err)
		}

		if diff := cmp.Diff(before, marks(mustComposed(t, env, u))); diff != "" {
			t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
		}

		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"database":{"deletionProtection":false}}}`))
		if err := env.Client.Patch(t.Context(), u, patch); err != nil {
			t.Fatal(err)
		}

		// The Usages that protect it go with the next reconcile.
		if err := env.Eventually(t.Context(), func(ctx context.Context) error { return env.Client.Delete(ctx, u) }); err != nil {
			t.Fatal(err)
		}

		watchDeletion(t, u, xr)
		checkNothingLeft(t, u.GetNamespace())
	}
}

// testDeleteNamespace deletes the namespace of a protected platform. That deletes the Usages
// too: those that hold something back until its user is gone go after that, those that
// protect go at once.
func testDeleteNamespace(t *testing.T) {
	t.Parallel()
	prove(t, "Deletion of a whole namespace: the order holds; of deletion protection only AWS's remains, which keeps the database if the provider gets to ask")

	u := newPlatform("deletion-namespace", "xr", spec(v1alpha1.Parameters{Database: &v1alpha1.DatabaseParameters{DeletionProtection: ptr.To(true)}}))
	createPlatform(t, env, u)
	awaitReady(t, env, u)

	parts := mustComposed(t, env, u)
	database := parts["database"]

	if err := env.Client.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: u.GetNamespace()}}); err != nil {
		t.Fatal(err)
	}

	inAWS := func(key string) bool {
		return env.Provider.Exists(provideraws.KindOf(parts[key].GroupVersionKind()), meta.GetExternalName(parts[key]))
	}

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		if err := env.Client.Get(ctx, client.ObjectKeyFromObject(u), u.DeepCopy()); client.IgnoreNotFound(err) != nil || err == nil {
			return errors.Errorf("%s is there: %v", describe(u), err)
		}

		for _, key := range []string{"cache", "stream", "credentials", "subnet-group-cache", "security-group-cache", "internet-gateway"} {
			if inAWS(key) {
				return errors.Errorf("%s is still in AWS", key)
			}
		}

		// The database's password Secret is deleted too. Without it the provider never gets
		// to ask AWS, which refuses it otherwise.
		if slices.ContainsFunc(refusalsIn(env, u.GetNamespace()), func(r string) bool { return strings.Contains(r, "Cannot delete protected DB Instance") }) {
			return nil
		}

		if err := env.Client.Get(ctx, client.ObjectKeyFromObject(database), database); err != nil {
			return err
		}

		if !strings.Contains(condition(database, conditionSynced).Message, "cannot apply password secret") {
			return errors.Errorf("nothing has kept the database yet:\n%s", conditions(database))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	for _, key := range []string{"database", "subnet-group-database", "security-group-database", "subnet-private-us-east-1a", "vpc"} {
		if !inAWS(key) {
			t.Errorf("%s is no longer in AWS", key)
		}
	}

	if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(database), database); err != nil {
		t.Errorf("the database's resource is gone: %v", err)
	}

	for _, r := range env.Provider.Refusals() {
		if r.Namespace == u.GetNamespace() && r.Operation == provider.OperationDelete && r.Kind != kindDatabase {
			t.Errorf("AWS refused to delete %s %s: %s", r.Kind, r.Name, r.Error)
		}
	}
}

// testOrphan deletes a platform and keeps what it has in AWS, and takes that over again as
// docs/adopt.md says.
func testOrphan(t *testing.T) {
	t.Parallel()
	prove(t, "Orphan: everything stays in AWS, nothing is left on the control plane")

	orphan := v1alpha1.Parameters{DeletionPolicy: ptr.To(v1alpha1.DeletionOrphan), Network: &v1alpha1.NetworkParameters{NATGateways: ptr.To(v1alpha1.NATGatewaysSingle)}}
	u := newPlatform("orphan", "xr", spec(orphan))

	createPlatform(t, env, u)
	awaitReady(t, env, u)

	t.Run("NATGateways", func(t *testing.T) { testOrphanWithoutNAT(t, u) })

	xr, parts := mustComposite(t, env, u), mustComposed(t, env, u)
	password, _ := secretRef(t, parts["database"], "passwordSecretRef")
	before := withoutVersions(env.Provider.ExistingOf(u.GetNamespace()))

	if err := env.Client.Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}

	watchDeletion(t, u, xr)

	for key, o := range parts {
		if managed(key, o) && !env.Provider.Exists(provideraws.KindOf(o.GroupVersionKind()), meta.GetExternalName(o)) {
			t.Errorf("%s is no longer in AWS as %s", key, meta.GetExternalName(o))
		}
	}

	if diff := cmp.Diff([]string(nil), left(t, u.GetNamespace())); diff != "" {
		t.Errorf("left in the namespace: -want, +got:\n%s", diff)
	}

	if err := env.Client.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: password.GetNamespace(), Name: password.GetName()},
		Type:       password.Type,
		Data:       password.Data,
	}); err != nil {
		t.Fatal(err)
	}

	s := spec(v1alpha1.Parameters{DeletionPolicy: orphan.DeletionPolicy})
	s.ExternalNames = namesInAWS(parts)
	u = newPlatform("orphan", "xr", s)

	t.Run("TakeOver", func(t *testing.T) { testTakeOver(t, u, before) })

	again := mustComposed(t, env, u)
	if now, _ := secretRef(t, again["database"], "passwordSecretRef"); !cmp.Equal(password.Data, now.Data) {
		t.Error("the database has another password than before")
	}
}

// testOrphanWithoutNAT takes away the NAT gateway of a platform that leaves in AWS what it has
// when it is deleted.
func testOrphanWithoutNAT(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	prove(t, "Orphan: a NAT gateway and its address that an update takes away are deleted in AWS")

	gone := []string{"nat-gateway-us-east-1a", "eip-nat-us-east-1a"}
	before := mustComposed(t, env, u)

	patchSpec(t, u, `{"network": {"natGateways": "None"}}`)

	poll := polling(u.GetNamespace())

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		poll()

		now, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		for _, key := range gone {
			o := before[key]
			if now[key] != nil || env.Provider.Exists(provideraws.KindOf(o.GroupVersionKind()), meta.GetExternalName(o)) {
				return errors.Errorf("%s is still there", key)
			}
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	awaitSettled(t, u, inAWS)

	// The address goes when its gateway is gone.
	if diff := cmp.Diff([]string(nil), refusalsIn(env, u.GetNamespace())); diff != "" {
		t.Errorf("AWS refused: -want, +got:\n%s", diff)
	}
}

// testTakeOver has a new platform take over what exists in AWS.
func testTakeOver(t *testing.T, u *unstructured.Unstructured, before []string) {
	t.Helper()
	prove(t, "Taking over: refused without permission, with nothing composed; with it, nothing but a version of the secret is created; withdrawn, nothing changes")

	createComposition(t, env, u.GetNamespace(), nil)
	choose(u, u.GetNamespace())

	names, _, _ := unstructured.NestedStringMap(u.Object, "spec", "externalNames")

	createPlatform(t, env, u)
	awaitCondition(t, env, u, conditionSynced, "allow.externalNames")
	awaitCondition(t, env, u, conditionSynced, "spec.externalNames")
	mustComposeNothing(t, env, u)

	setPolicyOf(t, env, u.GetNamespace(), map[string]any{"allow": map[string]any{"externalNames": true}})
	awaitReady(t, env, u)

	if diff := cmp.Diff(before, withoutVersions(env.Provider.ExistingOf(u.GetNamespace()))); diff != "" {
		t.Errorf("in AWS: -before, +taken over:\n%s", diff)
	}

	taken := identities(t, env, u)

	got := map[string]string{}
	for key, name := range namesInAWS(mustComposed(t, env, u)) {
		got[key] = string(name)
	}

	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("names in AWS: -before, +taken over:\n%s", diff)
	}

	setPolicyOf(t, env, u.GetNamespace(), map[string]any{"tags": map[string]any{"fault": "withdrawn"}})
	awaitTags(t, env, []*unstructured.Unstructured{u}, "withdrawn")
	awaitReady(t, env, u)

	if diff := cmp.Diff(taken, identities(t, env, u)); diff != "" {
		t.Errorf("-before, +after the permission was withdrawn:\n%s", diff)
	}

	if diff := cmp.Diff(before, withoutVersions(env.Provider.ExistingOf(u.GetNamespace()))); diff != "" {
		t.Errorf("in AWS: -before, +after the permission was withdrawn:\n%s", diff)
	}
}

// namesInAWS are the external names, but for versions of a secret: those are made again.
func namesInAWS(parts map[string]*unstructured.Unstructured) map[string]v1alpha1.ExternalName {
	out := map[string]v1alpha1.ExternalName{}

	for key, o := range parts {
		if managed(key, o) && provideraws.KindOf(o.GroupVersionKind()) != kindVersion {
			out[key] = v1alpha1.ExternalName(meta.GetExternalName(o))
		}
	}

	return out
}

// withoutVersions are things in AWS other than versions of a secret.
func withoutVersions(things []string) []string {
	return slices.DeleteFunc(things, func(thing string) bool { return strings.HasPrefix(thing, kindVersion+" ") })
}

// watchDeletion waits until an XR, or a claim and its XR, is gone and all that it was
// made of, and returns when each of them went.
func watchDeletion(t *testing.T, u, xr *unstructured.Unstructured) map[string]time.Time {
	t.Helper()

	var (
		there = map[string]bool{}
		went  = map[string]time.Time{}
		looks int
	)

	look := func(ctx context.Context) error {
		now := map[string]bool{}

		managed, err := env.Managed(ctx, u.GetNamespace())
		if err != nil {
			return err
		}

		for i := range managed {
			now[managed[i].GetAnnotations()[annotationComposed]] = true
		}

		at := time.Now()

		for key := range there {
			if !now[key] && went[key].IsZero() {
				went[key] = at
			}
		}

		there = now

		if len(now) > 0 {
			return errors.Errorf("%d managed resources of %s are left: %s", len(now), describe(u), strings.Join(slices.Sorted(maps.Keys(now)), ", "))
		}

		for _, o := range []*unstructured.Unstructured{u, xr} {
			err := env.Client.Get(ctx, client.ObjectKeyFromObject(o), o.DeepCopy())
			if err == nil {
				return errors.Errorf("%s is left", describe(o))
			}

			if client.IgnoreNotFound(err) != nil {
				return err
			}
		}

		return nil
	}

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		if err := look(ctx); err != nil {
			looks = 0
			return err
		}

		// Crossplane may have been creating a resource during the first look.
		if looks++; looks < 10 {
			return errors.Errorf("nothing of %s was seen %d times", describe(u), looks)
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	return went
}

// checkNothingLeft of a deleted platform, on the control plane and in AWS.
func checkNothingLeft(t *testing.T, namespace string) {
	t.Helper()

	if diff := cmp.Diff([]string(nil), left(t, namespace)); diff != "" {
		t.Errorf("left in the namespace: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff([]string(nil), env.Provider.ExistingOf(namespace)); diff != "" {
		t.Errorf("left in AWS: -want, +got:\n%s", diff)
	}
}

// left are the objects in a namespace that were not there when it was made.
func left(t *testing.T, namespace string) []string {
	t.Helper()

	var out []string

	// The garbage collector takes Secrets and Usages after what owns them.
	err := env.Eventually(t.Context(), func(ctx context.Context) error {
		out = nil

		secrets := &corev1.SecretList{}
		if err := env.Client.List(ctx, secrets, client.InNamespace(namespace)); err != nil {
			return err
		}

		for i := range secrets.Items {
			out = append(out, "Secret "+secrets.Items[i].GetName())
		}

		usages := &unstructured.UnstructuredList{}
		usages.SetAPIVersion("protection.crossplane.io/v1beta1")
		usages.SetKind("UsageList")

		if err := env.Client.List(ctx, usages, client.InNamespace(namespace)); err != nil {
			return err
		}

		for i := range usages.Items {
			out = append(out, "Usage "+usages.Items[i].GetName())
		}

		if len(out) > 0 {
			return errors.Errorf("%d are left", len(out))
		}

		return nil
	})
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}

	return out
}
