package network_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestSecurityGroupRules(t *testing.T) {
	egress := func(component string) ec2.SecurityGroupRuleParameters {
		return ec2.SecurityGroupRuleParameters{
			Region:                  ptr.To("us-east-1"),
			Type:                    ptr.To("egress"),
			Description:             ptr.To("everything to everywhere"),
			Protocol:                ptr.To("-1"),
			FromPort:                ptr.To[float64](0),
			ToPort:                  ptr.To[float64](0),
			CidrBlocks:              []*string{ptr.To("0.0.0.0/0")},
			SecurityGroupIDSelector: kit.Selector(map[string]string{kit.LabelComponent: component}),
		}
	}
	ingress := func(component, description string, port float64) ec2.SecurityGroupRuleParameters {
		return ec2.SecurityGroupRuleParameters{
			Region:                  ptr.To("us-east-1"),
			Type:                    ptr.To("ingress"),
			Description:             ptr.To(description),
			Protocol:                ptr.To("tcp"),
			FromPort:                ptr.To(port),
			ToPort:                  ptr.To(port),
			CidrBlocks:              []*string{ptr.To("172.16.0.0/20")},
			SecurityGroupIDSelector: kit.Selector(map[string]string{kit.LabelComponent: component}),
		}
	}

	cases := map[string]struct {
		reason string
		of     string
		want   map[string]ec2.SecurityGroupRuleParameters
	}{
		"Cache": {
			reason: "Redis should take connections from the VPC only, and answer everywhere.",
			of:     "cache",
			want: map[string]ec2.SecurityGroupRuleParameters{
				"security-group-cache-ingress": ingress("cache", "Redis from the VPC", 6379),
				"security-group-cache-egress":  egress("cache"),
			},
		},
		"Database": {
			reason: "PostgreSQL should take connections from the VPC only, and answer everywhere.",
			of:     "database",
			want: map[string]ec2.SecurityGroupRuleParameters{
				"security-group-database-ingress": ingress("database", "PostgreSQL from the VPC", 5432),
				"security-group-database-egress":  egress("database"),
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]ec2.SecurityGroupRuleParameters{}

			for _, r := range platformtest.Compose(t, `{"region":"us-east-1","network":{"cidrBlock":"172.16.0.0/20"}}`).Resources {
				if rule, ok := r.Object.(*ec2.SecurityGroupRule); ok && rule.GetLabels()[kit.LabelComponent] == tc.of {
					got[r.Key] = rule.Spec.ForProvider
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want rules, +got rules:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSecurityGroupKeepsItsName(t *testing.T) {
	cases := map[string]struct {
		reason string
		mods   []func(*kit.Request)
		want   string
	}{
		"New": {
			reason: "A new group should be named after the platform.",
			want:   "dp-team-a-orders-km4cp3ur-cache",
		},
		"Existing": {
			reason: "AWS can't rename a group: a new prefix must not ask for it.",
			mods: []func(*kit.Request){
				platformtest.Observing("security-group-cache", kit.Observation{Fields: network.ObservedGroup{Asked: "old-cache"}}),
				func(r *kit.Request) { r.Policy.NamePrefix = "new" },
			},
			want: "old-cache",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := platformtest.Compose(t, platformtest.Reference, tc.mods...)

			got := *platformtest.Find[*ec2.SecurityGroup](t, rs, "security-group-cache").Spec.ForProvider.Name
			if got != tc.want {
				t.Errorf("%s\nwant name %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
