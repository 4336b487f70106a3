package registry

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
)

// streamFile is the file of a package that holds its objects.
const streamFile = "package.yaml"

// A Provider package, made of CRDs. It has no runtime: what reconciles its kinds
// runs beside the control plane.
type Provider struct {
	// Name of the provider, such as provider-aws-ec2.
	Name string

	// Groups whose CRDs the package has. Only the CRDs of those groups, and not of
	// groups that end with one.
	Groups []string

	// DependsOn are the packages that it depends on, by the version constraint.
	DependsOn map[string]string
}

// Image of a provider package. CRDs are in a folder, in files called after their
// group and plural name.
func (p Provider) Image(crds string) (v1.Image, error) {
	stream := &bytes.Buffer{}

	meta, err := yaml.Marshal(p.meta())
	if err != nil {
		return nil, err
	}

	stream.Write(meta)

	for _, group := range p.Groups {
		files, err := filepath.Glob(filepath.Join(crds, group+"_*.yaml"))
		if err != nil {
			return nil, err
		}

		if len(files) == 0 {
			return nil, errors.Errorf("%s: there are no CRDs of group %s in %s", p.Name, group, crds)
		}

		for _, file := range files {
			crd, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}

			stream.WriteString("\n---\n" + strings.TrimPrefix(string(crd), "---\n"))
		}
	}

	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return archive(streamFile, stream.Bytes()) })
	if err != nil {
		return nil, err
	}

	return mutate.AppendLayers(empty.Image, layer)
}

func (p Provider) meta() *pkgmetav1.Provider {
	meta := &pkgmetav1.Provider{}
	meta.APIVersion = pkgmetav1.SchemeGroupVersion.String()
	meta.Kind = pkgmetav1.ProviderKind
	meta.Name = p.Name

	// Its CRDs become ManagedResourceDefinitions, which are inactive at first. The
	// published packages have it too.
	meta.Spec.Capabilities = []string{pkgmetav1.ProviderCapabilitySafeStart}

	for pkg, version := range p.DependsOn {
		meta.Spec.DependsOn = append(meta.Spec.DependsOn, pkgmetav1.Dependency{
			APIVersion: ptr.To("pkg.crossplane.io/v1"),
			Kind:       ptr.To(pkgmetav1.ProviderKind),
			Package:    &pkg,
			Version:    version,
		})
	}

	return meta
}

// archive of one file.
func archive(name string, data []byte) (io.ReadCloser, error) {
	buf := &bytes.Buffer{}
	w := tar.NewWriter(buf)

	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
		return nil, err
	}

	if _, err := w.Write(data); err != nil {
		return nil, err
	}

	return io.NopCloser(buf), w.Close()
}
