package monitoring_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestTopicOfAnotherRegion(t *testing.T) {
	_, err := platformtest.Try(t, `{"region":"us-east-1","monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:here","arn:aws:sns:eu-west-1:123456789012:there"]}}`)

	want := `spec.monitoring.alarmActions[1]: invalid value "arn:aws:sns:eu-west-1:123456789012:there": is in eu-west-1, and an alarm notifies topics of its own region only: use one in us-east-1`
	if diff := cmp.Diff(want, err); diff != "" {
		t.Errorf("CloudWatch would refuse the alarm.\nCompose(...): -want error, +got error:\n%s", diff)
	}
}

// A policy's topics are of several regions, and a platform gets those of its own.
func TestTopicsOfAPolicy(t *testing.T) {
	const (
		here  = `"arn:aws:sns:us-east-1:123456789012:here"`
		there = `"arn:aws:sns:eu-west-1:123456789012:there"`
	)

	inPolicy := func(topics ...string) func(*kit.Request) {
		return platformtest.Policy(`{"monitoring":{"alarmActions":[` + strings.Join(topics, ",") + `]}}`)
	}
	many := func(region string) []string {
		var topics []string
		for i := range 6 {
			topics = append(topics, fmt.Sprintf(`"arn:aws:sns:%s:123456789012:%d"`, region, i))
		}

		return topics
	}

	cases := map[string]struct {
		reason string
		spec   string
		policy func(*kit.Request)
		want   []v1alpha1.TopicARN
		err    string
	}{
		"ByRegion": {
			reason: "A topic of another region is another platform's.",
			spec:   platformtest.Reference,
			policy: inPolicy(there, here),
			want:   []v1alpha1.TopicARN{"arn:aws:sns:us-east-1:123456789012:here"},
		},
		"NoneOfTheRegion": {
			reason: "A platform in a region without topics notifies none, and is not refused.",
			spec:   platformtest.Reference,
			policy: inPolicy(there),
			want:   []v1alpha1.TopicARN{},
		},
		"Developer": {
			reason: "The developer's topics win.",
			spec:   `{"region":"us-east-1","monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:mine"]}}`,
			policy: inPolicy(here),
			want:   []v1alpha1.TopicARN{"arn:aws:sns:us-east-1:123456789012:mine"},
		},
		"DeveloperWantsNone": {
			reason: "An empty list notifies none.",
			spec:   `{"region":"us-east-1","monitoring":{"alarmActions":[]}}`,
			policy: inPolicy(here),
			want:   []v1alpha1.TopicARN{},
		},
		"TooManyElsewhere": {
			reason: "Six topics in another region are no concern of this one.",
			spec:   platformtest.Reference,
			policy: inPolicy(append(many("eu-west-1"), here)...),
			want:   []v1alpha1.TopicARN{"arn:aws:sns:us-east-1:123456789012:here"},
		},
		"TooMany": {
			reason: "An alarm notifies five. Who wrote the policy is told.",
			spec:   platformtest.Reference,
			policy: inPolicy(many("us-east-1")...),
			err: "the platform team's policy, which is the function's input: defaults.monitoring.alarmActions: invalid value [" + strings.Join(many("us-east-1"), ",")[:127] +
				"...: 6 topics in us-east-1, and an alarm notifies 5 at most: remove some",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, tc.policy)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			var got []v1alpha1.TopicARN
			for _, topic := range platformtest.Find[*cloudwatch.MetricAlarm](t, p, "alarm-stream-records").Spec.ForProvider.AlarmActions {
				got = append(got, v1alpha1.TopicARN(*topic))
			}

			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nCompose(...): -want topics, +got topics:\n%s", tc.reason, diff)
			}
		})
	}
}

