package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/sets"
)

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
