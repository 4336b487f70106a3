package preview

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExamples(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   []Example // Paths are below the directory of the files.
		err    errorContains
	}{
		"Examples": {
			reason: "Every folder with an xr.yaml is an example, every folder in its observed/ a step.",
			files: map[string]string{
				"README.md":                   "",
				"b/xr.yaml":                   thing,
				"b/policy.yaml":               "",
				"b/observed/1-nothing/.keep":  "",
				"a/xr.yaml":                   thing,
				"a/observed/README.md":        "",
				"a/observed/2-ready/all.yaml": "",
				"a/observed/1-nothing/.keep":  "",
			},
			want: []Example{
				{
					Name:     "a",
					Platform: "a/xr.yaml",
					Steps: []Step{
						{Name: "1-nothing", Observed: "a/observed/1-nothing", Expected: "a/expected/1-nothing.yaml"},
						{Name: "2-ready", Observed: "a/observed/2-ready", Expected: "a/expected/2-ready.yaml"},
					},
				},
				{
					Name:     "b",
					Platform: "b/xr.yaml",
					Policy:   "b/policy.yaml",
					Steps:    []Step{{Name: "1-nothing", Observed: "b/observed/1-nothing", Expected: "b/expected/1-nothing.yaml"}},
				},
			},
		},
		"None": {
			reason: "A test of no example at all must not pass.",
			err:    errorContains{"no example in"},
		},
		"NoObserved": {
			reason: "An example without a step would not be tested.",
			files:  map[string]string{"a/xr.yaml": thing},
			err:    errorContains{"example a: ", "observed"},
		},
		"NoStep": {
			reason: "Nor would one with an empty observed/.",
			files:  map[string]string{"a/xr.yaml": thing, "a/observed/README.md": ""},
			err:    errorContains{"example a has no step"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := write(t, tc.files)

			got, err := Examples(dir)
			tc.err.check(t, err)

			for i := range tc.want {
				e := &tc.want[i]
				e.Platform = filepath.Join(dir, e.Platform)

				if e.Policy != "" {
					e.Policy = filepath.Join(dir, e.Policy)
				}

				for j := range e.Steps {
					e.Steps[j].Observed = filepath.Join(dir, e.Steps[j].Observed)
					e.Steps[j].Expected = filepath.Join(dir, e.Steps[j].Expected)
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nExamples(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
