package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/version"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/utils/ptr"
)

// oldestKubernetes is the minor version of the oldest Kubernetes that README.md names.
// An API server takes new rules that the version before it knows too.
const oldestKubernetes = 31

// platformCRDs are the CRDs that Crossplane makes of the XRDs.
func platformCRDs(t *testing.T) []*apiextensionsv1.CustomResourceDefinition {
	t.Helper()

	type xrd struct {
		Spec struct {
			Group      string
			Scope      string
			Names      apiextensionsv1.CustomResourceDefinitionNames
			ClaimNames *apiextensionsv1.CustomResourceDefinitionNames
			Versions   []struct {
				Name                     string
				AdditionalPrinterColumns []apiextensionsv1.CustomResourceColumnDefinition
				Schema                   apiextensionsv1.CustomResourceValidation
			}
		}
	}

	var out []*apiextensionsv1.CustomResourceDefinition

	for _, file := range []string{"../apis/definition.yaml", "../apis/definition-claim.yaml"} {
		x := &xrd{}
		readYAML(t, file, x)
		v := x.Spec.Versions[0]

		add := func(scope apiextensionsv1.ResourceScope, names apiextensionsv1.CustomResourceDefinitionNames, spec map[string]apiextensionsv1.JSONSchemaProps) {
			s := v.Schema.OpenAPIV3Schema.DeepCopy()
			s.Properties["apiVersion"] = apiextensionsv1.JSONSchemaProps{Type: "string"}
			s.Properties["kind"] = apiextensionsv1.JSONSchemaProps{Type: "string"}
			s.Properties["metadata"] = apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
				"name": {Type: "string", MaxLength: ptr.To[int64](63)},
			}}
			maps.Copy(s.Properties["spec"].Properties, spec)
			maps.Copy(s.Properties["status"].Properties, crossplaneStatusProps())
			out = append(out, establish(&apiextensionsv1.CustomResourceDefinition{Spec: apiextensionsv1.CustomResourceDefinitionSpec{
				Group: x.Spec.Group,
				Names: names,
				Scope: scope,
				Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
					Name: v.Name, Served: true, Storage: true,
					Schema:                   &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: s},
					Subresources:             &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
					AdditionalPrinterColumns: v.AdditionalPrinterColumns,
				}},
			}}))
		}

		switch x.Spec.Scope {
		case "Namespaced":
			add(apiextensionsv1.NamespaceScoped, x.Spec.Names, map[string]apiextensionsv1.JSONSchemaProps{"crossplane": {Type: "object", Properties: crossplaneSpecProps()}})
		case "LegacyCluster":
			add(apiextensionsv1.ClusterScoped, x.Spec.Names, crossplaneSpecProps())
			add(apiextensionsv1.NamespaceScoped, *x.Spec.ClaimNames, crossplaneSpecProps())
		default:
			t.Fatalf("%s: unknown scope %s", file, x.Spec.Scope)
		}
	}

	return out
}

// crossplaneSpecProps are the fields that Crossplane adds to an XR's spec, in
// spec.crossplane of the new ones. For brevity all XRs here have all of them.
func crossplaneSpecProps() map[string]apiextensionsv1.JSONSchemaProps {
	ref := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"apiVersion": {Type: "string"}, "kind": {Type: "string"}, "namespace": {Type: "string"}, "name": {Type: "string"},
	}}
	selector := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"matchLabels": {Type: "object", AdditionalProperties: &apiextensionsv1.JSONSchemaPropsOrBool{Schema: &apiextensionsv1.JSONSchemaProps{Type: "string"}}},
	}}

	return map[string]apiextensionsv1.JSONSchemaProps{
		"claimRef":                    ref,
		"compositeDeletePolicy":       {Type: "string"},
		"compositionRef":              ref,
		"compositionRevisionRef":      ref,
		"compositionRevisionSelector": selector,
		"compositionSelector":         selector,
		"compositionUpdatePolicy":     {Type: "string"},
		"resourceRef":                 ref,
		"resourceRefs":                {Type: "array", XListType: new("atomic"), Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &ref}},
		"writeConnectionSecretToRef":  ref,
	}
}

func crossplaneStatusProps() map[string]apiextensionsv1.JSONSchemaProps {
	return map[string]apiextensionsv1.JSONSchemaProps{
		"conditions": {Type: "array", XListType: new("map"), XListMapKeys: []string{"type"}, Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{
			Type:     "object",
			Required: []string{"type"},
			Properties: map[string]apiextensionsv1.JSONSchemaProps{
				"lastTransitionTime": {Type: "string", Format: "date-time"},
				"message":            {Type: "string"},
				"observedGeneration": {Type: "integer", Format: "int64"},
				"reason":             {Type: "string"},
				"status":             {Type: "string"},
				"type":               {Type: "string"},
			},
		}}},
		"connectionDetails":   {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"lastPublishedTime": {Type: "string", Format: "date-time"}}},
		"claimConditionTypes": {Type: "array", XListType: new("set"), Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{Type: "string"}}},
	}
}

// establish gives a CRD what the API server does.
func establish(crd *apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.CustomResourceDefinition {
	crd.SetName(crd.Spec.Names.Plural + "." + crd.Spec.Group)

	for _, v := range crd.Spec.Versions {
		crd.Status.StoredVersions = append(crd.Status.StoredVersions, v.Name)
	}

	apiextensionsv1.SetDefaults_CustomResourceDefinition(crd)
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)

	return crd
}

