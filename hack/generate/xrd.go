package main

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const (
	plural          = "xdataplatforms"
	claimPlural     = "dataplatforms"
	compositePlural = "compositedataplatforms"

	shortName          = "xdp"
	claimShortName     = "dp"
	compositeShortName = "cdp"
)

// claimConnectionSecret lets the connection Secret's name come, which Crossplane sets in
// a claim's XR some time after it has created it, and then stay. In a namespaced XR the
// function sees to that, which knows whether the Secret is there.
var claimConnectionSecret = apiextensionsv1.ValidationRule{
	Rule:    "!has(oldSelf.writeConnectionSecretToRef) || has(self.writeConnectionSecretToRef) && self.writeConnectionSecretToRef.name == oldSelf.writeConnectionSecretToRef.name",
	Message: "writeConnectionSecretToRef is immutable: applications mount the Secret by its name; restore what it was",
}

type object = map[string]any

// namespacedXRD defines the XR that developers submit in their namespace.
func namespacedXRD(props *apiextensionsv1.JSONSchemaProps, columns []apiextensionsv1.CustomResourceColumnDefinition) object {
	return object{
		"apiVersion": "apiextensions.crossplane.io/v2",
		"kind":       "CompositeResourceDefinition",
		"metadata":   object{"name": plural + "." + v1alpha1.Group},
		"spec": object{
			"scope":                 "Namespaced",
			"group":                 v1alpha1.Group,
			"names":                 names(plural, v1alpha1.Kind, shortName),
			"defaultCompositionRef": object{"name": plural + "." + v1alpha1.Group},
			"versions":              versions(props, columns),
		},
	}
}

// claimXRD defines the claim and the cluster scoped XR behind it. Only XRDs of
// the deprecated v1 have claims.
func claimXRD(props *apiextensionsv1.JSONSchemaProps, columns []apiextensionsv1.CustomResourceColumnDefinition) object {
	props = props.DeepCopy()
	spec := props.Properties["spec"]

	// Crossplane adds its own to the schema of a claim, and to that of its XR.
	delete(spec.Properties, "writeConnectionSecretToRef")
	spec.XValidations = append(spec.XValidations, claimConnectionSecret)
	props.Properties["spec"] = spec

	return object{
		"apiVersion": "apiextensions.crossplane.io/v1",
		"kind":       "CompositeResourceDefinition",
		"metadata":   object{"name": compositePlural + "." + v1alpha1.Group},
		"spec": object{
			"scope":                 "LegacyCluster",
			"group":                 v1alpha1.Group,
			"names":                 names(compositePlural, v1alpha1.CompositeKind, compositeShortName),
			"claimNames":            names(claimPlural, v1alpha1.ClaimKind, claimShortName),
			"defaultCompositionRef": object{"name": compositePlural + "." + v1alpha1.Group},
			"versions":              versions(props, columns),
		},
	}
}

// names of a kind. Crossplane lets none of them change.
func names(plural, kind, short string) object {
	return object{"kind": kind, "plural": plural, "shortNames": []string{short}, "categories": []string{"crossplane"}}
}

func versions(props *apiextensionsv1.JSONSchemaProps, columns []apiextensionsv1.CustomResourceColumnDefinition) []object {
	return []object{{
		"name":                     v1alpha1.Version,
		"served":                   true,
		"referenceable":            true,
		"additionalPrinterColumns": columns,
		"schema":                   object{"openAPIV3Schema": props},
	}}
}
