package registry

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// What is pushed under a public name is pulled from here, and is what Crossplane
// expects of a provider's package.
func TestProvider(t *testing.T) {
	crds := t.TempDir()
	for name, data := range map[string]string{
		"ec2.example.org_vpcs.yaml":     "---\nkind: CustomResourceDefinition\nmetadata:\n  name: vpcs\n",
		"not.ec2.example.org_vpcs.yaml": "---\nkind: CustomResourceDefinition\nmetadata:\n  name: others\n",
	} {
		if err := os.WriteFile(filepath.Join(crds, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	cases := map[string]struct {
		reason   string
		provider Provider
		want     string
		err      string
	}{
		"CRDs": {
			reason:   "A package has its metadata, with its dependencies, and the CRDs of its groups.",
			provider: Provider{Name: "provider-ec2", Groups: []string{"ec2.example.org"}, DependsOn: map[string]string{"example.org/family": ">=v1"}},
			want: `apiVersion: meta.pkg.crossplane.io/v1
kind: Provider
metadata:
  name: provider-ec2
spec:
  capabilities:
  - safe-start
  dependsOn:
  - apiVersion: pkg.crossplane.io/v1
    kind: Provider
    package: example.org/family
    version: '>=v1'

---
kind: CustomResourceDefinition
metadata:
  name: vpcs
`,
		},
		"NoCRDs": {
			reason:   "A group without CRDs is a mistake.",
			provider: Provider{Name: "provider-s3", Groups: []string{"s3.example.org"}},
			err:      "provider-s3: there are no CRDs of group s3.example.org in ",
		},
	}

	r, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			img, err := tc.provider.Image(crds)
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) {
					t.Errorf("%s\nwant error %q, got: %v", tc.reason, tc.err, err)
				}

				return
			}

			if err != nil {
				t.Fatal(err)
			}

			const reference = "xpkg.example.org/org/provider-ec2:v1.0.0"

			if err := r.Push(t.Context(), reference, img); err != nil {
				t.Fatal(err)
			}

			pulled, err := Pull(t.Context(), r.Address()+"/"+reference)
			if err != nil {
				t.Fatal(err)
			}

			files := tar.NewReader(mutate.Extract(pulled))

			header, err := files.Next()
			if err != nil {
				t.Fatal(err)
			}

			got, err := io.ReadAll(files)
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(streamFile+"\n"+tc.want, header.Name+"\n"+string(got)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
