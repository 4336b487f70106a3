package integration

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// referenceName is the name in AWS of the platform in testdata.
const referenceName = "dp-team-a-orders-yp3s2ksy"

// An edit changes the XR of a test.
type edit func(xr *unstructured.Unstructured)

// set sets a field of the XR.
func set(value any, fields ...string) edit {
	return func(xr *unstructured.Unstructured) {
		if err := unstructured.SetNestedField(xr.Object, value, fields...); err != nil {
			panic(err)
		}
	}
}

// remove removes a field of the XR.
func remove(fields ...string) edit {
	return func(xr *unstructured.Unstructured) { unstructured.RemoveNestedField(xr.Object, fields...) }
}

func referenceXR(t *testing.T, edits ...edit) *unstructured.Unstructured {
	t.Helper()

	xr, err := readXR("testdata/xr.yaml")
	if err != nil {
		t.Fatal(err)
	}

	for _, e := range edits {
		e(xr)
	}

	return xr
}

// reference is what AWS must show of the platform in testdata.
func reference(t *testing.T, edits ...edit) *expectation {
	t.Helper()

	e, err := newExpectation(referenceXR(t, edits...), kit.Policy{NamePrefix: kit.DefaultNamePrefix})
	if err != nil {
		t.Fatal(err)
	}

	return e
}

func TestNewExpectation(t *testing.T) {
	cases := map[string]struct {
		reason string
		edits  []edit
		policy kit.Policy
		want   string
		err    string
	}{
		"Reference": {
			reason: "The name in AWS follows from the XR's namespace and name, as in the function.",
			policy: kit.Policy{NamePrefix: "dp"},
			want:   referenceName,
		},
		"ClaimXR": {
			reason: "The XR of a claim is named after the claim.",
			edits: []edit{
				set("CompositeDataPlatform", "kind"),
				remove("metadata", "namespace"),
				set("orders-abcde", "metadata", "name"),
				set(map[string]any{"namespace": "team-a", "name": "orders"}, "spec", "claimRef"),
			},
			policy: kit.Policy{NamePrefix: "dp"},
			want:   "dp-team-a-orders-2o2kmdrn",
		},
		"NoClaim": {
			reason: "A cluster scoped XR without a claim is nobody's.",
			edits:  []edit{remove("metadata", "namespace")},
			err:    `metadata.namespace, spec.claimRef: required value is missing in XDataPlatform "orders": give the platform as it is in the cluster`,
		},
		"NoRegion": {
			reason: "Without a region there is nobody to ask.",
			edits:  []edit{remove("spec", "region")},
			err:    "spec.region: required value is missing in team-a/orders: give the platform as it is in the cluster",
		},
		"NotReady": {
			reason: "A platform that is not ready has not all outputs. The error names those that it lacks.",
			edits:  []edit{remove("status", "stream"), set([]any{"subnet-1"}, "status", "network", "privateSubnetIds")},
			err:    "XDataPlatform team-a/orders: status.network.privateSubnetIds, status.stream.name, status.stream.arn: not there, or not for every zone: wait until the platform is ready",
		},
		"WrongType": {
			reason: "What is no XR can't be read.",
			edits:  []edit{set("text", "status", "network")},
			err:    "cannot read the XDataPlatform: cannot restore struct from: string",
		},
		"Invalid": {
			reason: "What the function refuses has no expectation.",
			edits:  []edit{set("10.0.0.1/16", "spec", "network", "cidrBlock")},
			policy: kit.Policy{NamePrefix: "dp"},
			err:    `cannot compose team-a/orders: spec.network.cidrBlock: invalid value "10.0.0.1/16": must be written with the block's first address: use 10.0.0.0/16`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e, err := newExpectation(referenceXR(t, tc.edits...), tc.policy)
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Fatalf("%s\nnewExpectation(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			got := ""
			if e != nil {
				got = nameOf(e.Resources[keyStream])
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nnewExpectation(...): -want, +got name:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestComposed(t *testing.T) {
	_, err := composed[kit.Object](reference(t), "no-such-key")
	if err == nil {
		t.Error("composed(...) of a key that the function does not have: want an error, got none")
	}
}

// message is an error's text.
func message(err error) string {
	if err == nil {
		return ""
	}

	return err.Error()
}
