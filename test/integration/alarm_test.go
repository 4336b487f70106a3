package integration

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// A stubAlarms answers for CloudWatch.
type stubAlarms struct {
	alarms []types.MetricAlarm
	err    error
}

func (s *stubAlarms) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}

	for _, a := range s.alarms {
		if slices.Contains(in.AlarmNames, *a.AlarmName) {
			out.MetricAlarms = append(out.MetricAlarms, a)
		}
	}

	return out, s.err
}

func alarmOf(suffix, namespace, metric, dimension, value string, threshold float64) types.MetricAlarm {
	return types.MetricAlarm{
		AlarmName:          aws.String(referenceName + "-" + suffix),
		Namespace:          &namespace,
		MetricName:         &metric,
		Dimensions:         []types.Dimension{{Name: &dimension, Value: &value}},
		Statistic:          types.StatisticAverage,
		Period:             aws.Int32(300),
		EvaluationPeriods:  aws.Int32(2),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		Threshold:          &threshold,
		ActionsEnabled:     aws.Bool(true),
	}
}

// goodAlarms is how AWS shows the alarms of the platform in testdata.
func goodAlarms() *stubAlarms {
	idle := alarmOf("stream-records", "AWS/Kinesis", "IncomingRecords", "StreamName", referenceName, 1)
	idle.Statistic, idle.EvaluationPeriods = types.StatisticSum, aws.Int32(3)
	idle.ComparisonOperator, idle.TreatMissingData = types.ComparisonOperatorLessThanThreshold, aws.String("breaching")

	return &stubAlarms{alarms: []types.MetricAlarm{
		alarmOf("database-cpu", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", referenceName, 80),
		alarmOf("cache-cpu-001", "AWS/ElastiCache", "CPUUtilization", "CacheClusterId", referenceName+"-001", 75),
		alarmOf("cache-cpu-002", "AWS/ElastiCache", "CPUUtilization", "CacheClusterId", referenceName+"-002", 75),
		idle,
	}}
}

func TestCheckAlarms(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:123456789012:alarms"

	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*stubAlarms)
		want   []string
		err    string
	}{
		"Good": {
			reason: "The alarms are as composed. CloudWatch says nothing of missing data where nobody did.",
			change: func(*stubAlarms) {},
		},
		"MissingSaid": {
			reason: "To treat missing data as missing is CloudWatch's default.",
			change: func(s *stubAlarms) { s.alarms[0].TreatMissingData = aws.String("missing") },
		},
		"Missing": {
			reason: "Each alarm must exist, that of each member of the cache among them.",
			edits:  []edit{set(int64(3), "spec", "cache", "numCacheClusters")},
			change: func(s *stubAlarms) { s.alarms = s.alarms[:3] },
			want: []string{
				"alarm dp-team-a-orders-yp3s2ksy-cache-cpu-003: want it to exist, got 0 of it",
				"alarm dp-team-a-orders-yp3s2ksy-stream-records: want it to exist, got 0 of it",
			},
		},
		"Thresholds": {
			reason: "Thresholds are those of the spec, and none is not 0.",
			edits:  []edit{set(int64(60), "spec", "monitoring", "databaseCpuPercent")},
			change: func(s *stubAlarms) { s.alarms[3].Threshold = nil },
			want: []string{
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: threshold: want "60", got "80"`,
				`alarm dp-team-a-orders-yp3s2ksy-stream-records: threshold: want "1", got "none"`,
			},
		},
		"Dimensions": {
			reason: "An alarm on something else never fires.",
			change: func(s *stubAlarms) {
				s.alarms[0].Dimensions[0].Value = aws.String("other")
				s.alarms[1].Dimensions = nil
				s.alarms[3].Dimensions = append(s.alarms[3].Dimensions, types.Dimension{Name: aws.String("ShardId"), Value: aws.String("shard-1")})
			},
			want: []string{
				"alarm dp-team-a-orders-yp3s2ksy-cache-cpu-001: dimensions: want [CacheClusterId=dp-team-a-orders-yp3s2ksy-001], got []",
				"alarm dp-team-a-orders-yp3s2ksy-database-cpu: dimensions: want [DBInstanceIdentifier=dp-team-a-orders-yp3s2ksy], got [DBInstanceIdentifier=other]",
				"alarm dp-team-a-orders-yp3s2ksy-stream-records: dimensions: want [StreamName=dp-team-a-orders-yp3s2ksy], got [ShardId=shard-1 StreamName=dp-team-a-orders-yp3s2ksy]",
			},
		},
		"Other": {
			reason: "What is measured, how, and what happens then count.",
			edits:  []edit{set([]any{topic}, "spec", "monitoring", "alarmActions")},
			change: func(s *stubAlarms) {
				s.alarms[1].AlarmActions, s.alarms[2].AlarmActions, s.alarms[3].AlarmActions = []string{topic}, []string{topic}, []string{topic}
				s.alarms[0] = types.MetricAlarm{AlarmName: s.alarms[0].AlarmName, Dimensions: s.alarms[0].Dimensions, Threshold: s.alarms[0].Threshold, TreatMissingData: aws.String("ignore")}
			},
			want: []string{
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: namespace: want "AWS/RDS", got ""`,
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: metricName: want "CPUUtilization", got ""`,
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: statistic: want "Average", got ""`,
				"alarm dp-team-a-orders-yp3s2ksy-database-cpu: period: want 300, got 0",
				"alarm dp-team-a-orders-yp3s2ksy-database-cpu: evaluationPeriods: want 2, got 0",
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: comparisonOperator: want "GreaterThanThreshold", got ""`,
				`alarm dp-team-a-orders-yp3s2ksy-database-cpu: treatMissingData: want "missing", got "ignore"`,
				"alarm dp-team-a-orders-yp3s2ksy-database-cpu: alarmActions: want [arn:aws:sns:us-east-1:123456789012:alarms], got []",
				"alarm dp-team-a-orders-yp3s2ksy-database-cpu: actionsEnabled: want true, got false",
			},
		},
		"Refused": {
			reason: "What can't be asked is an error.",
			change: func(s *stubAlarms) { s.err = errAWS },
			err:    "cannot describe alarm dp-team-a-orders-yp3s2ksy-cache-cpu-001: access denied",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := goodAlarms()
			tc.change(s)

			got, err := checkAlarms(t.Context(), s, reference(t, tc.edits...))
			assert(t, tc.reason, tc.want, got, tc.err, err)
		})
	}
}
