package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

func TestMarkers(t *testing.T) {
	cases := map[string]struct {
		reason string
		marker string
		want   any
		words  string
	}{
		"Text": {
			reason: "A quoted text is one, also where it looks like a number.",
			marker: `+dataplatform:default="7.0"`,
			want:   fieldDefault{Value: "7.0"},
			words:  "`7.0`",
		},
		"Number": {
			reason: "A number is one.",
			marker: `+dataplatform:default=24`,
			want:   fieldDefault{Value: 24},
			words:  "`24`",
		},
		"Bool": {
			reason: "False is a default, and not a missing one.",
			marker: `+dataplatform:default=false`,
			want:   fieldDefault{Value: false},
			words:  "`false`",
		},
		"List": {
			reason: "A list keeps its order.",
			marker: `+dataplatform:default={"b", "a"}`,
			want:   fieldDefault{Value: []string{"b", "a"}},
			words:  "`b`, `a`",
		},
		"Object": {
			reason: "An object's fields are said with their names, in one order.",
			marker: `+dataplatform:default={"name": "default", "kind": "ClusterProviderConfig"}`,
			want:   fieldDefault{Value: map[string]any{"kind": "ClusterProviderConfig", "name": "default"}},
			words:  "kind `ClusterProviderConfig`, name `default`",
		},
		"Words": {
			reason: "A default that is no constant is said as it is written.",
			marker: `+dataplatform:defaultDescription="12000 from 400 GiB on"`,
			want:   fieldDefaultDescription("12000 from 400 GiB on"),
			words:  "12000 from 400 GiB on",
		},
		"Update": {
			reason: "A change has an effect, and may have a description.",
			marker: `+dataplatform:update:effect=InPlace,description="AWS allows it twice, in 24 hours."`,
			want:   fieldUpdate{Effect: effectInPlace, Description: "AWS allows it twice, in 24 hours."},
		},
		"OnlyEffect": {
			reason: "Not every change has something to say.",
			marker: `+dataplatform:update:effect=Interrupts`,
			want:   fieldUpdate{Effect: effectInterrupts},
		},
	}

	reg := &markers.Registry{}
	if err := registerMarkers(reg); err != nil {
		t.Fatal(err)
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			def := reg.Lookup(tc.marker, markers.DescribesField)
			if def == nil {
				t.Fatalf("%s\nno marker of ours: %s", tc.reason, tc.marker)
			}

			got, err := def.Parse(tc.marker)
			if err != nil {
				t.Fatalf("%s\nParse(%s): %v", tc.reason, tc.marker, err)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nParse(%s): -want, +got:\n%s", tc.reason, tc.marker, diff)
			}

			f := &field{markers: markers.MarkerValues{def.Name: {got}}}
			if diff := cmp.Diff(tc.words, f.defaultWords(code)); diff != "" {
				t.Errorf("%s\ndefaultWords(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// rulesOf is a field's schema with rules.
func rulesOf(rules ...string) *apiextensionsv1.JSONSchemaProps {
	s := &apiextensionsv1.JSONSchemaProps{Description: "A field."}
	for _, r := range rules {
		s.XValidations = append(s.XValidations, apiextensionsv1.ValidationRule{Rule: r})
	}

	return s
}

func TestUpdateApplyToSchema(t *testing.T) {
	type want struct {
		description string
		err         string
	}

	cases := map[string]struct {
		reason string
		update fieldUpdate
		schema *apiextensionsv1.JSONSchemaProps
		want   want
	}{
		"InPlace": {
			reason: "Of a field that may change there is nothing to say.",
			update: fieldUpdate{Effect: effectInPlace},
			schema: rulesOf("self != 'c'"),
			want:   want{description: "A field."},
		},
		"Immutable": {
			reason: "A field whose rule refuses each change says so.",
			update: fieldUpdate{Effect: effectRefused},
			schema: rulesOf("self != 'c'", immutable),
			want:   want{description: "A field. Immutable."},
		},
		"Guarded": {
			reason: "A list of which only what it has may not change is not immutable.",
			update: fieldUpdate{Effect: effectRefused},
			schema: rulesOf("oldSelf.all(b, self.indexOf(b) == oldSelf.indexOf(b))"),
			want:   want{description: "A field."},
		},
		"NotRefused": {
			reason: "Nobody refuses what has no rule.",
			update: fieldUpdate{Effect: effectRefused},
			schema: rulesOf("self != 'c'"),
			want:   want{description: "A field.", err: "dataplatform:update: effect Refused, but no rule refuses a change: add one that compares self with oldSelf, or use another effect"},
		},
		"Refused": {
			reason: "What the API server refuses doesn't happen.",
			update: fieldUpdate{Effect: effectInPlace},
			schema: rulesOf(immutable),
			want:   want{description: "A field.", err: `dataplatform:update: effect InPlace, but the rule "self == oldSelf" refuses each change: use effect Refused, or remove the rule`},
		},
		"Unknown": {
			reason: "A misspelt effect is told with those there are.",
			update: fieldUpdate{Effect: "Inplace"},
			schema: rulesOf(),
			want:   want{description: "A field.", err: `dataplatform:update: unknown effect "Inplace": use one of: InPlace, Interrupts, Refused, RefusedByFunction`},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := want{}
			if err := tc.update.ApplyToSchema(tc.schema); err != nil {
				got.err = err.Error()
			}

			got.description = tc.schema.Description

			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nApplyToSchema(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
