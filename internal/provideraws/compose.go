package provideraws

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Resources returns the observed resources of the request that Crossplane would
// send after the provider got to see a function's desired resources.
func Resources(xr *structpb.Struct, desired map[string]*fnv1.Resource, stage Stage) (map[string]*fnv1.Resource, error) {
	parent, err := toObject(xr)
	if err != nil {
		return nil, err
	}

	composed := make(map[string]Object, len(desired))

	for key, d := range desired {
		o, err := toObject(d.GetResource())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}

		compose(&unstructured.Unstructured{Object: parent}, key, &unstructured.Unstructured{Object: o})
		composed[key] = o
	}

	resources, err := Platform(composed, stage)
	if err != nil {
		return nil, err
	}

	out := make(map[string]*fnv1.Resource, len(resources))

	for key, r := range resources {
		s, err := structpb.NewStruct(r.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}

		out[key] = &fnv1.Resource{Resource: s, ConnectionDetails: r.Connection}
	}

	return out, nil
}

// compose gives a desired resource the metadata that Crossplane gives it.
func compose(xr *unstructured.Unstructured, key string, o *unstructured.Unstructured) {
	prefix := xr.GetName()
	labels := o.GetLabels()

	if labels == nil {
		labels = map[string]string{}
	}

	if v := xr.GetLabels()["crossplane.io/composite"]; v != "" {
		prefix = v
	}

	for _, name := range []string{"crossplane.io/claim-name", "crossplane.io/claim-namespace"} {
		if v := xr.GetLabels()[name]; v != "" {
			labels[name] = v
		}
	}

	labels["crossplane.io/composite"] = prefix
	o.SetLabels(labels)

	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}

	annotations["crossplane.io/composition-resource-name"] = key
	o.SetAnnotations(annotations)

	if xr.GetNamespace() != "" {
		o.SetNamespace(xr.GetNamespace())
	}

	if o.GetName() == "" {
		o.SetGenerateName(prefix + "-")
		o.SetName(prefix + "-" + hash(string(xr.GetUID()) + key)[:12])
	}

	_ = unstructured.SetNestedSlice(o.Object, []any{Object{
		"apiVersion":         xr.GetAPIVersion(),
		"kind":               xr.GetKind(),
		"name":               xr.GetName(),
		"uid":                string(xr.GetUID()),
		"controller":         true,
		"blockOwnerDeletion": true,
	}}, "metadata", "ownerReferences")
}

// toObject turns protobuf, which knows only floating point numbers, into an object
// with whole numbers where they are whole.
func toObject(s *structpb.Struct) (Object, error) {
	b, err := protojson.Marshal(s)
	if err != nil {
		return nil, err
	}

	o := Object{}

	return o, utiljson.Unmarshal(b, &o)
}
