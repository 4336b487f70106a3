package e2e

import (
	"context"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// replicas of the function, as in examples/runtime.
	replicas = 2

	// rolloutNamespace has all platforms of the test.
	rolloutNamespace = "rollout"

	// How many resources a platform has when what happens to it while it is created begins. The
	// network is made, and the database is not.
	midCreation = 10
)

// testRollout changes the packages up and back down, and takes one of the function's replicas
// away, each time while a platform is being created beside one that is ready.
func testRollout(t *testing.T) {
	t.Parallel()

	packages, previous := previousRelease(t)
	what := "Rollout: from " + previous + " and back with two replicas of the function, and one ends, each while a platform is created; no call fails, nothing is deleted or made anew"
	slow(t, what)
	prove(t, what)

	o := options("rollout", packages, previousVersion)
	o.Replicas = replicas

	e, err := environment.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)

	if err := e.Publish(t.Context(), environment.Built(absolute(root)), version); err != nil {
		t.Fatal(err)
	}

	platforms := []*unstructured.Unstructured{newPlatform(rolloutNamespace, "steady", spec(v1alpha1.Parameters{}))}
	createPlatform(t, e, platforms[0])
	awaitReady(t, e, platforms[0])

	for _, step := range []struct {
		name   string
		change func(context.Context) error
	}{
		{name: "up", change: func(ctx context.Context) error {
			return errors.Join(e.InstallFunction(ctx, version), e.InstallConfiguration(ctx, version))
		}},
		{name: "drained", change: func(ctx context.Context) error { return drain(ctx, e) }},
		// The other way round: the Configuration may give the function before an input that it does
		// not know.
		{name: "down", change: func(ctx context.Context) error {
			return errors.Join(e.InstallConfiguration(ctx, previousVersion), e.InstallFunction(ctx, previousVersion))
		}},
	} {
		before := managedUIDs(t, e)
		failed := scrape(t, e.Crossplane.MetricsURL).failed()

		u := newPlatform(rolloutNamespace, step.name, spec(v1alpha1.Parameters{}))
		createPlatform(t, e, u)
		awaitComposed(t, e, u, midCreation)

		midway := managedUIDs(t, e)

		if err := step.change(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}

		awaitReady(t, e, u)

		platforms = append(platforms, u)
		for _, p := range platforms {
			awaitReady(t, e, p)
		}

		after := managedUIDs(t, e)

		for _, was := range []map[string]string{before, midway} {
			for name, uid := range was {
				if after[name] != uid {
					t.Errorf("%s: %s had UID %s, and has %q", step.name, name, uid, after[name])
				}
			}
		}

		now := scrape(t, e.Crossplane.MetricsURL)
		if now.total(metricResponses) == 0 {
			t.Errorf("%s: Crossplane has counted no call", step.name)
		}

		if n := now.failed() - failed; n > 0 {
			t.Errorf("%s: %.0f calls of the function failed", step.name, n)
		}

		checkReplicas(t, e, step.name)
	}

	if diff := gocmp.Diff([]string(nil), refusalsIn(e, rolloutNamespace)); diff != "" {
		t.Errorf("what AWS refused: -want, +got:\n%s", diff)
	}
}

// drain ends one replica, as a node that is drained does, and has it start again.
func drain(ctx context.Context, e *environment.Environment) error {
	all, err := e.Runtime.ReplicasOf(ctx, environment.FunctionName)
	if err != nil {
		return err
	}

	all[0].Stop()

	if err := all[0].Start(); err != nil {
		return err
	}

	return all[0].AwaitReady(ctx)
}

// checkReplicas are all there, and all called.
func checkReplicas(t *testing.T, e *environment.Environment, step string) {
	t.Helper()

	all, err := e.Runtime.ReplicasOf(t.Context(), environment.FunctionName)
	if err != nil {
		t.Fatal(err)
	}

	if len(all) != replicas {
		t.Errorf("%s: want %d replicas, got %d", step, replicas, len(all))
	}

	for _, f := range all {
		if err := e.Eventually(t.Context(), func(context.Context) error {
			if scrape(t, f.MetricsURL).calls() == 0 { //nolint:contextcheck // It uses the test's.
				return errors.Errorf("%s: %s was not called", step, f.Name)
			}

			return nil
		}); err != nil {
			t.Error(err)
		}
	}
}

// awaitComposed waits until a platform is made of that many resources, and fails if it is ready
// by then.
func awaitComposed(t *testing.T, e *environment.Environment, u *unstructured.Unstructured, least int) {
	t.Helper()

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, e, u)
		if err != nil {
			return err
		}

		if len(parts) < least {
			return errors.Errorf("%s is made of %d resources, want %d", describe(u), len(parts), least)
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	if err := readReady(t.Context(), e, u); err == nil {
		t.Errorf("%s is ready before anything happens", describe(u))
	}
}

// managedUIDs of the test's managed resources, by kind and name. A version of a secret and an
// alarm may come and go with a version of the function.
func managedUIDs(t *testing.T, e *environment.Environment) map[string]string {
	t.Helper()

	managed, err := e.Managed(t.Context(), rolloutNamespace)
	if err != nil {
		t.Fatal(err)
	}

	out := map[string]string{}

	for i := range managed {
		if m := &managed[i]; !slices.Contains(expendable, m.GetKind()) {
			out[describe(m)] = string(m.GetUID())
			if m.GetDeletionTimestamp() != nil {
				out[describe(m)] += " being deleted"
			}
		}
	}

	return out
}
