package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExamples compares what the examples observe with what make examples would
// write: after a change of what is composed, they would tell an old story.
func TestExamples(t *testing.T) {
	const root = "../.."

	want, err := examples(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}

	for path, data := range want {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v: run make examples", err)
			continue
		}

		if diff := cmp.Diff(string(data), string(got)); diff != "" {
			t.Errorf("%s: run make examples: -want, +got:\n%s", path, diff)
		}
	}

	files, err := filepath.Glob(filepath.Join(root, "examples", "*", "observed", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), files); diff != "" {
		t.Errorf("files: -want, +got:\n%s", diff)
	}
}
