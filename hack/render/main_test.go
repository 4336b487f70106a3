package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRunFails(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   string // Part of the error.
	}{
		"NoFile": {
			reason: "There is nothing to guess.",
			want:   "name one file that holds an XDataPlatform or a claim",
		},
		"TwoFiles": {
			reason: "A second file must not be ignored.",
			args:   []string{"a.yaml", "b.yaml"},
			want:   "got 2 arguments",
		},
		"NoTools": {
			reason: "The error says how to get the tools.",
			args:   []string{"-root", t.TempDir(), "a.yaml"},
			want:   `run "make tools" to build it`,
		},
		"UnknownFlag": {
			reason: "A misspelt flag must not be ignored.",
			args:   []string{"-observe", "o", "a.yaml"},
			want:   "-observe",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout := &bytes.Buffer{}

			err := run(t.Context(), tc.args, stdout, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nrun(): want an error with %q, got %v", tc.reason, tc.want, err)
			}

			if stdout.Len() > 0 {
				t.Errorf("%s\nrun(): stdout is for YAML only, got %q", tc.reason, stdout)
			}
		})
	}
}
