package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// previousVersion that the previous release's packages are published as.
	previousVersion = "v0.1.0"

	// thisRelease stands in for the previous release where there is none.
	thisRelease = "this release"
)

// testUpgradeAndFaults does to a control plane of its own what would disturb a steady
// one: an upgrade from the previous release, and then faults.
func testUpgradeAndFaults(t *testing.T) {
	t.Parallel()

	packages, previous := previousRelease(t)

	e, err := environment.Start(t.Context(), options("upgrade-and-faults", packages, previousVersion))
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)

	if err := e.Publish(t.Context(), environment.Built(absolute(root)), version); err != nil {
		t.Fatal(err)
	}

	// The one with NAT gateways, three zones and a token, and the least there is.
	platforms := []*unstructured.Unstructured{example("production"), example("claim")}
	for _, u := range platforms {
		createPlatform(t, e, u)
	}

	for _, u := range platforms {
		awaitReady(t, e, u)
	}

	t.Run("Upgrade", func(t *testing.T) {
		prove(t, "Upgrade: from "+previous+" with platforms running; no composed resource is replaced or deleted, but for Usages and versions of the secret")

		if previous == thisRelease {
			t.Skip("there are no packages of a previous release; hack/previous.sh says why")
		}

		testUpgrade(t, e, platforms)
	})

	testFaults(t, e, platforms, previous)
}

// previousRelease returns the packages of the previous release and what it is called.
// Without one it is this release.
func previousRelease(t *testing.T) (environment.Packages, string) {
	t.Helper()

	folder := absolute(filepath.Join(root, "_output", "previous"))

	name, err := os.ReadFile(filepath.Join(folder, "release"))
	if os.IsNotExist(err) {
		return environment.Built(absolute(root)), thisRelease
	}

	if err != nil {
		t.Fatal(err)
	}

	return environment.Built(folder), strings.TrimSpace(string(name))
}

// testUpgrade to this release.
func testUpgrade(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	before := identitiesOf(t, e, platforms)

	old := running(t, e).Revision

	// The function first: the Configuration's Compositions may give it an input that the
	// one before does not know.
	if err := e.InstallFunction(t.Context(), version); err != nil {
		t.Fatal(err)
	}

	if err := e.InstallConfiguration(t.Context(), version); err != nil {
		t.Fatal(err)
	}

	if now := running(t, e).Revision; now == old {
		t.Fatalf("revision %s is still active", now)
	}

	after := identitiesTagged(t, e, platforms, version)

	for i, u := range platforms {
		for key := range after[i] {
			if _, ok := before[i][key]; !ok {
				sayf("the upgrade gives %s a new resource: %s", describe(u), key)
				delete(after[i], key)
			}
		}

		// What versions are called follows from another thing in each release, and a Usage goes
		// where others imply it.
		maps.DeleteFunc(before[i], func(key, _ string) bool {
			return after[i][key] == "" && (strings.HasPrefix(key, "credentials-version-") || strings.HasPrefix(key, "usage-"))
		})

		if diff := cmp.Diff(before[i], after[i]); diff != "" {
			t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
		}
	}

	if scrape(t, running(t, e).MetricsURL).calls() == 0 {
		t.Error("the new release's function was not called")
	}
}
