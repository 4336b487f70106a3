package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// annotationKey names a composed resource within its platform. The XR has none.
const annotationKey = "crossplane.io/composition-resource-name"

// groups are the labels that resources are grouped by, the outermost first.
var groups = []string{
	"dataplatform.crossplane.io/component",
	"dataplatform.crossplane.io/tier",
	"dataplatform.crossplane.io/zone",
}

// header of the diagram. The default spacing makes it a quarter wider than it need be, and
// it is read in a page's column.
const header = `%%{init: {"flowchart": {"nodeSpacing": 40, "rankSpacing": 20, "padding": 8}}}%%
flowchart LR
`

// A resource that is composed.
type resource struct {
	unstructured.Unstructured

	key  string
	kind string // Such as ec2/VPC; Kubernetes' own have no group.
}

// groups that the resource is in, the outermost first.
func (r resource) groups() []string {
	var in []string

	for _, label := range groups {
		if group := r.GetLabels()[label]; group != "" {
			in = append(in, group)
		}
	}

	return in
}

// A platform is its composed resources, in the order of their keys.
type platform []resource

// read the composed resources. Usages are left out: they only order deletion.
func read(rendered []byte) (platform, error) {
	var p platform

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(rendered))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		o := resource{}
		if err := yaml.Unmarshal(doc, &o.Object); err != nil {
			return nil, err
		}

		o.key = o.GetAnnotations()[annotationKey]
		o.kind = strings.TrimPrefix(provideraws.KindOf(o.GroupVersionKind()), "/")

		if o.key != "" && o.GetKind() != "Usage" {
			p = append(p, o)
		}
	}

	if len(p) == 0 {
		return nil, fmt.Errorf("no object has the annotation %s; pass what make render prints", annotationKey)
	}

	slices.SortFunc(p, func(a, b resource) int { return cmp.Compare(a.key, b.key) })

	return p, nil
}

// references of a resource: the keys of what its selectors select, and of the
// Secrets that it reads, in the order of the fields. A Secret that is not composed
// has none: the provider writes it.
func (p platform) references(r resource) ([]string, error) {
	var (
		keys []string
		errs []error
	)

	fields, _, _ := unstructured.NestedMap(r.Object, "spec", "forProvider")

	for _, field := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case strings.HasSuffix(field, "Selector"):
			selected, err := p.selected(r, field)
			keys, errs = append(keys, selected...), append(errs, err)
		case strings.HasSuffix(field, "SecretRef"):
			name, _, _ := unstructured.NestedString(fields, field, "name")

			keys = append(keys, p.keys(func(o resource) bool { return o.kind == "Secret" && o.GetName() == name })...)
		}
	}

	return keys, errors.Join(errs...)
}

// selected are the keys of what a selector selects.
func (p platform) selected(r resource, field string) ([]string, error) {
	known := provideraws.References(r.kind)

	i := slices.IndexFunc(known, func(ref provideraws.Reference) bool { return ref.Selector == field })
	if i < 0 {
		return nil, fmt.Errorf("%s: what %s selects is not known; add it to %s in internal/provideraws", r.key, field, r.kind)
	}

	kind := provideraws.KindOf(known[i].To)
	want, _, _ := unstructured.NestedStringMap(r.Object, "spec", "forProvider", field, "matchLabels")
	selector := labels.SelectorFromSet(want)

	keys := p.keys(func(o resource) bool { return o.kind == kind && selector.Matches(labels.Set(o.GetLabels())) })

	if len(keys) == 0 || len(keys) > 1 && !known[i].List {
		return nil, fmt.Errorf("%s: %s selects %d of %s %v; correct its labels or theirs", r.key, field, len(keys), kind, keys)
	}

	return keys, nil
}

// keys of some resources.
func (p platform) keys(which func(resource) bool) []string {
	var keys []string

	for _, r := range p {
		if which(r) {
			keys = append(keys, r.key)
		}
	}

	return keys
}

// draw what is rendered as a Mermaid flowchart. A resource that AWS has no tags for is
// part of what it refers to, so it is no node: one that refers to two resources is a
// line between them, and one that refers to one is named in that one's node.
func draw(rendered []byte) (string, error) {
	p, err := read(rendered)
	if err != nil {
		return "", err
	}

	var (
		nodes platform
		lines []string
		errs  []error
	)

	parts := map[string]string{}

	for _, r := range p {
		refs, err := p.references(r)
		errs = append(errs, err)

		switch {
		case len(refs) == 1 && kinds.Named(r.kind).Untagged:
			parts[refs[0]] += "<br>" + r.key
		case len(refs) == 2 && kinds.Named(r.kind).Untagged:
			lines = append(lines, fmt.Sprintf("  %s ---|%s| %s\n", refs[1], r.GetKind(), refs[0]))
		default:
			nodes = append(nodes, r)

			for _, ref := range refs {
				lines = append(lines, fmt.Sprintf("  %s --> %s\n", r.key, ref))
			}
		}
	}

	b := &strings.Builder{}
	b.WriteString(header)
	write(b, nodes, parts, nil)
	b.WriteString(strings.Join(lines, ""))

	return b.String(), errors.Join(errs...)
}

// write the nodes of a group, and then the groups in it.
func write(b *strings.Builder, nodes platform, parts map[string]string, group []string) {
	indent := strings.Repeat("  ", len(group)+1)
	inner := map[string]platform{}

	for _, r := range nodes {
		if in := r.groups(); len(in) > len(group) {
			inner[in[len(group)]] = append(inner[in[len(group)]], r)
			continue
		}

		fmt.Fprintf(b, "%s%s[\"%s<br>%s%s\"]\n", indent, r.key, r.key, r.kind, parts[r.key])
	}

	for _, name := range slices.Sorted(maps.Keys(inner)) {
		path := append(slices.Clone(group), name)

		// A resource may be called as its component is. A group whose resources refer
		// to nothing outside would take the other direction by itself.
		fmt.Fprintf(b, "%[1]ssubgraph group-%[2]s [\"%[3]s\"]\n%[1]s  direction LR\n", indent, strings.Join(path, "-"), name)
		write(b, inner[name], parts, path)
		fmt.Fprintf(b, "%send\n", indent)
	}
}
