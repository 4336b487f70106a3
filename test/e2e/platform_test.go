package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// annotationComposed is the function's name of a composed resource.
	annotationComposed = "crossplane.io/composition-resource-name"

	conditionCacheReady      = "CacheReady"
	conditionConnectionReady = "ConnectionReady"
	conditionDatabaseReady   = "DatabaseReady"
	conditionNetworkReady    = "NetworkReady"
	conditionReady           = "Ready"
	conditionResponsive      = "Responsive"
	conditionSynced          = "Synced"
)

var (
	xrKind    = v1alpha1.GroupVersionKind
	claimKind = v1alpha1.ClaimGroupVersionKind
)

// stop an environment. None of its programs may have ended by itself.
func stop(t *testing.T, e *environment.Environment) {
	t.Helper()

	crashed := e.Crashed()
	e.Stop()

	if diff := gocmp.Diff([]string(nil), crashed); diff != "" {
		t.Errorf("programs that ended by themselves: -want, +got:\n%s", diff)
	}
}

// newPlatform returns an XR.
func newPlatform(namespace, name string, spec v1alpha1.XDataPlatformSpec) *unstructured.Unstructured {
	return newRequest(xrKind, namespace, name, spec)
}

// newClaim returns a claim.
func newClaim(namespace, name string, spec v1alpha1.XDataPlatformSpec) *unstructured.Unstructured {
	return newRequest(claimKind, namespace, name, spec)
}

func newRequest(kind schema.GroupVersionKind, namespace, name string, spec v1alpha1.XDataPlatformSpec) *unstructured.Unstructured {
	s, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&spec)
	if err != nil {
		panic(err)
	}

	u := &unstructured.Unstructured{Object: map[string]any{"spec": s}}
	u.SetGroupVersionKind(kind)
	u.SetNamespace(namespace)
	u.SetName(name)

	return u
}

// spec of a platform with those parameters.
func spec(p v1alpha1.Parameters) v1alpha1.XDataPlatformSpec {
	return v1alpha1.XDataPlatformSpec{Region: "us-east-1", Parameters: p}
}

// createPlatform creates an XR or a claim, and its namespace if there is none.
func createPlatform(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) {
	t.Helper()

	ensureNamespace(t, e, u.GetNamespace())

	if err := e.Client.Create(t.Context(), u); err != nil {
		t.Fatalf("cannot create %s: %v", describe(u), err)
	}
}

// ensurePlatform creates an XR or a claim unless it exists.
func ensurePlatform(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) {
	t.Helper()

	err := e.Client.Get(t.Context(), client.ObjectKeyFromObject(u), u.DeepCopy())
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}

	if err != nil {
		createPlatform(t, e, u)
	}
}

func ensureNamespace(t *testing.T, e *environment.Environment, name string) {
	t.Helper()

	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := e.Client.Create(t.Context(), ns); err != nil && !kerrors.IsAlreadyExists(err) {
		t.Fatalf("cannot create namespace %s: %v", name, err)
	}
}

// awaitReady waits until Crossplane says of an XR's or a claim's latest spec that it
// is Synced and Ready, and reads it into u.
func awaitReady(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) {
	t.Helper()

	if err := e.Eventually(t.Context(), func(ctx context.Context) error { return readReady(ctx, e, u) }); err != nil {
		t.Fatal(err)
	}
}

// readReady reads an XR or a claim, and returns an error unless Crossplane says of its
// latest spec that it is Synced and Ready.
func readReady(ctx context.Context, e *environment.Environment, u *unstructured.Unstructured) error {
	if err := e.Client.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
		return err
	}

	for _, kind := range []string{conditionSynced, conditionReady} {
		c := condition(u, kind)
		if c.Status != metav1.ConditionTrue || c.ObservedGeneration != u.GetGeneration() {
			return errors.Errorf("%s is not %s at generation %d:\n%s", describe(u), kind, u.GetGeneration(), conditions(u))
		}
	}

	return nil
}

// composite returns the XR of a claim, and of an XR itself.
func composite(ctx context.Context, e *environment.Environment, u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if u.GetKind() != v1alpha1.ClaimKind {
		return u, nil
	}

	name, _, _ := unstructured.NestedString(u.Object, "spec", "resourceRef", "name")
	xr := &unstructured.Unstructured{}
	xr.SetGroupVersionKind(v1alpha1.CompositeGroupVersionKind)

	return xr, e.Client.Get(ctx, client.ObjectKey{Name: name}, xr)
}

