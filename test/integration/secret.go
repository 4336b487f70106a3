package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	managedrds "github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/secretsmanager"
)

const keyCredentials = "credentials"

// engineOfDocument is AWS's word for PostgreSQL in a secret.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
const engineOfDocument = "postgres"

// secretClient is what the check of the secret asks Secrets Manager.
type secretClient interface {
	GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, opts ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// A document is what the secret holds. RDS's own has a user and a password only.
type document struct {
	Engine   string `json:"engine"`
	Host     string `json:"host"`
	Username string `json:"username"`
	Password string `json:"password"`
	DBName   string `json:"dbname"`
	Port     int64  `json:"port"`
}

// checkSecret reads the secret and opens its document. It reports values that the XR shows
// as well, and never the password.
func checkSecret(ctx context.Context, client secretClient, e *expectation) ([]string, error) {
	r := &report{}

	database, err := composed[*managedrds.Instance](e, keyDatabase)
	if err != nil {
		return nil, err
	}

	arn, byRDS := e.Outputs.Credentials.SecretARN, aws.ToBool(database.Spec.ForProvider.ManageMasterUserPassword)

	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return nil, fmt.Errorf("cannot read secret %s: %w", arn, err)
	}

	where := "secret " + arn

	if !byRDS {
		secret, err := composed[*managed.Secret](e, keyCredentials)
		if err != nil {
			return nil, err
		}

		compare(r, where, "name", aws.ToString(secret.Spec.ForProvider.Name), aws.ToString(out.Name))
	}

	d, err := openDocument(aws.ToString(out.SecretString))
	if err != nil {
		r.addf("%s: document: %v", where, err)

		return r.differences, nil
	}

	compareDocument(r, where, e, database.Spec.ForProvider, d, byRDS)

	return r.differences, nil
}

// openDocument decodes a secret's document. Its error does not repeat any of it:
// json's may show a character or a number.
func openDocument(text string) (*document, error) {
	d := &document{}

	err := json.Unmarshal([]byte(text), d)

	mismatch := &json.UnmarshalTypeError{}
	if errors.As(err, &mismatch) && mismatch.Field != "" {
		return nil, fmt.Errorf("want %s to be a %s, got another type", mismatch.Field, mismatch.Type)
	}

	if err != nil {
		return nil, fmt.Errorf("want a JSON object, got %d bytes that are none", len(text))
	}

	return d, nil
}

func compareDocument(r *report, where string, e *expectation, want managedrds.InstanceParameters, d *document, byRDS bool) {
	compare(r, where, "username", aws.ToString(want.Username), d.Username)

	if d.Password == "" {
		r.addf("%s: password: want one, got none", where)
	}

	if byRDS {
		return
	}

	compare(r, where, "engine", engineOfDocument, d.Engine)
	compare(r, where, "host", e.Outputs.Database.Host, d.Host)
	compare(r, where, "port", e.Outputs.Database.Port, d.Port)
	compare(r, where, "dbname", aws.ToString(want.DBName), d.DBName)
}
