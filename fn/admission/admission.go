// Package admission validates an object against an OpenAPI schema the way the
// Kubernetes API server does at admission, so that a local preview and a
// cluster refuse the same things.
package admission

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/fieldpath"
)

// maxErrors is how many errors one message names: enough to fix a file in one
// go, few enough to read in an event.
const maxErrors = 5

// noField is what an error has for its field that has none.
const noField = "<nil>"

// A Validator validates objects against one schema. It is safe for concurrent
// use.
type Validator struct {
	props      *apiextensions.JSONSchemaProps
	structural *structural.Structural
	schema     validation.SchemaValidator
	rules      []rules
}

// New returns a Validator for an OpenAPI v3 schema in JSON.
func New(openAPI []byte) (*Validator, error) {
	v1 := &apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(openAPI, v1); err != nil {
		return nil, errors.Wrap(err, "cannot parse schema")
	}

	props := &apiextensions.JSONSchemaProps{}
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1, props, nil)

	s, serr := structural.NewStructural(props)

	v, _, verr := validation.NewSchemaValidator(props)
	if err := errors.Join(err, serr, verr); err != nil {
		return nil, errors.Wrap(err, "cannot compile schema")
	}

	return &Validator{props: props, structural: s, schema: v, rules: rulesOf(s, nil)}, nil
}

// Validate returns an error that names, for every field that the schema
// refuses, the field, its value and what it should be. Fields the schema does
// not know are refused, not pruned. Whole numbers in o must be int64.
func (v *Validator) Validate(ctx context.Context, o map[string]any) error {
	var refusals []refusal
	for _, path := range pruning.PruneWithOptions(o, v.structural, false, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		refusals = append(refusals, refusal{key: path + ": unknown field", unknown: path})
	}

	// Kubernetes' validator compares each error with each other: a list that is too long is
	// refused before it makes one of every item.
	errs := tooLarge(nil, o, v.structural)
	if len(errs) == 0 {
		errs = validation.ValidateCustomResource(nil, o, v.schema)
	}
	// Rules and list types are checked only where the types are right, as the
	// API server does: a rule can't evaluate a string as a number.
	if len(errs) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.structural, o)...)
		errs = append(errs, evaluate(ctx, v.rules, o)...)
	}

	for _, e := range errs {
		// The API server's validator says of a fraction twice that it is no
		// whole number, once without its field.
		if e.Field != noField {
			refusals = append(refusals, refusal{key: e.Field + ": " + e.Type.String() + ": " + e.Detail, err: e})
		}
	}

	if len(refusals) == 0 {
		return nil
	}

	return errors.New(v.list(refusals, o))
}

// A refusal is an error, or the path of a field that is unknown, with what puts it in order.
type refusal struct {
	key     string
	unknown string
	err     *field.Error
}

// list says the first refusals, and counts the rest.
func (v *Validator) list(refusals []refusal, o map[string]any) string {
	// The validators range over maps: without sorting, the same object would
	// get another message each time.
	slices.SortFunc(refusals, func(a, b refusal) int { return strings.Compare(a.key, b.key) })
	refusals = slices.CompactFunc(refusals, func(a, b refusal) bool { return a.key == b.key })

	msgs := make([]string, 0, maxErrors+1)

	for _, r := range refusals[:min(len(refusals), maxErrors)] {
		if r.err == nil {
			msgs = append(msgs, v.unknown(r.unknown))
			continue
		}

		msgs = append(msgs, v.message(r.err, o))
	}

	if more := len(refusals) - maxErrors; more > 0 {
		msgs = append(msgs, fmt.Sprintf("and %d more", more))
	}

	return strings.Join(msgs, "; ")
}

func (v *Validator) unknown(path string) string {
	parent := path[:max(0, strings.LastIndex(path, "."))]
	known := slices.Sorted(maps.Keys(v.lookup(parent).Properties))

	return fmt.Sprintf("%s: unknown field: remove it, or use one of: %s", brief.Text(path, brief.MaxValue), strings.Join(known, ", "))
}

// message says an error of the API server's in a user's terms, with what the
// field's documentation says it should be.
func (v *Validator) message(e *field.Error, o map[string]any) string {
	parts := []string{brief.Text(e.Field, brief.MaxValue)}

	if e.Type == field.ErrorTypeRequired {
		parts = append(parts, "required value is missing")
	} else {
		detail := cmp.Or(strings.TrimPrefix(e.Detail, e.Field+" in body "), strings.ToLower(e.Type.String()))

		value, ok := fieldpath.Get(o, e.Field)
		if !ok {
			value = e.BadValue
		}

		parts = append(parts, "invalid value "+brief.Value(value), brief.Text(detail, brief.MaxText))
	}

	if d := v.lookup(e.Field).Description; d != "" {
		parts = append(parts, strings.Join(strings.Fields(d), " "))
	}

	return strings.Join(parts, ": ")
}

// lookup returns the schema of the field at path, or an empty one.
func (v *Validator) lookup(path string) *apiextensions.JSONSchemaProps {
	p := v.props
	for _, name := range fieldpath.Split(path) {
		next, known := p.Properties[fieldpath.Key(name)]
		switch {
		case p.Items != nil:
			p = p.Items.Schema
		case known:
			p = &next
		case p.AdditionalProperties != nil:
			p = p.AdditionalProperties.Schema
		default:
			return &apiextensions.JSONSchemaProps{}
		}
	}

	return p
}
