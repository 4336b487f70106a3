package requests

import "google.golang.org/protobuf/types/known/structpb"

// manage writes into an observed resource who manages which of its fields, as the
// API server does: Crossplane what is desired, the provider the rest. A list is one
// field here; the API server takes those apart that have keys.
func manage(observed, desired *structpb.Struct) {
	metadata := observed.GetFields()["metadata"].GetStructValue()

	spec := &structpb.Struct{Fields: map[string]*structpb.Value{
		"metadata": structpb.NewStructValue(pick(metadata, "annotations", "finalizers", "generateName", "labels", "ownerReferences")),
	}}

	for name, v := range observed.GetFields() {
		switch name {
		case "apiVersion", "kind", "metadata", "status":
		default:
			spec.Fields[name] = v
		}
	}

	managers := []*structpb.Value{
		manager("apiextensions.crossplane.io/composed/5d2b8c349f0a4f51", "Apply", "", fields(spec, desired, func(set bool) bool { return set })),
		manager("provider", "Update", "", fields(spec, desired, func(set bool) bool { return !set })),
	}
	if status := pick(observed, "status"); len(status.GetFields()) > 0 {
		managers = append(managers, manager("provider", "Update", "status", fields(status, nil, func(bool) bool { return true })))
	}

	metadata.Fields["managedFields"] = structpb.NewListValue(&structpb.ListValue{Values: managers})
}

// manager is an entry for the fields that one manager has set.
func manager(name, operation, subresource string, fields *structpb.Struct) *structpb.Value {
	m := &structpb.Struct{Fields: map[string]*structpb.Value{
		"apiVersion": structpb.NewStringValue("v1"),
		"fieldsType": structpb.NewStringValue("FieldsV1"),
		"fieldsV1":   structpb.NewStructValue(fields),
		"manager":    structpb.NewStringValue(name),
		"operation":  structpb.NewStringValue(operation),
		"time":       structpb.NewStringValue("2026-01-01T00:00:00Z"),
	}}
	if subresource != "" {
		m.Fields["subresource"] = structpb.NewStringValue(subresource)
	}

	return structpb.NewStructValue(m)
}

// fields of s, in the API server's notation, that are wanted, given whether they are
// set in what is desired.
func fields(s, desired *structpb.Struct, wanted func(set bool) bool) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}

	for name, v := range s.GetFields() {
		d, set := desired.GetFields()[name]
		if v.GetStructValue() == nil {
			if wanted(set) {
				out.Fields["f:"+name] = structpb.NewStructValue(&structpb.Struct{})
			}

			continue
		}

		if sub := fields(v.GetStructValue(), d.GetStructValue(), wanted); len(sub.GetFields()) > 0 {
			sub.Fields["."] = structpb.NewStructValue(&structpb.Struct{})
			out.Fields["f:"+name] = structpb.NewStructValue(sub)
		}
	}

	return out
}

// pick fields of s.
func pick(s *structpb.Struct, names ...string) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}

	for _, name := range names {
		if v := s.GetFields()[name]; v != nil {
			out.Fields[name] = v
		}
	}

	return out
}
