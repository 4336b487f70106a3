// Package v1beta1 contains the input of function-data-platform: the platform
// team's policy.
//
// +kubebuilder:object:generate=true
// +groupName=dataplatform.fn.crossplane.io
// +versionName=v1beta1
package v1beta1

const (
	// Group of the function's input.
	Group = "dataplatform.fn.crossplane.io"
	// Version of the function's input.
	Version = "v1beta1"
	// Kind of the function's input.
	Kind = "Policy"
)
