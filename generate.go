//go:build generate

// Package generate holds the directives of go generate. What they write is
// checked in, and make test fails when it differs.
package generate

//go:generate go tool controller-gen object paths=./apis/v1alpha1;./input/v1beta1
//go:generate go run -tags generate ./hack/generate
//go:generate go run ./hack/iam
//go:generate go run ./hack/references
//go:generate go run ./hack/types
