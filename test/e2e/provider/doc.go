// Package provider plays provider-aws for the kinds that platforms are made of: a
// program that a control plane cannot tell from the provider by what it writes.
//
// The managed reconciler is crossplane-runtime's own. What is behind it is not
// AWS but a model of it in memory, which README.md describes.
package provider
