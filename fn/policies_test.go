package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// TestManagementPolicies checks that each resource has a set of policies that the
// provider's runtime supports, and late initialisation and a name in AWS exactly
// where it needs them.
func TestManagementPolicies(t *testing.T) {
	for _, p := range testPlatforms(t) {
		orphan := p.field("deletionPolicy") == "Orphan"
		for i, composed := range p.composed {
			for key, o := range composed {
				if !isManaged(o) {
					continue
				}

				policies := common.ManagementPolicies{}

				actions, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
				for _, a := range actions {
					policies = append(policies, common.ManagementAction(a))
				}

				m := managed.NewManagementPoliciesResolver(true, policies)
				if err := m.Validate(); err != nil {
					t.Errorf("%s: %s: %v", p.name, key, err)
				}

				type behaviour struct{ Paused, Create, Update, Delete, LateInitialize, ExternalName bool }

				_, named := o.GetAnnotations()["crossplane.io/external-name"]
				kind := kinds.Of(o.GroupVersionKind().GroupKind())
				ours := !kind.NamedByAWS
				late := m.ShouldLateInitialize()
				// It ends some time between the first look and the last, where it ends.
				first, last := i == 0, i == len(p.composed)-1
				wantLate := !ours && (first || late && !last || kind.OnlyNamed)
				// A version of a secret can't be updated.
				want := behaviour{Create: true, Update: o.GetKind() != "SecretVersion", Delete: !orphan, LateInitialize: wantLate, ExternalName: ours || p.field("externalNames", key) != ""}

				got := behaviour{m.IsPaused(), m.ShouldCreate(), m.ShouldUpdate(), m.ShouldDelete(), late, named}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s: managementPolicies %v: -want, +got:\n%s", p.name, key, policies, diff)
				}
			}
		}
	}
}
