package environment

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromEnvironment(t *testing.T) {
	cases := map[string]struct {
		reason string
		env    map[string]string
		want   *AWS
		err    string
	}{
		"Nothing": {
			reason: "It is not known where AWS is, nor who we are.",
			err:    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
		},
		"HalfOfCredentials": {
			reason: "A key without its secret is nobody.",
			env:    map[string]string{"AWS_ACCESS_KEY_ID": "us"},
			err:    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
		},
		"Credentials": {
			reason: "With credentials it is AWS itself.",
			env:    map[string]string{"AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"},
			want:   &AWS{AccessKeyID: "us", SecretAccessKey: "secret", SessionToken: "token"},
		},
		"Endpoint": {
			reason: "An emulated AWS takes any credentials.",
			env:    map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"},
			want:   &AWS{EndpointURL: "http://127.0.0.1:5000", AccessKeyID: "test", SecretAccessKey: "test"},
		},
		"Both": {
			reason: "It may look at them.",
			env:    map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "secret"},
			want:   &AWS{EndpointURL: "http://127.0.0.1:5000", AccessKeyID: "us", SecretAccessKey: "secret"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
				t.Setenv(v, tc.env[v])
			}

			got, err := FromEnvironment()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}

			if tc.err == "" && err == nil {
				return
			}

			if err == nil || tc.err == "" || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s\nwant error %q, got: %v", tc.reason, tc.err, err)
			}
		})
	}
}

// provider-aws reads credentials as AWS's tools keep them in a file.
func TestCredentials(t *testing.T) {
	cases := map[string]struct {
		reason string
		aws    AWS
		want   string
	}{
		"User": {
			reason: "A user has no token, and an empty one would be sent.",
			aws:    AWS{AccessKeyID: "us", SecretAccessKey: "secret"},
			want:   "[default]\naws_access_key_id = us\naws_secret_access_key = secret\n",
		},
		"Role": {
			reason: "A role has one.",
			aws:    AWS{AccessKeyID: "us", SecretAccessKey: "secret", SessionToken: "token"},
			want:   "[default]\naws_access_key_id = us\naws_secret_access_key = secret\naws_session_token = token\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.aws.credentials()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The programs of the services that are asked for run.
func TestProgram(t *testing.T) {
	root := t.TempDir()
	a := &AWS{Services: []string{"kinesis", "rds"}}

	if err := a.check(root); err == nil || !strings.Contains(err.Error(), "hack/build.sh provider-aws-kinesis") {
		t.Errorf("want an error that says how to build what is missing, got: %v", err)
	}

	if err := os.Mkdir(filepath.Join(root, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}

	for _, s := range a.Services {
		if err := os.WriteFile(filepath.Join(root, "bin", "provider-aws-"+s), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	if err := a.check(root); err != nil {
		t.Errorf("everything is built: %v", err)
	}

	program := a.program(root, "config", t.TempDir())

	for name, want := range map[string]bool{"provider-aws-kinesis": true, "provider-aws-rds": true, "provider-aws-ec2": false, "provider-family-aws": false} {
		p, err := program(name, "certs")
		if err != nil {
			t.Fatal(err)
		}

		if got := p != nil; got != want {
			t.Errorf("%s: want a program: %v, got: %v", name, want, got)
		}

		if p != nil && !slices.Contains(p.Args, "--certs-dir=certs") {
			t.Errorf("%s: its certificates are not in its arguments: %v", name, p.Args)
		}
	}
}
