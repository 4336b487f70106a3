package main

import (
	"reflect"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// A field whose path is misspelt, or whose type nothing is read into, would be empty for
// ever.
func TestReadings(t *testing.T) {
	providers := providerCRDs(t)

	seen := map[string]bool{}
	for _, r := range platform.Reads() {
		if seen[r.Kind.String()] {
			t.Errorf("%s: two components read it, and only one would be heard", r.Kind)
		}

		seen[r.Kind.String()] = true
		checkFieldTypes(t, r.Type, r.Fields)

		if !kinds.IsManaged(r.Kind.Group) {
			continue
		}

		for _, provider := range providers {
			k, err := provider.Kind(r.Kind.Group+"/v1beta1", r.Kind.Kind)
			if err != nil {
				t.Fatal(err)
			}

			for _, f := range r.Fields {
				if !hasField(k.Schema, f.Path) {
					t.Errorf("%s has no %s", r.Kind, strings.Join(f.Path, "."))
				}
			}
		}
	}

	checkFieldTypes(t, reflect.TypeFor[kit.Observation](), kit.ReadOfAll())
}

func checkFieldTypes(t *testing.T, of reflect.Type, fields []kit.ReadField) {
	t.Helper()

	for _, f := range fields {
		switch field := of.Field(f.Index); {
		case field.Type.Kind() == reflect.Struct:
			checkFieldTypes(t, field.Type, f.Fields)
		case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.String:
		case field.Type.Kind() == reflect.Map && field.Type.Elem().Kind() == reflect.Slice:
		case field.Type.Kind() == reflect.String, field.Type.Kind() == reflect.Bool, field.Type.Kind() == reflect.Int64:
		default:
			t.Errorf("%s.%s: nothing is read into a %s", of, field.Name, field.Type)
		}
	}
}

// hasField says whether a schema has the field at a path.
func hasField(s *apiextensionsv1.JSONSchemaProps, path []string) bool {
	at := *s
	for _, name := range path {
		next, known := at.Properties[name]
		switch {
		case known:
			at = next
		case name[0] == '[' && at.Items != nil:
			at = *at.Items.Schema
		case at.AdditionalProperties != nil:
			at = *at.AdditionalProperties.Schema
		default:
			return false
		}
	}

	return true
}
