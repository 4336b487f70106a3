package server

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/response"
)

// A Subject is the platform that a call is about.
type Subject struct {
	Tag       string
	Kind      string
	Namespace string
	Name      string
	UID       string
}

// An Answer is a RunFunctionResponse in wire format, with what is counted of it. It is not
// changed once it is made: the same may be sent again.
type Answer struct {
	// Tag of the request that is answered.
	Tag string

	// Kept says that it is the answer to an earlier request, which asked the same.
	Kept bool

	ttl       *durationpb.Duration
	reason    string // Of the fatal result, if there is one.
	state     state
	resources int

	// body is the response but for its meta.
	body []byte
}

// NewAnswer returns an answer to no request yet: a response without its meta, and the same in
// wire format with so many resources more.
func NewAnswer(ttl *durationpb.Duration, rsp *fnv1.RunFunctionResponse, resources int, body []byte) *Answer {
	reason := fatalReason(rsp)

	return &Answer{ttl: ttl, reason: reason, state: stateOf(rsp, reason), resources: resources, body: body}
}

// internalErrorTTL is when Crossplane asks again after an internal error, if nothing changes
// before.
const internalErrorTTL = time.Minute

// internalError is the answer where the function fails.
func internalError(id string) *Answer {
	rsp := &fnv1.RunFunctionResponse{}
	response.Fatal(rsp, ReasonInternalError, errors.Errorf("internal error %s: nothing was changed: the function's log has the cause under this number: please report it", id))

	body, _ := proto.Marshal(rsp) // It is text that we wrote.

	return NewAnswer(durationpb.New(internalErrorTTL), rsp, 0, body)
}

// To a request with a tag.
func (a *Answer) To(tag string) *Answer {
	out := *a
	out.Tag = tag

	return &out
}

// Again is the answer when it is given to another request.
func (a *Answer) Again() *Answer {
	out := *a
	out.Kept = true

	return &out
}

// Size of the answer in bytes, about.
func (a *Answer) Size() int64 {
	const rest = 1 << 10

	return int64(cap(a.body)) + rest
}

// Marshal writes the answer in wire format, in two parts.
func (a *Answer) Marshal() (meta, body []byte) {
	meta, _ = proto.Marshal(&fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: a.Tag, Ttl: a.ttl}}) // Its tag was read as text.

	return meta, a.body
}
