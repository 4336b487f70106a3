package connection_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/stream"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestConnection(t *testing.T) {
	const (
		name    = "dp-team-a-orders-km4cp3ur"
		token   = `{"region":"us-east-1","cache":{"authentication":"Token"}}`
		managed = `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`
	)

	var (
		records  = platformtest.Observing("stream", kit.Observation{Fields: stream.Observed{ARN: "arn"}})
		redis    = platformtest.Observing("cache", kit.Observation{Fields: cache.Observed{PrimaryEndpoint: "redis.example.org"}})
		postgres = platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("p@ss/w:rd%")})
		secret   = platformtest.Observing("connection", kit.Observation{Data: map[string][]byte{"PGHOST": []byte("was"), "PGPASSWORD": []byte("was"), "REDIS_URL": []byte("was")}})
		was      = platformtest.Observing("connection", kit.Observation{Data: map[string][]byte{
			"AWS_REGION": []byte("us-east-1"), "PGHOST": []byte("old.example.org"), "PGPASSWORD": []byte("old"), "DATABASE_URL": []byte("postgresql://platform:old@old.example.org:5432/platform"),
			"REDIS_HOST": []byte("old.example.org"), "REDIS_PASSWORD": []byte("old"), "REDIS_URL": []byte("rediss://:old@old.example.org:6379"),
		}})
		claim = func(r *kit.Request) { r.Claim = true }
	)

	cases := map[string]struct {
		reason    string
		spec      string
		mods      []func(*kit.Request)
		secret    string
		want      map[string]string
		condition platform.Condition
	}{
		"Nothing": {
			reason:    "Before the first value exists there is no Secret.",
			spec:      platformtest.Reference,
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"},
		},
		"FirstValue": {
			reason:    "The Secret appears with the first value.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){records},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL, connection"},
		},
		"Complete": {
			reason: "With everything known, every key is there, and what a URL can't carry is percent-encoded.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*kit.Request){records, redis, postgres},
			secret: "mine",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name,
				"PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGPASSWORD": "p@ss/w:rd%", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"DATABASE_URL": "postgresql://platform:p%40ss%2Fw%3Ard%25@db.example.org:5432/platform?sslmode=require",
				"REDIS_HOST":   "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379",
			},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for connection"},
		},
		"TokenMissing": {
			reason:    "A host without the token that the cache asks for would be of no use.",
			spec:      token,
			mods:      []func(*kit.Request){records, redis, withToken("")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PASSWORD, REDIS_PORT, REDIS_URL, connection"},
		},
		"Token": {
			reason:    "The token reaches the Secret and the URL.",
			spec:      token,
			mods:      []func(*kit.Request){redis, withToken("t#ken")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_PASSWORD": "t#ken", "REDIS_URL": "rediss://default:t%23ken@redis.example.org:6379"},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, connection"},
		},
		"ManagedByRDS": {
			reason: "A password that RDS manages is not in the Secret, and not waited for.",
			spec:   managed,
			mods: []func(*kit.Request){
				records, redis, platformtest.Observing("database", kit.Observation{Fields: database.Observed{EngineVersion: "15.15", ManageMasterUserPassword: true, Address: "db.example.org"}}),
				platformtest.Observing("connection", kit.Observation{}),
			},
			secret: "orders-connection",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name, "PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379",
			},
			condition: platform.Condition{Type: "ConnectionReady", Status: true, Reason: "Available"},
		},
		"Vanished": {
			reason:    "Values stay while what they come from is missing, and follow it when it is back.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){secret, redis},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "was", "PGPASSWORD": "was", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379"},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER"},
		},
		"NewHostWithoutPassword": {
			reason:    "A new host with the old password in the URL is of no use: all that belongs to a service changes together.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){was, platformtest.Observing("database", kit.Observation{Fields: database.Observed{Address: "new.example.org"}})},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "old.example.org", "PGPASSWORD": "old", "DATABASE_URL": "postgresql://platform:old@old.example.org:5432/platform", "REDIS_HOST": "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379"},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER, REDIS_PORT"},
		},
		"NewHostWithPassword": {
			reason: "With its password the new host is told, in each of the service's keys.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){was, platformtest.Observing("database", kit.Observation{Connection: map[string][]byte{"password": []byte("new")}, Fields: database.Observed{Address: "new.example.org"}})},
			secret: "orders-connection",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "PGHOST": "new.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGPASSWORD": "new", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"DATABASE_URL": "postgresql://platform:new@new.example.org:5432/platform?sslmode=require",
				"REDIS_HOST":   "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379",
			},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, REDIS_PORT"},
		},
		"NewCacheWithoutToken": {
			reason:    "A new cache without its token leaves the old one's keys.",
			spec:      token,
			mods:      []func(*kit.Request){was, redis, withToken("")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "old.example.org", "PGPASSWORD": "old", "DATABASE_URL": "postgresql://platform:old@old.example.org:5432/platform", "REDIS_HOST": "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379"},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER, REDIS_PORT"},
		},
		"Claim": {
			reason:    "A claim's XR returns details, and composes no Secret of its own. Those published before stay.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){claim, redis, func(r *kit.Request) { r.PublishedConnection = map[string][]byte{"PGHOST": []byte("was")} }},
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "was", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379"},
			condition: platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, tc.mods...)

			details, secret := out.Connection, ""
			if slices.Contains(platformtest.Keys(out), "connection") {
				s := platformtest.Find[*corev1.Secret](t, out, "connection")

				details, secret = s.Data, s.Name
				if s.Type != "connection.crossplane.io/v1alpha1" {
					t.Errorf("want Crossplane's type of connection Secrets, got %q", s.Type)
				}

				if len(out.Connection) > 0 {
					t.Error("A namespaced XR has no connection details.")
				}
			}

			var got map[string]string
			for k, v := range details {
				if got == nil {
					got = map[string]string{}
				}

				got[k] = string(v)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}

			if secret != tc.secret {
				t.Errorf("%s\nwant Secret %q, got %q", tc.reason, tc.secret, secret)
			}

			if diff := cmp.Diff(tc.condition, platformtest.Condition(t, out, "ConnectionReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

func withToken(token string) func(*kit.Request) {
	return func(r *kit.Request) {
		o := r.Observed["cache"]
		fields, _ := o.Fields.(*cache.Observed)
		o.Fields = &cache.Observed{PrimaryEndpoint: fields.PrimaryEndpoint, AutoGenerateAuthToken: true}
		o.Connection = map[string][]byte{"attribute.auth_token": []byte(token)}
		r.Observed["cache"] = o
	}
}

// Crossplane would write into a Secret of the connection's name, whosever it is.
func TestConnectionSecretOfSomebodyElse(t *testing.T) {
	records := platformtest.Observing("stream", kit.Observation{Fields: stream.Observed{ARN: "arn"}})
	exists := platformtest.Observing("connection", kit.Observation{Name: "orders-connection", Data: map[string][]byte{"KINESIS_STREAM_NAME": []byte("dp-team-a-orders-km4cp3ur")}})
	missing := "DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"

	cases := map[string]struct {
		reason   string
		spec     string
		lookup   kit.Lookup
		mods     []func(*kit.Request)
		composed bool
		lookUp   string
		want     platform.Condition
	}{
		"Taken": {
			reason: "Somebody else's Secret is not written into, and the developer is told what to do.",
			spec:   platformtest.Reference,
			lookup: kit.LookupTaken,
			mods:   []func(*kit.Request){records},
			lookUp: "orders-connection",
			want:   platform.Condition{Type: "ConnectionReady", Reason: "Failing", Message: `connection: the Secret "orders-connection" exists, and is not the platform's: choose another name in spec.writeConnectionSecretToRef, or delete that Secret`},
		},
		"OtherName": {
			reason:   "Before the Secret exists its name may be chosen anew.",
			spec:     `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			lookup:   kit.LookupFree,
			mods:     []func(*kit.Request){records},
			composed: true,
			lookUp:   "mine",
			want:     platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection"},
		},
		"Pending": {
			reason: "Until Crossplane has looked, nothing is written.",
			spec:   platformtest.Reference,
			lookup: kit.LookupPending,
			mods:   []func(*kit.Request){records},
			lookUp: "orders-connection",
			want:   platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection (not known yet whether its name is free)"},
		},
		"Free": {
			reason:   "A name that is free, or the platform's own, is used.",
			spec:     platformtest.Reference,
			lookup:   kit.LookupFree,
			mods:     []func(*kit.Request){records},
			composed: true,
			lookUp:   "orders-connection",
			want:     platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection"},
		},
		"Unsupported": {
			reason:   "An old Crossplane can't look: then the Secret is written as ever.",
			spec:     platformtest.Reference,
			lookup:   kit.LookupUnsupported,
			mods:     []func(*kit.Request){records},
			composed: true,
			want:     platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection"},
		},
		"Exists": {
			reason:   "The platform's own Secret is not looked for again.",
			spec:     platformtest.Reference,
			lookup:   kit.LookupPending,
			mods:     []func(*kit.Request){records, exists},
			composed: true,
			want:     platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing},
		},
		"NothingToWrite": {
			reason: "A platform that has nothing to write yet looks for nothing.",
			spec:   platformtest.Reference,
			lookup: kit.LookupPending,
			want:   platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, " + strings.TrimPrefix(missing, "DATABASE_URL, ")},
		},
		"Claim": {
			reason: "A claim's Secret is Crossplane's business.",
			spec:   platformtest.Reference,
			lookup: kit.LookupPending,
			mods:   []func(*kit.Request){records, func(r *kit.Request) { r.Claim = true }},
			want:   platform.Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, append(tc.mods, func(r *kit.Request) { r.ConnectionSecret = tc.lookup })...)
			if composed := slices.Contains(platformtest.Keys(out), "connection"); composed != tc.composed {
				t.Errorf("%s\nCompose(...): want the Secret composed %t, got %t", tc.reason, tc.composed, composed)
			}

			if out.LookUp != tc.lookUp {
				t.Errorf("%s\nCompose(...): want to look up %q, got %q", tc.reason, tc.lookUp, out.LookUp)
			}

			if out.Ready {
				t.Errorf("%s\nCompose(...): such a platform is not ready", tc.reason)
			}

			if diff := cmp.Diff(tc.want, platformtest.Condition(t, out, "ConnectionReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestConnectionSecretKeepsItsName(t *testing.T) {
	exists := platformtest.Observing("connection", kit.Observation{Name: "orders-connection"})

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   string
		err    string
	}{
		"New":    {reason: "A new Secret has the name asked for.", spec: `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`, want: "mine"},
		"Same":   {reason: "Asking for the name that it has is fine.", spec: `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"orders-connection"}}`, mods: []func(*kit.Request){exists}, want: "orders-connection"},
		"Unsaid": {reason: "Without a name it has the platform's.", spec: platformtest.Reference, mods: []func(*kit.Request){exists}, want: "orders-connection"},
		"Other": {
			reason: "A Secret that exists keeps its name.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*kit.Request){exists},
			err:    `spec.writeConnectionSecretToRef.name: invalid value "mine": the platform has orders-connection, and applications mount the Secret by its name: use that, or create another platform`,
		},
		"Claim": {
			reason: "A claim names the Secret that Crossplane writes, and may name another.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*kit.Request){exists, func(r *kit.Request) { r.Claim = true }},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.Observing("stream", kit.Observation{Fields: stream.Observed{ARN: "arn"}}))...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" || tc.want == "" {
				return
			}

			if got := platformtest.Find[*corev1.Secret](t, p, "connection").Name; got != tc.want {
				t.Errorf("%s\nwant Secret %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
