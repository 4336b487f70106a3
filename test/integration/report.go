package integration

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A report lists what differs between what AWS shows and what the function
// composes, one line for each difference: what, where, want and got.
type report struct {
	differences []string
}

// compare reports a field of something in AWS that is not as composed.
func compare[T any](r *report, where, field string, want, got T) {
	if reflect.DeepEqual(want, got) {
		return
	}

	r.addf("%s: %s: want %s, got %s", where, field, show(want), show(got))
}

// compareSets is compare for lists whose order means nothing.
func compareSets(r *report, where, field string, want, got []string) {
	compare(r, where, field, sorted(want), sorted(got))
}

// addf reports a difference in words.
func (r *report) addf(format string, args ...any) {
	r.differences = append(r.differences, fmt.Sprintf(format, args...))
}

func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}

	return fmt.Sprintf("%v", v)
}

// sorted returns a sorted copy of a list, which is never nil.
func sorted(list []string) []string {
	out := append([]string{}, list...)
	slices.Sort(out)

	return out
}

// stringsOf returns what pointers point to.
func stringsOf(pointers []*string) []string {
	out := make([]string, 0, len(pointers))

	for _, p := range pointers {
		if p != nil {
			out = append(out, *p)
		}
	}

	return out
}

// number is a whole number of AWS's as provider-aws's types have it.
func number(n *int32) float64 {
	if n == nil {
		return 0
	}

	return float64(*n)
}
