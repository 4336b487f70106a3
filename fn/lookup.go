package main

import (
	"slices"

	"k8s.io/utils/ptr"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// requiredSecret is what the function calls the Secret that it has Crossplane look up.
const requiredSecret = "connection-secret"

// lookUp has Crossplane look for a Secret. It then calls again, with what it found.
func lookUp(rsp *fnv1.RunFunctionResponse, namespace, name string) {
	if name == "" {
		return
	}

	rsp.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{requiredSecret: {
		ApiVersion: "v1",
		Kind:       "Secret",
		Match:      &fnv1.ResourceSelector_MatchName{MatchName: name},
		Namespace:  ptr.To(namespace),
	}}}
}

// lookedUp says what Crossplane found for the XR with that UID. Of the Secret nothing is
// read but whose it is.
func lookedUp(req *fnv1.RunFunctionRequest, uid string) kit.Lookup {
	if !slices.Contains(req.GetMeta().GetCapabilities(), fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES) {
		return kit.LookupUnsupported
	}

	found, answered := req.GetRequiredResources()[requiredSecret]
	if !answered {
		return kit.LookupPending
	}

	for _, item := range found.GetItems() {
		if !controlledBy(item, uid) {
			return kit.LookupTaken
		}
	}

	return kit.LookupFree
}

// controlledBy says whether an object is controlled by the one with that UID.
func controlledBy(o *fnv1.Resource, uid string) bool {
	refs := o.GetResource().GetFields()["metadata"].GetStructValue().GetFields()["ownerReferences"].GetListValue()
	for _, v := range refs.GetValues() {
		if ref := v.GetStructValue().GetFields(); ref["controller"].GetBoolValue() {
			return ref["uid"].GetStringValue() == uid
		}
	}

	return false
}
