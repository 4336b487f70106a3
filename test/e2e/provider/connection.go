package provider

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A sensitive value is one that a resource refers to in a Secret.
type sensitive struct {
	ref     string   // The field of spec.forProvider.
	details []string // The connection details that show it.
}

// sensitives, by kind and Terraform's name of the argument.
var sensitives = map[string]map[string]sensitive{
	"elasticache/ReplicationGroup": {"auth_token": {ref: "authTokenSecretRef", details: []string{"attribute.auth_token"}}},
	"rds/Instance":                 {"password": {ref: "passwordSecretRef", details: []string{"attribute.password", "password"}}},
	"secretsmanager/SecretVersion": {"secret_string": {ref: "secretStringSecretRef", details: []string{"attribute.secret_string"}}},
}

// readSensitive reads the values that a resource refers to. A Secret that does not
// exist is no error, as in upjet: AWS says what it thinks of a missing value.
func readSensitive(ctx context.Context, c client.Reader, m *Managed) (map[string]string, error) {
	out := map[string]string{}

	for argument, s := range sensitives[m.Kind()] {
		sel := xpv1.LocalSecretKeySelector{}
		if !m.get(s.ref, &sel) {
			continue
		}

		secret := &corev1.Secret{}
		if err := c.Get(ctx, types.NamespacedName{Namespace: m.GetNamespace(), Name: sel.Name}, secret); resource.IgnoreNotFound(err) != nil {
			return nil, errors.Wrapf(err, "cannot get secret value for %v", sel)
		}

		if value := secret.Data[sel.Key]; len(value) > 0 {
			out[argument] = string(value)
		}
	}

	return out, nil
}

// connectionDetails of what AWS has, with the values that it was given.
func connectionDetails(kind string, e *provideraws.External, values map[string]string) managed.ConnectionDetails {
	out := managed.ConnectionDetails(e.Connection())

	for argument, s := range sensitives[kind] {
		for _, detail := range s.details {
			delete(out, detail)

			if value, ok := values[argument]; ok {
				if out == nil {
					out = managed.ConnectionDetails{}
				}

				out[detail] = []byte(value)
			}
		}
	}

	return out
}
