package server

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Outcomes of calls that have a response. That of others is the name of gRPC's code.
const (
	outcomeOK    = "OK"
	outcomeFatal = "Fatal"
	outcomePanic = "Panic"
)

// Reasons of fatal results. What is not in this list is Other, so that no request can
// make a new one.
const (
	ReasonInvalidInput     = "InvalidInput"
	ReasonInvalidComposite = "InvalidComposite"
	ReasonInvalidObserved  = "InvalidObserved"
	ReasonCannotCompose    = "CannotCompose"
	ReasonInternalError    = "InternalError"
	ReasonOther            = "Other"
)

var reasons = []string{ReasonInvalidInput, ReasonInvalidComposite, ReasonInvalidObserved, ReasonCannotCompose, ReasonInternalError, ReasonOther}

// maxUID is more than the 36 characters of a UID in Kubernetes.
const maxUID = 64

// maxIdentity is how long, in bytes, each part of a platform's identity may be in the log:
// the longest name in Kubernetes. Requests that Crossplane did not make may have any.
const maxIdentity = 253

// record what became of a call, in the metrics and in the log. Messages of fatal results
// quote values of the spec, and are not logged: the XR's Synced condition has them.
func (r *runner) record(c *call) {
	took := time.Since(c.began)
	outcome := c.outcome()

	r.metrics.calls.WithLabelValues(outcome).Inc()
	r.metrics.duration.WithLabelValues(outcome).Observe(took.Seconds())

	about := append(c.identity(), "outcome", outcome, "duration", took.String())

	if c.panic != nil {
		r.log.Info("Panic", append(about, "id", c.panic.id, "cause", c.panic.cause, "stack", c.panic.stack)...)
	}

	if c.rsp != nil {
		r.metrics.observe(c)
	}

	if c.err != nil {
		r.log.Info("Call failed", append(about, "error", c.err)...)
		return
	}

	if reason, ok := fatalReason(c.rsp); ok {
		r.log.Info("Fatal result", append(about, "reason", reason)...)
		return
	}

	r.log.Debug("Answered", append(about, "ttl", c.rsp.GetMeta().GetTtl().AsDuration().String(), "resources", len(c.rsp.GetDesired().GetResources()))...)
}

// observe what a response says.
func (m *Metrics) observe(c *call) {
	ttl := c.rsp.GetMeta().GetTtl().AsDuration()
	m.ttl.Observe(ttl.Seconds())

	s := state{is: stateReady, components: map[string]bool{}}

	if reason, ok := fatalReason(c.rsp); ok {
		m.fatal.WithLabelValues(reason).Inc()

		s.is = stateFatal
	} else if c.rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE {
		s.is = stateNotReady
	}

	for _, condition := range c.rsp.GetConditions() {
		if name, ok := strings.CutSuffix(condition.GetType(), "Ready"); ok && name != "" {
			s.components[name] = condition.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE
		}
	}

	// The CLI's previews have no UID, and Kubernetes' have 36 characters.
	if uid := text(c.xr(), "metadata", "uid"); uid != "" && len(uid) <= maxUID {
		m.platforms.set(uid, s, keptTTLs*ttl)
	}
}

// outcome of a call.
func (c *call) outcome() string {
	if c.panic != nil {
		return outcomePanic
	}

	if c.err != nil {
		return status.Code(c.err).String()
	}

	if _, ok := fatalReason(c.rsp); ok {
		return outcomeFatal
	}

	return outcomeOK
}

// xr that the call is about.
func (c *call) xr() *structpb.Struct { return c.req.GetObserved().GetComposite().GetResource() }

// identity of the platform that the call is about, for the log.
func (c *call) identity() []any {
	xr := c.xr()
	out := make([]any, 0, 16)

	for _, f := range []struct{ name, value string }{
		{"tag", c.req.GetMeta().GetTag()},
		{"kind", text(xr, "kind")},
		{"namespace", text(xr, "metadata", "namespace")},
		{"name", text(xr, "metadata", "name")},
		{"uid", text(xr, "metadata", "uid")},
	} {
		if f.value != "" {
			out = append(out, f.name, f.value[:min(len(f.value), maxIdentity)])
		}
	}

	return out
}

// text at a path, or nothing.
func text(s *structpb.Struct, path ...string) string {
	for _, p := range path[:len(path)-1] {
		s = s.GetFields()[p].GetStructValue()
	}

	return s.GetFields()[path[len(path)-1]].GetStringValue()
}

// fatalReason is the reason of the response's fatal result, if it has one.
func fatalReason(rsp *fnv1.RunFunctionResponse) (string, bool) {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() != fnv1.Severity_SEVERITY_FATAL {
			continue
		}

		if !slices.Contains(reasons, r.GetReason()) {
			return ReasonOther, true
		}

		return r.GetReason(), true
	}

	return "", false
}
