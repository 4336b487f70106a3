package kit

import (
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/fn/fieldpath"
)

// A Reading is what is read of the observed resources of one kind. What no Reading
// names is not looked at.
type Reading struct {
	Kind   schema.GroupKind
	Fields []ReadField

	// Type of the struct that the fields are of.
	Type reflect.Type
}

// A ReadField is one field that is read.
type ReadField struct {
	// Path of the field in the object. An index of a list is written [0].
	Path []string

	// Index of the field in the struct that it is read into.
	Index int

	// Fields of the field, if it is a struct.
	Fields []ReadField

	// Condition is the type of the status condition whose fields they are, if it is one.
	Condition string
}

// conditions of an object's status.
const conditions = "status.conditions"

// Paths of all that is read into the field.
func (f ReadField) Paths() [][]string {
	if f.Fields == nil {
		return [][]string{f.Path}
	}

	var out [][]string
	for _, sub := range f.Fields {
		out = append(out, sub.Path)
	}

	if f.Condition != "" {
		out = append(out, slices.Concat(f.Path, []string{"type"}))
	}

	return out
}

// Read returns the Reading of a kind whose fields go into a T: a struct whose fields say
// in their tag what is read into them, such as reads:"spec.forProvider.identifier". They
// are strings, booleans, whole numbers, lists of strings, the data of Secrets, and structs
// of strings. Those with a tag such as condition:"Ready" are of that status condition.
func Read[T any](kind schema.GroupVersionKind) Reading {
	t := reflect.TypeFor[T]()
	return Reading{Kind: kind.GroupKind(), Fields: readFields(t), Type: t}
}

// ReadOfAll is what is read of every resource, into an Observation.
func ReadOfAll() []ReadField { return readFields(reflect.TypeFor[Observation]()) }

// readFields of a struct. Those of a struct in it are named as in JSON.
func readFields(t reflect.Type) []ReadField {
	var fields []ReadField

	for f := range t.Fields() {
		condition, isCondition := f.Tag.Lookup("condition")
		tag, ok := f.Tag.Lookup("reads")

		switch {
		case isCondition:
			tag = conditions + "[0]"
		case !ok:
			continue
		}

		path := fieldpath.Split(tag)

		field := ReadField{Path: path, Index: f.Index[0], Condition: condition}
		if f.Type.Kind() == reflect.Struct {
			for sub := range f.Type.Fields() {
				name, _, _ := strings.Cut(sub.Tag.Get("json"), ",")
				field.Fields = append(field.Fields, ReadField{Path: append(slices.Clip(path), name), Index: sub.Index[0]})
			}
		}

		fields = append(fields, field)
	}

	return fields
}
