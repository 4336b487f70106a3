package integration

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// A stubStream answers for Kinesis. It returns the record that it was sent once
// it has been read late times.
type stubStream struct {
	summary *types.StreamDescriptionSummary
	late    int
	alter   func(*types.Record)
	ends    bool
	fail    string

	sent  types.Record
	reads int
}

func (s *stubStream) DescribeStreamSummary(_ context.Context, in *kinesis.DescribeStreamSummaryInput, _ ...func(*kinesis.Options)) (*kinesis.DescribeStreamSummaryOutput, error) {
	if aws.ToString(in.StreamName) != referenceName {
		return nil, errAWS
	}

	return &kinesis.DescribeStreamSummaryOutput{StreamDescriptionSummary: s.summary}, s.err("describe")
}

func (s *stubStream) PutRecord(_ context.Context, in *kinesis.PutRecordInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordOutput, error) {
	s.sent = types.Record{PartitionKey: in.PartitionKey, Data: in.Data, SequenceNumber: aws.String("7")}
	s.alter(&s.sent)

	return &kinesis.PutRecordOutput{ShardId: aws.String("shard-1"), SequenceNumber: aws.String("7")}, s.err("put")
}

func (s *stubStream) GetShardIterator(_ context.Context, in *kinesis.GetShardIteratorInput, _ ...func(*kinesis.Options)) (*kinesis.GetShardIteratorOutput, error) {
	if aws.ToString(in.ShardId) != "shard-1" || aws.ToString(in.StartingSequenceNumber) != "7" {
		return nil, errAWS
	}

	return &kinesis.GetShardIteratorOutput{ShardIterator: aws.String("first")}, s.err("iterator")
}

func (s *stubStream) GetRecords(_ context.Context, in *kinesis.GetRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.GetRecordsOutput, error) {
	if want := map[bool]string{true: "first", false: "next"}[s.reads == 0]; aws.ToString(in.ShardIterator) != want {
		return nil, errAWS
	}

	s.reads++

	other := types.Record{SequenceNumber: aws.String("6"), Data: []byte("other")}
	out := &kinesis.GetRecordsOutput{Records: []types.Record{other}, NextShardIterator: aws.String("next")}

	if s.ends {
		out.NextShardIterator = nil
	}

	if s.reads > s.late {
		out.Records = append(out.Records, s.sent)
	}

	return out, s.err("read")
}

func (s *stubStream) err(call string) error {
	if s.fail == call {
		return errAWS
	}

	return nil
}

// goodStream is how AWS shows the stream of the platform in testdata.
func goodStream() *stubStream {
	return &stubStream{
		alter: func(*types.Record) {},
		summary: &types.StreamDescriptionSummary{
			StreamStatus:         types.StreamStatusActive,
			StreamARN:            aws.String("arn:aws:kinesis:us-east-1:123456789012:stream/" + referenceName),
			OpenShardCount:       aws.Int32(2),
			RetentionPeriodHours: aws.Int32(24),
			EncryptionType:       types.EncryptionTypeKms,
			StreamModeDetails:    &types.StreamModeDetails{StreamMode: types.StreamModeProvisioned},
			EnhancedMonitoring:   []types.EnhancedMetrics{{ShardLevelMetrics: []types.MetricsName{"OutgoingRecords", "OutgoingBytes", "IncomingRecords", "IncomingBytes"}}},
		},
	}
}

