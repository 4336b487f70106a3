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

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

const (
	// callTimeout is how long a call may take from its turn to its end: half of what
	// Crossplane gives a reconcile. A call takes some ms of CPU, so this is for callers
	// that send a part of their request and no more, or don't take the answer: each of
	// them keeps others waiting.
	callTimeout = time.Minute

	// maxWaiting is how many calls may wait for their turn over all connections, each with at most
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
	// Answer a RunFunctionRequest in wire format. The function says what it is about as soon
	// as it knows. The request is not valid afterwards. Errors are gRPC's status.
	Answer(ctx context.Context, request []byte, about *Subject) (*Answer, error)
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
	began  time.Time
	about  Subject
	answer *Answer
	panic  *caught // What went wrong inside, if the function is at fault.
	err    error   // What the caller gets instead of an answer.
}

// serve one call.
func (r *runner) serve(stream grpc.ServerStream) error {
	r.open.Add(1)
	defer r.open.Add(-1)

	c := &call{began: time.Now()}
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

	c.answer = internalError(c.panic.id).To(c.about.Tag)

	return stream.SendMsg(c.answer)
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
	var request received

	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	defer request.Free()

	a, err := r.function.Answer(stream.Context(), request.ReadOnlyData(), &c.about)
	if err != nil {
		return err
	}

	c.answer = a

	return stream.SendMsg(a)
}
