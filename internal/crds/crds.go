// Package crds reads the CustomResourceDefinitions of provider-aws, for tests: of the
// version in go.mod, and of the newest that platforms are tested with. They come with
// its Go modules.
package crds

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/fn/admission"
)

// CRDs of the provider, and Crossplane's own. They are read and compiled once
// each.
type CRDs struct {
	// Version of the provider.
	Version string

	dirs  []string
	files map[string]map[string]string // By group and kind.
	kinds map[string]*Kind
}

// A Release of provider-aws.
type Release struct {
	Version string

	// Dir holds its CRDs, in files called after their group and plural name.
	Dir string
}

// A Kind of managed resource.
type Kind struct {
	// Name of the CRD: the kind's plural name and its group.
	Name string

	// Schema of its objects.
	Schema *apiextensionsv1.JSONSchemaProps

	validator *admission.Validator
}

// Open finds the CRDs of the provider-aws in go.mod. Root is the repository's.
func Open(ctx context.Context, root string) (*CRDs, error) {
	all, err := OpenAll(ctx, root)
	if err != nil {
		return nil, err
	}

	return all[0], nil
}

// OpenAll finds the CRDs of each release of provider-aws that platforms are tested
// with. Root is the repository's.
func OpenAll(ctx context.Context, root string) ([]*CRDs, error) {
	releases, err := Releases(ctx, root)
	if err != nil {
		return nil, err
	}

	core, err := Core(ctx, root)
	if err != nil {
		return nil, err
	}

	var out []*CRDs
	for _, r := range releases {
		out = append(out, &CRDs{Version: r.Version, dirs: []string{r.Dir, filepath.Join(core, "crds")}, files: map[string]map[string]string{}, kinds: map[string]*Kind{}})
	}

	return out, nil
}

// Releases returns the releases of provider-aws that platforms are tested with: the
// one in go.mod, and then the newest. Root is the repository's.
func Releases(ctx context.Context, root string) ([]Release, error) {
	ours, err := release(ctx, root)
	if err != nil {
		return nil, err
	}

	newest, err := release(ctx, filepath.Join(root, "tools", "provider-crds"))

	return []Release{ours, newest}, err
}

// Provider returns the folder with the CRDs of the provider-aws in go.mod. Root is the
// repository's.
func Provider(ctx context.Context, root string) (string, error) {
	r, err := release(ctx, root)
	return r.Dir, err
}

// release that the go.mod in a folder requires.
func release(ctx context.Context, gomod string) (Release, error) {
	m, err := findModule(ctx, gomod, "github.com/upbound/provider-aws/v2")
	return Release{Version: m.Version, Dir: filepath.Join(m.Dir, "package", "crds")}, err
}

// Core returns the folder with the manifests of the newest Crossplane that platforms are
// tested with; its CRDs are in crds. Root is the repository's.
func Core(ctx context.Context, root string) (string, error) {
	return CoreOf(ctx, root, "core")
}

// CoreOf is Core of the Crossplane that a folder of tools pins: core has the newest,
// core-oldest the oldest that platforms are tested with. Root is the repository's.
func CoreOf(ctx context.Context, root, tool string) (string, error) {
	m, err := core(ctx, root, tool)
	return filepath.Join(m.Dir, "cluster"), err
}

// CoreAt is Core of a version of Crossplane, which is the newest or the oldest that
// platforms are tested with. Root is the repository's.
func CoreAt(ctx context.Context, root, version string) (string, error) {
	var pinned []string

	for _, tool := range []string{"core", "core-oldest"} {
		m, err := core(ctx, root, tool)
		if err != nil {
			return "", err
		}

		if m.Version == version {
			return filepath.Join(m.Dir, "cluster"), nil
		}

		pinned = append(pinned, m.Version)
	}

	return "", fmt.Errorf("crossplane %s is not pinned in tools: choose one of %s", version, strings.Join(pinned, ", "))
}

// core is the module of the Crossplane that a folder of tools pins. It is a tool of ours, not
// a dependency.
func core(ctx context.Context, root, tool string) (module, error) {
	return findModule(ctx, filepath.Join(root, "tools", tool), "github.com/crossplane/crossplane/v2")
}

// A module as go describes it.
type module struct {
	Version string `json:"Version"`
	Dir     string `json:"Dir"`
}

// findModule finds a module that the go.mod in a folder requires. It downloads the
// module if it must.
func findModule(ctx context.Context, gomod, path string) (module, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	cmd.Dir = gomod

	m := module{}

	out, err := cmd.Output()
	if err != nil {
		// What is wrong with a module stands in what is printed of it.
		return m, fmt.Errorf("cannot find %s: %w: %s", path, err, out)
	}

	return m, json.Unmarshal(out, &m)
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

	data, err := c.find(group, kind)
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

// kindLine is the line of a CRD that says what kind it defines.
var kindLine = regexp.MustCompile(`(?m)^    kind: (\w+)$`)

// find the CRD of a kind. Its file has the kind's plural in its name, which only the CRD
// itself says. The files of a group are looked at once.
func (c *CRDs) find(group, kind string) ([]byte, error) {
	if c.files[group] == nil {
		c.files[group] = map[string]string{}

		for _, dir := range c.dirs {
			if err := index(filepath.Join(dir, group+"_*.yaml"), c.files[group]); err != nil {
				return nil, err
			}
		}
	}

	file, ok := c.files[group][kind]
	if !ok {
		return nil, fmt.Errorf("there is no CRD of it in %s", strings.Join(c.dirs, ", "))
	}

	return os.ReadFile(file)
}

// index files with CRDs by the kind that each defines.
func index(pattern string, files map[string]string) error {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}

	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}

		if m := kindLine.FindSubmatch(data); m != nil {
			files[string(m[1])] = name
		}
	}

	return nil
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

		validator, err := admission.New(s)

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
