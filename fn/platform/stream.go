package platform

import (
	"github.com/upbound/provider-aws/v2/apis/namespaced/kinesis/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const keyStream = "stream"

// kinesisKey is the key that AWS keeps for Kinesis in every account. The key itself is
// free, and needs no grants.
const kinesisKey = "alias/aws/kinesis"

// composeStream composes the Kinesis stream.
func composeStream(p *plan) part {
	s := &v1beta1.Stream{
		TypeMeta:   typeMeta(v1beta1.Stream_GroupVersionKind),
		ObjectMeta: p.named(p.StreamName, labels(componentStream)),
		Spec: v1beta1.StreamSpec{
			ManagedResourceSpec: p.managed(keyStream, namedByUs),
			ForProvider: v1beta1.StreamParameters{
				Region:            &p.Region,
				StreamModeDetails: &v1beta1.StreamModeDetailsParameters{StreamMode: (*string)(p.Stream.Mode)},
				RetentionPeriod:   number(p.Stream.RetentionPeriod),
				ShardLevelMetrics: pointers(p.Stream.ShardLevelMetrics),
				EncryptionType:    ptr.To("KMS"),
				KMSKeyID:          ptr.To(kinesisKey),
				// AWS refuses to delete a stream that a consumer is registered on.
				// Applications register them, and nobody else knows of them.
				EnforceConsumerDeletion: ptr.To(true),
				Tags:                    p.tagged(""),
			},
		},
	}
	// AWS refuses a number of shards in ON_DEMAND mode
	// (hashicorp/terraform-provider-aws#36625).
	if *p.Stream.Mode == v1alpha1.StreamModeProvisioned {
		s.Spec.ForProvider.ShardCount = number(p.Stream.ShardCount)
	}
	return part{Resources: []Resource{{Key: keyStream, Object: s}}}
}
