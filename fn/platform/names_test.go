package platform

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
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
	if a, b := secretName(one, "x"), secretName(two, "x"); a != b {
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
		name, secret := awsName(r), r.Namespace+"/"+secretName(r, "database-password")
		if other, ok := names[name]; ok {
			t.Errorf("%s/%s and %s/%s share the name %q", r.Namespace, r.Name, other.Namespace, other.Name, name)
		}
		if other, ok := secrets[secret]; ok {
			t.Errorf("%s/%s and %s/%s share the Secret %q", r.Namespace, r.Name, other.Namespace, other.Name, secret)
		}
		if l := len(secretName(r, "database-password")); l > maxSecretName {
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
	if a, b := secretName(named("team-a", "orders", "dev", false), "x"), secretName(named("team-a", "orders", "prod", false), "x"); a != b {
		t.Errorf("A Secret's name must not follow the prefix: got %q and %q", a, b)
	}
}

// Another name of a stream or a cache would be another, empty one. So a name that the
// platform's users were told stays when its resource is not to be seen, whatever made it.
func TestToldNamesStay(t *testing.T) {
	p := testPlan(t, reference, func(r *Request) {
		r.Status.Stream = &v1alpha1.StreamStatus{Name: "orders-stream", ARN: "arn"}
		r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "master.orders-cache.5c1ead.use1.cache.amazonaws.com"}
		r.Status.Database = &v1alpha1.DatabaseStatus{Host: "orders-database.378a6ba342ba.us-east-1.rds.amazonaws.com"}
	})
	want := []string{"orders-stream", "orders-cache", "orders-database"}
	if diff := cmp.Diff(want, []string{p.StreamName, p.CacheID, p.DatabaseID}); diff != "" {
		t.Errorf("resolveNames(...): -want, +got:\n%s", diff)
	}
}
