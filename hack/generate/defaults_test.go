package main

import (
	"go/types"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLiteral(t *testing.T) {
	named := func(name string, underlying types.Type) types.Type {
		return types.NewNamed(types.NewTypeName(0, types.NewPackage("example.org/v1", "v1"), name, nil), underlying, nil)
	}

	text, number, flag := types.Typ[types.String], types.Typ[types.Int64], types.Typ[types.Bool]
	reference := named("Reference", types.NewStruct(nil, nil))

	type want struct {
		literal string
		err     string
	}

	cases := map[string]struct {
		reason string
		goType types.Type
		value  any
		want   want
	}{
		"Text": {
			reason: "A text has the type that the pointer asks for.",
			goType: types.NewPointer(text), value: "a",
			want: want{literal: `ptr.To("a")`},
		},
		"Named": {
			reason: "A type of the API is named.",
			goType: types.NewPointer(named("Mode", text)), value: "a",
			want: want{literal: `ptr.To[Mode]("a")`},
		},
		"Number": {
			reason: "A number by itself is an int.",
			goType: types.NewPointer(number), value: 7,
			want: want{literal: `ptr.To[int64](7)`},
		},
		"Bool": {
			reason: "A bool has the type that the pointer asks for.",
			goType: types.NewPointer(flag), value: false,
			want: want{literal: `ptr.To(false)`},
		},
		"List": {
			reason: "A list holds texts.",
			goType: types.NewSlice(named("Metric", text)), value: []string{"a", "b"},
			want: want{literal: `[]Metric{"a", "b"}`},
		},
		"Object": {
			reason: "An object has its fields by their Go names, in the type's order.",
			goType: types.NewPointer(reference), value: map[string]any{"name": "b", "kind": "a"},
			want: want{literal: `&Reference{Kind: "a", Name: "b"}`},
		},
		"UnknownField": {
			reason: "A misspelt field is told.",
			goType: types.NewPointer(reference), value: map[string]any{"name": "b", "knid": "a"},
			want: want{err: "default has unknown fields: knid"},
		},
		"OtherType": {
			reason: "A version is no number, though it looks like one.",
			goType: types.NewPointer(text), value: 15,
			want: want{err: "default 15 is no string: correct the marker; texts are quoted"},
		},
		"NotAList": {
			reason: "A list is written with braces.",
			goType: types.NewSlice(text), value: "a",
			want: want{err: `default a is no list of texts: write it as {"a", "b"}`},
		},
		"NoLiteral": {
			reason: "What has no constant default says so in words.",
			goType: named("Tags", types.NewMap(text, text)), value: "a",
			want: want{err: "no default can be given to a Tags: say it with dataplatform:defaultDescription"},
		},
	}

	fields := []field{{name: "kind", goName: "Kind", goType: text}, {name: "name", goName: "Name", goType: text}}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := want{}

			s, err := literal(tc.goType, fields, tc.value)
			if err != nil {
				got.err = err.Error()
			} else {
				got.literal = s
			}

			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nliteral(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
