// Package requests makes the requests that Crossplane sends the function for
// platforms that name nothing but their region, to measure the function with.
package requests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// rounds is how many calls a platform may take until its answer has settled:
// what one call reveals, the next one composes.
const rounds = 10

// A RunFunction is the function, however it is called.
type RunFunction func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)

// An Identity tells a platform from others.
type Identity struct {
	Namespace, Name, UID string
}

// Requests for one platform.
type Requests struct {
	// Nothing is the first request for a platform: nothing is observed of it.
	Nothing *fnv1.RunFunctionRequest

	// Creating is the request for a platform of which half is there.
	Creating *fnv1.RunFunctionRequest

	// Everything is the request for a platform that is there and ready.
	Everything *fnv1.RunFunctionRequest
}

// New returns the requests for the reference platform, in other zones if some are named.
func New(ctx context.Context, run RunFunction, zones ...string) (*Requests, error) {
	return For(ctx, run, Identity{Namespace: "team-a", Name: "orders", UID: "5d2b8c34-9f0a-4f51-8d5e-000000000000"}, zones...)
}

// For asks the function itself what a platform is made of, and lets all of it be
// observed.
func For(ctx context.Context, run RunFunction, id Identity, zones ...string) (*Requests, error) {
	nothing, err := request(id, zones)
	if err != nil {
		return nil, err
	}

	rsp, err := answer(ctx, run, nothing)
	if err != nil {
		return nil, err
	}

	creating, err := next(nothing, rsp.GetDesired(), provideraws.Creating)
	if err != nil {
		return nil, err
	}

	for range rounds {
		everything, err := next(nothing, rsp.GetDesired(), provideraws.Ready)
		if err != nil {
			return nil, err
		}

		later, err := answer(ctx, run, everything)
		if err != nil {
			return nil, err
		}

		if proto.Equal(later.GetDesired(), rsp.GetDesired()) {
			return &Requests{Nothing: nothing, Creating: creating, Everything: everything}, unready(later)
		}

		rsp = later
	}

	return nil, fmt.Errorf("the function's answer has not settled after %d calls", rounds)
}

func answer(ctx context.Context, run RunFunction, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp, err := run(ctx, proto.CloneOf(req))
	if err != nil {
		return nil, err
	}

	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return nil, errors.New(r.GetMessage())
		}
	}

	return rsp, nil
}

// unready is an error if the function does not find the platform ready.
func unready(rsp *fnv1.RunFunctionResponse) error {
	var waits []string

	for _, c := range rsp.GetConditions() {
		if c.GetStatus() != fnv1.Status_STATUS_CONDITION_TRUE {
			waits = append(waits, c.GetType()+": "+c.GetMessage())
		}
	}

	if len(waits) > 0 {
		return fmt.Errorf("with everything observed the platform is not ready: %s", strings.Join(waits, "; "))
	}

	return nil
}

// request is the first one for a platform that names nothing but its region, and its zones if
// there are some.
func request(id Identity, zones []string) (*fnv1.RunFunctionRequest, error) {
	xr, err := structpb.NewStruct(map[string]any{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind":       "XDataPlatform",
		"metadata": map[string]any{
			"creationTimestamp": "2026-01-01T00:00:00Z",
			"finalizers":        []any{"composite.apiextensions.crossplane.io"},
			"generation":        3,
			"labels":            map[string]any{"crossplane.io/composite": id.Name},
			"name":              id.Name,
			"namespace":         id.Namespace,
			"resourceVersion":   "1000",
			"uid":               id.UID,
		},
		"spec": map[string]any{
			"region": "us-east-1",
			"crossplane": map[string]any{
				"compositionRef":          map[string]any{"name": "xdataplatforms.dataplatform.crossplane.io"},
				"compositionRevisionRef":  map[string]any{"name": "xdataplatforms.dataplatform.crossplane.io-0123456"},
				"compositionUpdatePolicy": "Automatic",
			},
		},
	})
	if err != nil {
		return nil, err
	}

	if len(zones) > 0 {
		names := &structpb.ListValue{}
		for _, z := range zones {
			names.Values = append(names.Values, structpb.NewStringValue(z))
		}

		xr.GetFields()["spec"].GetStructValue().GetFields()["availabilityZones"] = structpb.NewListValue(names)
	}

	input, err := structpb.NewStruct(map[string]any{
		"apiVersion": "dataplatform.fn.crossplane.io/v1beta1",
		"kind":       "Policy",
	})

	return &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "3f5e0b8a7d6c4f21"},
		Input:    input,
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: xr}},
	}, err
}

// next is the request after what is desired has come to a stage.
func next(first *fnv1.RunFunctionRequest, desired *fnv1.State, stage provideraws.Stage) (*fnv1.RunFunctionRequest, error) {
	req := proto.CloneOf(first)
	xr := req.GetObserved().GetComposite().GetResource()

	resources, err := provideraws.Resources(xr, desired.GetResources(), stage)
	if err != nil {
		return nil, err
	}

	for key, r := range resources {
		manage(r.GetResource(), desired.GetResources()[key].GetResource())
	}

	req.Observed.Resources = resources

	refs := &structpb.ListValue{}

	for _, key := range slices.Sorted(maps.Keys(resources)) {
		o := resources[key].GetResource().GetFields()
		refs.Values = append(refs.Values, structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": o["apiVersion"],
			"kind":       o["kind"],
			"name":       o["metadata"].GetStructValue().GetFields()["name"],
		}}))
	}

	xr.GetFields()["spec"].GetStructValue().GetFields()["crossplane"].GetStructValue().GetFields()["resourceRefs"] = structpb.NewListValue(refs)
	xr.GetFields()["status"] = proto.CloneOf(desired.GetComposite().GetResource().GetFields()["status"])

	return req, nil
}
