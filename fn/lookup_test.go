package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
)

// withCapability is a Crossplane that can look objects up, and what it found.
func withCapability(found ...string) func(*fnv1.RunFunctionRequest) {
	return func(r *fnv1.RunFunctionRequest) {
		r.Meta.Capabilities = []fnv1.Capability{fnv1.Capability_CAPABILITY_CAPABILITIES, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES}

		if len(found) == 0 {
			return
		}

		items := &fnv1.Resources{}

		for _, f := range found {
			if f != "" {
				items.Items = append(items.Items, &fnv1.Resource{Resource: resource.MustStructJSON(f)})
			}
		}

		r.RequiredResources = map[string]*fnv1.Resources{requiredSecret: items}
	}
}

// Crossplane would write into a Secret of the connection's name whosever it is. So it is
// asked whose it is, before the platform's own is composed.
func TestConnectionSecretIsLookedUp(t *testing.T) {
	const (
		own    = `{"metadata":{"ownerReferences":[{"uid":"another"},{"controller":true,"uid":"8fea6da0-c396-5a6a-88b8-77c765f04fca"}]}}`
		theirs = `{"metadata":{"ownerReferences":[{"controller":true,"uid":"another"}]}}`
		nobody = `{"metadata":{"name":"orders-connection"}}`

		stream = `{"apiVersion":"kinesis.aws.m.upbound.io/v1beta1","kind":"Stream","status":{"atProvider":{"arn":"arn:stream"}}}`
		secret = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"orders-connection"}}`

		waiting = "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL, "
		taken   = `connection: the Secret "orders-connection" exists, and is not the platform's: choose another name in spec.writeConnectionSecretToRef, or delete that Secret`
	)

	asks := &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{requiredSecret: {
		ApiVersion: "v1", Kind: "Secret", Namespace: ptr.To("team-a"), Match: &fnv1.ResourceSelector_MatchName{MatchName: "orders-connection"},
	}}}

	cases := map[string]struct {
		reason   string
		mods     []func(*fnv1.RunFunctionRequest)
		composed bool
		asks     *fnv1.Requirements
		message  string
	}{
		"NothingKnown": {
			reason:  "A Secret that is not composed yet needs no name.",
			mods:    []func(*fnv1.RunFunctionRequest){withCapability()},
			message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL",
		},
		"OldCrossplane": {
			reason:   "A Crossplane that can't look is not asked.",
			mods:     []func(*fnv1.RunFunctionRequest){withObserved("stream", stream)},
			composed: true,
			message:  waiting + "connection",
		},
		"Asks": {
			reason:  "Until Crossplane has looked, the Secret is withheld.",
			mods:    []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withCapability()},
			asks:    asks,
			message: waiting + "connection (not known yet whether its name is free)",
		},
		"Free": {
			reason:   "A name that is free is taken. The question stays, because Crossplane asks until no answer changes.",
			mods:     []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withCapability("")},
			composed: true,
			asks:     asks,
			message:  waiting + "connection",
		},
		"Own": {
			reason:   "The platform's own Secret may be there before it is observed.",
			mods:     []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withCapability(own)},
			composed: true,
			asks:     asks,
			message:  waiting + "connection",
		},
		"AnotherPlatforms": {
			reason:  "What another platform controls is not touched.",
			mods:    []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withCapability(theirs)},
			asks:    asks,
			message: taken,
		},
		"Nobodys": {
			reason:  "Nor is what somebody made by hand.",
			mods:    []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withCapability(nobody)},
			asks:    asks,
			message: taken,
		},
		"Observed": {
			reason:   "A Secret that the platform has is not asked about.",
			mods:     []func(*fnv1.RunFunctionRequest){withObserved("stream", stream), withObserved("connection", secret), withCapability()},
			composed: true,
			message:  waiting[:len(waiting)-len(", ")],
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp, err := newFunction(t).RunFunction(t.Context(), requestFor(xrJSON(`{"region":"us-east-1"}`), tc.mods...))
			if err != nil || len(rsp.GetResults()) > 0 {
				t.Fatalf("RunFunction(...): %v, results %v", err, rsp.GetResults())
			}

			if diff := cmp.Diff(tc.asks, rsp.GetRequirements(), protocmp.Transform()); diff != "" {
				t.Errorf("%s\n-want requirements, +got requirements:\n%s", tc.reason, diff)
			}

			if _, composed := rsp.GetDesired().GetResources()["connection"]; composed != tc.composed {
				t.Errorf("%s\nwant the Secret composed: %t, got %t", tc.reason, tc.composed, composed)
			}

			for _, c := range rsp.GetConditions() {
				if c.GetType() != "ConnectionReady" {
					continue
				}

				if diff := cmp.Diff(tc.message, c.GetMessage()); diff != "" {
					t.Errorf("%s\n-want message, +got message:\n%s", tc.reason, diff)
				}
			}
		})
	}
}
