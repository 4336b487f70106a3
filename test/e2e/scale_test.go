package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	scaleNamespaces = 10
	scalePlatforms  = 10 // In each namespace.

	// How long all of them get, and how long none of them may become ready. Beside others
	// the first has taken 13 minutes.
	scaleTimeout  = 45 * time.Minute
	scalePatience = 15 * time.Minute

	// How long none of them may become ready until somebody looks for creations whose result
	// nobody knows: on a busy API server a few in thousands, and docs/troubleshooting.md says
	// what to do.
	scaleLook = time.Minute

	// More such creations are no accident.
	scaleHealed = 5

	// How long steady platforms are watched: provider-aws's poll interval, in which it
	// looks at each resource once.
	idleTime = 10 * time.Minute

	// How long one of Crossplane's circuit breakers stays open. It closes with the next
	// change after that, so where nothing changes any more its XR goes on saying that it
	// is not responsive.
	breakerTime = 5 * time.Minute
)

// testScale creates many platforms at once, and then leaves them alone.
func testScale(t *testing.T) {
	slow(t, fmt.Sprintf("Scale: %d platforms, created and idle", scaleNamespaces*scalePlatforms))

	// Nothing else runs on it, and Crossplane has its default circuit breaker: with more
	// room, each of a platform's 300 changes while it is created has all of it read.
	o := options("scale", environment.Built(absolute(root)), version)
	o.CircuitBreakerBurst = 0

	e, err := environment.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)

	if t.Run("Created", func(t *testing.T) { testScaleCreated(t, e) }) {
		t.Run("Idle", func(t *testing.T) { testScaleIdle(t, e) })
	}
}

func testScaleCreated(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, fmt.Sprintf("Scale: %d platforms in %d namespaces to ready; no name collides", scaleNamespaces*scalePlatforms, scaleNamespaces))

	var (
		f      = running(t, e)
		before = scrape(t, f.MetricsURL)
		used   = usages(t, e)
		start  = time.Now()
	)

	for i := range scaleNamespaces {
		namespace := fmt.Sprintf("scale-%d", i)

		for j := range scalePlatforms {
			// The same names in each namespace, so that AWS's must differ by it.
			createPlatform(t, e, newPlatform(namespace, fmt.Sprintf("platform-%d", j), spec(v1alpha1.Parameters{})))
		}
	}

	healed := awaitAllReady(t, e, start)

	took, after := time.Since(start), scrape(t, f.MetricsURL)

	proven.notef("%d platforms, %d managed resources: ready after %s; %.0f function calls; %d creations whose result the provider did not know, healed by hand: %v\n%s",
		scaleNamespaces*scalePlatforms, unique(t, e), took.Round(time.Second), after.calls()-before.calls(), len(healed), healed, table(since(used, usages(t, e))))
}

// awaitAllReady waits until all platforms are ready, and returns which resources it took a hand
// for. It says what they wait for when none of them becomes ready any more.
func awaitAllReady(t *testing.T, e *environment.Environment, start time.Time) []string {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), scaleTimeout)
	defer cancel()

	var (
		last   = time.Now()
		looked time.Time
		healed []string
	)

	for ready := 0; ready < scaleNamespaces*scalePlatforms; {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}

		n, err := countXRs(t.Context(), e, conditionReady)
		if err != nil {
			t.Fatal(err)
		}

		if n != ready {
			sayf("%d platforms are ready after %s", n, time.Since(start).Round(time.Second))

			last = time.Now()
		}

		ready = n

		if ready > 0 && time.Since(last) > scaleLook && time.Since(looked) > scaleLook {
			looked = time.Now()

			if healed = append(healed, look(t, e)...); len(healed) > scaleHealed {
				t.Fatalf("the results of %d creations were lost, and of %d may be: %v", len(healed), scaleHealed, healed)
			}
		}

		if ctx.Err() == nil && time.Since(last) < scalePatience {
			continue
		}

		why, err := stuck(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}

		t.Fatalf("%d platforms are ready after %s\n%s", ready, time.Since(start).Round(time.Second), why)
	}

	return healed
}

// look for creations whose result the provider does not know, and have it go on.
func look(t *testing.T, e *environment.Environment) []string {
	t.Helper()

	managed, err := e.Managed(t.Context(), metav1.NamespaceAll)
	if err != nil {
		t.Fatal(err)
	}

	all := make([]*unstructured.Unstructured, len(managed))
	for i := range managed {
		all[i] = &managed[i]
	}

	healed, err := proceed(t.Context(), e, all)
	if err != nil {
		t.Fatal(err)
	}

	return healed
}

func testScaleIdle(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, fmt.Sprintf("Scale: the %d platforms for %s more, in which the provider looks at everything once", scaleNamespaces*scalePlatforms, idleTime))

	time.Sleep(breakerTime)

	responsive, err := countXRs(t.Context(), e, conditionResponsive)
	if err != nil {
		t.Fatal(err)
	}

	var (
		f      = running(t, e)
		before = scrape(t, f.MetricsURL)
		used   = usages(t, e)
		wrote  = e.Provider.StatusWrites("")
	)

	time.Sleep(idleTime)

	after := scrape(t, f.MetricsURL)
	hours := idleTime.Hours()

	proven.notef("an idle hour of them, from %s, %s after that, with %d responsive: %d writes of the provider's, %.0f function calls, %.0f of them answered from its cache, %.1f s of the function's CPU; in these %s:\n%s",
		idleTime, breakerTime, responsive, int(float64(e.Provider.StatusWrites("")-wrote)/hours), (after.calls()-before.calls())/hours, (after.kept()-before.kept())/hours, (after.cpu()-before.cpu())/hours,
		idleTime, table(since(used, usages(t, e))))
}

// countXRs counts the XRs that have a condition.
func countXRs(ctx context.Context, e *environment.Environment, kind string) (int, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(xrKind)

	if err := e.Client.List(ctx, list); err != nil {
		return 0, errors.Wrap(err, "cannot list XRs")
	}

	n := 0

	for i := range list.Items {
		if condition(&list.Items[i], kind).Status == metav1.ConditionTrue {
			n++
		}
	}

	return n, nil
}

// unique fails the test if two managed resources are the same thing in AWS, and
// returns how many there are.
func unique(t *testing.T, e *environment.Environment) int {
	t.Helper()

	managed, err := e.Managed(t.Context(), metav1.NamespaceAll)
	if err != nil {
		t.Fatal(err)
	}

	by := map[string]string{}

	for i := range managed {
		thing := provideraws.KindOf(managed[i].GroupVersionKind()) + " " + meta.GetExternalName(&managed[i])
		if other, ok := by[thing]; ok {
			t.Errorf("%s is both %s and %s", thing, other, describe(&managed[i]))
		}

		by[thing] = describe(&managed[i])
	}

	return len(managed)
}
