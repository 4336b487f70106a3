package preview

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitResults(t *testing.T) {
	cases := map[string]struct {
		reason string
		out    string
		want   *Output
		err    errorContains
	}{
		"Results": {
			reason: "Resources stay as they are; of the events only the function's own are results.",
			out: `---
kind: XThing
message: Not an event.
---
kind: VPC
spec:
  a: "1"
---
kind: Result
severity: Normal
message: 'Successfully selected composition: xthings'
---
kind: Result
severity: Warning
message: 'Pipeline step "compose-platform": ap-northeast-1 has no zone b'
---
kind: Result
severity: Normal
message: Composed resource "vpc" is not yet ready
`,
			want: &Output{
				Resources: []byte("---\nkind: XThing\nmessage: Not an event.\n---\nkind: VPC\nspec:\n  a: \"1\"\n"),
				Results:   []Result{{Severity: "Warning", Message: `Pipeline step "compose-platform": ap-northeast-1 has no zone b`}},
			},
		},
		"NotYAML": {
			reason: "The CLI wrote something else, such as a warning of its own.",
			out:    "}",
			err:    errorContains{"cannot read the CLI's output"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := splitResults([]byte(tc.out))
			tc.err.check(t, err)

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nsplitResults(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
