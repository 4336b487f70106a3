package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A bufferLogger writes all that is logged to a buffer.
type bufferLogger struct{ *bytes.Buffer }

func (l bufferLogger) Info(msg string, keysAndValues ...any) {
	fmt.Fprintln(l, append([]any{msg}, keysAndValues...)...)
}

func (l bufferLogger) Debug(msg string, keysAndValues ...any) {
	fmt.Fprintln(l, append([]any{msg}, keysAndValues...)...)
}

func (l bufferLogger) WithValues(keysAndValues ...any) logging.Logger {
	fmt.Fprintln(l, keysAndValues...)
	return l
}

// A planted password and token must be in Secrets, and nowhere else: not in the
// status, a condition, a result, an annotation, a key or a log.
func TestPasswordsAreInSecretsOnly(t *testing.T) {
	const password, token = "planted-password", "planted-token"

	req := requestFor(xrJSON(`{"region":"us-east-1","cache":{"authentication":"Token"}}`), atStage(t, provideraws.Ready))
	req.Observed.Resources["database"].ConnectionDetails["password"] = []byte(password)
	req.Observed.Resources["database"].ConnectionDetails["attribute.password"] = []byte(password)
	req.Observed.Resources["cache"].ConnectionDetails["attribute.auth_token"] = []byte(token)

	cases := map[string]struct {
		reason string
		mod    func(*fnv1.RunFunctionRequest)
	}{
		"Answer": {
			reason: "An answer should have them in Secrets only.",
			mod:    func(*fnv1.RunFunctionRequest) {},
		},
		"NotSynced": {
			reason: "A provider's message that repeats what AWS was sent should be told without it.",
			mod: func(r *fnv1.RunFunctionRequest) {
				withObserved("credentials", `{"apiVersion":"secretsmanager.aws.m.upbound.io/v1beta1","kind":"Secret","status":{"conditions":[{"type":"Synced","status":"False","message":"AWS refused planted-password"}]}}`)(r)
				withObserved("stream", `{"apiVersion":"kinesis.aws.m.upbound.io/v1beta1","kind":"Stream","status":{"conditions":[{"type":"Ready","status":"False","message":"planted-token"}]}}`)(r)
				withObserved("vpc", `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"VPC","status":{"conditions":[{"type":"LastAsyncOperation","status":"False","message":"planted-token"}]}}`)(r)
			},
		},
		"Fatal": {
			reason: "A refusal should not show them.",
			mod: func(r *fnv1.RunFunctionRequest) {
				withObserved("connection", `{"apiVersion":"v1","kind":"Secret","data":{"PGPASSWORD":"planted-password"}}`)(r)
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := proto.CloneOf(req)
			tc.mod(req)

			log := &bytes.Buffer{}

			f, err := NewFunction(bufferLogger{log}, 0)
			if err != nil {
				t.Fatal(err)
			}

			rsp, err := f.RunFunction(context.Background(), req)
			if err != nil {
				t.Fatal(err)
			}

			found := false

			for _, r := range rsp.GetDesired().GetResources() {
				if r.GetResource().GetFields()["kind"].GetStringValue() != "Secret" || r.GetResource().GetFields()["apiVersion"].GetStringValue() != "v1" {
					continue
				}

				found = true

				delete(r.GetResource().GetFields(), "data")
			}

			if fatal := len(rsp.GetResults()) > 0; found == fatal {
				t.Fatalf("%s\nwant Secrets or a refusal, got Secrets: %t, a refusal: %t", tc.reason, found, fatal)
			}

			for where, text := range map[string]string{"the response": protojson.Format(rsp), "the log": log.String()} {
				for _, secret := range []string{password, token} {
					if strings.Contains(text, secret) {
						t.Errorf("%s\n%s holds %q", tc.reason, where, secret)
					}
				}
			}

			if name != "Fatal" && log.Len() == 0 {
				t.Error("nothing was logged, so nothing was shown")
			}
		})
	}
}
