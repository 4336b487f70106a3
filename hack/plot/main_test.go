package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sweep = `{
  "machine": "2 CPUs",
  "zones": [{"server": "floor", "zones": 2, "callers": 1, "cpu": 9}, {"server": "function", "zones": 2, "callers": 1, "cpu": 4},
            {"server": "floor", "zones": 3, "callers": 1, "cpu": 12}, {"server": "function", "zones": 3, "callers": 1, "cpu": 5}],
  "callers": [{"server": "floor", "callers": 1, "rate": 100}, {"server": "floor", "callers": 64, "rate": 250}]
}`

func TestBench(t *testing.T) {
	cases := map[string]struct {
		reason string
		stdin  string
		want   map[string][]string
		err    string
	}{
		"Drawn": {
			reason: "A picture names the machine and each server.",
			stdin:  sweep,
			want: map[string][]string{
				"bench-zones.svg":   {">All observed, one caller: 2 CPUs<", ">floor<", ">function<", ">zones<"},
				"bench-callers.svg": {">All observed, two zones: 2 CPUs<", ">floor<", ">64<", ">calls a second<"},
			},
		},
		"Empty":  {reason: "A sweep of nothing is refused.", stdin: `{}`, err: "there are points of 0 servers"},
		"NoJSON": {reason: "What is no sweep is refused.", stdin: `?`, err: "cannot read a sweep"},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()

			err := run(t.Context(), []string{"bench", dir}, strings.NewReader(tc.stdin))
			if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
				t.Fatalf("%s\nrun(...): want error %q, got %v", tc.reason, tc.err, err)
			}

			for file, texts := range tc.want {
				b, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}

				for _, text := range texts {
					if !strings.Contains(string(b), text) {
						t.Errorf("%s\n%s: want %q in:\n%s", tc.reason, file, text, b)
					}
				}
			}
		})
	}
}

// prometheus answers every query with two series, or refuses it.
func prometheus(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.FormValue("query"), "$") {
		_, _ = io.WriteString(w, `{"status":"error","error":"parse error"}`)
		return
	}

	_, _ = io.WriteString(w, `{"data":{"result":[
		{"metric":{"outcome":"OK"},"values":[[1767225600,"1.5"],[1767225660,"NaN"],[1767225720,"2"]]},
		{"metric":{"outcome":"Fatal"},"values":[[1767225600,"NaN"]]}]}}`)
}

func TestDashboard(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(prometheus))
	defer s.Close()

	cases := map[string]struct {
		reason string
		board  string
		want   []string
		err    string
	}{
		"Drawn": {
			reason: "Each panel over time is drawn, with its unit and the legend of each series.",
			board: `{"panels":[
				{"title":"Calls","type":"timeseries","fieldConfig":{"defaults":{"unit":"reqps"}},"targets":[{"expr":"rate(a{job=~\"$job\"}[5m])","legendFormat":"{{outcome}}"}]},
				{"title":"Memory","type":"timeseries","targets":[{"expr":"b","legendFormat":"all"}]},
				{"title":"Version","type":"stat","targets":[{"expr":"c"}]}]}`,
			want: []string{">Calls (reqps)<", ">OK<", ">Fatal<", ">Memory<", ">all<"},
		},
		"Refused": {
			reason: "An expression that Prometheus refuses is named.",
			board:  `{"panels":[{"title":"Calls","type":"timeseries","targets":[{"expr":"$x"}]}]}`,
			err:    `panel "Calls": prometheus refuses "$x": parse error`,
		},
		"Empty": {reason: "A dashboard without panels is refused.", board: `{}`, err: "has no panel over time"},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			board, picture := filepath.Join(dir, "dashboard.json"), filepath.Join(dir, "dashboard.svg")

			if err := os.WriteFile(board, []byte(tc.board), 0o600); err != nil {
				t.Fatal(err)
			}

			err := run(t.Context(), []string{"dashboard", s.URL, board, "2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z", picture}, nil)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s\nrun(...): want error %q, got %v", tc.reason, tc.err, err)
				}

				return
			}

			b, rerr := os.ReadFile(picture)
			if err != nil || rerr != nil {
				t.Fatal(err, rerr)
			}

			for _, text := range tc.want {
				if !strings.Contains(string(b), text) {
					t.Errorf("%s\nwant %q in:\n%s", tc.reason, text, b)
				}
			}
		})
	}
}
