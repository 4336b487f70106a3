package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/crossplane/function-sdk-go/errors"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/admission"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
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

	// TTL of the answer while all of the platform is ready.
	TTL time.Duration
}

// decodeXR reads and validates the XR: the part of a request that is the user's.
func (f *Function) decodeXR(ctx context.Context, o wire.Object) (*kit.Request, error) {
	if len(o) == 0 {
		return nil, errors.New("the request observes none: send an XDataPlatform")
	}

	r := &reader{root: o}

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

	// Of Crossplane's own fields nothing is left but the claim's name.
	if err := admission.CheckSize("spec", o.Field("spec")); err != nil {
		return nil, err
	}

	own := o.Any()
	maps.DeleteFunc(own, func(field string, _ any) bool { return field != "spec" })

	if spec, ok := own["spec"].(map[string]any); ok {
		without(spec, theirs)
	}

	decoded := struct {
		Spec json.RawMessage `json:"spec"`
	}{}
	if err := f.platform.decode(ctx, own, &decoded); err != nil {
		return nil, err
	}

	x.RawSpec = decoded.Spec
	x.Status = decodeStatus(r.value("status"))

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

// maxStatus is how many bytes the platform's part of a status may have: twice what the API
// allows. What it says goes into names.
const maxStatus = 16 << 10

// decodeStatus reads what the XR's status says. Users can't edit a status, and
// another version of the function or of Crossplane may have written it: what
// can't be understood is as good as nothing, and is written anew.
func decodeStatus(v wire.Value) v1alpha1.XDataPlatformStatus {
	if len(v) > maxStatus {
		return v1alpha1.XDataPlatformStatus{}
	}

	b, err := json.Marshal(v.Any())

	status := v1alpha1.XDataPlatformStatus{}
	if err := cmp.Or(err, json.Unmarshal(b, &status)); err != nil {
		return v1alpha1.XDataPlatformStatus{}
	}

	return status
}

// decodePolicy reads and validates the function's input. No input is an empty
// policy.
func (f *Function) decodePolicy(ctx context.Context, o wire.Object) (*policy, error) {
	p := &policy{TTL: longTTL, Policy: kit.NewPolicy(&v1beta1.Policy{}, nil)}
	if len(o) == 0 {
		return p, nil
	}

	r := &reader{root: o}
	if group, kind := r.text("apiVersion"), r.text("kind"); r.err == nil && (group != v1beta1.Group+"/"+v1beta1.Version || kind != v1beta1.Kind) {
		return nil, errors.Errorf("apiVersion, kind: invalid value %q: use apiVersion: %s/%s and kind: %s", group+", "+kind, v1beta1.Group, v1beta1.Version, v1beta1.Kind)
	}

	if err := admission.CheckObject(v1beta1.Kind, o); err != nil {
		return nil, err
	}

	in := v1beta1.Policy{}

	raw := struct {
		*v1beta1.Policy

		Defaults json.RawMessage `json:"defaults"`
	}{Policy: &in}
	if err := f.policy.decode(ctx, without(o.Any(), []string{"metadata"}), &raw); err != nil {
		return nil, err
	}

	p.Policy = kit.NewPolicy(&in, raw.Defaults)
	if in.ResponseTTL != nil {
		p.TTL = in.ResponseTTL.Duration
	}

	return p, nil
}

// A decoder reads objects of one schema.
type decoder struct {
	*admission.Validator

	// valid are the hashes of objects that were found to be valid. A spec is seldom
	// changed, and asked about often: to validate it takes as long as a third of the rest.
	valid *lru.Cache[[sha256.Size]byte, struct{}]
}

// maxValid is how many objects a decoder remembers: 32 bytes of each, and a list's overhead.
const maxValid = 1 << 10

func newDecoder(schema []byte) (*decoder, error) {
	v, err := admission.New(schema)
	valid, lerr := lru.New[[sha256.Size]byte, struct{}](maxValid)

	return &decoder{Validator: v, valid: valid}, errors.Join(err, lerr)
}

// decode validates an object and decodes it into out.
func (d *decoder) decode(ctx context.Context, o map[string]any, out any) error {
	// The validator takes away what it does not know, and says so.
	b, err := json.Marshal(o)
	if err != nil {
		return errors.Wrap(err, "cannot write as JSON")
	}

	sum := sha256.Sum256(b)
	if _, ok := d.valid.Get(sum); !ok {
		if err := d.Validate(ctx, o); err != nil {
			return err
		}

		d.valid.Add(sum, struct{}{})
	}

	return json.Unmarshal(b, out)
}

// subject is what a request is about, for the log and the metrics: a claim or an XR.
func subject(in *wire.Request) server.Subject {
	r := &reader{root: in.XR.Object}
	s := server.Subject{
		Tag:       in.Tag,
		Kind:      in.XR.Kind.Kind,
		Namespace: r.text("metadata", "namespace"),
		Name:      r.text("metadata", "name"),
		UID:       r.text("metadata", "uid"),
	}

	if s.Namespace == "" {
		s.Namespace = r.text("spec", "claimRef", "namespace")
		s.Name = cmp.Or(r.text("spec", "claimRef", "name"), s.Name)
	}

	return s
}

// without takes some of an object's fields away.
func without(o map[string]any, fields []string) map[string]any {
	for _, f := range fields {
		delete(o, f)
	}

	return o
}
