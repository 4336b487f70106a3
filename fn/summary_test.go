package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// checkSummary compares a whole response with its summary in testdata, which is what a
// reviewer reads: a thousand lines of YAML say too much. Run the tests with -update to
// rewrite it.
func checkSummary(t *testing.T, name string, rsp *fnv1.RunFunctionResponse) {
	t.Helper()

	path := filepath.Join("testdata", name+".txt")

	got := summarize(rsp)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatalf("cannot write %q: %v", path, err)
		}
	}

	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("cannot read %q: run the tests with -update to write it: %v", path, err)
	}

	if d := gocmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: -want summary, +got summary:\n%s", path, d)
	}
}

// summarize a response: a line for each condition, and one for each resource, with its key,
// kind, whether it is ready, name in Kubernetes and in AWS, and what it refers to.
func summarize(rsp *fnv1.RunFunctionResponse) string {
	out := &bytes.Buffer{}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(columns ...string) { fmt.Fprintln(w, strings.TrimRight(strings.Join(columns, "\t"), "\t")) }

	for _, c := range rsp.GetConditions() {
		line(c.GetType(), short(c.GetStatus().String()), c.GetReason(), c.GetMessage())
	}

	for _, r := range rsp.GetResults() {
		line("RESULT", short(r.GetSeverity().String()), r.GetMessage())
	}

	line()
	line("KEY", "KIND", "READY", "NAME", "IN AWS", "REFERS TO")

	resources := rsp.GetDesired().GetResources()
	for _, key := range slices.Sorted(maps.Keys(resources)) {
		o := &unstructured.Unstructured{Object: resources[key].GetResource().AsMap()}
		inAWS := cmp.Or(o.GetAnnotations()["crossplane.io/external-name"], text(o, "identifier"), text(o, "name"))
		line(key, strings.TrimPrefix(provideraws.KindOf(o.GroupVersionKind()), "/"), short(resources[key].GetReady().String()),
			cmp.Or(o.GetName(), "-"), cmp.Or(inAWS, "-"), strings.Join(refersTo("", o.Object["spec"]), "; "))
	}

	if err := w.Flush(); err != nil {
		return err.Error()
	}

	return out.String()
}

// short is the last word of an enumeration's value.
func short(value string) string { return strings.ToLower(value[strings.LastIndex(value, "_")+1:]) }

// text of a field of spec.forProvider.
func text(o *unstructured.Unstructured, field string) string {
	s, _, _ := unstructured.NestedString(o.Object, "spec", "forProvider", field)
	return s
}

// refersTo are the selectors and references in a value, by their fields: the labels that one
// selects, without what stands before their names, or the name of the other.
func refersTo(field string, value any) []string {
	fields, ok := value.(anyObject)
	if !ok {
		return nil
	}

	if labels, ok := fields["matchLabels"].(anyObject); ok {
		var selected []string
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			selected = append(selected, fmt.Sprintf("%s=%v", label[strings.LastIndex(label, "/")+1:], labels[label]))
		}

		return []string{field + " " + strings.Join(selected, ",")}
	}

	if name, ok := fields["name"].(string); ok && strings.HasSuffix(field, "Ref") {
		return []string{field + " " + name}
	}

	var out []string
	for _, in := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, refersTo(in, fields[in])...)
	}

	return out
}
