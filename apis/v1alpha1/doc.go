// Package v1alpha1 contains the DataPlatform API: the only place where its
// fields, their bounds, their defaults, their documentation, their validation
// rules and what a change of them does are written. The XRDs, Defaults, docs/api.md
// and the table in docs/updates.md are generated from it.
//
// +kubebuilder:object:generate=true
// +kubebuilder:validation:Required
// +groupName=dataplatform.crossplane.io
// +versionName=v1alpha1
package v1alpha1

import "k8s.io/apimachinery/pkg/runtime/schema"

const (
	// Group of all kinds.
	Group = "dataplatform.crossplane.io"

	// Version of all kinds.
	Version = "v1alpha1"

	// Kind of the namespaced XR.
	Kind = "XDataPlatform"

	// ClaimKind is the kind of a claim.
	ClaimKind = "DataPlatform"

	// CompositeKind is the kind of the cluster scoped XR that Crossplane makes of a
	// claim. With a kind of its own, kubectl never takes it for what developers apply.
	CompositeKind = "CompositeDataPlatform"
)

// GroupVersionKinds of the namespaced XR, of the claim, and of the XR behind it.
var (
	GroupVersionKind          = schema.GroupVersionKind{Group: Group, Version: Version, Kind: Kind}
	ClaimGroupVersionKind     = schema.GroupVersionKind{Group: Group, Version: Version, Kind: ClaimKind}
	CompositeGroupVersionKind = schema.GroupVersionKind{Group: Group, Version: Version, Kind: CompositeKind}
)
