package integration

import (
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// connect reads the platform and the configuration of the AWS account it is in.
// The test is skipped where no platform is named.
func connect(t *testing.T) (*expectation, aws.Config) {
	t.Helper()

	e, err := load(t.Context(), os.Getenv)
	if errors.Is(err, errNoOutputs) {
		t.Skip(err)
	}

	if err != nil {
		t.Fatal(err)
	}

	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(e.Region))
	if err != nil {
		t.Fatalf("cannot configure the AWS SDK: %v: correct the AWS_ environment variables, or the profile they name", err)
	}

	if _, err := cfg.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatalf("no AWS credentials: %v: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", err)
	}

	return e, cfg
}

// verify reports every difference that a check found, and why it stopped if it
// did.
func verify(t *testing.T, differences []string, err error) {
	t.Helper()

	for _, d := range differences {
		t.Error(d)
	}

	if err != nil {
		t.Error(err)
	}
}

func TestVPC(t *testing.T) {
	e, cfg := connect(t)
	differences, err := checkNetwork(t.Context(), ec2.NewFromConfig(cfg), e)
	verify(t, differences, err)
}

func TestStream(t *testing.T) {
	e, cfg := connect(t)
	differences, err := checkStream(t.Context(), kinesis.NewFromConfig(cfg), e)
	verify(t, differences, err)
}

func TestCache(t *testing.T) {
	e, cfg := connect(t)

	group, err := securityGroupID(t.Context(), ec2.NewFromConfig(cfg), e, keySecurityGroupCache)
	if err != nil {
		t.Error(err)
	}

	differences, err := checkCache(t.Context(), elasticache.NewFromConfig(cfg), e, group)
	verify(t, differences, err)
}

func TestDatabase(t *testing.T) {
	e, cfg := connect(t)

	group, err := securityGroupID(t.Context(), ec2.NewFromConfig(cfg), e, keySecurityGroupDatabase)
	if err != nil {
		t.Error(err)
	}

	differences, err := checkDatabase(t.Context(), rds.NewFromConfig(cfg), e, group)
	verify(t, differences, err)
}

func TestSecurityGroups(t *testing.T) {
	e, cfg := connect(t)
	differences, err := checkSecurityGroups(t.Context(), ec2.NewFromConfig(cfg), e)
	verify(t, differences, err)
}

func TestAlarms(t *testing.T) {
	e, cfg := connect(t)
	differences, err := checkAlarms(t.Context(), cloudwatch.NewFromConfig(cfg), e)
	verify(t, differences, err)
}

func TestSecret(t *testing.T) {
	e, cfg := connect(t)
	differences, err := checkSecret(t.Context(), secretsmanager.NewFromConfig(cfg), e)
	verify(t, differences, err)
}
