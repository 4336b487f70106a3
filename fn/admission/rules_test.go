package admission

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// ruled is a schema with rules wherever a schema may have some.
const ruled = `{
  "type": "object",
  "x-kubernetes-validations": [{"rule": "!has(self.spec) || self.spec.name != 'root'"}, {"rule": "self == oldSelf"}],
  "properties": {
    "plain": {"type": "object", "properties": {"deep": {
      "type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self != 'deep'"}]
    }}},
    "spec": {
      "type": "object",
      "x-kubernetes-validations": [
        {"rule": "self.name != 'spec'"},
        {"rule": "!oldSelf.hasValue() && self.name != 'new'", "optionalOldSelf": true}
      ],
      "properties": {
        "name": {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self != 'name'"}]},
        "list": {
          "type": "array", "maxItems": 3, "x-kubernetes-validations": [{"rule": "size(self) < 3"}],
          "items": {
            "type": "object", "x-kubernetes-validations": [{"rule": "self.of != 'item'"}],
            "properties": {"of": {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self != 'of'"}]}}
          }
        },
        "map": {
          "type": "object", "maxProperties": 3,
          "additionalProperties": {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self != 'value'"}]}
        }
      }
    }
  }
}`

// TestRules has Kubernetes' validator of the whole schema say the same.
func TestRules(t *testing.T) {
	v, err := New([]byte(ruled))
	if err != nil {
		t.Fatal(err)
	}

	kubernetes := cel.NewValidator(v.structural, false, celconfig.PerCallLimit)

	cases := map[string]struct {
		reason string
		object string
		want   []string
	}{
		"Empty":  {reason: "Rules of fields that are not there have nothing to say.", object: `{}`},
		"Null":   {reason: "A field that is null is as good as not there.", object: `{"spec":null}`},
		"Valid":  {reason: "What no rule refuses is fine.", object: `{"spec":{"name":"a","list":[{"of":"b"}],"map":{"c":"d"}}}`},
		"Root":   {reason: "The object's own rules see its fields.", object: `{"spec":{"name":"root"}}`, want: []string{"<nil>"}},
		"Spec":   {reason: "A field's rules see what is in it.", object: `{"spec":{"name":"spec"}}`, want: []string{"spec"}},
		"New":    {reason: "A rule that is for new objects too is one of ours.", object: `{"spec":{"name":"new"}}`, want: []string{"spec"}},
		"Name":   {reason: "A field in a field has rules.", object: `{"spec":{"name":"name"}}`, want: []string{"spec.name"}},
		"Deep":   {reason: "A field in one without rules has rules.", object: `{"plain":{"deep":"deep"}}`, want: []string{"plain.deep"}},
		"List":   {reason: "A list has rules.", object: `{"spec":{"name":"a","list":[{"of":"b"},{"of":"b"},{"of":"b"}]}}`, want: []string{"spec.list"}},
		"Item":   {reason: "An item has rules.", object: `{"spec":{"name":"a","list":[{"of":"b"},{"of":"item"}]}}`, want: []string{"spec.list[1]"}},
		"InItem": {reason: "A field of an item has rules.", object: `{"spec":{"name":"a","list":[{"of":"of"}]}}`, want: []string{"spec.list[0].of"}},
		"Value":  {reason: "A value of a map has rules.", object: `{"spec":{"name":"a","map":{"b":"value"}}}`, want: []string{"spec.map[b]"}},
		"Many":   {reason: "All fields are looked at.", object: `{"plain":{"deep":"deep"},"spec":{"name":"name","map":{"b":"value"}}}`, want: []string{"plain.deep", "spec.map[b]", "spec.name"}},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := map[string]any{}
			if err := utiljson.Unmarshal([]byte(tc.object), &o); err != nil {
				t.Fatal(err)
			}

			theirs, _ := kubernetes.Validate(t.Context(), nil, v.structural, o, nil, celconfig.RuntimeCELCostBudget)

			ours := evaluate(t.Context(), v.rules, o)
			if diff := cmp.Diff(texts(theirs), texts(ours)); diff != "" {
				t.Errorf("%s\nevaluate(...): -Kubernetes, +ours:\n%s", tc.reason, diff)
			}

			var fields []string
			for _, e := range ours {
				fields = append(fields, e.Field)
			}

			slices.Sort(fields)

			if diff := cmp.Diff(tc.want, fields); diff != "" {
				t.Errorf("%s\nevaluate(...): -want fields, +got fields:\n%s", tc.reason, diff)
			}
		})
	}
}

// texts of errors, sorted.
func texts(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}

	slices.Sort(out)

	return out
}
