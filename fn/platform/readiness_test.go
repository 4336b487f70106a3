package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

func TestReadiness(t *testing.T) {
	var (
		isTrue  = kit.ObservedCondition{Status: "True"}
		healthy = kit.Observation{Ready: isTrue, Synced: isTrue, LastAsyncOperation: isTrue}
	)

	cases := map[string]struct {
		reason   string
		keys     []string
		observed map[string]kit.Observation
		part     kit.Part
		want     Condition
	}{
		"AllReady": {
			reason:   "A component whose resources are all ready is available.",
			keys:     []string{"a", "b"},
			observed: map[string]kit.Observation{"a": healthy, "b": healthy},
			want:     Condition{Type: "TestReady", Status: true, Reason: "Available"},
		},
		"ReadyWithoutOtherConditions": {
			reason:   "A resource that has only a Ready condition fails nothing.",
			keys:     []string{"a"},
			observed: map[string]kit.Observation{"a": {Ready: isTrue}},
			want:     Condition{Type: "TestReady", Status: true, Reason: "Available"},
		},
		"Waiting": {
			reason: "What a component waits for should be named, with the reason that the provider gives.",
			keys:   []string{"a", "b", "c", "d", "e"},
			observed: map[string]kit.Observation{
				"a": healthy,
				"b": {Synced: isTrue},
				"c": {Synced: isTrue, Ready: kit.ObservedCondition{Status: "False", Reason: "Creating"}},
				"d": {Synced: isTrue, Ready: kit.ObservedCondition{Status: "False", Reason: "Unavailable", Message: "modifying"}},
			},
			want: Condition{Type: "TestReady", Reason: "Creating", Message: "waiting for b, c, d (modifying), e"},
		},
		"Unresolved": {
			reason:   "A reference to what does not exist yet is no failure.",
			keys:     []string{"a"},
			observed: map[string]kit.Observation{"a": {Synced: kit.ObservedCondition{Status: "False", Message: "cannot resolve references: x"}}},
			want:     Condition{Type: "TestReady", Reason: "Creating", Message: "waiting for a"},
		},
		"Failing": {
			reason: "Two resources that fail should both be told, in the provider's words, before what is only waited for.",
			keys:   []string{"a", "b", "c"},
			observed: map[string]kit.Observation{
				"a": {Ready: isTrue, Synced: kit.ObservedCondition{Status: "False", Message: "access denied"}},
				"b": {Ready: isTrue, Synced: isTrue, LastAsyncOperation: kit.ObservedCondition{Status: "False", Message: "async create failed"}},
			},
			want: Condition{Type: "TestReady", Reason: "Failing", Message: "a: access denied; b: async create failed"},
		},
		"Withheld": {
			reason:   "What is still to come is waited for, also where all that there is works.",
			keys:     []string{"a"},
			observed: map[string]kit.Observation{"a": healthy},
			part:     kit.Part{Withheld: []kit.Withheld{{Key: "b", Why: "to be created after a"}}},
			want:     Condition{Type: "TestReady", Reason: "Creating", Message: "waiting for b (to be created after a)"},
		},
		"FailingWhileWithheld": {
			reason:   "A failure must not be hidden by what is still to come.",
			keys:     []string{"a"},
			observed: map[string]kit.Observation{"a": {Ready: isTrue, Synced: kit.ObservedCondition{Status: "False", Message: "access denied"}}},
			part:     kit.Part{Withheld: []kit.Withheld{{Key: "b", Why: "to be created after a"}}},
			want:     Condition{Type: "TestReady", Reason: "Failing", Message: "a: access denied"},
		},
		"CantCome": {
			reason:   "What can't come is a failure, and is told before those of resources.",
			keys:     []string{"a"},
			observed: map[string]kit.Observation{"a": {Ready: isTrue, Synced: kit.ObservedCondition{Status: "False", Message: "access denied"}}},
			part:     kit.Part{Withheld: []kit.Withheld{{Why: "c"}}, Failing: []string{"b: its name is taken"}},
			want:     Condition{Type: "TestReady", Reason: "Failing", Message: "b: its name is taken; a: access denied"},
		},
		"Masked": {
			reason: "What a provider repeats of a secret must not be told, whichever of its conditions it is in.",
			keys:   []string{"a", "b", "c", "d"},
			observed: map[string]kit.Observation{
				"a": {Connection: map[string][]byte{"password": []byte("s3cret")}, Ready: isTrue, Synced: kit.ObservedCondition{Status: "False", Message: "s3cret is too short"}},
				"b": {Ready: isTrue, LastAsyncOperation: kit.ObservedCondition{Status: "False", Message: "no s3cret"}},
			},
			want: Condition{Type: "TestReady", Reason: "Failing", Message: "a: (not shown) is too short; b: no (not shown)"},
		},
		"MaskedWhileWaiting": {
			reason: "A resource that is only waited for may repeat a secret too.",
			keys:   []string{"a", "b"},
			observed: map[string]kit.Observation{
				"a": {Connection: map[string][]byte{"password": []byte("s3cret")}, Synced: kit.ObservedCondition{Status: "False", Message: "cannot resolve references: s3cret"}},
				"b": {Ready: kit.ObservedCondition{Status: "False", Message: "s3cret is unavailable"}},
			},
			want: Condition{Type: "TestReady", Reason: "Creating", Message: "waiting for a, b ((not shown) is unavailable)"},
		},
		"Many": {
			reason: "A condition is read in a terminal: it names five and counts the rest.",
			keys:   []string{"a", "b", "c", "d", "e", "f", "g"},
			want:   Condition{Type: "TestReady", Reason: "Creating", Message: "waiting for a, b, c, d, e, and 2 more"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, k := range tc.keys {
				tc.part.Resources = append(tc.part.Resources, kit.Resource{Key: k, Ready: tc.observed[k].Ready.True()})
			}

			req := &kit.Request{Observed: tc.observed}

			p, err := kit.NewPlan(req, public)
			if err != nil {
				t.Fatalf("NewPlan(...): %v", err)
			}

			got := readiness(p, "TestReady", tc.part)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nreadiness(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
