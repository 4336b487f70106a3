package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
)

const (
	// How often the provider looks at everything while a platform is steady, and how long
	// after it has the last time: its own interval of ten minutes would take an hour.
	steadyPolls = 10
	steadyPoll  = 10 * time.Second
)

// Once platforms are ready the provider goes on looking at what they are made of. With that
// it writes the time of a condition, and nothing else, but each such write has Crossplane
// call the function. No more is written.
func testSteady(t *testing.T) {
	t.Parallel()
	prove(t, fmt.Sprintf("Steady: the provider looks %d times, %s apart; no more is written than the times of its conditions, and no event", steadyPolls, steadyPoll))

	platforms := []*unstructured.Unstructured{orders, ordersClaim}

	for _, u := range platforms {
		ensurePlatform(t, env, u)
		awaitReady(t, env, u)
	}

	// What made a platform ready ends with the provider's next look: a security group's
	// rules are in its status only then.
	pollAll(t, platforms)

	f, err := env.Function(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	before, calls := writes(t, platforms), compositions(t, f)

	for range steadyPolls {
		pollAll(t, platforms)
	}

	// Without these calls nothing is shown.
	if err := env.Eventually(t.Context(), func(context.Context) error {
		now := compositions(t, f)

		for _, u := range platforms {
			key := client.ObjectKeyFromObject(u)
			if got := now[key] - calls[key]; got < steadyPolls {
				return errors.Errorf("the function was called %d times for %s, want at least %d", got, describe(u), steadyPolls)
			}
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(before, writes(t, platforms)); diff != "" {
		t.Errorf("objects and events: -before, +after:\n%s", diff)
	}
}

// pollAll has the provider look at all that steady platforms are made of, steadyPoll from now, and waits
// until it has.
func pollAll(t *testing.T, platforms []*unstructured.Unstructured) {
	t.Helper()

	before := make([]map[string]metav1.Time, len(platforms))
	for i, u := range platforms {
		before[i] = synced(mustComposed(t, env, u))
	}

	time.Sleep(steadyPoll)

	for _, namespace := range namespaces(platforms) {
		env.Provider.Poll(namespace)
	}

	if err := env.Eventually(t.Context(), func(ctx context.Context) error {
		for i, u := range platforms {
			parts, err := composed(ctx, env, u)
			if err != nil {
				return err
			}

			for key, at := range synced(parts) {
				if was := before[i][key]; at.Equal(&was) {
					return errors.Errorf("the provider has not looked at %s of %s", key, describe(u))
				}
			}
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// synced says when which managed resources became Synced.
func synced(parts state) map[string]metav1.Time {
	out := map[string]metav1.Time{}

	for key, o := range parts {
		if managed(key, o) {
			out[key] = condition(o, conditionSynced).LastTransitionTime
		}
	}

	return out
}

// namespaces of platforms, each once.
func namespaces(platforms []*unstructured.Unstructured) []string {
	var out []string
	for _, u := range platforms {
		out = append(out, u.GetNamespace())
	}

	slices.Sort(out)

	return slices.Compact(out)
}

// compositions counts how often a function that logs it has said what each platform is made
// of.
func compositions(t *testing.T, f *pkgruntime.Function) map[client.ObjectKey]int {
	t.Helper()

	data, err := os.ReadFile(f.Log)
	if err != nil {
		t.Fatal(err)
	}

	out := map[client.ObjectKey]int{}

	for line := range strings.Lines(string(data)) {
		_, details, ok := strings.Cut(line, "Answered")
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

// writes that objects of platforms have had, as far as the API server counts them, and the
// events about them. Of a managed resource it is all that was written but for the time of its
// condition Synced.
func writes(t *testing.T, platforms []*unstructured.Unstructured) map[string]any {
	t.Helper()

	out := map[string]any{}

	for _, u := range platforms {
		owned := map[string]bool{}

		for key, o := range mustComposed(t, env, u) {
			out[describe(u)+" "+key] = o.GetResourceVersion()
			if managed(key, o) {
				out[describe(u)+" "+key] = timeless(t, o)
			}

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

// timeless is a managed resource without the time of its condition Synced, and without what the
// API server writes when that changes.
func timeless(t *testing.T, o *unstructured.Unstructured) map[string]any {
	t.Helper()

	out := o.DeepCopy()
	out.SetResourceVersion("")
	out.SetManagedFields(nil)

	all, _, err := unstructured.NestedSlice(out.Object, "status", "conditions")
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range all {
		if c, ok := c.(map[string]any); ok && c["type"] == conditionSynced {
			delete(c, "lastTransitionTime")
		}
	}

	if err := unstructured.SetNestedSlice(out.Object, all, "status", "conditions"); err != nil {
		t.Fatal(err)
	}

	return out.Object
}
