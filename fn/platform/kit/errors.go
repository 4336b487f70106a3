package kit

import (
	"fmt"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
)

// Invalid says which field can't hold which value, and what to do about it.
func Invalid(field string, value any, format string, args ...any) error {
	return errors.Errorf("%s: invalid value %s: %s", brief.Text(field, brief.MaxValue), brief.Value(value), fmt.Sprintf(format, args...))
}

// InvalidPolicy says which field of the policy can't hold which value. Nobody but the
// platform team can do something about it.
func InvalidPolicy(field string, value any, format string, args ...any) error {
	return errors.Wrap(Invalid(field, value, format, args...), "the platform team's policy, which is the function's input")
}

// Keep returns the value that a resource has, if any, where it can't change: why says
// what keeps it. A developer who asks for another is told; a policy holds for what is
// still to be made.
func Keep[S ~string](field string, has, want S, developer bool, why string) (S, error) {
	if has == "" || has == want {
		return want, nil
	}

	if developer {
		return "", Invalid(field, want, "the platform has %s, and %s: use that, or create another platform", has, why)
	}

	return has, nil
}
