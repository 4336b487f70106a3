package admission

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/fn/fieldpath"
)

// rules are those of one field of a schema. They are compiled when an object has the field:
// all of the API's take a tenth of a second, and of most fields a platform has none.
type rules struct {
	path    *field.Path
	at      string // The path, as text.
	schema  *structural.Structural
	compile func() *cel.Validator
}

// rulesOf a schema and of the fields in it. What is in lists and maps belongs to the field
// that holds them.
func rulesOf(s *structural.Structural, names []string) []rules {
	var out []rules

	own := alone(s)
	if hasRules(own) {
		r := rules{at: strings.Join(names, "."), schema: own, compile: sync.OnceValue(func() *cel.Validator {
			return cel.NewValidator(own, false, celconfig.PerCallLimit)
		})}
		if len(names) > 0 {
			r.path = field.NewPath(names[0], names[1:]...)
		}

		out = append(out, r)
	}

	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		out = append(out, rulesOf(&p, append(slices.Clip(names), name))...)
	}

	return out
}

// alone is a schema without the rules of the fields in it, and without those that compare an
// object with what it was before: there is none.
func alone(s *structural.Structural) *structural.Structural {
	own := s.DeepCopy()
	for name, p := range own.Properties {
		without(&p, func(apiextensionsv1.ValidationRule) bool { return true })
		own.Properties[name] = p
	}

	without(own, func(r apiextensionsv1.ValidationRule) bool {
		return strings.Contains(r.Rule, "oldSelf") && !ptr.Deref(r.OptionalOldSelf, false)
	})

	return own
}

// without takes the unwanted rules from a schema.
func without(s *structural.Structural, unwanted func(apiextensionsv1.ValidationRule) bool) {
	all := structural.Visitor{Structural: func(s *structural.Structural) bool {
		s.XValidations = slices.DeleteFunc(s.XValidations, unwanted)
		return true // What was visited is kept.
	}}
	all.Visit(s)
}

func hasRules(s *structural.Structural) bool {
	has := false
	all := structural.Visitor{Structural: func(s *structural.Structural) bool {
		has = has || len(s.XValidations) > 0
		return false
	}}
	all.Visit(s)

	return has
}

// evaluate those of the rules whose field an object has.
func evaluate(ctx context.Context, all []rules, o map[string]any) field.ErrorList {
	var errs, more field.ErrorList

	budget := int64(celconfig.RuntimeCELCostBudget)

	for _, r := range all {
		value, ok := fieldpath.Get(o, r.at)
		if !ok || value == nil || budget < 0 {
			continue
		}

		more, budget = r.compile().Validate(ctx, r.path, r.schema, value, nil, budget)
		errs = append(errs, more...)
	}

	return errs
}
