// Package connection tests that an application reaches a PostgreSQL and a Redis with the
// connection Secret that the function composes, in each way that docs/connection.md describes.
// The servers are real, and speak TLS only; the application is examples/app.
package connection

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

const (
	// special characters that AWS allows in a token.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
	tokenSpecial = "!&#$^<>-"

	// longest token, and password of PostgreSQL, that AWS takes.
	longest = 128

	reference = `{"region": "us-east-1"}`
	withToken = `{"region": "us-east-1", "cache": {"authentication": "Token"}}`
)

// printable is every printable ASCII character. AWS takes no password with a slash, an at
// sign, a double quote or a space; other databases that are restored there may have one.
func printable() string {
	b := &strings.Builder{}
	for c := ' '; c <= '~'; c++ {
		b.WriteRune(c)
	}

	return b.String()
}

func TestConnection(t *testing.T) {
	cases := map[string]struct {
		reason   string
		spec     string
		password string
		token    string
		name     string
		user     string
	}{
		"Default": {
			reason:   "The reference platform has a generated password, of letters and digits, and a cache without a token.",
			spec:     reference,
			password: "mZ8sW3nQk1xT7vB5cR2yL9pH4dG",
			name:     "platform",
			user:     "platform",
		},
		"EveryCharacter": {
			reason:   "Whoever changes the password may choose any character, and a token may have any that AWS allows.",
			spec:     `{"region": "us-east-1", "cache": {"authentication": "Token"}, "database": {"dbName": "orders_2", "username": "orders_api"}}`,
			password: printable(),
			token:    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + tokenSpecial,
			name:     "orders_2",
			user:     "orders_api",
		},
		"LooksLikeURL": {
			reason:   "A password that looks like the rest of a URL, or like one that is encoded already, is neither.",
			spec:     withToken,
			password: "%41:%zz@else.example.org:1/other?sslmode=disable&password=x#+%2B",
			token:    "$HOME<&sslmode=disable#--->^!!",
			name:     "platform",
			user:     "platform",
		},
		"LooksLikeOption": {
			reason:   "A password and a token that begin like an option of a program are none.",
			spec:     withToken,
			password: `--help'\"$(exit 1)`,
			token:    "--help-and-16-more",
			name:     "platform",
			user:     "platform",
		},
		"Longest": {
			reason:   "What is as long as AWS takes it is not cut.",
			spec:     withToken,
			password: strings.Repeat("%+ &", longest/4),
			token:    strings.Repeat(tokenSpecial, longest/len(tokenSpecial)),
			name:     "platform",
			user:     "platform",
		},
	}

	ca, app, f := newAuthority(t), newApplication(t), startFunction(t)
	s := startServers(t, ca, host)

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.createDatabase(t, tc.name, tc.user, tc.password)
			s.protectCache(t, tc.token)

			in := surroundings{secret: f.connectionSecret(t, tc.spec, tc.password, tc.token), rds: ca.bundle, system: ca.file()}
			database := "database " + tc.name + ", user " + tc.user + ", encrypted: true\n"
			want := map[string]string{
				"api":       database + "cache: PONG\n",
				"node":      database,
				"psql":      tc.user + "|" + tc.name + "|t\n",
				"redis-cli": "PONG\n",
			}

			for _, c := range app.containers {
				t.Run(c.Name, func(t *testing.T) {
					got, err := app.run(t, c, in)
					if err != nil {
						t.Fatalf("%s\n%v", tc.reason, err)
					}

					if diff := cmp.Diff(want[c.Name], got); diff != "" {
						t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
					}
				})
			}
		})
	}
}

// What each kind of client does with a server that it should not trust, or that does not
// trust it.
func TestRefused(t *testing.T) {
	const untrusted = "(?i)certificate"

	cases := map[string]struct {
		reason string

		// password and token that the servers have. The Secret has others if they differ.
		password string
		token    string

		change func(app *application, in *surroundings, other *authority)

		// refused is what the containers that can't connect say. The others can.
		refused map[string]string
	}{
		"OtherPassword": {
			reason:   "The servers ask for a password.",
			password: "another-password",
			token:    "another-token-of-16",
			refused: map[string]string{
				"api": "password authentication failed", "node": "password authentication failed", "psql": "password authentication failed",
				"redis-cli": "WRONGPASS",
			},
		},
		"OtherCA": {
			reason:   "A server whose certificate another CA has signed is not AWS's.",
			password: secretPassword,
			token:    secretToken,
			change: func(_ *application, in *surroundings, other *authority) {
				in.rds, in.system = other.bundle, other.file()
			},
			refused: map[string]string{"api": untrusted, "node": untrusted, "psql": untrusted, "redis-cli": untrusted},
		},
		"SecretAlone": {
			reason:   "With nothing but the Secret psql and pgx encrypt, and verify nothing. Node's pg verifies, and does not know RDS's CA.",
			password: secretPassword,
			token:    secretToken,
			change: func(app *application, _ *surroundings, _ *authority) {
				for i := range app.containers {
					app.containers[i].Env = nil
				}
			},
			refused: map[string]string{"node": untrusted},
		},
	}

	ca, other, built, f := newAuthority(t), newAuthority(t), newApplication(t), startFunction(t)
	s := startServers(t, ca, host)

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s.createDatabase(t, "platform", "platform", tc.password)
			s.protectCache(t, tc.token)

			app := *built
			app.containers = slices.Clone(app.containers)
			in := surroundings{secret: f.connectionSecret(t, withToken, secretPassword, secretToken), rds: ca.bundle, system: ca.file()}

			if tc.change != nil {
				tc.change(&app, &in, other)
			}

			checkRefused(t, &app, in, tc.reason, tc.refused)
		})
	}
}

// A server whose certificate is right, but for another name, is another server.
func TestOtherName(t *testing.T) {
	ca, app, f := newAuthority(t), newApplication(t), startFunction(t)
	s := startServers(t, ca, "other.example.org")
	s.createDatabase(t, "platform", "platform", secretPassword)
	s.protectCache(t, secretToken)

	in := surroundings{secret: f.connectionSecret(t, withToken, secretPassword, secretToken), rds: ca.bundle, system: ca.file()}
	reason := "Everybody can have a certificate of Amazon's: the name counts too. redis-cli looks at the CA only."
	checkRefused(t, app, in, reason, map[string]string{"api": "(?i)certificate", "node": "(?i)certificate", "psql": "(?i)certificate"})
}

// What the Secret has in the tests of refusals.
const (
	secretPassword = "the-password"
	secretToken    = "the-token-of-16-characters"
)

// checkRefused compares what containers say with what those should say that can't connect.
func checkRefused(t *testing.T, app *application, in surroundings, reason string, refused map[string]string) {
	t.Helper()

	for _, c := range app.containers {
		t.Run(c.Name, func(t *testing.T) {
			out, err := app.run(t, c, in)

			want, fails := refused[c.Name]
			if !fails && err != nil {
				t.Errorf("%s\nwant a connection, got: %v", reason, err)
			}

			if fails && (err == nil || !regexp.MustCompile(want).MatchString(err.Error())) {
				t.Errorf("%s\nwant an error that has %q, got: %v\n%s", reason, want, err, out)
			}
		})
	}
}
