package platform_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// Each Usage must be about exactly what its key says, on both sides.
func TestUsages(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   []string
	}{
		"Reference": {
			reason: "What AWS would refuse to delete should wait for what uses it.",
			spec:   platformtest.Reference,
			want: []string{
				"usage-security-group-database-by-database",
				"usage-subnet-group-database-by-database",
				"usage-security-group-cache-by-cache",
				"usage-subnet-group-cache-by-cache",
				"usage-vpc-by-security-group-database",
				"usage-vpc-by-security-group-cache",
				"usage-vpc-by-internet-gateway",
				"usage-vpc-by-route-table-public",
				"usage-subnet-private-us-east-1a-by-database",
				"usage-subnet-private-us-east-1a-by-cache",
				"usage-internet-gateway-by-subnet-public-us-east-1a",
				"usage-vpc-by-subnet-private-us-east-1a",
				"usage-vpc-by-route-table-private-us-east-1a",
				"usage-subnet-private-us-east-1b-by-database",
				"usage-subnet-private-us-east-1b-by-cache",
				"usage-internet-gateway-by-subnet-public-us-east-1b",
				"usage-vpc-by-subnet-private-us-east-1b",
				"usage-vpc-by-route-table-private-us-east-1b",
				"usage-credentials-document-by-credentials-version-1",
			},
		},
		"Rotating": {
			reason: "The document should wait for each version that is made from it, also one that is on its way out.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("credentials-version-7", kit.Observation{Name: "orders-credentials-version-7"})},
			want: []string{
				"usage-credentials-document-by-credentials-version-1",
				"usage-credentials-document-by-credentials-version-7",
			},
		},
		"NAT": {
			reason: "A gateway's subnet and its address should wait for it; the internet gateway waits for the subnet.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"Single"}}`,
			want: []string{
				"usage-eip-nat-us-east-1a-by-nat-gateway-us-east-1a",
				"usage-subnet-public-us-east-1a-by-nat-gateway-us-east-1a",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, tc.spec, append([]func(*kit.Request){platformtest.Converged(t)}, tc.mods...)...)

			are := map[string]string{}
			for _, r := range p.Resources {
				are["orders-"+r.Key] = r.Object.GetObjectKind().GroupVersionKind().String()
			}
			// A version that is on its way out is not composed, and is used.
			are["orders-credentials-version-7"] = are["orders-credentials-version-1"]

			got := map[string]bool{}

			for _, r := range p.Resources {
				u, ok := r.Object.(*v1beta1.Usage)
				if !ok {
					continue
				}

				got[r.Key] = true

				of, by := u.Spec.Of.ResourceRef.Name, u.Spec.By.ResourceRef.Name
				if want := "usage-" + strings.TrimPrefix(of, "orders-") + "-by-" + strings.TrimPrefix(by, "orders-"); r.Key != want {
					t.Errorf("%s is of %s by %s", r.Key, of, by)
				}

				if got := schema.FromAPIVersionAndKind(u.Spec.Of.APIVersion, u.Spec.Of.Kind).String(); got != are[of] {
					t.Errorf("%s is of a %s, which is a %s", r.Key, got, are[of])
				}

				if got := schema.FromAPIVersionAndKind(u.Spec.By.APIVersion, u.Spec.By.Kind).String(); got != are[by] {
					t.Errorf("%s is by a %s, which is a %s", r.Key, got, are[by])
				}

				if !*u.Spec.ReplayDeletion {
					t.Errorf("%s must replay deletions", r.Key)
				}
			}

			for _, key := range tc.want {
				if !got[key] {
					t.Errorf("%s\nno %s", tc.reason, key)
				}
			}

			if name == "Reference" && len(got) != len(tc.want) {
				t.Errorf("want %d Usages, got %v", len(tc.want), got)
			}
		})
	}
}

