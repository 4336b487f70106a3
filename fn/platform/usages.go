package platform

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// Parts of the key of a Usage: usage-<used>-by-<user>.
const (
	keyUsage = "usage-"
	infixBy  = "-by-"
)

// suffixProtected ends the key of a Usage without a user, which deletionProtection asks
// for, and keyPlatform stands in it for the platform.
const (
	suffixProtected = "-protected"
	keyPlatform     = "platform"
)

// componentProtection is the value of the Usages' label.
const componentProtection = "protection"

// What Crossplane writes besides a Usage's status, by its source, v2.4.0
// (internal/controller/protection/usage/reconciler.go): the label of what is used, without
// which its webhook does not look for Usages; of the Usage, the annotation that kubectl
// shows, and the finalizer by which it outlives its user. A release that renamed the
// finalizer would still have to remove this one, from the Usages that there are.
const (
	labelInUse        = "crossplane.io/in-use"
	annotationDetails = "crossplane.io/usage-details"
	finalizerUsage    = "usage.apiextensions.crossplane.io"
)

// readUsage is what is read of a Usage: the names of the objects that it is about, and what
// Crossplane says of them.
var readUsage = kit.Read[ObservedUsage](v1beta1.UsageGroupVersionKind)

// ObservedUsage is what is read of a Usage.
type ObservedUsage struct {
	Of           string `reads:"spec.of.resourceRef.name"`
	OfKind       string `reads:"spec.of.kind"`
	OfAPIVersion string `reads:"spec.of.apiVersion"`
	By           string `reads:"spec.by.resourceRef.name"`
	ByKind       string `reads:"spec.by.kind"`
	ByAPIVersion string `reads:"spec.by.apiVersion"`
	Details      string `reads:"metadata.annotations[crossplane.io/usage-details]"`
}

// usages composes the order in which the platform is deleted, from what its resources
// need. AWS refuses to delete what something else still uses, and each such refusal would
// be retried for minutes. A Usage holds the one back until the other is gone: also until
// one that is on its way out is. The platform is not ready before its Usages are: until
// then they hold nothing.
//
// A Usage that exists stays while its user is withheld, because that may only not be to be
// seen.
func usages(p *kit.Plan, rs []kit.Resource, going []kit.Leaving, later []kit.Withheld) []kit.Resource {
	byKey := make(map[string]kit.Resource, len(rs))
	for _, r := range rs {
		byKey[r.Key] = r
	}

	users := slices.Clip(rs)

	for _, l := range going {
		if _, stays := byKey[l.Key]; !stays {
			users = append(users, l.Resource)
		}
	}

	var out []kit.Resource

	for _, by := range users {
		for _, key := range by.Needs {
			if !implied(byKey, by.Needs, key) {
				out = append(out, ordered(p, key, byKey[key].Object, by)...)
			}
		}
	}

	return append(out, kept(p, later)...)
}

// markInUse labels what a Usage is of, or will be once its user exists. Crossplane would add
// the label when it has seen the Usage, while the provider creates the resource: two that write
// one object are in each other's way. What has the label keeps it: without it nothing would be
// held by a Usage that is on its way out.
func markInUse(p *kit.Plan, rs []kit.Resource, all kit.Part) {
	inUse := map[string]bool{}
	mark := func(keys []string) {
		for _, key := range keys {
			inUse[key] = true
		}
	}

	mark(all.Protected)

	for _, r := range rs {
		mark(r.Needs)
	}

	for _, l := range all.Leaving {
		mark(l.Needs)
	}

	for _, w := range all.Withheld {
		mark(w.Needs)
	}

	for _, r := range rs {
		if inUse[r.Key] || p.Request.Observed[r.Key].InUse != "" {
			labels := maps.Clone(r.Object.GetLabels())
			labels[labelInUse] = "true"
			r.Object.SetLabels(labels)
		}
	}
}

// implied says that something else that is needed needs what has a key, itself or through
// others: what outlives the one outlives the other too. Each Usage is written, watched and
// counted by Crossplane's circuit breaker.
func implied(byKey map[string]kit.Resource, needs []string, key string) bool {
	return slices.ContainsFunc(needs, func(need string) bool {
		further := byKey[need].Needs
		return slices.Contains(further, key) || implied(byKey, further, key)
	})
}

// kept are the Usages that exist and whose users are withheld.
func kept(p *kit.Plan, later []kit.Withheld) []kit.Resource {
	withheld := map[string]bool{}
	for _, w := range later {
		withheld[w.Key] = w.Key != ""
	}

	if len(withheld) == 0 {
		return nil
	}

	var out []kit.Resource

	for _, key := range slices.Sorted(maps.Keys(p.Request.Observed)) {
		// Another step's Usage may have a key that looks like one of ours.
		ours := p.Request.Observed[key].Component == componentProtection
		if _, user, _ := strings.Cut(key, infixBy); ours && withheld[user] {
			out = append(out, kit.Resource{Key: key, Object: order(p, kit.Fields[ObservedUsage](p, key), p.Request.Observed[user].UID)})
		}
	}

	return out
}

