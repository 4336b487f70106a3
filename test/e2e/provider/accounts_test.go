package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
)

func TestAccounts(t *testing.T) {
	// A resource whose configuration changes does not find its thing, unless the new one
	// names the same account.
	was := Config{Kind: "ClusterProviderConfig", Name: "default"}

	cases := map[string]struct {
		reason string
		change func(*Managed)
		same   *Config
		want   string
	}{
		"Same": {
			reason: "Each configuration is an account.",
			want:   "exists, up to date",
		},
		"Moved": {
			reason: "Another one is another account.",
			change: configured("ClusterProviderConfig", "other"),
		},
		"MovedToNamespace": {
			reason: "So is a namespace's own.",
			change: configured("ProviderConfig", "default"),
		},
		"Renamed": {
			reason: "Two names may mean the same account.",
			change: configured("ClusterProviderConfig", "other"),
			same:   &Config{Kind: "ClusterProviderConfig", Name: "other"},
			want:   "exists, up to date",
		},
		"OtherNamespace": {
			reason: "A namespace's configuration is not another namespace's.",
			change: configured("ProviderConfig", "default"),
			same:   &Config{Kind: "ProviderConfig", Namespace: "team-z", Name: "default"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"ec2/RouteTable", "kinesis/Stream"} {
				m := mr(kind, "it", nil, named("it"))
				m.Object["status"] = Object{"atProvider": Object{"id": "it"}}
				c := newController(kind, &store{})
				exist(t, c.cloud, m)

				if tc.change != nil {
					tc.change(m)
				}

				if tc.same != nil {
					c.SameAccount(*tc.same, was)
				}

				if diff := cmp.Diff(tc.want, brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
					t.Errorf("%s\nObserve(): %s: -want, +got:\n%s", tc.reason, kind, diff)
				}
			}
		})
	}
}

func TestMovedIsCreatedAgain(t *testing.T) {
	// As the provider would, in the other account.
	c := newCloud()
	m := mr("ec2/VPC", "vpc", nil)

	first, err := c.create(m, nil)
	if err != nil {
		t.Fatal(err)
	}

	meta.AddAnnotations(m, map[string]string{meta.AnnotationKeyExternalCreatePending: "2026-01-05T09:00:03Z"})
	configured("ClusterProviderConfig", "other")(m)

	second, err := c.create(m, nil)
	if err != nil {
		t.Fatal(err)
	}

	if first.name == second.name || c.count()["ec2/VPC"] != 2 {
		t.Errorf("create(): want a VPC in each account, got %s and %s", first.name, second.name)
	}

	// What is in the one is not in the other.
	if _, err := c.create(mr("ec2/Subnet", "subnet", Object{"vpcId": second.name}), nil); err == nil {
		t.Error("create(): want an error for a subnet in another account's VPC")
	}
}