// composed returns all that an XR or a claim is made of, by its name in the function.
// What is being deleted is among it until it is gone.
func composed(ctx context.Context, e *environment.Environment, u *unstructured.Unstructured) (map[string]*unstructured.Unstructured, error) {
	xr, err := composite(ctx, e, u)
	if err != nil {
		return nil, err
	}

	kinds := append(provideraws.Kinds(), corev1.SchemeGroupVersion.WithKind("Secret"), protectionv1beta1.UsageGroupVersionKind)
	out := map[string]*unstructured.Unstructured{}

	for _, kind := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)

		if err := e.Client.List(ctx, list, client.InNamespace(u.GetNamespace())); err != nil {
			return nil, err
		}

		for i := range list.Items {
			if metav1.IsControlledBy(&list.Items[i], xr) {
				out[list.Items[i].GetAnnotations()[annotationComposed]] = &list.Items[i]
			}
		}
	}

	return out, nil
}

// mustComposed is composed in a test.
func mustComposed(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) map[string]*unstructured.Unstructured {
	t.Helper()

	out, err := composed(t.Context(), e, u)
	if err != nil {
		t.Fatalf("cannot read what %s is made of: %v", describe(u), err)
	}

	return out
}

// mustComposeNothing of a platform.
func mustComposeNothing(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) {
	t.Helper()

	if diff := gocmp.Diff([]string(nil), slices.Sorted(maps.Keys(mustComposed(t, e, u)))); diff != "" {
		t.Errorf("%s is made of: -want, +got:\n%s", describe(u), diff)
	}
}

// refusalsIn a namespace are what its managed resources asked AWS for in vain.
func refusalsIn(e *environment.Environment, namespace string) []string {
	var out []string

	for _, r := range e.Provider.Refusals() {
		if r.Namespace == namespace {
			out = append(out, fmt.Sprintf("to %s %s %s: %s", r.Operation, r.Kind, r.Name, r.Error))
		}
	}

	return out
}

// mustComposite is composite in a test.
func mustComposite(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()

	xr, err := composite(t.Context(), e, u)
	if err != nil {
		t.Fatal(err)
	}

	return xr
}

// uids of all that a platform is made of.
func uids(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) map[string]string {
	t.Helper()

	out := map[string]string{}
	for key, o := range mustComposed(t, e, u) {
		out[key] = string(o.GetUID())
		if o.GetDeletionTimestamp() != nil {
			out[key] += " being deleted"
		}
	}

	return out
}

// identities of all that a platform is made of: their UIDs, and their names in AWS. It
// first waits until AWS has all that the managed resources ask for, because a platform
// stays ready when the provider refuses an update.
func identities(t *testing.T, e *environment.Environment, u *unstructured.Unstructured) map[string]string {
	t.Helper()

	out := map[string]string{}

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, e, u)
		if err != nil {
			return err
		}

		clear(out)

		for key, o := range parts {
			out[key] = string(o.GetUID()) + " " + meta.GetExternalName(o)
		}

		return cmp.Or(settled(parts), inAWS(parts))
	}); err != nil {
		t.Fatal(err)
	}

	return out
}

// identitiesOf platforms, in their order.
func identitiesOf(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) []map[string]string {
	t.Helper()

	out := make([]map[string]string, len(platforms))
	for i, u := range platforms {
		out[i] = identities(t, e, u)
	}

	return out
}

// condition of an object. One that it does not have is zero.
func condition(u *unstructured.Unstructured, kind string) metav1.Condition {
	for _, c := range readConditions(u) {
		if c.Type == kind {
			return c
		}
	}

	return metav1.Condition{}
}

func readConditions(u *unstructured.Unstructured) []metav1.Condition {
	var out struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &out); err != nil {
		panic(err)
	}

	return out.Status.Conditions
}

// conditions of an object, for people.
func conditions(u *unstructured.Unstructured) string {
	var lines []string
	for _, c := range readConditions(u) {
		lines = append(lines, fmt.Sprintf("  %s %s at generation %d: %s: %s", c.Type, c.Status, c.ObservedGeneration, c.Reason, c.Message))
	}

	slices.Sort(lines)

	return strings.Join(lines, "\n")
}

// describe an object, for people.
func describe(u *unstructured.Unstructured) string {
	return u.GetKind() + " " + u.GetNamespace() + "/" + u.GetName()
}
