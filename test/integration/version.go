package integration

import (
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// compareVersion reports an engine that is not of the version asked for. AWS
// applies minor versions and patches by itself: a later one of the same major
// version will do.
func compareVersion(r *report, where, want, got string) {
	if atLeast(got, want) {
		return
	}

	r.addf("%s: engineVersion: want %q or a later one of its major version, got %q", where, want, got)
}

// atLeast says whether a version is one asked for, or a later one of the same
// major version. What is not asked for may be anything.
func atLeast(got, want string) bool {
	return kit.Major(got) == kit.Major(want) && !kit.Lower(got, want) && strings.Count(got, ".") >= strings.Count(want, ".")
}