func TestCheckStream(t *testing.T) {
	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*stubStream)
		want   []string
		err    string
	}{
		"Good": {
			reason: "The stream is as composed, and returns the record.",
			change: func(*stubStream) {},
		},
		"Late": {
			reason: "A record may take some reads to come back.",
			change: func(s *stubStream) { s.late = maxReads - 1 },
		},
		"OnDemand": {
			reason: "AWS chooses the shards of an ON_DEMAND stream. An empty list of metrics is a wish.",
			edits:  []edit{set("ON_DEMAND", "spec", "stream", "mode"), set([]any{}, "spec", "stream", "shardLevelMetrics")},
			change: func(s *stubStream) {
				s.summary.StreamModeDetails.StreamMode, s.summary.OpenShardCount = types.StreamModeOnDemand, aws.Int32(4)
				s.summary.EnhancedMonitoring = nil
			},
		},
		"Other": {
			reason: "Status, name, shards, retention, metrics, mode and encryption count.",
			edits:  []edit{set(int64(48), "spec", "stream", "retentionPeriod")},
			change: func(s *stubStream) {
				s.summary = &types.StreamDescriptionSummary{
					StreamStatus:         types.StreamStatusUpdating,
					OpenShardCount:       aws.Int32(1),
					RetentionPeriodHours: aws.Int32(24),
					EncryptionType:       types.EncryptionTypeNone,
					EnhancedMonitoring:   []types.EnhancedMetrics{{ShardLevelMetrics: []types.MetricsName{"IncomingBytes"}}},
				}
			},
			want: []string{
				`stream dp-team-a-orders-yp3s2ksy: status: want "ACTIVE", got "UPDATING"`,
				`stream dp-team-a-orders-yp3s2ksy: arn: want "arn:aws:kinesis:us-east-1:123456789012:stream/dp-team-a-orders-yp3s2ksy", got ""`,
				"stream dp-team-a-orders-yp3s2ksy: retentionPeriod: want 48, got 24",
				`stream dp-team-a-orders-yp3s2ksy: encryptionType: want "KMS", got "NONE"`,
				`stream dp-team-a-orders-yp3s2ksy: streamMode: want "PROVISIONED", got ""`,
				"stream dp-team-a-orders-yp3s2ksy: open shards: want 2, got 1",
				"stream dp-team-a-orders-yp3s2ksy: shardLevelMetrics: want [IncomingBytes IncomingRecords OutgoingBytes OutgoingRecords], got [IncomingBytes]",
			},
		},
		"NoDescription": {
			reason: "A stream that AWS says nothing of is not sent a record.",
			change: func(s *stubStream) { s.summary = nil },
			want:   []string{"stream dp-team-a-orders-yp3s2ksy: want a description, got none"},
		},
		"NoRecord": {
			reason: "A stream must return what it accepts.",
			change: func(s *stubStream) { s.late = maxReads },
			want:   []string{"stream dp-team-a-orders-yp3s2ksy, shard-1: want record 7 back, got none in up to 60 reads"},
		},
		"ShardEnds": {
			reason: "A shard that ends before the record never returns it.",
			change: func(s *stubStream) { s.late, s.ends = 1, true },
			want:   []string{"stream dp-team-a-orders-yp3s2ksy, shard-1: want record 7 back, got none in up to 60 reads"},
		},
		"DescribeRefused": {reason: "What can't be asked is an error.", change: func(s *stubStream) { s.fail = "describe" }, err: "cannot describe stream dp-team-a-orders-yp3s2ksy: access denied"},
		"PutRefused":      {reason: "A stream must accept a record.", change: func(s *stubStream) { s.fail = "put" }, err: "cannot put a record into stream dp-team-a-orders-yp3s2ksy: access denied"},
		"IteratorRefused": {reason: "A stream must be readable.", change: func(s *stubStream) { s.fail = "iterator" }, err: "cannot get an iterator of shard shard-1 of stream dp-team-a-orders-yp3s2ksy: access denied"},
		"ReadRefused":     {reason: "A stream must be readable.", change: func(s *stubStream) { s.fail = "read" }, err: "cannot read shard shard-1 of stream dp-team-a-orders-yp3s2ksy: access denied"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := goodStream()
				tc.change(s)

				got, err := checkStream(t.Context(), s, reference(t, tc.edits...))
				assert(t, tc.reason, tc.want, got, tc.err, err)
			})
		})
	}
}

// What a stream returns must be what it accepted. The record's text is random, so
// that a case of its own compares the beginnings.
func TestCheckStreamAltered(t *testing.T) {
	s := goodStream()
	s.alter = func(r *types.Record) { r.Data, r.PartitionKey = []byte("altered"), aws.String("other") }

	got, err := checkStream(t.Context(), s, reference(t))
	if err != nil {
		t.Fatal(err)
	}

	want := []string{
		`stream dp-team-a-orders-yp3s2ksy, shard-1: partition key of record 7: want "integration-test-`,
		`stream dp-team-a-orders-yp3s2ksy, shard-1: data of record 7: want "record of the integration test `,
	}
	if len(got) != len(want) {
		t.Fatalf("want %d differences, got %q", len(want), got)
	}

	for i, prefix := range want {
		if !strings.HasPrefix(got[i], prefix) {
			t.Errorf("difference %d: want %q..., got %q", i, prefix, got[i])
		}
	}
}

// A status that names another stream than the function composes is reported; the
// stream that the XR names is the one asked for.
func TestCheckStreamOtherName(t *testing.T) {
	got, err := checkStream(t.Context(), goodStream(), reference(t, set("other", "status", "stream", "name")))
	assert(t, "The XR's status names another stream.", []string{`status.stream: name: want "dp-team-a-orders-yp3s2ksy", got "other"`}, got, "cannot describe stream other: access denied", err)
}

func TestCheckStreamStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	s := goodStream()
	s.late = maxReads

	got, err := checkStream(ctx, s, reference(t))
	assert(t, "A check that is stopped says so.", nil, got, "cannot read shard shard-1 of stream dp-team-a-orders-yp3s2ksy: context canceled", err)
}
