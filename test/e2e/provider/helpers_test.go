package provider

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// Object is shorter.
type Object = provideraws.Object

// gvk of a kind such as ec2/VPC.
func gvk(kind string) schema.GroupVersionKind {
	for _, k := range provideraws.Kinds() {
		if provideraws.KindOf(k) == kind {
			return k
		}
	}

	return schema.GroupVersionKind{}
}

// mr returns a managed resource. Its UID is its name.
func mr(kind, name string, forProvider Object, change ...func(*Managed)) *Managed {
	f := Object{"region": "us-east-1"}
	maps.Copy(f, forProvider)

	m := &Managed{}
	m.SetGroupVersionKind(gvk(kind))
	m.SetNamespace("team-a")
	m.SetName(name)
	m.SetUID(types.UID(name))
	m.Object["spec"] = Object{
		"forProvider":        f,
		"managementPolicies": []any{"*"},
		"providerConfigRef":  Object{"kind": "ClusterProviderConfig", "name": "default"},
	}

	for _, c := range change {
		c(m)
	}

	return m
}

func named(external string) func(*Managed) {
	return func(m *Managed) { meta.SetExternalName(m, external) }
}

func labelled(component string) func(*Managed) {
	return func(m *Managed) { m.SetLabels(map[string]string{"component": component}) }
}

func controlledBy(uid types.UID) func(*Managed) {
	return func(m *Managed) {
		m.SetOwnerReferences([]metav1.OwnerReference{{UID: uid, Controller: ptr.To(true)}})
	}
}

func configured(kind, name string) func(*Managed) {
	return func(m *Managed) {
		m.Object["spec"].(Object)["providerConfigRef"] = Object{"kind": kind, "name": name}
	}
}

func policies(names ...any) func(*Managed) {
	return func(m *Managed) { m.Object["spec"].(Object)["managementPolicies"] = names }
}

// exist puts things into AWS, under the external names of managed resources.
func exist(t *testing.T, c *cloud, all ...*Managed) {
	t.Helper()

	for _, m := range all {
		if meta.GetExternalName(m) == "" {
			t.Fatalf("%s has no external name", m.GetName())
		}

		c.adopt(m, nil)
	}
}

// A store is a client that knows some objects, and what was written.
type store struct {
	client.Client

	managed []*Managed
	secrets map[string]*corev1.Secret
	listed  []client.ListOptions
}

func (s *store) Get(_ context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	switch o := o.(type) {
	case *corev1.Secret:
		if found, ok := s.secrets[key.Name]; ok {
			*o = *found.DeepCopy()
			return nil
		}
	case *Managed:
		for _, m := range s.managed {
			if client.ObjectKeyFromObject(m) == key && m.GroupVersionKind() == o.GroupVersionKind() {
				o.Object = m.DeepCopy().Object
				return nil
			}
		}
	}

	return kerrors.NewNotFound(schema.GroupResource{Resource: "things"}, key.Name)
}

func (s *store) List(_ context.Context, list client.ObjectList, opts ...client.ListOption) error {
	o := client.ListOptions{}
	o.ApplyOptions(opts)
	s.listed = append(s.listed, o)

	l := list.(*ManagedList)
	kind := strings.TrimSuffix(l.GetKind(), "List")

	for _, m := range s.managed {
		if m.GetKind() == kind && m.GetNamespace() == o.Namespace && o.LabelSelector.Matches(labels.Set(m.GetLabels())) {
			l.Items = append(l.Items, *m.GetUnstructured())
		}
	}

	return nil
}

func (s *store) Create(_ context.Context, o client.Object, _ ...client.CreateOption) error {
	if secret, ok := o.(*corev1.Secret); ok {
		s.secrets[o.GetName()] = secret.DeepCopy()
	}

	return nil
}

func (s *store) Update(_ context.Context, _ client.Object, _ ...client.UpdateOption) error {
	return nil
}

// Patch an object with all of what is wanted.
func (s *store) Patch(ctx context.Context, o client.Object, patch client.Patch, _ ...client.PatchOption) error {
	data, err := patch.Data(o)
	if err != nil {
		return err
	}

	if err := json.Unmarshal(data, o); err != nil {
		return err
	}

	return s.Create(ctx, o)
}

func (s *store) Status() client.SubResourceWriter { return storeStatus{store: s} }

// A storeStatus writes the status into the store.
type storeStatus struct {
	client.SubResourceWriter

	store *store
}

func (s storeStatus) Update(_ context.Context, o client.Object, _ ...client.SubResourceUpdateOption) error {
	for i, m := range s.store.managed {
		if written, ok := o.(*Managed); ok && m.GetUID() == written.GetUID() {
			s.store.managed[i] = written.DeepCopyObject().(*Managed)
		}
	}

	return nil
}

// A versioned store gives what is written another version.
type versioned struct {
	store
}

func (s *versioned) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	u := o.(*unstructured.Unstructured)
	m := &Managed{}
	m.SetGroupVersionKind(u.GroupVersionKind())

	if err := s.store.Get(ctx, key, m, opts...); err != nil {
		return err
	}

	u.Object = m.Object

	return nil
}

func (s *versioned) Status() client.SubResourceWriter { return versionedStatus{} }

// A versionedStatus gives an object whose status is written version 2.
type versionedStatus struct {
	client.SubResourceWriter
}

func (versionedStatus) Update(_ context.Context, o client.Object, _ ...client.SubResourceUpdateOption) error {
	o.SetResourceVersion("2")
	return nil
}
