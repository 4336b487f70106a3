package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	xpunstructured "github.com/crossplane/crossplane-runtime/v2/pkg/resource/unstructured"

	"github.com/crossplane-contrib/function-data-platform/internal/observed"
)

// A kindClient reads and writes the managed resources of one kind.
type kindClient struct {
	client.Client

	kind schema.GroupVersionKind
}

func newKindClient(c client.Client, kind schema.GroupVersionKind, writes *atomic.Int64) kindClient {
	return kindClient{Client: xpunstructured.NewClient(countingClient{Client: c, writes: writes}), kind: kind}
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
		observed.WriteTyped(m.Object)
	}

	return c.Client.Update(ctx, o, opts...)
}

// A countingClient counts the writes that changed something, and leaves out those
// that would not. The provider sends them all, and the API server drops them; that
// is a request for each resource and poll.
type countingClient struct {
	client.Client

	writes *atomic.Int64
}

// Create an object.
func (c countingClient) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	return c.count(o, func() error { return c.Client.Create(ctx, o, opts...) })
}

// Update an object.
func (c countingClient) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if c.same(ctx, o, "metadata", "spec") {
		return nil
	}

	return c.count(o, func() error { return c.Client.Update(ctx, o, opts...) })
}

// Patch an object.
func (c countingClient) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	return c.count(o, func() error { return c.Client.Patch(ctx, o, patch, opts...) })
}

// Status returns a client of the status.
func (c countingClient) Status() client.SubResourceWriter {
	return countingStatus{SubResourceWriter: c.Client.Status(), client: c}
}

// count a write that gave the object a new version.
func (c countingClient) count(o client.Object, write func() error) error {
	before := o.GetResourceVersion()
	if err := write(); err != nil {
		return err
	}

	if o.GetResourceVersion() != before {
		c.writes.Add(1)
	}

	return nil
}

// same says that an object's parts are as they were read.
func (c countingClient) same(ctx context.Context, o client.Object, parts ...string) bool {
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

// A countingStatus is a countingClient of the status.
type countingStatus struct {
	client.SubResourceWriter

	client countingClient
}

// Update the status.
func (c countingStatus) Update(ctx context.Context, o client.Object, opts ...client.SubResourceUpdateOption) error {
	if c.client.same(ctx, o, "status") {
		return nil
	}

	return c.client.count(o, func() error { return c.SubResourceWriter.Update(ctx, o, opts...) })
}
