//go:build xpkg

package xpkg

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const output = "../../_output"

// A pkg is what Crossplane reads of a package.
type pkg struct {
	config  config
	objects []unstructured.Unstructured // Of package.yaml.
	files   map[string]int64            // The mode of every file in the image.
}

// A config is the part of an image's configuration that a package must have
// right.
type config struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		User         string              `json:"User"`
		Entrypoint   []string            `json:"Entrypoint"`
		ExposedPorts map[string]struct{} `json:"ExposedPorts"`
	} `json:"config"`
}

// open reads a package as a container runtime would: an archive of layers, which
// are archives of files.
func open(t *testing.T, name string) pkg {
	t.Helper()

	data, err := os.ReadFile(filepath.Join(output, name))
	if err != nil {
		t.Fatalf("%v; run \"make xpkg\" to build it", err)
	}

	image := untar(t, bytes.NewReader(data))

	var manifest []struct {
		Config string   `json:"Config"`
		Layers []string `json:"Layers"`
	}
	if err := json.Unmarshal(image["manifest.json"].data, &manifest); err != nil {
		t.Fatal(err)
	}

	p := pkg{files: map[string]int64{}}
	if err := json.Unmarshal(image[manifest[0].Config].data, &p.config); err != nil {
		t.Fatal(err)
	}

	for _, layer := range manifest[0].Layers {
		r, err := gzip.NewReader(bytes.NewReader(image[layer].data))
		if err != nil {
			t.Fatal(err)
		}

		for name, f := range untar(t, r) {
			p.files[name] = f.mode

			if name == "package.yaml" {
				p.objects = objects(t, f.data)
			}
		}
	}

	return p
}

type file struct {
	mode int64
	data []byte
}

func untar(t *testing.T, r io.Reader) map[string]file {
	t.Helper()

	files := map[string]file{}

	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}

		if err != nil {
			t.Fatal(err)
		}

		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}

		files[h.Name] = file{mode: h.Mode, data: data}
	}
}

func objects(t *testing.T, stream []byte) []unstructured.Unstructured {
	t.Helper()

	var out []unstructured.Unstructured

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}

		if err != nil {
			t.Fatal(err)
		}

		u := unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &u.Object); err != nil {
			t.Fatal(err)
		}

		if len(u.Object) > 0 {
			out = append(out, u)
		}
	}
}

// kinds counts the objects of a package by kind.
func (p pkg) kinds() map[string]int {
	k := map[string]int{}
	for _, o := range p.objects {
		k[o.GetAPIVersion()+" "+o.GetKind()]++
	}

	return k
}

func (p pkg) meta(t *testing.T) unstructured.Unstructured {
	t.Helper()

	for _, o := range p.objects {
		if strings.HasPrefix(o.GetAPIVersion(), "meta.pkg.crossplane.io/") {
			return o
		}
	}

	t.Fatal("package.yaml has no package metadata")

	return unstructured.Unstructured{}
}

func TestFunction(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			p := open(t, fmt.Sprintf("function-data-platform-linux-%s.xpkg", arch))

			want := config{OS: "linux", Architecture: arch}
			want.Config.User = "65532:65532"
			want.Config.Entrypoint = []string{"/function"}
			want.Config.ExposedPorts = map[string]struct{}{"9443/tcp": {}}

			if diff := cmp.Diff(want, p.config); diff != "" {
				t.Errorf("runtime image: -want, +got:\n%s", diff)
			}

			if mode := p.files["function"]; mode != 0o755 {
				t.Errorf("runtime image: want function with mode 755, got %o", mode)
			}

			wantKinds := map[string]int{
				"meta.pkg.crossplane.io/v1 Function":               1,
				"apiextensions.k8s.io/v1 CustomResourceDefinition": 1,
			}
			if diff := cmp.Diff(wantKinds, p.kinds()); diff != "" {
				t.Errorf("package.yaml: -want, +got:\n%s", diff)
			}

			meta := p.meta(t)

			got, _, err := unstructured.NestedStringSlice(meta.Object, "spec", "capabilities")
			if err != nil {
				t.Fatal(err)
			}

			// Crossplane does not call a function that lacks it.
			if diff := cmp.Diff([]string{"composition"}, got); diff != "" {
				t.Errorf("spec.capabilities: -want, +got:\n%s", diff)
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	p := open(t, "configuration-data-platform.xpkg")

	want := map[string]int{
		"meta.pkg.crossplane.io/v1 Configuration":                              1,
		"apiextensions.crossplane.io/v1 CompositeResourceDefinition":           1,
		"apiextensions.crossplane.io/v2 CompositeResourceDefinition":           1,
		"apiextensions.crossplane.io/v1 Composition":                           2,
		"apiextensions.crossplane.io/v1alpha1 ManagedResourceActivationPolicy": 1,
	}
	if diff := cmp.Diff(want, p.kinds()); diff != "" {
		t.Errorf("package.yaml: -want, +got:\n%s", diff)
	}

	meta := p.meta(t)

	dependencies, _, err := unstructured.NestedSlice(meta.Object, "spec", "dependsOn")
	if err != nil {
		t.Fatal(err)
	}

	var got []string

	for _, d := range dependencies {
		name, _, _ := unstructured.NestedString(d.(map[string]any), "package")
		got = append(got, name)
	}

	wantPackages := []string{
		"xpkg.crossplane.io/crossplane-contrib/function-data-platform",
		"xpkg.upbound.io/upbound/provider-aws-cloudwatch",
		"xpkg.upbound.io/upbound/provider-aws-ec2",
		"xpkg.upbound.io/upbound/provider-aws-elasticache",
		"xpkg.upbound.io/upbound/provider-aws-kinesis",
		"xpkg.upbound.io/upbound/provider-aws-rds",
		"xpkg.upbound.io/upbound/provider-aws-secretsmanager",
	}
	if diff := cmp.Diff(wantPackages, got); diff != "" {
		t.Errorf("spec.dependsOn: -want, +got:\n%s", diff)
	}
}
