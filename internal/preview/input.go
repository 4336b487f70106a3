package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// annotationResourceName is how Crossplane knows which of an XR's resources a
// composed resource is.
const annotationResourceName = "crossplane.io/composition-resource-name"

// A document is one object of a YAML stream.
type document struct {
	unstructured.Unstructured

	raw []byte
}

// describe a document for an error message.
func (d *document) describe() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", d.GetAPIVersion(), d.GetKind(), d.GetName()))
}

// readDocuments reads the objects in a YAML file. It takes a List, which is what
// kubectl get writes, apart.
func readDocuments(file string) ([]document, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	var docs []document

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		raw, err := r.Read()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}

		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}

		d := document{raw: raw}
		if err := yaml.Unmarshal(raw, &d.Object); err != nil {
			return nil, fmt.Errorf("%s: not a YAML object: %w", file, err)
		}

		switch {
		case len(d.Object) == 0: // Nothing but comments.
		case d.IsList():
			items, err := d.ToList()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}

			for _, item := range items.Items {
				raw, err := yaml.Marshal(item.Object)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", file, err)
				}

				docs = append(docs, document{Unstructured: item, raw: raw})
			}
		default:
			docs = append(docs, d)
		}
	}
}

func joinDocuments(docs []document) []byte {
	raw := make([][]byte, 0, len(docs))
	for i := range docs {
		raw = append(raw, docs[i].raw)
	}

	return bytes.Join(raw, []byte("\n---\n"))
}

// A platform is an XR or a claim that someone wrote.
type platform struct {
	api      api
	claim    bool
	name     string
	document []byte
}

// readPlatform reads the one platform in a file. The file may hold objects of
// other kinds beside it.
func readPlatform(file string, c catalog) (*platform, error) {
	docs, err := readDocuments(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read platform: %w", err)
	}

	var (
		found  []platform
		others []string
	)

	for i := range docs {
		d := &docs[i]

		a, claim, ok := c.find(d.GetAPIVersion(), d.GetKind())
		if !ok {
			others = append(others, d.describe())
			continue
		}

		if d.GetName() == "" {
			return nil, fmt.Errorf("%s: metadata.name is missing; give the platform a name", file)
		}

		if (a.namespaced || claim) && d.GetNamespace() == "" {
			return nil, fmt.Errorf("%s: metadata.namespace is missing; name the namespace that %s will be in", file, d.describe())
		}

		found = append(found, platform{api: a, claim: claim, name: d.GetName(), document: d.raw})
	}

	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, fmt.Errorf("%s holds no platform but %s; write one of these: %s", file, orNothing(others), c)
	default:
		return nil, fmt.Errorf("%s holds %d platforms; put each in a file of its own", file, len(found))
	}
}

func orNothing(kinds []string) string {
	if len(kinds) == 0 {
		return "nothing"
	}

	return strings.Join(kinds, ", ")
}

// Observed state is what a control plane would tell the function that exists.
type observed struct {
	composed []document
	secrets  []document
}

// readObserved reads a file, or the YAML files in a directory. A Secret that is
// not itself a composed resource is one that a composed resource wrote its
// connection details to.
func readObserved(path string) (observed, error) {
	if path == "" {
		return observed{}, nil
	}

	files, err := yamlFiles(path)
	if err != nil {
		return observed{}, fmt.Errorf("cannot read observed resources: %w", err)
	}

	o := observed{}

	for _, file := range files {
		docs, err := readDocuments(file)
		if err != nil {
			return observed{}, fmt.Errorf("cannot read observed resources: %w", err)
		}

		for _, d := range docs {
			switch {
			case d.GetAnnotations()[annotationResourceName] != "":
				o.composed = append(o.composed, d)
			case d.GetAPIVersion() == "v1" && d.GetKind() == "Secret":
				o.secrets = append(o.secrets, d)
			default:
				return observed{}, fmt.Errorf("%s: %s has no annotation %s; add the name of the composed resource it is, or remove it", file, d.describe(), annotationResourceName)
			}
		}
	}

	return o, nil
}

// yamlFiles returns a file, or the YAML files in a directory in order. It may
// find none: an empty directory is a platform of which nothing exists yet.
func yamlFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}

	if !info.IsDir() {
		return []string{path}, nil
	}

	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}

	var files []string

	for _, e := range entries {
		if !e.IsDir() && slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(e.Name())) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}

	return files, nil
}

// withPolicy replaces the function's input in a Composition.
func withPolicy(composition []byte, file string) ([]byte, error) {
	docs, err := readDocuments(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read policy: %w", err)
	}

	if len(docs) != 1 {
		return nil, fmt.Errorf("%s holds %d objects; write one policy", file, len(docs))
	}

	c := map[string]any{}
	if err := yaml.Unmarshal(composition, &c); err != nil {
		return nil, err
	}

	steps, _, err := unstructured.NestedSlice(c, "spec", "pipeline")
	if err != nil {
		return nil, err
	}

	for i := range steps {
		step, _ := steps[i].(map[string]any)
		if name, _, _ := unstructured.NestedString(step, "functionRef", "name"); name == FunctionName {
			step["input"] = docs[0].Object
		}
	}

	if err := unstructured.SetNestedSlice(c, steps, "spec", "pipeline"); err != nil {
		return nil, err
	}

	return yaml.Marshal(c)
}
