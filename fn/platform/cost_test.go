package platform_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// A cost is what the function itself makes Crossplane write until a platform is ready.
type cost struct {
	// Objects that the platform is made of.
	Objects int

	// Changes of objects after they were created.
	Changes int

	// Steps that create something. Each is a write of the XR's references, and waits for
	// what the one before has created.
	Steps int
}

// A feature that makes a platform dearer shows here: each write goes through the API server
// to all that watch, and wakes the XR. test/e2e/cost_test.go counts what comes of it on a
// control plane. docs/performance.md says where the writes go.
func TestCost(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		want   cost
	}{
		"Reference": {
			reason: "LateInitialize ends for the VPC, four subnets, a route, the database, its secret and the secret's version; the connection Secret is filled.",
			spec:   platformtest.Reference,
			want:   cost{Objects: 52, Changes: 10, Steps: 5},
		},
		"Production": {
			reason: "And for a third zone's subnets, and each zone's gateway, its address and the route to it.",
			spec:   `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"],"network":{"natGateways":"PerZone"},"cache":{"authentication":"Token"},"database":{"deletionProtection":true}}`,
			want:   cost{Objects: 79, Changes: 21, Steps: 5},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var (
				got cost
				req = platformtest.Request(t, tc.spec)
				has = map[string]string{}
			)

			for range 20 {
				p, err := platform.Compose(req)
				if err != nil {
					t.Fatal(err)
				}

				before := got.Objects

				for _, r := range p.Resources {
					// What is observed has another name here than what was composed.
					r.Object.SetName("")

					o, err := json.Marshal(r.Object)
					if err != nil {
						t.Fatal(err)
					}

					switch was, exists := has[r.Key]; {
					case !exists:
						got.Objects++
					case was != string(o):
						got.Changes++
					}

					has[r.Key] = string(o)
				}

				if got.Objects > before {
					got.Steps++
				}

				platformtest.Observe(req, p)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nA platform costs something else now. Where it is more, each object has to be worth its writes: docs/performance.md says how many that are.\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