// The alarm of a member that leaves the cache goes with it, whatever the deletion policy
// says, and another step's alarm is not ours to drop.
func TestAlarmOfALeavingMember(t *testing.T) {
	const (
		orphan = `{"region":"us-east-1","deletionPolicy":"Orphan"}`
		key    = "alarm-cache-cpu-003"
	)

	cases := map[string]struct {
		reason string
		spec   string
		has    map[string]kit.Observation
		want   common.ManagementPolicies
	}{
		"Delete": {
			reason: "An alarm that is deleted with its object is dropped at once.",
			spec:   platformtest.Reference,
			has:    map[string]kit.Observation{key: {ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"}}},
		},
		"Orphan": {
			reason: "One that would stay in AWS is given Delete first.",
			spec:   orphan,
			has:    map[string]kit.Observation{key: {ManagementPolicies: []string{"Observe", "Create", "Update"}}},
			want:   common.ManagementPolicies{"Observe", "Create", "Update", "Delete"},
		},
		"OrphanDeletes": {
			reason: "Once Delete is observed it is dropped.",
			spec:   orphan,
			has:    map[string]kit.Observation{key: {ManagementPolicies: []string{"Observe", "Create", "Update", "Delete"}}},
		},
		"OrphanGone": {
			reason: "What is gone is not made again to be deleted.",
			spec:   orphan,
		},
		"AnotherSteps": {
			reason: "Another step's alarm is not given Delete.",
			spec:   orphan,
			has:    map[string]kit.Observation{"alarm-cache-cpu-total": {ManagementPolicies: []string{"Observe"}}, "alarm-cache-cpu-3": {ManagementPolicies: []string{"Observe"}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, func(r *kit.Request) {
				maps.Copy(r.Observed, tc.has)
				r.Observed["cache"] = kit.Observation{ExternalName: "old", Fields: &cache.Observed{MemberClusters: []string{"old-001", "old-002"}}}
			})
			if diff := cmp.Diff(tc.want, platformtest.Policies(t, out, key)); diff != "" {
				t.Errorf("%s\nCompose(...): -want policies, +got policies:\n%s", tc.reason, diff)
			}

			if tc.want != nil {
				if got := *platformtest.Find[*cloudwatch.MetricAlarm](t, out, key).Spec.ForProvider.Dimensions["CacheClusterId"]; got != "old-003" {
					t.Errorf("%s\nwant it to be as it was, of old-003, got %s", tc.reason, got)
				}
			}

			for _, k := range []string{"alarm-cache-cpu-total", "alarm-cache-cpu-3"} {
				if slices.Contains(platformtest.Keys(out), k) {
					t.Errorf("%s\n%s is not ours", tc.reason, k)
				}
			}
		})
	}
}

func TestAlarms(t *testing.T) {
	const id = "dp-team-a-orders-km4cp3ur"

	cpu := func(namespace, name, description, dimension, value string, threshold float64, actions ...*string) cloudwatch.MetricAlarmParameters {
		return cloudwatch.MetricAlarmParameters{
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
	idle := func(actions ...*string) cloudwatch.MetricAlarmParameters {
		return cloudwatch.MetricAlarmParameters{
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
		want   map[string]cloudwatch.MetricAlarmParameters
	}{
		"Reference": {
			reason: "The database, each cluster of the cache, and the stream have an alarm, on dimensions that CloudWatch publishes.",
			spec:   platformtest.Reference,
			want: map[string]cloudwatch.MetricAlarmParameters{
				"alarm-database-cpu":   cpu("AWS/RDS", "-database-cpu", "The database's CPU is busy: data platform team-a/orders.", "DBInstanceIdentifier", id, 80),
				"alarm-cache-cpu-001":  cpu("AWS/ElastiCache", "-cache-cpu-001", "The CPU of the cache's cluster "+id+"-001 is busy: data platform team-a/orders.", "CacheClusterId", id+"-001", 75),
				"alarm-cache-cpu-002":  cpu("AWS/ElastiCache", "-cache-cpu-002", "The CPU of the cache's cluster "+id+"-002 is busy: data platform team-a/orders.", "CacheClusterId", id+"-002", 75),
				"alarm-stream-records": idle(),
			},
		},
		"Tuned": {
			reason: "Thresholds and topics are the developer's.",
			spec:   `{"region":"us-east-1","monitoring":{"databaseCpuPercent":60,"cacheCpuPercent":50,"alarmActions":["arn:aws:sns:us-east-1:123456789012:alarms"]}}`,
			want: map[string]cloudwatch.MetricAlarmParameters{
				"alarm-database-cpu":   cpu("AWS/RDS", "-database-cpu", "The database's CPU is busy: data platform team-a/orders.", "DBInstanceIdentifier", id, 60, topic),
				"alarm-cache-cpu-001":  cpu("AWS/ElastiCache", "-cache-cpu-001", "The CPU of the cache's cluster "+id+"-001 is busy: data platform team-a/orders.", "CacheClusterId", id+"-001", 50, topic),
				"alarm-cache-cpu-002":  cpu("AWS/ElastiCache", "-cache-cpu-002", "The CPU of the cache's cluster "+id+"-002 is busy: data platform team-a/orders.", "CacheClusterId", id+"-002", 50, topic),
				"alarm-stream-records": idle(topic),
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]cloudwatch.MetricAlarmParameters{}
			names := map[string]bool{}

			for _, r := range platformtest.Compose(t, tc.spec).Resources {
				a, ok := r.Object.(*cloudwatch.MetricAlarm)
				if !ok {
					continue
				}

				got[r.Key] = a.Spec.ForProvider
				names[a.GetAnnotations()["crossplane.io/external-name"]] = true
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}

			if len(names) != len(got) {
				t.Errorf("%d alarms share the names %v", len(got), names)
			}
		})
	}
}
