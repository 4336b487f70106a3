// Command examples writes the observed state of the examples: of what each one
// renders, it makes what the provider would have made of it at each step. See
// make help.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/internal/preview"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

const header = "# Written by make examples, in the form that provider-aws v2.5.0 gives them. Do not edit.\n"

// Files of a step. Connection secrets have their own because the official CLI
// takes them by another flag.
const (
	fileResources = "resources.yaml"
	fileSecrets   = "connection-secrets.yaml"
)

// eventful is the example that shows what may happen to a platform later on.
const eventful = "default"

// events are steps after everything is ready, and what has happened in them.
var events = map[string]func(map[string]provideraws.Resource){
	"4-rotated": func(resources map[string]provideraws.Resource) {
		connection := resources["database"].Connection
		for _, key := range []string{"password", "attribute.password"} {
			connection[key] = []byte("example-password-2")
		}
	},
	"5-trouble": func(resources map[string]provideraws.Resource) {
		message := "update failed: async update failed: failed to update the resource: InvalidParameterCombination: cannot modify a database that is being modified"
		fail(resources["database"].Object, "Synced", message)
		fail(resources["cache"].Object, "LastAsyncOperation", "async update failed: InsufficientCacheClusterCapacity")
	},
}

// fail makes a condition of a resource false.
func fail(object provideraws.Object, condition, message string) {
	conditions, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	for _, c := range conditions {
		if c, ok := c.(provideraws.Object); ok && c["type"] == condition {
			c["status"], c["reason"], c["message"] = "False", "ReconcileError", message
		}
	}

	// It fails only where status is no object.
	_ = unstructured.SetNestedSlice(object, conditions, "status", "conditions")
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, ".")

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	files, err := examples(ctx, root)
	if err != nil {
		return err
	}

	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // The folders are part of the repository.
			return err
		}

		if err := os.WriteFile(path, files[path], 0o644); err != nil { //nolint:gosec // The files are part of the repository.
			return err
		}
	}

	return nil
}

// examples returns the files of every step of every example.
func examples(ctx context.Context, root string) (map[string][]byte, error) {
	bin, err := preview.FindBinaries(root)
	if err != nil {
		return nil, err
	}

	fn, err := preview.Serve(ctx, bin.Function, io.Discard)
	if err != nil {
		return nil, err
	}
	defer fn.Stop()

	r, err := preview.NewRenderer(root, bin, fn.Target)
	if err != nil {
		return nil, err
	}

	all, err := preview.Examples(filepath.Join(root, "examples"))
	if err != nil {
		return nil, err
	}

	files := map[string][]byte{}

	for _, example := range all {
		platform := example.Platform
		dir := filepath.Join(filepath.Dir(platform), "observed")

		// The official CLI wants a YAML file in a directory, and takes a comment
		// alone for a resource.
		files[filepath.Join(dir, "1-nothing", fileResources)] = nil

		for step, stage := range map[string]provideraws.Stage{"2-creating": provideraws.Creating, "3-ready": provideraws.Ready} {
			resources, err := settle(ctx, r, preview.Request{Platform: platform, Policy: example.Policy}, stage)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", platform, err)
			}

			if err := write(files, filepath.Join(dir, step), resources); err != nil {
				return nil, fmt.Errorf("%s: %w", platform, err)
			}

			if stage != provideraws.Ready || filepath.Base(filepath.Dir(platform)) != eventful {
				continue
			}

			for step, happen := range events {
				later := make(map[string]provideraws.Resource, len(resources))
				for key, r := range resources {
					later[key] = provideraws.Resource{Object: runtime.DeepCopyJSON(r.Object), Connection: maps.Clone(r.Connection)}
				}

				happen(later)

				if err := write(files, filepath.Join(dir, step), later); err != nil {
					return nil, fmt.Errorf("%s: %w", platform, err)
				}
			}
		}
	}

	return files, nil
}

// settle renders a platform, lets the provider see what it composes, and does so
// again as long as it then composes something else.
func settle(ctx context.Context, r *preview.Renderer, req preview.Request, stage provideraws.Stage) (map[string]provideraws.Resource, error) {
	dir, err := os.MkdirTemp("", "examples-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // Nothing better can be done with a temporary directory.

	var known []byte

	for ; ; req.Observed = dir {
		out, err := r.Render(ctx, req)
		if err != nil {
			return nil, err
		}

		composed, err := readComposed(out.Resources)
		if err != nil {
			return nil, err
		}

		resources, err := provideraws.Platform(composed, stage)
		if err != nil || bytes.Equal(out.Resources, known) {
			return resources, err
		}

		files := map[string][]byte{}
		if err := write(files, dir, resources); err != nil {
			return nil, err
		}

		for path, data := range files {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				return nil, err
			}
		}

		known = out.Resources
	}
}

// readComposed reads the composed resources in a rendered platform, by their key.
func readComposed(stream []byte) (map[string]provideraws.Object, error) {
	composed := map[string]provideraws.Object{}

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return composed, nil
		}

		if err != nil {
			return nil, err
		}

		data, err := yaml.YAMLToJSON(doc)
		if err != nil {
			return nil, err
		}

		// By way of JSON, so that whole numbers stay whole.
		o := &unstructured.Unstructured{}
		if err := utiljson.Unmarshal(data, &o.Object); err != nil {
			return nil, err
		}

		if key := o.GetAnnotations()["crossplane.io/composition-resource-name"]; key != "" {
			composed[key] = o.Object
		}
	}
}

// write adds the files of a step to files.
func write(files map[string][]byte, dir string, resources map[string]provideraws.Resource) error {
	objects := make([]provideraws.Object, 0, len(resources))
	secrets := make([]provideraws.Object, 0)

	for _, key := range slices.Sorted(maps.Keys(resources)) {
		objects = append(objects, resources[key].Object)

		if resources[key].Connection != nil {
			secrets = append(secrets, connectionSecret(resources[key]))
		}
	}

	for name, docs := range map[string][]provideraws.Object{fileResources: objects, fileSecrets: secrets} {
		if len(docs) == 0 {
			continue
		}

		data, err := join(docs)
		if err != nil {
			return err
		}

		files[filepath.Join(dir, name)] = data
	}

	return nil
}

func join(objects []provideraws.Object) ([]byte, error) {
	docs := make([][]byte, len(objects))

	for i, o := range objects {
		doc, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}

		docs[i] = doc
	}

	// No separator before the first document, for the same reason.
	return append([]byte(header), bytes.Join(docs, []byte("---\n"))...), nil
}

// connectionSecret is the Secret that the provider writes a resource's connection
// details to.
func connectionSecret(r provideraws.Resource) provideraws.Object {
	owner := unstructured.Unstructured{Object: r.Object}
	name, _, _ := unstructured.NestedString(r.Object, "spec", "writeConnectionSecretToRef", "name")
	data := provideraws.Object{}

	for key, value := range r.Connection {
		data[key] = base64.StdEncoding.EncodeToString(value)
	}

	return provideraws.Object{
		"apiVersion": "v1",
		"kind":       "Secret",
		"metadata": provideraws.Object{
			"namespace": owner.GetNamespace(),
			"name":      name,
			"ownerReferences": []any{provideraws.Object{
				"apiVersion":         owner.GetAPIVersion(),
				"kind":               owner.GetKind(),
				"name":               owner.GetName(),
				"uid":                string(owner.GetUID()),
				"controller":         true,
				"blockOwnerDeletion": true,
			}},
		},
		"type": "connection.crossplane.io/v1alpha1",
		"data": data,
	}
}
