package cache_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/elasticache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestReplicationGroup(t *testing.T) {
	params := func(mods ...func(*elasticache.ReplicationGroupParameters)) elasticache.ReplicationGroupParameters {
		p := elasticache.ReplicationGroupParameters{
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
			SecurityGroupIDSelector:  kit.Selector(map[string]string{kit.LabelComponent: "cache"}),
			SubnetGroupNameSelector:  kit.Selector(map[string]string{kit.LabelComponent: "cache"}),
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
		want       elasticache.ReplicationGroupParameters
		connection *common.LocalSecretReference
	}{
		"Reference": {
			reason: "Failover and multi-AZ must both be on, and both encryptions.",
			spec:   platformtest.Reference,
			want:   params(),
		},
		"Sized": {
			reason: "The developer's sizes should be kept.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.1","nodeType":"cache.r7g.large","numCacheClusters":3,"applyImmediately":false}}`,
			want: params(func(p *elasticache.ReplicationGroupParameters) {
				p.EngineVersion, p.NodeType, p.NumCacheClusters = ptr.To("7.1"), ptr.To("cache.r7g.large"), ptr.To[float64](3)
				p.ApplyImmediately = ptr.To(false)
			}),
		},
		"Token": {
			reason: "A token should be generated into a Secret, and published with the endpoints.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			want: params(func(p *elasticache.ReplicationGroupParameters) {
				p.AutoGenerateAuthToken = ptr.To(true)
				p.AuthTokenSecretRef = &common.LocalSecretKeySelector{LocalSecretReference: common.LocalSecretReference{Name: "orders-5ro2kcih-cache-token"}, Key: "token"}
			}),
			connection: &common.LocalSecretReference{Name: "orders-5ro2kcih-cache"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := platformtest.Find[*elasticache.ReplicationGroup](t, platformtest.Compose(t, tc.spec, platformtest.GroupsReady), "cache")
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.connection, got.Spec.WriteConnectionSecretToReference); diff != "" {
				t.Errorf("%s\nCompose(...): -want connection, +got connection:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSubnetGroupCache(t *testing.T) {
	got := platformtest.Find[*elasticache.SubnetGroup](t, platformtest.Compose(t, platformtest.Reference), "subnet-group-cache")

	want := elasticache.SubnetGroupParameters{
		Region:      ptr.To("us-east-1"),
		Description: ptr.To("Private subnets of a data platform"),
		SubnetIDSelector: &common.NamespacedSelector{
			MatchControllerRef: ptr.To(true),
			MatchLabels:        map[string]string{kit.LabelComponent: "network", kit.LabelTier: "private"},
			Policy:             &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)},
		},
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-km4cp3ur-cache"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, got.Spec.ForProvider); diff != "" {
		t.Errorf("A subnet that is added later must join the group.\nCompose(...): -want, +got:\n%s", diff)
	}
}

func TestCacheMembers(t *testing.T) {
	const id = "dp-team-a-orders-km4cp3ur"

	three := `{"region":"us-east-1","cache":{"numCacheClusters":3}}`

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   []string
	}{
		"Unknown": {
			reason: "Before AWS lists them, members are numbered from 001.",
			spec:   three,
			want:   []string{id + "-001", id + "-002", id + "-003"},
		},
		"Gap": {
			reason: "AWS's own list counts when it has as many members as asked for.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{MemberClusters: []string{id + "-003", id + "-001"}}})},
			want:   []string{id + "-001", id + "-003"},
		},
		"Shrinking": {
			reason: "While a member is being taken away, all that AWS lists are members.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{MemberClusters: []string{id + "-001", id + "-003", id + "-004"}}})},
			want:   []string{id + "-001", id + "-002", id + "-003", id + "-004"},
		},
		"ListVanished": {
			reason: "A member with an alarm stays a member while AWS's list is empty.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{}), platformtest.Observing("alarm-cache-cpu-003", kit.Observation{})},
			want:   []string{id + "-001", id + "-002", id + "-003"},
		},
		"AnotherStepsAlarm": {
			reason: "Another step's alarm whose key begins like a member's makes no member.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.Observing("cache", kit.Observation{}), platformtest.Observing("alarm-cache-cpu-total", kit.Observation{}), platformtest.Observing("alarm-cache-cpu-1", kit.Observation{}),
				platformtest.Observing("alarm-cache-cpu-0x3", kit.Observation{}), platformtest.Observing("alarm-cache-cpu-", kit.Observation{}),
			},
			want: []string{id + "-001", id + "-002"},
		},
		"Renamed": {
			reason: "Members follow the name that the cache has.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{ExternalName: "old"})},
			want:   []string{"old-001", "old-002"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string

			for _, r := range platformtest.Compose(t, tc.spec, tc.mods...).Resources {
				if a, ok := r.Object.(*cloudwatch.MetricAlarm); ok && a.Spec.ForProvider.Dimensions["CacheClusterId"] != nil {
					got = append(got, *a.Spec.ForProvider.Dimensions["CacheClusterId"])
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nmembers with an alarm: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Each cluster has an alarm. Under the keys of alarms somebody else may have made any number.
func TestCacheMembersHaveALimit(t *testing.T) {
	_, err := platformtest.Try(t, platformtest.Reference, func(r *kit.Request) {
		for i := range 51 {
			r.Observed[fmt.Sprintf("alarm-cache-cpu-%03d", i)] = kit.Observation{}
		}
	})

	want := "spec.cache.numCacheClusters: invalid value 2: the platform has 51 clusters or alarms of clusters, and can have 50: delete the alarms of those that are gone"
	if diff := cmp.Diff(want, err); diff != "" {
		t.Errorf("Compose(...): -want error, +got error:\n%s", diff)
	}
}

func TestCacheVersion(t *testing.T) {
	const six = `{"region":"us-east-1","cache":{"engineVersion":"6.2"}}`

	has := func(asked, actual string) func(*kit.Request) {
		return platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{EngineVersion: asked, ActualVersion: actual}})
	}
	made := func(r *kit.Request) { r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "redis.example.org"} }

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
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
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("7.1", "7.1.0")},
			want:   "7.1",
		},
		"DeveloperFalls": {
			reason: "ElastiCache can't go back, and the message says what it has.",
			spec:   six,
			mods:   []func(*kit.Request){has("7.0", "7.0.7")},
			err:    `spec.cache.engineVersion: invalid value "6.2": AWS has 7.0.7, and can't go back: use that version or a higher one`,
		},
		"MinorFalls": {
			reason: "A minor version can't go back either.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.0"}}`,
			mods:   []func(*kit.Request){has("7.1", "7.1.0")},
			err:    `spec.cache.engineVersion: invalid value "7.0": AWS has 7.1.0, and can't go back: use that version or a higher one`,
		},
		"MajorRises": {
			reason: "Redis may go from one major version to the next without further ado.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.1"}}`,
			mods:   []func(*kit.Request){has("6.2", "6.2.6")},
			want:   "7.1",
		},
		"PatchIsNotLower": {
			reason: "ElastiCache shows a patch that can't be asked for: 7.0 is no wish to leave 7.0.7.",
			spec:   `{"region":"us-east-1","cache":{"engineVersion":"7.0"}}`,
			mods:   []func(*kit.Request){has("7.1", "7.0.7")},
			want:   "7.0",
		},
		"RefusedUpgrade": {
			reason: "A version that AWS never took can be taken back.",
			spec:   six,
			mods:   []func(*kit.Request){has("7.1", "6.2.6"), made},
			want:   "6.2",
		},
		"NeverCreated": {
			reason: "Where AWS has nothing anything goes.",
			spec:   six,
			mods:   []func(*kit.Request){has("7.1", "")},
			want:   "6.2",
		},
		"PolicyTypoCorrected": {
			reason: "A policy's version that AWS never took, corrected, reaches the platforms that were made meanwhile.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("7.1", ""), platformtest.Policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "6.2",
		},
		"PolicyFallsBelow": {
			reason: "Where a policy's correction is below what AWS has, what AWS has is asked for, in its own words.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("7.1", "7.0.7"), platformtest.Policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "7.0",
		},
		"StatusVanished": {
			reason: "A cache that was made has what was asked for while its status is not to be seen.",
			spec:   six,
			mods:   []func(*kit.Request){has("7.1", ""), made},
			err:    `spec.cache.engineVersion: invalid value "6.2": AWS has 7.1, and can't go back: use that version or a higher one`,
		},
		"PolicyWhileStatusVanished": {
			reason: "Nor does a policy's version fall meanwhile.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){has("7.1", ""), made, platformtest.Policy(`{"cache":{"engineVersion":"6.2"}}`)},
			want:   "7.1",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			if got := *platformtest.Find[*elasticache.ReplicationGroup](t, p, "cache").Spec.ForProvider.EngineVersion; got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

func TestCacheKeepsItsAuthentication(t *testing.T) {
	exists := func(token bool) func(*kit.Request) {
		return platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{EngineVersion: "7.0", AutoGenerateAuthToken: token}})
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
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
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists(false), platformtest.Policy(`{"cache":{"authentication":"Token"}}`)},
			want:   "None",
		},
		"PolicyDropsToken": {
			reason: "A policy must not take the token from a cache that has one.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists(true), platformtest.Policy(`{"cache":{"authentication":"None"}}`)},
			want:   "Token",
		},
		"DeveloperAddsToken": {
			reason: "A developer who asks for another way should be told.",
			spec:   `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			mods:   []func(*kit.Request){exists(false)},
			err:    `spec.cache.authentication: invalid value "Token": the platform has None, and its clients would lose it: use that, or create another platform`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			got := v1alpha1.CacheAuthenticationNone
			if platformtest.Find[*elasticache.ReplicationGroup](t, p, "cache").Spec.ForProvider.AuthTokenSecretRef != nil {
				got = v1alpha1.CacheAuthenticationToken
			}

			if got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

// Without its subnet group AWS would refuse the cache, and the provider would try again
// later and later.
func TestCacheFollowsItsSubnetGroup(t *testing.T) {
	cases := map[string]struct {
		reason   string
		mods     []func(*kit.Request)
		withheld bool
	}{
		"New": {
			reason:   "A cache is withheld while there is no subnet group.",
			withheld: true,
		},
		"GroupUnready": {
			reason:   "A group that exists may still be refused.",
			mods:     []func(*kit.Request){platformtest.Observing("subnet-group-cache", kit.Observation{Ready: kit.ObservedCondition{Status: "False"}})},
			withheld: true,
		},
		"OtherGroup": {
			reason:   "The database's group is of no use to it.",
			mods:     []func(*kit.Request){platformtest.Observing("subnet-group-database", kit.Observation{Ready: kit.ObservedCondition{Status: "True"}})},
			withheld: true,
		},
		"GroupReady": {
			reason: "With its group it is created.",
			mods:   []func(*kit.Request){platformtest.GroupsReady},
		},
		"Exists": {
			reason: "What exists is never withheld: that would delete it.",
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{})},
		},
		"ExistsWhileGroupFails": {
			reason: "Nor while its group fails.",
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{}), platformtest.Observing("subnet-group-cache", kit.Observation{Ready: kit.ObservedCondition{Status: "False"}})},
		},
		"Unseen": {
			reason: "Nor while it is not to be seen: the platform's status says that it was made.",
			mods:   []func(*kit.Request){func(r *kit.Request) { r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "redis.example.org"} }},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, platformtest.Reference, tc.mods...)
			if composed := slices.Contains(platformtest.Keys(p), "cache"); composed == tc.withheld {
				t.Errorf("%s\nCompose(...): it is composed: %t", tc.reason, composed)
			}

			const waits = "cache (to be created after subnet-group-cache)"
			if told := strings.Contains(platformtest.Condition(t, p, "CacheReady").Message, waits); told != tc.withheld {
				t.Errorf("%s\nCompose(...): want the condition to say %q: %t, got %t", tc.reason, waits, tc.withheld, told)
			}
		})
	}
}
