// Package response makes RunFunctionResponses. It is what the function needs of
// function-sdk-go's package of this name, which also reads Kubernetes objects, and has a
// client of Kubernetes behind it: 13 MB of program, which take a quarter of the function's
// start and of its memory.
package response

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// To begins the response to a request, with what earlier steps of the pipeline desire.
func To(req *fnv1.RunFunctionRequest, ttl time.Duration) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(ttl)},
		Desired: req.GetDesired(),
		Context: req.GetContext(),
	}
}

// Fatal adds a fatal result, for a reason that metrics count. Crossplane changes nothing,
// and shows the error on the XR.
func Fatal(rsp *fnv1.RunFunctionResponse, reason string, err error) {
	rsp.Results = append(rsp.GetResults(), &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL,
		Message:  err.Error(),
		Reason:   ptr.To(reason),
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
}

// Condition adds a condition of the XR and of its claim. A true one has no message.
func Condition(rsp *fnv1.RunFunctionResponse, of string, is bool, reason, message string) {
	c := &fnv1.Condition{Type: of, Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: reason, Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()}
	if !is {
		c.Status, c.Message = fnv1.Status_STATUS_CONDITION_FALSE, ptr.To(message)
	}

	rsp.Conditions = append(rsp.GetConditions(), c)
}
