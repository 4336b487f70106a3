package provider

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/password"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// initializers of a kind, in provider-aws's order.
func initializers(c client.Client, kind string) managed.InitializerChain {
	var out managed.InitializerChain

	if !kinds.Named(kind).Untagged {
		out = append(out, tagger(c))
	}

	if s, ok := generated[kind]; ok {
		out = append(out, generator(c, s))
	}

	if !kinds.Named(kind).NamedByAWS {
		out = append(out, managed.NewNameAsExternalName(c))
	}

	return out
}

// tagger adds the tags that upjet's does.
func tagger(c client.Client) managed.Initializer {
	return managed.InitializerFn(func(ctx context.Context, mg resource.Managed) error {
		m, ok := mg.(*Managed)
		if !ok || onlyObserves(m) {
			return nil
		}

		tags := map[string]any{}
		m.get("tags", &tags)

		known := resource.GetExternalTags(m)
		for _, tag := range []string{resource.ExternalResourceTagKeyKind, resource.ExternalResourceTagKeyName, resource.ExternalResourceTagKeyProvider} {
			tags[tag] = known[tag]
		}

		m.set("tags", tags)

		return c.Update(ctx, m)
	})
}

func onlyObserves(m *Managed) bool {
	p := m.GetManagementPolicies()
	return len(p) == 1 && p[0] == xpv1.ManagementActionObserve
}

// A generatedSecret is one that provider-aws makes up where it is asked to.
type generatedSecret struct {
	ref    string // The field that says where to.
	toggle string // The field that asks for it.
}

// generated secrets, by the kind that asks for one.
var generated = map[string]generatedSecret{
	"rds/Instance":                 {ref: "passwordSecretRef", toggle: "autoGeneratePassword"},
	"elasticache/ReplicationGroup": {ref: "authTokenSecretRef", toggle: "autoGenerateAuthToken"},
}

// generator writes a secret unless there is one, as provider-aws's
// PasswordGenerator does. The managed resource owns a Secret that did not exist.
func generator(c client.Client, g generatedSecret) managed.Initializer {
	return managed.InitializerFn(func(ctx context.Context, mg resource.Managed) error {
		m, ok := mg.(*Managed)
		if !ok {
			return nil
		}

		sel := xpv1.LocalSecretKeySelector{}
		if !m.get(g.ref, &sel) {
			return nil
		}

		s := &corev1.Secret{}
		if err := c.Get(ctx, types.NamespacedName{Namespace: m.GetNamespace(), Name: sel.Name}, s); resource.IgnoreNotFound(err) != nil {
			return errors.Wrap(err, "cannot get password secret")
		}

		if len(s.Data[sel.Key]) != 0 || m.forProvider()[g.toggle] != true {
			return nil
		}

		pw, err := password.Generate()
		if err != nil {
			return errors.Wrap(err, "cannot generate password")
		}

		s.SetName(sel.Name)
		s.SetNamespace(m.GetNamespace())

		if !meta.WasCreated(s) {
			meta.AddOwnerReference(s, meta.AsOwner(meta.TypedReferenceTo(m, m.GroupVersionKind())))
		}

		if s.Data == nil {
			s.Data = map[string][]byte{}
		}

		s.Data[sel.Key] = []byte(pw)

		return errors.Wrap(resource.NewAPIPatchingApplicator(c).Apply(ctx, s), "cannot apply password secret")
	})
}
