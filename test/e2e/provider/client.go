package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	xpunstructured "github.com/crossplane/crossplane-runtime/v2/pkg/resource/unstructured"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource/unstructured/composed"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A kindClient reads and writes the managed resources of one kind.
type kindClient struct {
	client.Client

	kind    schema.GroupVersionKind
	witness witness
}

// A witness is told what a client writes.
type witness interface {
	// writes an object. An error takes the place of the API server's answer.
	writes(m *Managed) error

	// wroteStatus of an object in a namespace.
	wroteStatus(namespace string)
}

func newKindClient(c client.Client, kind schema.GroupVersionKind, w witness) kindClient {
	return kindClient{Client: xpunstructured.NewClient(frugalClient{Client: c, witness: w}), kind: kind, witness: w}
}

// Get an object. The managed reconciler's is of the client's kind.
func (c kindClient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if m, ok := o.(*Managed); ok && m.GetKind() == "" {
		m.SetGroupVersionKind(c.kind)
	}

	return c.Client.Get(ctx, key, o, opts...)
}

// Update an object as a typed client would.
func (c kindClient) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if m, ok := o.(*Managed); ok {
		provideraws.WriteTyped(m.Object)

		if err := c.witness.writes(m); err != nil {
			return err
		}
	}

	return c.Client.Update(ctx, o, opts...)
}

// A frugalClient leaves out updates that would change nothing. The provider sends them,
// and the API server drops them; that is a request for each resource and poll.
type frugalClient struct {
	client.Client

	witness witness
}

// Update an object.
func (c frugalClient) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if c.same(ctx, o, "metadata", "spec") {
		return nil
	}

	return c.Client.Update(ctx, o, opts...)
}

// Status returns a client of the status.
func (c frugalClient) Status() client.SubResourceWriter {
	return frugalStatus{SubResourceWriter: c.Client.Status(), client: c}
}

// same says that an object's parts are as they were read.
func (c frugalClient) same(ctx context.Context, o client.Object, parts ...string) bool {
	u, ok := o.(*unstructured.Unstructured)
	if !ok {
		return false
	}

	read := &unstructured.Unstructured{}
	read.SetGroupVersionKind(u.GroupVersionKind())

	if err := c.Get(ctx, client.ObjectKeyFromObject(o), read, client.UnsafeDisableDeepCopy); err != nil || read.GetResourceVersion() != o.GetResourceVersion() {
		return false
	}

	for _, part := range parts {
		if reflect.DeepEqual(read.Object[part], u.Object[part]) {
			continue
		}

		// Numbers may be of another type than those read.
		was, werr := json.Marshal(read.Object[part])
		is, ierr := json.Marshal(u.Object[part])

		if werr != nil || ierr != nil || !bytes.Equal(was, is) {
			return false
		}
	}

	return true
}

// A frugalStatus is a frugalClient of the status.
type frugalStatus struct {
	client.SubResourceWriter

	client frugalClient
}

// Update the status. What is the same as in the cache may be older than what is there: that is
// refused as a conflict, and looked at again. Of a resource that is in trouble nothing else may
// have it looked at.
func (c frugalStatus) Update(ctx context.Context, o client.Object, opts ...client.SubResourceUpdateOption) error {
	if !inTrouble(o) && c.client.same(ctx, o, "status") {
		return nil
	}

	if err := c.SubResourceWriter.Update(ctx, o, opts...); err != nil {
		return err
	}

	c.client.witness.wroteStatus(o.GetNamespace())

	return nil
}

// inTrouble says that a managed resource is not Synced.
func inTrouble(o client.Object) bool {
	u, ok := o.(*unstructured.Unstructured)
	if !ok {
		return false
	}

	m := &Managed{Unstructured: composed.Unstructured{Unstructured: *u}}

	return m.GetCondition(xpv1.TypeSynced).Status == corev1.ConditionFalse
}
