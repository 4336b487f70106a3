package platform

import (
	"encoding/json"
	"fmt"

	"github.com/crossplane/function-sdk-go/errors"
)

// invalid says which field can't hold which value, and what to do about it.
func invalid(field string, value any, format string, args ...any) error {
	b, err := json.Marshal(value)
	if err != nil {
		b = fmt.Append(nil, value)
	}
	return errors.Errorf("%s: invalid value %s: %s", field, b, fmt.Sprintf(format, args...))
}

// invalidPolicy says which field of the policy can't hold which value. Nobody but the
// platform team can do something about it.
func invalidPolicy(field string, value any, format string, args ...any) error {
	return errors.Wrap(invalid(field, value, format, args...), "the platform team's policy, which is the function's input")
}
