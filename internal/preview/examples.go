package preview

import (
	"fmt"
	"os"
	"path/filepath"
)

// An Example is one folder of examples/: a platform, and what exists of it at
// each step of its life.
type Example struct {
	Name     string
	Platform string
	Policy   string // Empty if the example has no policy.yaml.
	Steps    []Step
}

// A Step is a moment in the life of an example.
type Step struct {
	Name     string
	Observed string // A directory.
	Expected string // The file that holds what must be rendered.
}

// Examples returns the examples in a directory.
func Examples(dir string) ([]Example, error) {
	platforms, err := filepath.Glob(filepath.Join(dir, "*", "xr.yaml"))
	if err != nil {
		return nil, err
	}

	if len(platforms) == 0 {
		return nil, fmt.Errorf("no example in %s: there is no %s", dir, filepath.Join(dir, "*", "xr.yaml"))
	}

	examples := make([]Example, 0, len(platforms))

	for _, platform := range platforms {
		folder := filepath.Dir(platform)
		e := Example{Name: filepath.Base(folder), Platform: platform}

		if policy := filepath.Join(folder, "policy.yaml"); exists(policy) {
			e.Policy = policy
		}

		// ReadDir sorts, so steps are in the order of their names.
		entries, err := os.ReadDir(filepath.Join(folder, "observed"))
		if err != nil {
			return nil, fmt.Errorf("example %s: %w", e.Name, err)
		}

		for _, entry := range entries {
			if entry.IsDir() {
				e.Steps = append(e.Steps, Step{
					Name:     entry.Name(),
					Observed: filepath.Join(folder, "observed", entry.Name()),
					Expected: filepath.Join(folder, "expected", entry.Name()+".yaml"),
				})
			}
		}

		if len(e.Steps) == 0 {
			return nil, fmt.Errorf("example %s has no step: add a directory to %s", e.Name, filepath.Join(folder, "observed"))
		}

		examples = append(examples, e)
	}

	return examples, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
