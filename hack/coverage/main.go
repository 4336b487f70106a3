// Command coverage fails unless a coverage profile has every statement covered,
// and prints those that are not. It leaves out generated files, and main.go,
// which only parses flags and serves.
package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/tools/cover"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "error: name one file that go test -coverprofile wrote")
		os.Exit(2)
	}

	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	defer f.Close() //nolint:errcheck // Only read.

	if err := check(f); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1) //nolint:gocritic // The file was only read.
	}
}

// check a coverage profile.
func check(profile io.Reader) error {
	// A block that the tests of several packages report is there once.
	profiles, err := cover.ParseProfilesFromReader(profile)
	if err != nil {
		return fmt.Errorf("cannot read the coverage profile: %w", err)
	}

	var (
		uncovered []string
		missing   int
		total     int
	)

	for _, p := range profiles {
		if ignored(p.FileName) {
			continue
		}

		for _, b := range p.Blocks {
			total += b.NumStmt

			if b.Count == 0 && b.NumStmt > 0 {
				missing += b.NumStmt

				uncovered = append(uncovered, fmt.Sprintf("%s:%d.%d,%d.%d", p.FileName, b.StartLine, b.StartCol, b.EndLine, b.EndCol))
			}
		}
	}

	if total == 0 {
		return fmt.Errorf("the profile covers nothing")
	}

	if missing > 0 {
		return fmt.Errorf("%d of %d statements are not covered by a test:\n%s", missing, total, strings.Join(uncovered, "\n"))
	}

	return nil
}

func ignored(file string) bool {
	base := path.Base(file)
	return base == "main.go" || strings.HasPrefix(base, "zz_generated")
}
