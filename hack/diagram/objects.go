package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

const (
	// annotationKey names a composed resource within its platform. The XR has none.
	annotationKey = "crossplane.io/composition-resource-name"

	annotationExternalName = "crossplane.io/external-name"

	labelTier = "dataplatform.crossplane.io/tier"
)

// Groups of the kinds that are drawn.
const (
	groupCloudWatch     = "cloudwatch.aws.m.upbound.io"
	groupEC2            = "ec2.aws.m.upbound.io"
	groupElastiCache    = "elasticache.aws.m.upbound.io"
	groupKinesis        = "kinesis.aws.m.upbound.io"
	groupRDS            = "rds.aws.m.upbound.io"
	groupSecretsManager = "secretsmanager.aws.m.upbound.io"
)

// An object is what the picture needs of a Kubernetes object.
type object struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       struct {
		ClaimRef    metadata       `json:"claimRef"`
		ForProvider map[string]any `json:"forProvider"`
	} `json:"spec"`
}

type metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// key of a composed resource.
func (o object) key() string {
	return o.Metadata.Annotations[annotationKey]
}

func (o object) is(group, kind string) bool {
	g, _, _ := strings.Cut(o.APIVersion, "/")

	return g == group && o.Kind == kind
}

func (o object) matches(labels map[string]string) bool {
	for k, v := range labels {
		if got, ok := o.Metadata.Labels[k]; !ok || got != v {
			return false
		}
	}

	return true
}

// has tells whether the resource sets a field of spec.forProvider.
func (o object) has(field string) bool {
	_, ok := o.Spec.ForProvider[field]

	return ok
}

// A reader reads composed resources, and collects what is missing in them.
type reader struct {
	xr       object
	composed []object
	errs     []error
}

var separator = regexp.MustCompile(`(?m)^---.*$`)

// read splits what make render prints into the XR and its composed resources.
func read(rendered []byte) (*reader, error) {
	var xrs []object

	r := &reader{}

	for i, doc := range separator.Split(string(rendered), -1) {
		var o object
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			return nil, fmt.Errorf("YAML document %d: %w", i, err)
		}

		switch {
		case o.Kind == "":
		case o.key() == "":
			xrs = append(xrs, o)
		default:
			r.composed = append(r.composed, o)
		}
	}

	if len(xrs) != 1 {
		return nil, fmt.Errorf("got %d objects without the annotation %s; want one, the platform itself", len(xrs), annotationKey)
	}

	if len(r.composed) == 0 {
		return nil, fmt.Errorf("no object has the annotation %s", annotationKey)
	}

	r.xr = xrs[0]

	slices.SortFunc(r.composed, func(a, b object) int { return cmp.Compare(a.key(), b.key()) })

	return r, nil
}

func (r *reader) failf(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// err is all that is missing, each once.
func (r *reader) err() error {
	var errs []error

	for _, err := range r.errs {
		if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
			errs = append(errs, err)
		}
	}

	return errors.Join(errs...)
}

// all resources of a kind.
func (r *reader) all(group, kind string) []object {
	return r.matching(group, kind, nil)
}

func (r *reader) matching(group, kind string, labels map[string]string) []object {
	var found []object

	for _, o := range r.composed {
		if o.is(group, kind) && o.matches(labels) {
			found = append(found, o)
		}
	}

	return found
}

// some are all resources of a kind, of which there must be one or more.
func (r *reader) some(group, kind string) []object {
	found := r.all(group, kind)
	if len(found) == 0 {
		r.failf("there is no %s of %s", kind, group)
	}

	return found
}

// only is the one resource of a kind.
func (r *reader) only(group, kind string) object {
	found := r.some(group, kind)

	switch len(found) {
	case 0:
		return object{}
	case 1:
	default:
		r.failf("there are %d resources of kind %s: %s", len(found), kind, keys(found))
	}

	return found[0]
}

// selected are the resources of a kind that a selector of o selects.
func (r *reader) selected(o object, field, group, kind string) []object {
	if o.key() == "" {
		// Reported already.
		return nil
	}

	selector, _ := o.Spec.ForProvider[field].(map[string]any)
	values, _ := selector["matchLabels"].(map[string]any)

	if len(values) == 0 {
		r.failf("%s has no %s with matchLabels", o.key(), field)

		return nil
	}

	labels := make(map[string]string, len(values))
	for k, v := range values {
		labels[k] = fmt.Sprint(v)
	}

	found := r.matching(group, kind, labels)
	if len(found) == 0 {
		r.failf("%s: %s selects no %s", o.key(), field, kind)
	}

	return found
}

// one resource that a selector of o selects. A reference to a single resource
// that could be to another one is no better than a missing one.
func (r *reader) one(o object, field, group, kind string) object {
	found := r.selected(o, field, group, kind)

	switch len(found) {
	case 0:
		return object{}
	case 1:
	default:
		r.failf("%s: %s selects %d resources of kind %s: %s", o.key(), field, len(found), kind, keys(found))
	}

	return found[0]
}

// text of a field that must be there.
func (r *reader) text(o object, field string) string {
	if o.key() == "" {
		// Reported already.
		return ""
	}

	s := optional(o, field)
	if s == "" {
		r.failf("%s has no %s", o.key(), field)
	}

	return s
}

// annotation that must be there.
func (r *reader) annotation(o object, name string) string {
	s := o.Metadata.Annotations[name]
	if s == "" && o.key() != "" {
		r.failf("%s has no annotation %s", o.key(), name)
	}

	return s
}

// optional is the text of a field, or nothing.
func optional(o object, field string) string {
	return scalar(o.Spec.ForProvider[field])
}

// enabled tells whether a field is true. Some that provider-aws has are strings.
func enabled(o object, field string) bool {
	return optional(o, field) == "true"
}

// texts of a field that is a list.
func texts(o object, field string) []string {
	values, _ := o.Spec.ForProvider[field].([]any)

	ss := make([]string, 0, len(values))
	for _, v := range values {
		ss = append(ss, scalar(v))
	}

	return ss
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}

func keys(os []object) string {
	ss := make([]string, 0, len(os))
	for _, o := range os {
		ss = append(ss, o.key())
	}

	return strings.Join(ss, ", ")
}
