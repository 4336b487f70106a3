package e2e

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// testNameTaken asks for a platform one of whose resources has a name that an object of
// somebody else's has: docs/decisions/names-in-kubernetes.md.
func testNameTaken(t *testing.T) {
	t.Parallel()
	prove(t, "An object that another controls has a name that the platform needs: it is left alone, the platform says so, and goes on once the name is free")

	const (
		namespace = "name-taken"
		key       = "stream"
	)

	// Only Crossplane knows a UID before there is anything of the platform's.
	u := newPlatform(namespace, "xr", spec(v1alpha1.Parameters{}))
	u.SetAnnotations(map[string]string{meta.AnnotationKeyReconciliationPaused: "true"})
	createPlatform(t, env, u)

	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "owner"}}
	if err := env.Client.Create(t.Context(), owner); err != nil {
		t.Fatal(err)
	}

	theirs := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"forProvider":        map[string]any{"region": "us-east-1"},
		"managementPolicies": []any{"Observe"},
	}}}
	theirs.SetGroupVersionKind(kinds.Named("kinesis/Stream").GroupVersionKind())
	theirs.SetNamespace(namespace)
	theirs.SetName(kit.ObjectName(&kit.Request{Namespace: namespace, Name: u.GetName(), UID: string(u.GetUID())}, key))
	theirs.SetAnnotations(map[string]string{meta.AnnotationKeyReconciliationPaused: "true"})
	theirs.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(owner, corev1.SchemeGroupVersion.WithKind("ConfigMap"))})

	if err := env.Client.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}

	// Nothing is created before.
	paused := client.MergeFrom(u.DeepCopy())
	u.SetAnnotations(nil)

	if err := env.Client.Patch(t.Context(), u, paused); err != nil {
		t.Fatal(err)
	}

	awaitCondition(t, env, u, conditionSynced, key)

	is := theirs.DeepCopy()
	if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(theirs), is); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]any{theirs.GetOwnerReferences(), theirs.Object["spec"]}, []any{is.GetOwnerReferences(), is.Object["spec"]}); diff != "" {
		t.Errorf("what is somebody else's: -before, +after:\n%s", diff)
	}

	if err := env.Client.Delete(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		if parts[key] == nil || parts[key].GetName() != theirs.GetName() {
			return errors.Errorf("%s has no %s yet:\n%s", describe(u), theirs.GetName(), conditions(u))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	if err := env.Client.Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}

	watchDeletion(t, u, u)
	checkNothingLeft(t, namespace)
}
