package preview

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadCatalog(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   catalog // Paths are below the directory of the files.
		err    errorContains
	}{
		"Complete": {
			reason: "Each version of each XRD is paired with the Composition of its kind.",
			files:  apis,
			want: catalog{
				{
					apiVersion:  "example.org/v1",
					kind:        "XThing",
					claimKind:   "Thing",
					definition:  "apis/definition-claim.yaml",
					composition: "apis/composition-claim.yaml",
				},
				{
					apiVersion:  "m.example.org/v1",
					kind:        "XThing",
					namespaced:  true,
					definition:  "apis/definition.yaml",
					composition: "apis/composition.yaml",
				},
			},
		},
		"NoComposition": {
			reason: "An API that nothing composes is named.",
			files:  map[string]string{"apis/definition.yaml": definition},
			err:    errorContains{"definition.yaml", "compositeTypeRef m.example.org/v1 XThing"},
		},
		"Empty": {
			reason: "Looking in the wrong place is the likely mistake.",
			err:    errorContains{"holds no CompositeResourceDefinition", "-root"},
		},
		"NotYAML": {
			reason: "The file is named.",
			files:  map[string]string{"apis/definition.yaml": "}"},
			err:    errorContains{"definition.yaml: "},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			root := write(t, tc.files)

			got, err := loadCatalog(filepath.Join(root, "apis"))
			tc.err.check(t, err)

			for i := range tc.want {
				tc.want[i].definition = filepath.Join(root, tc.want[i].definition)
				tc.want[i].composition = filepath.Join(root, tc.want[i].composition)
			}

			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(api{})); diff != "" {
				t.Errorf("%s\nloadCatalog(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
