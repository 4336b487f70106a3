// Package v1alpha1 contains the DataPlatform API: the only place where its
// fields, their bounds, their documentation and their validation rules are
// written. The XRDs and docs/api.md are generated from it.
//
// +kubebuilder:object:generate=true
// +kubebuilder:validation:Required
// +groupName=dataplatform.m.crossplane.io
// +versionName=v1alpha1
package v1alpha1

import "k8s.io/apimachinery/pkg/runtime/schema"

const (
	// Version of both API groups.
	Version = "v1alpha1"

	// Group of the namespaced XR. The .m. follows provider-aws's convention
	// for namespaced kinds.
	Group = "dataplatform.m.crossplane.io"

	// ClaimGroup of the claim and of the cluster scoped XR that a claim makes.
	ClaimGroup = "dataplatform.crossplane.io"

	// Kind of the XR, in both groups.
	Kind = "XDataPlatform"

	// ClaimKind is the kind a claim has.
	ClaimKind = "DataPlatform"
)

// GroupVersionKinds of the two XRs.
var (
	GroupVersionKind      = schema.GroupVersionKind{Group: Group, Version: Version, Kind: Kind}
	ClaimGroupVersionKind = schema.GroupVersionKind{Group: ClaimGroup, Version: Version, Kind: Kind}
)
