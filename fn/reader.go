package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
)

const (
	// maxText is how many bytes a text has that is read into an answer, which may repeat it
	// in each resource. The longest are ARNs, of at most 2048 characters:
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
	maxText = 4096

	// maxItems is how many items a list has that is read. The longest names the nodes of a
	// cache, which has six at most.
	maxItems = 100
)

// notShown stands in the place of a value that may be secret.
const notShown = "(not shown)"

// A reader reads fields of an object in protobuf. A field that is missing or
// null is empty; the first of another type than asked for, or too long, is its error.
type reader struct {
	root *structpb.Struct
	err  error
}

// text reads a string.
func (r *reader) text(path ...string) string {
	s := r.message(path...)
	if len(s) > maxText {
		r.refuse(structpb.NewStringValue(s), fmt.Sprintf("at most %d bytes", maxText), path)
		return ""
	}

	return s
}

// message reads a string of any length.
func (r *reader) message(path ...string) string {
	v := r.value(path...)
	if v == nil {
		return ""
	}

	s, ok := v.GetKind().(*structpb.Value_StringValue)
	if !ok {
		r.refuse(v, "a string", path)
		return ""
	}

	return s.StringValue
}

// whole reads a whole number. Protobuf has floating point numbers only. None that is read is
// as large as an int32 can be: ports, sizes in GiB, IOPS.
func (r *reader) whole(path ...string) int64 {
	v := r.value(path...)
	if v == nil {
		return 0
	}

	n, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok || n.NumberValue != math.Trunc(n.NumberValue) || math.Abs(n.NumberValue) > math.MaxInt32 {
		r.refuse(v, "a whole number", path)
		return 0
	}

	return int64(n.NumberValue)
}

// flag reads a boolean.
func (r *reader) flag(path ...string) bool {
	v := r.value(path...)
	if v == nil {
		return false
	}

	b, ok := v.GetKind().(*structpb.Value_BoolValue)
	if !ok {
		r.refuse(v, "true or false", path)
		return false
	}

	return b.BoolValue
}

// data reads the data of a Secret. Its values are not repeated in errors.
func (r *reader) data(path ...string) map[string][]byte {
	v := r.value(path...)
	if v == nil {
		return nil
	}

	fields := v.GetStructValue().GetFields()
	if v.GetStructValue() == nil {
		r.refuse(structpb.NewStringValue(notShown), "an object", path)
		return nil
	}

	out := make(map[string][]byte, len(fields))
	// In order, so that of two errors the same one is told each time.
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		b, err := base64.StdEncoding.DecodeString(fields[key].GetStringValue())
		if err != nil {
			r.refuse(structpb.NewStringValue(notShown), "base64", append(path, key))
			return nil
		}

		out[key] = b
	}

	return out
}

// texts reads a list of strings.
func (r *reader) texts(path ...string) []string {
	var out []string

	for i, v := range r.list(path...) {
		s, ok := v.GetKind().(*structpb.Value_StringValue)
		if !ok {
			r.refuse(v, "a string", index(path, i))
			return nil
		}

		out = append(out, s.StringValue)
	}

	return out
}

// objects reads a list of objects.
func (r *reader) objects(path ...string) []*structpb.Struct {
	var out []*structpb.Struct

	for i, v := range r.list(path...) {
		if v.GetStructValue() == nil {
			r.refuse(v, "an object", index(path, i))
			return nil
		}

		out = append(out, v.GetStructValue())
	}

	return out
}

func (r *reader) list(path ...string) []*structpb.Value {
	v := r.value(path...)
	if v == nil {
		return nil
	}

	l, ok := v.GetKind().(*structpb.Value_ListValue)
	if !ok {
		r.refuse(v, "a list", path)
		return nil
	}

	if len(l.ListValue.GetValues()) > maxItems {
		r.refuse(v, fmt.Sprintf("at most %d items", maxItems), path)
		return nil
	}

	return l.ListValue.GetValues()
}

// value returns the value at path, or nil. It is called hundreds of times in a
// call, and allocates nothing.
func (r *reader) value(path ...string) *structpb.Value {
	v := r.root.GetFields()[path[0]]
	for i := 1; i < len(path) && !isNull(v); i++ {
		next, ok := member(v, path[i])
		if !ok {
			r.refuse(v, "an object", path[:i])
			return nil
		}

		v = next
	}

	if isNull(v) {
		return nil
	}

	return v
}

// member of an object, or, where the name is [0], of a list. Of another value there is
// none.
func member(v *structpb.Value, name string) (*structpb.Value, bool) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StructValue:
		return kind.StructValue.GetFields()[name], true
	case *structpb.Value_ListValue:
		i, err := strconv.Atoi(strings.Trim(name, "[]"))
		if err != nil || i >= len(kind.ListValue.GetValues()) {
			return nil, err == nil
		}

		return kind.ListValue.GetValues()[i], true
	default:
		return nil, false
	}
}

func isNull(v *structpb.Value) bool {
	_, null := v.GetKind().(*structpb.Value_NullValue)
	return v == nil || null
}

func (r *reader) refuse(v *structpb.Value, want string, path []string) {
	if r.err != nil {
		return
	}

	at := strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
	r.err = errors.Errorf("%s: invalid value %s: must be %s: correct or remove it", brief.Text(at, brief.MaxValue), brief.Value(v), want)
}

func index(path []string, i int) []string {
	last := len(path) - 1
	return append(append([]string{}, path[:last]...), fmt.Sprintf("%s[%d]", path[last], i))
}
