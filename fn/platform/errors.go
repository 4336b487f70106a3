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
