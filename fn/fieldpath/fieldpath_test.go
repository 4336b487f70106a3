package fieldpath

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	cases := map[string]struct {
		reason string
		path   string
		want   []string
	}{
		"Root": {
			reason: "The object itself has no names.",
		},
		"Fields": {
			reason: "Fields are separated by full stops.",
			path:   "spec.network.cidrBlock",
			want:   []string{"spec", "network", "cidrBlock"},
		},
		"Index": {
			reason: "An index is told from a field.",
			path:   "status.conditions[0].type",
			want:   []string{"status", "conditions", "[0]", "type"},
		},
		"Key": {
			reason: "A key may have full stops.",
			path:   "metadata.annotations[crossplane.io/external-name]",
			want:   []string{"metadata", "annotations", "crossplane.io/external-name"},
		},
		"Brackets": {
			reason: "A key may have brackets.",
			path:   "spec.tags[a]b].c[0][1]",
			want:   []string{"spec", "tags", "a]b", "c", "[0]", "[1]"},
		},
		"NoEnd": {
			reason: "Brackets that do not end hold the rest.",
			path:   "spec.tags[a.b",
			want:   []string{"spec", "tags", "a.b"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Split(tc.path)); diff != "" {
				t.Errorf("%s\nSplit(%q): -want, +got:\n%s", tc.reason, tc.path, diff)
			}
		})
	}
}

func TestGet(t *testing.T) {
	o := map[string]any{"spec": map[string]any{
		"tags":  map[string]any{"example.org/team": "a", "7": "b"},
		"zones": []any{"x", "y"},
	}}

	type want struct {
		value any
		ok    bool
	}

	cases := map[string]struct {
		reason string
		path   string
		want   want
	}{
		"Root":       {reason: "No path is the object.", want: want{value: o, ok: true}},
		"Key":        {reason: "A key with full stops is found.", path: "spec.tags[example.org/team]", want: want{value: "a", ok: true}},
		"NumericKey": {reason: "A key may be a number.", path: "spec.tags[7]", want: want{value: "b", ok: true}},
		"Item":       {reason: "An item is found by its index.", path: "spec.zones[1]", want: want{value: "y", ok: true}},
		"NoField":    {reason: "What is not there is not found.", path: "spec.tier.name"},
		"NoItem":     {reason: "There is no third of two.", path: "spec.zones[2]"},
		"NoIndex":    {reason: "A list has no fields.", path: "spec.zones.first"},
		"NoObject":   {reason: "A text has no fields.", path: "spec.zones[0].name"},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got want

			got.value, got.ok = Get(o, tc.path)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nGet(o, %q): -want, +got:\n%s", tc.reason, tc.path, diff)
			}
		})
	}
}
