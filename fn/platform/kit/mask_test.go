package kit_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// firstDocument is a document of Secrets Manager.
const firstDocument = `{"engine":"postgres","host":"db.example.org","username":"platform","password":"first","dbname":"platform","port":5432}`

// secretText has what each of the writtenForms writes in a way of its own: quotes, a backslash,
// what HTML escapes, what URLs escape here and there, and a letter beyond ASCII.
const secretText = "p\"\\<&>/+@: %é\n~w?d!>"

// writtenForms are how programs write secretText.
var writtenForms = map[string]string{
	"Raw":          secretText,
	"JSON":         `p\"\\\u003c\u0026\u003e/+@: %é\n~w?d!\u003e`,
	"JSONPlain":    `p\"\\<&>/+@: %é\n~w?d!>`,
	"Quoted":       `p\"\\<&>/+@: %é\n~w?d!>`,
	"QuotedASCII":  `p\"\\<&>/+@: %\u00e9\n~w?d!>`,
	"Query":        "p%22%5C%3C%26%3E%2F%2B%40%3A+%25%C3%A9%0A~w%3Fd%21%3E",
	"Path":         "p%22%5C%3C&%3E%2F+@:%20%25%C3%A9%0A~w%3Fd%21%3E",
	"Userinfo":     "p%22%5C%3C&%3E%2F+%40%3A%20%25%C3%A9%0A~w%3Fd%21%3E",
	"QueryLower":   "p%22%5c%3c%26%3e%2f%2b%40%3a+%25%c3%a9%0a~w%3fd%21%3e",
	"JSONQuoted":   `p\\\"\\\\\\u003c\\u0026\\u003e/+@: %é\\n~w?d!\\u003e`,
	"Base64":       base64.StdEncoding.EncodeToString([]byte(secretText)),
	"Base64Raw":    base64.RawStdEncoding.EncodeToString([]byte(secretText)),
	"Base64URL":    base64.URLEncoding.EncodeToString([]byte(secretText)),
	"Base64RawURL": base64.RawURLEncoding.EncodeToString([]byte(secretText)),
}

// mask is what takes secrets out of the messages of a platform.
func mask(t *testing.T, mods ...func(*kit.Request)) func(string) string {
	t.Helper()

	p, err := kit.NewPlan(platformtest.Request(t, platformtest.Reference, mods...), platform.Public())
	if err != nil {
		t.Fatalf("NewPlan(...): %v", err)
	}

	return p.Mask
}

// Wherever the request holds a secret, it is known, in whichever form it is repeated.
func TestMaskKnowsEachForm(t *testing.T) {
	older, err := json.Marshal(map[string]any{"engine": "postgres", "host": "db.example.org", "username": "platform", "password": secretText, "dbname": "platform", "port": 5432})
	if err != nil {
		t.Fatal(err)
	}

	sources := map[string]struct {
		reason string
		mods   []func(*kit.Request)
	}{
		"DatabasePassword": {
			reason: "The password that the provider publishes is secret.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: map[string][]byte{"password": []byte(secretText)}})},
		},
		"CacheToken": {
			reason: "The cache's token is secret.",
			mods:   []func(*kit.Request){platformtest.Observing("cache", kit.Observation{Connection: map[string][]byte{"attribute.auth_token": []byte(secretText)}})},
		},
		"UnknownDetail": {
			reason: "A detail that nobody has thought of is secret until somebody says that it is not.",
			mods:   []func(*kit.Request){platformtest.Observing("stream", kit.Observation{Connection: map[string][]byte{"attribute.something_new": []byte(secretText)}})},
		},
		"OlderDocument": {
			reason: "A password that only an older document has is secret still.",
			mods:   []func(*kit.Request){platformtest.Observing("credentials-document", kit.Observation{Data: map[string][]byte{"document-1": older}})},
		},
		"ConnectionSecret": {
			reason: "A password that only the connection Secret has is secret.",
			mods:   []func(*kit.Request){platformtest.Observing("connection", kit.Observation{Data: map[string][]byte{"PGPASSWORD": []byte(secretText)}})},
		},
		"PublishedConnection": {
			reason: "So is one that only a claim's published connection has.",
			mods:   []func(*kit.Request){func(r *kit.Request) { r.PublishedConnection = map[string][]byte{"REDIS_PASSWORD": []byte(secretText)} }},
		},
	}
	for name, tc := range sources {
		t.Run(name, func(t *testing.T) {
			masked := mask(t, tc.mods...)
			for form, text := range writtenForms {
				got := masked("AWS said: " + text + ", which it refused")
				if got != "AWS said: (not shown), which it refused" {
					t.Errorf("%s\n%s: got %q", tc.reason, form, got)
				}
			}
		})
	}
}

