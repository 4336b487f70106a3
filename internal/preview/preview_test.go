package preview

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tests run this test binary in place of the CLI and of the function. This
// variable of the environment says what it must act as.
const actAs = "PREVIEW_TEST_ACT_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(actAs) {
	case "":
		os.Exit(m.Run())
	case "cli":
		fakeCLI(os.Args[1:])
	case "refusing-cli":
		fmt.Fprintln(os.Stderr, `crossplane: error: cannot render: pipeline step "compose-platform" returned a fatal result: spec.region: missing`)
		os.Exit(1)
	case "broken-cli":
		fmt.Fprintln(os.Stderr, "crossplane: error: cannot load XRD")
		os.Exit(1)
	case "function":
		fakeFunction(os.Args[1:])
	case "broken-function":
		fmt.Fprintln(os.Stderr, "no such flag")
		os.Exit(1)
	}
}

// fakeCLI prints its arguments, and the files that they name.
func fakeCLI(args []string) {
	fmt.Println("kind: Invocation")
	fmt.Println("args:")

	for _, arg := range args {
		path := arg
		if name, value, ok := strings.Cut(arg, "="); ok {
			path = value
			fmt.Printf("- %s=%s\n", name, filepath.Base(value))
		} else {
			fmt.Printf("- %s\n", filepath.Base(arg))
		}

		if data, err := os.ReadFile(path); err == nil && filepath.Ext(path) == ".yaml" {
			fmt.Printf("- |\n  %s\n", strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", "\n  "))
		}
	}
}

// fakeFunction listens until it is killed.
func fakeFunction(args []string) {
	for _, arg := range args {
		if address, ok := strings.CutPrefix(arg, "--address="); ok {
			l, err := net.Listen("tcp", address)
			if err != nil {
				panic(err)
			}

			fmt.Fprintln(os.Stderr, "listening")

			for {
				if _, err := l.Accept(); err != nil {
					return
				}
			}
		}
	}
}

// write files below a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()

	dir := t.TempDir()

	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}

		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

// errorContains is the error that a test wants: any whose text has all of these.
type errorContains []string

func (want errorContains) check(t *testing.T, err error) {
	t.Helper()

	if len(want) == 0 && err != nil {
		t.Errorf("want no error, got %v", err)
	}

	for _, part := range want {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("want an error with %q, got %v", part, err)
		}
	}
}

const (
	definition = `apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
spec:
  scope: Namespaced
  group: m.example.org
  names: {kind: XThing}
  versions: [{name: v1}]
`
	definitionClaim = `apiVersion: apiextensions.crossplane.io/v1
kind: CompositeResourceDefinition
spec:
  scope: LegacyCluster
  group: example.org
  names: {kind: XThing}
  claimNames: {kind: Thing}
  versions: [{name: v1}]
`
	composition = `kind: Composition
spec:
  compositeTypeRef: {apiVersion: m.example.org/v1, kind: XThing}
  pipeline:
  - step: other
    functionRef: {name: other}
  - step: compose-platform
    functionRef: {name: crossplane-contrib-function-data-platform}
    input: {kind: Policy, namePrefix: old}
`
	compositionClaim = `kind: Composition
spec:
  compositeTypeRef: {apiVersion: example.org/v1, kind: XThing}
`
	thing = `apiVersion: m.example.org/v1
kind: XThing
metadata: {name: orders, namespace: team-a}
`
	thingClaim = `apiVersion: example.org/v1
kind: Thing
metadata:
  name: orders
  namespace: team-a
`
)

var apis = map[string]string{
	"apis/definition.yaml":        definition,
	"apis/definition-claim.yaml":  definitionClaim,
	"apis/composition.yaml":       composition,
	"apis/composition-claim.yaml": compositionClaim,
	"apis/crossplane.yaml":        "kind: Configuration\n",
}

// newRenderer returns a Renderer whose CLI is this test binary.
func newRenderer(t *testing.T, act string) *Renderer {
	t.Helper()
	t.Setenv(actAs, act)

	r, err := NewRenderer(write(t, apis), Binaries{CLI: os.Args[0], Core: "bin/core"}, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}

	return r
}

