package main

import (
	"context"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/admission"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// Function composes data platforms.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log      logging.Logger
	platform *admission.Validator
	policy   *admission.Validator
}

// NewFunction returns a Function that logs to log.
func NewFunction(log logging.Logger) (*Function, error) {
	p, err := admission.New(v1alpha1.Schema())
	i, ierr := admission.New(v1beta1.Schema())

	return &Function{log: log, platform: p, policy: i}, errors.Join(err, ierr)
}

// RunFunction answers with the resources, status and conditions of the data
// platform that req observes. Where req can't be understood the answer is one
// fatal result, and changes nothing.
func (f *Function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := response.To(req, response.DefaultTTL)

	if err := checkSize(req); err != nil {
		return refuse(ctx, &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Ttl: rsp.GetMeta().GetTtl()}}, err)
	}

	in, err := f.decodePolicy(ctx, req.GetInput())
	if err != nil {
		return refuse(ctx, rsp, errors.Wrap(err, "invalid function input"))
	}

	rsp.Meta.Ttl = in.TTL

	xr, err := f.decodeXR(ctx, req.GetObserved().GetComposite().GetResource())
	if err != nil {
		return refuse(ctx, rsp, errors.Wrap(err, "invalid composite resource"))
	}

	xr.Policy = in.Policy
	xr.PublishedConnection = req.GetObserved().GetComposite().GetConnectionDetails()
	xr.ConnectionSecret = lookedUp(req, xr.UID)

	xr.Observed, err = decodeObserved(req.GetObserved().GetResources())
	if err != nil {
		return refuse(ctx, rsp, errors.Wrap(err, "invalid observed resource"))
	}

	if ctx.Err() != nil {
		// Nobody waits for an answer any more.
		return nil, ctx.Err()
	}

	log := f.log.WithValues("tag", req.GetMeta().GetTag(), "namespace", xr.Namespace, "name", xr.Name)

	p, err := platform.Compose(xr)
	if err != nil {
		return refuse(ctx, rsp, errors.Wrap(err, "cannot compose the data platform"))
	}

	if err := checkEarlier(req.GetDesired().GetResources(), p.Resources); err != nil {
		return refuse(ctx, rsp, errors.Wrap(err, "cannot compose the data platform"))
	}

	encode(rsp, xr, p)
	lookUp(rsp, xr.Namespace, p.LookUp)
	log.Debug("Composed data platform", "resources", len(p.Resources), "ready", p.Ready)

	return rsp, nil
}
