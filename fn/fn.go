package main

import (
	"context"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/admission"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// Function composes data platforms.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log      logging.Logger
	platform *admission.Validator
	policy   *admission.Validator
	reads    *wire.Reads
}

// NewFunction returns a Function that logs to log.
func NewFunction(log logging.Logger) (*Function, error) {
	p, err := admission.New(v1alpha1.Schema())
	i, ierr := admission.New(v1beta1.Schema())

	return &Function{log: log, platform: p, policy: i, reads: reads}, errors.Join(err, ierr)
}

// RunFunction answers as Answer does.
func (f *Function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	b, err := proto.Marshal(req)
	if err != nil {
		return nil, err
	}

	if b, err = f.Answer(ctx, b); err != nil {
		return nil, err
	}

	rsp := &fnv1.RunFunctionResponse{}

	return rsp, proto.Unmarshal(b, rsp)
}

// Answer a RunFunctionRequest with a RunFunctionResponse, both in wire format. Its error
// says that there is no such request.
func (f *Function) Answer(ctx context.Context, request []byte) ([]byte, error) {
	buf := mem.DefaultBufferPool().Get(len(request))
	defer mem.DefaultBufferPool().Put(buf)

	in, err := f.reads.Decode(request, *buf)
	if err != nil {
		return nil, err
	}

	req := &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(in.Rest, req); err != nil {
		return nil, err
	}

	req.Meta.Tag = in.Tag

	return wire.Marshal(f.compose(ctx, in, req))
}

// compose answers with the resources, status and conditions of the data platform that is
// observed. Where the request can't be understood the answer is one fatal result, and
// changes nothing.
func (f *Function) compose(ctx context.Context, in *wire.Request, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, []wire.Desired) {
	rsp := response.To(req, response.DefaultTTL)

	policy, err := f.decodePolicy(ctx, in.Input)
	if err != nil {
		return fatal(rsp, server.ReasonInvalidInput, errors.Wrap(err, "invalid function input")), nil
	}

	rsp.Meta.Ttl = policy.TTL

	xr, err := f.decodeXR(ctx, in.XR.Object)
	if err != nil {
		return fatal(rsp, server.ReasonInvalidComposite, errors.Wrap(err, "invalid composite resource")), nil
	}

	xr.Policy = policy.Policy
	xr.PublishedConnection = in.XR.Connection()
	xr.ConnectionSecret = lookedUp(req, xr.UID)

	xr.Observed, err = decodeObserved(in.Observed)
	if err != nil {
		return fatal(rsp, server.ReasonInvalidObserved, errors.Wrap(err, "invalid observed resource")), nil
	}

	log := f.log.WithValues("tag", in.Tag, "namespace", xr.Namespace, "name", xr.Name)

	p, err := platform.Compose(xr)
	if err != nil {
		return fatal(rsp, server.ReasonCannotCompose, errors.Wrap(err, "cannot compose the data platform")), nil
	}

	if err := checkEarlier(req.GetDesired().GetResources(), p.Resources); err != nil {
		return fatal(rsp, server.ReasonCannotCompose, errors.Wrap(err, "cannot compose the data platform")), nil
	}

	encode(rsp, xr, p)
	lookUp(rsp, xr.Namespace, p.LookUp)
	log.Debug("Composed data platform", "resources", len(p.Resources), "ready", p.Ready)

	return rsp, desired(p.Resources)
}