func TestRender(t *testing.T) {
	type want struct {
		resources string
		err       errorContains
	}

	cases := map[string]struct {
		reason string
		act    string
		files  map[string]string
		req    Request // Paths are below the directory of the files.
		want   want
	}{
		"Namespaced": {
			reason: "An XR goes to the CLI as it was written, with the XRD and Composition of its kind.",
			act:    "cli",
			files:  map[string]string{"xr.yaml": "# Ours.\n" + thing},
			req:    Request{Platform: "xr.yaml"},
			want: want{resources: `---
kind: Invocation
args:
- composition
- render
- --crossplane-binary=core
- --xrd=definition.yaml
- |
  ` + indent(definition) + `
- --include-full-xr
- --include-function-results
- xr.yaml
- |
  # Ours.
  ` + indent(thing) + `
- composition.yaml
- |
  ` + indent(composition) + `
- functions.yaml
- |
  ` + indent(string(functions("127.0.0.1:1"))) + `
`},
		},
		"Claim": {
			reason: "The XR is what the CLI makes of the claim, under a name that does not change from one run to the next.",
			act:    "cli",
			files:  map[string]string{"xr.yaml": thingClaim},
			req:    Request{Platform: "xr.yaml"},
			want: want{resources: `---
kind: Invocation
args:
- composition
- render
- --crossplane-binary=core
- --xrd=definition-claim.yaml
- |
  ` + indent(definitionClaim) + `
- --include-full-xr
- --include-function-results
- xr.yaml
- |
  kind: Invocation
  args:
  - xr
  - generate
  - --name=orders-xxxxx
  - --kind=XThing
  - claim.yaml
  - |
    ` + strings.ReplaceAll(indent(thingClaim), "\n", "\n  ") + `
- composition.yaml
- |
  ` + indent(compositionClaim) + `
- functions.yaml
- |
  ` + indent(string(functions("127.0.0.1:1"))) + `
`},
		},
		"Refused": {
			reason: "What the function says is wrong comes without what the CLI and Crossplane put around it.",
			act:    "refusing-cli",
			files:  map[string]string{"xr.yaml": thing},
			req:    Request{Platform: "xr.yaml"},
			want:   want{err: errorContains{`xr.yaml: pipeline step "compose-platform" refused the platform: spec.region: missing`}},
		},
		"CLIFails": {
			reason: "Any other failure of the CLI is shown with its message.",
			act:    "broken-cli",
			files:  map[string]string{"xr.yaml": thing},
			req:    Request{Platform: "xr.yaml"},
			want:   want{err: errorContains{"composition render: exit status 1: crossplane: error: cannot load XRD"}},
		},
		"ClaimConversionFails": {
			reason: "It says that the conversion of the claim failed, not the rendering.",
			act:    "broken-cli",
			files:  map[string]string{"xr.yaml": thingClaim},
			req:    Request{Platform: "xr.yaml"},
			want:   want{err: errorContains{"xr.yaml: ", "xr generate: exit status 1: crossplane: error"}},
		},
		"NoPlatform": {
			reason: "A file that does not exist is named.",
			act:    "cli",
			req:    Request{Platform: "nowhere.yaml"},
			want:   want{err: errorContains{"cannot read platform", "nowhere.yaml"}},
		},
		"NoObserved": {
			reason: "A misspelt path must not pass for a platform of which nothing exists.",
			act:    "cli",
			files:  map[string]string{"xr.yaml": thing},
			req:    Request{Platform: "xr.yaml", Observed: "nowhere"},
			want:   want{err: errorContains{"cannot read observed resources", "nowhere"}},
		},
		"NoPolicy": {
			reason: "A misspelt path must not pass for the Composition's own policy.",
			act:    "cli",
			files:  map[string]string{"xr.yaml": thing},
			req:    Request{Platform: "xr.yaml", Policy: "nowhere.yaml"},
			want:   want{err: errorContains{"cannot read policy", "nowhere.yaml"}},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, tc.act)
			dir := write(t, tc.files)

			for _, path := range []*string{&tc.req.Platform, &tc.req.Observed, &tc.req.Policy} {
				if *path != "" {
					*path = filepath.Join(dir, *path)
				}
			}

			out, err := r.Render(t.Context(), tc.req)
			tc.want.err.check(t, err)

			got := ""
			if out != nil {
				got = string(out.Resources)
			}

			if diff := cmp.Diff(tc.want.resources, got); diff != "" {
				t.Errorf("%s\nRender(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// indent a document as fakeCLI prints it.
func indent(doc string) string {
	return strings.ReplaceAll(strings.TrimSpace(doc), "\n", "\n  ")
}

func TestRenderObserved(t *testing.T) {
	const (
		vpc = `kind: VPC
metadata:
  name: orders-1
  annotations: {crossplane.io/composition-resource-name: vpc}
`
		secret = `apiVersion: v1
kind: Secret
metadata: {name: connection}
`
	)

	r := newRenderer(t, "cli")
	dir := write(t, map[string]string{"xr.yaml": thing, "observed/vpc.yaml": vpc + "---\n" + secret})

	out, err := r.Render(t.Context(), Request{Platform: filepath.Join(dir, "xr.yaml"), Observed: filepath.Join(dir, "observed")})
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		"- --observed-resources=observed.yaml\n- |\n  " + indent(vpc) + "\n",
		"- --required-resources=secrets.yaml\n- |\n  " + indent(secret) + "\n",
	} {
		if !strings.Contains(string(out.Resources), want) {
			t.Errorf("Render(): the CLI did not get\n%s\nbut\n%s", want, out.Resources)
		}
	}
}

func TestRenderLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())

	for _, act := range []string{"cli", "refusing-cli"} {
		r := newRenderer(t, act)
		dir := write(t, map[string]string{"xr.yaml": thingClaim})

		_, _ = r.Render(t.Context(), Request{Platform: filepath.Join(dir, "xr.yaml")})
	}

	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil {
		t.Fatal(err)
	}

	if len(left) > 0 {
		t.Errorf("Render() left %v", left)
	}
}

func TestFatalError(t *testing.T) {
	r := newRenderer(t, "refusing-cli")
	dir := write(t, map[string]string{"xr.yaml": thing})

	_, err := r.Render(t.Context(), Request{Platform: filepath.Join(dir, "xr.yaml")})

	var got *FatalError
	if !errors.As(err, &got) {
		t.Fatalf("Render(): want a *FatalError, got %v", err)
	}

	if diff := cmp.Diff(&FatalError{Step: "compose-platform", Message: "spec.region: missing"}, got); diff != "" {
		t.Errorf("Render(): -want, +got:\n%s", diff)
	}
}

func TestFindBinaries(t *testing.T) {
	root := t.TempDir()

	_, err := FindBinaries(root)
	errorContains{"bin/crossplane", `run "make tools" to build it`}.check(t, err)

	if err := os.Mkdir(filepath.Join(root, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"crossplane", "crossplane-core", "function-data-platform"} {
		if err := os.Symlink(os.Args[0], filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}

	got, err := FindBinaries(root)
	if err != nil {
		t.Fatal(err)
	}

	want := Binaries{
		CLI:      filepath.Join(root, "bin/crossplane"),
		Core:     filepath.Join(root, "bin/crossplane-core"),
		Function: filepath.Join(root, "bin/function-data-platform"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("FindBinaries(): -want, +got:\n%s", diff)
	}
}
