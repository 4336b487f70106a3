package main

import (
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
)

// encode puts the platform into the response, beside what earlier steps of the
// pipeline desire.
func encode(rsp *fnv1.RunFunctionResponse, x *xr, p *platform.Platform) error {
	resources := make(map[string]*fnv1.Resource, len(p.Resources))
	for _, r := range p.Resources {
		s, err := object(r.Object)
		if err != nil {
			return errors.Wrapf(err, "%q", r.Key)
		}
		resources[r.Key] = &fnv1.Resource{Resource: s, Ready: ready(r.Ready)}
	}
	status, err := toStruct(&p.Status)
	if err != nil {
		return errors.Wrap(err, "status")
	}

	// From here nothing fails, so that an error changes nothing.
	if rsp.GetDesired() == nil {
		rsp.Desired = &fnv1.State{}
	}
	if rsp.GetDesired().GetResources() == nil {
		rsp.Desired.Resources = make(map[string]*fnv1.Resource, len(resources))
	}
	for key, r := range resources {
		rsp.Desired.Resources[key] = r
	}
	encodeXR(rsp.GetDesired(), x, status, p.Ready)

	for _, c := range p.Conditions {
		if c.Status {
			response.ConditionTrue(rsp, c.Type, c.Reason).TargetCompositeAndClaim()
			continue
		}
		response.ConditionFalse(rsp, c.Type, c.Reason).WithMessage(c.Message).TargetCompositeAndClaim()
	}
	return nil
}

// encodeXR sets the status fields that are ours, and nothing else of the XR.
func encodeXR(desired *fnv1.State, x *xr, status *structpb.Struct, isReady bool) {
	if desired.GetComposite() == nil {
		desired.Composite = &fnv1.Resource{}
	}
	if desired.GetComposite().GetResource().GetFields() == nil {
		desired.Composite.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{}}
	}
	fields := desired.GetComposite().GetResource().GetFields()
	fields["apiVersion"] = structpb.NewStringValue(x.APIVersion)
	fields["kind"] = structpb.NewStringValue(x.Kind)

	if fields["status"].GetStructValue().GetFields() == nil {
		fields["status"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{}})
	}
	for k, v := range status.GetFields() {
		fields["status"].GetStructValue().Fields[k] = v
	}

	// Crossplane calls an XR ready when all its resources are, unless a step
	// says otherwise. An XR with something still to come is not.
	if !isReady {
		desired.Composite.Ready = fnv1.Ready_READY_FALSE
	}
}

// object is a managed resource without the empty fields that typed objects
// have. Crossplane would apply them as if we had an opinion of them.
func object(o runtime.Object) (*structpb.Struct, error) {
	s, err := toStruct(o)
	if err != nil {
		return nil, err
	}
	delete(s.GetFields(), "status")
	delete(s.GetFields()["metadata"].GetStructValue().GetFields(), "creationTimestamp")
	delete(s.GetFields()["spec"].GetStructValue().GetFields(), "initProvider")
	return s, nil
}

func toStruct(o any) (*structpb.Struct, error) {
	u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, err
	}
	return structpb.NewStruct(u)
}

func ready(is bool) fnv1.Ready {
	if is {
		return fnv1.Ready_READY_TRUE
	}
	return fnv1.Ready_READY_FALSE
}
