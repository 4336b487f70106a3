package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestGenerator(t *testing.T) {
	ref := Object{"name": "secret", "key": "password"}

	type want struct {
		Length int // Of the password.
		Kept   string
		Owner  string
	}

	cases := map[string]struct {
		reason      string
		secret      *corev1.Secret
		forProvider Object
		want        want
	}{
		"NoSecret": {
			reason:      "A Secret that does not exist is made, and is the resource's own.",
			forProvider: Object{"autoGeneratePassword": true, "passwordSecretRef": ref},
			want:        want{Length: 27, Owner: "db"},
		},
		"NoKey": {
			reason:      "One that exists gets the key, and stays whose it was.",
			secret:      &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "secret", CreationTimestamp: metav1.Now()}},
			forProvider: Object{"autoGeneratePassword": true, "passwordSecretRef": ref},
			want:        want{Length: 27},
		},
		"Password": {
			reason: "A password that is there is kept.",
			secret: &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Name: "secret", CreationTimestamp: metav1.Now()},
				Data:       map[string][]byte{"password": []byte("kept")},
			},
			forProvider: Object{"autoGeneratePassword": true, "passwordSecretRef": ref},
			want:        want{Length: 4, Kept: "kept"},
		},
		"NotAsked": {
			reason:      "None is made unless it is asked for.",
			forProvider: Object{"passwordSecretRef": ref},
		},
		"NoRef": {
			reason:      "Nor without a place for it.",
			forProvider: Object{"autoGeneratePassword": true},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &store{secrets: map[string]*corev1.Secret{}}
			if tc.secret != nil {
				s.secrets["secret"] = tc.secret
			}

			m := mr("rds/Instance", "db", tc.forProvider)
			if err := generator(s, generated["rds/Instance"]).Initialize(t.Context(), m); err != nil {
				t.Fatal(err)
			}

			got := want{}

			if secret := s.secrets["secret"]; secret != nil {
				got.Length = len(secret.Data["password"])
				if tc.want.Kept != "" {
					got.Kept = string(secret.Data["password"])
				}

				for _, owner := range secret.GetOwnerReferences() {
					got.Owner = owner.Name
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nInitialize(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestGeneratorRandom(t *testing.T) {
	s := &store{secrets: map[string]*corev1.Secret{}}

	for _, name := range []string{"a", "b"} {
		m := mr("elasticache/ReplicationGroup", name, Object{"autoGenerateAuthToken": true, "authTokenSecretRef": Object{"name": name, "key": "token"}})
		if err := generator(s, generated[m.Kind()]).Initialize(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}

	if a, b := string(s.secrets["a"].Data["token"]), string(s.secrets["b"].Data["token"]); a == b {
		t.Errorf("Initialize(): two caches got one token, %s", a)
	}
}

func TestTagger(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*Managed)
		want   any
	}{
		"Tags": {
			reason: "The provider adds three tags to those that were asked for.",
			want: Object{
				"Name":                      "orders",
				"crossplane-kind":           "vpc.ec2.aws.m.upbound.io",
				"crossplane-name":           "vpc",
				"crossplane-providerconfig": "default",
			},
		},
		"ObserveOnly": {
			reason: "It writes none where it may only observe.",
			change: policies("Observe"),
			want:   Object{"Name": "orders"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := mr("ec2/VPC", "vpc", Object{"tags": Object{"Name": "orders"}})
			if tc.change != nil {
				tc.change(m)
			}

			if err := tagger(&store{}).Initialize(t.Context(), m); err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tc.want, m.forProvider()["tags"]); diff != "" {
				t.Errorf("%s\nInitialize(): tags: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
