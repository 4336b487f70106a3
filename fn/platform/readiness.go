package platform

import (
	"fmt"
	"strings"
)

// Reasons of a component's condition.
const (
	reasonAvailable = "Available"
	reasonCreating  = "Creating"
	reasonFailing   = "Failing"
)

// unresolved begins what a provider says of a resource whose references have
// nothing to refer to yet. While a platform is created that is no failure.
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

// readiness returns how to tell a component's condition from its resources: it
// is true when all are ready and none fails. Otherwise it says which are not
// and why, in the provider's own words where it has any.
func readiness(condition string) func(p *plan, rs []Resource) Condition {
	return func(p *plan, rs []Resource) Condition {
		var failing, waiting []string
		for _, r := range rs {
			o, exists := p.Observed[r.Key]
			switch {
			case strings.HasPrefix(o.Synced.Message, unresolved):
				waiting = append(waiting, r.Key+" ("+masked(p, o.Synced.Message)+")")
			case o.Synced.False():
				failing = append(failing, r.Key+": "+masked(p, o.Synced.Message))
			case o.LastAsyncOperation.False():
				failing = append(failing, r.Key+": "+masked(p, o.LastAsyncOperation.Message))
			case !exists:
				waiting = append(waiting, r.Key+" (not created yet)")
			case !r.Ready:
				waiting = append(waiting, r.Key+" ("+masked(p, because(o.Ready))+")")
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
}

// masked is a provider's message without the passwords that are known: a message
// may repeat what AWS was sent.
func masked(p *plan, message string) string {
	for _, secret := range [][]byte{p.Observed[keyDatabase].Connection["password"], p.Observed[keyCache].Connection[detailToken]} {
		if len(secret) > 0 {
			message = strings.ReplaceAll(message, string(secret), "(not shown)")
		}
	}
	return message
}

// because says why a resource is not ready.
func because(ready ObservedCondition) string {
	switch {
	case ready.Message != "":
		return ready.Message
	case ready.Reason != "":
		return ready.Reason
	default:
		return "no Ready condition yet"
	}
}

func list(items []string, sep string) string {
	if more := len(items) - maxNamed; more > 0 {
		return strings.Join(items[:maxNamed], sep) + fmt.Sprintf("%sand %d more", sep, more)
	}
	return strings.Join(items, sep)
}
