package main

import (
	"maps"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/response"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

// maxPassedOn is how many bytes of a request may be repeated in its answer. Crossplane takes
// answers of 4 MiB, as gRPC does by default, and the largest platform is less than half of
// that.
const maxPassedOn = 2 << 20

// checkSize returns an error if what the answer must repeat of a request leaves no room for
// a platform.
func checkSize(req *fnv1.RunFunctionRequest) error {
	n := proto.Size(req.GetDesired()) + proto.Size(req.GetContext())
	if n <= maxPassedOn {
		return nil
	}

	return errors.Errorf("desired state and context have %d bytes together, and at most %d can be passed on: have earlier steps of the pipeline, or another XR's, make less", n, maxPassedOn)
}

// checkEarlier returns an error if an earlier step of the pipeline desires a
// resource of the platform's. It would be lost.
func checkEarlier(earlier map[string]*fnv1.Resource, resources []kit.Resource) error {
	for _, r := range resources {
		if _, ok := earlier[r.Key]; ok {
			return errors.Errorf("%q: an earlier step of the pipeline desires a resource of this name too: rename or remove it there", r.Key)
		}
	}

	return nil
}

// fatal makes err the fatal result of a response, for one of the server's reasons, cut to
// what every reader of it takes.
func fatal(rsp *fnv1.RunFunctionResponse, reason string, err error) *fnv1.RunFunctionResponse {
	response.Fatal(rsp, reason, errors.New(brief.Text(err.Error(), brief.MaxMessage)))

	return rsp
}

// encode puts the platform into the response, but for its resources.
func encode(rsp *fnv1.RunFunctionResponse, x *kit.Request, p *platform.Platform) {
	if rsp.GetDesired() == nil {
		rsp.Desired = &fnv1.State{}
	}

	encodeXR(rsp.GetDesired(), x, p)

	for _, c := range p.Conditions {
		response.Condition(rsp, c.Type, c.Status, c.Reason, c.Message)
	}
}

// desired are the platform's resources.
func desired(resources []kit.Resource) []wire.Desired {
	out := make([]wire.Desired, len(resources))
	for i, r := range resources {
		out[i] = wire.Desired{Key: r.Key, Object: r.Object, Ready: fnv1.Ready_READY_FALSE}
		if r.Ready {
			out[i].Ready = fnv1.Ready_READY_TRUE
		}
	}

	return out
}

// encodeXR sets the status fields that are ours, and nothing else of the XR.
func encodeXR(desired *fnv1.State, x *kit.Request, p *platform.Platform) {
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

	maps.Copy(fields["status"].GetStructValue().GetFields(), wire.Struct(&p.Status).GetFields())

	if len(p.Connection) > 0 {
		desired.Composite.ConnectionDetails = p.Connection
	}

	// Crossplane calls an XR ready when all its resources are, unless a step
	// says otherwise. An XR with something still to come is not.
	if !p.Ready {
		desired.Composite.Ready = fnv1.Ready_READY_FALSE
	}
}
