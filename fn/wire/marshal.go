package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A Desired is a resource that an answer desires, besides those of earlier steps.
type Desired struct {
	// Key in the pipeline.
	Key string

	// Object is a pointer to a struct with JSON tags.
	Object any

	Ready fnv1.Ready
}

// Marshal writes a response in wire format, with more desired resources. They are most of
// it, and are written straight from Go's types.
//
// The SDK's way there is by JSON text and by protobuf's own types. It takes longer than all
// else that the function does, and has an empty status in every Usage, which Crossplane would
// apply as if we had an opinion of it. This goes by the plan of
// each type's fields that apimachinery keeps for itself, and leaves out a struct that is
// empty where it may.
//
// It knows the kinds of Go values that provider-aws's and Kubernetes' types are made of:
// structs, pointers, maps of strings, slices, strings, booleans and numbers.
func Marshal(rsp *fnv1.RunFunctionResponse, desired []Desired) ([]byte, error) {
	// What a resource of ours has, about.
	const size = 1 << 10

	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rsp)
	w := newWriter(make([]byte, len(b)+size*len(desired)))

	for _, d := range slices.Backward(desired) {
		end := w.len()
		w.varint(resourceReady, uint64(d.Ready)) //nolint:gosec // It is none of the negative ones.
		w.object(resourceResource, reflect.ValueOf(d.Object).Elem())
		w.message(entryValue, end)
		w.text(entryKey, d.Key)
		w.message(stateResources, end)
	}

	if len(desired) > 0 {
		// Of two desired states the second adds to the first.
		w.message(responseDesired, 0)
	}

	w.raw(b)

	return w.bytes(), err
}

// Struct is an object as protobuf. o is a pointer to a struct with JSON tags.
func Struct(o any) *structpb.Struct {
	w := newWriter(nil)
	w.fields(reflect.ValueOf(o).Elem())

	s := &structpb.Struct{}
	_ = proto.Unmarshal(w.bytes(), s) // What a writer writes is valid.

	return s
}

// object writes a Struct in a field.
func (w *writer) object(tag byte, v reflect.Value) {
	end := w.len()
	w.fields(v)
	w.message(tag, end)
}

// fields writes those of a Struct.
func (w *writer) fields(v reflect.Value) {
	for _, f := range slices.Backward(value.TypeReflectEntryOf(v.Type()).OrderedFields()) {
		field := f.GetFrom(v)
		if f.CanOmit(field) || field.Kind() == reflect.Struct && field.IsZero() {
			continue
		}

		w.entry(f.JsonName, field)
	}
}

// entry writes a field of a Struct.
func (w *writer) entry(name string, v reflect.Value) {
	end := w.len()
	w.value(entryValue, v)
	w.text(entryKey, name)
	w.message(structFields, end)
}

// value writes a Value in a field.
func (w *writer) value(tag byte, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}

	end := w.len()

	switch v.Kind() { //nolint:exhaustive // The kinds that are left are numbers.
	case reflect.Struct:
		w.object(valueStruct, v)
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(b.String(), a.String()) })

		for _, key := range keys {
			w.entry(key.String(), v.MapIndex(key))
		}

		w.message(valueStruct, end)
	case reflect.Slice:
		w.slice(v)
	case reflect.String:
		w.text(valueString, v.String())
	case reflect.Bool:
		w.varint(valueBool, protowire.EncodeBool(v.Bool()))
	case reflect.Float64:
		w.fixed64(valueNumber, math.Float64bits(v.Float()))
	default:
		w.fixed64(valueNumber, math.Float64bits(float64(v.Int())))
	}

	w.message(tag, end)
}

// slice writes a list, or bytes as text in base64.
func (w *writer) slice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		w.text(valueString, base64.StdEncoding.EncodeToString(v.Bytes()))
		return
	}

	end := w.len()
	for i := range v.Len() {
		w.value(listValues, v.Index(v.Len()-1-i))
	}

	w.message(valueList, end)
}
