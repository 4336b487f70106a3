package platform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
)

func TestTags(t *testing.T) {
	p := testPlan(t, `{"region":"us-east-1","tags":{"team":"developer","cost":"1"}}`, func(r *Request) {
		r.Policy.RawDefaults = []byte(`{"tags":{"cost":"default","origin":"default"}}`)
		r.Policy.Tags = map[string]string{"team": "policy"}
	})
	want := map[string]*string{
		"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2-x"),
		"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		"team":                                ptr.To("policy"),
		"cost":                                ptr.To("1"),
		"origin":                              ptr.To("default"),
	}
	if diff := cmp.Diff(want, p.tagged("x")); diff != "" {
		t.Errorf("The policy's tags win over the developer's, and those over the policy's defaults.\ntagged(...): -want, +got:\n%s", diff)
	}
	if _, ok := p.Tags["Name"]; ok {
		t.Error("One resource's name must not become another's.")
	}
}

func TestTooManyTags(t *testing.T) {
	many := func(n int) func(*Request) {
		return func(r *Request) {
			r.Policy.Tags = map[string]string{}
			for i := range n {
				r.Policy.Tags[fmt.Sprintf("policy-%d", i)] = "x"
			}
		}
	}
	spec := `{"region":"us-east-1","tags":{"a":"1","b":"2"}}`

	if _, err := newPlan(request(t, spec, many(43))); err != nil {
		t.Errorf("45 tags leave room for the provider's and the platform's: %v", err)
	}
	_, err := newPlan(request(t, spec, many(44)))
	if got := message(err); !strings.HasPrefix(got, `spec.tags: invalid value ["a","b","policy-0",`) || !strings.HasSuffix(got, "46 tags, the policy's among them: AWS allows 50 on a resource, and 45 are left for these: remove some") {
		t.Errorf("46 tags are more than AWS leaves: got %q", got)
	}
}
