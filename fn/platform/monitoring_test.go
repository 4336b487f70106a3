package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/cloudwatch/v1beta1"
	"k8s.io/utils/ptr"
)

func TestTopicOfAnotherRegion(t *testing.T) {
	_, err := newPlan(request(t, `{"region":"us-east-1","monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:here","arn:aws:sns:eu-west-1:123456789012:there"]}}`))
	want := `spec.monitoring.alarmActions[1]: invalid value "arn:aws:sns:eu-west-1:123456789012:there": is in eu-west-1, and an alarm notifies topics of its own region only: use one in us-east-1`
	if diff := cmp.Diff(want, message(err)); diff != "" {
		t.Errorf("CloudWatch would refuse the alarm.\nnewPlan(...): -want error, +got error:\n%s", diff)
	}
}

func TestAlarms(t *testing.T) {
	const id = "dp-team-a-orders-2nxr5dn2"

	cpu := func(namespace, name, description, dimension, value string, threshold float64, actions ...*string) v1beta1.MetricAlarmParameters {
		return v1beta1.MetricAlarmParameters{
			Region:             ptr.To("us-east-1"),
			AlarmDescription:   &description,
			Namespace:          &namespace,
			MetricName:         ptr.To("CPUUtilization"),
			Dimensions:         map[string]*string{dimension: &value},
			Statistic:          ptr.To("Average"),
			ComparisonOperator: ptr.To("GreaterThanThreshold"),
			Threshold:          &threshold,
			EvaluationPeriods:  ptr.To[float64](2),
			Period:             ptr.To[float64](300),
			AlarmActions:       append([]*string{}, actions...),
			Tags:               map[string]*string{"Name": ptr.To(id + name), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
		}
	}
	idle := func(actions ...*string) v1beta1.MetricAlarmParameters {
		return v1beta1.MetricAlarmParameters{
			Region:             ptr.To("us-east-1"),
			AlarmDescription:   ptr.To("The stream gets no records: data platform team-a/orders."),
			Namespace:          ptr.To("AWS/Kinesis"),
			MetricName:         ptr.To("IncomingRecords"),
			Dimensions:         map[string]*string{"StreamName": ptr.To(id)},
			Statistic:          ptr.To("Sum"),
			ComparisonOperator: ptr.To("LessThanThreshold"),
			Threshold:          ptr.To[float64](1),
			EvaluationPeriods:  ptr.To[float64](3),
			Period:             ptr.To[float64](300),
			TreatMissingData:   ptr.To("breaching"),
			AlarmActions:       append([]*string{}, actions...),
			Tags:               map[string]*string{"Name": ptr.To(id + "-stream-records"), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
		}
	}
	topic := ptr.To("arn:aws:sns:us-east-1:123456789012:alarms")

	cases := map[string]struct {
		reason string
		spec   string
		want   map[string]v1beta1.MetricAlarmParameters
	}{
		"Reference": {
			reason: "The database, each cluster of the cache, and the stream have an alarm, on dimensions that CloudWatch publishes.",
			spec:   reference,
			want: map[string]v1beta1.MetricAlarmParameters{
				"alarm-database-cpu":   cpu("AWS/RDS", "-database-cpu", "The database's CPU is busy: data platform team-a/orders.", "DBInstanceIdentifier", id, 80),
				"alarm-cache-cpu-001":  cpu("AWS/ElastiCache", "-cache-cpu-001", "The CPU of the cache's cluster "+id+"-001 is busy: data platform team-a/orders.", "CacheClusterId", id+"-001", 75),
				"alarm-cache-cpu-002":  cpu("AWS/ElastiCache", "-cache-cpu-002", "The CPU of the cache's cluster "+id+"-002 is busy: data platform team-a/orders.", "CacheClusterId", id+"-002", 75),
				"alarm-stream-records": idle(),
			},
		},
		"Tuned": {
			reason: "Thresholds and topics are the developer's.",
			spec:   `{"region":"us-east-1","monitoring":{"databaseCpuPercent":60,"cacheCpuPercent":50,"alarmActions":["arn:aws:sns:us-east-1:123456789012:alarms"]}}`,
			want: map[string]v1beta1.MetricAlarmParameters{
				"alarm-database-cpu":   cpu("AWS/RDS", "-database-cpu", "The database's CPU is busy: data platform team-a/orders.", "DBInstanceIdentifier", id, 60, topic),
				"alarm-cache-cpu-001":  cpu("AWS/ElastiCache", "-cache-cpu-001", "The CPU of the cache's cluster "+id+"-001 is busy: data platform team-a/orders.", "CacheClusterId", id+"-001", 50, topic),
				"alarm-cache-cpu-002":  cpu("AWS/ElastiCache", "-cache-cpu-002", "The CPU of the cache's cluster "+id+"-002 is busy: data platform team-a/orders.", "CacheClusterId", id+"-002", 50, topic),
				"alarm-stream-records": idle(topic),
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]v1beta1.MetricAlarmParameters{}
			names := map[string]bool{}
			rs := composeMonitoring(testPlan(t, tc.spec))
			for _, r := range rs {
				a := find[*v1beta1.MetricAlarm](t, rs, r.Key)
				got[r.Key] = a.Spec.ForProvider
				names[a.GetAnnotations()["crossplane.io/external-name"]] = true
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ncomposeMonitoring(...): -want, +got:\n%s", tc.reason, diff)
			}
			if len(names) != len(got) {
				t.Errorf("%d alarms share the names %v", len(got), names)
			}
		})
	}
}
