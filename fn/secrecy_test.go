package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A linesLogger sends on all that is logged.
type linesLogger chan string

func (l linesLogger) Info(msg string, keysAndValues ...any) {
	l <- fmt.Sprintln(append([]any{msg}, keysAndValues...)...)
}

func (l linesLogger) Debug(msg string, keysAndValues ...any) { l.Info(msg, keysAndValues...) }
func (l linesLogger) WithValues(...any) logging.Logger       { return l }

// served has the function's server answer a request. It returns what was logged too.
func served(t *testing.T, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, string) {
	t.Helper()

	f, err := NewFunction(0)
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	const enough = 100

	lines, ended := make(linesLogger, enough), make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, f, server.Log(lines), server.Listen("tcp", "127.0.0.1:0"), server.Insecure(true), server.MetricsServer(""))
	}()

	serving := strings.Fields(<-lines) // Serving address 127.0.0.1:9443

	rsp, err := fnv1.NewFunctionRunnerServiceClient(dial(t, serving[len(serving)-1], insecure.NewCredentials())).RunFunction(ctx, req)
	if err != nil {
		t.Fatal(err)
	}

	stop()

	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	close(lines)

	log := ""
	for line := range lines {
		log += line
	}

	return rsp, log
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

			rsp, log := served(t, req)

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

			for where, text := range map[string]string{"the response": protojson.Format(rsp), "the log": log} {
				for _, secret := range []string{password, token} {
					if strings.Contains(text, secret) {
						t.Errorf("%s\n%s holds %q", tc.reason, where, secret)
					}
				}
			}

			if !strings.Contains(log, req.GetObserved().GetComposite().GetResource().GetFields()["metadata"].GetStructValue().GetFields()["uid"].GetStringValue()) {
				t.Errorf("the call was not logged, so nothing was shown:\n%s", log)
			}
		})
	}
}
