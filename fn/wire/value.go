package wire

import (
	"iter"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// An Object is a google.protobuf.Struct in wire format, of those that a Request holds.
type Object []byte

// A Value is a google.protobuf.Value in wire format, of those that a Request holds. A
// value that is missing has none.
type Value []byte

// Field returns a field's value.
func (o Object) Field(name string) Value {
	for key, v := range o.Fields() {
		if string(key) == name {
			return v
		}
	}

	return nil
}

// Fields of the object.
func (o Object) Fields() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		for b := []byte(o); len(b) > 0; {
			_, content, rest, _ := field(b)
			if e, _ := mapEntry(content); !yield(e.key, e.value) {
				return
			}

			b = rest
		}
	}
}

// IsNull says that the value is null, missing or of no type.
func (v Value) IsNull() bool { return len(v) == 0 || v[0] == valueNull }

// Object that the value is, if it is one.
func (v Value) Object() (Object, bool) {
	b, ok := v.content(valueStruct)
	return b, ok
}

// Text that the value is, if it is text.
func (v Value) Text() (string, bool) {
	b, ok := v.content(valueString)
	return string(b), ok
}

// List that the value is, if it is one.
func (v Value) List() (iter.Seq[Value], bool) {
	b, ok := v.content(valueList)

	return func(yield func(Value) bool) {
		for len(b) > 0 {
			_, content, rest, _ := field(b)
			if !yield(content) {
				return
			}

			b = rest
		}
	}, ok
}

// Number that the value is, if it is one.
func (v Value) Number() (float64, bool) {
	if len(v) == 0 || v[0] != valueNumber {
		return 0, false
	}

	n, _ := protowire.ConsumeFixed64(v[1:])

	return math.Float64frombits(n), true
}

// Bool that the value is, if it is one.
func (v Value) Bool() (is, ok bool) {
	if len(v) == 0 || v[0] != valueBool {
		return false, false
	}

	n, _ := protowire.ConsumeVarint(v[1:])

	return n != 0, true
}

// Any is the value as encoding/json would have it, but with whole numbers as int64.
func (v Value) Any() any {
	if o, ok := v.Object(); ok {
		return o.Any()
	}

	if l, ok := v.List(); ok {
		out := []any{}
		for item := range l {
			out = append(out, item.Any())
		}

		return out
	}

	if s, ok := v.Text(); ok {
		return s
	}

	if b, ok := v.Bool(); ok {
		return b
	}

	n, ok := v.Number()

	switch {
	case !ok:
		return nil
	case n == math.Trunc(n) && math.Abs(n) < 1<<63:
		return int64(n)
	default:
		return n
	}
}

// Any is the object as encoding/json would have it, but with whole numbers as int64.
func (o Object) Any() map[string]any {
	out := map[string]any{}
	for name, v := range o.Fields() {
		out[string(name)] = v.Any()
	}

	return out
}

// content of a value that has a length, if it is of a type.
func (v Value) content(want byte) ([]byte, bool) {
	tag, content, _, ok := field(v)
	if !ok || tag != want {
		return nil, false
	}

	return content, true
}
