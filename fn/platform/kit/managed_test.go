package kit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
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
			p := platformtest.Compose(t, tc.spec)
			for _, r := range p.Resources {
				if !kit.IsManaged(r.Object) {
					continue
				}

				want := tc.aws
				if ours[r.Key] {
					want = tc.ours
				}

				got := platformtest.Find[kit.Managed](t, p, r.Key).Managed().ManagementPolicies
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
			spec:   platformtest.Reference,
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
			p := platformtest.Compose(t, tc.spec)
			for _, r := range p.Resources {
				if !kit.IsManaged(r.Object) {
					continue
				}

				got := platformtest.Find[kit.Managed](t, p, r.Key).Managed().ProviderConfigReference
				if diff := cmp.Diff(&tc.want, got); diff != "" {
					t.Errorf("%s\n%s: -want, +got:\n%s", tc.reason, r.Key, diff)
				}
			}
		})
	}
}

// LateInitialize stays where it writes nothing but the name, and does not come back.
func TestLateInitializeStays(t *testing.T) {
	const key = "internet-gateway"

	all, without := common.ManagementPolicies{"*"}, common.ManagementPolicies{"Observe", "Create", "Update", "Delete"}

	cases := map[string]struct {
		reason string
		has    kit.Observation
		want   common.ManagementPolicies
	}{
		"Recorded": {
			reason: "To take it away costs two writes, and changes nothing.",
			has:    kit.Observation{ExternalName: "igw-1", ID: "igw-1", ManagementPolicies: []string{"*"}},
			want:   all,
		},
		"TakenAway": {
			reason: "What an older function took away need not come back.",
			has:    kit.Observation{ExternalName: "igw-1", ID: "igw-1", ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"}},
			want:   without,
		},
		"MadeAnew": {
			reason: "But for a new name.",
			has:    kit.Observation{ExternalName: "igw-1", ID: "igw-2", ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"}},
			want:   all,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, platformtest.Reference, platformtest.Observing(key, tc.has))
			if diff := cmp.Diff(tc.want, platformtest.Policies(t, p, key)); diff != "" {
				t.Errorf("%s\nCompose(...): -want policies, +got policies:\n%s", tc.reason, diff)
			}
		})
	}
}

// A resource has LateInitialize until the name that AWS gave it is recorded, and no longer:
// all else that it writes into a spec stays there.
func TestLateInitializeUntilRecorded(t *testing.T) {
	const (
		key    = "eip-nat-us-east-1a"
		single = `{"region":"us-east-1","network":{"natGateways":"Single"}`
		orphan = single + `,"deletionPolicy":"Orphan"`
		taken  = `,"externalNames":{"eip-nat-us-east-1a":"eipalloc-1"}`
	)

	var (
		all      = common.ManagementPolicies{"*"}
		recorded = common.ManagementPolicies{"Observe", "Create", "Update", "Delete"}
	)

	cases := map[string]struct {
		reason string
		spec   string
		has    *kit.Observation
		want   common.ManagementPolicies
	}{
		"New": {
			reason: "Without LateInitialize the provider would never record the name.",
			spec:   single + `}`,
			want:   all,
		},
		"Unrecorded": {
			reason: "What exists without a name has yet to be named.",
			spec:   single + `}`,
			has:    &kit.Observation{ID: "eipalloc-1"},
			want:   all,
		},
		"Recorded": {
			reason: "What has its name needs no late initialisation.",
			spec:   single + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ID: "eipalloc-1"},
			want:   recorded,
		},
		"StatusVanished": {
			reason: "A name stays recorded while the status is not to be seen.",
			spec:   single + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1"},
			want:   recorded,
		},
		"MadeAnew": {
			reason: "What AWS shows under another name vanished and was made anew: the new name has yet to be recorded.",
			spec:   single + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ID: "eipalloc-2"},
			want:   all,
		},
		"TakenOver": {
			reason: "What is taken over has a name from the start, and the provider has yet to find out the rest.",
			spec:   single + taken + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1"},
			want:   all,
		},
		"TakenOverStatusVanished": {
			reason: "What was found once, so that late initialisation ended, is not initialised again because its status is not to be seen.",
			spec:   single + taken + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"}},
			want:   recorded,
		},
		"TakenOverAndFound": {
			reason: "What was taken over and found is like any other.",
			spec:   single + taken + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ID: "eipalloc-1"},
			want:   recorded,
		},
		"Orphan": {
			reason: "An orphaned platform is the same without Delete.",
			spec:   orphan + `}`,
			want:   common.ManagementPolicies{"Observe", "Create", "Update", "LateInitialize"},
		},
		"OrphanRecorded": {
			reason: "An orphaned platform is the same without Delete.",
			spec:   orphan + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ID: "eipalloc-1"},
			want:   common.ManagementPolicies{"Observe", "Create", "Update"},
		},
		"OrphanMadeAnew": {
			reason: "An orphaned platform is the same without Delete.",
			spec:   orphan + `}`,
			has:    &kit.Observation{ExternalName: "eipalloc-1", ID: "eipalloc-2"},
			want:   common.ManagementPolicies{"Observe", "Create", "Update", "LateInitialize"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, func(r *kit.Request) {
				r.Policy.ExternalNames = true
				if tc.has != nil {
					r.Observed[key] = *tc.has
				}
			})
			if diff := cmp.Diff(tc.want, platformtest.Policies(t, out, key)); diff != "" {
				t.Errorf("%s\nCompose(...): -want policies, +got policies:\n%s", tc.reason, diff)
			}
		})
	}
}

// Every set of policies that a resource can get must be one that crossplane-runtime
// supports: with any other the provider does nothing at all.
func TestManagementPoliciesAreSupported(t *testing.T) {
	ready := kit.ObservedCondition{Status: "True"}

	for _, deletion := range []string{"Delete", "Orphan"} {
		for _, name := range []string{"", "one", "other"} {
			out := platformtest.Compose(t, `{"region":"us-east-1","deletionPolicy":"`+deletion+`"}`, platformtest.Converged(t), func(r *kit.Request) {
				for _, key := range []string{"eip-nat-us-east-1a", "nat-gateway-us-east-1a", "route-private-internet-us-east-1a", "alarm-cache-cpu-003", "credentials-version-0"} {
					r.Observed[key] = kit.Observation{Ready: ready}
				}

				for key, o := range r.Observed {
					o.ExternalName, o.ID = name, "one"
					o.ManagementPolicies = []string{"Observe"}
					r.Observed[key] = o
				}

				group := r.Observed["cache"]
				group.Fields = &cache.Observed{MemberClusters: []string{name + "-001", name + "-002"}}
				r.Observed["cache"] = group
			})
			for _, r := range out.Resources {
				if !kit.IsManaged(r.Object) {
					continue
				}

				policies := platformtest.Policies(t, out, r.Key)
				if err := managed.NewManagementPoliciesResolver(true, policies).Validate(); err != nil {
					t.Errorf("%s: %v", r.Key, err)
				}
			}
		}
	}
}

func TestInvalid(t *testing.T) {
	// A value that JSON can't write is still named.
	if got, want := kit.Invalid("spec.x", func() {}, "use %s", "y").Error(), "spec.x: invalid value "; got[:len(want)] != want {
		t.Errorf("Invalid(...): want a message that begins with %q, got %q", want, got)
	}
}
