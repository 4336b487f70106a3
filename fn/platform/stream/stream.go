// Package stream composes the Kinesis stream.
package stream

import (
	"cmp"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/kinesis"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// component is the value of the stream's label.
const component = "stream"

const keyStream = "stream"

// keyName is where applications find the stream's name.
const keyName = "KINESIS_STREAM_NAME"

// kinesisKey is the key that AWS keeps for Kinesis in every account. The key itself is
// free, and needs no grants.
const kinesisKey = "alias/aws/kinesis"

// Component is the stream.
var Component = kit.Component{
	Condition: "StreamReady",
	Reads:     []kit.Reading{kit.Read[Observed](kinesis.StreamGroupVersionKind)},
	Public:    []string{keyName},
	Resolve:   resolve,
}

// Observed is what is read of the stream.
type Observed struct {
	ARN string `reads:"status.atProvider.arn"`
}

// resolve keeps the name that the stream has. What the platform has told its users says it
// too, should the stream not be seen: another name would be another, empty stream.
func resolve(p *kit.Plan) (kit.Resolved, error) {
	was := ptr.Deref(p.Request.Status.Stream, v1alpha1.StreamStatus{})
	name := cmp.Or(p.Request.Observed[keyStream].ExternalName, was.Name, p.ExternalName(keyStream, ""))
	arn := kit.Fields[Observed](p, keyStream).ARN

	connection := kit.Connection{Keys: []string{keyName}}
	if arn != "" {
		connection.Values = map[string]string{keyName: name}
	}

	return kit.Resolved{
		Compose:    func() kit.Part { return kit.Part{Resources: []kit.Resource{{Key: keyStream, Object: stream(p, name)}}} },
		Status:     func(s *v1alpha1.XDataPlatformStatus) { s.Stream = status(arn, name, s.Stream) },
		Alarms:     []kit.Alarm{noRecords(name)},
		Connection: connection,
	}, nil
}

func stream(p *kit.Plan, name string) *kinesis.Stream {
	params := p.Parameters.Stream
	s := &kinesis.Stream{
		TypeMeta:   kit.TypeMeta(kinesis.StreamGroupVersionKind),
		ObjectMeta: p.Named(name, kit.Labels(component)),
		Spec: kinesis.StreamSpec{
			ManagedResourceSpec: p.Managed(keyStream, kinesis.StreamGroupVersionKind),
			ForProvider: kinesis.StreamParameters{
				Region:            &p.Region,
				StreamModeDetails: &kinesis.StreamModeDetailsParameters{StreamMode: (*string)(params.Mode)},
				RetentionPeriod:   kit.Number(params.RetentionPeriod),
				ShardLevelMetrics: kit.Pointers(params.ShardLevelMetrics),
				EncryptionType:    ptr.To("KMS"),
				KMSKeyID:          ptr.To(kinesisKey),
				// AWS refuses to delete a stream that a consumer is registered on.
				// Applications register them, and nobody else knows of them.
				EnforceConsumerDeletion: ptr.To(true),
				Tags:                    p.Tagged(""),
			},
		},
	}
	// AWS refuses a number of shards in ON_DEMAND mode
	// (hashicorp/terraform-provider-aws#36625).
	if *params.Mode == v1alpha1.StreamModeProvisioned {
		s.Spec.ForProvider.ShardCount = kit.Number(params.ShardCount)
	}

	return s
}

// status says which stream there is.
func status(arn, name string, before *v1alpha1.StreamStatus) *v1alpha1.StreamStatus {
	is := ptr.Deref(before, v1alpha1.StreamStatus{})

	is.ARN = cmp.Or(arn, is.ARN)
	if is.ARN != "" {
		is.Name = name
	}

	return kit.OrNil(is)
}

// noRecords is raised when nothing has been written for a quarter of an hour: whatever
// feeds the stream writes more often than that, or is broken.
func noRecords(name string) kit.Alarm {
	return kit.Alarm{
		Name:       "stream-records",
		What:       "The stream gets no records",
		Namespace:  "AWS/Kinesis",
		Metric:     "IncomingRecords",
		Dimension:  "StreamName",
		Of:         name,
		Statistic:  "Sum",
		Comparison: "LessThanThreshold",
		Threshold:  1,
		Periods:    3,
		// An idle stream sends no data points at all.
		Missing: "breaching",
	}
}
