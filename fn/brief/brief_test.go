package brief_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

func TestText(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
		want   string
	}{
		"Empty": {
			reason: "Nothing should stay nothing.",
		},
		"Fits": {
			reason: "What fits should stay as it is.",
			text:   "abcd",
			want:   "abcd",
		},
		"Long": {
			reason: "What is longer should be cut, and say so.",
			text:   "abcde",
			want:   "abcd...",
		},
		"Characters": {
			reason: "Characters should be counted, not bytes.",
			text:   "éééé",
			want:   "éééé",
		},
		"InsideACharacter": {
			reason: "A text should never be cut inside a character: protobuf could not carry it.",
			text:   strings.Repeat("é", 300),
			want:   "éééé...",
		},
		"Wide": {
			reason: "Characters of four bytes should be counted as one too.",
			text:   strings.Repeat("😀", 300),
			want:   "😀😀😀😀...",
		},
		"NoUTF8": {
			reason: "Bytes that are no text should be replaced: protobuf could not carry them.",
			text:   "a\xc3b",
			want:   "a\uFFFDb",
		},
		"LongNoUTF8": {
			reason: "Also in a text that is cut.",
			text:   strings.Repeat("a\xff", 300),
			want:   "a\uFFFDa\uFFFD...",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := brief.Text(tc.text, 4); got != tc.want {
				t.Errorf("%s\nText(...): want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

func protobufObject(t *testing.T, o map[string]any) *structpb.Struct {
	t.Helper()

	s, err := structpb.NewStruct(o)
	if err != nil {
		t.Fatal(err)
	}

	return s
}

func TestValue(t *testing.T) {
	marshal := func(m proto.Message) []byte {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}

		return b
	}
	protobuf := func(v any) wire.Value {
		out, err := structpb.NewValue(v)
		if err != nil {
			t.Fatal(err)
		}

		return marshal(out)
	}

	many := map[string]any{}
	for i := range 1000 {
		many[fmt.Sprint(i)] = nil
	}

	deep := structpb.NewNullValue()
	for range 5000 {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}

	object := map[string]any{"b": []any{1.0, "two", nil, true}, "a": map[string]any{}}

	cases := map[string]struct {
		reason string
		value  any
		want   string
	}{
		"Object": {
			reason: "The members of an object should be in order, without blanks.",
			value:  object,
			want:   `{"a":{},"b":[1,"two",null,true]}`,
		},
		"Protobuf": {
			reason: "Protobuf's values should be written like JSON's.",
			value:  protobuf(object),
			want:   `{"a":{},"b":[1,"two",null,true]}`,
		},
		"Root": {
			reason: "So should an object that is no value.",
			value:  wire.Object(marshal(protobufObject(t, object))),
			want:   `{"a":{},"b":[1,"two",null,true]}`,
		},
		"ManyMembersInProtobuf": {
			reason: "To put many members in order would cost too much.",
			value:  protobuf(many),
			want:   "{...}",
		},
		"Typed": {
			reason: "What has JSON tags should be written by them.",
			value: struct {
				Name string `json:"name"`
			}{"x"},
			want: `{"name":"x"}`,
		},
		"NoNumber": {
			reason: "A number that JSON has no word for should be shown all the same.",
			value:  math.Inf(1),
			want:   "+Inf",
		},
		"Nothing": {
			reason: "No value should be shown as null.",
			value:  wire.Value(nil),
			want:   "null",
		},
		"LongText": {
			reason: "A long text should be cut.",
			value:  strings.Repeat("x", 5000000),
			want:   `"` + strings.Repeat("x", 127) + "...",
		},
		"LongList": {
			reason: "A long list should be cut.",
			value:  protobuf(make([]any, 100000)),
			want:   "[" + strings.Repeat("null,", 25) + "nu...",
		},
		"LongObject": {
			reason: "A long object should be cut.",
			value:  map[string]any{strings.Repeat("a", 200): 1, strings.Repeat("b", 200): 1, strings.Repeat("c", 200): 1, strings.Repeat("d", 200): 1, strings.Repeat("e", 200): 1},
			want:   `{"` + strings.Repeat("a", 126) + "...",
		},
		"ManyMembers": {
			reason: "To put many members in order would cost too much.",
			value:  many,
			want:   "{...}",
		},
		"Deep": {
			reason: "A deep value should be cut before the stack is.",
			value:  wire.Value(marshal(deep)),
			want:   strings.Repeat("[", 128) + "...",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := brief.Value(tc.value)
			if got != tc.want {
				t.Errorf("%s\nValue(...): want %q, got %q", tc.reason, tc.want, got)
			}

			if n := utf8.RuneCountInString(got); n > brief.MaxValue+len("...") {
				t.Errorf("%s\nValue(...): %d characters", tc.reason, n)
			}
		})
	}
}
