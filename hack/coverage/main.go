// Command coverage fails unless a coverage profile has every statement covered,
// and prints those that are not. It leaves out generated files, and main.go,
// which only parses flags and serves.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
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

// A block is the part of a file between two positions.
type block struct {
	file, position string
}

// check a coverage profile.
func check(profile io.Reader) error {
	counts := map[block]int{}
	statements := map[block]int{}

	s := bufio.NewScanner(profile)
	for s.Scan() {
		if strings.HasPrefix(s.Text(), "mode: ") {
			continue
		}

		b, n, count, err := parseLine(s.Text())
		if err != nil {
			return err
		}

		// Each package's tests report every block.
		counts[b] += count
		statements[b] = n
	}

	if err := s.Err(); err != nil {
		return err
	}

	var (
		uncovered []string
		missing   int
		total     int
	)

	for b, n := range statements {
		if ignored(b.file) {
			continue
		}

		total += n

		if counts[b] == 0 && n > 0 {
			missing += n

			uncovered = append(uncovered, b.file+":"+b.position)
		}
	}

	if total == 0 {
		return fmt.Errorf("the profile covers nothing")
	}

	if missing > 0 {
		slices.Sort(uncovered)
		return fmt.Errorf("%d of %d statements are not covered by a test:\n%s", missing, total, strings.Join(uncovered, "\n"))
	}

	return nil
}

func ignored(file string) bool {
	base := path.Base(file)
	return base == "main.go" || strings.HasPrefix(base, "zz_generated")
}

// parseLine reads <file>:<position> <statements> <count>.
func parseLine(line string) (b block, statements, count int, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return block{}, 0, 0, fmt.Errorf("not a line of a coverage profile: %q", line)
	}

	file, position, ok := strings.Cut(fields[0], ":")
	if !ok {
		return block{}, 0, 0, fmt.Errorf("not a line of a coverage profile: %q", line)
	}

	if statements, err = strconv.Atoi(fields[1]); err != nil {
		return block{}, 0, 0, err
	}

	if count, err = strconv.Atoi(fields[2]); err != nil {
		return block{}, 0, 0, err
	}

	return block{file: file, position: position}, statements, count, nil
}
