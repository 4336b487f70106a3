package kit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
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
}

// Read returns the Reading of a kind whose fields go into a T: a struct whose fields say
// in their tag what is read into them, such as reads:"spec.forProvider.identifier". They
// are strings, booleans, whole numbers, lists of strings, and structs of strings.
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
		tag, ok := f.Tag.Lookup("reads")
		if !ok {
			continue
		}

		segments, err := fieldpath.Parse(tag)
		if err != nil {
			// A tag is part of the program.
			panic(fmt.Sprintf("%s.%s: cannot parse its tag: %v", t, f.Name, err))
		}

		path := make([]string, len(segments))
		for i, s := range segments {
			path[i] = s.Field
			if s.Type == fieldpath.SegmentIndex {
				path[i] = fmt.Sprintf("[%d]", s.Index)
			}
		}

		field := ReadField{Path: path, Index: f.Index[0]}
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
