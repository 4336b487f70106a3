package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		reason  string
		profile []string
		want    string // The error; empty if there is none.
	}{
		"Covered": {
			reason: "A block counts as covered if any package's tests run it.",
			profile: []string{
				"m/fn/fn.go:1.2,3.4 2 0",
				"m/fn/fn.go:1.2,3.4 2 1",
			},
		},
		"Uncovered": {
			reason: "Every block that no test runs is listed, in order.",
			profile: []string{
				"m/fn/platform/b.go:1.2,3.4 2 0",
				"m/fn/platform/a.go:5.2,6.4 1 0",
				"m/fn/platform/a.go:7.2,8.4 3 9",
			},
			want: "3 of 6 statements are not covered by a test:\nm/fn/platform/a.go:5.2,6.4\nm/fn/platform/b.go:1.2,3.4",
		},
		"Ignored": {
			reason: "Generated code and main.go need no test, but a name that only ends like them does.",
			profile: []string{
				"m/fn/main.go:1.2,3.4 2 0",
				"m/fn/zz_generated.deepcopy.go:1.2,3.4 2 0",
				"m/fn/domain.go:1.2,3.4 2 1",
			},
		},
		"EndsLikeMain": {
			reason:  "A name that only ends in main.go is not main.go.",
			profile: []string{"m/fn/domain.go:1.2,3.4 2 0"},
			want:    "2 of 2 statements are not covered by a test:\nm/fn/domain.go:1.2,3.4",
		},
		"Empty": {
			reason: "A profile of nothing must not pass for full coverage.",
			want:   "the profile covers nothing",
		},
		"Garbage": {
			reason:  "A file of another format is an error.",
			profile: []string{"hello"},
			want:    `cannot read the coverage profile: line "hello"`,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := check(strings.NewReader("mode: set\n" + strings.Join(tc.profile, "\n"))); err != nil {
				got = err.Error()
			}

			// The rest is in a library's words.
			got, _, _ = strings.Cut(got, " doesn't match")

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ncheck(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
