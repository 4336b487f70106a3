package kit_test

import (
	"encoding/base64"
	"encoding/hex"
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
	"Hex":          hex.EncodeToString([]byte(secretText)),
	"HexUpper":     strings.ToUpper(hex.EncodeToString([]byte(secretText))),
	"HTML":         "p&#34;\\&lt;&amp;&gt;/+@: %é\n~w?d!&gt;",
	"XML":          "p&#34;\\&lt;&amp;&gt;/+@: %é&#xA;~w?d!&gt;",
	"Mixed":        `p"\\\u003c&amp;>/+@: %é\n~w?d!>`,
	"JSONInBase64": base64.StdEncoding.EncodeToString([]byte(`p\"\\\u003c\u0026\u003e/+@: %é\n~w?d!\u003e`)),
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
	const long = "correct horse battery staple"

	planted := func(secrets ...string) []func(*kit.Request) {
		details := map[string][]byte{}
		for _, s := range secrets {
			details["secret "+s] = []byte(s)
		}

		return []func(*kit.Request){platformtest.Observing("stream", kit.Observation{Connection: details})}
	}

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
		"InUserinfo": {
			reason:  "A password that is in a URL only is hidden where it stands by itself.",
			mods:    planted("postgresql://platform:a%2Fb%3Fcdef@db.example.org:5432/platform"),
			message: "password a/b?cdef refused",
			want:    "password (not shown) refused",
		},
		"BasicAuth": {
			reason:  "In the base64 of a longer text what holds bits of the secret is hidden.",
			mods:    planted(long),
			message: "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("platform:"+long+"!")),
			want:    "Authorization: Basic cGxhdGZvcm06(not shown)E=",
		},
		"BrokenLines": {
			reason:  "Base64 may be broken into lines.",
			mods:    planted(long),
			message: "sent " + base64.StdEncoding.EncodeToString([]byte(long))[:20] + "\r\n" + base64.StdEncoding.EncodeToString([]byte(long))[20:],
			want:    "sent (not shown)",
		},
		"Surrogates": {
			reason:  "JSON may write a character in two halves.",
			mods:    planted("smile 😀 smile"),
			message: `refused smile \ud83d\uDE00 smile`,
			want:    "refused (not shown)",
		},
		"Bytes": {
			reason:  "What is no text may be secret too.",
			mods:    planted("\xff\xfe\x00\x01 secret"),
			message: `refused \xff\xfe\x00\x01 secret`,
			want:    "refused (not shown)",
		},
		"Overlapping": {
			reason:  "Where two secrets overlap both are hidden.",
			mods:    planted("first second", "second third"),
			message: "a first second third b",
			want:    "a (not shown) b",
		},
		"Adjacent": {
			reason:  "Two that follow each other are two.",
			mods:    planted("first", "second"),
			message: "firstsecond",
			want:    "(not shown)(not shown)",
		},
		"Short": {
			reason:  "A short secret is one too.",
			mods:    planted("ab", "xyz"),
			message: "ab, xyz, a",
			want:    "(not shown), (not shown), a",
		},
		"NoForm": {
			reason:  "What looks like a form and is none stays as it is.",
			mods:    planted(long),
			message: `\q \ \ud83d \ud83d\u0041. \uzzzz\uzzzz %zz % &none; & &#1234567890; deadbeef cafebabe12 \`,
			want:    `\q \ \ud83d \ud83d\u0041. \uzzzz\uzzzz %zz % &none; & &#1234567890; deadbeef cafebabe12 \`,
		},
		"LongMessage": {
			reason:  "Of a long message no more than a secret's length is lost: one may begin there.",
			mods:    planted("secret"),
			message: strings.Repeat("x", 5000),
			want:    strings.Repeat("x", 4096-6*18) + "(not shown)",
		},
		"CutInASecret": {
			reason:  "A secret that goes on behind what is looked at is hidden.",
			mods:    planted(long),
			message: strings.Repeat("x", 4090) + long,
			want:    strings.Repeat("x", 4096-28*18) + "(not shown)",
		},
		"TooManySecrets": {
			reason:  "With more secrets than any platform has no message is shown.",
			mods:    planted(strings.Repeat("x", 8193)),
			message: "access denied",
			want:    "(not shown)",
		},
		"TooMuchWork": {
			reason:  "A message that would cost too much is not shown.",
			mods:    planted(strings.Repeat("a", 4000)),
			message: strings.Repeat("a", 4000),
			want:    "(not shown)",
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

// However many messages there are, looking for secrets has an end. What comes after it is
// not shown.
func TestMaskingEnds(t *testing.T) {
	masked := mask(t, platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")}))
	message := strings.Repeat(`\\%25+&amp;414141414141`, 100)

	if got := masked(message); got != message {
		t.Errorf("one message should be shown, got %q", got)
	}

	for range 1000 {
		masked(message)
	}

	if got := masked("access denied"); got != "(not shown)" {
		t.Errorf("nothing should be shown any more, got %q", got)
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
