package server

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/status"

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

	if c.answer != nil {
		r.metrics.observe(c)
	}

	if c.err != nil {
		r.log.Info("Call failed", append(about, "error", c.err)...)
		return
	}

	if c.answer.reason != "" {
		r.log.Info("Fatal result", append(about, "reason", c.answer.reason)...)
		return
	}

	r.log.Debug("Answered", append(about, "ttl", c.answer.ttl.AsDuration().String(), "resources", c.answer.resources, "kept", c.answer.Kept)...)
}

// observe what an answer says.
func (m *Metrics) observe(c *call) {
	ttl := c.answer.ttl.AsDuration()
	m.ttl.Observe(ttl.Seconds())

	if c.answer.reason != "" {
		m.fatal.WithLabelValues(c.answer.reason).Inc()
	}

	// Where the function panics it is not known whether the answer is kept.
	if c.panic == nil {
		m.cache.WithLabelValues(map[bool]string{true: "hit", false: "miss"}[c.answer.Kept]).Inc()
	}

	// The CLI's previews have no UID, and Kubernetes' have 36 characters.
	if uid := c.about.UID; uid != "" && len(uid) <= maxUID {
		m.platforms.set(uid, c.answer.state, keptTTLs*ttl)
	}
}

// stateOf the platform that a response is about, and the reason of its fatal result.
func stateOf(rsp *fnv1.RunFunctionResponse, fatal string) state {
	s := state{is: stateReady, components: map[string]bool{}}

	if fatal != "" {
		s.is = stateFatal
	} else if rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE {
		s.is = stateNotReady
	}

	for _, condition := range rsp.GetConditions() {
		if name, ok := strings.CutSuffix(condition.GetType(), "Ready"); ok && name != "" {
			s.components[name] = condition.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE
		}
	}

	return s
}

// outcome of a call.
func (c *call) outcome() string {
	if c.panic != nil {
		return outcomePanic
	}

	if c.err != nil {
		return status.Code(c.err).String()
	}

	if c.answer.reason != "" {
		return outcomeFatal
	}

	return outcomeOK
}

// identity of the platform that the call is about, for the log.
func (c *call) identity() []any {
	out := make([]any, 0, 16)

	for _, f := range []struct{ name, value string }{
		{"tag", c.about.Tag},
		{"kind", c.about.Kind},
		{"namespace", c.about.Namespace},
		{"name", c.about.Name},
		{"uid", c.about.UID},
	} {
		if f.value != "" {
			out = append(out, f.name, f.value[:min(len(f.value), maxIdentity)])
		}
	}

	return out
}

// fatalReason is the reason of the response's fatal result, or nothing if it has none.
func fatalReason(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() != fnv1.Severity_SEVERITY_FATAL {
			continue
		}

		if !slices.Contains(reasons, r.GetReason()) {
			return ReasonOther
		}

		return r.GetReason()
	}

	return ""
}
