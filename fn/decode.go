package main

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/admission"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// crossplaneSpec are the fields that Crossplane adds to an XR's spec. All but the
// first are only in the XR of a claim.
var crossplaneSpec = []string{
	"crossplane",
	"claimRef",
	"compositeDeletePolicy",
	"compositionRef",
	"compositionRevisionRef",
	"compositionRevisionSelector",
	"compositionSelector",
	"compositionUpdatePolicy",
	"environmentConfigRefs",
	"publishConnectionDetailsTo",
	"resourceRefs",
}

// A policy is what the function reads of its input.
type policy struct {
	kit.Policy

	// TTL of the response.
	TTL *durationpb.Duration
}

// decodeXR reads and validates the XR: the part of a request that is the user's.
func (f *Function) decodeXR(ctx context.Context, s *structpb.Struct) (*kit.Request, error) {
	if len(s.GetFields()) == 0 {
		return nil, errors.New("the request observes none: send an XDataPlatform")
	}

	r := &reader{root: s}

	x := &kit.Request{
		APIVersion: r.text("apiVersion"),
		Kind:       r.text("kind"),
		Namespace:  r.text("metadata", "namespace"),
		Name:       r.text("metadata", "name"),
		UID:        r.text("metadata", "uid"),
	}
	if x.Namespace == "" {
		x.Claim = true
		x.Namespace = r.text("spec", "claimRef", "namespace")
		x.Name = r.text("spec", "claimRef", "name")
	}

	if r.err != nil {
		return nil, r.err
	}

	if x.Namespace == "" || x.Name == "" {
		return nil, errors.New("spec.claimRef: required value is missing: a CompositeDataPlatform belongs to a DataPlatform claim, which names the namespace to compose in: create a claim, or an XDataPlatform in a namespace")
	}

	if err := checkNames(x); err != nil {
		return nil, err
	}

	theirs := crossplaneSpec
	if x.Claim {
		// A namespaced XR has one of its own, of the API's.
		theirs = append(slices.Clone(theirs), "writeConnectionSecretToRef")
	}

	own := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	if spec, ok := s.GetFields()["spec"]; ok {
		own.Fields["spec"] = without(spec, theirs)
		if err := admission.CheckSize("spec", own.GetFields()["spec"]); err != nil {
			return nil, err
		}
	}

	decoded := struct {
		Spec json.RawMessage `json:"spec"`
	}{}
	if err := decode(ctx, f.platform, own, &decoded); err != nil {
		return nil, err
	}

	x.RawSpec = decoded.Spec
	x.Status = decodeStatus(s)

	return x, errors.Wrap(json.Unmarshal(x.RawSpec, &x.Spec), "spec")
}

// checkNames returns an error if the platform's namespace or name is none that Kubernetes
// takes. They are in the names, tags and messages of all that the platform is made of.
func checkNames(x *kit.Request) error {
	fields := []string{"metadata.namespace", "metadata.name"}
	if x.Claim {
		fields = []string{"spec.claimRef.namespace", "spec.claimRef.name"}
	}

	for i, invalid := range [][]string{validation.IsDNS1123Label(x.Namespace), validation.IsDNS1123Subdomain(x.Name)} {
		if len(invalid) > 0 {
			return kit.Invalid(fields[i], []string{x.Namespace, x.Name}[i], "%s: use the name of an object in Kubernetes", invalid[0])
		}
	}

	return nil
}

// statusFields are the fields of a status that are ours. Conditions, and what other steps
// write, can be much more.
var statusFields = func() map[string]bool {
	out := map[string]bool{}
	for f := range reflect.TypeFor[v1alpha1.XDataPlatformStatus]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = true
	}

	return out
}()

// maxStatus is how many bytes the platform's part of a status may have: twice what the API
// allows. What it says goes into names.
const maxStatus = 16 << 10

// decodeStatus reads what the XR's status says. Users can't edit a status, and
// another version of the function or of Crossplane may have written it: what
// can't be understood is as good as nothing, and is written anew.
func decodeStatus(s *structpb.Struct) v1alpha1.XDataPlatformStatus {
	own := &structpb.Struct{Fields: map[string]*structpb.Value{}}

	for field, v := range s.GetFields()["status"].GetStructValue().GetFields() {
		if statusFields[field] {
			own.Fields[field] = v
		}
	}

	if proto.Size(own) > maxStatus {
		return v1alpha1.XDataPlatformStatus{}
	}

	b, err := protojson.Marshal(own)

	status := v1alpha1.XDataPlatformStatus{}
	if err := cmp.Or(err, json.Unmarshal(b, &status)); err != nil {
		return v1alpha1.XDataPlatformStatus{}
	}

	return status
}

// decodePolicy reads and validates the function's input. No input is an empty
// policy.
func (f *Function) decodePolicy(ctx context.Context, s *structpb.Struct) (*policy, error) {
	p := &policy{TTL: durationpb.New(response.DefaultTTL), Policy: kit.NewPolicy(&v1beta1.Policy{}, nil)}
	if len(s.GetFields()) == 0 {
		return p, nil
	}

	r := &reader{root: s}
	if group, kind := r.text("apiVersion"), r.text("kind"); r.err == nil && (group != v1beta1.Group+"/"+v1beta1.Version || kind != v1beta1.Kind) {
		return nil, errors.Errorf("apiVersion, kind: invalid value %q: use apiVersion: %s/%s and kind: %s", group+", "+kind, v1beta1.Group, v1beta1.Version, v1beta1.Kind)
	}

	own := without(structpb.NewStructValue(s), []string{"metadata"})
	if err := admission.CheckSize(v1beta1.Kind, own); err != nil {
		return nil, err
	}

	in := v1beta1.Policy{}

	raw := struct {
		*v1beta1.Policy

		Defaults json.RawMessage `json:"defaults"`
	}{Policy: &in}
	if err := decode(ctx, f.policy, own.GetStructValue(), &raw); err != nil {
		return nil, err
	}

	p.Policy = kit.NewPolicy(&in, raw.Defaults)
	if in.ResponseTTL != nil {
		p.TTL = durationpb.New(in.ResponseTTL.Duration)
	}

	return p, nil
}

// decode validates s against a schema and decodes it into out. Protobuf has
// only floating point numbers; by way of JSON whole ones become integers.
func decode(ctx context.Context, v *admission.Validator, s *structpb.Struct, out any) error {
	b, err := protojson.Marshal(s)
	if err != nil {
		return errors.Wrap(err, "cannot write as JSON")
	}

	o := map[string]any{}
	if err := cmp.Or(utiljson.Unmarshal(b, &o), v.Validate(ctx, o)); err != nil {
		return err
	}

	return json.Unmarshal(b, out)
}

// without returns an object without some of its fields, or another value as it
// is.
func without(v *structpb.Value, fields []string) *structpb.Value {
	s := v.GetStructValue()
	if s == nil {
		return v
	}

	rest := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(s.GetFields()))}
	maps.Copy(rest.GetFields(), s.GetFields())

	for _, f := range fields {
		delete(rest.GetFields(), f)
	}

	return structpb.NewStructValue(rest)
}
