package platform

import (
	"strings"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// composeCredentials composes nothing of its own: the database's instance makes
// the password, and either the provider or RDS keeps it.
func composeCredentials(*plan) []Resource { return nil }

// credentialsReadiness says whether the database's credentials exist.
func credentialsReadiness(p *plan, _ []Resource) Condition {
	c := Condition{Type: "CredentialsReady", Reason: reasonCreating}
	o := p.Observed[keyDatabase]

	if *p.Database.Credentials == v1alpha1.CredentialsManagedByRDS {
		if o.Status.MasterUserSecretARN == "" {
			c.Message = "waiting for RDS to make its secret for " + keyDatabase
			return c
		}
		return Condition{Type: c.Type, Status: true, Reason: reasonAvailable}
	}

	var missing []string
	for _, key := range []string{"username", "password", "host", "port"} {
		if len(o.Connection[key]) == 0 {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		c.Message = "waiting for " + strings.Join(missing, ", ") + " from " + keyDatabase
		return c
	}
	return Condition{Type: c.Type, Status: true, Reason: reasonAvailable}
}
