package integration

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// A stubSecret answers for Secrets Manager.
type stubSecret struct {
	name string
	text *string
	err  error
}

func (s *stubSecret) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if !strings.HasPrefix(aws.ToString(in.SecretId), "arn:aws:secretsmanager:us-east-1:123456789012:secret:") {
		return nil, errAWS
	}

	return &secretsmanager.GetSecretValueOutput{Name: &s.name, SecretString: s.text}, s.err
}

func TestCheckSecret(t *testing.T) {
	const where = "secret arn:aws:secretsmanager:us-east-1:123456789012:secret:dp-team-a-orders-yp3s2ksy-database-abcdef: "

	good := aws.String(`{"engine":"postgres","host":"dp-team-a-orders-yp3s2ksy.example.com","username":"platform","password":"hunter2","dbname":"platform","port":5432}`)

	cases := map[string]struct {
		reason string
		edits  []edit
		secret stubSecret
		want   []string
		err    string
	}{
		"Good": {
			reason: "The document has what an application needs to connect.",
			secret: stubSecret{name: referenceName + "-database", text: good},
		},
		"ManagedByRDS": {
			reason: "RDS names its secret itself, and writes a user and a password only.",
			edits:  []edit{set("ManagedByRDS", "spec", "database", "credentials")},
			secret: stubSecret{name: "rds!db-1", text: aws.String(`{"username":"platform","password":"hunter2"}`)},
		},
		"ManagedByRDSEmpty": {
			reason: "RDS's secret has a user and a password.",
			edits:  []edit{set("ManagedByRDS", "spec", "database", "credentials")},
			secret: stubSecret{name: "rds!db-1", text: aws.String(`{}`)},
			want:   []string{where + `username: want "platform", got ""`, where + "password: want one, got none"},
		},
		"OtherName": {
			reason: "The XR must name the platform's secret.",
			secret: stubSecret{name: "other", text: good},
			want:   []string{where + `name: want "dp-team-a-orders-yp3s2ksy-database", got "other"`},
		},
		"Other": {
			reason: "A document that leads elsewhere, or nowhere, opens nothing.",
			secret: stubSecret{name: referenceName + "-database", text: aws.String(`{"engine":"mysql","host":"other","username":"root","password":"","port":3306}`)},
			want: []string{
				where + `username: want "platform", got "root"`,
				where + "password: want one, got none",
				where + `engine: want "postgres", got "mysql"`,
				where + `host: want "dp-team-a-orders-yp3s2ksy.example.com", got "other"`,
				where + "port: want 5432, got 3306",
				where + `dbname: want "platform", got ""`,
			},
		},
		"NotJSON": {
			reason: "What is no JSON may be the password: none of it is shown.",
			secret: stubSecret{name: referenceName + "-database", text: aws.String("hunter2")},
			want:   []string{where + "document: want a JSON object, got 7 bytes that are none"},
		},
		"NotAnObject": {
			reason: "Nor is any of another JSON value.",
			secret: stubSecret{name: referenceName + "-database", text: aws.String(`"hunter2"`)},
			want:   []string{where + "document: want a JSON object, got 9 bytes that are none"},
		},
		"WrongType": {
			reason: "Nor is the value of a field.",
			secret: stubSecret{name: referenceName + "-database", text: aws.String(`{"password":12345}`)},
			want:   []string{where + "document: want password to be a string, got another type"},
		},
		"Empty": {
			reason: "A secret that is binary has no text.",
			secret: stubSecret{name: referenceName + "-database"},
			want:   []string{where + "document: want a JSON object, got 0 bytes that are none"},
		},
		"Refused": {
			reason: "A secret that can't be read is an error.",
			secret: stubSecret{err: errAWS},
			err:    "cannot read " + strings.TrimSuffix(where, ": ") + ": access denied",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := checkSecret(t.Context(), &tc.secret, reference(t, tc.edits...))
			assert(t, tc.reason, tc.want, got, tc.err, err)

			if strings.Contains(strings.Join(got, "\n")+message(err), "hunter2") {
				t.Errorf("the password is shown")
			}
		})
	}
}
