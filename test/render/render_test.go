// Package render tests what a user of the official CLI sees: every step of every
// example, rendered by the CLI and by Crossplane itself, equals the file that
// the example expects. After a change that is meant to be seen, run
//
//	go test ./test/render -update
//
// and read the difference.
package render

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/internal/preview"
)

const root = "../.."

var update = flag.Bool("update", false, "write what is rendered to the examples' expected files")

// newRenderer serves the function for as long as a test runs.
func newRenderer(t *testing.T) *preview.Renderer {
	t.Helper()

	bin, err := preview.FindBinaries(root)
	if err != nil {
		t.Fatal(err)
	}

	fn, err := preview.Serve(t.Context(), bin.Function, io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(fn.Stop)

	r, err := preview.NewRenderer(root, bin, fn.Target)
	if err != nil {
		t.Fatal(err)
	}

	return r
}

func TestExamples(t *testing.T) {
	examples, err := preview.Examples(filepath.Join(root, "examples"))
	if err != nil {
		t.Fatal(err)
	}

	r := newRenderer(t)

	for _, e := range examples {
		expected := map[string]bool{}

		for _, step := range e.Steps {
			expected[filepath.Base(step.Expected)] = true

			t.Run(e.Name+"/"+step.Name, func(t *testing.T) {
				got := render(t, r, preview.Request{Platform: e.Platform, Observed: step.Observed, Policy: e.Policy})

				if *update {
					write(t, step.Expected, got)
				}

				want, err := os.ReadFile(step.Expected)
				if err != nil {
					t.Fatalf("%v; run \"go test ./test/render -update\" to write it", err)
				}

				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s: -want, +got:\n%s", step.Expected, diff)
				}
			})
		}

		t.Run(e.Name+"/stale", func(t *testing.T) {
			// A step that was renamed must not leave its expectation behind.
			files, err := filepath.Glob(filepath.Join(filepath.Dir(e.Platform), "expected", "*"))
			if err != nil {
				t.Fatal(err)
			}

			for _, file := range files {
				if !expected[filepath.Base(file)] {
					t.Errorf("%s belongs to no step in observed/; remove it", file)
				}
			}
		})
	}
}

// render returns the rendered resources, and what the function had to say.
func render(t *testing.T, r *preview.Renderer, req preview.Request) string {
	t.Helper()

	out, err := r.Render(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}

	b := &strings.Builder{}
	b.Write(out.Resources)

	for _, result := range out.Results {
		b.WriteString("---\n# " + strings.ReplaceAll(result.String(), "\n", "\n# ") + "\n")
	}

	return b.String()
}

func write(t *testing.T, file, data string) {
	t.Helper()

	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFatal(t *testing.T) {
	// The region is the only field without a default.
	file := filepath.Join(t.TempDir(), "xr.yaml")
	write(t, file, `apiVersion: dataplatform.crossplane.io/v1alpha1
kind: XDataPlatform
metadata:
  name: orders
  namespace: team-a
spec: {}
`)

	_, err := newRenderer(t).Render(t.Context(), preview.Request{Platform: file})

	var fatal *preview.FatalError
	if !errors.As(err, &fatal) {
		t.Fatalf("Render(): want a *preview.FatalError, got %v", err)
	}

	if diff := cmp.Diff("compose-platform", fatal.Step); diff != "" {
		t.Errorf("FatalError.Step: -want, +got:\n%s", diff)
	}

	if !strings.Contains(fatal.Message, "region") {
		t.Errorf("FatalError.Message: want it to name the region, got %q", fatal.Message)
	}
}

func TestParallel(t *testing.T) {
	// Two people, or two jobs of one machine, preview at once: each has a
	// function of its own, on a port of its own.
	const runs = 4

	req := preview.Request{Platform: filepath.Join(root, "examples", "default", "xr.yaml")}
	want := render(t, newRenderer(t), req)

	renderers := make([]*preview.Renderer, runs)
	for i := range renderers {
		renderers[i] = newRenderer(t)
	}

	got := make([][]byte, runs)
	errs := make([]error, runs)

	wg := sync.WaitGroup{}
	for i, r := range renderers {
		wg.Go(func() {
			out, err := r.Render(t.Context(), req)
			if err == nil {
				got[i] = out.Resources
			}

			errs[i] = err
		})
	}

	wg.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}

	for i := range got {
		if !bytes.HasPrefix([]byte(want), got[i]) {
			t.Errorf("run %d: -want, +got:\n%s", i, cmp.Diff(want, string(got[i])))
		}
	}
}
