package platform

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestConnection(t *testing.T) {
	const (
		name    = "dp-team-a-orders-km4cp3ur"
		token   = `{"region":"us-east-1","cache":{"authentication":"Token"}}`
		managed = `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`
	)

	var (
		stream   = observing("stream", Observation{Status: ObservedStatus{ARN: "arn"}})
		cache    = observing("cache", Observation{Status: ObservedStatus{PrimaryEndpointAddress: "redis.example.org"}})
		database = observing("database", Observation{Connection: details("p@ss/w:rd%")})
		secret   = observing("connection", Observation{Data: map[string][]byte{"PGHOST": []byte("was"), "PGPASSWORD": []byte("was"), "REDIS_URL": []byte("was")}})
		was      = observing("connection", Observation{Data: map[string][]byte{
			"AWS_REGION": []byte("us-east-1"), "PGHOST": []byte("old.example.org"), "PGPASSWORD": []byte("old"), "DATABASE_URL": []byte("postgresql://platform:old@old.example.org:5432/platform"),
			"REDIS_HOST": []byte("old.example.org"), "REDIS_PASSWORD": []byte("old"), "REDIS_URL": []byte("rediss://:old@old.example.org:6379"),
		}})
		claim = func(r *Request) { r.Claim = true }
	)

	cases := map[string]struct {
		reason    string
		spec      string
		mods      []func(*Request)
		secret    string
		want      map[string]string
		condition Condition
	}{
		"Nothing": {
			reason:    "Before the first value exists there is no Secret.",
			spec:      reference,
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"},
		},
		"FirstValue": {
			reason:    "The Secret appears with the first value.",
			spec:      reference,
			mods:      []func(*Request){stream},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL, connection (not created yet)"},
		},
		"Complete": {
			reason: "With everything known, every key is there, and what a URL can't carry is percent-encoded.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*Request){stream, cache, database},
			secret: "mine",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name,
				"PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGPASSWORD": "p@ss/w:rd%", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"DATABASE_URL": "postgresql://platform:p%40ss%2Fw%3Ard%25@db.example.org:5432/platform?sslmode=require",
				"REDIS_HOST":   "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379",
			},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for connection (not created yet)"},
		},
		"TokenMissing": {
			reason:    "A host without the token that the cache asks for would be of no use.",
			spec:      token,
			mods:      []func(*Request){stream, cache, withToken("")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PASSWORD, REDIS_PORT, REDIS_URL, connection (not created yet)"},
		},
		"Token": {
			reason:    "The token reaches the Secret and the URL.",
			spec:      token,
			mods:      []func(*Request){cache, withToken("t#ken")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_PASSWORD": "t#ken", "REDIS_URL": "rediss://:t%23ken@redis.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, connection (not created yet)"},
		},
		"ManagedByRDS": {
			reason: "A password that RDS manages is not in the Secret, and not waited for.",
			spec:   managed,
			mods: []func(*Request){
				stream, cache, observing("database", Observation{Spec: ObservedSpec{EngineVersion: "15.15", ManageMasterUserPassword: true}, Status: ObservedStatus{Address: "db.example.org"}}),
				observing("connection", Observation{}),
			},
			secret: "orders-connection",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name, "PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379",
			},
			condition: Condition{Type: "ConnectionReady", Status: true, Reason: "Available"},
		},
		"Vanished": {
			reason:    "Values stay while what they come from is missing, and follow it when it is back.",
			spec:      reference,
			mods:      []func(*Request){secret, cache},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "was", "PGPASSWORD": "was", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER"},
		},
		"NewHostWithoutPassword": {
			reason:    "A new host with the old password in the URL is of no use: all that belongs to a service changes together.",
			spec:      reference,
			mods:      []func(*Request){was, observing("database", Observation{Status: ObservedStatus{Address: "new.example.org"}})},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "old.example.org", "PGPASSWORD": "old", "DATABASE_URL": "postgresql://platform:old@old.example.org:5432/platform", "REDIS_HOST": "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER, REDIS_PORT"},
		},
		"NewHostWithPassword": {
			reason: "With its password the new host is told, in each of the service's keys.",
			spec:   reference,
			mods:   []func(*Request){was, observing("database", Observation{Connection: map[string][]byte{"password": []byte("new")}, Status: ObservedStatus{Address: "new.example.org"}})},
			secret: "orders-connection",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "PGHOST": "new.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGPASSWORD": "new", "PGDATABASE": "platform", "PGSSLMODE": "require",
				"DATABASE_URL": "postgresql://platform:new@new.example.org:5432/platform?sslmode=require",
				"REDIS_HOST":   "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379",
			},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, REDIS_PORT"},
		},
		"NewCacheWithoutToken": {
			reason:    "A new cache without its token leaves the old one's keys.",
			spec:      token,
			mods:      []func(*Request){was, cache, withToken("")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "old.example.org", "PGPASSWORD": "old", "DATABASE_URL": "postgresql://platform:old@old.example.org:5432/platform", "REDIS_HOST": "old.example.org", "REDIS_PASSWORD": "old", "REDIS_URL": "rediss://:old@old.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGSSLMODE, PGUSER, REDIS_PORT"},
		},
		"Claim": {
			reason:    "A claim's XR returns details, and composes no Secret of its own. Those published before stay.",
			spec:      reference,
			mods:      []func(*Request){claim, cache, func(r *Request) { r.PublishedConnection = map[string][]byte{"PGHOST": []byte("was")} }},
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "was", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := testPlan(t, tc.spec, tc.mods...)
			out, err := Compose(p.Request)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}

			details, secret := out.Connection, ""
			rs := composeConnection(p).Resources
			if len(rs) > 0 {
				s := find[*corev1.Secret](t, rs, "connection")
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

			if diff := cmp.Diff(tc.condition, condition(t, p.Request, "ConnectionReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

func withToken(token string) func(*Request) {
	return func(r *Request) {
		o := r.Observed["cache"]
		o.Spec.AutoGenerateAuthToken = true
		o.Connection = map[string][]byte{"attribute.auth_token": []byte(token)}
		r.Observed["cache"] = o
	}
}

// Crossplane would write into a Secret of the connection's name, whosever it is.
func TestConnectionSecretOfSomebodyElse(t *testing.T) {
	stream := observing("stream", Observation{Status: ObservedStatus{ARN: "arn"}})
	exists := observing("connection", Observation{Name: "orders-connection", Data: map[string][]byte{"KINESIS_STREAM_NAME": []byte("dp-team-a-orders-km4cp3ur")}})
	missing := "DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGSSLMODE, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"

	cases := map[string]struct {
		reason   string
		spec     string
		lookup   Lookup
		mods     []func(*Request)
		composed bool
		lookUp   string
		want     Condition
	}{
		"Taken": {
			reason: "Somebody else's Secret is not written into, and the developer is told what to do.",
			spec:   reference,
			lookup: LookupTaken,
			mods:   []func(*Request){stream},
			lookUp: "orders-connection",
			want:   Condition{Type: "ConnectionReady", Reason: "Failing", Message: `connection: the Secret "orders-connection" exists, and is not the platform's: choose another name in spec.writeConnectionSecretToRef, or delete that Secret`},
		},
		"OtherName": {
			reason:   "Before the Secret exists its name may be chosen anew.",
			spec:     `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			lookup:   LookupFree,
			mods:     []func(*Request){stream},
			composed: true,
			lookUp:   "mine",
			want:     Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection (not created yet)"},
		},
		"Pending": {
			reason: "Until Crossplane has looked, nothing is written.",
			spec:   reference,
			lookup: LookupPending,
			mods:   []func(*Request){stream},
			lookUp: "orders-connection",
			want:   Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection (not known yet whether its name is free)"},
		},
		"Free": {
			reason:   "A name that is free, or the platform's own, is used.",
			spec:     reference,
			lookup:   LookupFree,
			mods:     []func(*Request){stream},
			composed: true,
			lookUp:   "orders-connection",
			want:     Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection (not created yet)"},
		},
		"Unsupported": {
			reason:   "An old Crossplane can't look: then the Secret is written as ever.",
			spec:     reference,
			lookup:   LookupUnsupported,
			mods:     []func(*Request){stream},
			composed: true,
			want:     Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing + ", connection (not created yet)"},
		},
		"Exists": {
			reason:   "The platform's own Secret is not looked for again.",
			spec:     reference,
			lookup:   LookupPending,
			mods:     []func(*Request){stream, exists},
			composed: true,
			want:     Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing},
		},
		"NothingToWrite": {
			reason: "A platform that has nothing to write yet looks for nothing.",
			spec:   reference,
			lookup: LookupPending,
			want:   Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, " + strings.TrimPrefix(missing, "DATABASE_URL, ")},
		},
		"Claim": {
			reason: "A claim's Secret is Crossplane's business.",
			spec:   reference,
			lookup: LookupPending,
			mods:   []func(*Request){stream, func(r *Request) { r.Claim = true }},
			want:   Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for " + missing},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := request(t, tc.spec, append(tc.mods, func(r *Request) { r.ConnectionSecret = tc.lookup })...)
			out, err := Compose(req)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			if composed := slices.Contains(keys(out.Resources), "connection"); composed != tc.composed {
				t.Errorf("%s\nCompose(...): want the Secret composed %t, got %t", tc.reason, tc.composed, composed)
			}
			if out.LookUp != tc.lookUp {
				t.Errorf("%s\nCompose(...): want to look up %q, got %q", tc.reason, tc.lookUp, out.LookUp)
			}
			if out.Ready {
				t.Errorf("%s\nCompose(...): such a platform is not ready", tc.reason)
			}
			if diff := cmp.Diff(tc.want, condition(t, req, "ConnectionReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestConnectionSecretKeepsItsName(t *testing.T) {
	exists := observing("connection", Observation{Name: "orders-connection"})

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   string
		err    string
	}{
		"New":    {reason: "A new Secret has the name asked for.", spec: `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`, want: "mine"},
		"Same":   {reason: "Asking for the name that it has is fine.", spec: `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"orders-connection"}}`, mods: []func(*Request){exists}, want: "orders-connection"},
		"Unsaid": {reason: "Without a name it has the platform's.", spec: reference, mods: []func(*Request){exists}, want: "orders-connection"},
		"Other": {
			reason: "A Secret that exists keeps its name.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*Request){exists},
			err:    `spec.writeConnectionSecretToRef.name: invalid value "mine": the platform has orders-connection, and applications mount the Secret by its name: use that, or create another platform`,
		},
		"Claim": {
			reason: "A claim names the Secret that Crossplane writes, and may name another.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*Request){exists, func(r *Request) { r.Claim = true }},
			want:   "mine",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err == nil && p.SecretName != tc.want {
				t.Errorf("%s\nwant Secret %q, got %q", tc.reason, tc.want, p.SecretName)
			}
		})
	}
}
