package platform

import (
	"strconv"
	"strings"
)

// keepVersion is the version of an engine to ask for, where AWS may have one already. It
// never falls below that, and reaches a new major version only when that is allowed: AWS
// can't go back. What was asked for and AWS never took doesn't count. A policy that would
// have it otherwise holds for what is still to be made. Where AWS has upgraded the engine
// by itself, asking for what was asked for before is fine: the provider ignores that it
// is lower. What was made says that AWS has it although its status is not to be seen.
func keepVersion(field, want string, o Observation, made, developer, allowMajor bool) (string, error) {
	asked, has := o.Spec.EngineVersion, o.Status.EngineVersionActual
	if has == "" && made {
		has = asked
	}
	if has == "" || asked == want {
		return want, nil
	}

	falls := lower(want, has)
	if !falls && (major(want) == major(has) || allowMajor) {
		return want, nil
	}
	if !developer {
		// What was asked for stays, unless AWS has refused it or is yet to do it.
		if lower(has, asked) {
			return release(has), nil
		}
		return asked, nil
	}
	if falls {
		return "", invalid(field, want, "AWS has %s, and can't go back: use that version or a higher one", has)
	}
	return "", invalid(field, want, "is a new major version, and AWS has %s: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it", has)
}

// major is the major version of a version.
func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// release is a version without its patch: 7.0 of 7.0.7, which is how ElastiCache is asked
// for it.
func release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// lower compares two versions as major.minor. One without a minor version is not lower
// than another of the same major version, and none is lower than nothing.
func lower(a, b string) bool {
	if major(a) != major(b) {
		return atoi(major(a)) < atoi(major(b))
	}
	_, minorA, okA := strings.Cut(release(a), ".")
	_, minorB, okB := strings.Cut(release(b), ".")
	return okA && okB && atoi(minorA) < atoi(minorB)
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
