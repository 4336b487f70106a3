package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

// quietTime without a write says that a platform that is ready is finished.
const quietTime = 5 * time.Second

// Who writes a platform's objects.
const (
	writerCrossplane = "Crossplane"
	writerProvider   = "the provider"
)

// budgets of a reference platform, from creation until nothing is written, by who writes. Each
// has some room above the most that docs/performance.md has: how often the XR is reconciled
// meanwhile, and so how often its status changes, depends on the machine.
var budgets = map[string]costs{ //nolint:gochecknoglobals // A constant.
	writerCrossplane: {Writes: 150, Events: 245},
	writerProvider:   {Writes: 330, Events: 655},
}

// The objects of a reference platform: resources, Usages and Secrets, but not those that the
// provider makes.
const budgetObjects = 52

// Costs of what somebody writes.
type costs struct {
	Writes int

	// Events that the writes are for the XR's circuit breaker.
	Events int
}

// A written is one write of an object.
type written struct {
	by, what string
	events   int
}

// A ledger has each write of a namespace's objects.
type ledger struct {
	mu     sync.Mutex
	latest time.Time
	seen   map[types.UID]*unstructured.Unstructured
	writes []written
}

// A platform costs no more writes than it may.
func testCost(t *testing.T) {
	t.Parallel()
	prove(t, "Cost: what a platform has written from creation to readiness is within its budget")

	u := newPlatform("cost", "orders", spec(v1alpha1.Parameters{}))
	ensureNamespace(t, env, u.GetNamespace())

	l := openLedger(t, env, u.GetNamespace())
	start := time.Now()

	createPlatform(t, env, u)
	awaitReady(t, env, u)

	took := time.Since(start)

	if err := env.Eventually(t.Context(), l.quiet); err != nil {
		t.Fatal(err)
	}

	if got := len(mustComposed(t, env, u)); got > budgetObjects {
		t.Errorf("the platform is made of %d objects, and may be of %d", got, budgetObjects)
	}

	total := l.total()

	for _, by := range slices.Sorted(maps.Keys(budgets)) {
		proven.notef("a platform that was ready after %s: %d writes by %s, %d events of the circuit breaker", took.Round(time.Second), total[by].Writes, by, total[by].Events)

		if got, may := total[by], budgets[by]; got.Writes > may.Writes || got.Events > may.Events {
			t.Errorf("by %s there were %d writes, which were %d events, and may be %d and %d. docs/performance.md says what is written why. This was:\n%s",
				by, got.Writes, got.Events, may.Writes, may.Events, l.list(by))
		}
	}
}

// openLedger of a namespace whose writes it has from now on, until the test ends.
func openLedger(t *testing.T, e *environment.Environment, namespace string) *ledger {
	t.Helper()

	c, err := client.NewWithWatch(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}

	l := &ledger{seen: map[types.UID]*unstructured.Unstructured{}}

	for _, kind := range append(provideraws.Kinds(), corev1.SchemeGroupVersion.WithKind("Secret"), protectionv1beta1.UsageGroupVersionKind, xrKind) {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))

		w, err := c.Watch(t.Context(), list, client.InNamespace(namespace))
		if err != nil {
			t.Fatal(err)
		}

		go func() {
			for e := range w.ResultChan() {
				if o, ok := e.Object.(*unstructured.Unstructured); ok {
					l.add(e.Type, o)
				}
			}
		}()
	}

	return l
}

// add a write. Crossplane's circuit breaker counts an update twice, for the object before and
// the one after, and looks at the XR and what it composes (internal/circuit/mapfunc.go and
// token_bucket.go of Crossplane v2.4.0).
func (l *ledger) add(kind watch.EventType, o *unstructured.Unstructured) {
	l.mu.Lock()
	defer l.mu.Unlock()

	before := l.seen[o.GetUID()]
	l.seen[o.GetUID()], l.latest = o, time.Now()

	w := written{by: writerOf(before, o), what: o.GetKind() + ": created", events: 1}

	switch {
	case kind == watch.Deleted:
		w.what = o.GetKind() + ": deleted"
	case before != nil:
		w.what, w.events = o.GetKind()+": "+strings.Join(changed("", before.Object, o.Object), ", "), 2
	}

	if o.GetAnnotations()[annotationComposed] == "" && o.GroupVersionKind() != xrKind {
		w.events = 0
	}

	l.writes = append(l.writes, w)
}

// quiet returns an error unless nothing was written for some time.
func (l *ledger) quiet(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	if since := time.Since(l.latest); since < quietTime {
		return errors.Errorf("something was written %s ago", since)
	}

	return nil
}

// total by who has written.
func (l *ledger) total() map[string]costs {
	l.mu.Lock()
	defer l.mu.Unlock()

	out := map[string]costs{}

	for _, w := range l.writes {
		c := out[w.by]
		out[w.by] = costs{Writes: c.Writes + 1, Events: c.Events + w.events}
	}

	return out
}

// list what somebody has written, the most frequent first.
func (l *ledger) list(by string) string {
	l.mu.Lock()
	defer l.mu.Unlock()

	n := map[string]int{}

	for _, w := range l.writes {
		if w.by == by {
			n[w.what]++
		}
	}

	lines := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	for i, what := range lines {
		lines[i] = fmt.Sprintf("%4d %s", n[what], what)
	}

	return strings.Join(lines, "\n")
}

// writerOf an object: who of those that manage its fields has written last, or else who writes
// objects of that kind.
func writerOf(before, o *unstructured.Unstructured) string {
	had := map[string]metav1.Time{}

	if before != nil {
		for _, f := range before.GetManagedFields() {
			had[manager(f)] = *f.Time
		}
	}

	for _, f := range o.GetManagedFields() {
		crossplane := f.Manager == "crossplane-core" || strings.HasPrefix(f.Manager, "apiextensions.crossplane.io/")
		if was, ok := had[manager(f)]; crossplane && (!ok || was.Before(f.Time)) {
			return writerCrossplane
		}
	}

	if o.GroupVersionKind() == xrKind || o.GroupVersionKind() == protectionv1beta1.UsageGroupVersionKind {
		return writerCrossplane
	}

	return writerProvider
}

func manager(f metav1.ManagedFieldsEntry) string {
	return f.Manager + " " + string(f.Operation) + " " + f.Subresource
}

// unwritten are fields that change with each write, or by themselves.
var unwritten = map[string]bool{"managedFields": true, "resourceVersion": true, "generation": true, "lastTransitionTime": true} //nolint:gochecknoglobals // A constant.

// changed are the fields that differ, sorted. What is deeper than a spec's or a status's own
// fields is not told apart, but for conditions.
func changed(path string, a, b map[string]any) []string {
	const depth = 2

	var out []string

	keys := slices.Sorted(maps.Keys(a))
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}

	for _, key := range keys {
		if unwritten[key] || reflect.DeepEqual(a[key], b[key]) {
			continue
		}

		at := strings.TrimPrefix(path+"."+key, ".")
		before, _ := a[key].(map[string]any)
		after, _ := b[key].(map[string]any)

		if key == "conditions" {
			before, after = byType(a[key]), byType(b[key])
		} else if strings.Count(at, ".") >= depth || before == nil && after == nil {
			out = append(out, at)
			continue
		}

		out = append(out, changed(at, before, after)...)
	}

	slices.Sort(out)

	return out
}

// byType has the conditions of a status.
func byType(list any) map[string]any {
	out := map[string]any{}

	all, _ := list.([]any)
	for _, c := range all {
		if m, ok := c.(map[string]any); ok {
			out[fmt.Sprint(m["type"])] = m
		}
	}

	return out
}
