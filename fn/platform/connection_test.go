package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestConnection(t *testing.T) {
	const (
		name    = "dp-team-a-orders-2nxr5dn2"
		token   = `{"region":"us-east-1","cache":{"authentication":"Token"}}`
		managed = `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`
	)

	var (
		stream   = observing("stream", Observation{Status: ObservedStatus{ARN: "arn"}})
		cache    = observing("cache", Observation{Status: ObservedStatus{PrimaryEndpointAddress: "redis.example.org"}})
		database = observing("database", Observation{Connection: details("p@ss/w:rd%")})
		secret   = observing("connection", Observation{Data: map[string][]byte{"PGHOST": []byte("was"), "PGPASSWORD": []byte("was"), "REDIS_URL": []byte("was")}})
		claim    = func(r *Request) { r.Claim = true }
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
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for AWS_REGION, DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"},
		},
		"FirstValue": {
			reason:    "The Secret appears with the first value.",
			spec:      reference,
			mods:      []func(*Request){stream},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGUSER, REDIS_HOST, REDIS_PORT, REDIS_URL"},
		},
		"Complete": {
			reason: "With everything known, every key is there, and what a URL can't carry is percent-encoded.",
			spec:   `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"mine"}}`,
			mods:   []func(*Request){stream, cache, database},
			secret: "mine",
			want: map[string]string{
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name,
				"PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGPASSWORD": "p@ss/w:rd%", "PGDATABASE": "platform",
				"DATABASE_URL": "postgresql://platform:p%40ss%2Fw%3Ard%25@db.example.org:5432/platform?sslmode=require",
				"REDIS_HOST":   "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379",
			},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for connection (not created yet)"},
		},
		"TokenMissing": {
			reason:    "A URL without the token that the cache asks for would be of no use.",
			spec:      token,
			mods:      []func(*Request){cache, withToken("")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGUSER, REDIS_PASSWORD, REDIS_URL"},
		},
		"Token": {
			reason:    "The token reaches the Secret and the URL.",
			spec:      token,
			mods:      []func(*Request){cache, withToken("t#ken")},
			secret:    "orders-connection",
			want:      map[string]string{"AWS_REGION": "us-east-1", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_PASSWORD": "t#ken", "REDIS_URL": "rediss://:t%23ken@redis.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGHOST, PGPASSWORD, PGPORT, PGUSER"},
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
				"AWS_REGION": "us-east-1", "KINESIS_STREAM_NAME": name, "PGHOST": "db.example.org", "PGPORT": "5432", "PGUSER": "platform", "PGDATABASE": "platform",
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
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPORT, PGUSER"},
		},
		"Claim": {
			reason:    "A claim's XR returns details, and composes no Secret of its own. Those published before stay.",
			spec:      reference,
			mods:      []func(*Request){claim, cache, func(r *Request) { r.PublishedConnection = map[string][]byte{"PGHOST": []byte("was")} }},
			want:      map[string]string{"AWS_REGION": "us-east-1", "PGHOST": "was", "REDIS_HOST": "redis.example.org", "REDIS_PORT": "6379", "REDIS_URL": "rediss://redis.example.org:6379"},
			condition: Condition{Type: "ConnectionReady", Reason: "Creating", Message: "waiting for DATABASE_URL, KINESIS_STREAM_NAME, PGDATABASE, PGPASSWORD, PGPORT, PGUSER"},
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
			rs := composeConnection(p)
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

			for i := range rs {
				_, rs[i].Ready = p.Observed[rs[i].Key]
			}
			if diff := cmp.Diff(tc.condition, connectionReadiness(p, rs)); diff != "" {
				t.Errorf("%s\nconnectionReadiness(...): -want, +got:\n%s", tc.reason, diff)
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
