package v1alpha1_test

import (
	"encoding/json"
	"testing"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/admission"
)

// TestDefaults has the API's schema look at the reference defaults: they come from
// markers, which no Go type checks.
func TestDefaults(t *testing.T) {
	v, err := admission.New(v1alpha1.Schema())
	if err != nil {
		t.Fatal(err)
	}

	b, err := json.Marshal(map[string]any{"spec": v1alpha1.XDataPlatformSpec{Parameters: v1alpha1.Defaults(), Region: "us-east-1"}})
	if err != nil {
		t.Fatal(err)
	}

	o := map[string]any{}
	if err := utiljson.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}

	if err := v.Validate(t.Context(), o); err != nil {
		t.Errorf("The reference defaults are not valid: %v", err)
	}
}
