package admission

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

func TestCheckSize(t *testing.T) {
	const bounds = ": is too large: use at most 4096 values, 1048576 bytes of text, 16 levels, and 512 bytes for the name of a field"

	text := func(n int) *structpb.Value { return structpb.NewStringValue(strings.Repeat("x", n)) }
	list := func(n int, item *structpb.Value) *structpb.Value {
		l := &structpb.ListValue{}
		for range n {
			l.Values = append(l.Values, item)
		}

		return structpb.NewListValue(l)
	}
	object := func(n int, name string, member *structpb.Value) *structpb.Value {
		s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for i := range n {
			s.Fields[name+fmt.Sprint(i)] = member
		}

		return structpb.NewStructValue(s)
	}
	deep := func(n int) *structpb.Value {
		v := structpb.NewNullValue()
		for range n - 1 {
			v = list(1, v)
		}

		return v
	}

	cases := map[string]struct {
		reason string
		value  *structpb.Value
		want   string
	}{
		"Nothing": {
			reason: "No value should be fine.",
		},
		"Most": {
			reason: "As much as there may be should be fine.",
			value:  list(4095, text(256)),
		},
		"DeepEnough": {
			reason: "As deep as there may be should be fine.",
			value:  deep(16),
		},
		"Items": {
			reason: "More values than any platform needs should be refused.",
			value:  list(4096, structpb.NewNullValue()),
			want:   "spec: invalid value [" + strings.Repeat("null,", 25) + "nu..." + bounds,
		},
		"Members": {
			reason: "Also in an object.",
			value:  object(4096, "k", structpb.NewNullValue()),
			want:   "spec: invalid value {...}" + bounds,
		},
		"Text": {
			reason: "So should a longer text.",
			value:  text(1<<20 + 1),
			want:   `spec: invalid value "` + strings.Repeat("x", 127) + "..." + bounds,
		},
		"Names": {
			reason: "Names should count as text.",
			value:  object(3000, strings.Repeat("n", 500), structpb.NewNullValue()),
			want:   "spec: invalid value {...}" + bounds,
		},
		"LongName": {
			reason: "A longer name should be refused: it is in each path below it.",
			value:  object(1, strings.Repeat("n", 512), structpb.NewNullValue()),
			want:   `spec: invalid value {"` + strings.Repeat("n", 126) + "..." + bounds,
		},
		"Deep": {
			reason: "A deeper value should be refused.",
			value:  deep(17),
			want:   "spec: invalid value " + strings.Repeat("[", 16) + "null" + strings.Repeat("]", 16) + bounds,
		},
		"VeryDeep": {
			reason: "One much deeper should not be looked at to its end.",
			value:  deep(5000),
			want:   "spec: invalid value " + strings.Repeat("[", 128) + "..." + bounds,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""

			b, err := proto.Marshal(tc.value)
			if err != nil {
				t.Fatal(err)
			}

			if err := CheckSize("spec", b); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCheckSize(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The largest object that a schema admits must fit into the bounds.
func TestBounds(t *testing.T) {
	for name, openAPI := range map[string][]byte{"Platform": v1alpha1.Schema(), "Policy": v1beta1.Schema()} {
		t.Run(name, func(t *testing.T) {
			s := &apiextensionsv1.JSONSchemaProps{}
			if err := json.Unmarshal(openAPI, s); err != nil {
				t.Fatal(err)
			}

			values, bytes, depth := largest(t, "", s)
			if values > maxValues/2 || bytes > maxBytes || depth > maxDepth {
				t.Errorf("the schema admits %d values, %d bytes and %d levels: raise the bounds", values, bytes, depth)
			}

			t.Logf("the schema admits %d values, %d bytes and %d levels", values, bytes, depth)
		})
	}
}

// largest says how many values, bytes and levels a schema admits.
func largest(t *testing.T, path string, s *apiextensionsv1.JSONSchemaProps) (values, bytes, depth int) {
	t.Helper()

	values = 1
	add := func(times, name int, path string, s *apiextensionsv1.JSONSchemaProps) {
		v, b, d := largest(t, path, s)
		values, bytes, depth = values+times*v, bytes+times*(name+b), max(depth, d)
	}

	for name, p := range s.Properties {
		add(1, len(name), path+"."+name, &p)
	}

	switch {
	case s.AdditionalProperties != nil && s.MaxProperties == nil, s.Items != nil && s.MaxItems == nil:
		t.Fatalf("%s may have any number of members: bound it", path)
	case s.AdditionalProperties != nil:
		add(int(*s.MaxProperties), maxName, path+".*", s.AdditionalProperties.Schema)
	case s.Items != nil:
		add(int(*s.MaxItems), 0, path+"[]", s.Items.Schema)
	case s.Type == "string" && s.MaxLength != nil:
		bytes = 4 * int(*s.MaxLength)
	case s.Type == "string" && len(s.Enum) == 0 && path != ".apiVersion" && path != ".kind":
		t.Fatalf("%s may have any length: bound it", path)
	}

	return values, bytes, depth + 1
}

// An object that is much larger than its schema admits is refused for that alone, and at
// once.
func TestValidateLarge(t *testing.T) {
	const schema = `{
	  "type": "object",
	  "properties": {
	    "tags": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "string", "maxLength": 3, "pattern": "^[a-z]*$"}},
	    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
	    "zones": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}},
	    "nested": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3, "description": "A name."}}}
	  }
	}`

	v, err := New([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason string
		object map[string]any
		want   string
	}{
		"Map": {
			reason: "Of a map with too many members none should be looked at.",
			object: map[string]any{"tags": map[string]any{"a": nil, "b": nil, "c": nil}},
			want:   `tags: invalid value {"a":null,"b":null,"c":null}: must have at most 2 items`,
		},
		"List": {
			reason: "Of a list with too many items none should be looked at.",
			object: map[string]any{"zones": []any{1, 2, 3}},
			want:   `zones: invalid value [1,2,3]: must have at most 2 items`,
		},
		"Text": {
			reason: "A text that is much too long should be refused by its length.",
			object: map[string]any{"tags": map[string]any{"a": "AAAAAAAAAAAAA"}, "zones": []any{"bbbbbbbbbbbbb"}, "nested": map[string]any{"name": "ccccccccccccc"}},
			want:   `nested.name: invalid value "ccccccccccccc": may not be more than 3 bytes: A name.; tags.a: invalid value "AAAAAAAAAAAAA": may not be more than 3 bytes; zones[0]: invalid value "bbbbbbbbbbbbb": may not be more than 3 bytes`,
		},
		"TextByTheValidator": {
			reason: "One that is a little too long is for the validator to refuse.",
			object: map[string]any{"tags": map[string]any{"a": "éééé"}},
			want:   `tags.a: invalid value "éééé": may not be more than 3 bytes`,
		},
		"OtherTypes": {
			reason: "A value of another type than the schema's has no members in it.",
			object: map[string]any{"tags": []any{"a"}, "zones": []any{[]any{"a"}}},
			want:   `tags: invalid value ["a"]: must be of type object: "array"; zones[0]: invalid value ["a"]: must be of type string: "array"`,
		},
		"Free": {
			reason: "What a schema leaves free has no bounds.",
			object: map[string]any{"free": map[string]any{"a": []any{"aaaaaaaaaaaaaaaa"}}},
		},
		"LongPath": {
			reason: "A long path should be cut.",
			object: map[string]any{strings.Repeat("é", 200): nil},
			want:   strings.Repeat("é", 128) + `...: unknown field: remove it, or use one of: free, nested, tags, zones`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := v.Validate(context.Background(), tc.object); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nValidate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
