package kit

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
)

func named(namespace, name, prefix string, claim bool) *Request {
	return &Request{Namespace: namespace, Name: name, Claim: claim, Policy: Policy{NamePrefix: prefix}}
}

func TestAWSName(t *testing.T) {
	long := strings.Repeat("long-", 20) + "name"

	cases := map[string]struct {
		reason string
		req    *Request
		want   string
	}{
		"Short": {
			reason: "A short name should be kept, with a hash.",
			req:    named("team-a", "orders", "dp", false),
			want:   "dp-team-a-orders-yp3s2ksy",
		},
		"Long": {
			reason: "A long name should be cut to 40 characters, hash included, and not end a word with a hyphen.",
			req:    named("team-a", long, "dp", false),
			want:   "dp-team-a-long-long-long-long-l-wmebmfng",
		},
		"CutAtHyphen": {
			reason: "RDS and ElastiCache refuse two hyphens in a row.",
			req:    named("team-a", "abcdefghijklmnopqrst-uvw", "dp", false),
			want:   "dp-team-a-abcdefghijklmnopqrst-",
		},
		"DotsAndHyphens": {
			reason: "Dots are not in every service's alphabet, and hyphens must not repeat.",
			req:    named("9--lives", "orders.v1", "dp", false),
			want:   "dp-9-lives-orders-v1-",
		},
	}
	// What every service takes: ElastiCache's limit, RDS's alphabet.
	valid := regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := awsName(tc.req)
			if !strings.HasPrefix(got, tc.want) || len(got) > maxName || !valid.MatchString(got) {
				t.Errorf("%s\nawsName(...): want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// Two control planes in one account, or a platform and the one before it, must not find
// each other's resources by chance. A Secret is of one control plane, and stays.
func TestUIDSeparatesPlatforms(t *testing.T) {
	one, two := named("team-a", "orders", "dp", false), named("team-a", "orders", "dp", false)

	one.UID, two.UID = "one", "two"
	if a, b := awsName(one), awsName(two); a == b {
		t.Errorf("Two XRs must have two names in AWS: got %q twice", a)
	}

	if a, b := SecretName(one, "x"), SecretName(two, "x"); a != b {
		t.Errorf("A Secret's name must not follow the UID: got %q and %q", a, b)
	}
}

// Each of these platforms must have a name of its own, in AWS and for its
// Secrets.
func TestNamesDoNotCollide(t *testing.T) {
	long := strings.Repeat("x", 60)
	reqs := []*Request{
		named("team-a", "orders", "dp", false),
		named("team-b", "orders", "dp", false),
		named("team", "a-orders", "dp", false),
		named("team-a-orders", "x", "dp", false),
		named("team-a", "orders-x", "dp", false),
		named("team-a", "orders.x", "dp", false),
		named("team-a", "orders--x", "dp", false),
		named("team-a", "orders", "dp", true),
		named("team-a", long+"1", "dp", false),
		named("team-a", long+"2", "dp", false),
		named("dp", "team-a-orders", "dp", false),
	}
	names, secrets := map[string]*Request{}, map[string]*Request{}

	for _, r := range reqs {
		name, secret := awsName(r), r.Namespace+"/"+SecretName(r, "database-password")
		if other, ok := names[name]; ok {
			t.Errorf("%s/%s and %s/%s share the name %q", r.Namespace, r.Name, other.Namespace, other.Name, name)
		}

		if other, ok := secrets[secret]; ok {
			t.Errorf("%s/%s and %s/%s share the Secret %q", r.Namespace, r.Name, other.Namespace, other.Name, secret)
		}

		if l := len(SecretName(r, "database-password")); l > maxSecretName {
			t.Errorf("the Secret of %s has a name of %d characters", r.Name, l)
		}

		names[name], secrets[secret] = r, r
	}
}

func TestPrefixSeparatesPlatforms(t *testing.T) {
	if a, b := awsName(named("team-a", "orders", "dev", false)), awsName(named("team-a", "orders", "prod", false)); a == b {
		t.Errorf("Two prefixes must make two names: got %q twice", a)
	}
	// A password must stay where it is when the policy's prefix changes.
	if a, b := SecretName(named("team-a", "orders", "dev", false), "x"), SecretName(named("team-a", "orders", "prod", false), "x"); a != b {
		t.Errorf("A Secret's name must not follow the prefix: got %q and %q", a, b)
	}
}

func TestObjectName(t *testing.T) {
	xr := func(name string) *Request { return &Request{Namespace: "team-a", Name: name, UID: "one"} }

	cases := map[string]struct {
		reason string
		req    *Request
		key    string
		want   string
	}{
		"Short": {
			reason: "A name should say which platform it is of, and which resource it is.",
			req:    xr("orders"),
			key:    "subnet-private-us-east-1a",
			want:   "orders-subnet-private-us-east-1a-",
		},
		"Dots": {
			reason: "An XR's name may have dots, and a DNS label may not.",
			req:    xr("orders.v1"),
			key:    "vpc",
			want:   "orders-v1-vpc-",
		},
		"LongPlatform": {
			reason: "A long name of a platform should be cut, because the key tells the resource.",
			req:    xr(strings.Repeat("long", 20)),
			key:    "route-table-association-private-ap-southeast-1a",
			want:   "longlonglong-route-table-association-private-ap-southe-",
		},
		"LongKey": {
			reason: "A key that is too long by itself should be cut too.",
			req:    xr("orders"),
			key:    "usage-subnet-private-ap-southeast-1a-by-nat-gateway-ap-southeast-1a",
			want:   "orders-usage-subnet-private-ap-southeast-1a-by-nat-gat-",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ObjectName(tc.req, tc.key)
			if !strings.HasPrefix(got, tc.want) || len(got) != len(tc.want)+hashLength || len(got) > maxObjectName {
				t.Errorf("%s\nObjectName(...): want %s and a hash, got %q", tc.reason, tc.want, got)
			}

			if errs := validation.IsDNS1123Label(got); len(errs) > 0 {
				t.Errorf("%s\n%q: %v", tc.reason, got, errs)
			}
		})
	}
}

// A name that is no name in Kubernetes is refused before it gets here. Cut inside a character
// it would make an answer that protobuf can't carry.
func TestNamesAreCutAtCharacters(t *testing.T) {
	for _, name := range []string{strings.Repeat("é", 100), "a" + strings.Repeat("é", 100), strings.Repeat("😀", 100)} {
		req := &Request{Namespace: name, Name: name}
		for _, got := range []string{awsName(req), SecretName(req, "database"), ObjectName(req, "vpc"), ObjectName(req, strings.Repeat("é", 100))} {
			if !utf8.ValidString(got) {
				t.Errorf("%q is cut inside a character", got)
			}
		}
	}
}

// What is created anew, and what is cut to the same text, must not meet.
func TestObjectNamesDoNotCollide(t *testing.T) {
	const long = "usage-subnet-private-ap-southeast-1a-by-nat-gateway-ap-southeast-1"

	seen := map[string]string{}

	for _, uid := range []string{"one", "two"} {
		for _, key := range []string{"vpc", long + "a", long + "b"} {
			name := ObjectName(&Request{Namespace: "team-a", Name: "orders", UID: uid}, key)
			if other, ok := seen[name]; ok {
				t.Errorf("%s of %s and %s share the name %s", key, uid, other, name)
			}

			seen[name] = key + " of " + uid
		}
	}
}
