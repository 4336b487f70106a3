// Package monitoring makes CloudWatch alarms of those that components ask for.
package monitoring

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// component is the value of the alarms' label.
const component = "monitoring"

// period is how long each of an alarm's data points is, in seconds. All
// the metrics here are published at least that often without extra cost.
const period = 300

// maxTopics is how many topics an alarm notifies.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const maxTopics = 5

// Component is the alarms of all components before it.
var Component = kit.Component{
	Condition: "MonitoringReady",
	Resolve: func(p *kit.Plan) (kit.Resolved, error) {
		return kit.Resolved{Compose: func() kit.Part { return compose(p) }}, resolveTopics(p)
	},
}

// resolveTopics chooses the topics that alarms notify. CloudWatch takes those of its own
// region only. A policy is for platforms in every region: each gets those of its own.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func resolveTopics(p *kit.Plan) error {
	own := ptr.Deref(p.Request.Spec.Monitoring, v1alpha1.MonitoringParameters{})
	for i, topic := range own.AlarmActions {
		if region := regionOf(topic); region != p.Region {
			return kit.Invalid(fmt.Sprintf("spec.monitoring.alarmActions[%d]", i), topic, "is in %s, and an alarm notifies topics of its own region only: use one in %s", region, p.Region)
		}
	}

	params := p.Parameters.Monitoring

	params.AlarmActions = slices.DeleteFunc(slices.Clone(params.AlarmActions), func(t v1alpha1.TopicARN) bool { return regionOf(t) != p.Region })
	if n := len(params.AlarmActions); n > maxTopics {
		return kit.InvalidPolicy("defaults.monitoring.alarmActions", params.AlarmActions, "%d topics in %s, and an alarm notifies %d at most: remove some", n, p.Region, maxTopics)
	}

	return nil
}

// regionOf a topic. Its ARN is arn:<partition>:sns:<region>:<account>:<name>; the schema
// has checked its form.
func regionOf(topic v1alpha1.TopicARN) string { return strings.Split(string(topic), ":")[3] }

// compose composes the alarms.
func compose(p *kit.Plan) kit.Part {
	c := kit.Part{}

	for _, a := range p.Alarms {
		switch r := (kit.Resource{Key: a.Key(), Object: alarm(p, a)}); {
		case a.Withheld != "":
			c.Withheld = append(c.Withheld, kit.Withheld{Key: r.Key, Why: a.Withheld})
		case a.Leaving:
			c.Leaving = append(c.Leaving, kit.Leaving{Resource: r})
		default:
			c.Resources = append(c.Resources, r)
		}
	}

	return c
}

func alarm(p *kit.Plan, a kit.Alarm) *cloudwatch.MetricAlarm {
	out := &cloudwatch.MetricAlarm{
		TypeMeta:   kit.TypeMeta(cloudwatch.MetricAlarmGroupVersionKind),
		ObjectMeta: p.Named(p.ExternalName(a.Key(), a.Name), kit.Labels(component)),
		Spec: cloudwatch.MetricAlarmSpec{
			ManagedResourceSpec: p.Managed(a.Key(), cloudwatch.MetricAlarmGroupVersionKind),
			ForProvider: cloudwatch.MetricAlarmParameters{
				Region:             &p.Region,
				AlarmDescription:   describe(p, a.What),
				Namespace:          &a.Namespace,
				MetricName:         &a.Metric,
				Dimensions:         map[string]*string{a.Dimension: &a.Of},
				Statistic:          &a.Statistic,
				ComparisonOperator: &a.Comparison,
				Threshold:          kit.Number(&a.Threshold),
				EvaluationPeriods:  kit.Number(&a.Periods),
				Period:             ptr.To[float64](period),
				AlarmActions:       kit.Pointers(p.Parameters.Monitoring.AlarmActions),
				Tags:               p.Tagged(a.Name),
			},
		},
	}
	if a.Missing != "" {
		out.Spec.ForProvider.TreatMissingData = &a.Missing
	}

	return out
}

// describe ends an alarm's description with the platform it is of. Whoever gets
// the alarm may not know the names in AWS.
func describe(p *kit.Plan, what string) *string {
	return ptr.To(what + ": data platform " + p.Request.Namespace + "/" + p.Request.Name + ".")
}