// TestDefinitions has the API server's validation, with its limits of what rules
// may cost, look at the CRDs of the XRs, of the claim and of the input.
func TestDefinitions(t *testing.T) {
	policy := &apiextensionsv1.CustomResourceDefinition{}
	readYAML(t, "../package/input/dataplatform.fn.crossplane.io_policies.yaml", policy)

	for _, crd := range append(platformCRDs(t), establish(policy)) {
		t.Run(crd.GetName(), func(t *testing.T) {
			internal := &apiextensions.CustomResourceDefinition{}
			if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd, internal, nil); err != nil {
				t.Fatal(err)
			}

			for _, err := range validation.ValidateCustomResourceDefinition(t.Context(), internal) {
				t.Error(err)
			}
		})
	}
}

// TestKubectlNames has every name that people may give kubectl mean one kind.
func TestKubectlNames(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   []string
	}{
		"xdataplatform":         {reason: "What developers have in their namespaces.", want: []string{"XDataPlatform"}},
		"xdp":                   {reason: "The same, for short.", want: []string{"XDataPlatform"}},
		"dataplatform":          {reason: "What developers have who use claims.", want: []string{"DataPlatform"}},
		"dp":                    {reason: "The same, for short.", want: []string{"DataPlatform"}},
		"compositedataplatform": {reason: "What Crossplane makes of a claim.", want: []string{"CompositeDataPlatform"}},
		"cdp":                   {reason: "The same, for short.", want: []string{"CompositeDataPlatform"}},
	}

	got := map[string][]string{}

	for _, crd := range platformCRDs(t) {
		names := crd.Spec.Names
		for _, name := range append(names.ShortNames, names.Singular) {
			got[name] = append(got[name], names.Kind)
		}
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, got[name]); diff != "" {
				t.Errorf("%s\n-want kinds, +got kinds:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRules compiles every rule as the oldest Kubernetes does, and has the API server's
// limits of what rules may cost, far off today, count.
func TestRules(t *testing.T) {
	policy := &apiextensionsv1.CustomResourceDefinition{}
	readYAML(t, "../package/input/dataplatform.fn.crossplane.io_policies.yaml", policy)

	for _, crd := range append(platformCRDs(t), establish(policy)) {
		t.Run(crd.GetName(), func(t *testing.T) {
			props := &apiextensions.JSONSchemaProps{}
			if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, props, nil); err != nil {
				t.Fatal(err)
			}

			rules, cost := ruleCosts(t, crd.GetName(), props, validation.RootCELContext(props))
			if rules == 0 || cost == 0 || cost > validation.StaticEstimatedCRDCostLimit {
				t.Errorf("%d rules may cost %d, and the API server allows %d", rules, cost, validation.StaticEstimatedCRDCostLimit)
			}
		})
	}

	expensive := platformCRDs(t)[0].Spec.Versions[0].Schema.OpenAPIV3Schema
	spec := expensive.Properties["spec"]
	spec.XValidations = append(spec.XValidations, apiextensionsv1.ValidationRule{Rule: "self.tags.all(a, self.tags.all(b, self.tags.all(c, self.tags.all(d, self.tags.all(e, self.tags.all(f, a != b && c != d || e == f))))))"})
	expensive.Properties["spec"] = spec

	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(expensive, props, nil); err != nil {
		t.Fatal(err)
	}

	if _, cost := ruleCosts(t, "expensive", props, validation.RootCELContext(props)); cost <= validation.StaticEstimatedCRDCostLimit {
		t.Errorf("a rule that goes through the tags six times should cost more than is allowed, got %d", cost)
	}
}

// ruleCosts compiles the rules of a schema and of those in it, counts them, and adds up
// what they may cost.
func ruleCosts(t *testing.T, path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) (rules int, cost uint64) {
	t.Helper()

	if len(s.XValidations) > 0 {
		info, err := c.TypeInfo()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}

		results, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit, environment.MustBaseEnvSet(version.MajorMinor(1, oldestKubernetes-1)), cel.NewExpressionsEnvLoader())
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}

		for i, r := range results {
			if r.Error != nil {
				t.Errorf("%s: %s: %v", path, s.XValidations[i].Rule, r.Error)
			}

			rules++
			cost += r.MaxCost * ptr.Deref(c.MaxCardinality, r.MaxCardinality)
		}
	}

	add := func(path string, s *apiextensions.JSONSchemaProps, c *validation.CELSchemaContext) {
		moreRules, moreCost := ruleCosts(t, path, s, c)
		rules, cost = rules+moreRules, cost+moreCost
	}
	for name, p := range s.Properties {
		add(path+"."+name, &p, c.ChildPropertyContext(&p, name))
	}

	if s.Items != nil {
		add(path+"[]", s.Items.Schema, c.ChildItemsContext(s.Items.Schema))
	}

	if s.AdditionalProperties != nil {
		add(path+".*", s.AdditionalProperties.Schema, c.ChildAdditionalPropertiesContext(s.AdditionalProperties.Schema))
	}

	return rules, cost
}
