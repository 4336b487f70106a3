// Command validate renders every step of every example, and has the official CLI
// validate the examples and what they render against the XRDs and the CRDs of
// Crossplane and of each provider-aws that platforms are tested with. A kind without a
// schema is an error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/preview"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("validate", flag.ContinueOnError)
	root := flags.String("root", ".", "`directory` of the repository")

	if err := flags.Parse(args); err != nil {
		return err
	}

	providers, err := crds.Releases(ctx, *root)
	if err != nil {
		return err
	}

	core, err := crds.Core(ctx, *root)
	if err != nil {
		return err
	}

	schemas := make([][]string, len(providers))
	for i, p := range providers {
		if schemas[i], err = schemaFiles(*root, p.Dir); err != nil {
			return fmt.Errorf("provider-aws %s: %w", p.Version, err)
		}

		schemas[i] = append(schemas[i], filepath.Join(core, "crds", "protection.crossplane.io_usages.yaml"))
	}

	examples, err := preview.Examples(filepath.Join(*root, "examples"))
	if err != nil {
		return err
	}

	bin, err := preview.FindBinaries(*root)
	if err != nil {
		return err
	}

	fn, err := preview.Serve(ctx, bin.Function, io.Discard)
	if err != nil {
		return err
	}
	defer fn.Stop()

	r, err := preview.NewRenderer(*root, bin, fn.Target)
	if err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "validate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // Nothing better can be done with a temporary directory.

	v := validator{cli: bin.CLI, cache: dir, stdout: stdout}

	var invalid []error

	for _, e := range examples {
		files := []string{e.Platform}
		if e.Policy != "" {
			files = append(files, e.Policy)
		}

		for _, step := range e.Steps {
			out, err := r.Render(ctx, preview.Request{Platform: e.Platform, Observed: step.Observed, Policy: e.Policy})
			if err != nil {
				return fmt.Errorf("example %s, step %s: %w", e.Name, step.Name, err)
			}

			file := filepath.Join(dir, e.Name+"-"+step.Name+".yaml")
			if err := os.WriteFile(file, out.Resources, 0o600); err != nil {
				return err
			}

			files = append(files, file)
		}

		for i, p := range providers {
			fmt.Fprintf(stdout, "example %s, provider-aws %s: ", e.Name, p.Version)

			if err := v.validate(ctx, schemas[i], files); err != nil {
				invalid = append(invalid, fmt.Errorf("example %s is not valid with provider-aws %s: %w", e.Name, p.Version, err))
			}
		}
	}

	return errors.Join(invalid...)
}

// A validator runs the official CLI's validation.
type validator struct {
	cli    string
	cache  string
	stdout io.Writer
}

func (v validator) validate(ctx context.Context, schemas, files []string) error {
	cmd := exec.CommandContext(ctx, v.cli, "resource", "validate",
		"--error-on-missing-schemas",
		"--skip-success-results",
		// No image to fetch Crossplane's own CRDs from: they come with its module,
		// and validation must not need the network.
		"--crossplane-image=",
		"--cache-dir="+v.cache,
		strings.Join(schemas, ","),
		strings.Join(files, ","))
	cmd.Stdout = v.stdout
	cmd.Stderr = v.stdout

	return cmd.Run()
}

// schemaFiles returns the XRDs, the function's input CRD, and provider-aws's CRDs
// of the kinds that the Configuration activates. Taking only those is fast, and
// shows that none is missing from the activation policy.
func schemaFiles(root, provider string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "apis", "definition*.yaml"))
	if err != nil {
		return nil, err
	}

	inputs, err := filepath.Glob(filepath.Join(root, "package", "input", "*.yaml"))
	if err != nil {
		return nil, err
	}

	files = append(files, inputs...)

	activation := filepath.Join(root, "apis", "activation.yaml")

	data, err := os.ReadFile(activation)
	if err != nil {
		return nil, err
	}

	policy := struct {
		Spec struct {
			Activate []string `json:"activate"`
		} `json:"spec"`
	}{}
	if err := yaml.Unmarshal(data, &policy); err != nil {
		return nil, fmt.Errorf("%s: %w", activation, err)
	}

	for _, name := range policy.Spec.Activate {
		file, err := crdFile(provider, name)
		if err != nil {
			return nil, fmt.Errorf("%s: spec.activate: %w", activation, err)
		}

		files = append(files, file)
	}

	return files, nil
}

// crdFile returns the file of the CRD that is called <plural>.<group>.
func crdFile(provider, name string) (string, error) {
	plural, group, _ := strings.Cut(name, ".")
	file := filepath.Join(provider, group+"_"+plural+".yaml")

	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("provider-aws has no CRD %s: %w", name, err)
	}

	return file, nil
}
