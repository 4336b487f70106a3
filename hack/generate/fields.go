package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// An api is a kind's CRD and the Go types that it was made from.
type api struct {
	crd *apiextensionsv1.CustomResourceDefinition

	// The package that holds the kind.
	pkg *loader.Package

	// Types of that package and of those that it imports.
	types map[crd.TypeIdent]*markers.TypeInfo
}

// schema of the kind without what each kind has.
func (a *api) schema() *apiextensionsv1.JSONSchemaProps {
	s := a.crd.Spec.Versions[0].Schema.OpenAPIV3Schema.DeepCopy()
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		delete(s.Properties, name)
	}

	return s
}

// A field of the API, as its Go type, its markers and its schema have it.
type field struct {
	// The names in JSON and in Go.
	name, goName string

	goType   types.Type
	doc      string
	markers  markers.MarkerValues
	schema   apiextensionsv1.JSONSchemaProps
	required bool

	// What a change of the field does, or of the object that it is part of. None for a
	// field that only holds others, or is not of the spec.
	update *fieldUpdate

	// Of the object that the field is, or has a list of.
	fields []field
}

// fieldsOf a Go type of the kind's package, by the type's name.
func (a *api) fieldsOf(name string, s apiextensionsv1.JSONSchemaProps) []field {
	return a.fields(crd.TypeIdent{Package: a.pkg, Name: name}, s)
}

// fields of a Go type, whose schema is s. Required fields come first, the others in the
// order of the type.
func (a *api) fields(id crd.TypeIdent, s apiextensionsv1.JSONSchemaProps) []field {
	var out []field

	for _, info := range a.types[id].Fields {
		name, _, _ := strings.Cut(info.Tag.Get("json"), ",")
		t := id.Package.TypesInfo.TypeOf(info.RawField.Type)

		if name == "" {
			if in, ok := a.lookup(id, t); ok {
				out = append(out, a.fields(in, s)...)
			}

			continue
		}

		p, ok := s.Properties[name]
		if !ok {
			continue
		}

		f := field{
			name: name, goName: info.Name, goType: t, doc: info.Doc, markers: info.Markers,
			schema: p, required: slices.Contains(s.Required, name),
		}

		if p.Items != nil && p.Items.Schema != nil {
			p = *p.Items.Schema
		}

		if in, ok := a.lookup(id, t); ok && len(p.Properties) > 0 {
			f.fields = a.fields(in, p)
		}

		if u, ok := info.Markers.Get(markerUpdate).(fieldUpdate); ok {
			f.changes(&u)
		}

		out = append(out, f)
	}

	slices.SortStableFunc(out, func(a, b field) int {
		switch {
		case a.required == b.required:
			return 0
		case a.required:
			return -1
		default:
			return 1
		}
	})

	return out
}

// lookup the struct that a type is, points to or has a list of.
func (a *api) lookup(from crd.TypeIdent, t types.Type) (crd.TypeIdent, bool) {
	for {
		switch of := types.Unalias(t).(type) {
		case *types.Pointer:
			t = of.Elem()
		case *types.Slice:
			t = of.Elem()
		case *types.Named:
			id := crd.TypeIdent{Package: from.Package, Name: of.Obj().Name()}
			if path := of.Obj().Pkg().Path(); path != from.Package.PkgPath {
				id.Package = from.Package.Imports()[path]
			}

			info, ok := a.types[id]

			return id, ok && info.Fields != nil
		default:
			return crd.TypeIdent{}, false
		}
	}
}

// changes sets what a change of the field does, and of those in it.
func (f *field) changes(u *fieldUpdate) {
	f.update = u

	for i := range f.fields {
		if f.fields[i].update == nil {
			f.fields[i].changes(u)
		}
	}
}

// defaultWords says the field's default, if it has one.
func (f *field) defaultWords(quote func(string) string) string {
	if d, ok := f.markers.Get(markerDefault).(fieldDefault); ok {
		return d.words(quote)
	}

	d, _ := f.markers.Get(markerDefaultDescription).(fieldDefaultDescription)

	return string(d)
}

// group says whether the field only holds others, which may each have a default and may
// each change.
func (f *field) group() bool { return f.update == nil && len(f.fields) > 0 }

// checkMarkers returns an error for a field of the spec that lacks a marker, or has one
// too many. The parameters are the fields that a policy may set too.
func checkMarkers(spec, parameters []field) error {
	for _, f := range spec {
		parameter := slices.ContainsFunc(parameters, func(p field) bool { return p.name == f.name })
		if f.markers.Get(markerDefault) != nil && !f.required && !parameter {
			return fmt.Errorf("%s: say its default in words with the marker %s, or make it a field of %s: only those have a constant one", f.name, markerDefaultDescription, parametersType)
		}
	}

	return checkFields("", spec)
}

func checkFields(path string, fields []field) error {
	for _, f := range fields {
		at := strings.TrimPrefix(path+"."+f.name, ".")

		value, words := f.markers.Get(markerDefault) != nil, f.markers.Get(markerDefaultDescription) != nil
		has := value || words

		switch {
		case f.group():
			if has {
				return fmt.Errorf("%s: remove the marker of its default: each of its fields has its own", at)
			}

			if err := checkFields(at, f.fields); err != nil {
				return err
			}
		case f.update == nil:
			return fmt.Errorf("%s: say what a change of it does with the marker %s", at, markerUpdate)
		case value && words:
			return fmt.Errorf("%s: has the markers %s and %s: remove one", at, markerDefault, markerDefaultDescription)
		case f.required && has:
			return fmt.Errorf("%s: remove the marker of its default: the field is required", at)
		case !f.required && !has:
			return fmt.Errorf("%s: say its default with the marker %s, or in words with %s", at, markerDefault, markerDefaultDescription)
		}
	}

	return nil
}
