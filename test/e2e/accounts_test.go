package e2e

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// testAccounts asks for platforms in accounts other than the default one.
func testAccounts(t *testing.T) {
	t.Parallel()
	prove(t, "Another account's ClusterProviderConfig: refused without permission, used with it; a ProviderConfig of the namespace needs none")

	const composition = "accounts"

	createComposition(t, env, composition, nil)

	in := func(namespace string, config v1alpha1.ProviderConfigReference) *unstructured.Unstructured {
		u := newPlatform(namespace, "xr", spec(v1alpha1.Parameters{ProviderConfigRef: &config}))
		choose(u, composition)
		createPlatform(t, env, u)

		return u
	}

	other := v1alpha1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "other"}
	own := v1alpha1.ProviderConfigReference{Kind: "ProviderConfig", Name: "own"}
	theirs, ours := in("account-other", other), in("account-own", own)

	awaitCondition(t, env, theirs, conditionSynced, "allow.providerConfigs")
	mustComposeNothing(t, env, theirs)
	awaitConfig(t, ours, own)

	setPolicyOf(t, env, composition, map[string]any{"allow": map[string]any{"providerConfigs": []any{
		map[string]any{"kind": other.Kind, "name": other.Name},
	}}})
	awaitConfig(t, theirs, other)

	for _, u := range []*unstructured.Unstructured{theirs, ours} {
		if err := env.Client.Delete(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}

	for _, u := range []*unstructured.Unstructured{theirs, ours} {
		watchDeletion(t, u, u)
		checkNothingLeft(t, u.GetNamespace())
	}
}

// awaitConfig waits until a platform's VPC uses a provider configuration, and is in AWS.
func awaitConfig(t *testing.T, u *unstructured.Unstructured, want v1alpha1.ProviderConfigReference) {
	t.Helper()

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, env, u)
		if err != nil {
			return err
		}

		vpc := parts["vpc"]
		if vpc == nil {
			return errors.Errorf("%s has no VPC", describe(u))
		}

		got, _, _ := unstructured.NestedStringMap(vpc.Object, "spec", "providerConfigRef")
		if diff := cmp.Diff(map[string]string{"kind": want.Kind, "name": want.Name}, got); diff != "" {
			return errors.Errorf("the VPC's provider configuration: -want, +got:\n%s", diff)
		}

		if condition(vpc, conditionReady).Status != "True" {
			return errors.Errorf("the VPC is not ready:\n%s", conditions(vpc))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
