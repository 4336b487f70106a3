// Package preview renders a platform on this machine the way a control plane
// would: the function runs as a process, the official CLI calls Crossplane's
// own reconciler, and that calls the function.
package preview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// FunctionName is the name by which the Compositions refer to the function.
const FunctionName = "crossplane-contrib-function-data-platform"

// Binaries are the programs a preview runs.
type Binaries struct {
	CLI      string // The official crossplane CLI.
	Core     string // Crossplane itself.
	Function string // This repository's function.
}

// FindBinaries returns the programs that make tools built below the root of
// the repository.
func FindBinaries(root string) (Binaries, error) {
	b := Binaries{
		CLI:      filepath.Join(root, "bin", "crossplane"),
		Core:     filepath.Join(root, "bin", "crossplane-core"),
		Function: filepath.Join(root, "bin", "function-data-platform"),
	}

	for _, path := range []string{b.CLI, b.Core, b.Function} {
		if _, err := exec.LookPath(path); err != nil {
			return Binaries{}, fmt.Errorf("%w; run \"make tools\" to build it", err)
		}
	}

	return b, nil
}

// A Renderer renders platforms with a function that is being served.
type Renderer struct {
	bin     Binaries
	target  string
	catalog catalog
}

// NewRenderer returns a Renderer for the APIs below the root of the repository.
// The function must be listening at target, without TLS.
func NewRenderer(root string, bin Binaries, target string) (*Renderer, error) {
	c, err := loadCatalog(filepath.Join(root, "apis"))
	if err != nil {
		return nil, err
	}

	return &Renderer{bin: bin, target: target, catalog: c}, nil
}

// A Request says what to render.
type Request struct {
	// Platform is a file that holds an XDataPlatform, or a claim.
	Platform string

	// Observed is a file or directory that holds the composed resources as they
	// exist, and the connection secrets they wrote. Empty if nothing exists.
	Observed string

	// Policy is a file that replaces the function's input in the Composition.
	// Empty keeps the Composition's own.
	Policy string
}

// Output is a rendered platform, as YAML streams.
type Output struct {
	// Resources are the XR and everything it composes.
	Resources []byte

	// Results are what the function itself had to say. Crossplane's own events,
	// which repeat the readiness of each resource, are left out.
	Results []Result
}

// Render the requested platform.
func (r *Renderer) Render(ctx context.Context, req Request) (*Output, error) {
	p, err := readPlatform(req.Platform, r.catalog)
	if err != nil {
		return nil, err
	}

	o, err := readObserved(req.Observed)
	if err != nil {
		return nil, err
	}

	composition, err := os.ReadFile(p.api.composition)
	if err != nil {
		return nil, err
	}

	if req.Policy != "" {
		if composition, err = withPolicy(composition, req.Policy); err != nil {
			return nil, err
		}
	}

	dir, err := os.MkdirTemp("", "preview-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // Nothing better can be done with a temporary directory.

	xr := p.document
	if p.claim {
		if xr, err = r.convertClaim(ctx, dir, p); err != nil {
			return nil, fmt.Errorf("%s: %w", req.Platform, err)
		}
	}

	args := []string{
		"composition", "render",
		"--crossplane-binary=" + r.bin.Core,
		// Without its XRD, Crossplane takes a claim's XR for a namespaced one.
		"--xrd=" + p.api.definition,
		"--include-full-xr",
		"--include-function-results",
	}

	if len(o.composed) > 0 {
		args = append(args, "--observed-resources="+filepath.Join(dir, "observed.yaml"))
	}

	if len(o.secrets) > 0 {
		// What the CLI takes as required resources, Crossplane also finds when
		// it looks up the connection secret of a composed resource.
		args = append(args, "--required-resources="+filepath.Join(dir, "secrets.yaml"))
	}

	err = writeFiles(dir, map[string][]byte{
		"xr.yaml":          xr,
		"composition.yaml": composition,
		"functions.yaml":   functions(r.target),
		"observed.yaml":    joinDocuments(o.composed),
		"secrets.yaml":     joinDocuments(o.secrets),
	})
	if err != nil {
		return nil, err
	}

	args = append(args,
		filepath.Join(dir, "xr.yaml"),
		filepath.Join(dir, "composition.yaml"),
		filepath.Join(dir, "functions.yaml"))

	out, err := run(ctx, r.bin.CLI, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.Platform, asFatal(err))
	}

	return splitResults(out)
}

// convertClaim returns the XR that Crossplane would make of a claim. Crossplane
// ends its name in five random characters; a preview has a placeholder there, so
// that two previews of one claim are equal.
func (r *Renderer) convertClaim(ctx context.Context, dir string, p *platform) ([]byte, error) {
	claim, err := withoutClaimFields(p.document)
	if err != nil {
		return nil, err
	}

	if err := writeFiles(dir, map[string][]byte{"claim.yaml": claim}); err != nil {
		return nil, err
	}

	return run(ctx, r.bin.CLI, "xr", "generate",
		"--name="+p.name+"-xxxxx",
		"--kind="+p.api.kind,
		filepath.Join(dir, "claim.yaml"))
}

// withoutClaimFields leaves out of a claim's spec what Crossplane keeps to the
// claim. The CLI would copy it, and the XR's own fields of these names differ.
func withoutClaimFields(document []byte) ([]byte, error) {
	claim := map[string]any{}
	if err := yaml.Unmarshal(document, &claim); err != nil {
		return nil, err
	}

	for _, field := range []string{"compositeDeletePolicy", "resourceRef", "writeConnectionSecretToRef"} {
		unstructured.RemoveNestedField(claim, "spec", field)
	}

	return yaml.Marshal(claim)
}

// functions returns the manifest that tells the CLI where the function listens.
func functions(target string) []byte {
	return fmt.Appendf(nil, `apiVersion: pkg.crossplane.io/v1
kind: Function
metadata:
  name: %s
  annotations:
    render.crossplane.io/runtime: Development
    render.crossplane.io/runtime-development-target: %s
`, FunctionName, target)
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}

	return nil
}

// asFatal returns the function's own refusal if that is what made the CLI fail.
func asFatal(err error) error {
	var e *commandError
	if !errors.As(err, &e) {
		return err
	}

	if f := parseFatal(e.stderr); f != nil {
		return f
	}

	return err
}
