package preview

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// An api is a kind of XR that the Configuration offers.
type api struct {
	apiVersion  string
	kind        string
	claimKind   string // Empty if the kind has no claims.
	namespaced  bool
	definition  string // Path of its XRD.
	composition string // Path of its Composition.
}

// A catalog is every api that the Configuration offers.
type catalog []api

// A manifest is the part of an XRD or a Composition that says what it is for.
type manifest struct {
	Kind string `json:"kind"`
	Spec struct {
		// Of an XRD.
		Group      string                `json:"group"`
		Names      struct{ Kind string } `json:"names"`
		ClaimNames struct{ Kind string } `json:"claimNames"`
		Scope      string                `json:"scope"`
		Versions   []struct{ Name string }

		// Of a Composition.
		CompositeTypeRef struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		} `json:"compositeTypeRef"`
	} `json:"spec"`
}

// loadCatalog reads the XRDs and Compositions in a directory, so that a preview
// offers exactly what the Configuration does.
func loadCatalog(dir string) (catalog, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}

	var c catalog

	compositions := map[string]string{}

	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}

		m := manifest{}
		if err := yaml.Unmarshal(data, &m); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}

		switch m.Kind {
		case "Composition":
			compositions[m.Spec.CompositeTypeRef.APIVersion+"/"+m.Spec.CompositeTypeRef.Kind] = file
		case "CompositeResourceDefinition":
			for _, v := range m.Spec.Versions {
				c = append(c, api{
					apiVersion: m.Spec.Group + "/" + v.Name,
					kind:       m.Spec.Names.Kind,
					claimKind:  m.Spec.ClaimNames.Kind,
					namespaced: m.Spec.Scope == "Namespaced",
					definition: file,
				})
			}
		}
	}

	for i := range c {
		file, ok := compositions[c[i].apiVersion+"/"+c[i].kind]
		if !ok {
			return nil, fmt.Errorf("%s: no Composition in %s has compositeTypeRef %s %s", c[i].definition, dir, c[i].apiVersion, c[i].kind)
		}

		c[i].composition = file
	}

	if len(c) == 0 {
		return nil, fmt.Errorf("%s holds no CompositeResourceDefinition; run from the root of the repository, or name it with -root", dir)
	}

	return c, nil
}

// String lists what the catalog offers.
func (c catalog) String() string {
	var kinds []string

	for _, a := range c {
		kinds = append(kinds, a.apiVersion+" "+a.kind)

		if a.claimKind != "" {
			kinds = append(kinds, a.apiVersion+" "+a.claimKind+" (claim)")
		}
	}

	slices.Sort(kinds)

	return strings.Join(kinds, ", ")
}

// find returns the api of an object, and whether the object is a claim.
func (c catalog) find(apiVersion, kind string) (a api, claim, ok bool) {
	for _, a := range c {
		if a.apiVersion != apiVersion {
			continue
		}

		switch kind {
		case a.kind:
			return a, false, true
		case a.claimKind:
			return a, true, true
		}
	}

	return api{}, false, false
}
