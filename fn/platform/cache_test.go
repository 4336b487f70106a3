package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/elasticache/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

func TestReplicationGroup(t *testing.T) {
	params := func(mods ...func(*v1beta1.ReplicationGroupParameters)) v1beta1.ReplicationGroupParameters {
		p := v1beta1.ReplicationGroupParameters{
			Region:                   ptr.To("us-east-1"),
			Description:              ptr.To("Redis of a data platform"),
			Engine:                   ptr.To("redis"),
			EngineVersion:            ptr.To("7.0"),
			NodeType:                 ptr.To("cache.t3.micro"),
			NumCacheClusters:         ptr.To[float64](2),
			Port:                     ptr.To[float64](6379),
			AutomaticFailoverEnabled: ptr.To(true),
			MultiAzEnabled:           ptr.To(true),
			AtRestEncryptionEnabled:  ptr.To("true"),
			TransitEncryptionEnabled: ptr.To(true),
			SecurityGroupIDSelector:  selector(map[string]string{labelComponent: "cache"}),
			SubnetGroupNameSelector:  selector(map[string]string{labelComponent: "cache"}),
			ApplyImmediately:         ptr.To(false),
			Tags: map[string]*string{
				"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2"),
				"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
			},
		}
		for _, m := range mods {
			m(&p)
		}
		return p
	}

	cases := map[string]struct {
		reason     string
		spec       string
		want       v1beta1.ReplicationGroupParameters
		connection *common.LocalSecretReference
	}{
		"Reference": {
			reason: "Failover and multi-AZ must both be on, and both encryptions.",
			spec:   reference,
			want:   params(),
		},
		"Sized": {
			reason: "The developer's sizes should be kept.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.1","nodeType":"cache.r7g.large","numCacheClusters":3,"applyImmediately":true}}`,
			want: params(func(p *v1beta1.ReplicationGroupParameters) {
				p.EngineVersion, p.NodeType, p.NumCacheClusters = ptr.To("7.1"), ptr.To("cache.r7g.large"), ptr.To[float64](3)
				p.ApplyImmediately = ptr.To(true)
			}),
		},
		"Token": {
			reason: "A token should be generated into a Secret, and published with the endpoints.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			want: params(func(p *v1beta1.ReplicationGroupParameters) {
				p.AutoGenerateAuthToken = ptr.To(true)
				p.AuthTokenSecretRef = &common.LocalSecretKeySelector{LocalSecretReference: common.LocalSecretReference{Name: "orders-5ro2kcih-cache-token"}, Key: "token"}
			}),
			connection: &common.LocalSecretReference{Name: "orders-5ro2kcih-cache"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := find[*v1beta1.ReplicationGroup](t, composeCache(testPlan(t, tc.spec)), keyCache)
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\ncomposeCache(...): -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.connection, got.Spec.WriteConnectionSecretToReference); diff != "" {
				t.Errorf("%s\ncomposeCache(...): -want connection, +got connection:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSubnetGroupCache(t *testing.T) {
	got := find[*v1beta1.SubnetGroup](t, composeCache(testPlan(t, reference)), keySubnetGroupCache)
	want := v1beta1.SubnetGroupParameters{
		Region:      ptr.To("us-east-1"),
		Description: ptr.To("Private subnets of a data platform"),
		SubnetIDSelector: &common.NamespacedSelector{
			MatchControllerRef: ptr.To(true),
			MatchLabels:        map[string]string{labelComponent: "network", labelTier: "private"},
			Policy:             &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)},
		},
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2-cache"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, got.Spec.ForProvider); diff != "" {
		t.Errorf("A subnet that is added later must join the group.\ncomposeCache(...): -want, +got:\n%s", diff)
	}
}

func TestCacheMembers(t *testing.T) {
	const id = "dp-team-a-orders-2nxr5dn2"

	three := `{"region":"us-east-1","cache":{"numCacheClusters":3}}`
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   []string
	}{
		"Unknown": {
			reason: "Before AWS lists them, members are numbered from 001.",
			spec:   three,
			want:   []string{id + "-001", id + "-002", id + "-003"},
		},
		"Gap": {
			reason: "AWS's own list counts when it has as many members as asked for.",
			spec:   reference,
			mods:   []func(*Request){observing("cache", Observation{Status: ObservedStatus{MemberClusters: []string{id + "-003", id + "-001"}}})},
			want:   []string{id + "-001", id + "-003"},
		},
		"Shrinking": {
			reason: "While a member is being taken away, all that AWS lists are members.",
			spec:   reference,
			mods:   []func(*Request){observing("cache", Observation{Status: ObservedStatus{MemberClusters: []string{id + "-001", id + "-003", id + "-004"}}})},
			want:   []string{id + "-001", id + "-002", id + "-003", id + "-004"},
		},
		"ListVanished": {
			reason: "A member with an alarm stays a member while AWS's list is empty.",
			spec:   reference,
			mods:   []func(*Request){observing("cache", Observation{}), observing("alarm-cache-cpu-003", Observation{})},
			want:   []string{id + "-001", id + "-002", id + "-003"},
		},
		"Renamed": {
			reason: "Members follow the name that the cache has.",
			spec:   reference,
			mods:   []func(*Request){observing("cache", Observation{ExternalName: "old"})},
			want:   []string{"old-001", "old-002"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, testPlan(t, tc.spec, tc.mods...).CacheMembers); diff != "" {
				t.Errorf("%s\ncacheMembers(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestCacheVersionNeverFalls(t *testing.T) {
	has := observing("cache", Observation{Spec: ObservedSpec{EngineVersion: "7.1"}})

	if p := testPlan(t, reference, has); *p.Cache.EngineVersion != "7.1" {
		t.Errorf("A default holds for new platforms only: want 7.1, got %s", *p.Cache.EngineVersion)
	}
	_, err := newPlan(request(t, `{"region":"us-east-1","cache":{"engineVersion":"6.2"}}`, has))
	want := `spec.cache.engineVersion: invalid value "6.2": the cache has 7.1, and ElastiCache can't go back: use that version or a higher one`
	if diff := cmp.Diff(want, message(err)); diff != "" {
		t.Errorf("newPlan(...): -want error, +got error:\n%s", diff)
	}
}

func TestCacheKeepsItsAuthentication(t *testing.T) {
	exists := func(token bool) func(*Request) {
		return observing("cache", Observation{Spec: ObservedSpec{EngineVersion: "7.0", AutoGenerateAuthToken: token}})
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   v1alpha1.CacheAuthentication
		err    string
	}{
		"New": {
			reason: "A new cache has what is asked for.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			want:   "Token",
		},
		"PolicyAddsToken": {
			reason: "A policy must not lock out the clients of a cache that exists.",
			spec:   reference,
			mods:   []func(*Request){exists(false), func(r *Request) { r.Policy.RawDefaults = []byte(`{"cache":{"authentication":"Token"}}`) }},
			want:   "None",
		},
		"PolicyDropsToken": {
			reason: "A policy must not take the token from a cache that has one.",
			spec:   reference,
			mods:   []func(*Request){exists(true)},
			want:   "Token",
		},
		"DeveloperAddsToken": {
			reason: "A developer who asks for another way should be told.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			mods:   []func(*Request){exists(false)},
			err:    `spec.cache.authentication: invalid value "Token": the platform has None, which AWS can't change: use that, or create another platform`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err == nil && *p.Cache.Authentication != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, *p.Cache.Authentication)
			}
		})
	}
}
