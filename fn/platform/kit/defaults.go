package kit

import (
	"encoding/json"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// DefaultNamePrefix starts names in AWS where the policy sets no prefix. It
// makes every name start with a letter, as most of AWS asks, whatever the
// namespace starts with.
const DefaultNamePrefix = "dp"

// layer puts layers of parameters, in JSON, over the reference defaults: a
// field of a later layer wins, a list replaces a list, and maps are joined.
// Fields that parameters don't have are ignored.
func layer(layers ...json.RawMessage) (v1alpha1.Parameters, error) {
	p := v1alpha1.Defaults()

	for _, l := range layers {
		if len(l) == 0 {
			continue
		}

		if err := json.Unmarshal(l, &p); err != nil {
			return v1alpha1.Parameters{}, err
		}
	}

	return p, nil
}
