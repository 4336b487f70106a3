package kit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Version is what is known of an engine's version, besides what is asked for now.
type Version struct {
	// Asked for before.
	Asked string
	// Actual is what AWS has.
	Actual string
	// Made says that AWS has it although its status is not to be seen.
	Made bool
	// Developer says that the developer asks for it now, and not a policy.
	Developer bool
	// AllowMajor lets it reach a new major version.
	AllowMajor bool
	// HowMajor says how to allow that.
	HowMajor string
}

// Keep is the version of an engine to ask for, where AWS may have one already. It
// never falls below that, and reaches a new major version only when that is allowed: AWS
// can't go back. What was asked for and AWS never took doesn't count. A policy that would
// have it otherwise holds for what is still to be made. Where AWS has upgraded the engine
// by itself, asking for what was asked for before is fine: the provider ignores that it
// is lower.
func (v Version) Keep(field, want string) (string, error) {
	has := v.Actual
	if has == "" && v.Made {
		has = v.Asked
	}

	if has == "" || v.Asked == want {
		return want, nil
	}

	falls := Lower(want, has)
	if !falls && (Major(want) == Major(has) || v.AllowMajor) {
		return want, nil
	}

	if !v.Developer {
		// What was asked for stays, unless AWS has refused it or is yet to do it.
		if Lower(has, v.Asked) {
			return release(has), nil
		}

		return v.Asked, nil
	}

	if falls {
		return "", Invalid(field, want, "AWS has %s, and can't go back: use that version or a higher one", has)
	}

	return "", Invalid(field, want, "is a new major version, and AWS has %s: %s", has, v.HowMajor)
}

// Major is the major version of a version.
func Major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// release is a version without its patch: 7.0 of 7.0.7, which is how ElastiCache is asked
// for it.
func release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// Lower compares the parts that two versions both have, as numbers. One without a minor
// version is not lower than another of the same major version, and none is lower than nothing.
func Lower(a, b string) bool {
	one, other := strings.Split(a, "."), strings.Split(b, ".")
	n := min(len(one), len(other))

	return slices.CompareFunc(one[:n], other[:n], func(a, b string) int { return cmp.Compare(number(a), number(b)) }) < 0
}

// number of a part of a version: -1 of what is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}

	return n
}
