package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// marked is a field with markers: a default, if it isn't nil, and a description of one,
// if it isn't empty.
func marked(name string, value any, words string, u *fieldUpdate) field {
	m := markers.MarkerValues{}
	if value != nil {
		m[markerDefault] = []any{fieldDefault{Value: value}}
	}

	if words != "" {
		m[markerDefaultDescription] = []any{fieldDefaultDescription(words)}
	}

	return field{name: name, markers: m, update: u}
}

func TestCheckMarkers(t *testing.T) {
	inPlace := &fieldUpdate{Effect: effectInPlace}

	required := marked("region", nil, "", inPlace)
	required.required = true

	requiredWithDefault := marked("region", "us-east-1", "", inPlace)
	requiredWithDefault.required = true

	group := func(words string, fields ...field) field {
		f := marked("cache", nil, words, nil)
		f.fields = fields

		return f
	}

	cases := map[string]struct {
		reason string
		spec   []field
		want   string
	}{
		"Complete": {
			reason: "A field that isn't required has one default, and each says what a change does.",
			spec:   []field{required, marked("tags", nil, "none", inPlace), group("", marked("nodeType", "small", "", inPlace))},
		},
		"NoUpdate": {
			reason: "A field must say what a change does, also in a group.",
			spec:   []field{group("", marked("nodeType", "small", "", nil))},
			want:   "cache.nodeType: say what a change of it does with the marker dataplatform:update",
		},
		"NoDefault": {
			reason: "A field must say its default.",
			spec:   []field{marked("tags", nil, "", inPlace)},
			want:   "tags: say its default with the marker dataplatform:default, or in words with dataplatform:defaultDescription",
		},
		"TwoDefaults": {
			reason: "A field has one default.",
			spec:   []field{marked("tags", "a", "b", inPlace)},
			want:   "tags: has the markers dataplatform:default and dataplatform:defaultDescription: remove one",
		},
		"Required": {
			reason: "What is required is never left out.",
			spec:   []field{requiredWithDefault},
			want:   "region: remove the marker of its default: the field is required",
		},
		"Group": {
			reason: "A group's default is that of its fields.",
			spec:   []field{group("none", marked("nodeType", "small", "", inPlace))},
			want:   "cache: remove the marker of its default: each of its fields has its own",
		},
		"NoParameter": {
			reason: "A default in Go is one of a field that a policy may set too.",
			spec:   []field{marked("zones", "a", "", inPlace)},
			want:   "zones: say its default in words with the marker dataplatform:defaultDescription, or make it a field of Parameters: only those have a constant one",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			parameters := []field{marked("tags", nil, "none", inPlace), marked("region", nil, "", inPlace)}

			got := ""
			if err := checkMarkers(tc.spec, parameters); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ncheckMarkers(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
