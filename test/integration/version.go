package integration

import (
	"strconv"
	"strings"
)

// compareVersion reports an engine that is not of the version asked for. AWS
// applies minor versions and patches by itself: a later one of the same major
// version will do.
func compareVersion(r *report, where, want, got string) {
	if atLeast(parts(got), parts(want)) {
		return
	}

	r.addf("%s: engineVersion: want %q or a later one of its major version, got %q", where, want, got)
}

// atLeast says whether a version is one asked for, or a later one of the same
// major version. What is not asked for may be anything.
func atLeast(got, want []int) bool {
	if len(got) == 0 || len(want) == 0 || got[0] != want[0] {
		return false
	}

	for i := 1; i < len(want); i++ {
		if i >= len(got) {
			return false
		}

		if got[i] != want[i] {
			return got[i] > want[i]
		}
	}

	return true
}

// parts are the numbers of a version such as 15.15, or nil if it is none.
func parts(version string) []int {
	var numbers []int

	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}

		numbers = append(numbers, n)
	}

	return numbers
}
