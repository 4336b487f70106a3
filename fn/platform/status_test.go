package platform_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/stream"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestStatus(t *testing.T) {
	zones := []v1alpha1.AvailabilityZone{"us-east-1a", "us-east-1b"}
	managed := `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`

	full := v1alpha1.XDataPlatformStatus{
		Network: &v1alpha1.NetworkStatus{
			VPCID:             "vpc-1",
			AvailabilityZones: zones,
			PublicSubnetIDs:   []string{"subnet-1", "subnet-2"},
			PrivateSubnetIDs:  []string{"subnet-3", "subnet-4"},
		},
		Stream:      &v1alpha1.StreamStatus{Name: "dp-team-a-orders-km4cp3ur", ARN: "arn:stream"},
		Cache:       &v1alpha1.CacheStatus{PrimaryEndpoint: "master.cache", ReaderEndpoint: "replica.cache", Port: 6379},
		Database:    &v1alpha1.DatabaseStatus{Endpoint: "db:5432", Host: "db", Port: 5432, Name: "platform"},
		Credentials: &v1alpha1.CredentialsStatus{SecretARN: "arn:secret"},
	}
	observed := []func(*kit.Request){
		platformtest.Observing("vpc", kit.Observation{ID: "vpc-1"}),
		platformtest.Observing("subnet-public-us-east-1a", kit.Observation{ID: "subnet-1"}),
		platformtest.Observing("subnet-public-us-east-1b", kit.Observation{ID: "subnet-2"}),
		platformtest.Observing("subnet-private-us-east-1a", kit.Observation{ID: "subnet-3"}),
		platformtest.Observing("subnet-private-us-east-1b", kit.Observation{ID: "subnet-4"}),
		platformtest.Observing("stream", kit.Observation{Fields: stream.Observed{ARN: "arn:stream"}}),
		platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{PrimaryEndpoint: "master.cache", ReaderEndpoint: "replica.cache"}}),
		platformtest.Observing("database", kit.Observation{Fields: database.Observed{EngineVersion: "15.15", ManageMasterUserPassword: true, Endpoint: "db:5432", Address: "db", Port: 5432, MasterUserSecretARN: "arn:secret"}}),
	}
	was := func(r *kit.Request) { r.Status = full }

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   v1alpha1.XDataPlatformStatus
	}{
		"Nothing": {
			reason: "Before anything exists only the choice of zones is known.",
			spec:   platformtest.Reference,
			want:   v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{AvailabilityZones: zones}},
		},
		"All": {
			reason: "Every output should come from what is observed.",
			spec:   managed,
			mods:   observed,
			want:   full,
		},
		"OwnSecret": {
			reason: "With generated credentials the platform's own secret is told.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("credentials", kit.Observation{Fields: database.ObservedSecret{ARN: "arn:own"}})},
			want: v1alpha1.XDataPlatformStatus{
				Network:     &v1alpha1.NetworkStatus{AvailabilityZones: zones},
				Credentials: &v1alpha1.CredentialsStatus{SecretARN: "arn:own"},
			},
		},
		"Vanished": {
			reason: "Outputs should stay while what they come from is empty for a moment.",
			spec:   managed,
			mods:   []func(*kit.Request){was},
			want:   full,
		},
		"OneSubnetVanished": {
			reason: "A list of ids should not lose one that was known.",
			spec:   managed,
			mods:   append([]func(*kit.Request){was}, observed[:2]...),
			want:   full,
		},
		"VanishedWhileGrowing": {
			reason: "A new zone's id should not take the place of one that is not seen for a moment.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			mods: []func(*kit.Request){
				func(r *kit.Request) {
					r.Status.Network = &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-1", "subnet-2"}}
				},
				platformtest.Observing("subnet-public-us-east-1a", kit.Observation{ID: "subnet-1"}),
				platformtest.Observing("subnet-public-us-east-1c", kit.Observation{ID: "subnet-5"}),
			},
			want: v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{
				AvailabilityZones: []v1alpha1.AvailabilityZone{"us-east-1a", "us-east-1b", "us-east-1c"},
				PublicSubnetIDs:   []string{"subnet-1", "subnet-2", "subnet-5"},
			}},
		},
		"SubnetMadeAnew": {
			reason: "A subnet that was made anew has a new id, and the others keep their places.",
			spec:   managed,
			mods:   []func(*kit.Request){was, platformtest.Observing("subnet-public-us-east-1a", kit.Observation{ExternalName: "subnet-9", ID: "subnet-9"})},
			want: func() v1alpha1.XDataPlatformStatus {
				s := full
				network := *full.Network
				network.PublicSubnetIDs = []string{"subnet-9", "subnet-2"}
				s.Network = &network

				return s
			}(),
		},
		"SubnetBeingMadeAnew": {
			reason: "A subnet whose name is known before its status is told by its name.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("subnet-public-us-east-1a", kit.Observation{ExternalName: "subnet-9"})},
			want:   v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-9"}}},
		},
		"Grown": {
			reason: "A new zone's id comes behind those that were known.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			mods: []func(*kit.Request){
				func(r *kit.Request) {
					r.Status.Network = &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-1", "subnet-2"}}
				},
				platformtest.Observing("subnet-public-us-east-1a", kit.Observation{ID: "subnet-1"}),
				platformtest.Observing("subnet-public-us-east-1b", kit.Observation{ID: "subnet-2"}),
				platformtest.Observing("subnet-public-us-east-1c", kit.Observation{ID: "subnet-5"}),
			},
			want: v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{
				AvailabilityZones: []v1alpha1.AvailabilityZone{"us-east-1a", "us-east-1b", "us-east-1c"},
				PublicSubnetIDs:   []string{"subnet-1", "subnet-2", "subnet-5"},
			}},
		},
		"VanishedFromAShortList": {
			reason: "A list that left one out does not say whose its ids are, and none is told as another's.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				func(r *kit.Request) {
					r.Status.Network = &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-2"}}
				},
				platformtest.Observing("subnet-public-us-east-1b", kit.Observation{ID: "subnet-2"}),
			},
			want: v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-2"}}},
		},
		"SomeSubnets": {
			reason: "Ids should be told as they become known.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("subnet-public-us-east-1b", kit.Observation{ID: "subnet-2"})},
			want:   v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{AvailabilityZones: zones, PublicSubnetIDs: []string{"subnet-2"}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, platformtest.Compose(t, tc.spec, tc.mods...).Status); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
