package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// Of so many platforms it is said why they are stuck. The others are stuck likewise.
	stuckPlatforms = 10

	// So many of the last events about a resource are told.
	stuckEvents = 3
)

// creation are the notes that crossplane-runtime makes of a creation.
var creation = []string{
	meta.AnnotationKeyExternalCreatePending,
	meta.AnnotationKeyExternalCreateSucceeded,
	meta.AnnotationKeyExternalCreateFailed,
	meta.AnnotationKeyExternalName,
}

// stuck says of the XRs that are not Ready what they wait for: their conditions, and of each of
// their managed resources that is not Ready and Synced the conditions, the notes of its creation
// and its last events.
func stuck(ctx context.Context, e *environment.Environment) (string, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(xrKind)

	if err := e.Client.List(ctx, list); err != nil {
		return "", errors.Wrap(err, "cannot list XRs")
	}

	waiting := slices.DeleteFunc(list.Items, func(u unstructured.Unstructured) bool {
		return condition(&u, conditionReady).Status == metav1.ConditionTrue
	})

	b := &strings.Builder{}

	for i := range waiting {
		u := &waiting[i]
		_, _ = fmt.Fprintf(b, "%s is not Ready\n", describe(u))

		if i >= stuckPlatforms {
			continue
		}

		_, _ = fmt.Fprintln(b, conditions(u))

		parts, err := composed(ctx, e, u)
		if err != nil {
			return "", err
		}

		happened, err := eventsBy(ctx, e, u.GetNamespace())
		if err != nil {
			return "", err
		}

		for _, key := range slices.Sorted(maps.Keys(parts)) {
			if o := parts[key]; managed(key, o) && settled(state{key: o}) != nil {
				describeStuck(b, key, o, happened[o.GetUID()])
			}
		}
	}

	return b.String(), nil
}

// describeStuck says of a managed resource why it is stuck.
func describeStuck(b *strings.Builder, key string, o *unstructured.Unstructured, happened []corev1.Event) {
	_, _ = fmt.Fprintf(b, "  %s: %s, created %s\n", key, describe(o), o.GetCreationTimestamp().UTC().Format("15:04:05"))

	for line := range strings.Lines(conditions(o)) {
		_, _ = fmt.Fprintf(b, "    %s\n", strings.TrimSpace(line))
	}

	for _, name := range creation {
		if value, ok := o.GetAnnotations()[name]; ok {
			_, _ = fmt.Fprintf(b, "    %s: %s\n", name, value)
		}
	}

	for _, w := range o.GetManagedFields() {
		_, _ = fmt.Fprintf(b, "    written by %s %s %s\n", w.Manager, w.Subresource, w.Time.UTC().Format("15:04:05"))
	}

	for _, e := range happened[max(0, len(happened)-stuckEvents):] {
		_, _ = fmt.Fprintf(b, "    event %s, %d times: %s: %s\n", e.LastTimestamp.UTC().Format("15:04:05"), e.Count, e.Reason, e.Message)
	}
}

// eventsBy the objects of a namespace that they are about, the last at the end.
func eventsBy(ctx context.Context, e *environment.Environment, namespace string) (map[types.UID][]corev1.Event, error) {
	list := &corev1.EventList{}
	if err := e.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil, errors.Wrap(err, "cannot list events")
	}

	slices.SortFunc(list.Items, func(a, b corev1.Event) int {
		return cmp.Or(a.LastTimestamp.Compare(b.LastTimestamp.Time), cmp.Compare(a.GetName(), b.GetName()))
	})

	out := map[types.UID][]corev1.Event{}
	for _, ev := range list.Items {
		out[ev.InvolvedObject.UID] = append(out[ev.InvolvedObject.UID], ev)
	}

	return out, nil
}
