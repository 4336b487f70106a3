package environment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
)

// AWS is where provider-aws creates things.
type AWS struct {
	// EndpointURL of an emulated AWS. Empty is AWS itself.
	EndpointURL string

	// AccessKeyID, SecretAccessKey and SessionToken are who we are. The last may be
	// empty.
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string

	// Services whose providers run. Nil is all. Without the others a platform does
	// not become ready.
	Services []string
}

// FromEnvironment reads the variables that AWS's own tools read. It is an error if
// they name neither an endpoint nor credentials.
func FromEnvironment() (*AWS, error) {
	a := &AWS{
		EndpointURL:     os.Getenv("AWS_ENDPOINT_URL"),
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}

	if a.AccessKeyID != "" && a.SecretAccessKey != "" {
		return a, nil
	}

	if a.EndpointURL == "" {
		return nil, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; set them to create a platform in AWS (AWS_PROFILE is not read), or AWS_ENDPOINT_URL to create one in an emulated AWS")
	}

	// An emulated AWS takes any.
	a.AccessKeyID, a.SecretAccessKey, a.SessionToken = "test", "test", ""

	return a, nil
}

// Environment variables with which another program is who we are.
func (a *AWS) Environment() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + a.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + a.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + a.SessionToken,
	}
}

// check that there are programs to run.
func (a *AWS) check(root string) error {
	if a == nil {
		return nil
	}

	for _, s := range a.services() {
		if _, err := os.Stat(filepath.Join(root, "bin", "provider-aws-"+s)); err != nil {
			return errors.Wrapf(err, "provider-aws is not built; hack/build.sh provider-aws-%s builds it", s)
		}
	}

	return nil
}

// services whose providers run.
func (a *AWS) services() []string {
	if a.Services != nil {
		return a.Services
	}

	return services
}

// program returns what starts provider-aws for a provider's package.
func (a *AWS) program(root, kubeconfig, dir string) func(name, certs string) (*controlplane.Process, error) {
	if a == nil {
		return nil
	}

	return func(name, certs string) (*controlplane.Process, error) {
		// The family's package holds ProviderConfigs only.
		if !slices.Contains(a.services(), strings.TrimPrefix(name, "provider-aws-")) {
			return nil, nil
		}

		ports, err := controlplane.Ports(3)
		if err != nil {
			return nil, err
		}

		return &controlplane.Process{
			Name: name,
			Path: filepath.Join(root, "bin", name),
			Args: []string{
				"--certs-dir=" + certs,
				// Ten minutes by default; a platform's resources wait for each
				// other.
				"--poll=1m",
				fmt.Sprintf("--webhook-port=%d", ports[0]),
				fmt.Sprintf("--metrics-bind-address=127.0.0.1:%d", ports[1]),
				fmt.Sprintf("--health-probe-bind-addr=127.0.0.1:%d", ports[2]),
			},
			Env:       []string{"KUBECONFIG=" + kubeconfig},
			Log:       filepath.Join(dir, name+".log"),
			KeepAlive: true,
		}, nil
	}
}

// configure the provider, if there is one to configure.
func (a *AWS) configure(ctx context.Context, c client.Client) error {
	if a == nil {
		return nil
	}

	s := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: controlplane.Namespace, Name: "aws-credentials"},
		StringData: map[string]string{"credentials": a.credentials()},
	}
	if err := c.Create(ctx, s); err != nil {
		return errors.Wrap(err, "cannot write AWS credentials")
	}

	spec := map[string]any{"credentials": map[string]any{
		"source":    "Secret",
		"secretRef": map[string]any{"namespace": s.GetNamespace(), "name": s.GetName(), "key": "credentials"},
	}}

	if a.EndpointURL != "" {
		spec["endpoint"] = map[string]any{
			"hostnameImmutable": true,
			"services":          endpointServices(),
			"url":               map[string]any{"type": "Static", "static": a.EndpointURL},
		}
		// They ask AWS itself who we are.
		spec["skip_credentials_validation"] = true
		spec["skip_metadata_api_check"] = true
		spec["skip_requesting_account_id"] = true
		spec["skip_region_validation"] = true
	}

	config := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	config.SetAPIVersion("aws.m.upbound.io/v1beta1")
	config.SetKind("ClusterProviderConfig")
	config.SetName("default")

	return errors.Wrap(c.Create(ctx, config), "cannot configure provider-aws")
}

// endpointServices are those that the endpoint is for: all that the provider calls.
func endpointServices() []any {
	out := []any{"iam", "kms", "sts"}
	for _, s := range services {
		out = append(out, s)
	}

	return out
}

// credentials as AWS's tools keep them in a file.
func (a *AWS) credentials() string {
	lines := []string{"[default]", "aws_access_key_id = " + a.AccessKeyID, "aws_secret_access_key = " + a.SecretAccessKey}
	if a.SessionToken != "" {
		lines = append(lines, "aws_session_token = "+a.SessionToken)
	}

	return strings.Join(lines, "\n") + "\n"
}
