package main

import (
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

// reads are what the function reads of a request. All else is left out of it: what
// components are to read they have to say, in their Reads.
var reads = &wire.Reads{Composite: readOfXR(), Resource: readOfKind, Required: func(string) *wire.Keep { return readOfRequired }}

// readings are what components read of the observed resources of each kind.
var readings = func() map[schema.GroupKind]kit.Reading {
	out := map[schema.GroupKind]kit.Reading{}
	for _, r := range platform.Reads() {
		out[r.Kind] = r
	}

	return out
}()

// readOfAll is what is read of every observed resource.
var readOfAll = kit.ReadOfAll()

// secretKind is the kind of Kubernetes' own Secrets.
var secretKind = schema.GroupKind{Kind: "Secret"}

// isRead says whether resources of a kind are read. Those of other steps may be of any kind.
func isRead(kind schema.GroupKind) bool {
	_, ok := readings[kind]
	return ok || kinds.IsManaged(kind.Group) || kind == secretKind
}

// keepKind keeps what a resource is.
func keepKind() *wire.Keep { return (&wire.Keep{}).Paths([]string{"apiVersion"}, []string{"kind"}) }

func keepFields(fields []kit.ReadField) *wire.Keep {
	k := keepKind()
	for _, f := range fields {
		k.Paths(f.Paths()...)
	}

	return k
}

var (
	// kept of the kinds that a component reads.
	kept = func() map[schema.GroupKind]*wire.Keep {
		out := map[schema.GroupKind]*wire.Keep{}
		for kind, r := range readings {
			out[kind] = keepFields(slices.Concat(readOfAll, r.Fields))
		}

		return out
	}()

	// keptOfOurs is kept of the other kinds that are read, and keptOfOthers of the rest.
	keptOfOurs, keptOfOthers = keepFields(readOfAll), keepKind()
)

// readOfKind is what is read of an observed resource of a kind.
func readOfKind(kind schema.GroupKind) *wire.Keep {
	keep, ok := kept[kind]

	switch {
	case ok:
		return keep
	case isRead(kind):
		return keptOfOurs
	default:
		return keptOfOthers
	}
}

// readOfXR is what decodeXR reads.
func readOfXR() *wire.Keep {
	k := keepKind().
		Paths([]string{"metadata", "namespace"}, []string{"metadata", "name"}, []string{"metadata", "uid"},
			[]string{"spec", "claimRef", "namespace"}, []string{"spec", "claimRef", "name"}).
		Without(crossplaneSpec, "spec")
	for _, f := range statusFields {
		k.Paths([]string{"status", f})
	}

	return k
}

// statusFields are the fields of an XR's status that are ours.
var statusFields = func() []string {
	var out []string

	for f := range reflect.TypeFor[v1alpha1.XDataPlatformStatus]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, name)
	}

	return out
}()

// readOfRequired is what controlledBy reads.
var readOfRequired = (&wire.Keep{}).Paths(
	[]string{"metadata", "ownerReferences", "[0]", "controller"},
	[]string{"metadata", "ownerReferences", "[0]", "uid"})
