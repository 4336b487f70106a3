package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdmarkers "sigs.k8s.io/controller-tools/pkg/crd/markers"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// Names of our own markers, which stand on a field of the API's types. The default is no
// kubebuilder:default: the API server would write that into every XR, and the platform
// team's policy, which lies between the two, could not tell it from a developer's wish.
const (
	// A default that is a constant, such as +dataplatform:default="gp2".
	markerDefault = "dataplatform:default"

	// A default that follows from something else, in words, such as
	// +dataplatform:defaultDescription="none".
	markerDefaultDescription = "dataplatform:defaultDescription"

	// What a change of the field does to a running platform, such as
	// +dataplatform:update:effect=InPlace,description="AWS allows it twice in 24 hours."
	markerUpdate = "dataplatform:update"
)

// Our markers come after kubebuilder's, whose rules they read, and after each other, as
// each adds to the description.
const (
	priorityUpdate  = crdmarkers.ApplyPriorityDefault + 10
	priorityDefault = priorityUpdate + 1
)

// immutable is the rule of a field that can't change at all.
const immutable = "self == oldSelf"

// An effect is what a change of a field does.
type effect string

// Effects, which docs/updates.md explains.
const (
	effectInPlace           effect = "InPlace"
	effectInterrupts        effect = "Interrupts"
	effectRefused           effect = "Refused"
	effectRefusedByFunction effect = "RefusedByFunction"
)

// effects in the words of docs/updates.md, and whether the field may change, in those of
// docs/api.md.
var effects = map[effect]struct{ words, mayChange string }{
	effectInPlace:           {words: "in place", mayChange: "yes"},
	effectInterrupts:        {words: "interrupts", mayChange: "yes, interrupts"},
	effectRefused:           {words: "refused", mayChange: "no"},
	effectRefusedByFunction: {words: "refused by the function", mayChange: "no"},
}

// A fieldDefault is the value of the marker of a constant default.
type fieldDefault struct {
	Value any
}

// A fieldDefaultDescription is the value of the marker of a default in words.
type fieldDefaultDescription string

// A fieldUpdate is the value of the marker of what a change does.
type fieldUpdate struct {
	Effect      effect
	Description string `marker:",optional"`
}

// registerMarkers adds our markers to those of controller-tools.
func registerMarkers(reg *markers.Registry) error {
	d, err := markers.MakeAnyTypeDefinition(markerDefault, markers.DescribesField, fieldDefault{})
	if err != nil {
		return err
	}

	if err := reg.Register(d); err != nil {
		return err
	}

	for name, output := range map[string]any{markerDefaultDescription: fieldDefaultDescription(""), markerUpdate: fieldUpdate{}} {
		if err := reg.Define(name, markers.DescribesField, output); err != nil {
			return err
		}
	}

	return nil
}

// ApplyToSchema has the description name the default, for kubectl explain.
func (d fieldDefault) ApplyToSchema(s *apiextensionsv1.JSONSchemaProps) error {
	return fieldDefaultDescription(d.words(plain)).ApplyToSchema(s)
}

// ApplyPriority of a default.
func (fieldDefault) ApplyPriority() crdmarkers.ApplyPriority { return priorityDefault }

// ApplyToSchema has the description name the default, for kubectl explain.
func (d fieldDefaultDescription) ApplyToSchema(s *apiextensionsv1.JSONSchemaProps) error {
	s.Description += "\nDefault: " + string(d) + "."

	return nil
}

// ApplyPriority of a default.
func (fieldDefaultDescription) ApplyPriority() crdmarkers.ApplyPriority { return priorityDefault }

// ApplyToSchema compares what the marker says of a change with the API's rules, and has
// the description of what can't change say so, for kubectl explain.
func (u fieldUpdate) ApplyToSchema(s *apiextensionsv1.JSONSchemaProps) error {
	if _, ok := effects[u.Effect]; !ok {
		return fmt.Errorf("%s: unknown effect %q: use one of: %s", markerUpdate, u.Effect, list(slices.Sorted(maps.Keys(effects))))
	}

	fixed, guarded := false, false
	for _, r := range s.XValidations {
		fixed = fixed || r.Rule == immutable
		guarded = guarded || strings.Contains(r.Rule, "oldSelf")
	}

	switch {
	case fixed && u.Effect != effectRefused:
		return fmt.Errorf("%s: effect %s, but the rule %q refuses each change: use effect %s, or remove the rule", markerUpdate, u.Effect, immutable, effectRefused)
	case u.Effect == effectRefused && !guarded:
		return fmt.Errorf("%s: effect %s, but no rule refuses a change: add one that compares self with oldSelf, or use another effect", markerUpdate, u.Effect)
	case fixed:
		s.Description += " Immutable."
	}

	return nil
}

// ApplyPriority of what a change does.
func (fieldUpdate) ApplyPriority() crdmarkers.ApplyPriority { return priorityUpdate }

// mayChange says whether the API server and the function let the field change.
func (u fieldUpdate) mayChange() bool {
	return u.Effect == effectInPlace || u.Effect == effectInterrupts
}

// words says a default in one line. Each value is written with quote.
func (d fieldDefault) words(quote func(string) string) string {
	switch v := d.Value.(type) {
	case []string:
		out := make([]string, 0, len(v))
		for _, e := range v {
			out = append(out, quote(e))
		}

		return list(out)
	case map[string]any:
		out := make([]string, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, k+" "+quote(fmt.Sprint(v[k])))
		}

		return list(out)
	default:
		return quote(fmt.Sprint(v))
	}
}

// plain writes a value as it is, and code as Markdown does.
func plain(v string) string { return v }
func code(v string) string  { return "`" + v + "`" }

func list[S ~string](values []S) string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, string(v))
	}

	return strings.Join(out, ", ")
}
