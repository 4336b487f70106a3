package main

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// One Function answers many calls at once, each as if it were alone. make race looks for
// what they share.
func TestConcurrentCalls(t *testing.T) {
	const rounds = 8

	reqs := map[string]*fnv1.RunFunctionRequest{
		"new":      requestFor(xrJSON(`{"region":"us-east-1"}`)),
		"three":    requestFor(xrJSON(`{"region":"eu-west-1","availabilityZones":["eu-west-1a","eu-west-1b","eu-west-1c"]}`), withPolicy(`"defaults":{"network":{"natGateways":"PerZone"}}`)),
		"ready":    requestFor(xrJSON(`{"region":"us-east-1"}`), atStage(t, provideraws.Ready)),
		"creating": requestFor(xrJSON(`{"region":"us-east-1"}`), atStage(t, provideraws.Creating)),
		"refused":  requestFor(xrJSON(`{"region":"nowhere"}`)),
		"policy":   requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"unknown":true`)),
	}

	f := newFunction(t)
	want := map[string]*fnv1.RunFunctionResponse{}

	for name, req := range reqs {
		rsp, err := f.RunFunction(context.Background(), proto.CloneOf(req))
		if err != nil {
			t.Fatalf("RunFunction(%s): %v", name, err)
		}

		want[name] = rsp
	}

	var wg sync.WaitGroup

	differ := make(chan string, rounds*len(reqs))

	for range rounds {
		for name, req := range reqs {
			wg.Go(func() {
				got, err := f.RunFunction(context.Background(), proto.CloneOf(req))
				if diff := cmp.Diff(want[name], got, protocmp.Transform()); err != nil || diff != "" {
					differ <- fmt.Sprintf("RunFunction(%s): %v: -alone, +beside others:\n%s", name, err, diff)
				}
			})
		}
	}

	wg.Wait()
	close(differ)

	for d := range differ {
		t.Error(d)
	}
}
