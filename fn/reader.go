package main

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
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

// A reader reads fields of an object. A field that is missing or null is empty; the first
// of another type than asked for, or too long, is its error.
type reader struct {
	root wire.Object

	// private says that texts, and what may hold them, are not repeated in errors: what a
	// provider writes may repeat a password.
	private bool

	err error
}

// text reads a string.
func (r *reader) text(path ...string) string {
	s := r.message(path...)
	if len(s) > maxText {
		r.refuse(s, fmt.Sprintf("at most %d bytes", maxText), path)
		return ""
	}

	return s
}

// message reads a string of any length.
func (r *reader) message(path ...string) string {
	v := r.value(path...)

	s, ok := v.Text()
	if !ok && !v.IsNull() {
		r.refuse(v, "a string", path)
	}

	return s
}

// whole reads a whole number. Protobuf has floating point numbers only. None that is read is
// as large as an int32 can be: ports, sizes in GiB, IOPS.
func (r *reader) whole(path ...string) int64 {
	v := r.value(path...)
	if v.IsNull() {
		return 0
	}

	n, ok := v.Number()
	if !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		r.refuse(v, "a whole number", path)
		return 0
	}

	return int64(n)
}

// flag reads a boolean.
func (r *reader) flag(path ...string) bool {
	v := r.value(path...)

	is, ok := v.Bool()
	if !ok && !v.IsNull() {
		r.refuse(v, "true or false", path)
	}

	return is
}

// data reads the data of a Secret.
func (r *reader) data(path ...string) map[string][]byte {
	v := r.value(path...)
	if v.IsNull() {
		return nil
	}

	o, ok := v.Object()
	if !ok {
		r.refuse(notShown, "an object", path)
		return nil
	}

	out := map[string][]byte{}

	for key, v := range o.Fields() {
		s, _ := v.Text()

		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			r.refuse(notShown, "base64", append(slices.Clone(path), string(key)))
			return nil
		}

		out[string(key)] = b
	}

	return out
}

// texts reads a list of strings.
func (r *reader) texts(path ...string) []string {
	var out []string

	for i, v := range r.list(path...) {
		s, ok := v.Text()
		if !ok {
			r.refuse(v, "a string", index(path, i))
			return nil
		}

		out = append(out, s)
	}

	return out
}

// objects reads a list of objects.
func (r *reader) objects(path ...string) []wire.Object {
	var out []wire.Object

	for i, v := range r.list(path...) {
		o, ok := v.Object()
		if !ok {
			r.refuse(v, "an object", index(path, i))
			return nil
		}

		out = append(out, o)
	}

	return out
}

func (r *reader) list(path ...string) []wire.Value {
	v := r.value(path...)
	if v.IsNull() {
		return nil
	}

	l, ok := v.List()
	if !ok {
		r.refuse(v, "a list", path)
		return nil
	}

	items := slices.Collect(l)
	if len(items) > maxItems {
		r.refuse(v, fmt.Sprintf("at most %d items", maxItems), path)
		return nil
	}

	return items
}

// value returns the value at path, or none.
func (r *reader) value(path ...string) wire.Value {
	v := r.root.Field(path[0])
	for i := 1; i < len(path) && !v.IsNull(); i++ {
		next, ok := member(v, path[i])
		if !ok {
			r.refuse(v, "an object", path[:i])
			return nil
		}

		v = next
	}

	return v
}

// member of an object, or, where the name is [0], the first element of a list. Of another
// value there is none.
func member(v wire.Value, name string) (wire.Value, bool) {
	if o, ok := v.Object(); ok {
		return o.Field(name), true
	}

	l, ok := v.List()
	for first := range l {
		return first, name == "[0]"
	}

	return nil, ok && name == "[0]"
}

// isPlain says that a value is a number or a boolean.
func isPlain(v any) bool {
	value, _ := v.(wire.Value)
	_, number := value.Number()
	_, flag := value.Bool()

	return number || flag
}

func (r *reader) refuse(v any, want string, path []string) {
	if r.err != nil {
		return
	}

	shown := brief.Value(v)
	if r.private && !isPlain(v) {
		shown = notShown
	}

	r.err = errors.Errorf("%s: invalid value %s: must be %s: correct or remove it", brief.Text(pathOf(path), brief.MaxValue), shown, want)
}

// pathOf fields, as people write it.
func pathOf(path []string) string { return strings.ReplaceAll(strings.Join(path, "."), ".[", "[") }

func index(path []string, i int) []string {
	last := len(path) - 1
	return append(append([]string{}, path[:last]...), fmt.Sprintf("%s[%d]", path[last], i))
}
