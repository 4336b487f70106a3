package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
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
	at := readerOf(p.req.GetObserved().GetComposite().GetResource())
	return at.text("spec", "externalNames", key) != ""
}

var (
	testPlatformsOnce sync.Once
	testPlatformsAll  []*testPlatform
)

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

// run asks the function for the platform at each stage of its life. What one
// answer reveals the next may compose, so each stage is run until nothing new
// comes of it.
func (p *testPlatform) run(t *testing.T, f *Function) {
	t.Helper()

	desired := map[string]*fnv1.Resource{}
	for _, stage := range []provideraws.Stage{"", provideraws.Creating, provideraws.Ready} {
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
func (p *testPlatform) answer(t *testing.T, f *Function, stage provideraws.Stage, desired map[string]*fnv1.Resource) *fnv1.RunFunctionResponse {
	t.Helper()

	req := proto.CloneOf(p.req)
	if stage != "" {
		o, err := provideraws.Resources(req.GetObserved().GetComposite().GetResource(), desired, stage)
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

// managed says whether a resource is one of provider-aws's.
func isManaged(o *unstructured.Unstructured) bool {
	return strings.Contains(o.GetAPIVersion(), ".aws.m.upbound.io/")
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