func TestMask(t *testing.T) {
	cases := map[string]struct {
		reason  string
		mods    []func(*kit.Request)
		message string
		want    string
	}{
		"Nothing": {
			reason:  "A platform without secrets has nothing to hide.",
			message: "access denied",
			want:    "access denied",
		},
		"NoMessage": {
			reason: "Nothing stays nothing.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")})},
		},
		"EmptySecret": {
			reason:  "An empty secret is in every message, and is none.",
			mods:    []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("")})},
			message: "access denied",
			want:    "access denied",
		},
		"PublicDetails": {
			reason: "What anybody may see helps to understand a message.",
			mods: []func(*kit.Request){
				platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")}),
				platformtest.Observing("cache", kit.Observation{Connection: map[string][]byte{"primary_endpoint_address": []byte("redis.example.org"), "reader_endpoint_address": []byte("replica.example.org"), "port": []byte("6379")}}),
			},
			message: "platform at db.example.org:5432 and redis.example.org, replica.example.org:6379 with first",
			want:    "platform at db.example.org:5432 and redis.example.org, replica.example.org:6379 with (not shown)",
		},
		"PublicKeys": {
			reason: "So do the connection Secret's keys that are not secret, and a document's.",
			mods: []func(*kit.Request){
				platformtest.Observing("connection", kit.Observation{Data: map[string][]byte{
					"AWS_REGION": []byte("us-east-1"), "KINESIS_STREAM_NAME": []byte("records"), "PGHOST": []byte("db.example.org"), "PGPORT": []byte("5432"), "PGUSER": []byte("owner"),
					"PGDATABASE": []byte("orders"), "PGSSLMODE": []byte("require"), "REDIS_HOST": []byte("redis.example.org"), "REDIS_PORT": []byte("6379"), "PGPASSWORD": []byte("hidden"),
				}}),
				platformtest.Observing("credentials-document", kit.Observation{Data: map[string][]byte{"document-1": []byte(firstDocument)}}),
			},
			message: "us-east-1 records db.example.org 5432 owner orders require redis.example.org 6379 postgres platform hidden first",
			want:    "us-east-1 records db.example.org 5432 owner orders require redis.example.org 6379 postgres platform (not shown) (not shown)",
		},
		"URLs": {
			reason:  "A URL with a password in it is secret as a whole.",
			mods:    []func(*kit.Request){platformtest.Observing("connection", kit.Observation{Data: map[string][]byte{"DATABASE_URL": []byte("postgresql://platform:first@db.example.org:5432/platform")}})},
			message: "cannot open postgresql://platform:first@db.example.org:5432/platform",
			want:    "cannot open (not shown)",
		},
		"WholeDocument": {
			reason:  "A document is secret as a whole, as it is and within another.",
			mods:    []func(*kit.Request){platformtest.Observing("credentials-document", kit.Observation{Data: map[string][]byte{"document-1": []byte(firstDocument)}})},
			message: `SecretString: ` + firstDocument + `, or "` + strings.ReplaceAll(firstDocument, `"`, `\"`) + `"`,
			want:    `SecretString: (not shown), or "(not shown)"`,
		},
		"LongestFirst": {
			reason:  "A secret that begins with another is hidden as a whole.",
			mods:    []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("spring")}), platformtest.Observing("cache", kit.Observation{Connection: map[string][]byte{"attribute.auth_token": []byte("spring2026")}})},
			message: "spring2026 and spring",
			want:    "(not shown) and (not shown)",
		},
		"Repeated": {
			reason:  "Each place is hidden.",
			mods:    []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")})},
			message: "first, first: first",
			want:    "(not shown), (not shown): (not shown)",
		},
		"NotJSON": {
			reason:  "Data that is no document is secret as it is.",
			mods:    []func(*kit.Request){platformtest.Observing("credentials-document", kit.Observation{Data: map[string][]byte{"document-1": []byte(`{"password":`), "document-2": []byte("[1]"), "document-3": nil}})},
			message: `cannot parse {"password": or [1]`,
			want:    `cannot parse (not shown) or (not shown)`,
		},
		"NumbersInADocument": {
			reason:  "What is no text in a document is no secret by itself.",
			mods:    []func(*kit.Request){platformtest.Observing("credentials-document", kit.Observation{Data: map[string][]byte{"document-1": []byte(`{"attempts":7,"password":"first"}`)}})},
			message: "failed 7 times with first",
			want:    "failed 7 times with (not shown)",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, mask(t, tc.mods...)(tc.message)); diff != "" {
				t.Errorf("%s\nMask(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// What Compose tells of a failure has no secret in it, whichever component it is of.
func TestConditionsAreMasked(t *testing.T) {
	out := platformtest.Compose(t, platformtest.Reference, platformtest.Converged(t), func(r *kit.Request) {
		for key, o := range r.Observed {
			o.Synced = kit.ObservedCondition{Status: "False", Message: "cannot set first"}
			r.Observed[key] = o
		}
	})
	for _, c := range out.Conditions {
		if c.Reason != "Failing" || strings.Contains(c.Message, "first") || !strings.Contains(c.Message, "cannot set (not shown)") {
			t.Errorf("%s: %s: %q", c.Type, c.Reason, c.Message)
		}
	}
}
