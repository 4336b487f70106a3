package e2e

import (
	"encoding/json"
	"maps"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

// policyInput is the function's input for a policy with those fields.
func policyInput(fields map[string]any) map[string]any {
	input := map[string]any{"apiVersion": "dataplatform.fn.crossplane.io/v1beta1", "kind": "Policy"}
	maps.Copy(input, fields)

	return input
}

func newComposition(name string) *unstructured.Unstructured {
	c := &unstructured.Unstructured{}
	c.SetAPIVersion("apiextensions.crossplane.io/v1")
	c.SetKind("Composition")
	c.SetName(name)

	return c
}

// setPolicy of both Compositions that are installed.
func setPolicy(t *testing.T, e *environment.Environment, fields map[string]any) {
	t.Helper()

	for _, plural := range []string{"xdataplatforms", "compositedataplatforms"} {
		setPolicyOf(t, e, plural+"."+v1alpha1.Group, fields)
	}
}

// setPolicyOf a Composition.
func setPolicyOf(t *testing.T, e *environment.Environment, composition string, fields map[string]any) {
	t.Helper()

	patch, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec/pipeline/0/input", "value": policyInput(fields)}})
	if err != nil {
		t.Fatal(err)
	}

	if err := e.Client.Patch(t.Context(), newComposition(composition), client.RawPatch(types.JSONPatchType, patch)); err != nil {
		t.Fatal(err)
	}
}

// createComposition for XRs that choose it, with a policy of its own.
func createComposition(t *testing.T, e *environment.Environment, name string, fields map[string]any) {
	t.Helper()

	installed := newComposition("xdataplatforms." + v1alpha1.Group)
	if err := e.Client.Get(t.Context(), client.ObjectKeyFromObject(installed), installed); err != nil {
		t.Fatal(err)
	}

	c := newComposition(name)
	c.Object["spec"] = installed.Object["spec"]

	pipeline, _, err := unstructured.NestedSlice(c.Object, "spec", "pipeline")
	if err != nil {
		t.Fatal(err)
	}

	pipeline[0].(map[string]any)["input"] = policyInput(fields)

	if err := unstructured.SetNestedSlice(c.Object, pipeline, "spec", "pipeline"); err != nil {
		t.Fatal(err)
	}

	if err := e.Client.Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// choose a Composition for an XR that is to be created.
func choose(u *unstructured.Unstructured, composition string) {
	if err := unstructured.SetNestedField(u.Object, composition, "spec", "crossplane", "compositionRef", "name"); err != nil {
		panic(err)
	}
}
