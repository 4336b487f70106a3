package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	kvalidation "k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
)

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

// completed is the metadata of a Usage that Crossplane would write. What its user's UID is no
// schema says.
func completed(t *testing.T, o *unstructured.Unstructured) anyObject {
	t.Helper()

	u := &protectionv1beta1.Usage{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, u); err != nil {
		t.Fatal(err)
	}

	out := anyObject{"finalizers": []any{"usage.apiextensions.crossplane.io"}}
	if u.Spec.By == nil {
		out["annotations"] = anyObject{"crossplane.io/usage-details": *u.Spec.Reason}
		return out
	}

	by, of := u.Spec.By, u.Spec.Of
	out["annotations"] = anyObject{"crossplane.io/usage-details": by.Kind + "/" + by.ResourceRef.Name + " uses " + of.Kind + "/" + of.ResourceRef.Name}

	if owners := u.GetOwnerReferences(); len(owners) == 1 && owners[0].UID != "" {
		out["ownerReferences"] = []any{anyObject{"apiVersion": by.APIVersion, "kind": by.Kind, "name": by.ResourceRef.Name, "uid": string(owners[0].UID)}}
	}

	return out
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

	if o.GetKind() == protectionv1beta1.UsageKind {
		maps.Copy(want, completed(t, o))
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
