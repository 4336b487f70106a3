package platform

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

// Wherever the request holds a secret, it is known, in whichever form it is repeated.
func TestMaskKnowsEachForm(t *testing.T) {
	older, err := json.Marshal(document{Engine: "postgres", Host: "db.example.org", Username: "platform", Password: secretText, DBName: "platform", Port: 5432})
	if err != nil {
		t.Fatal(err)
	}

	sources := map[string]struct {
		reason string
		mods   []func(*Request)
	}{
		"DatabasePassword": {
			reason: "The password that the provider publishes is secret.",
			mods:   []func(*Request){observing("database", Observation{Connection: map[string][]byte{"password": []byte(secretText)}})},
		},
		"CacheToken": {
			reason: "The cache's token is secret.",
			mods:   []func(*Request){observing("cache", Observation{Connection: map[string][]byte{"attribute.auth_token": []byte(secretText)}})},
		},
		"UnknownDetail": {
			reason: "A detail that nobody has thought of is secret until somebody says that it is not.",
			mods:   []func(*Request){observing("stream", Observation{Connection: map[string][]byte{"attribute.something_new": []byte(secretText)}})},
		},
		"OlderDocument": {
			reason: "A password that only an older document has is secret still.",
			mods:   []func(*Request){observing("credentials-document", Observation{Data: map[string][]byte{"document-1": older}})},
		},
		"ConnectionSecret": {
			reason: "A password that only the connection Secret has is secret.",
			mods:   []func(*Request){observing("connection", Observation{Data: map[string][]byte{"PGPASSWORD": []byte(secretText)}})},
		},
		"PublishedConnection": {
			reason: "So is one that only a claim's published connection has.",
			mods:   []func(*Request){func(r *Request) { r.PublishedConnection = map[string][]byte{"REDIS_PASSWORD": []byte(secretText)} }},
		},
	}
	for name, tc := range sources {
		t.Run(name, func(t *testing.T) {
			mask := masker(request(t, reference, tc.mods...))
			for form, text := range writtenForms {
				got := mask("AWS said: " + text + ", which it refused")
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
		mods    []func(*Request)
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
			mods:   []func(*Request){observing("database", Observation{Connection: details("first")})},
		},
		"EmptySecret": {
			reason:  "An empty secret is in every message, and is none.",
			mods:    []func(*Request){observing("database", Observation{Connection: details("")})},
			message: "access denied",
			want:    "access denied",
		},
		"PublicDetails": {
			reason: "What anybody may see helps to understand a message.",
			mods: []func(*Request){
				observing("database", Observation{Connection: details("first")}),
				observing("cache", Observation{Connection: map[string][]byte{"primary_endpoint_address": []byte("redis.example.org"), "reader_endpoint_address": []byte("replica.example.org"), "port": []byte("6379")}}),
			},
			message: "platform at db.example.org:5432 and redis.example.org, replica.example.org:6379 with first",
			want:    "platform at db.example.org:5432 and redis.example.org, replica.example.org:6379 with (not shown)",
		},
		"PublicKeys": {
			reason: "So do the connection Secret's keys that are not secret, and a document's.",
			mods: []func(*Request){
				observing("connection", Observation{Data: map[string][]byte{
					"AWS_REGION": []byte("us-east-1"), "KINESIS_STREAM_NAME": []byte("records"), "PGHOST": []byte("db.example.org"), "PGPORT": []byte("5432"), "PGUSER": []byte("owner"),
					"PGDATABASE": []byte("orders"), "PGSSLMODE": []byte("require"), "REDIS_HOST": []byte("redis.example.org"), "REDIS_PORT": []byte("6379"), "PGPASSWORD": []byte("hidden"),
				}}),
				documented(map[string]string{"1": firstDocument}),
			},
			message: "us-east-1 records db.example.org 5432 owner orders require redis.example.org 6379 postgres platform hidden first",
			want:    "us-east-1 records db.example.org 5432 owner orders require redis.example.org 6379 postgres platform (not shown) (not shown)",
		},
		"URLs": {
			reason:  "A URL with a password in it is secret as a whole.",
			mods:    []func(*Request){observing("connection", Observation{Data: map[string][]byte{"DATABASE_URL": []byte("postgresql://platform:first@db.example.org:5432/platform")}})},
			message: "cannot open postgresql://platform:first@db.example.org:5432/platform",
			want:    "cannot open (not shown)",
		},
		"WholeDocument": {
			reason:  "A document is secret as a whole, as it is and within another.",
			mods:    []func(*Request){documented(map[string]string{"1": firstDocument})},
			message: `SecretString: ` + firstDocument + `, or "` + strings.ReplaceAll(firstDocument, `"`, `\"`) + `"`,
			want:    `SecretString: (not shown), or "(not shown)"`,
		},
		"LongestFirst": {
			reason:  "A secret that begins with another is hidden as a whole.",
			mods:    []func(*Request){observing("database", Observation{Connection: details("spring")}), observing("cache", Observation{Connection: map[string][]byte{"attribute.auth_token": []byte("spring2026")}})},
			message: "spring2026 and spring",
			want:    "(not shown) and (not shown)",
		},
		"Repeated": {
			reason:  "Each place is hidden.",
			mods:    []func(*Request){observing("database", Observation{Connection: details("first")})},
			message: "first, first: first",
			want:    "(not shown), (not shown): (not shown)",
		},
		"NotJSON": {
			reason:  "Data that is no document is secret as it is.",
			mods:    []func(*Request){observing("credentials-document", Observation{Data: map[string][]byte{"document-1": []byte(`{"password":`), "document-2": []byte("[1]"), "document-3": nil}})},
			message: `cannot parse {"password": or [1]`,
			want:    `cannot parse (not shown) or (not shown)`,
		},
		"NumbersInADocument": {
			reason:  "What is no text in a document is no secret by itself.",
			mods:    []func(*Request){observing("credentials-document", Observation{Data: map[string][]byte{"document-1": []byte(`{"attempts":7,"password":"first"}`)}})},
			message: "failed 7 times with first",
			want:    "failed 7 times with (not shown)",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, masker(request(t, reference, tc.mods...))(tc.message)); diff != "" {
				t.Errorf("%s\nmasker(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// What Compose tells of a failure has no secret in it, whichever component it is of.
func TestConditionsAreMasked(t *testing.T) {
	req := request(t, reference, converged(t), func(r *Request) {
		for key, o := range r.Observed {
			o.Synced = ObservedCondition{Status: "False", Message: "cannot set first"}
			r.Observed[key] = o
		}
	})
	out, err := Compose(req)
	if err != nil {
		t.Fatalf("Compose(...): %v", err)
	}
	for _, c := range out.Conditions {
		if c.Reason != "Failing" || strings.Contains(c.Message, "first") || !strings.Contains(c.Message, "cannot set (not shown)") {
			t.Errorf("%s: %s: %q", c.Type, c.Reason, c.Message)
		}
	}
}
