package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/provider"
)

// testWoken counts how often the function is called for one platform that is steady, on control
// planes that have no other.
func testWoken(t *testing.T) {
	slow(t, "Woken: how often the function is called for a steady platform")

	t.Parallel()

	// How long they are watched: the longest of the polls.
	const watch = 10 * time.Minute

	cases := map[string]struct {
		reason string
		poll   time.Duration
	}{
		"Minute":     {reason: "as some teams have it", poll: time.Minute},
		"TenMinutes": {reason: "provider-aws's default", poll: 10 * time.Minute},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prove(t, fmt.Sprintf("Woken: one steady platform for %s; the provider looks each %s, %s", watch, tc.poll, tc.reason))

			o := options("woken-"+name, environment.Built(absolute(root)), version)
			o.CircuitBreakerBurst = 0
			o.Double = provider.Options{PollInterval: tc.poll}

			e, err := environment.Start(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer stop(t, e)

			u := newPlatform("team-a", "orders", spec(v1alpha1.Parameters{}))
			createPlatform(t, e, u)
			awaitReady(t, e, u)

			time.Sleep(breakerTime)

			f := running(t, e)
			before, wrote := scrape(t, f.MetricsURL), e.Provider.StatusWrites(u.GetNamespace())

			time.Sleep(watch)

			after := scrape(t, f.MetricsURL)
			wrote = e.Provider.StatusWrites(u.GetNamespace()) - wrote

			// Without them nothing is shown.
			if wrote == 0 {
				t.Error("the provider has written nothing")
			}

			proven.notef("a steady platform, at a poll of %s: the provider writes %.1f times a minute, the function is called %.1f times a minute",
				tc.poll, float64(wrote)/watch.Minutes(), (after.calls()-before.calls())/watch.Minutes())
		})
	}
}
