package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// A brokenKeyword is a spec that breaks one keyword of the schema by as little as possible,
// and what the API server says of that, perhaps besides other things.
type brokenKeyword struct {
	rule string
	spec any
	want string
}

// A place in a schema.
type place struct {
	path string // Of the field, such as spec.stream.shardCount.

	// spec that has a value there.
	spec func(value any) any
}

// brokenKeywords of a spec's schema, one of each but patterns and rules in CEL, whose
// requests are written by hand.
func brokenKeywords(t *testing.T, s apiextensionsv1.JSONSchemaProps) []brokenKeyword {
	t.Helper()

	return broken(t, s, place{path: "spec", spec: func(value any) any {
		fields, ok := value.(map[string]any)
		if !ok || len(fields) == 0 {
			return value
		}

		// Without it nothing else would be looked at.
		out := map[string]any{"region": "us-east-1"}
		maps.Copy(out, fields)

		return out
	}})
}

func broken(t *testing.T, s apiextensionsv1.JSONSchemaProps, at place) []brokenKeyword {
	t.Helper()

	out := brokenHere(t, s, at)

	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		out = append(out, broken(t, s.Properties[name], at.in("."+name, func(v any) any { return map[string]any{name: v} }))...)
	}

	if s.Items != nil {
		out = append(out, broken(t, *s.Items.Schema, at.in("[0]", func(v any) any { return []any{v} }))...)
	}

	if s.AdditionalProperties != nil {
		out = append(out, broken(t, *s.AdditionalProperties.Schema, at.in(".key", func(v any) any { return map[string]any{"key": v} }))...)
	}

	return out
}

// in is the place of something in what is at this place.
func (p place) in(name string, around func(any) any) place {
	return place{path: p.path + name, spec: func(value any) any { return p.spec(around(value)) }}
}

// brokenHere are the keywords of one schema, without those in it.
func brokenHere(t *testing.T, s apiextensionsv1.JSONSchemaProps, at place) []brokenKeyword {
	t.Helper()

	var out []brokenKeyword

	breaks := func(keyword string, value any, path, format string, args ...any) {
		out = append(out, brokenKeyword{rule: at.path + ": " + keyword, spec: at.spec(value), want: path + ": " + fmt.Sprintf(format, args...)})
	}

	for _, name := range s.Required {
		breaks("required "+name, map[string]any{}, at.path+"."+name, "Required value")
	}

	if len(s.Enum) > 0 {
		values := make([]string, 0, len(s.Enum))
		for _, v := range s.Enum {
			values = append(values, string(v.Raw))
		}

		breaks("enum", "none of them", at.path, `Unsupported value: "none of them": supported values: %s`, strings.Join(values, ", "))
	}

	if s.Maximum != nil {
		breaks("maximum", int64(*s.Maximum)+1, at.path, "Invalid value: %d: %s in body should be less than or equal to %d", int64(*s.Maximum)+1, at.path, int64(*s.Maximum))
	}

	if s.Minimum != nil {
		breaks("minimum", int64(*s.Minimum)-1, at.path, "Invalid value: %d: %s in body should be greater than or equal to %d", int64(*s.Minimum)-1, at.path, int64(*s.Minimum))
	}

	if s.MaxLength != nil {
		breaks("maxLength", strings.Repeat("a", int(*s.MaxLength)+1), at.path, "Too long: may not be more than %d bytes", *s.MaxLength)
	}

	if s.MinLength != nil {
		short := strings.Repeat("a", int(*s.MinLength)-1)
		breaks("minLength", short, at.path, "Invalid value: %q: %s in body should be at least %d chars long", short, at.path, *s.MinLength)
	}

	if s.MaxItems != nil {
		breaks("maxItems", items(*s.MaxItems+1), at.path, "Too many: %d: must have at most %d items", *s.MaxItems+1, *s.MaxItems)
	}

	if s.MinItems != nil {
		breaks("minItems", items(*s.MinItems-1), at.path, "Invalid value: %d: %s in body should have at least %d items", *s.MinItems-1, at.path, *s.MinItems)
	}

	if s.XListType != nil && *s.XListType == "set" {
		breaks("set", []any{"same", "same"}, at.path+"[1]", `Duplicate value: "same"`)
	}

	if s.MaxProperties != nil {
		breaks("maxProperties", numbered(int(*s.MaxProperties)+1, "a"), at.path, "Too many: %d: must have at most %d items", *s.MaxProperties+1, *s.MaxProperties)
	}

	if s.MinProperties != nil || s.MultipleOf != nil || s.UniqueItems || s.ExclusiveMaximum || s.ExclusiveMinimum {
		t.Errorf("%s has a keyword that nothing breaks: add how", at.path)
	}

	return out
}

// items are n different ones.
func items(n int64) []any {
	out := make([]any, 0, n)
	for i := range n {
		out = append(out, fmt.Sprintf("item-%d", i))
	}

	return out
}
