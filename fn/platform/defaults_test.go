package platform

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

func TestLayer(t *testing.T) {
	cases := map[string]struct {
		reason string
		layers []json.RawMessage
		want   func(*v1alpha1.Parameters)
	}{
		"None": {
			reason: "Without layers the reference defaults hold.",
			layers: []json.RawMessage{nil},
			want:   func(*v1alpha1.Parameters) {},
		},
		"DeveloperWins": {
			reason: "The developer's fields win over the policy's, those over the reference's, one by one.",
			layers: []json.RawMessage{
				json.RawMessage(`{"cache":{"nodeType":"cache.policy.large","numCacheClusters":4},"database":{"multiAz":false}}`),
				json.RawMessage(`{"cache":{"numCacheClusters":3},"region":"us-east-1"}`),
			},
			want: func(p *v1alpha1.Parameters) {
				p.Cache.NodeType, p.Cache.NumCacheClusters = ptr.To("cache.policy.large"), ptr.To[int64](3)
				p.Database.MultiAZ = ptr.To(false)
			},
		},
		"ListsReplaceMapsJoin": {
			reason: "A developer's empty list is a wish; tags join.",
			layers: []json.RawMessage{
				json.RawMessage(`{"monitoring":{"alarmActions":["arn:aws:sns:us-east-1:123456789012:policy"]},"tags":{"a":"policy","b":"policy"}}`),
				json.RawMessage(`{"monitoring":{"alarmActions":[]},"stream":{"shardLevelMetrics":["IncomingBytes"]},"tags":{"a":"own"}}`),
			},
			want: func(p *v1alpha1.Parameters) {
				p.Monitoring.AlarmActions = []v1alpha1.TopicARN{}
				p.Stream.ShardLevelMetrics = []v1alpha1.ShardLevelMetric{"IncomingBytes"}
				p.Tags = map[string]v1alpha1.TagValue{"a": "own", "b": "policy"}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := Defaults()
			tc.want(&want)
			got, err := layer(tc.layers...)
			if err != nil {
				t.Fatalf("layer(...): %v", err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\nlayer(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// notConstant are fields whose default follows from something else, in words.
var notConstant = map[string]string{
	"network.publicSubnetCidrBlocks":  "the VPC's block is split in 256 (in /28s where those would be smaller), and the zones take blocks 0, 1 and so on",
	"network.privateSubnetCidrBlocks": "the same split, blocks 10, 11 and so on",
	"monitoring.alarmActions":         "none",
	"tags":                            "none",
	"database.maxAllocatedStorage":    "none, AWS doesn't grow the storage",
	"database.iops":                   "12000 from 400 GiB on",
	"database.storageThroughput":      "500 from 400 GiB on",
	"externalNames":                   "none",
	"writeConnectionSecretToRef":      "the platform's name, then -connection",
	"providerConfigRef":               "kind ClusterProviderConfig, name default",
}

// A field's documentation names its default. This keeps it true.
func TestDocumentedDefaults(t *testing.T) {
	schema := apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(v1alpha1.Schema(), &schema); err != nil {
		t.Fatalf("cannot parse schema: %v", err)
	}
	b, err := json.Marshal(Defaults())
	if err != nil {
		t.Fatalf("cannot marshal defaults: %v", err)
	}
	defaults := map[string]any{}
	if err := json.Unmarshal(b, &defaults); err != nil {
		t.Fatalf("cannot parse defaults: %v", err)
	}

	spec := schema.Properties["spec"]
	delete(spec.Properties, "region")
	delete(spec.Properties, "availabilityZones")
	checkDefaults(t, "", spec, defaults)
}

func checkDefaults(t *testing.T, path string, s apiextensionsv1.JSONSchemaProps, defaults map[string]any) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p, at := s.Properties[name], strings.TrimPrefix(path+"."+name, ".")

		if nested, ok := defaults[name].(map[string]any); ok && notConstant[at] == "" {
			checkDefaults(t, at, p, nested)
			continue
		}

		documented := regexp.MustCompile(`(?s)Default: (.+)\.$`).FindStringSubmatch(p.Description)
		if documented == nil {
			t.Errorf("spec.%s: its documentation names no default: %q", at, p.Description)
			continue
		}
		want := notConstant[at]
		if want == "" {
			want = words(defaults[name])
		}
		if got := strings.Join(strings.Fields(documented[1]), " "); got != want {
			t.Errorf("spec.%s: its documentation says the default is %q, but it is %q", at, got, want)
		}
	}
}

func words(v any) string {
	if l, ok := v.([]any); ok {
		out := make([]string, 0, len(l))
		for _, e := range l {
			out = append(out, words(e))
		}
		return strings.Join(out, ", ")
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v) //nolint:errchkjson // It came from JSON.
	return string(b)
}
