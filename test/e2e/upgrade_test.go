package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

// previousVersion that the previous release's packages are published as.
const previousVersion = "v0.1.0"

// testChanges does to a control plane of its own what would disturb a steady one: an
// upgrade from the previous release, and then faults.
func testChanges(t *testing.T) {
	t.Parallel()

	packages := environment.Built(absolute(filepath.Join(root, "_output", "previous")))

	_, err := os.Stat(packages.Function)

	released := err == nil
	if !released {
		packages = environment.Built(absolute(root))
	}

	e, err := environment.Start(t.Context(), options("changes", packages, previousVersion))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()

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
		prove(t, "Upgrade: from the previous release with platforms running; no composed resource is replaced or deleted")

		if !released {
			t.Skip("there are no packages of a previous release; hack/previous.sh says why")
		}

		testUpgrade(t, e, platforms)
	})

	testFaults(t, e, platforms)
}

// testUpgrade to this release.
func testUpgrade(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	before := make([]map[string]string, len(platforms))
	for i, u := range platforms {
		before[i] = identities(t, e, u)
	}

	old := running(t, e).Revision

	if err := e.Install(t.Context(), version); err != nil {
		t.Fatal(err)
	}

	if now := running(t, e).Revision; now == old {
		t.Fatalf("revision %s is still active", now)
	}

	for i, u := range platforms {
		tag(t, e, u, version)
		awaitReady(t, e, u)

		after := identities(t, e, u)
		for key := range after {
			if _, ok := before[i][key]; !ok {
				sayf("the upgrade gives %s a new resource: %s", describe(u), key)
				delete(after, key)
			}
		}

		if diff := cmp.Diff(before[i], after); diff != "" {
			t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
		}
	}

	if scrape(t, running(t, e).MetricsURL).calls() == 0 {
		t.Error("the new release's function was not called")
	}
}
