package platform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
)

// Each Usage must be about exactly what its key says, on both sides.
func TestUsages(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   []string
	}{
		"Reference": {
			reason: "What AWS would refuse to delete should wait for what uses it.",
			spec:   reference,
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
				"usage-vpc-by-subnet-public-us-east-1a",
				"usage-vpc-by-subnet-private-us-east-1a",
				"usage-vpc-by-route-table-private-us-east-1a",
				"usage-subnet-private-us-east-1b-by-database",
				"usage-subnet-private-us-east-1b-by-cache",
				"usage-vpc-by-subnet-public-us-east-1b",
				"usage-vpc-by-subnet-private-us-east-1b",
				"usage-vpc-by-route-table-private-us-east-1b",
				"usage-credentials-document-by-credentials-version-1",
			},
		},
		"Rotating": {
			reason: "The document should wait for each version that is made from it, also one that is on its way out.",
			spec:   reference,
			mods:   []func(*Request){observing("credentials-version-7", Observation{Name: "orders-credentials-version-7"})},
			want: []string{
				"usage-credentials-document-by-credentials-version-1",
				"usage-credentials-document-by-credentials-version-7",
			},
		},
		"NAT": {
			reason: "A gateway's subnet, its address and the internet gateway should wait for it.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"Single"}}`,
			want: []string{
				"usage-internet-gateway-by-nat-gateway-us-east-1a",
				"usage-eip-nat-us-east-1a-by-nat-gateway-us-east-1a",
				"usage-subnet-public-us-east-1a-by-nat-gateway-us-east-1a",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := request(t, tc.spec, append([]func(*Request){converged(t)}, tc.mods...)...)
			p, err := Compose(req)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			kinds := map[string]string{}
			for _, r := range p.Resources {
				kinds["orders-"+r.Key] = r.Object.GetObjectKind().GroupVersionKind().String()
			}
			// A version that is on its way out is not composed, and is used.
			kinds["orders-credentials-version-7"] = kinds["orders-credentials-version-1"]

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
				if got := schema.FromAPIVersionAndKind(u.Spec.Of.APIVersion, u.Spec.Of.Kind).String(); got != kinds[of] {
					t.Errorf("%s is of a %s, which is a %s", r.Key, got, kinds[of])
				}
				if got := schema.FromAPIVersionAndKind(u.Spec.By.APIVersion, u.Spec.By.Kind).String(); got != kinds[by] {
					t.Errorf("%s is by a %s, which is a %s", r.Key, got, kinds[by])
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

// A Usage follows its parties' names, and outlives their being seen.
func TestUsageNames(t *testing.T) {
	const key = "usage-vpc-by-internet-gateway"
	vpc, gateway := observing("vpc", Observation{Name: "orders-v1"}), observing("internet-gateway", Observation{Name: "orders-g1"})
	known := observing(key, Observation{Name: "orders-u1", Of: "orders-v0", By: "orders-g0"})

	cases := map[string]struct {
		reason string
		mods   []func(*Request)
		want   []string
	}{
		"Neither":    {reason: "A Usage of nothing would fail until there is something."},
		"UserToCome": {reason: "Nothing holds the VPC yet.", mods: []func(*Request){vpc}},
		"UsedToCome": {reason: "There is no VPC to hold back.", mods: []func(*Request){gateway}},
		"Both":       {reason: "Once both exist the order holds.", mods: []func(*Request){vpc, gateway}, want: []string{"orders-v1", "orders-g1"}},
		"NewNames":   {reason: "A Usage is about what the platform is made of now.", mods: []func(*Request){vpc, gateway, known}, want: []string{"orders-v1", "orders-g1"}},
		"UsedUnseen": {reason: "A Usage is not deleted because a resource is not seen for a moment.", mods: []func(*Request){gateway, known}, want: []string{"orders-v0", "orders-g1"}},
		"BothUnseen": {reason: "Nor because both are not.", mods: []func(*Request){known}, want: []string{"orders-v0", "orders-g0"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range composeProtection(testPlan(t, reference, tc.mods...)).Resources {
				if r.Key == key {
					u := find[*v1beta1.Usage](t, []Resource{r}, key)
					got = []string{u.Spec.Of.ResourceRef.Name, u.Spec.By.ResourceRef.Name}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ncomposeProtection(...): -want names, +got names:\n%s", tc.reason, diff)
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
	named := observing("database", Observation{Name: "orders-x7"})

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   map[string]v1beta1.UsageSpec
	}{
		"Off": {
			reason: "Without protection nothing stands in the way of deleting a platform.",
			spec:   reference,
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
		"XR": {
			reason: "Whoever deletes the XR or the database should be told why they can't.",
			spec:   spec,
			mods:   []func(*Request){named},
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
			mods:   []func(*Request){named, func(r *Request) { r.Claim = true }},
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
			for _, r := range composeProtection(testPlan(t, tc.spec, tc.mods...)).Resources {
				if u, ok := r.Object.(*v1beta1.Usage); ok && u.Spec.By == nil {
					got[r.Key] = u.Spec
				}
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\ncomposeProtection(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAdopt(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   map[string]string
		err    string
	}{
		"Given": {
			reason: "A resource gets the name in AWS that the developer gives, and others follow it.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1","cache":"old-cache"}}`,
			mods:   []func(*Request){groupsReady},
			want:   map[string]string{"vpc": "vpc-1", "cache": "old-cache", "stream": "dp-team-a-orders-km4cp3ur", "subnet-private-us-east-1a": ""},
		},
		"Withheld": {
			reason: "A name for what is still to come is no mistake.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1","cache":"old-cache","database":"db-1","alarm-database-cpu":"busy"}}`,
			want:   map[string]string{"vpc": "vpc-1"},
		},
		"Unknown": {
			reason: "A name for what is not there is a mistake.",
			spec:   `{"region":"us-east-1","externalNames":{"vcp":"vpc-1"}}`,
			err:    `spec.externalNames.vcp: invalid value "vpc-1": the platform has no such resource in AWS: use the name of a resource as in crossplane.io/composition-resource-name, or remove it`,
		},
		"UnknownLater": {
			reason: "A name that fits nothing any more, such as a NAT gateway's, must not stop a platform.",
			spec:   `{"region":"us-east-1","externalNames":{"nat-gateway-us-east-1a":"nat-1"}}`,
			mods:   []func(*Request){observing("vpc", Observation{ExternalName: "vpc-1"})},
		},
		"SecretVersion": {
			reason: "A version of the secret is made anew; its name does no harm.",
			spec:   `{"region":"us-east-1","externalNames":{"credentials-version-abc":"arn|1"}}`,
		},
		"Conflict": {
			reason: "A resource that exists can't become another: what it is called in AWS stays.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-2"}}`,
			mods:   []func(*Request){observing("vpc", Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"vpc": "vpc-1"},
		},
		"Same": {
			reason: "A resource that was taken over stays taken over.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1"}}`,
			mods:   []func(*Request){observing("vpc", Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"vpc": "vpc-1"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := Compose(request(t, tc.spec, append(tc.mods, func(r *Request) { r.Policy.ExternalNames = true })...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err != nil {
				return
			}
			for key, want := range tc.want {
				if got := find[Object](t, p.Resources, key).GetAnnotations()["crossplane.io/external-name"]; got != want {
					t.Errorf("%s\n%s: want name %q, got %q", tc.reason, key, want, got)
				}
			}
		})
	}
}
