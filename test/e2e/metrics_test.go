package e2e

import (
	"net/http"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metricResponses is Crossplane's count of the answers of functions.
const metricResponses = "function_run_function_response_total"

// samples are a program's metrics.
type samples map[string]*dto.MetricFamily

// scrape reads the metrics of a program.
func scrape(t *testing.T, url string) samples {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()

	parser := expfmt.NewTextParser(model.UTF8Validation)

	out, err := parser.TextToMetricFamilies(rsp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return out
}

// total of a metric, over all its labels.
func (s samples) total(name string) float64 {
	var sum float64
	for _, m := range s[name].GetMetric() {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}

	return sum
}

// failed calls of functions, as Crossplane counts them: those that got an error, or a fatal
// result.
func (s samples) failed() float64 {
	var sum float64

	for _, m := range s[metricResponses].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "grpc_code" && l.GetValue() != "OK" || l.GetName() == "result_severity" && l.GetValue() == "Fatal" {
				sum += m.GetCounter().GetValue()
				break
			}
		}
	}

	return sum
}

// calls of a function.
func (s samples) calls() float64 { return s.total("dataplatform_function_calls_total") }

// kept is how many calls a function has answered from its cache.
func (s samples) kept() float64 {
	var sum float64

	for _, m := range s["dataplatform_function_answer_cache_requests_total"].GetMetric() {
		if m.GetLabel()[0].GetValue() == "hit" {
			sum += m.GetCounter().GetValue()
		}
	}

	return sum
}

// cpu that a program has used, in seconds.
func (s samples) cpu() float64 { return s.total("process_cpu_seconds_total") }
