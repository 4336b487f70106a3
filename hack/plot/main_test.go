package main

import (
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

func TestRun(t *testing.T) {
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

			err := run([]string{dir}, strings.NewReader(tc.stdin))
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
