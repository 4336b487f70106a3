package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	xpresource "github.com/crossplane/crossplane-runtime/v2/pkg/resource"
)

// The sets that provider-aws needs, by how a resource gets its name. Only sets
// that crossplane-runtime supports are there.
func TestManagementPolicies(t *testing.T) {
	ours := map[string]bool{
		// Versions of a secret have a set of their own: credentials_test.go.
		"stream": true, "cache": true, "subnet-group-cache": true, "subnet-group-database": true,
		"alarm-database-cpu": true, "alarm-cache-cpu-001": true, "alarm-cache-cpu-002": true, "alarm-stream-records": true,
	}

	cases := map[string]struct {
		reason string
		spec   string
		aws    common.ManagementPolicies
		ours   common.ManagementPolicies
	}{
		"Delete": {
			reason: "What AWS names must have LateInitialize, what we name must not.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"PerZone"}}`,
			aws:    common.ManagementPolicies{"*"},
			ours:   common.ManagementPolicies{"Observe", "Create", "Update", "Delete"},
		},
		"Orphan": {
			reason: "An orphaned platform is the same without Delete.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"PerZone"},"deletionPolicy":"Orphan"}`,
			aws:    common.ManagementPolicies{"Observe", "Create", "Update", "LateInitialize"},
			ours:   common.ManagementPolicies{"Observe", "Create", "Update"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := Compose(request(t, tc.spec))
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			for _, r := range p.Resources {
				if !isManaged(r.Object) {
					continue
				}
				want := tc.aws
				if ours[r.Key] {
					want = tc.ours
				}
				got := find[xpresource.Manageable](t, p.Resources, r.Key).GetManagementPolicies()
				if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b common.ManagementAction) bool { return a < b })); diff != "" {
					t.Errorf("%s\n%s: -want policies, +got policies:\n%s", tc.reason, r.Key, diff)
				}
			}
		})
	}
}

func TestProviderConfig(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		want   common.ProviderConfigReference
	}{
		"Default": {
			reason: "The cluster's default configuration should be used.",
			spec:   reference,
			want:   common.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"},
		},
		"Own": {
			reason: "The developer's configuration should be used by every resource.",
			spec:   `{"region":"us-east-1","providerConfigRef":{"kind":"ProviderConfig","name":"team-a"}}`,
			want:   common.ProviderConfigReference{Kind: "ProviderConfig", Name: "team-a"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := Compose(request(t, tc.spec))
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			for _, r := range p.Resources {
				if !isManaged(r.Object) {
					continue
				}
				got := find[xpresource.TypedProviderConfigReferencer](t, p.Resources, r.Key).GetProviderConfigReference()
				if diff := cmp.Diff(&tc.want, got); diff != "" {
					t.Errorf("%s\n%s: -want, +got:\n%s", tc.reason, r.Key, diff)
				}
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	// A value that JSON can't write is still named.
	if got, want := message(invalid("spec.x", func() {}, "use %s", "y")), "spec.x: invalid value "; got[:len(want)] != want {
		t.Errorf("invalid(...): want a message that begins with %q, got %q", want, got)
	}
}
