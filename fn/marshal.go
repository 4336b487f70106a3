package main

import (
	"encoding/base64"
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// marshal writes a Kubernetes object, or any struct with JSON tags, as protobuf.
//
// The SDK's way there is by JSON text. It takes longer than all else that the
// function does, and has an empty status and initProvider in every resource,
// which Crossplane would apply as if we had an opinion of them. This goes
// straight, by the plan of each type's fields that apimachinery keeps for
// itself, and leaves out a struct that is empty where it may.
//
// It knows the kinds of Go values that provider-aws's and Kubernetes' types are
// made of: structs, pointers, maps of strings, slices, strings, booleans and
// numbers.
func marshal(o any) *structpb.Struct {
	return marshalStruct(reflect.ValueOf(o).Elem())
}

func marshalStruct(v reflect.Value) *structpb.Struct {
	s := &structpb.Struct{Fields: map[string]*structpb.Value{}}

	for _, f := range value.TypeReflectEntryOf(v.Type()).OrderedFields() {
		field := f.GetFrom(v)
		if f.CanOmit(field) || field.Kind() == reflect.Struct && field.IsZero() {
			continue
		}

		s.Fields[f.JsonName] = marshalValue(field)
	}

	return s
}

func marshalValue(v reflect.Value) *structpb.Value {
	switch v.Kind() { //nolint:exhaustive // The kinds that are left are numbers.
	case reflect.Pointer:
		return marshalValue(v.Elem())
	case reflect.Struct:
		return structpb.NewStructValue(marshalStruct(v))
	case reflect.Map:
		s := &structpb.Struct{Fields: make(map[string]*structpb.Value, v.Len())}
		for i := v.MapRange(); i.Next(); {
			s.Fields[i.Key().String()] = marshalValue(i.Value())
		}

		return structpb.NewStructValue(s)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return structpb.NewStringValue(base64.StdEncoding.EncodeToString(v.Bytes()))
		}

		l := &structpb.ListValue{Values: make([]*structpb.Value, v.Len())}
		for i := range l.GetValues() {
			l.Values[i] = marshalValue(v.Index(i))
		}

		return structpb.NewListValue(l)
	case reflect.String:
		return structpb.NewStringValue(v.String())
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool())
	case reflect.Float64:
		return structpb.NewNumberValue(v.Float())
	default:
		return structpb.NewNumberValue(float64(v.Int()))
	}
}
