package server

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

var update = flag.Bool("update", false, "rewrite the table of metrics in docs/observability.md")

const (
	document  = "../../docs/observability.md"
	alerts    = "../../observability/alerts.yaml"
	dashboard = "../../observability/dashboard.json"
)

// everyMetric that a function has.
func everyMetric(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()

	r := run(t, function(func(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		return composed(true), nil
	}))
	if _, err := invoke(t.Context(), r.dial(t, r.client), requestOf("a")); err != nil {
		t.Fatal(err)
	}

	eventually(t, "the call ends", func() bool { return r.runner.open.Load() == 0 })

	return r.scrape(t)
}

func labelsOf(f *dto.MetricFamily) []string {
	out := []string{}
	for _, l := range f.GetMetric()[0].GetLabel() {
		out = append(out, l.GetName())
	}

	return out
}

// The table in the document is what a function serves.
func TestDocument(t *testing.T) {
	table := &strings.Builder{}
	table.WriteString("| metric | type | labels | |\n|---|---|---|---|\n")

	families := everyMetric(t)

	names := []string{}

	for name := range families {
		if strings.HasPrefix(name, namespace+"_") {
			names = append(names, name)
		}
	}

	slices.Sort(names)

	for _, name := range names {
		f := families[name]

		labels := ""
		if l := labelsOf(f); len(l) > 0 {
			labels = "`" + strings.Join(l, "`, `") + "`"
		}

		fmt.Fprintf(table, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()), labels, f.GetHelp())
	}

	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}

	before, rest, found := strings.Cut(string(b), "<!-- metrics -->\n")
	got, after, closed := strings.Cut(rest, "<!-- /metrics -->\n")

	if !found || !closed {
		t.Fatalf("%s has no place for the metrics", document)
	}

	if got == table.String() {
		return
	}

	if !*update {
		t.Fatalf("%s has other metrics than the function; run go test ./fn/server -update", document)
	}

	if err := os.WriteFile(document, []byte(before+"<!-- metrics -->\n"+table.String()+"<!-- /metrics -->\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An expression in PromQL, and where it is.
type expression struct{ where, text string }

func expressions(t *testing.T) []expression {
	t.Helper()

	rules := struct {
		Groups []struct {
			Rules []struct {
				Alert string `json:"alert"`
				Expr  string `json:"expr"`
			} `json:"rules"`
		} `json:"groups"`
	}{}

	read(t, alerts, func(b []byte) error { return yaml.Unmarshal(b, &rules) })

	board := struct {
		Panels []struct {
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}{}

	read(t, dashboard, func(b []byte) error { return json.Unmarshal(b, &board) })

	out := []expression{}

	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			out = append(out, expression{r.Alert, r.Expr})
		}
	}

	for _, p := range board.Panels {
		for _, target := range p.Targets {
			out = append(out, expression{p.Title, target.Expr})
		}
	}

	return out
}

func read(t *testing.T, file string, decode func([]byte) error) {
	t.Helper()

	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	if err := decode(b); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// Alerts and panels are about metrics that exist, and labels that these have. Values of labels
// are those in the document.
func TestExpressions(t *testing.T) {
	var (
		metric  = regexp.MustCompile(`\b((?:dataplatform|process|go)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
		matcher = regexp.MustCompile(`(\w+)(?:=~|!~|!=|=)"([^"]*)"`)
		suffix  = regexp.MustCompile(`_(bucket|sum|count)$`)
	)

	doc := ""

	read(t, document, func(b []byte) error { doc = string(b); return nil })

	families := everyMetric(t)
	used := map[string]bool{}

	for _, e := range expressions(t) {
		found := metric.FindAllStringSubmatch(e.text, -1)
		if len(found) == 0 {
			t.Errorf("%s: %s: there is no metric in it", e.where, e.text)
		}

		for _, m := range found {
			f := families[m[1]]
			if f == nil && families[suffix.ReplaceAllString(m[1], "")].GetType() == dto.MetricType_HISTOGRAM {
				f = families[suffix.ReplaceAllString(m[1], "")]
			}

			if f == nil {
				t.Errorf("%s: %s: there is no %s", e.where, e.text, m[1])
				continue
			}

			used[f.GetName()] = true

			for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
				if l[1] == "job" { // Of Prometheus itself.
					continue
				}

				if !slices.Contains(labelsOf(f), l[1]) {
					t.Errorf("%s: %s: %s has no label %s", e.where, e.text, m[1], l[1])
				}

				for v := range strings.SplitSeq(l[2], "|") {
					if !strings.Contains(doc, "`"+v+"`") && v != "true" && v != "false" && v != "hit" {
						t.Errorf("%s: %s: %s says nothing of %s %q", e.where, e.text, document, l[1], v)
					}
				}
			}
		}
	}

	for name := range families {
		if strings.HasPrefix(name, namespace+"_") && !used[name] {
			t.Errorf("neither an alert nor a panel uses %s", name)
		}
	}
}
