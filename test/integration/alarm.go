package integration

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
)

// treatMissing is how CloudWatch treats missing data where nobody says how.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const treatMissing = "missing"

// checkAlarms compares every alarm that the function composes.
func checkAlarms(ctx context.Context, client cloudwatch.DescribeAlarmsAPIClient, e *expectation) ([]string, error) {
	r := &report{}

	desired := composedAs[*managed.MetricAlarm](e)
	for _, key := range slices.Sorted(maps.Keys(desired)) {
		name := nameOf(desired[key])

		out, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
		if err != nil {
			return r.differences, fmt.Errorf("cannot describe alarm %s: %w", name, err)
		}

		if len(out.MetricAlarms) != 1 {
			r.addf("alarm %s: want it to exist, got %d of it", name, len(out.MetricAlarms))

			continue
		}

		compareAlarm(r, "alarm "+name, desired[key].Spec.ForProvider, out.MetricAlarms[0])
	}

	return r.differences, nil
}

func compareAlarm(r *report, where string, want managed.MetricAlarmParameters, got types.MetricAlarm) {
	compare(r, where, "namespace", aws.ToString(want.Namespace), aws.ToString(got.Namespace))
	compare(r, where, "metricName", aws.ToString(want.MetricName), aws.ToString(got.MetricName))
	compareSets(r, where, "dimensions", composedDimensions(want.Dimensions), dimensions(got.Dimensions))
	compare(r, where, "statistic", aws.ToString(want.Statistic), string(got.Statistic))
	compare(r, where, "period", aws.ToFloat64(want.Period), number(got.Period))
	compare(r, where, "evaluationPeriods", aws.ToFloat64(want.EvaluationPeriods), number(got.EvaluationPeriods))
	compare(r, where, "comparisonOperator", aws.ToString(want.ComparisonOperator), string(got.ComparisonOperator))
	compare(r, where, "threshold", threshold(want.Threshold), threshold(got.Threshold))
	compare(r, where, "treatMissingData", orMissing(want.TreatMissingData), orMissing(got.TreatMissingData))
	compareSets(r, where, "alarmActions", stringsOf(want.AlarmActions), got.AlarmActions)

	// Actions are enabled where nobody says otherwise, and CloudWatch always
	// shows which.
	compare(r, where, "actionsEnabled", want.ActionsEnabled == nil || *want.ActionsEnabled, aws.ToBool(got.ActionsEnabled))
}

// threshold tells none from 0.
func threshold(t *float64) string {
	if t == nil {
		return "none"
	}

	return fmt.Sprint(*t)
}

func orMissing(treat *string) string {
	if s := aws.ToString(treat); s != "" {
		return s
	}

	return treatMissing
}

func composedDimensions(ds map[string]*string) []string {
	var out []string
	for name, value := range ds {
		out = append(out, name+"="+aws.ToString(value))
	}

	return out
}

func dimensions(ds []types.Dimension) []string {
	var out []string
	for _, d := range ds {
		out = append(out, aws.ToString(d.Name)+"="+aws.ToString(d.Value))
	}

	return out
}