// What a resource needs waits for it, if only for what waits for it in turn, and no Usage says
// what the others say already.
func TestUsagesAreEnough(t *testing.T) {
	p := platformtest.Compose(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`, platformtest.Converged(t))
	// For each key those that it waits for.
	waits := map[string][]string{}

	for _, r := range p.Resources {
		if of, by, ok := strings.Cut(strings.TrimPrefix(r.Key, "usage-"), "-by-"); ok {
			waits[of] = append(waits[of], by)
		}
	}

	var after func(of, by string) int

	after = func(of, by string) int {
		paths := 0

		for _, next := range waits[of] {
			if next == by {
				paths++
			}

			paths += after(next, by)
		}

		return paths
	}

	for _, r := range p.Resources {
		for _, need := range r.Needs {
			if after(need, r.Key) == 0 {
				t.Errorf("%s doesn't wait for %s", need, r.Key)
			}
		}
	}

	for of, users := range waits {
		for _, by := range users {
			if paths := after(of, by); paths > 1 {
				t.Errorf("that %s waits for %s is said in %d ways", of, by, paths)
			}
		}
	}
}

// Each resource needs what AWS refuses to delete while it is there, which the table of kinds
// says. A public subnet needs the internet gateway besides, which saves Usages.
func TestNeedsFollowKinds(t *testing.T) {
	p := platformtest.Compose(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`, platformtest.Converged(t))

	kindOf := map[string]string{}
	for _, r := range p.Resources {
		kindOf[r.Key] = kinds.Of(r.Object.GetObjectKind().GroupVersionKind().GroupKind()).Name
	}

	for _, r := range p.Resources {
		var got []string

		for _, key := range r.Needs {
			if kindOf[key] != "" {
				got = append(got, kindOf[key])
			}
		}

		slices.Sort(got)

		want := slices.Clone(kinds.Named(kindOf[r.Key]).Holds)
		if strings.HasPrefix(r.Key, "subnet-public-") {
			want = append([]string{"ec2/InternetGateway"}, want...)
		}

		if diff := cmp.Diff(want, slices.Compact(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -kinds that AWS holds for it, +kinds that it needs:\n%s", r.Key, diff)
		}
	}
}

// A Usage follows its parties' names, and outlives their being seen.
func TestUsageNames(t *testing.T) {
	const key = "usage-vpc-by-internet-gateway"

	vpc, gateway := platformtest.Observing("vpc", kit.Observation{Name: "orders-v1"}), platformtest.Observing("internet-gateway", kit.Observation{Name: "orders-g1"})
	known := platformtest.Observing(key, kit.Observation{Name: "orders-u1", Fields: platform.ObservedUsage{Of: "orders-v0", By: "orders-g0"}})

	cases := map[string]struct {
		reason string
		mods   []func(*kit.Request)
		want   []string
	}{
		"Neither":    {reason: "A Usage of nothing would fail until there is something."},
		"UserToCome": {reason: "Nothing holds the VPC yet.", mods: []func(*kit.Request){vpc}},
		"UsedToCome": {reason: "There is no VPC to hold back.", mods: []func(*kit.Request){gateway}},
		"Both":       {reason: "Once both exist the order holds.", mods: []func(*kit.Request){vpc, gateway}, want: []string{"orders-v1", "orders-g1"}},
		"NewNames":   {reason: "A Usage is about what the platform is made of now.", mods: []func(*kit.Request){vpc, gateway, known}, want: []string{"orders-v1", "orders-g1"}},
		"UsedUnseen": {reason: "A Usage is not deleted because a resource is not seen for a moment.", mods: []func(*kit.Request){gateway, known}, want: []string{"orders-v0", "orders-g1"}},
		"BothUnseen": {reason: "Nor because both are not.", mods: []func(*kit.Request){known}, want: []string{"orders-v0", "orders-g0"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string

			if p := platformtest.Compose(t, platformtest.Reference, tc.mods...); slices.Contains(platformtest.Keys(p), key) {
				u := platformtest.Find[*v1beta1.Usage](t, p, key)
				got = []string{u.Spec.Of.ResourceRef.Name, u.Spec.By.ResourceRef.Name}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want names, +got names:\n%s", tc.reason, diff)
			}
		})
	}
}

// Crossplane adds to a Usage its finalizer, who owns it and its details, each in a write of its
// own. A Usage has them from the start, and the details that Crossplane has written stay.
func TestUsagesAreWhole(t *testing.T) {
	const key = "usage-vpc-by-internet-gateway"

	owner := metav1.OwnerReference{APIVersion: "ec2.aws.m.upbound.io/v1beta1", Kind: "InternetGateway", Name: "orders-g1", UID: "u1"}
	known := platform.ObservedUsage{
		Of: "orders-v1", OfAPIVersion: "ec2.aws.m.upbound.io/v1beta1", OfKind: "VPC",
		By: "orders-g1", ByAPIVersion: owner.APIVersion, ByKind: owner.Kind,
		Details: "another release's words",
	}

	vpc := platformtest.Observing("vpc", kit.Observation{Name: "orders-v1", UID: "u0"})
	gateway := platformtest.Observing("internet-gateway", kit.Observation{Name: "orders-g1", UID: "u1"})
	usage := platformtest.Observing(key, kit.Observation{Name: "orders-u1", Component: "protection", Fields: known})

	cases := map[string]struct {
		reason  string
		mods    []func(*kit.Request)
		owners  []metav1.OwnerReference
		details string
	}{
		"New": {
			reason:  "Crossplane should find nothing to add.",
			mods:    []func(*kit.Request){vpc, gateway},
			owners:  []metav1.OwnerReference{owner},
			details: "InternetGateway/orders-g1 uses VPC/orders-v1",
		},
		"Exists": {
			reason:  "Two that word the details otherwise would write them in turn for ever.",
			mods:    []func(*kit.Request){vpc, gateway, usage},
			owners:  []metav1.OwnerReference{owner},
			details: "another release's words",
		},
		"UserUnseen": {
			reason:  "Nobody owns a Usage whose UID is not known; Crossplane puts its user back.",
			mods:    []func(*kit.Request){vpc, usage},
			details: "another release's words",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := platformtest.Find[*v1beta1.Usage](t, platformtest.Compose(t, platformtest.Reference, tc.mods...), key)
			if diff := cmp.Diff(tc.owners, u.GetOwnerReferences()); diff != "" {
				t.Errorf("%s\nCompose(...): -want owners, +got owners:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff([]string{"usage.apiextensions.crossplane.io"}, u.GetFinalizers()); diff != "" {
				t.Errorf("%s\nCompose(...): -want finalizers, +got finalizers:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(map[string]string{"crossplane.io/usage-details": tc.details}, u.GetAnnotations()); diff != "" {
				t.Errorf("%s\nCompose(...): -want annotations, +got annotations:\n%s", tc.reason, diff)
			}
		})
	}
}

// What Usages are of once a platform is ready has Crossplane's label from its creation, so that
// Crossplane does not write it while the provider does.
func TestInUseFromCreation(t *testing.T) {
	cases := map[string]string{
		"Reference":  platformtest.Reference,
		"NAT":        `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`,
		"Protection": `{"region":"us-east-1","database":{"deletionProtection":true}}`,
	}
	for name, spec := range cases {
		t.Run(name, func(t *testing.T) {
			used := map[string]bool{}

			converged := platformtest.Compose(t, spec, platformtest.Converged(t))
			for _, r := range converged.Resources {
				if u, ok := r.Object.(*v1beta1.Usage); ok {
					used[u.Spec.Of.ResourceRef.Name] = true
				}
			}

			// A platform is created in steps: each observes what the one before has composed.
			var (
				req  = platformtest.Request(t, spec)
				last *platform.Platform
			)

			for range 10 {
				p, err := platform.Compose(req)
				if err != nil {
					t.Fatal(err)
				}

				for _, r := range p.Resources {
					if got, want := r.Object.GetLabels()["crossplane.io/in-use"], used["orders-"+r.Key]; got != "true" && want || got != "" && !want {
						t.Errorf("%s: want it labelled %t, got %q", r.Key, want, got)
					}
				}

				platformtest.Observe(req, p)

				last = p
			}

			if diff := cmp.Diff(platformtest.Keys(converged), platformtest.Keys(last)); diff != "" {
				t.Errorf("the last step: -want, +got:\n%s", diff)
			}
		})
	}
}

// What is labelled stays so, should its Usage be on its way out.
func TestInUseStays(t *testing.T) {
	p := platformtest.Compose(t, platformtest.Reference,
		platformtest.Observing("stream", kit.Observation{InUse: "true"}), platformtest.Observing("route-table-public", kit.Observation{}))

	for key, want := range map[string]string{"stream": "true", "route-table-public": ""} {
		if got := platformtest.Find[kit.Object](t, p, key).GetLabels()["crossplane.io/in-use"]; got != want {
			t.Errorf("%s: want %q, got %q", key, want, got)
		}
	}
}

// A Usage that exists stays while its user is withheld, which may only not be to be seen.
// Another step's may have a key that looks like one of the platform's.
func TestUsagesOfWhatIsWithheld(t *testing.T) {
	const key = "usage-subnet-group-database-by-database"

	usage := platform.ObservedUsage{
		Of: "orders-g0", OfAPIVersion: "rds.aws.m.upbound.io/v1beta1", OfKind: "SubnetGroup",
		By: "orders-d0", ByAPIVersion: "rds.aws.m.upbound.io/v1beta1", ByKind: "Instance",
	}

	cases := map[string]struct {
		reason string
		has    kit.Observation
		want   bool
	}{
		"Ours":         {reason: "What the platform has composed stays.", has: kit.Observation{Component: "protection", Name: "u", Fields: usage}, want: true},
		"AnotherSteps": {reason: "What another step has composed is not the platform's: desired twice it would stop the platform.", has: kit.Observation{Name: "u", Fields: usage}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, platformtest.Reference, platformtest.Observing(key, tc.has))
			if got := slices.Contains(platformtest.Keys(p), key); got != tc.want {
				t.Errorf("%s\nCompose(...): want it composed %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}

func TestDeletionProtection(t *testing.T) {
	const spec = `{"region":"us-east-1","database":{"deletionProtection":true}}`

	reason := ptr.To("database.deletionProtection is on: set it to false to delete the platform team-a/orders")
	database := v1beta1.NamespacedResource{
		APIVersion: "rds.aws.m.upbound.io/v1beta1", Kind: "Instance", ResourceRef: &v1beta1.NamespacedResourceRef{Name: "orders-x7"},
	}
	named := platformtest.Observing("database", kit.Observation{Name: "orders-x7"})

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   map[string]v1beta1.UsageSpec
	}{
		"Off": {
			reason: "Without protection nothing stands in the way of deleting a platform.",
			spec:   platformtest.Reference,
			want:   map[string]v1beta1.UsageSpec{},
		},
		"DatabaseToCome": {
			reason: "A database that does not exist yet has no name to protect it by.",
			spec:   spec,
			want: map[string]v1beta1.UsageSpec{
				"usage-platform-protected": {Reason: reason, Of: v1beta1.NamespacedResource{
					APIVersion: "dataplatform.crossplane.io/v1alpha1", Kind: "XDataPlatform", ResourceRef: &v1beta1.NamespacedResourceRef{Name: "orders"},
				}},
			},
		},
		"DatabaseUnseen": {
			reason: "A database that is not to be seen for a moment stays protected: the Usage says what it is.",
			spec:   spec,
			mods: []func(*kit.Request){platformtest.Observing("usage-database-protected", kit.Observation{Name: "orders-u1", Fields: platform.ObservedUsage{
				Of: "orders-x7", OfKind: "Instance", OfAPIVersion: "rds.aws.m.upbound.io/v1beta1",
			}})},
			want: map[string]v1beta1.UsageSpec{
				"usage-database-protected": {Of: database, Reason: reason},
				"usage-platform-protected": {Reason: reason, Of: v1beta1.NamespacedResource{
					APIVersion: "dataplatform.crossplane.io/v1alpha1", Kind: "XDataPlatform", ResourceRef: &v1beta1.NamespacedResourceRef{Name: "orders"},
				}},
			},
		},
		"XR": {
			reason: "Whoever deletes the XR or the database should be told why they can't.",
			spec:   spec,
			mods:   []func(*kit.Request){named},
			want: map[string]v1beta1.UsageSpec{
				"usage-database-protected": {Of: database, Reason: reason},
				"usage-platform-protected": {Reason: reason, Of: v1beta1.NamespacedResource{
					APIVersion: "dataplatform.crossplane.io/v1alpha1", Kind: "XDataPlatform", ResourceRef: &v1beta1.NamespacedResourceRef{Name: "orders"},
				}},
			},
		},
		"Claim": {
			reason: "Of a claim, the claim is what people delete.",
			spec:   spec,
			mods:   []func(*kit.Request){named, func(r *kit.Request) { r.Claim = true }},
			want: map[string]v1beta1.UsageSpec{
				"usage-database-protected": {Of: database, Reason: reason},
				"usage-platform-protected": {Reason: reason, Of: v1beta1.NamespacedResource{
					APIVersion: "dataplatform.crossplane.io/v1alpha1", Kind: "DataPlatform", ResourceRef: &v1beta1.NamespacedResourceRef{Name: "orders"},
				}},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]v1beta1.UsageSpec{}

			for _, r := range platformtest.Compose(t, tc.spec, tc.mods...).Resources {
				if u, ok := r.Object.(*v1beta1.Usage); ok && u.Spec.By == nil {
					got[r.Key] = u.Spec
				}
			}

			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
