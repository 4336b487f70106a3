package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// How long nothing may happen.
	steadyTime = 5 * time.Minute

	// How long what made a platform ready gets to finish: a security group's rules are
	// in its status only after the provider's next poll.
	settleTime = 2 * providerPoll
)

// Once platforms are ready Crossplane goes on polling them, and nothing is written.
func testSteady(t *testing.T) {
	t.Parallel()
	prove(t, fmt.Sprintf("Steady: %s of polling, no write to any composed resource and no new event", steadyTime))

	platforms := []*unstructured.Unstructured{orders, ordersClaim}

	time.Sleep(settleTime)

	f, err := env.Function(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	before, calls := writes(t, platforms), scrape(t, f.MetricsURL).calls()

	time.Sleep(steadyTime)

	after := writes(t, platforms)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("resource versions and events: -before, +after:\n%s", diff)
	}

	// Crossplane polls each platform every minute; without that nothing was shown.
	// The function does not say whom it is called for: other platforms' calls count.
	if got, want := scrape(t, f.MetricsURL).calls()-calls, float64(len(platforms))*(steadyTime.Minutes()-1); got < want {
		t.Errorf("the function was called %.0f times, want at least %.0f", got, want)
	}
}

// writes that objects of platforms have had, as far as the API server counts them,
// and the events about them.
func writes(t *testing.T, platforms []*unstructured.Unstructured) map[string]string {
	t.Helper()

	out := map[string]string{}

	for _, u := range platforms {
		owned := map[string]bool{}

		for key, o := range mustComposed(t, env, u) {
			out[describe(u)+" "+key] = o.GetResourceVersion()
			owned[string(o.GetUID())] = true
		}

		// A claim has an XR besides itself, which has no namespace.
		for _, o := range []*unstructured.Unstructured{u, mustComposite(t, env, u)} {
			if err := env.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
				t.Fatal(err)
			}

			out[describe(o)] = o.GetResourceVersion()
			owned[string(o.GetUID())] = true
		}

		for _, e := range append(events(t, u.GetNamespace()), events(t, "default")...) {
			if owned[string(e.InvolvedObject.UID)] {
				out["event "+e.GetName()] = fmt.Sprintf("%d times: %s: %s", e.Count, e.Reason, e.Message)
			}
		}
	}

	return out
}
