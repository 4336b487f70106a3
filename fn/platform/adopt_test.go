package platform_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestAdopt(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   map[string]string
		err    string
	}{
		"Given": {
			reason: "A resource gets the name in AWS that the developer gives, and others follow it.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1","cache":"old-cache"}}`,
			mods:   []func(*kit.Request){platformtest.GroupsReady},
			want:   map[string]string{"vpc": "vpc-1", "cache": "old-cache", "stream": "dp-team-a-orders-km4cp3ur", "subnet-private-us-east-1a": ""},
		},
		"Withheld": {
			reason: "A name for what is still to come is no mistake.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1","cache":"old-cache","database":"db-1","alarm-database-cpu":"busy"}}`,
			want:   map[string]string{"vpc": "vpc-1"},
		},
		"Unknown": {
			reason: "A name for what is not there is a mistake.",
			spec:   `{"region":"us-east-1","externalNames":{"vcp":"vpc-1"}}`,
			err:    `spec.externalNames.vcp: invalid value "vpc-1": the platform has no such resource in AWS: use the name of a resource as in crossplane.io/composition-resource-name, or remove it`,
		},
		"UnknownLater": {
			reason: "A name that fits nothing any more, such as a NAT gateway's, must not stop a platform.",
			spec:   `{"region":"us-east-1","externalNames":{"nat-gateway-us-east-1a":"nat-1"}}`,
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
		},
		"SecretVersion": {
			reason: "A version of the secret is made anew; its name does no harm.",
			spec:   `{"region":"us-east-1","externalNames":{"credentials-version-abc":"arn|1"}}`,
		},
		"Conflict": {
			reason: "A resource that exists can't become another: what it is called in AWS stays.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-2"}}`,
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"vpc": "vpc-1"},
		},
		"Same": {
			reason: "A resource that was taken over stays taken over.",
			spec:   `{"region":"us-east-1","externalNames":{"vpc":"vpc-1"}}`,
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"vpc": "vpc-1"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, func(r *kit.Request) { r.Policy.ExternalNames = true })...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			for key, want := range tc.want {
				if got := platformtest.Find[kit.Object](t, p, key).GetAnnotations()["crossplane.io/external-name"]; got != want {
					t.Errorf("%s\n%s: want name %q, got %q", tc.reason, key, want, got)
				}
			}
		})
	}
}
