package kit

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			want := v1alpha1.Defaults()
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
