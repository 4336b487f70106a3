package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
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

	for _, u := range platforms {
		ensurePlatform(t, env, u)
		awaitReady(t, env, u)
	}

	time.Sleep(settleTime)

	f, err := env.Function(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	before, calls := writes(t, platforms), compositions(t, f)

	time.Sleep(steadyTime)

	// Crossplane polls each platform every minute, on a busy machine some seconds later;
	// without that nothing is shown.
	if err := env.Eventually(t.Context(), func(context.Context) error {
		now, want := compositions(t, f), int(steadyTime.Minutes())-1

		for _, u := range platforms {
			key := client.ObjectKeyFromObject(u)
			if got := now[key] - calls[key]; got < want {
				return errors.Errorf("the function was called %d times for %s, want at least %d", got, describe(u), want)
			}
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(before, writes(t, platforms)); diff != "" {
		t.Errorf("resource versions and events: -before, +after:\n%s", diff)
	}
}

// compositions counts how often a function that logs it has composed each platform.
func compositions(t *testing.T, f *pkgruntime.Function) map[client.ObjectKey]int {
	t.Helper()

	data, err := os.ReadFile(f.Log)
	if err != nil {
		t.Fatal(err)
	}

	out := map[client.ObjectKey]int{}

	for line := range strings.Lines(string(data)) {
		_, details, ok := strings.Cut(line, "Composed data platform")
		if !ok {
			continue
		}

		var platform client.ObjectKey
		if err := json.Unmarshal([]byte(details), &platform); err != nil {
			t.Fatalf("%q: %v", line, err)
		}

		out[platform]++
	}

	return out
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
