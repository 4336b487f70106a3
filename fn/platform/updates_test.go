package platform

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// immutable is the rule of what can't change.
const immutable = "self == oldSelf"

// leaves are the paths of a schema's fields that hold no others. A
// rule that an object can't change is each of its fields' too.
func leaves(path string, s apiextensionsv1.JSONSchemaProps) map[string]apiextensionsv1.JSONSchemaProps {
	if len(s.Properties) == 0 {
		return map[string]apiextensionsv1.JSONSchemaProps{strings.TrimPrefix(path, "."): s}
	}
	out := map[string]apiextensionsv1.JSONSchemaProps{}
	for name, p := range s.Properties {
		p.XValidations = slices.Concat(p.XValidations, slices.DeleteFunc(slices.Clone(s.XValidations), func(r apiextensionsv1.ValidationRule) bool { return r.Rule != immutable }))
		maps.Copy(out, leaves(path+"."+name, p))
	}
	return out
}

// Each field of the API has a row in docs/updates.md, and a row says of a field
// that it is refused exactly where the API has a rule that refuses it.
func TestUpdatesAreDocumented(t *testing.T) {
	schema := apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(v1alpha1.Schema(), &schema); err != nil {
		t.Fatalf("cannot parse schema: %v", err)
	}
	fields := leaves("", schema.Properties["spec"])

	b, err := os.ReadFile("../../docs/updates.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\|").FindAllStringSubmatch(string(b), -1) {
		rows[m[1]] = m[2]
	}

	if diff := cmp.Diff(slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(rows))); diff != "" {
		t.Errorf("docs/updates.md must have a row for each field: -want fields, +got rows:\n%s", diff)
	}
	for field, s := range fields {
		fixed := slices.ContainsFunc(s.XValidations, func(r apiextensionsv1.ValidationRule) bool {
			return r.Rule == immutable || strings.HasSuffix(field, "SubnetCidrBlocks")
		})
		if refused := rows[field] == "refused"; refused != fixed {
			t.Errorf("docs/updates.md says of %s %q, but the API's rules say it is refused: %t", field, rows[field], fixed)
		}
	}
}