// ordered composes the Usage of the object with a key by a resource, once both exist. What
// is not to be seen is what a Usage that exists says that it is. A Usage that selects them
// by labels needs no names, but Crossplane would try it again and again until there is
// something to select, and list the resources of both kinds each time.
func ordered(p *kit.Plan, key string, of kit.Object, by kit.Resource) []kit.Resource {
	usageKey := keyUsage + key + infixBy + by.Key

	u := kit.Fields[ObservedUsage](p, usageKey)
	if name := p.Request.Observed[key].Name; name != "" && of != nil {
		u.Of = name
		u.OfAPIVersion, u.OfKind = of.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	}

	if name := p.Request.Observed[by.Key].Name; name != "" {
		u.By = name
		u.ByAPIVersion, u.ByKind = by.Object.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	}

	if u.Of == "" || u.By == "" {
		return nil
	}

	return []kit.Resource{{Key: usageKey, Object: order(p, u, p.Request.Observed[by.Key].UID)}}
}

// order is a Usage that holds one object until another is gone, whose UID is uid, if that is to
// be seen. It has from the start what Crossplane would write into it, each in a write of its
// own that wakes the XR: its finalizer, who owns it, and its details. The details that it has
// stay, should another release of Crossplane word them otherwise.
func order(p *kit.Plan, u ObservedUsage, uid string) *v1beta1.Usage {
	out := usage(p, v1beta1.UsageSpec{
		Of: used(schema.FromAPIVersionAndKind(u.OfAPIVersion, u.OfKind), u.Of),
		By: &v1beta1.Resource{APIVersion: u.ByAPIVersion, Kind: u.ByKind, ResourceRef: &v1beta1.ResourceRef{Name: u.By}},
		// What was to be deleted is, as soon as its user is gone.
		ReplayDeletion: ptr.To(true),
	}, cmp.Or(u.Details, u.ByKind+"/"+u.By+" uses "+u.OfKind+"/"+u.Of))

	if uid != "" {
		out.OwnerReferences = []metav1.OwnerReference{{APIVersion: u.ByAPIVersion, Kind: u.ByKind, Name: u.By, UID: types.UID(uid)}}
	}

	return out
}

// protected composes the Usages without a user that deletion protection is made of: nobody
// can delete the resources with those keys, nor the XR or the claim, and whoever tries is
// told why.
func protected(p *kit.Plan, rs []kit.Resource, keys []string) []kit.Resource {
	if len(keys) == 0 {
		return nil
	}

	reason := func(keys ...string) *string {
		return ptr.To(strings.Join(keys, ".deletionProtection and ") + ".deletionProtection is on: set it to false to delete the platform " + p.Request.Namespace + "/" + p.Request.Name)
	}

	gvk := v1alpha1.GroupVersionKind
	if p.Request.Claim {
		gvk = v1alpha1.ClaimGroupVersionKind
	}

	out := []kit.Resource{{
		Key:    keyUsage + keyPlatform + suffixProtected,
		Object: usage(p, v1beta1.UsageSpec{Of: used(gvk, p.Request.Name), Reason: reason(keys...)}, *reason(keys...)),
	}}

	for _, key := range keys {
		// What is withheld may only not be to be seen. The Usage of it that exists says
		// what it is.
		usageKey := keyUsage + key + suffixProtected
		known := kit.Fields[ObservedUsage](p, usageKey)

		name, kind := cmp.Or(p.Request.Observed[key].Name, known.Of), schema.FromAPIVersionAndKind(known.OfAPIVersion, known.OfKind)
		if i := slices.IndexFunc(rs, func(r kit.Resource) bool { return r.Key == key }); i >= 0 {
			kind = rs[i].Object.GetObjectKind().GroupVersionKind()
		}

		if name != "" && !kind.Empty() {
			out = append(out, kit.Resource{
				Key:    usageKey,
				Object: usage(p, v1beta1.UsageSpec{Of: used(kind, name), Reason: reason(key)}, *reason(key)),
			})
		}
	}

	return out
}

func usage(p *kit.Plan, spec v1beta1.UsageSpec, details string) *v1beta1.Usage {
	out := &v1beta1.Usage{
		TypeMeta:   kit.TypeMeta(v1beta1.UsageGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(componentProtection)),
		Spec:       spec,
	}
	out.Finalizers = []string{finalizerUsage}
	out.Annotations = map[string]string{annotationDetails: details}

	return out
}

func used(kind schema.GroupVersionKind, name string) v1beta1.NamespacedResource {
	return v1beta1.NamespacedResource{
		APIVersion:  kind.GroupVersion().String(),
		Kind:        kind.Kind,
		ResourceRef: &v1beta1.NamespacedResourceRef{Name: name},
	}
}
