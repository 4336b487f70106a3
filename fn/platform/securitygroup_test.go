package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	"k8s.io/utils/ptr"
)

func TestSecurityGroupRules(t *testing.T) {
	egress := func(component string) v1beta1.SecurityGroupRuleParameters_2 {
		return v1beta1.SecurityGroupRuleParameters_2{
			Region:                  ptr.To("us-east-1"),
			Type:                    ptr.To("egress"),
			Description:             ptr.To("everything to everywhere"),
			Protocol:                ptr.To("-1"),
			FromPort:                ptr.To[float64](0),
			ToPort:                  ptr.To[float64](0),
			CidrBlocks:              []*string{ptr.To("0.0.0.0/0")},
			SecurityGroupIDSelector: selector(map[string]string{labelComponent: component}),
		}
	}
	ingress := func(component, description string, port float64) v1beta1.SecurityGroupRuleParameters_2 {
		return v1beta1.SecurityGroupRuleParameters_2{
			Region:                  ptr.To("us-east-1"),
			Type:                    ptr.To("ingress"),
			Description:             ptr.To(description),
			Protocol:                ptr.To("tcp"),
			FromPort:                ptr.To(port),
			ToPort:                  ptr.To(port),
			CidrBlocks:              []*string{ptr.To("172.16.0.0/20")},
			SecurityGroupIDSelector: selector(map[string]string{labelComponent: component}),
		}
	}

	cases := map[string]struct {
		reason  string
		compose func(*plan) part
		want    map[string]v1beta1.SecurityGroupRuleParameters_2
	}{
		"Cache": {
			reason:  "Redis should take connections from the VPC only, and answer everywhere.",
			compose: composeCache,
			want: map[string]v1beta1.SecurityGroupRuleParameters_2{
				"security-group-cache-ingress": ingress("cache", "Redis from the VPC", 6379),
				"security-group-cache-egress":  egress("cache"),
			},
		},
		"Database": {
			reason:  "PostgreSQL should take connections from the VPC only, and answer everywhere.",
			compose: composeDatabase,
			want: map[string]v1beta1.SecurityGroupRuleParameters_2{
				"security-group-database-ingress": ingress("database", "PostgreSQL from the VPC", 5432),
				"security-group-database-egress":  egress("database"),
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]v1beta1.SecurityGroupRuleParameters_2{}
			for _, r := range tc.compose(testPlan(t, `{"region":"us-east-1","network":{"cidrBlock":"172.16.0.0/20"}}`)).Resources {
				if rule, ok := r.Object.(*v1beta1.SecurityGroupRule); ok {
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
		mods   []func(*Request)
		want   string
	}{
		"New": {
			reason: "A new group should be named after the platform.",
			want:   "dp-team-a-orders-km4cp3ur-cache",
		},
		"Existing": {
			reason: "AWS can't rename a group: a new prefix must not ask for it.",
			mods: []func(*Request){
				observing("security-group-cache", Observation{Spec: ObservedSpec{Name: "old-cache"}}),
				func(r *Request) { r.Policy.NamePrefix = "new" },
			},
			want: "old-cache",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := composeCache(testPlan(t, reference, tc.mods...)).Resources
			got := *find[*v1beta1.SecurityGroup](t, rs, "security-group-cache").Spec.ForProvider.Name
			if got != tc.want {
				t.Errorf("%s\nwant name %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
