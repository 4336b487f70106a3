package main

import (
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

func TestTTL(t *testing.T) {
	ready := atStage(t, provideraws.Ready)
	withNAT := func(gateways string) *fnv1.RunFunctionRequest {
		req := requestFor(xrJSON(`{"region":"us-east-1","network":{"natGateways":"Single"}}`), ready)
		spec := xrJSON(`{"region":"us-east-1","network":{"natGateways":"` + gateways + `"}}`).GetFields()["spec"]
		req.GetObserved().GetComposite().GetResource().GetFields()["spec"] = spec

		return req
	}

	// What is no longer desired may still be observed.
	gone := withNAT("None")
	for key := range gone.GetObserved().GetResources() {
		if key == "nat-gateway-us-east-1a" || key == "route-private-internet-us-east-1a" || key == "route-private-internet-us-east-1b" {
			delete(gone.GetObserved().GetResources(), key)
		}
	}

	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		want   time.Duration
	}{
		"New":         {"A platform that is being created should be looked at often.", requestFor(xrJSON(`{"region":"us-east-1"}`)), time.Minute},
		"Settled":     {"A platform that is ready is as it should be.", requestFor(xrJSON(`{"region":"us-east-1"}`), ready), 10 * time.Minute},
		"SettledNAT":  {"Whatever it is made of.", withNAT("Single"), 10 * time.Minute},
		"Leaving":     {"Crossplane does not say when something has gone.", withNAT("None"), time.Minute},
		"NearlyGone":  {"Until the last of it has.", gone, time.Minute},
		"Fatal":       {"Somebody may mend what is refused.", requestFor(xrJSON(`{}`)), time.Minute},
		"Policy":      {"The platform team may choose.", requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"responseTTL": "2h"`), ready), 2 * time.Hour},
		"PolicyNew":   {"But not to look at what is being created less often,", requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"responseTTL": "2h"`)), time.Minute},
		"PolicyOften": {"only more often.", requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"responseTTL": "30s"`)), 30 * time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp, err := newFunction(t).RunFunction(t.Context(), tc.req)
			if err != nil {
				t.Fatal(err)
			}

			if got := rsp.GetMeta().GetTtl().AsDuration(); got != tc.want {
				t.Errorf("%s\nTTL: want %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}
