package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
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

// configuration is what is read of a Configuration's metadata.
type configuration struct {
	Spec struct {
		Crossplane struct{ Version string }
		DependsOn  []struct{ Kind, Package, Version string }
	}
}

func readConfiguration(t *testing.T) configuration {
	t.Helper()

	c := configuration{}
	readYAML(t, "../apis/crossplane.yaml", &c)

	return c
}

// TestCrossplane compares the oldest Crossplane that the Configuration admits, and the releases
// that the README names, with those that make e2e can run.
func TestCrossplane(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}

	oldest, found := strings.CutSuffix(strings.TrimPrefix(readConfiguration(t).Spec.Crossplane.Version, ">="), "-0")
	row := regexp.MustCompile(`\| Crossplane \| (\S+) or later; (\S+) and (\S+) are tested \|`).FindStringSubmatch(string(readme))

	if !found || row == nil {
		t.Fatalf("want a constraint >=version-0, and a README that says the same and what is tested; got %q and %q", oldest, row)
	}

	if diff := cmp.Diff([]string{oldest, oldest}, row[1:3]); diff != "" {
		t.Errorf("-the oldest that the Configuration admits, +the README's:\n%s", diff)
	}

	for _, version := range row[2:] {
		if _, err := crds.CoreAt(t.Context(), "..", version); err != nil {
			t.Error(err)
		}
	}
}

// TestDependencies compares the providers that the Configuration installs, and what is
// said of them, with those whose schemas are tested.
func TestDependencies(t *testing.T) {
	configuration := readConfiguration(t)
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

// TestLinked keeps out of the function what would double its size and what it keeps in
// memory, for nothing that it uses.
func TestLinked(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}

	unwanted := []string{
		"k8s.io/client-go/", "sigs.k8s.io/controller-runtime/pkg/client", "github.com/crossplane/upjet/", "github.com/hashicorp/terraform",
		"github.com/upbound/provider-aws/", "github.com/aws/",
	}

	for dep := range strings.FieldsSeq(string(out)) {
		for _, prefix := range unwanted {
			if strings.HasPrefix(dep, prefix) {
				t.Errorf("%s is built into the function: use what docs/decisions/typed-providers.md says", dep)
			}
		}
	}
}
