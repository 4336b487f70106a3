package provideraws

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
)

// Moments, the same for every platform.
const (
	timeApplied  = "2026-01-05T09:00:00Z"
	timeCreated  = "2026-01-05T09:00:03Z"
	timeObserved = "2026-01-05T09:00:15Z"
)

// writeMetadata writes what the API server gives every object.
func (p *platform) writeMetadata(r *resource) {
	r.set(timeApplied, "metadata", "creationTimestamp")
	r.set(uuid(r.hash("uid")), "metadata", "uid")
	r.set("1"+digits(r.hash(string(p.stage)), 5), "metadata", "resourceVersion")
}

// writeProtection writes what Crossplane says of a Usage once it is in force, which
// it is soon after the resources exist that it is about.
func (r *resource) writeProtection() {
	if r.GetKind() != protectionv1beta1.UsageKind {
		return
	}

	r.set([]any{Object{"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": timeApplied}}, "status", "conditions")
}

// writeTags writes the tags that the provider sets on every kind that has tags.
func writeTags(r *resource) bool {
	tags, ok := r.forProvider()["tags"].(Object)
	if !ok {
		return false
	}

	group, _, _ := strings.Cut(r.GetAPIVersion(), "/")
	config, _, _ := unstructured.NestedString(r.Object, "spec", "providerConfigRef", "name")

	tags["crossplane-kind"] = strings.ToLower(r.GetKind()) + "." + group
	tags["crossplane-name"] = r.GetName()
	tags["crossplane-providerconfig"] = config

	r.writeTyped()

	return true
}

// writeTyped writes the empty field that typed objects have. The provider writes
// one when it writes tags, and when it creates something in AWS.
func (r *resource) writeTyped() bool {
	if _, written, _ := unstructured.NestedMap(r.Object, "spec", "initProvider"); written {
		return false
	}

	r.set(Object{}, "spec", "initProvider")

	return true
}

// writeLateInitialized fills in what AWS chose, where the resource allows it.
func (r *resource) writeLateInitialized(atProvider Object) bool {
	policies, _, _ := unstructured.NestedStringSlice(r.Object, "spec", "managementPolicies")
	if !slices.Contains(policies, "*") && !slices.Contains(policies, "LateInitialize") {
		return false
	}

	written := false
	fields := slices.Clone(r.lateInitialized)

	if r.namedLate {
		fields = append(fields, r.named)
	}

	for _, field := range fields {
		if _, set := r.forProvider()[field]; !set && !isZero(atProvider[field]) {
			r.forProvider()[field] = withoutEmpty(atProvider[field])
			written = true
		}
	}

	return written
}

// isZero says that a value is one that the provider takes for none.
func isZero(value any) bool {
	return value == nil || value == "" || value == int64(0) || value == false
}

// withoutEmpty copies a value without the empty texts in it.
func withoutEmpty(value any) any {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutEmpty(v[i])
		}

		return out
	case Object:
		out := Object{}

		for field, value := range v {
			if value != "" {
				out[field] = withoutEmpty(value)
			}
		}

		return out
	default:
		return v
	}
}

// writeCreation writes the traces of creating a resource in AWS.
func (r *resource) writeCreation(at phase) {
	annotations := r.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}

	annotations["crossplane.io/external-create-pending"] = timeCreated
	annotations["crossplane.io/external-create-succeeded"] = timeCreated

	// A name that AWS gives is known only when AWS is done.
	if at == phaseReady {
		annotations[annotationExternalName] = r.external
	}

	r.SetAnnotations(annotations)
	r.SetFinalizers([]string{"finalizer.managedresource.crossplane.io"})
}

func conditions(at phase, reason error, generation int64) []any {
	synced := Object{
		"type":               "Synced",
		"status":             "True",
		"reason":             "ReconcileSuccess",
		"lastTransitionTime": timeObserved,
		"observedGeneration": generation,
	}

	switch at {
	case phaseUnresolved:
		synced["status"] = "False"
		synced["reason"] = "ReconcileError"
		synced["message"] = "cannot resolve references: " + reason.Error()

		return []any{synced}
	case phaseCreating:
		return []any{synced, Object{
			"type":               "Ready",
			"status":             "False",
			"reason":             "Creating",
			"lastTransitionTime": timeCreated,
			"observedGeneration": generation,
		}}
	case phaseReady:
	}

	return []any{
		synced,
		Object{"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": timeObserved},
		Object{"type": "LastAsyncOperation", "status": "True", "reason": "Success", "lastTransitionTime": timeObserved},
	}
}
