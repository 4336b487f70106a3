package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
)

// A nameRule is what an AWS service, or Kubernetes, takes as a name.
type nameRule struct {
	most    int
	pattern *regexp.Regexp
}

// nameRules by the kind of resource and the field that holds the name.
var nameRules = map[string]nameRule{
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	"MetricAlarm metadata.annotations.external-name": {255, regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)},
	// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
	"Stream metadata.annotations.external-name": {128, regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)},
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	"ReplicationGroup metadata.annotations.external-name": {40, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html and
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
	"SubnetGroup metadata.annotations.external-name": {255, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	"SecurityGroup spec.forProvider.name": {255, regexp.MustCompile(`^[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]+$`)},
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	"Instance spec.forProvider.identifier": {63, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
	"Instance spec.forProvider.finalSnapshotIdentifier": {255, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)},
	// Of Secrets in Kubernetes.
	"Instance spec.forProvider.passwordSecretRef.name":          {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"Instance spec.writeConnectionSecretToRef.name":             {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"ReplicationGroup spec.forProvider.authTokenSecretRef.name": {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
	"ReplicationGroup spec.writeConnectionSecretToRef.name":     {63, regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)},
}

// TestNames checks that no two platforms, or resources of one, share a name, and
// that every name is one that its service takes.
func TestNames(t *testing.T) {
	f := newFunction(t)
	r := newRandomizer(2)

	owners := map[string]string{}
	used := sets.New[string]()

	for _, id := range append(confusingNames(), randomNames(r, 300)...) {
		composed := []map[string]*unstructured.Unstructured{}
		// On another control plane the XR has another UID.
		for range 2 {
			xr := r.xr(id.namespace, id.name, id.claim, anyObject{
				"region":   "us-east-1",
				"cache":    anyObject{"authentication": "Token"},
				"database": anyObject{"skipFinalSnapshot": false},
			})

			rsp, err := f.RunFunction(t.Context(), requestFor(mustStruct(xr), withPolicy(`"namePrefix": "`+id.prefix+`"`), withGroundwork()))
			if err != nil || len(rsp.GetResults()) > 0 {
				t.Fatalf("%+v: RunFunction(...): %v, results %v", id, err, rsp.GetResults())
			}

			resources := map[string]*unstructured.Unstructured{}
			for key, d := range rsp.GetDesired().GetResources() {
				resources[key] = &unstructured.Unstructured{Object: d.GetResource().AsMap()}
			}

			composed = append(composed, resources)
		}

		for key, o := range composed[0] {
			for field, name := range names(o) {
				used.Insert(field)

				rule := nameRules[field]
				if len(name) > rule.most || !rule.pattern.MatchString(name) {
					t.Errorf("%+v: %s: %s: %q is not of at most %d characters and %s", id, key, field, name, rule.most, rule.pattern)
				}

				// Names in Kubernetes are unique in a namespace, those in AWS
				// in an account. Secrets share their names whatever they hold.
				taken := strings.SplitAfter(field, " ")[0] + o.GroupVersionKind().Group + " " + name
				if strings.HasSuffix(field, "Ref.name") {
					taken = id.namespace + " " + name
				}

				owner := fmt.Sprintf("%+v: %s: %s", id, key, field)
				if other, ok := owners[taken]; ok {
					t.Errorf("%s has the name %s, and so has %s", owner, name, other)
				}

				owners[taken] = owner

				again := names(composed[1][key])[field]
				// What is in AWS is never found by chance. A password stays where it is.
				inKubernetes := !isManaged(o) || strings.HasSuffix(field, "Ref.name")
				if same := again == name; same != inKubernetes {
					t.Errorf("%s is %s, and %s where the XR has another UID", owner, name, again)
				}
			}
		}
	}

	if diff := cmp.Diff(slices.Sorted(maps.Keys(nameRules)), sets.List(used)); diff != "" {
		t.Errorf("nameRules: -want, +got:\n%s", diff)
	}
}

// names of a resource, by its kind and the field that holds the name.
func names(o *unstructured.Unstructured) map[string]string {
	out := map[string]string{}
	add := func(field, name string) {
		if name != "" {
			out[o.GetKind()+" "+field] = name
		}
	}
	add("metadata.annotations.external-name", o.GetAnnotations()["crossplane.io/external-name"])

	for field := range nameRules {
		kind, path, _ := strings.Cut(field, " ")
		if name, _, _ := unstructured.NestedString(o.Object, strings.Split(path, ".")...); kind == o.GetKind() {
			add(path, name)
		}
	}

	return out
}

// A platformName is what names in AWS follow from.
type platformName struct {
	namespace, name string
	claim           bool
	prefix          string
}

// confusingNames are platforms whose names look alike when their parts are put
// together or cut.
func confusingNames() []platformName {
	long := strings.Repeat("a", 60)

	return []platformName{
		{"a", "b-c", false, "dp"},
		{"a-b", "c", false, "dp"},
		{"a", "b.c", false, "dp"},
		{"a", "b--c", false, "dp"},
		{"a", "b-c", true, "dp"},
		{"a-b", "c", true, "dp"},
		{"b", "c", false, "dp-a"},
		{"xr", "a", false, "dp"},
		{"claim", "a", false, "dp"},
		{"a", "b-c-cache", false, "dp"},
		{"a", "b-c-database", false, "dp"},
		{"1", "2", false, "dp"},
		{long + "1", "x", false, "dp"},
		{long + "2", "x", false, "dp"},
		{"a", long + "1", false, "dp"},
		{"a", long + "2", false, "dp"},
		{"a", long + "2", true, "dp"},
		{"a", long + "3", true, "a-longer-prefix1"},
		// Cut where a hyphen would be the last character.
		{"a", strings.Repeat("b-", 31) + "b", false, "dp"},
		{"aa", strings.Repeat("b-", 31) + "b", false, "dp"},
		{"a", strings.Repeat("b.", 31) + "b", false, "dp"},
	}
}

func randomNames(r *randomizer, n int) []platformName {
	out := make([]platformName, n)
	for i := range out {
		out[i] = platformName{r.label(63), r.dotted(63), r.coin(), r.word(lower, 1, 1) + r.word(lower+number, 0, 15)}
	}

	return out
}
