package kinds_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// What the table says has to agree with the CRDs.
func TestKinds(t *testing.T) {
	c, err := crds.Open(t.Context(), "../../..")
	if err != nil {
		t.Fatal(err)
	}

	all := kinds.All()
	if !slices.IsSortedFunc(all, func(a, b kinds.Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table must be sorted by name")
	}

	for _, kind := range all {
		gvk := kind.GroupVersionKind()

		crd, err := c.Kind(gvk.GroupVersion().String(), gvk.Kind)
		if err != nil {
			t.Errorf("%s: %v", kind.Name, err)
			continue
		}

		fields := crd.Schema.Properties["spec"].Properties["forProvider"].Properties
		if _, tagged := fields["tags"]; tagged == kind.Untagged {
			t.Errorf("%s: the CRD has tags: %t", kind.Name, tagged)
		}

		for _, field := range kind.Immutable {
			// Terraform has arguments that the CRD has by reference to a Secret.
			if _, ok := fields[field]; !ok && field != "secret_string" {
				t.Errorf("%s: the CRD has no field %s", kind.Name, field)
			}
		}

		for _, held := range kind.Holds {
			if kinds.Named(held).Name == "" {
				t.Errorf("%s holds %s, which is in no platform", kind.Name, held)
			}
		}

		// What provider-aws was seen to write.
		if late := provideraws.LateInitialized(kind.Name); kind.OnlyNamed && (len(late) > 0 || !kind.NamedByAWS) {
			t.Errorf("%s: AWS chooses more than its name: %v", kind.Name, late)
		}

		if diff := cmp.Diff(kind, kinds.Of(gvk.GroupKind())); diff != "" {
			t.Errorf("Of(%s): -want, +got:\n%s", gvk, diff)
		}
	}
}

func TestOf(t *testing.T) {
	if got := kinds.Of(schema.GroupKind{Group: "s3.aws.m.upbound.io", Kind: "Bucket"}); got.Name != "" {
		t.Errorf("Of(Bucket): want nothing, got %v", got)
	}

	if got := kinds.Named("s3/Bucket"); got.Name != "" {
		t.Errorf("Named(s3/Bucket): want nothing, got %v", got)
	}
}

// A replication group's name may have 40 characters, and nothing else's is shorter.
func TestShortestName(t *testing.T) {
	if got := kinds.ShortestName(); got != 40 {
		t.Errorf("ShortestName(): want 40, got %d", got)
	}
}

// make e2e PROVIDER=aws builds the programs of the services that there are kinds of.
func TestServices(t *testing.T) {
	b, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}

	line := regexp.MustCompile(`(?m)^AWS_SERVICES := (.*)$`).FindSubmatch(b)
	if line == nil {
		t.Fatal("the Makefile has no AWS_SERVICES")
	}

	if diff := cmp.Diff(kinds.Services(), strings.Fields(string(line[1]))); diff != "" {
		t.Errorf("-kinds' services, +AWS_SERVICES in the Makefile:\n%s", diff)
	}
}

// The actions are of the kind's own service, but for those that AWS asks for besides, and tag
// what has tags.
func TestActions(t *testing.T) {
	// Services whose actions another service's resources need.
	others := map[string][]string{
		"elasticache/ReplicationGroup": {"iam"},
		"rds/Instance":                 {"ec2", "iam", "kms", "secretsmanager"},
	}
	// What each service calls tagging, and taking a tag off.
	tags := map[string][2]string{
		"cloudwatch":     {"TagResource", "UntagResource"},
		"ec2":            {"CreateTags", "DeleteTags"},
		"elasticache":    {"AddTagsToResource", "RemoveTagsFromResource"},
		"kinesis":        {"TagResource", "UntagResource"},
		"rds":            {"AddTagsToResource", "RemoveTagsFromResource"},
		"secretsmanager": {"TagResource", "UntagResource"},
	}

	for _, kind := range kinds.All() {
		if !slices.IsSorted(kind.Actions) || len(slices.Compact(slices.Clone(kind.Actions))) != len(kind.Actions) || len(kind.Actions) == 0 {
			t.Errorf("%s: want actions, sorted and once each, got %v", kind.Name, kind.Actions)
		}

		for _, action := range kind.Actions {
			service, name, _ := strings.Cut(action, ":")
			if service != kind.Service() && !slices.Contains(others[kind.Name], service) || name == "" || strings.Contains(name, "*") {
				t.Errorf("%s: want an action of %s or %v, got %q", kind.Name, kind.Service(), others[kind.Name], action)
			}
		}

		for _, name := range tags[kind.Service()] {
			if has := slices.Contains(kind.Actions, kind.Service()+":"+name); has == kind.Untagged {
				t.Errorf("%s: its actions include %s: %t", kind.Name, name, has)
			}
		}
	}
}

// The policy that people paste is made from the table. IAM takes 6,144 characters, without
// white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestPolicy(t *testing.T) {
	b, err := os.ReadFile("../../../docs/iam-policy.json")
	if err != nil {
		t.Fatal(err)
	}

	policy := struct {
		Statement []struct {
			Action []string `json:"Action"`
		} `json:"Statement"`
	}{}
	if err := json.Unmarshal(b, &policy); err != nil {
		t.Fatal(err)
	}

	if len(policy.Statement) != 1 {
		t.Fatalf("want one statement, got %d", len(policy.Statement))
	}

	if diff := cmp.Diff(kinds.Actions(), policy.Statement[0].Action); diff != "" {
		t.Errorf("docs/iam-policy.json is out of date; run \"make generate\". -want, +got:\n%s", diff)
	}

	if n := len(strings.Join(strings.Fields(string(b)), "")); n > 6144 {
		t.Errorf("docs/iam-policy.json has %d characters: IAM takes 6144", n)
	}
}
