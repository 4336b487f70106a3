package stream_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/kinesis"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestStream(t *testing.T) {
	tags := map[string]*string{
		"Name":                                ptr.To("dp-team-a-orders-km4cp3ur"),
		"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
	}

	cases := map[string]struct {
		reason string
		spec   string
		want   kinesis.StreamParameters
	}{
		"Reference": {
			reason: "The reference stream has two shards, a day's retention, four shard metrics, encryption, and no consumer that keeps it from being deleted.",
			spec:   platformtest.Reference,
			want: kinesis.StreamParameters{
				Region:                  ptr.To("us-east-1"),
				StreamModeDetails:       &kinesis.StreamModeDetailsParameters{StreamMode: ptr.To("PROVISIONED")},
				ShardCount:              ptr.To[float64](2),
				RetentionPeriod:         ptr.To[float64](24),
				ShardLevelMetrics:       []*string{ptr.To("IncomingBytes"), ptr.To("IncomingRecords"), ptr.To("OutgoingBytes"), ptr.To("OutgoingRecords")},
				EncryptionType:          ptr.To("KMS"),
				KMSKeyID:                ptr.To("alias/aws/kinesis"),
				EnforceConsumerDeletion: ptr.To(true),
				Tags:                    tags,
			},
		},
		"OnDemand": {
			reason: "AWS refuses a number of shards in ON_DEMAND mode, also one that a default brings.",
			spec:   `{"region":"us-east-1","stream":{"mode":"ON_DEMAND","shardCount":4,"retentionPeriod":48,"shardLevelMetrics":[]}}`,
			want: kinesis.StreamParameters{
				Region:                  ptr.To("us-east-1"),
				StreamModeDetails:       &kinesis.StreamModeDetailsParameters{StreamMode: ptr.To("ON_DEMAND")},
				RetentionPeriod:         ptr.To[float64](48),
				ShardLevelMetrics:       []*string{},
				EncryptionType:          ptr.To("KMS"),
				KMSKeyID:                ptr.To("alias/aws/kinesis"),
				EnforceConsumerDeletion: ptr.To(true),
				Tags:                    tags,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := platformtest.Find[*kinesis.Stream](t, platformtest.Compose(t, tc.spec), "stream")
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
