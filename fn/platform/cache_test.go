package platform

import (
	"slices"
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
			ApplyImmediately:         ptr.To(true),
			Tags: map[string]*string{
				"Name":                                ptr.To("dp-team-a-orders-km4cp3ur"),
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
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.1","nodeType":"cache.r7g.large","numCacheClusters":3,"applyImmediately":false}}`,
			want: params(func(p *v1beta1.ReplicationGroupParameters) {
				p.EngineVersion, p.NodeType, p.NumCacheClusters = ptr.To("7.1"), ptr.To("cache.r7g.large"), ptr.To[float64](3)
				p.ApplyImmediately = ptr.To(false)
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
			got := find[*v1beta1.ReplicationGroup](t, composeCache(testPlan(t, tc.spec, groupsReady)).Resources, keyCache)
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
	got := find[*v1beta1.SubnetGroup](t, composeCache(testPlan(t, reference)).Resources, keySubnetGroupCache)
	want := v1beta1.SubnetGroupParameters{
		Region:      ptr.To("us-east-1"),
		Description: ptr.To("Private subnets of a data platform"),
		SubnetIDSelector: &common.NamespacedSelector{
			MatchControllerRef: ptr.To(true),
			MatchLabels:        map[string]string{labelComponent: "network", labelTier: "private"},
			Policy:             &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)},
		},
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-km4cp3ur-cache"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, got.Spec.ForProvider); diff != "" {
		t.Errorf("A subnet that is added later must join the group.\ncomposeCache(...): -want, +got:\n%s", diff)
	}
}

func TestCacheMembers(t *testing.T) {
	const id = "dp-team-a-orders-km4cp3ur"

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
		"AnotherStepsAlarm": {
			reason: "Another step's alarm whose key begins like a member's makes no member.",
			spec:   reference,
			mods: []func(*Request){
				observing("cache", Observation{}), observing("alarm-cache-cpu-total", Observation{}), observing("alarm-cache-cpu-1", Observation{}),
				observing("alarm-cache-cpu-0x3", Observation{}), observing("alarm-cache-cpu-", Observation{}),
			},
			want: []string{id + "-001", id + "-002"},
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

func TestCacheVersion(t *testing.T) {
	const six = `{"region":"us-east-1","cache":{"engineVersion":"6.2"}}`
	has := func(asked, actual string) func(*Request) {
		return observing("cache", Observation{Spec: ObservedSpec{EngineVersion: asked}, Status: ObservedStatus{EngineVersionActual: actual}})
	}
	made := func(r *Request) { r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "redis.example.org"} }

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   string
		err    string
	}{
		"New": {
			reason: "A new cache has what is asked for.",
			spec:   six,
			want:   "6.2",
		},
		"DefaultFalls": {
			reason: "A default holds for new platforms only.",
			spec:   reference,
			mods:   []func(*Request){has("7.1", "7.1.0")},
			want:   "7.1",
		},
		"DeveloperFalls": {
			reason: "ElastiCache can't go back, and the message says what it has.",
			spec:   six,
			mods:   []func(*Request){has("7.0", "7.0.7")},
			err:    `spec.cache.engineVersion: invalid value "6.2": AWS has 7.0.7, and can't go back: use that version or a higher one`,
		},
		"MinorFalls": {
			reason: "A minor version can't go back either.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.0"}}`,
			mods:   []func(*Request){has("7.1", "7.1.0")},
			err:    `spec.cache.engineVersion: invalid value "7.0": AWS has 7.1.0, and can't go back: use that version or a higher one`,
		},
		"MajorRises": {
			reason: "Redis may go from one major version to the next without further ado.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.1"}}`,
			mods:   []func(*Request){has("6.2", "6.2.6")},
			want:   "7.1",
		},
		"PatchIsNotLower": {
			reason: "ElastiCache shows a patch that can't be asked for: 7.0 is no wish to leave 7.0.7.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.0"}}`,
			mods:   []func(*Request){has("7.1", "7.0.7")},
			want:   "7.0",
		},
		"RefusedUpgrade": {
			reason: "A version that AWS never took can be taken back.",
			spec:   six,
			mods:   []func(*Request){has("7.1", "6.2.6"), made},
			want:   "6.2",
		},
		"NeverCreated": {
			reason: "Where AWS has nothing anything goes.",
			spec:   six,
			mods:   []func(*Request){has("7.1", "")},
			want:   "6.2",
		},
		"PolicyTypoCorrected": {
			reason: "A policy's version that AWS never took, corrected, reaches the platforms that were made meanwhile.",
			spec:   reference,
			mods:   []func(*Request){has("7.1", ""), policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "6.2",
		},
		"PolicyFallsBelow": {
			reason: "Where a policy's correction is below what AWS has, what AWS has is asked for, in its own words.",
			spec:   reference,
			mods:   []func(*Request){has("7.1", "7.0.7"), policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "7.0",
		},
		"StatusVanished": {
			reason: "A cache that was made has what was asked for while its status is not to be seen.",
			spec:   six,
			mods:   []func(*Request){has("7.1", ""), made},
			err:    `spec.cache.engineVersion: invalid value "6.2": AWS has 7.1, and can't go back: use that version or a higher one`,
		},
		"PolicyWhileStatusVanished": {
			reason: "Nor does a policy's version fall meanwhile.",
			spec:   reference,
			mods:   []func(*Request){has("7.1", ""), made, policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "7.1",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err == nil && *p.Cache.EngineVersion != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, *p.Cache.EngineVersion)
			}
		})
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
			mods:   []func(*Request){exists(false), policy(`{"cache":{"authentication":"Token"}}`)},
			want:   "None",
		},
		"PolicyDropsToken": {
			reason: "A policy must not take the token from a cache that has one.",
			spec:   reference,
			mods:   []func(*Request){exists(true), policy(`{"cache":{"authentication":"None"}}`)},
			want:   "Token",
		},
		"DeveloperAddsToken": {
			reason: "A developer who asks for another way should be told.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			mods:   []func(*Request){exists(false)},
			err:    `spec.cache.authentication: invalid value "Token": the platform has None, and its clients would lose it: use that, or create another platform`,
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

// Without its subnet group AWS would refuse the cache, and the provider would try again
// later and later.
func TestCacheFollowsItsSubnetGroup(t *testing.T) {
	cases := map[string]struct {
		reason   string
		mods     []func(*Request)
		withheld []withheld
	}{
		"New": {
			reason:   "A cache is withheld while there is no subnet group.",
			withheld: []withheld{{Key: "cache", Why: "to be created after subnet-group-cache"}},
		},
		"GroupUnready": {
			reason:   "A group that exists may still be refused.",
			mods:     []func(*Request){observing("subnet-group-cache", Observation{Ready: ObservedCondition{Status: "False"}})},
			withheld: []withheld{{Key: "cache", Why: "to be created after subnet-group-cache"}},
		},
		"OtherGroup": {
			reason:   "The database's group is of no use to it.",
			mods:     []func(*Request){observing("subnet-group-database", Observation{Ready: ObservedCondition{Status: "True"}})},
			withheld: []withheld{{Key: "cache", Why: "to be created after subnet-group-cache"}},
		},
		"GroupReady": {
			reason: "With its group it is created.",
			mods:   []func(*Request){groupsReady},
		},
		"Exists": {
			reason: "What exists is never withheld: that would delete it.",
			mods:   []func(*Request){observing("cache", Observation{})},
		},
		"ExistsWhileGroupFails": {
			reason: "Nor while its group fails.",
			mods:   []func(*Request){observing("cache", Observation{}), observing("subnet-group-cache", Observation{Ready: ObservedCondition{Status: "False"}})},
		},
		"Unseen": {
			reason: "Nor while it is not to be seen: the platform's status says that it was made.",
			mods:   []func(*Request){func(r *Request) { r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "redis.example.org"} }},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := composeCache(testPlan(t, reference, tc.mods...))
			if diff := cmp.Diff(tc.withheld, c.Withheld); diff != "" {
				t.Errorf("%s\ncomposeCache(...): -want withheld, +got withheld:\n%s", tc.reason, diff)
			}
			if composed := slices.Contains(keys(c.Resources), keyCache); composed == (len(tc.withheld) > 0) {
				t.Errorf("%s\ncomposeCache(...): it is composed: %t", tc.reason, composed)
			}
		})
	}
}
