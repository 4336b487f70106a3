package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	kvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/version"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/observed"
)

// randomPlatforms is how many platforms the tests make up.
const randomPlatforms = 220

// A testPlatform is a platform that several tests look at: an example, or one
// that was made up.
type testPlatform struct {
	name string
	req  *fnv1.RunFunctionRequest

	// Answers when nothing of the platform is observed, when half of it is, and
	// when all is.
	answers []*fnv1.RunFunctionResponse

	// Composed resources of each answer that has others than the one before.
	composed []map[string]*unstructured.Unstructured
}

// takesOver says whether a resource existed before the platform.
func (p *testPlatform) takesOver(key string) bool {
	at := &reader{root: p.req.GetObserved().GetComposite().GetResource()}
	return at.text("spec", "externalNames", key) != ""
}

// testPlatforms returns every example and the random platforms.
func testPlatforms(t *testing.T) []*testPlatform {
	t.Helper()
	testPlatformsOnce.Do(func() {
		examples, err := filepath.Glob("../examples/*/xr.yaml")
		if err != nil || len(examples) == 0 {
			t.Fatalf("no examples: %v", err)
		}
		for _, file := range examples {
			req := requestFor(readXR(t, file))
			policies, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "policy.yaml"))
			for _, policy := range policies {
				x := &unstructured.Unstructured{}
				readYAML(t, policy, &x.Object)
				req.Input = mustStruct(x.Object)
			}
			testPlatformsAll = append(testPlatformsAll, &testPlatform{name: file, req: req})
		}
		r := newRandomizer(1)
		for i := range randomPlatforms {
			testPlatformsAll = append(testPlatformsAll, &testPlatform{name: fmt.Sprintf("random platform %d", i), req: r.request()})
		}
		f := newFunction(t)
		for _, p := range testPlatformsAll {
			p.run(t, f)
		}
	})
	return testPlatformsAll
}

var (
	testPlatformsOnce sync.Once
	testPlatformsAll  []*testPlatform
)

// run asks the function for the platform at each stage of its life. What one
// answer reveals the next may compose, so each stage is run until nothing new
// comes of it.
func (p *testPlatform) run(t *testing.T, f *Function) {
	t.Helper()
	desired := map[string]*fnv1.Resource{}
	for _, stage := range []observed.Stage{"", observed.Creating, observed.Ready} {
		rsp := p.answer(t, f, stage, desired)
		for !sameResources(desired, rsp.GetDesired().GetResources()) {
			desired = rsp.GetDesired().GetResources()
			composed := make(map[string]*unstructured.Unstructured, len(desired))
			for key, r := range desired {
				composed[key] = &unstructured.Unstructured{Object: jsonObject(t, r.GetResource())}
			}
			p.composed = append(p.composed, composed)
			if len(p.composed) > 10 {
				t.Fatalf("%s: the answer has not settled after %d calls", p.name, len(p.composed))
			}
			rsp = p.answer(t, f, stage, desired)
		}
		p.answers = append(p.answers, rsp)
	}
}

// answer of the function when the resources it desired are at a stage.
func (p *testPlatform) answer(t *testing.T, f *Function, stage observed.Stage, desired map[string]*fnv1.Resource) *fnv1.RunFunctionResponse {
	t.Helper()
	req := proto.CloneOf(p.req)
	if stage != "" {
		o, err := observed.Resources(req.GetObserved().GetComposite().GetResource(), desired, stage)
		if err != nil {
			t.Fatal(err)
		}
		req.Observed.Resources = o
	}
	rsp, err := f.RunFunction(t.Context(), req)
	if err != nil || len(rsp.GetResults()) > 0 {
		t.Fatalf("%s: RunFunction(...): %v, results %v for %s", p.name, err, rsp.GetResults(), protojson.Format(p.req))
	}
	return rsp
}

func sameResources(a, b map[string]*fnv1.Resource) bool {
	return maps.EqualFunc(a, b, func(a, b *fnv1.Resource) bool { return proto.Equal(a.GetResource(), b.GetResource()) })
}

// readXR reads an example's XR. Of a claim it makes the XR that Crossplane does.
func readXR(t *testing.T, file string) *structpb.Struct {
	t.Helper()
	x := &unstructured.Unstructured{}
	readYAML(t, file, &x.Object)
	x.SetUID("8fea6da0-c396-5a6a-88b8-77c765f04fca")
	if x.GetKind() == "DataPlatform" {
		ref := anyObject{"apiVersion": x.GetAPIVersion(), "kind": x.GetKind(), "namespace": x.GetNamespace(), "name": x.GetName()}
		if err := unstructured.SetNestedMap(x.Object, ref, "spec", "claimRef"); err != nil {
			t.Fatal(err)
		}
		x.SetKind("CompositeDataPlatform")
		x.SetLabels(map[string]string{"crossplane.io/claim-namespace": x.GetNamespace(), "crossplane.io/claim-name": x.GetName()})
		x.SetNamespace("")
		x.SetName(x.GetName() + "-abcde")
	}
	return mustStruct(x.Object)
}

