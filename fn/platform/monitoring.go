package platform

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/upbound/provider-aws/v2/apis/namespaced/cloudwatch/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const (
	keyAlarmDatabaseCPU   = "alarm-database-cpu"
	keyAlarmStreamRecords = "alarm-stream-records"

	// keyAlarmCacheCPU ends with the number of a member of the cache.
	keyAlarmCacheCPU = "alarm-cache-cpu-"
)

// alarmPeriod is how long each of an alarm's data points is, in seconds. All
// the metrics here are published at least that often without extra cost.
const alarmPeriod = 300

// maxTopics is how many topics an alarm notifies.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const maxTopics = 5

// resolveTopics chooses the topics that alarms notify. CloudWatch takes those of its own
// region only. A policy is for platforms in every region: each gets those of its own.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func resolveTopics(p *plan) error {
	own := ptr.Deref(p.Spec.Monitoring, v1alpha1.MonitoringParameters{})
	for i, topic := range own.AlarmActions {
		if region := regionOf(topic); region != p.Region {
			return invalid(fmt.Sprintf("spec.monitoring.alarmActions[%d]", i), topic, "is in %s, and an alarm notifies topics of its own region only: use one in %s", region, p.Region)
		}
	}

	p.Monitoring.AlarmActions = slices.DeleteFunc(slices.Clone(p.Monitoring.AlarmActions), func(t v1alpha1.TopicARN) bool { return regionOf(t) != p.Region })
	if n := len(p.Monitoring.AlarmActions); n > maxTopics {
		return invalidPolicy("defaults.monitoring.alarmActions", p.Monitoring.AlarmActions, "%d topics in %s, and an alarm notifies %d at most: remove some", n, p.Region, maxTopics)
	}
	return nil
}

// regionOf a topic. Its ARN is arn:<partition>:sns:<region>:<account>:<name>; the schema
// has checked its form.
func regionOf(topic v1alpha1.TopicARN) string { return strings.Split(string(topic), ":")[3] }

// composeMonitoring composes the alarms.
func composeMonitoring(p *plan) part {
	c := part{}
	if p.DatabaseID == "" {
		c.Withheld = append(c.Withheld, withheld{Key: keyAlarmDatabaseCPU, Why: "to be created once the database is found"})
	} else {
		c.Resources = append(c.Resources, Resource{Key: keyAlarmDatabaseCPU, Object: alarm(p, keyAlarmDatabaseCPU, v1beta1.MetricAlarmParameters{
			AlarmDescription:   p.describe("The database's CPU is busy"),
			Namespace:          ptr.To("AWS/RDS"),
			MetricName:         ptr.To("CPUUtilization"),
			Dimensions:         map[string]*string{"DBInstanceIdentifier": &p.DatabaseID},
			Statistic:          ptr.To("Average"),
			ComparisonOperator: ptr.To("GreaterThanThreshold"),
			Threshold:          number(p.Monitoring.DatabaseCPUPercent),
			EvaluationPeriods:  ptr.To[float64](2),
		})})
	}
	for _, member := range p.CacheMembers {
		c.Resources = append(c.Resources, alarmCacheCPU(p, member))
	}
	for _, key := range slices.Sorted(maps.Keys(p.Observed)) {
		number, ok := strings.CutPrefix(key, keyAlarmCacheCPU)
		if member := p.CacheID + "-" + number; ok && isMemberNumber(number) && !slices.Contains(p.CacheMembers, member) {
			c.Leaving = append(c.Leaving, leaving{Resource: alarmCacheCPU(p, member)})
		}
	}
	c.Resources = append(c.Resources, Resource{Key: keyAlarmStreamRecords, Object: alarm(p, keyAlarmStreamRecords, v1beta1.MetricAlarmParameters{
		AlarmDescription:   p.describe("The stream gets no records"),
		Namespace:          ptr.To("AWS/Kinesis"),
		MetricName:         ptr.To("IncomingRecords"),
		Dimensions:         map[string]*string{"StreamName": &p.StreamName},
		Statistic:          ptr.To("Sum"),
		ComparisonOperator: ptr.To("LessThanThreshold"),
		Threshold:          ptr.To[float64](1),
		EvaluationPeriods:  ptr.To[float64](3),
		// An idle stream sends no data points at all.
		TreatMissingData: ptr.To("breaching"),
	})})
	return c
}

// alarmCacheCPU composes the alarm of one member of the cache: ElastiCache publishes
// CPUUtilization for each cluster, and not for the replication group.
func alarmCacheCPU(p *plan, member string) Resource {
	key := keyAlarmCacheCPU + memberNumber(member)
	return Resource{Key: key, Object: alarm(p, key, v1beta1.MetricAlarmParameters{
		AlarmDescription:   p.describe("The CPU of the cache's cluster " + member + " is busy"),
		Namespace:          ptr.To("AWS/ElastiCache"),
		MetricName:         ptr.To("CPUUtilization"),
		Dimensions:         map[string]*string{"CacheClusterId": ptr.To(member)},
		Statistic:          ptr.To("Average"),
		ComparisonOperator: ptr.To("GreaterThanThreshold"),
		Threshold:          number(p.Monitoring.CacheCPUPercent),
		EvaluationPeriods:  ptr.To[float64](2),
	})}
}

// describe ends an alarm's description with the platform it is of. Whoever gets
// the alarm may not know the names in AWS.
func (p *plan) describe(what string) *string {
	return ptr.To(what + ": data platform " + p.Namespace + "/" + p.Request.Name + ".")
}

func alarm(p *plan, key string, params v1beta1.MetricAlarmParameters) *v1beta1.MetricAlarm {
	suffix := strings.TrimPrefix(key, "alarm-")
	params.Region = &p.Region
	params.Period = ptr.To[float64](alarmPeriod)
	params.AlarmActions = pointers(p.Monitoring.AlarmActions)
	params.Tags = p.tagged(suffix)
	return &v1beta1.MetricAlarm{
		TypeMeta:   typeMeta(v1beta1.MetricAlarm_GroupVersionKind),
		ObjectMeta: p.named(p.externalName(key, suffix), labels(componentMonitoring)),
		Spec: v1beta1.MetricAlarmSpec{
			ManagedResourceSpec: p.managed(key, namedByUs),
			ForProvider:         params,
		},
	}
}

// memberNumber is the end of a cluster's name: 001 of dp-team-orders-001.
func memberNumber(member string) string {
	return member[strings.LastIndex(member, "-")+1:]
}
