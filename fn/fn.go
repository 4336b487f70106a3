package main

import (
	"context"
	"crypto/sha256"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/response"
	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// Function composes data platforms.
type Function struct {
	platform *decoder
	policy   *decoder
	reads    *wire.Reads
	answers  *answers
}

// NewFunction returns a Function that keeps at most so many bytes of answers.
func NewFunction(keep int64) (*Function, error) {
	p, err := newDecoder(v1alpha1.Schema())
	i, ierr := newDecoder(v1beta1.Schema())

	return &Function{platform: p, policy: i, reads: reads, answers: newAnswers(keep)}, errors.Join(err, ierr)
}

// RunFunction answers as Answer does, which is what is served.
func (f *Function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	b, err := proto.Marshal(req)
	if err != nil {
		return nil, err
	}

	a, err := f.Answer(ctx, b, &server.Subject{})
	if err != nil {
		return nil, err
	}

	rsp := &fnv1.RunFunctionResponse{}

	meta, body := a.Marshal()

	return rsp, proto.Unmarshal(slices.Concat(meta, body), rsp)
}

// Answer a RunFunctionRequest in wire format, and say what it is about.
//
// The answer follows from what is read of the request, and from nothing else: it is kept,
// and found again when the same is asked. With provider-aws that is most of the time. It
// writes the time of its last look into each resource, and each time Crossplane asks what
// to do about that.
func (f *Function) Answer(ctx context.Context, request []byte, about *server.Subject) (*server.Answer, error) {
	buf := mem.DefaultBufferPool().Get(len(request))
	defer mem.DefaultBufferPool().Put(buf)

	in, err := f.reads.Decode(request, *buf)
	if err != nil {
		return nil, malformed(err)
	}

	*about = subject(in)
	tag := brief.Text(in.Tag, brief.MaxText) // Crossplane's is a hash.

	asked := sha256.Sum256(in.Asks)
	if a, ok := f.answers.find(asked); ok {
		return a.Again().To(tag), nil
	}

	req := &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(in.Rest, req); err != nil {
		return nil, malformed(err)
	}

	rsp, resources := f.compose(ctx, in, req)
	if ctx.Err() != nil {
		// Nobody waits for an answer any more.
		return nil, ctx.Err()
	}

	// The meta names the request.
	meta := rsp.GetMeta()
	rsp.Meta = nil
	b, err := wire.Marshal(rsp, resources)
	a := server.NewAnswer(meta.GetTtl(), rsp, len(resources), b)

	if err == nil {
		f.answers.keep(asked, a)
	}

	return a.To(tag), err
}

// malformed is gRPC's error for a request that it can't decode.
func malformed(err error) error {
	return status.Errorf(codes.Internal, "grpc: error unmarshalling request: %v", err)
}

// compose answers with the resources, status and conditions of the data platform that is
// observed. Where the request can't be understood the answer is one fatal result, and
// changes nothing.
func (f *Function) compose(ctx context.Context, in *wire.Request, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, []wire.Desired) {
	rsp := response.To(req, shortTTL)

	if err := checkSize(req); err != nil {
		rsp.Desired, rsp.Context = nil, nil
		return fatal(rsp, server.ReasonOther, err), nil
	}

	policy, err := f.decodePolicy(ctx, in.Input)
	if err != nil {
		return fatal(rsp, server.ReasonInvalidInput, errors.Wrap(err, "invalid function input")), nil
	}

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

	if ctx.Err() != nil {
		return rsp, nil
	}

	p, err := platform.Compose(xr)
	if err != nil {
		return fatal(rsp, server.ReasonCannotCompose, errors.Wrap(err, "cannot compose the data platform")), nil
	}

	if err := checkEarlier(req.GetDesired().GetResources(), p.Resources); err != nil {
		return fatal(rsp, server.ReasonCannotCompose, errors.Wrap(err, "cannot compose the data platform")), nil
	}

	encode(rsp, xr, p)
	lookUp(rsp, xr.Namespace, p.LookUp)
	rsp.Meta.Ttl = ttl(policy, p)

	return rsp, desired(p.Resources)
}
