package kit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// plan returns the plan of a request that no component has resolved.
func plan(t *testing.T, spec string, mods ...func(*kit.Request)) *kit.Plan {
	t.Helper()

	p, err := kit.NewPlan(platformtest.Request(t, spec, mods...), nil)
	if err != nil {
		t.Fatalf("NewPlan(...): %v", err)
	}

	return p
}

func TestTags(t *testing.T) {
	p := plan(t, `{"region":"us-east-1","tags":{"team":"developer","cost":"1"}}`, func(r *kit.Request) {
		r.Policy.RawDefaults = []byte(`{"tags":{"cost":"default","origin":"default"}}`)
		r.Policy.Tags = map[string]string{"team": "policy"}
	})

	want := map[string]*string{
		"Name":                                ptr.To("dp-team-a-orders-km4cp3ur-x"),
		"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		"team":                                ptr.To("policy"),
		"cost":                                ptr.To("1"),
		"origin":                              ptr.To("default"),
	}
	if diff := cmp.Diff(want, p.Tagged("x")); diff != "" {
		t.Errorf("The policy's tags win over the developer's, and those over the policy's defaults.\ntagged(...): -want, +got:\n%s", diff)
	}

	if _, ok := p.AWSTags["Name"]; ok {
		t.Error("One resource's name must not become another's.")
	}
}

// Each resource repeats the tags, and an answer has a limit.
func TestTagsHaveALimit(t *testing.T) {
	// A tag's value has 256 characters at most, and its key 128.
	tags := func(who string, n int, letter string) map[string]string {
		out := map[string]string{}
		for i := range n {
			out[fmt.Sprintf("%s-%03d", who+strings.Repeat("x", 121), i)] = strings.Repeat(letter, 256)
		}

		return out
	}

	cases := map[string]struct {
		reason    string
		developer map[string]string
		policy    map[string]string
		defaults  map[string]string
		want      int
		err       string
	}{
		"LongestOfASCII": {
			reason:    "As many as there may be, each as long as it may be, should be fine.",
			developer: tags("dev", 25, "a"),
			policy:    tags("pol", 20, "a"),
			want:      45,
		},
		"Defaults": {
			reason:    "Defaults that there is no room for are no reason to refuse a platform.",
			developer: tags("dev", 20, "é"),
			policy:    tags("pol", 18, "é"),
			defaults:  tags("def", 5, "é"),
			want:      40,
		},
		"Developer": {
			reason:    "A developer's tags that there is no room for should be refused.",
			developer: tags("dev", 25, "😀"),
			err:       `spec.tags: invalid value {"` + "dev" + strings.Repeat("x", 121) + `-0...: they and the platform team's have more than 25920 bytes together: use fewer or shorter ones`,
		},
		"Policy": {
			reason: "A policy's should be its writer's to mend.",
			policy: tags("pol", 25, "😀"),
			err:    `the platform team's policy, which is the function's input: tags: invalid value {"` + "pol" + strings.Repeat("x", 121) + `-0...: they have more than 25920 bytes together: use fewer or shorter ones`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec, _ := json.Marshal(map[string]any{"region": "us-east-1", "tags": tc.developer})
			defaults, _ := json.Marshal(map[string]any{"tags": tc.defaults})

			p, err := kit.NewPlan(platformtest.Request(t, string(spec), platformtest.Policy(string(defaults)), func(r *kit.Request) { r.Policy.Tags = tc.policy }), nil)

			got := ""
			if err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.err, got); diff != "" {
				t.Errorf("%s\nNewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != nil {
				return
			}
			// The platform adds one.
			if n := len(p.AWSTags) - 1; n != tc.want {
				t.Errorf("%s\nwant %d tags, got %d", tc.reason, tc.want, n)
			}
		})
	}
}

// AWS allows 50 tags, and 45 are left for the developer and the policy. The API allows them
// 25 and 20, so that only a policy's defaults can be too many.
func TestDefaultTagsGiveWay(t *testing.T) {
	tags := func(name string, n int) map[string]string {
		out := map[string]string{}
		for i := range n {
			out[fmt.Sprintf("%s-%02d", name, i)] = "x"
		}

		return out
	}

	cases := map[string]struct {
		reason    string
		developer int
		policy    int
		defaults  int
		want      map[string]int
	}{
		"Room": {
			reason:    "With room for all, all are set.",
			developer: 5, policy: 5, defaults: 25,
			want: map[string]int{"developer": 5, "policy": 5, "default": 25},
		},
		"SomeRoom": {
			reason:    "Defaults are set as far as there is room.",
			developer: 25, policy: 15, defaults: 25,
			want: map[string]int{"developer": 25, "policy": 15, "default": 5},
		},
		"NoRoom": {
			reason:    "Defaults that there is no room for are no reason to refuse a platform.",
			developer: 25, policy: 20, defaults: 25,
			want: map[string]int{"developer": 25, "policy": 20},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec, _ := json.Marshal(map[string]any{"region": "us-east-1", "tags": tags("developer", tc.developer)})
			defaults, _ := json.Marshal(map[string]any{"tags": tags("default", tc.defaults)})
			p := plan(t, string(spec), platformtest.Policy(string(defaults)), func(r *kit.Request) { r.Policy.Tags = tags("policy", tc.policy) })

			got := map[string]int{}

			for key := range p.AWSTags {
				if who, _, ok := strings.Cut(key, "-"); ok {
					got[who]++
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nAWSTags: -want, +got:\n%s", tc.reason, diff)
			}
			// The provider adds three.
			if n := len(p.Tagged("x")) + 3; n > 50 {
				t.Errorf("%s\nAWS would refuse %d tags", tc.reason, n)
			}
		})
	}
}
