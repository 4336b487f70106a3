package integration

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/kinesis"
)

const keyStream = "stream"

const (
	// readInterval is the time between two reads of a shard. Kinesis allows five
	// reads a second, by all of its consumers together.
	// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
	readInterval = time.Second

	// maxReads of the shard until the record must have been returned.
	maxReads = 60
)

// streamClient is what the check of the stream asks Kinesis.
type streamClient interface {
	DescribeStreamSummary(ctx context.Context, in *kinesis.DescribeStreamSummaryInput, opts ...func(*kinesis.Options)) (*kinesis.DescribeStreamSummaryOutput, error)
	PutRecord(ctx context.Context, in *kinesis.PutRecordInput, opts ...func(*kinesis.Options)) (*kinesis.PutRecordOutput, error)
	GetShardIterator(ctx context.Context, in *kinesis.GetShardIteratorInput, opts ...func(*kinesis.Options)) (*kinesis.GetShardIteratorOutput, error)
	GetRecords(ctx context.Context, in *kinesis.GetRecordsInput, opts ...func(*kinesis.Options)) (*kinesis.GetRecordsOutput, error)
}

// checkStream compares the stream, puts one record into it and reads it back.
func checkStream(ctx context.Context, client streamClient, e *expectation) ([]string, error) {
	r := &report{}

	desired, err := composed[*managed.Stream](e, keyStream)
	if err != nil {
		return nil, err
	}

	name := e.Outputs.Stream.Name
	compare(r, "status.stream", "name", nameOf(desired), name)

	out, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &name})
	if err != nil {
		return r.differences, fmt.Errorf("cannot describe stream %s: %w", name, err)
	}

	if out.StreamDescriptionSummary == nil {
		r.addf("stream %s: want a description, got none", name)

		return r.differences, nil
	}

	compareStream(r, desired.Spec.ForProvider, out.StreamDescriptionSummary, e)
	err = checkRecord(ctx, client, name, r)

	return r.differences, err
}

func compareStream(r *report, want managed.StreamParameters, got *types.StreamDescriptionSummary, e *expectation) {
	where := "stream " + e.Outputs.Stream.Name
	compare(r, where, "status", string(types.StreamStatusActive), string(got.StreamStatus))
	compare(r, where, "arn", e.Outputs.Stream.ARN, aws.ToString(got.StreamARN))
	compare(r, where, "retentionPeriod", aws.ToFloat64(want.RetentionPeriod), number(got.RetentionPeriodHours))
	compare(r, where, "encryptionType", aws.ToString(want.EncryptionType), string(got.EncryptionType))

	mode := types.StreamMode("")
	if got.StreamModeDetails != nil {
		mode = got.StreamModeDetails.StreamMode
	}

	compare(r, where, "streamMode", aws.ToString(want.StreamModeDetails.StreamMode), string(mode))

	// An ON_DEMAND stream has as many shards as AWS chose.
	if want.ShardCount != nil {
		compare(r, where, "open shards", *want.ShardCount, number(got.OpenShardCount))
	}

	var metrics []string

	for _, m := range got.EnhancedMonitoring {
		for _, metric := range m.ShardLevelMetrics {
			metrics = append(metrics, string(metric))
		}
	}

	compareSets(r, where, "shardLevelMetrics", stringsOf(want.ShardLevelMetrics), metrics)
}

// checkRecord puts a record that no other can be mistaken for into a stream, and
// reads its shard from there until the record is returned.
func checkRecord(ctx context.Context, client streamClient, stream string, r *report) error {
	key := "integration-test-" + rand.Text()
	data := "record of the integration test " + key

	put, err := client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: &stream, PartitionKey: &key, Data: []byte(data)})
	if err != nil {
		return fmt.Errorf("cannot put a record into stream %s: %w", stream, err)
	}

	shard, sequence := aws.ToString(put.ShardId), aws.ToString(put.SequenceNumber)

	from, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName:             &stream,
		ShardId:                &shard,
		ShardIteratorType:      types.ShardIteratorTypeAtSequenceNumber,
		StartingSequenceNumber: &sequence,
	})
	if err != nil {
		return fmt.Errorf("cannot get an iterator of shard %s of stream %s: %w", shard, stream, err)
	}

	record, err := readRecord(ctx, client, from.ShardIterator, sequence)
	if err != nil {
		return fmt.Errorf("cannot read shard %s of stream %s: %w", shard, stream, err)
	}

	where := "stream " + stream + ", " + shard
	if record == nil {
		r.addf("%s: want record %s back, got none in up to %d reads", where, sequence, maxReads)

		return nil
	}

	compare(r, where, "partition key of record "+sequence, key, aws.ToString(record.PartitionKey))
	compare(r, where, "data of record "+sequence, data, string(record.Data))

	return nil
}

// readRecord reads from an iterator on until it finds a record. It returns nil if
// the record does not come, or the shard ends.
func readRecord(ctx context.Context, client streamClient, iterator *string, sequence string) (*types.Record, error) {
	for range maxReads {
		out, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator})
		if err != nil {
			return nil, err
		}

		for _, record := range out.Records {
			if aws.ToString(record.SequenceNumber) == sequence {
				return &record, nil
			}
		}

		iterator = out.NextShardIterator
		if iterator == nil {
			return nil, nil //nolint:nilnil // A record that is not there is an answer.
		}

		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(readInterval):
		}
	}

	return nil, nil //nolint:nilnil // A record that is not there is an answer.
}
