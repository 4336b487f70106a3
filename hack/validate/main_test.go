package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchemaFiles(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  []string
		policy string
		want   []string // Below the root.
		err    string   // Part of the error; empty if there is none.
	}{
		"Found": {
			reason: "XRDs, the input's CRD, and the CRD of every kind that is activated.",
			files: []string{
				"apis/definition.yaml",
				"apis/definition-claim.yaml",
				"package/input/policies.yaml",
				"crds/ec2.aws.m.upbound.io_vpcs.yaml",
				"crds/ec2.aws.m.upbound.io_subnets.yaml",
			},
			policy: "spec: {activate: [vpcs.ec2.aws.m.upbound.io]}",
			want: []string{
				"apis/definition-claim.yaml",
				"apis/definition.yaml",
				"package/input/policies.yaml",
				"crds/ec2.aws.m.upbound.io_vpcs.yaml",
			},
		},
		"NoCRD": {
			reason: "A misspelt kind would activate nothing.",
			policy: "spec: {activate: [vpc.ec2.aws.m.upbound.io]}",
			err:    "spec.activate: provider-aws has no CRD vpc.ec2.aws.m.upbound.io",
		},
		"NotYAML": {
			reason: "The file is named.",
			policy: "}",
			err:    "activation.yaml: ",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()

			for _, file := range tc.files {
				write(t, filepath.Join(root, file), "")
			}

			write(t, filepath.Join(root, "apis", "activation.yaml"), tc.policy)

			var want []string
			for _, file := range tc.want {
				want = append(want, filepath.Join(root, file))
			}

			got, err := schemaFiles(root, filepath.Join(root, "crds"))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\nschemaFiles(): -want, +got:\n%s", tc.reason, diff)
			}

			if (err != nil) != (tc.err != "") || (err != nil && !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("%s\nschemaFiles(): want an error with %q, got %v", tc.reason, tc.err, err)
			}
		})
	}
}

func write(t *testing.T, file, data string) {
	t.Helper()

	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
