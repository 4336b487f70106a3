package kit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

func TestRead(t *testing.T) {
	type reference struct {
		Kind string `json:"kind"`
		Name string `json:"name,omitempty"`
	}

	type observed struct {
		Name    string    `reads:"spec.forProvider.name"`
		ARN     string    `reads:"status.atProvider.secrets[0].secretArn"`
		Label   string    `reads:"metadata.labels[example.org/label]"`
		Ref     reference `reads:"spec.ref"`
		NotRead string
	}

	got := kit.Read[observed](schema.GroupVersionKind{Group: "example.org", Version: "v1", Kind: "Thing"})

	want := []kit.ReadField{
		{Path: []string{"spec", "forProvider", "name"}, Index: 0},
		{Path: []string{"status", "atProvider", "secrets", "[0]", "secretArn"}, Index: 1},
		{Path: []string{"metadata", "labels", "example.org/label"}, Index: 2},
		{Path: []string{"spec", "ref"}, Index: 3, Fields: []kit.ReadField{
			{Path: []string{"spec", "ref", "kind"}, Index: 0},
			{Path: []string{"spec", "ref", "name"}, Index: 1},
		}},
	}
	if diff := cmp.Diff(want, got.Fields, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Read(...): -want fields, +got fields:\n%s", diff)
	}

	if diff := cmp.Diff(schema.GroupKind{Group: "example.org", Kind: "Thing"}, got.Kind); diff != "" {
		t.Errorf("Read(...): -want kind, +got kind:\n%s", diff)
	}
}
