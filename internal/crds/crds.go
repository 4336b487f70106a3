// Package crds reads the CustomResourceDefinitions of the provider-aws version
// in go.mod, for tests. They come with its Go module.
package crds

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/fn/schema"
)

// CRDs of the provider, and Crossplane's own. They are read and compiled once
// each.
type CRDs struct {
	dirs  []string
	kinds map[string]*Kind
}

// A Kind of managed resource.
type Kind struct {
	// Name of the CRD: the kind's plural name and its group.
	Name string

	// Schema of its objects.
	Schema *apiextensionsv1.JSONSchemaProps

	validator *schema.Validator
}

// Open finds the CRDs. Root is the repository's.
func Open(ctx context.Context, root string) (*CRDs, error) {
	p, err := Provider(ctx, root)
	if err != nil {
		return nil, err
	}

	c, err := Core(ctx, root)
	if err != nil {
		return nil, err
	}

	return &CRDs{dirs: []string{p, filepath.Join(c, "crds")}, kinds: map[string]*Kind{}}, nil
}

// Provider returns the folder with provider-aws's CRDs, in files called after their
// group and plural name. Root is the repository's.
func Provider(ctx context.Context, root string) (string, error) {
	dir, err := module(ctx, root, "github.com/upbound/provider-aws/v2")
	return filepath.Join(dir, "package", "crds"), err
}

// Core returns the folder with Crossplane's manifests; its CRDs are in crds. Root is
// the repository's.
func Core(ctx context.Context, root string) (string, error) {
	// Crossplane is a tool of ours, not a dependency.
	dir, err := module(ctx, filepath.Join(root, "tools", "core"), "github.com/crossplane/crossplane/v2")
	return filepath.Join(dir, "cluster"), err
}

// module returns the folder of a module that the go.mod in a folder requires. It
// downloads the module if it must.
func module(ctx context.Context, gomod, path string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	cmd.Dir = gomod

	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot find %s: %w", path, err)
	}

	m := struct {
		Dir string `json:"Dir"` //nolint:tagliatelle // The name is go's.
	}{}

	return m.Dir, json.Unmarshal(out, &m)
}

// Kind returns the kind of an object.
func (c *CRDs) Kind(apiVersion, kind string) (*Kind, error) {
	id := apiVersion + "/" + kind

	if k, ok := c.kinds[id]; ok {
		return k, nil
	}

	k, err := c.read(apiVersion, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}

	c.kinds[id] = k

	return k, nil
}

func (c *CRDs) read(apiVersion, kind string) (*Kind, error) {
	group, version, _ := strings.Cut(apiVersion, "/")

	// True of every kind of ours; a wrong guess finds no file.
	plural := strings.ToLower(kind) + "s"

	var (
		data []byte
		err  error
	)

	for _, dir := range c.dirs {
		if data, err = os.ReadFile(filepath.Join(dir, group+"_"+plural+".yaml")); err == nil {
			break
		}
	}

	if err != nil {
		return nil, err
	}

	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(data, crd); err != nil {
		return nil, err
	}

	k, err := New(crd, version)
	if err != nil {
		return nil, err
	}

	if crd.Spec.Names.Kind != kind || crd.Spec.Scope != apiextensionsv1.NamespaceScoped {
		return nil, fmt.Errorf("the CRD is of a %s %s", crd.Spec.Scope, crd.Spec.Names.Kind)
	}

	return k, nil
}

// New returns the kind that a CRD defines.
func New(crd *apiextensionsv1.CustomResourceDefinition, version string) (*Kind, error) {
	for _, v := range crd.Spec.Versions {
		if v.Name != version || !v.Served {
			continue
		}

		s, err := json.Marshal(v.Schema.OpenAPIV3Schema)
		if err != nil {
			return nil, err
		}

		validator, err := schema.New(s)

		return &Kind{Name: crd.GetName(), Schema: v.Schema.OpenAPIV3Schema, validator: validator}, err
	}

	return nil, fmt.Errorf("%s serves no version %s", crd.GetName(), version)
}

// Validate returns an error if the API server would refuse an object, or drop
// fields of it. It leaves metadata alone, and takes the object apart.
func (k *Kind) Validate(ctx context.Context, object map[string]any) error {
	delete(object, "apiVersion")
	delete(object, "kind")
	delete(object, "metadata")

	return k.validator.Validate(ctx, object)
}
