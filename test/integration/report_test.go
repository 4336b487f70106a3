package integration

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// errAWS is what a stub answers where AWS refuses to.
var errAWS = errors.New("access denied")

// one returns the item of a list that a page token names, and the token of the
// next. AWS's pages may be as short as that.
func one[T any](list []T, token *string) (items []T, next *string) {
	i := 0
	if token != nil {
		i = len(*token)
	}

	if i >= len(list) {
		return nil, nil
	}

	if i+1 < len(list) {
		more := "....................................."[:i+1]
		next = &more
	}

	return list[i : i+1], next
}

// assert compares what a check found with what it must find.
func assert(t *testing.T, reason string, want, got []string, wantErr string, err error) {
	t.Helper()

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n-want differences, +got differences:\n%s", reason, diff)
	}

	if diff := cmp.Diff(wantErr, message(err)); diff != "" {
		t.Errorf("%s\n-want error, +got error:\n%s", reason, diff)
	}
}

func TestCompare(t *testing.T) {
	r := &report{}
	compare(r, "a", "equal", "x", "x")
	compare(r, "a", "text", "x", "")
	compare(r, "a", "number", 80.0, 75.5)
	compare(r, "a", "switch", true, false)
	compareSets(r, "a", "order", []string{"x", "y"}, []string{"y", "x"})
	compareSets(r, "a", "empty", nil, []string{})
	compareSets(r, "a", "twice", []string{"x"}, []string{"x", "x"})

	want := []string{
		`a: text: want "x", got ""`,
		"a: number: want 80, got 75.5",
		"a: switch: want true, got false",
		"a: twice: want [x], got [x x]",
	}
	if diff := cmp.Diff(want, r.differences); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
