package server

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
)

const (
	// callTimeout is how long a call may take from its turn to its end: half of what
	// Crossplane gives a reconcile. A call takes some ms of CPU, so this is for callers
	// that send a part of their request and no more, or don't take the answer: each of
	// them keeps others waiting.
	callTimeout = time.Minute

	// maxWaiting is how many calls may wait for their turn over all connections, each with
	// a window's size of its request in memory (windowSize). It is more than two Crossplanes
	// can have open (maxStreams). The next is refused.
	maxWaiting = 250
)

// service is FunctionRunnerService of apiextensions.fn.proto.v1, and the one place that
// says what is served. Crossplane has called v1 since v1.17; the Configuration needs v2.
//
// On the wire one request with one answer is a stream with one message each way. gRPC
// reads the request of a unary method before it asks anyone; that of a stream, and
// decodes it, when the handler asks for it. So here a call waits before its request takes
// memory, and a panic of the codec is the handler's to recover.
var service = grpc.ServiceDesc{
	ServiceName: fnv1.FunctionRunnerService_ServiceDesc.ServiceName,
	HandlerType: (*any)(nil),
	Streams: []grpc.StreamDesc{{
		StreamName: "RunFunction",
		Handler:    func(srv any, stream grpc.ServerStream) error { return srv.(*runner).serve(stream) }, //nolint:forcetypeassert // newServer registers it.
	}},
	Metadata: fnv1.FunctionRunnerService_ServiceDesc.Metadata,
}

// A Function answers requests.
type Function interface {
	RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)
}

// cancelKey is the key of what cancels a call's context.
type cancelKey struct{}

// cancellable lets the handler of a call end what it waits for on its stream, for which
// gRPC has no other means.
func cancellable(ctx context.Context, _ *tap.Info) (context.Context, error) {
	ctx, cancel := context.WithCancel(ctx)
	return context.WithValue(ctx, cancelKey{}, cancel), nil
}

// A runner answers calls.
type runner struct {
	*options

	function Function
	turns    *semaphore.Weighted

	open    atomic.Int64 // Calls that have begun and not ended.
	waiting atomic.Int64 // Calls of these that wait for their turn.
}

func newRunner(fn Function, o *options) *runner {
	r := &runner{options: o, function: fn, turns: semaphore.NewWeighted(int64(o.maxCalls))}
	o.metrics.observeCalls(&r.open, &r.waiting)

	return r
}

// A call is one RunFunction.
type call struct {
	began time.Time
	req   *fnv1.RunFunctionRequest
	rsp   *fnv1.RunFunctionResponse
	panic *caught // What went wrong inside, if the function is at fault.
	err   error   // What the caller gets instead of a response.
}

// serve one call.
func (r *runner) serve(stream grpc.ServerStream) error {
	r.open.Add(1)
	defer r.open.Add(-1)

	c := &call{began: time.Now(), req: &fnv1.RunFunctionRequest{}}
	c.err = r.inTurn(stream, c)
	r.record(c)

	return c.err
}

// inTurn runs a call when it is its turn.
func (r *runner) inTurn(stream grpc.ServerStream, c *call) error {
	ctx := stream.Context()
	if err := r.wait(ctx); err != nil {
		return err
	}
	defer r.turns.Release(1)

	cancel := ctx.Value(cancelKey{}).(context.CancelFunc) //nolint:forcetypeassert // See cancellable.
	defer time.AfterFunc(r.callTimeout, cancel).Stop()

	var err error

	c.panic, err = catch(func() error { return r.run(stream, c) })
	if c.panic == nil {
		return err
	}

	c.rsp = &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: c.req.GetMeta().GetTag(), Ttl: durationpb.New(response.DefaultTTL)}}
	response.Fatal(c.rsp, errors.Errorf("internal error %s: nothing was changed: the function's log has the cause under this number: please report it", c.panic.id))
	c.rsp.Results[0].Reason = proto.String(ReasonInternalError)

	// The codec may be what panics.
	again, err := catch(func() error { return stream.SendMsg(c.rsp) })
	if again != nil {
		return status.Errorf(codes.Internal, "internal error %s: the function's log has the cause under this number", c.panic.id)
	}

	return err
}

// wait for a call's turn, until its deadline. Crossplane's is 2 minutes after its
// reconcile began.
func (r *runner) wait(ctx context.Context) error {
	if r.turns.TryAcquire(1) {
		return nil
	}

	defer r.waiting.Add(-1)

	if r.waiting.Add(1) > r.maxWaiting {
		return status.Errorf(codes.ResourceExhausted, "%d calls wait for their turn already: call again later, or run more replicas of the function", r.maxWaiting)
	}

	if err := r.turns.Acquire(ctx, 1); err != nil {
		return status.FromContextError(err).Err()
	}

	return nil
}

// run a call: receive its request, answer it, and send the response.
func (r *runner) run(stream grpc.ServerStream, c *call) error {
	if err := stream.RecvMsg(c.req); err != nil {
		return err
	}

	rsp, err := r.function.RunFunction(stream.Context(), c.req)
	if err != nil {
		return err
	}

	c.rsp = rsp

	return stream.SendMsg(rsp)
}