func readYAML(t *testing.T, file string, out any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// jsonObject is an object with whole numbers, which protobuf doesn't have.
func jsonObject(t *testing.T, s *structpb.Struct) anyObject {
	t.Helper()
	b, err := protojson.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(b); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return u.Object
}

// providerCRDs are the CRDs of each provider-aws that platforms are tested with.
func providerCRDs(t *testing.T) []*crds.CRDs {
	t.Helper()
	all, err := crds.OpenAll(t.Context(), "..")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSchemas has Kubernetes' own validation look at every XR that these tests
// use, every resource that it composes, and every status it gets.
func TestSchemas(t *testing.T) {
	providers := providerCRDs(t)
	xrKinds := map[string]*crds.Kind{}
	for _, crd := range platformCRDs(t) {
		k, err := crds.New(crd, "v1alpha1")
		if err != nil {
			t.Fatal(err)
		}
		xrKinds[crd.Spec.Group+"/v1alpha1/"+crd.Spec.Names.Kind] = k
	}

	// What is not different needs no second look.
	seen := sets.New[string]()
	for _, p := range testPlatforms(t) {
		xr := jsonObject(t, p.req.GetObserved().GetComposite().GetResource())
		kind := xrKinds[fmt.Sprintf("%s/%s", xr["apiVersion"], xr["kind"])]
		if err := kind.Validate(t.Context(), xr); err != nil {
			t.Errorf("%s: the XR is not valid, so it tests nothing: %v", p.name, err)
		}

		for _, rsp := range p.answers {
			after := jsonObject(t, p.req.GetObserved().GetComposite().GetResource())
			after["status"] = jsonObject(t, rsp.GetDesired().GetComposite().GetResource())["status"]
			if err := kind.Validate(t.Context(), after); err != nil {
				t.Errorf("%s: the XR's status is not valid: %v", p.name, err)
			}
		}
		for _, composed := range p.composed {
			for key, o := range composed {
				b, err := o.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				if seen.Has(string(b)) {
					continue
				}
				seen.Insert(string(b))

				checkMetadata(t, p, key, o)
				if o.GetAPIVersion() == "v1" {
					checkSecret(t, p, key, b)
					continue
				}
				for _, provider := range providers {
					k, err := provider.Kind(o.GetAPIVersion(), o.GetKind())
					if err != nil {
						t.Fatal(err)
					}
					if err := k.Validate(t.Context(), o.DeepCopy().Object); err != nil {
						t.Errorf("%s: %s: provider-aws %s: %v", p.name, key, provider.Version, err)
					}
				}
			}
		}
	}
	if len(seen) < randomPlatforms*20 {
		t.Errorf("validated %d resources: there should be more", len(seen))
	}
}

// checkSecret checks a Secret, of which there is no CRD.
func checkSecret(t *testing.T, p *testPlatform, key string, b []byte) {
	t.Helper()
	s := &corev1.Secret{}
	if err := yaml.UnmarshalStrict(b, s); err != nil || s.Kind != "Secret" {
		t.Errorf("%s: %s: no Secret: %v", p.name, key, err)
	}
	for k, v := range s.Data {
		for _, problem := range kvalidation.IsConfigMapKey(k) {
			t.Errorf("%s: %s: data.%s: %s", p.name, key, k, problem)
		}
		if len(v) == 0 {
			t.Errorf("%s: %s: data.%s is empty", p.name, key, k)
		}
	}
	for _, problem := range kvalidation.IsDNS1123Subdomain(s.Name) {
		t.Errorf("%s: %s: metadata.name: %s", p.name, key, problem)
	}
}

// managed says whether a resource is one of provider-aws's.
func isManaged(o *unstructured.Unstructured) bool {
	return strings.Contains(o.GetAPIVersion(), ".aws.m.upbound.io/")
}

// checkMetadata checks what schemas leave to the API server.
func checkMetadata(t *testing.T, p *testPlatform, key string, o *unstructured.Unstructured) {
	t.Helper()
	xr := &unstructured.Unstructured{Object: p.req.GetObserved().GetComposite().GetResource().AsMap()}
	namespace := xr.GetNamespace()
	if namespace == "" {
		namespace = xr.GetLabels()["crossplane.io/claim-namespace"]
	}
	want := anyObject{"name": o.GetName(), "namespace": namespace, "labels": o.Object["metadata"].(anyObject)["labels"]}
	if name, ok := o.GetAnnotations()["crossplane.io/external-name"]; ok {
		want["annotations"] = anyObject{"crossplane.io/external-name": name}
	}
	// A Secret may have the name that its XR asks for, which may have dots.
	for _, problem := range kvalidation.IsDNS1123Subdomain(o.GetName()) {
		t.Errorf("%s: %s: name %q: %s", p.name, key, o.GetName(), problem)
	}
	if diff := cmp.Diff(want, o.Object["metadata"]); diff != "" {
		t.Errorf("%s: %s: metadata: -want, +got:\n%s", p.name, key, diff)
	}
	for label, value := range o.GetLabels() {
		for _, problem := range slices.Concat(kvalidation.IsQualifiedName(label), kvalidation.IsValidLabelValue(value)) {
			t.Errorf("%s: %s: label %s: %s: %s", p.name, key, label, value, problem)
		}
	}
	// Crossplane calls a resource's key its name.
	for _, problem := range kvalidation.IsDNS1123Subdomain(key) {
		t.Errorf("%s: %s: key: %s", p.name, key, problem)
	}
}

// TestReady has the function say that a platform is ready when all of it is, and
// not before.
func TestReady(t *testing.T) {
	for _, p := range testPlatforms(t) {
		for i, want := range []bool{false, false, true} {
			waits := []string{}
			for _, c := range p.answers[i].GetConditions() {
				if c.GetStatus() != fnv1.Status_STATUS_CONDITION_TRUE {
					waits = append(waits, c.GetType()+": "+c.GetMessage())
				}
			}
			unready := p.answers[i].GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE
			if unready == want || (len(waits) == 0) != want {
				t.Errorf("%s: answer %d: want ready %t; the XR is marked not ready: %t; waiting for %q", p.name, i, want, unready, waits)
			}
		}
	}
}

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

// oldestKubernetes is the minor version of the oldest Kubernetes that README.md names.
// An API server takes new rules that the version before it knows too.
const oldestKubernetes = 31

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

// TestRefusedValues has the function say of values that AWS refuses what is wrong with
// them, in the developer's spec and in the policy's defaults. Admission says the same:
// test/e2e shows it.
func TestRefusedValues(t *testing.T) {
	const (
		reserved  = `a reserved word of PostgreSQL can't be a name: choose another, such as platform`
		username  = `username is reserved by RDS or PostgreSQL: choose another, such as platform`
		pg        = `username must not start with pg_: PostgreSQL keeps such names for its own roles; choose another, such as platform`
		dbName    = `dbName is reserved by RDS: choose another, such as platform`
		vpc       = `a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3: no host can have such an address; choose a private block, such as 10.0.0.0/16`
		first     = `a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16`
		tagKey    = `a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`
		tagChars  = `a tag's key has letters, digits, spaces and _.:/=+-@ only: AWS refuses others; choose another key`
		nodeType  = `nodeType must not be of the families t1, m1, m2 and c1: they have no encryption; choose a newer one, such as cache.t4g.micro`
		class     = `instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2: they have no encryption; choose a newer one, such as db.t4g.micro`
		fifo      = `an alarm can't notify a FIFO topic, whose name ends in .fifo: choose a standard topic`
		partition = `a topic's ARN must begin with the partition of its region, such as arn:aws-cn in cn-north-1, arn:aws-us-gov in us-gov-west-1 and arn:aws in us-east-1: copy the ARN from AWS`
	)
	network := func(cidr, public, private string) string {
		if cidr != "" {
			cidr = `"cidrBlock":"` + cidr + `",`
		}
		return `"network":{` + cidr + `"publicSubnetCidrBlocks":[` + public + `],"privateSubnetCidrBlocks":[` + private + `]}`
	}
	topic := func(arn string) string { return `"monitoring":{"alarmActions":["` + arn + `"]}` }

	cases := map[string]struct {
		reason string
		fields string
		// want is the field below spec, and the message. A case without is good.
		field, want string
		// developer says that only the developer's value is refused.
		developer bool
	}{
		"UserPrefix":         {reason: "PostgreSQL's roles start so.", fields: `"database":{"username":"pg_owner"}`, field: `database.username: invalid value "pg_owner"`, want: pg},
		"UserPrefixCapitals": {reason: "Case is no way out.", fields: `"database":{"username":"PG_owner"}`, field: `database.username: invalid value "PG_owner"`, want: pg},
		"UserReservedWord":   {reason: "RDS refuses user.", fields: `"database":{"username":"User"}`, field: `database.username: invalid value "User"`, want: reserved},
		"UserOfRDS":          {reason: "RDS has such a user, in any case.", fields: `"database":{"username":"RdsAdmin"}`, field: `database.username: invalid value "RdsAdmin"`, want: username},
		"UserRole":           {reason: "RDS has such a role.", fields: `"database":{"username":"rds_superuser"}`, field: `database.username: invalid value "rds_superuser"`, want: username},
		"UserPublic":         {reason: "PostgreSQL has such a role.", fields: `"database":{"username":"public"}`, field: `database.username: invalid value "public"`, want: username},
		"UserPostgres":       {reason: "RDS's own default is good.", fields: `"database":{"username":"postgres"}`},
		"UserRDS":            {reason: "Only the names that RDS has are its own.", fields: `"database":{"username":"rdsuser"}`},
		"NameReservedWord":   {reason: "RDS refuses reserved words.", fields: `"database":{"dbName":"ORDER"}`, field: `database.dbName: invalid value "ORDER"`, want: reserved},
		"NameTemplate":       {reason: "Each PostgreSQL has it.", fields: `"database":{"dbName":"template0"}`, field: `database.dbName: invalid value "template0"`, want: dbName},
		"NameOfRDS":          {reason: "RDS makes it.", fields: `"database":{"dbName":"RDSAdmin"}`, field: `database.dbName: invalid value "RDSAdmin"`, want: dbName},
		"NamePostgres":       {reason: "RDS's own default is good.", fields: `"database":{"dbName":"postgres"}`},

		"ThisNetwork": {reason: "No host can have such an address.", fields: `"network":{"cidrBlock":"0.0.0.0/16"}`, field: `network.cidrBlock: invalid value "0.0.0.0/16"`, want: vpc},
		"Loopback":    {reason: "Each host is there.", fields: `"network":{"cidrBlock":"127.1.0.0/16"}`, field: `network.cidrBlock: invalid value "127.1.0.0/16"`, want: vpc},
		"LinkLocal":   {reason: "AWS reserves it.", fields: `"network":{"cidrBlock":"169.254.16.0/20"}`, field: `network.cidrBlock: invalid value "169.254.16.0/20"`, want: vpc},
		"Multicast":   {reason: "These are groups.", fields: `"network":{"cidrBlock":"239.0.0.0/24"}`, field: `network.cidrBlock: invalid value "239.0.0.0/24"`, want: vpc},
		"Future":      {reason: "These are for the future.", fields: `"network":{"cidrBlock":"240.0.0.0/16"}`, field: `network.cidrBlock: invalid value "240.0.0.0/16"`, want: vpc},
		"Shared":      {reason: "AWS takes shared and public addresses.", fields: `"network":{"cidrBlock":"100.64.0.0/16"}`},
		"VPCAddress":  {reason: "AWS would write another block.", fields: `"network":{"cidrBlock":"10.0.1.0/16"}`, field: `network.cidrBlock: invalid value "10.0.1.0/16"`, want: first},
		"SubnetAddress": {
			reason: "AWS would write another block.", fields: network("", `"10.0.0.0/24","10.0.1.1/24"`, `"10.0.2.0/24","10.0.3.0/24"`),
			field: `network.publicSubnetCidrBlocks[1]: invalid value "10.0.1.1/24"`, want: first,
		},
		"PublicOutside": {
			reason: "A subnet is a part of its VPC.", fields: network("10.1.0.0/16", `"10.1.0.0/24","10.0.1.0/24"`, `"10.1.2.0/24","10.1.3.0/24"`),
			field: `network: invalid value`, want: `publicSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`,
		},
		"PrivateOutside": {
			reason: "A subnet is a part of its VPC.", fields: network("10.1.0.0/24", `"10.1.0.0/28","10.1.0.16/28"`, `"10.1.0.32/28","10.1.1.0/28"`),
			field: `network: invalid value`, want: `privateSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`,
		},
		"PublicOverlap": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.0.128/25"`, `"10.0.2.0/24","10.0.3.0/24"`),
			field: `network.publicSubnetCidrBlocks: invalid value ["10.0.0.0/24","10.0.0.128/25"]`, want: `publicSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`,
		},
		"PrivateRepeated": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.1.0/24"`, `"10.0.2.0/24","10.0.2.0/24"`),
			field: `network.privateSubnetCidrBlocks: invalid value ["10.0.2.0/24","10.0.2.0/24"]`, want: `privateSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`,
		},
		"TiersOverlap": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.1.0/24"`, `"10.0.1.0/28","10.0.3.0/24"`),
			field: `network: invalid value`, want: `publicSubnetCidrBlocks must not overlap privateSubnetCidrBlocks: no two subnets share an address; use other parts of the VPC's block`,
		},
		"Subnets": {reason: "Neighbours don't overlap.", fields: network("10.1.0.0/22", `"10.1.0.0/24","10.1.1.0/25"`, `"10.1.1.128/25","10.1.2.0/23"`)},

		"TagOfAWS":        {reason: "AWS refuses its own prefix in any case.", fields: `"tags":{"AWS:team":"a"}`, field: `tags: invalid value {"AWS:team":"a"}`, want: tagKey},
		"TagOfRDS":        {reason: "RDS refuses its own prefix.", fields: `"tags":{"rds:team":"a"}`, field: `tags: invalid value {"rds:team":"a"}`, want: tagKey},
		"TagCharacters":   {reason: "AWS refuses it in some services.", fields: `"tags":{"team,unit":"a"}`, field: `tags: invalid value {"team,unit":"a"}`, want: tagChars},
		"TagInAnyScript":  {reason: "AWS takes letters of any script.", fields: `"tags":{"größe 大 +-=._:/@":"a"}`},
		"TagLikeAPrefix":  {reason: "Only the prefix is AWS's.", fields: `"tags":{"awsteam":"a","team:aws":"a"}`},
		"NodeNoMultiAZ":   {reason: "It has no multi-AZ.", fields: `"cache":{"nodeType":"cache.t1.micro"}`, field: `cache.nodeType: invalid value "cache.t1.micro"`, want: nodeType},
		"NodeUnencrypted": {reason: "It has no encryption.", fields: `"cache":{"nodeType":"cache.m2.xlarge"}`, field: `cache.nodeType: invalid value "cache.m2.xlarge"`, want: nodeType},
		"NodeOld":         {reason: "A cache that exists may have it.", fields: `"cache":{"nodeType":"cache.t2.micro"}`},
		"ClassMicro":      {reason: "It has no encryption.", fields: `"database":{"instanceClass":"db.t2.micro"}`, field: `database.instanceClass: invalid value "db.t2.micro"`, want: class},
		"ClassOld":        {reason: "It has no encryption.", fields: `"database":{"instanceClass":"db.m1.small"}`, field: `database.instanceClass: invalid value "db.m1.small"`, want: class},
		"ClassSmall":      {reason: "It has encryption.", fields: `"database":{"instanceClass":"db.t2.small"}`},

		"TopicFIFO":   {reason: "Alarms notify standard topics.", fields: topic("arn:aws:sns:us-east-1:123456789012:a.fifo"), field: `monitoring.alarmActions[0]: invalid value "arn:aws:sns:us-east-1:123456789012:a.fifo"`, want: fifo},
		"TopicGov":    {reason: "The partition is another.", fields: topic("arn:aws-us-gov:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-us-gov:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicCN":     {reason: "The partition is another.", fields: topic("arn:aws-cn:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-cn:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicNoPart": {reason: "There is no such partition.", fields: topic("arn:aws-us:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-us:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicElsewhere": {
			reason: "An alarm notifies topics of its own region; a policy has those of several.", developer: true, fields: topic("arn:aws:sns:eu-west-1:123456789012:a"),
			field: `: invalid value`, want: `monitoring.alarmActions must be topics in spec.region: an alarm notifies those of its own region only; use topics there`,
		},
	}

	f := newFunction(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			refused := func(where string, req *fnv1.RunFunctionRequest) {
				t.Helper()
				rsp, err := f.RunFunction(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				var got string
				for _, r := range rsp.GetResults() {
					got += r.GetMessage()
				}
				if tc.want == "" && got != "" {
					t.Errorf("%s\n%s: want no error, got %s", tc.reason, where, got)
				}
				if tc.want != "" && (!strings.HasPrefix(got, where+tc.field) || !strings.Contains(got, ": "+tc.want+": ") || strings.Count(got, "invalid value") != 1) {
					t.Errorf("%s\nwant %s%s: %s\ngot  %s", tc.reason, where, tc.field, tc.want, got)
				}
			}
			if tc.developer {
				refused("invalid composite resource: spec", requestFor(xrJSON(`{"region":"us-east-1",`+tc.fields+`}`)))
				return
			}
			refused("invalid composite resource: spec.", requestFor(xrJSON(`{"region":"us-east-1",`+tc.fields+`}`)))
			refused("invalid function input: defaults.", requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"defaults":{`+tc.fields+`}`)))
		})
	}
}

// TestPartitions shows which partition of AWS a topic's ARN may have in each region.
func TestPartitions(t *testing.T) {
	f := newFunction(t)
	for region, want := range map[string]string{
		"us-east-1":      "aws",
		"eu-central-1":   "aws",
		"mx-central-1":   "aws",
		"cn-north-1":     "aws-cn",
		"us-gov-west-1":  "aws-us-gov",
		"us-iso-east-1":  "aws-iso",
		"us-isob-east-1": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e",
		"us-isof-east-1": "aws-iso-f",
		"eusc-de-east-1": "aws-eusc",
	} {
		for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "aws-new"} {
			xr := xrJSON(`{"region":"` + region + `","availabilityZones":["` + region + `a","` + region + `b"],"monitoring":{"alarmActions":["arn:` + partition + `:sns:` + region + `:123456789012:alarms"]}}`)
			rsp, err := f.RunFunction(t.Context(), requestFor(xr))
			if err != nil {
				t.Fatal(err)
			}
			if good := len(rsp.GetResults()) == 0; good != (partition == want) {
				t.Errorf("arn:%s in %s: want good %t, got %v", partition, region, partition == want, rsp.GetResults())
			}
		}
	}
}

// TestActivation compares the activation policy with the kinds that platforms
// are made of.
func TestActivation(t *testing.T) {
	providers := providerCRDs(t)
	kinds := sets.New[string]()
	for _, p := range testPlatforms(t) {
		for _, composed := range p.composed {
			for _, o := range composed {
				if !isManaged(o) {
					continue
				}
				for _, provider := range providers {
					k, err := provider.Kind(o.GetAPIVersion(), o.GetKind())
					if err != nil {
						t.Fatal(err)
					}
					kinds.Insert(k.Name)
				}
			}
		}
	}

	activation := struct{ Spec struct{ Activate []string } }{}
	readYAML(t, "../apis/activation.yaml", &activation)
	if diff := cmp.Diff(sets.List(kinds), activation.Spec.Activate); diff != "" {
		t.Errorf("apis/activation.yaml: -kinds that are composed, +kinds that are activated:\n%s", diff)
	}
}

// TestDependencies compares the providers that the Configuration installs, and what is
// said of them, with those whose schemas are tested.
func TestDependencies(t *testing.T) {
	configuration := struct {
		Spec struct {
			DependsOn []struct{ Kind, Package, Version string }
		}
	}{}
	readYAML(t, "../apis/crossplane.yaml", &configuration)

	providers := providerCRDs(t)
	want := ">=" + providers[0].Version + " <v3.0.0"
	for _, d := range configuration.Spec.DependsOn {
		if d.Kind == "Provider" && d.Version != want {
			t.Errorf("apis/crossplane.yaml: %s: want version %q, got %q", d.Package, want, d.Version)
		}
	}

	for _, file := range []string{"../apis/crossplane.yaml", "../README.md", "../docs/testing.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range providers {
			if !strings.Contains(string(b), p.Version) {
				t.Errorf("%s does not say that %s is tested", file, p.Version)
			}
		}
	}
}

// selects describes a field that selects, in the CRDs.
var selects = regexp.MustCompile(`^Selector for a (list of )?(\w+) in (\w+) to populate \w+\.$`)

// TestSelectors compares which resources each selector finds with those that it
// should find.
func TestSelectors(t *testing.T) {
	for _, provider := range providerCRDs(t) {
		t.Run(provider.Version, func(t *testing.T) { testSelectors(t, provider) })
	}
}

func testSelectors(t *testing.T, provider *crds.CRDs) {
	t.Helper()
	for _, p := range testPlatforms(t) {
		for _, composed := range p.composed {
			got := map[string][]string{}
			want := wantSelected(p.answers[0], p.field("network", "natGateways"))
			maps.DeleteFunc(want, func(selector string, _ []string) bool {
				key, _, _ := strings.Cut(selector, ".")
				return composed[key] == nil && (withheldAtFirst.Has(key) || afterAddress.MatchString(key))
			})
			for key, o := range composed {
				if !isManaged(o) {
					continue
				}
				k, err := provider.Kind(o.GetAPIVersion(), o.GetKind())
				if err != nil {
					t.Fatal(err)
				}
				fields := k.Schema.Properties["spec"].Properties["forProvider"].Properties
				forProvider, _, _ := unstructured.NestedMap(o.Object, "spec", "forProvider")
				if _, named := forProvider["natGatewayId"]; named {
					delete(want, key+".natGatewayIdSelector")
				}
				for field, value := range forProvider {
					if !strings.HasSuffix(field, "Selector") {
						continue
					}
					what := selects.FindStringSubmatch(strings.Join(strings.Fields(fields[field].Description), " "))
					if what == nil {
						t.Fatalf("%s: %s: the CRD does not say what it selects", key, field)
					}
					found, how := found(value.(anyObject), what[2], what[3]+".aws.m.upbound.io/", composed)
					if list := what[1] != ""; !list && len(found) != 1 {
						t.Errorf("%s: %s.%s is for one resource, and finds %v", p.name, key, field, found)
					}
					if strings.HasPrefix(key, "credentials-version-") {
						// Of versions there are as many as passwords.
						if diff := cmp.Diff([]string{"credentials"}, append(how, found...)); diff != "" {
							t.Errorf("%s: %s.%s: -want, +got:\n%s", p.name, key, field, diff)
						}
						continue
					}
					got[key+"."+field] = append(how, found...)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: what selectors find: -want, +got:\n%s", p.name, diff)
			}
		}
	}
}

// found returns the keys of what a selector finds, and how it looks: "always"
// again as the platform grows, or among the resources of "others" too.
func found(selector anyObject, kind, group string, composed map[string]*unstructured.Unstructured) (keys, how []string) {
	want, _, _ := unstructured.NestedStringMap(selector, "matchLabels")
	for _, key := range slices.Sorted(maps.Keys(composed)) {
		o := composed[key]
		got := maps.Clone(o.GetLabels())
		maps.DeleteFunc(got, func(l, _ string) bool { _, ok := want[l]; return !ok })
		if o.GetKind() == kind && strings.HasPrefix(o.GetAPIVersion(), group) && maps.Equal(want, got) {
			keys = append(keys, key)
		}
	}
	if resolve, _, _ := unstructured.NestedString(selector, "policy", "resolve"); resolve != "" {
		how = append(how, strings.ToLower(resolve))
	}
	if selector["matchControllerRef"] != true {
		how = append(how, "others")
	}
	return keys, how
}

// wantSelected returns what each selector of a platform should find.
func wantSelected(rsp *fnv1.RunFunctionResponse, natGateways string) map[string][]string {
	var zones, private []string
	status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue()
	for _, z := range status.GetFields()["network"].GetStructValue().GetFields()["availabilityZones"].GetListValue().GetValues() {
		zones = append(zones, z.GetStringValue())
		private = append(private, "subnet-private-"+z.GetStringValue())
	}
	slices.Sort(private)

	want := map[string][]string{
		"internet-gateway.vpcIdSelector":                          {"vpc"},
		"route-table-public.vpcIdSelector":                        {"vpc"},
		"route-public-internet.gatewayIdSelector":                 {"internet-gateway"},
		"route-public-internet.routeTableIdSelector":              {"route-table-public"},
		"security-group-cache.vpcIdSelector":                      {"vpc"},
		"security-group-cache-ingress.securityGroupIdSelector":    {"security-group-cache"},
		"security-group-cache-egress.securityGroupIdSelector":     {"security-group-cache"},
		"subnet-group-cache.subnetIdSelector":                     append([]string{"always"}, private...),
		"cache.subnetGroupNameSelector":                           {"subnet-group-cache"},
		"cache.securityGroupIdSelector":                           {"security-group-cache"},
		"security-group-database.vpcIdSelector":                   {"vpc"},
		"security-group-database-ingress.securityGroupIdSelector": {"security-group-database"},
		"security-group-database-egress.securityGroupIdSelector":  {"security-group-database"},
		"subnet-group-database.subnetIdSelector":                  append([]string{"always"}, private...),
		"database.dbSubnetGroupNameSelector":                      {"subnet-group-database"},
		"database.vpcSecurityGroupIdSelector":                     {"security-group-database"},
	}
	for i, z := range zones {
		if natGateways == "PerZone" || natGateways == "Single" && i == 0 {
			want["nat-gateway-"+z+".allocationIdSelector"] = []string{"eip-nat-" + z}
			want["nat-gateway-"+z+".subnetIdSelector"] = []string{"subnet-public-" + z}
		}
		switch natGateways {
		case "PerZone":
			want["route-private-internet-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
			want["route-private-internet-"+z+".natGatewayIdSelector"] = []string{"nat-gateway-" + z}
		case "Single":
			want["route-private-internet-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
			want["route-private-internet-"+z+".natGatewayIdSelector"] = []string{"nat-gateway-" + zones[0]}
		}
		want["subnet-public-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["subnet-private-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["route-table-private-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["route-table-association-public-"+z+".routeTableIdSelector"] = []string{"route-table-public"}
		want["route-table-association-public-"+z+".subnetIdSelector"] = []string{"subnet-public-" + z}
		want["route-table-association-private-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
		want["route-table-association-private-"+z+".subnetIdSelector"] = []string{"subnet-private-" + z}
	}
	return want
}

// namedByUs are the kinds whose external name the function chooses.
var namedByUs = sets.New("MetricAlarm", "ReplicationGroup", "Stream", "SubnetGroup")

// TestManagementPolicies checks that each resource has a set of policies that the
// provider's runtime supports, and late initialisation and a name in AWS exactly
// where it needs them.
func TestManagementPolicies(t *testing.T) {
	for _, p := range testPlatforms(t) {
		orphan := p.field("deletionPolicy") == "Orphan"
		for i, composed := range p.composed {
			for key, o := range composed {
				if !isManaged(o) {
					continue
				}
				policies := common.ManagementPolicies{}
				actions, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
				for _, a := range actions {
					policies = append(policies, common.ManagementAction(a))
				}
				m := managed.NewManagementPoliciesResolver(true, policies)
				if err := m.Validate(); err != nil {
					t.Errorf("%s: %s: %v", p.name, key, err)
				}

				type behaviour struct{ Paused, Create, Update, Delete, LateInitialize, ExternalName bool }
				_, named := o.GetAnnotations()["crossplane.io/external-name"]
				ours := namedByUs.Has(o.GetKind())
				late := m.ShouldLateInitialize()
				// It ends some time between the first look and the last.
				first, last := i == 0, i == len(p.composed)-1
				wantLate := !ours && (first || late && !last)
				// A version of a secret can't be updated.
				want := behaviour{Create: true, Update: o.GetKind() != "SecretVersion", Delete: !orphan, LateInitialize: wantLate, ExternalName: ours || p.field("externalNames", key) != ""}
				got := behaviour{m.IsPaused(), m.ShouldCreate(), m.ShouldUpdate(), m.ShouldDelete(), late, named}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s: managementPolicies %v: -want, +got:\n%s", p.name, key, policies, diff)
				}
			}
		}
	}
}

// field of the platform's parameters that holds a text: the developer's, or else
// the policy's.
func (p *testPlatform) field(path ...string) string {
	own := append([]string{"spec"}, path...)
	if v, ok, _ := unstructured.NestedString(p.req.GetObserved().GetComposite().GetResource().AsMap(), own...); ok {
		return v
	}
	v, _, _ := unstructured.NestedString(p.req.GetInput().AsMap(), append([]string{"defaults"}, path...)...)
	return v
}

// A nameRule is what an AWS service, or Kubernetes, takes as a name.
type nameRule struct {
	most    int
	pattern *regexp.Regexp
}

// nameRules by the kind of resource and the field that holds the name.
//

var nameRules = map[string]nameRule{
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	"MetricAlarm metadata.annotations.external-name": {255, regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)},
	// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
	"Stream metadata.annotations.external-name": {128, regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)},
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	"ReplicationGroup metadata.annotations.external-name": {40, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html and
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
	"SubnetGroup metadata.annotations.external-name": {255, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	"SecurityGroup spec.forProvider.name": {255, regexp.MustCompile(`^[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]+$`)},
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	"Instance spec.forProvider.identifier": {63, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
	"Instance spec.forProvider.finalSnapshotIdentifier": {255, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// Of Secrets in Kubernetes.
	"Instance spec.forProvider.passwordSecretRef.name":          {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"Instance spec.writeConnectionSecretToRef.name":             {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"ReplicationGroup spec.forProvider.authTokenSecretRef.name": {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"ReplicationGroup spec.writeConnectionSecretToRef.name":     {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
}

// TestNames checks that no two platforms, or resources of one, share a name, and
// that every name is one that its service takes.
func TestNames(t *testing.T) {
	f := newFunction(t)
	r := newRandomizer(2)

	owners := map[string]string{}
	used := sets.New[string]()
	for _, id := range append(confusingNames(), randomNames(r, 300)...) {
		composed := []map[string]*unstructured.Unstructured{}
		// On another control plane the XR has another UID.
		for range 2 {
			xr := r.xr(id.namespace, id.name, id.claim, anyObject{
				"region":   "us-east-1",
				"cache":    anyObject{"authentication": "Token"},
				"database": anyObject{"skipFinalSnapshot": false},
			})
			rsp, err := f.RunFunction(t.Context(), requestFor(mustStruct(xr), withPolicy(`"namePrefix": "`+id.prefix+`"`), withGroundwork()))
			if err != nil || len(rsp.GetResults()) > 0 {
				t.Fatalf("%+v: RunFunction(...): %v, results %v", id, err, rsp.GetResults())
			}
			resources := map[string]*unstructured.Unstructured{}
			for key, d := range rsp.GetDesired().GetResources() {
				resources[key] = &unstructured.Unstructured{Object: d.GetResource().AsMap()}
			}
			composed = append(composed, resources)
		}

		for key, o := range composed[0] {
			for field, name := range names(o) {
				used.Insert(field)
				rule := nameRules[field]
				if len(name) > rule.most || !rule.pattern.MatchString(name) {
					t.Errorf("%+v: %s: %s: %q is not of at most %d characters and %s", id, key, field, name, rule.most, rule.pattern)
				}

				// Names in Kubernetes are unique in a namespace, those in AWS
				// in an account. Secrets share their names whatever they hold.
				taken := strings.SplitAfter(field, " ")[0] + o.GroupVersionKind().Group + " " + name
				if strings.HasSuffix(field, "Ref.name") {
					taken = id.namespace + " " + name
				}
				owner := fmt.Sprintf("%+v: %s: %s", id, key, field)
				if other, ok := owners[taken]; ok {
					t.Errorf("%s has the name %s, and so has %s", owner, name, other)
				}
				owners[taken] = owner

				again := names(composed[1][key])[field]
				// What is in AWS is never found by chance. A password stays where it is.
				inKubernetes := !isManaged(o) || strings.HasSuffix(field, "Ref.name")
				if same := again == name; same != inKubernetes {
					t.Errorf("%s is %s, and %s where the XR has another UID", owner, name, again)
				}
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(nameRules)), sets.List(used)); diff != "" {
		t.Errorf("nameRules: -want, +got:\n%s", diff)
	}
}

// names of a resource, by its kind and the field that holds the name.
func names(o *unstructured.Unstructured) map[string]string {
	out := map[string]string{}
	add := func(field, name string) {
		if name != "" {
			out[o.GetKind()+" "+field] = name
		}
	}
	add("metadata.annotations.external-name", o.GetAnnotations()["crossplane.io/external-name"])
	for field := range nameRules {
		kind, path, _ := strings.Cut(field, " ")
		if name, _, _ := unstructured.NestedString(o.Object, strings.Split(path, ".")...); kind == o.GetKind() {
			add(path, name)
		}
	}
	return out
}

// A platformName is what names in AWS follow from.
type platformName struct {
	namespace, name string
	claim           bool
	prefix          string
}

// confusingNames are platforms whose names look alike when their parts are put
// together or cut.
func confusingNames() []platformName {
	long := strings.Repeat("a", 60)
	return []platformName{
		{"a", "b-c", false, "dp"},
		{"a-b", "c", false, "dp"},
		{"a", "b.c", false, "dp"},
		{"a", "b--c", false, "dp"},
		{"a", "b-c", true, "dp"},
		{"a-b", "c", true, "dp"},
		{"b", "c", false, "dp-a"},
		{"xr", "a", false, "dp"},
		{"claim", "a", false, "dp"},
		{"a", "b-c-cache", false, "dp"},
		{"a", "b-c-database", false, "dp"},
		{"1", "2", false, "dp"},
		{long + "1", "x", false, "dp"},
		{long + "2", "x", false, "dp"},
		{"a", long + "1", false, "dp"},
		{"a", long + "2", false, "dp"},
		{"a", long + "2", true, "dp"},
		{"a", long + "3", true, "a-longer-prefix1"},
		// Cut where a hyphen would be the last character.
		{"a", strings.Repeat("b-", 31) + "b", false, "dp"},
		{"aa", strings.Repeat("b-", 31) + "b", false, "dp"},
		{"a", strings.Repeat("b.", 31) + "b", false, "dp"},
	}
}

func randomNames(r *randomizer, n int) []platformName {
	out := make([]platformName, n)
	for i := range out {
		out[i] = platformName{r.label(63), r.dotted(63), r.coin(), r.word(lower, 1, 1) + r.word(lower+number, 0, 15)}
	}
	return out
}
