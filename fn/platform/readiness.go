package platform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// Reasons of a component's condition.
const (
	reasonAvailable = "Available"
	reasonCreating  = "Creating"
	reasonFailing   = "Failing"
)

// unresolved begins what a provider says of a resource whose references have
// nothing to refer to yet. While a platform is created that is no failure, and what they are
// to refer to is told of as well.
const unresolved = "cannot resolve references"

// maxNamed is how many resources a condition names. The rest are counted: a
// condition is read in a terminal.
const maxNamed = 5

// A Condition says how a component of the platform is.
type Condition struct {
	Type    string
	Status  bool
	Reason  string
	Message string
}

// readiness tells a component's condition from what it is made of: it is true when all
// resources are ready, none fails and none is still to come. Otherwise it says which are
// not and why, in the provider's own words where it has any but that it creates them.
func readiness(p *kit.Plan, condition string, of kit.Part) Condition {
	failing, waiting := slices.Clone(of.Failing), []string(nil)
	for _, w := range of.Withheld {
		waiting = append(waiting, w.String())
	}

	for _, r := range of.Resources {
		o, exists := p.Request.Observed[r.Key]
		switch {
		case !exists || strings.HasPrefix(o.Synced.Message, unresolved):
			waiting = append(waiting, r.Key)
		case o.Synced.False():
			failing = append(failing, r.Key+": "+told(p, failing, o.Synced.Message))
		case o.LastAsyncOperation.False():
			failing = append(failing, r.Key+": "+told(p, failing, o.LastAsyncOperation.Message))
		case !r.Ready:
			item := r.Key
			if why := because(o.Ready); why != "" {
				item += " (" + told(p, waiting, why) + ")"
			}

			waiting = append(waiting, item)
		}
	}

	switch {
	case len(failing) > 0:
		return Condition{Type: condition, Reason: reasonFailing, Message: list(failing, "; ")}
	case len(waiting) > 0:
		return Condition{Type: condition, Reason: reasonCreating, Message: "waiting for " + list(waiting, ", ")}
	default:
		return Condition{Type: condition, Status: true, Reason: reasonAvailable}
	}
}

// told is a provider's message as it may be told after others: without secrets, and cut,
// because a condition has several. After those that are named it is only counted.
func told(p *kit.Plan, others []string, message string) string {
	if len(others) >= maxNamed {
		return ""
	}

	return brief.Text(p.Mask(message), brief.MaxText)
}

// because says why a resource is not ready, if it is more than that it is being created. Each
// change of a condition is a write of the XR, which wakes it: a resource on its way is only
// named, through all the states that it passes.
func because(ready kit.ObservedCondition) string {
	if ready.Message != "" || ready.Reason == reasonCreating {
		return ready.Message
	}

	return ready.Reason
}

func list(items []string, sep string) string {
	if more := len(items) - maxNamed; more > 0 {
		return strings.Join(items[:maxNamed], sep) + fmt.Sprintf("%sand %d more", sep, more)
	}

	return strings.Join(items, sep)
}
