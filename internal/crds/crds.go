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

// Modules that hold CRDs, and where they hold them.
const (
	provider       = "github.com/upbound/provider-aws/v2"
	providerFolder = "package/crds"
	core           = "github.com/crossplane/crossplane/v2"
	coreFolder     = "cluster/crds"
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
	p, err := Dir(ctx, root, provider)
	if err != nil {
		return nil, err
	}

	// Crossplane is a tool of ours, not a dependency.
	c, err := Dir(ctx, filepath.Join(root, "tools", "core"), core)
	if err != nil {
		return nil, err
	}

	return &CRDs{dirs: []string{filepath.Join(p, providerFolder), filepath.Join(c, coreFolder)}, kinds: map[string]*Kind{}}, nil
}

// Dir returns the folder of a module that the go.mod in a folder requires. It
// downloads the module if it must.
func Dir(ctx context.Context, gomod, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = gomod

	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot find %s: %w", module, err)
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
