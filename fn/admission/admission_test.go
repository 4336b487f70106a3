package admission

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

const openAPI = `{
  "type": "object",
  "required": ["spec"],
  "properties": {
    "spec": {
      "type": "object",
      "required": ["region"],
      "properties": {
        "region": {"type": "string", "maxLength": 9, "description": "Region is where\nthings are."},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "zones": {
          "type": "array", "maxItems": 2, "x-kubernetes-list-type": "set",
          "items": {"type": "string", "maxLength": 9, "description": "A zone.", "enum": ["a", "b", "c"]},
          "x-kubernetes-validations": [{"rule": "self.all(z, z != 'c')", "message": "c is closed: use a or b"}]
        },
        "tags": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[a-z]*$", "description": "A tag."}}
      }
    }
  }
}`

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		reason string
		object string
		want   string
	}{
		"Valid": {
			reason: "What the schema allows should be fine.",
			object: `{"spec":{"region":"here","count":2,"zones":["a","b"],"tags":{"k":"v"}}}`,
		},
		"Missing": {
			reason: "A missing field should be named, with what it is.",
			object: `{"spec":{}}`,
			want:   `spec.region: required value is missing: Region is where things are.`,
		},
		"Type": {
			reason: "A value of the wrong type should be shown.",
			object: `{"spec":{"region":"here","count":"two"}}`,
			want:   `spec.count: invalid value "two": must be of type integer: "string"`,
		},
		"Fraction": {
			reason: "A fraction should be refused once, with its field.",
			object: `{"spec":{"region":"here","count":1.5}}`,
			want:   `spec.count: invalid value 1.5: must be of type integer: "number"`,
		},
		"Bounds": {
			reason: "A value out of bounds should be shown with the bound.",
			object: `{"spec":{"region":"elsewhere-1","count":10}}`,
			want:   `spec.count: invalid value 10: should be less than or equal to 9; spec.region: invalid value "elsewhere-1": may not be more than 9 bytes: Region is where things are.`,
		},
		"Unknown": {
			reason: "An unknown field should be named with those there are.",
			object: `{"spec":{"region":"here","regoin":"there"}}`,
			want:   `spec.regoin: unknown field: remove it, or use one of: count, region, tags, zones`,
		},
		"UnknownAtTop": {
			reason: "An unknown field at the top should be named with those there are.",
			object: `{"spec":{"region":"here"},"spce":{}}`,
			want:   `spce: unknown field: remove it, or use one of: spec`,
		},
		"Enum": {
			reason: "An element of a list should be shown with its place.",
			object: `{"spec":{"region":"here","zones":["d"]}}`,
			want:   `spec.zones[0]: invalid value "d": supported values: "a", "b", "c": A zone.`,
		},
		"Set": {
			reason: "A value repeated in a set should be refused.",
			object: `{"spec":{"region":"here","zones":["a","a"]}}`,
			want:   `spec.zones[1]: invalid value "a": duplicate value: A zone.`,
		},
		"Rule": {
			reason: "A rule's message should be told.",
			object: `{"spec":{"region":"here","zones":["c"]}}`,
			want:   `spec.zones: invalid value ["c"]: c is closed: use a or b`,
		},
		"Key": {
			reason: "A value of a map should be told with its key.",
			object: `{"spec":{"region":"here","tags":{"k":"V"}}}`,
			want:   `spec.tags.k: invalid value "V": should match '^[a-z]*$': A tag.`,
		},
		"OddKey": {
			reason: "A key that no path can say should do no harm.",
			object: `{"spec":{"region":"here","tags":{"k[":"V"}}}`,
			want:   `spec.tags.k[: invalid value "V": should match '^[a-z]*$'`,
		},
		"DottedKey": {
			reason: "A key that reads like a path should do no harm.",
			object: `{"spec":{"region":"here","tags":{"k.l":"V"}}}`,
			want:   `spec.tags.k.l: invalid value "V": should match '^[a-z]*$'`,
		},
		"Long": {
			reason: "A long value should be cut.",
			object: `{"spec":{"region":"here","tags":{"k":"` + strings.Repeat("V", 200) + `"}}}`,
			want:   `spec.tags.k: invalid value "` + strings.Repeat("V", 127) + `...: should match '^[a-z]*$': A tag.`,
		},
		"Many": {
			reason: "A message should name five errors, in order, and count the rest.",
			object: `{"spec":{"region":"here","f1":1,"f3":1,"f2":1,"f4":1,"f6":1,"f5":1,"f7":1}}`,
			want: `spec.f1: unknown field: remove it, or use one of: count, region, tags, zones; ` +
				`spec.f2: unknown field: remove it, or use one of: count, region, tags, zones; ` +
				`spec.f3: unknown field: remove it, or use one of: count, region, tags, zones; ` +
				`spec.f4: unknown field: remove it, or use one of: count, region, tags, zones; ` +
				`spec.f5: unknown field: remove it, or use one of: count, region, tags, zones; and 2 more`,
		},
	}

	v, err := New([]byte(openAPI))
	if err != nil {
		t.Fatalf("New(...): %v", err)
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := map[string]any{}
			if err := utiljson.Unmarshal([]byte(tc.object), &o); err != nil {
				t.Fatalf("cannot parse object: %v", err)
			}

			got := ""
			if err := v.Validate(context.Background(), o); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nValidate(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNew(t *testing.T) {
	cases := map[string]struct {
		reason string
		schema string
		want   string
	}{
		"NotJSON": {
			reason: "A schema that can't be parsed should be an error.",
			schema: `{`,
			want:   "cannot parse schema: ",
		},
		"NotStructural": {
			reason: "A schema that Kubernetes would not take should be an error.",
			schema: `{"type":"object","patternProperties":{"a":{"type":"string"}}}`,
			want:   "cannot compile schema: ",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := New([]byte(tc.schema))
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("%s\nNew(...): want an error that begins with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
