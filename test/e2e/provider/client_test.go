package provider

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A cached client reads an object from memory, and counts what is written of its status.
type cached struct {
	client.Client

	object *unstructured.Unstructured
	status counted
}

type counted struct {
	client.SubResourceWriter

	writes int
}

func (c *cached) Get(_ context.Context, _ client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	c.object.DeepCopyInto(o.(*unstructured.Unstructured))
	return nil
}

func (c *cached) Status() client.SubResourceWriter { return &c.status }

func (c *counted) Update(context.Context, client.Object, ...client.SubResourceUpdateOption) error {
	c.writes++
	return nil
}

type nobody struct{}

func (nobody) writes(*Managed) error { return nil }
func (nobody) wroteStatus(string)    {}

// What the cache has may be old: of a resource in trouble the API server is to say so.
func TestFrugalStatus(t *testing.T) {
	cases := map[string]struct {
		reason string
		synced string
		want   int
	}{
		"Steady":    {reason: "An update that changes nothing is left out.", synced: "True", want: 0},
		"InTrouble": {reason: "One that may be a conflict is sent.", synced: "False", want: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"conditions": []any{map[string]any{"type": "Synced", "status": tc.synced}}}}}
			c := &cached{object: o}

			if err := (frugalClient{Client: c, witness: nobody{}}).Status().Update(t.Context(), o.DeepCopy()); err != nil {
				t.Fatal(err)
			}

			if c.status.writes != tc.want {
				t.Errorf("%s\nUpdate(...): want %d writes, got %d", tc.reason, tc.want, c.status.writes)
			}
		})
	}
}
