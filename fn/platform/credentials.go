package platform

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/upbound/provider-aws/v2/apis/namespaced/secretsmanager/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// Keys of the credentials' resources. That of a version ends with the hash of
// its document: provider-aws refuses to change a version, so a changed document
// is another one.
const (
	keyCredentials         = "credentials"
	keyCredentialsDocument = "credentials-document"
	keyCredentialsVersion  = "credentials-version-"
)

// A document is what the platform's secret holds: the shape that AWS's own
// rotation of PostgreSQL passwords expects.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
type document struct {
	Engine   string `json:"engine"`
	Host     string `json:"host"`
	Username string `json:"username"`
	Password string `json:"password"`
	DBName   string `json:"dbname"`
	Port     int    `json:"port"`
}

// composeCredentials composes a Secrets Manager secret with the database's
// credentials, as soon as the provider has published them all. What was composed
// before stays while some are missing. A password that RDS manages is in RDS's
// own secret.
func composeCredentials(p *plan) []Resource {
	if p.managedByRDS() {
		return nil
	}

	rs := []Resource{{Key: keyCredentials, Object: credentialsSecret(p)}}
	documents := credentialsDocuments(p)
	s := documentSecret(p, documents)
	if _, exists := p.Observed[keyCredentialsDocument]; exists || len(s.Data) > 0 {
		rs = append(rs, Resource{Key: keyCredentialsDocument, Object: s, Plain: true})
	}
	for _, hash := range slices.Sorted(maps.Keys(documents)) {
		// Without its document the provider would ask AWS for a version of nothing,
		// fail, and look again much later.
		_, exists := p.Observed[keyCredentialsVersion+hash]
		if written := len(p.Observed[keyCredentialsDocument].Data[documentKey(hash)]) > 0; !exists && !written {
			continue
		}
		rs = append(rs, Resource{Key: keyCredentialsVersion + hash, Object: credentialsVersion(p, hash)})
	}
	return rs
}

// credentialsReadiness says whether the database's credentials are where an
// application finds them.
func credentialsReadiness(p *plan, rs []Resource) Condition {
	const condition = "CredentialsReady"

	if p.managedByRDS() {
		if p.Observed[keyDatabase].Status.MasterUserSecretARN == "" {
			return Condition{Type: condition, Reason: reasonCreating, Message: "waiting for RDS to make its secret for " + keyDatabase}
		}
		return Condition{Type: condition, Status: true, Reason: reasonAvailable}
	}

	// Credentials that were written stay good while the provider's details
	// vanish for a moment.
	written := slices.ContainsFunc(rs, func(r Resource) bool { return strings.HasPrefix(r.Key, keyCredentialsVersion) })
	if missing := missingDetails(p); len(missing) > 0 && !written {
		return Condition{Type: condition, Reason: reasonCreating, Message: "waiting for " + strings.Join(missing, ", ") + " from " + keyDatabase}
	}
	c := readiness(condition)(p, rs)
	// Whatever fails besides, the platform waits for it.
	if version := currentVersion(p); c.Reason != reasonCreating && version != "" && !slices.ContainsFunc(rs, func(r Resource) bool { return r.Key == version }) {
		return Condition{Type: condition, Reason: reasonCreating, Message: "waiting for " + version + " (not created yet)"}
	}
	return c
}

// currentVersion is the key of the version with the credentials that the provider has
// published, or nothing while some are missing.
func currentVersion(p *plan) string {
	if len(missingDetails(p)) > 0 {
		return ""
	}
	return keyCredentialsVersion + hashOf(string(currentDocument(p)))
}

// missingDetails names the connection details of the database that a document
// needs and the provider has not published.
func missingDetails(p *plan) []string {
	var missing []string
	for _, key := range []string{"username", "password", "host", "port"} {
		if len(p.Observed[keyDatabase].Connection[key]) == 0 {
			missing = append(missing, key)
		}
	}
	return missing
}

// credentialsDocuments are the documents to keep, by their hash: the current
// one, and any before it until the current one's version exists.
func credentialsDocuments(p *plan) map[string][]byte {
	kept := map[string][]byte{}
	for key := range p.Observed {
		if hash, ok := strings.CutPrefix(key, keyCredentialsVersion); ok {
			kept[hash] = p.Observed[keyCredentialsDocument].Data[documentKey(hash)]
		}
	}
	if len(missingDetails(p)) > 0 {
		return kept
	}

	current := currentDocument(p)
	hash := hashOf(string(current))
	if p.Observed[keyCredentialsVersion+hash].Ready.True() {
		return map[string][]byte{hash: current}
	}
	kept[hash] = current
	return kept
}

func currentDocument(p *plan) []byte {
	details := p.Observed[keyDatabase].Connection
	port, _ := strconv.Atoi(string(details["port"]))
	b, _ := json.Marshal(document{ //nolint:errchkjson // Strings and numbers always marshal.
		Engine:   "postgres",
		Host:     string(details["host"]),
		Username: string(details["username"]),
		Password: string(details["password"]),
		DBName:   *p.Database.DBName,
		Port:     port,
	})
	return b
}

// documentKey is the key of a document in the Secret that a version is made
// from. Each document has its own, so that an older version never sees it
// change.
func documentKey(hash string) string { return "document-" + hash }

func credentialsSecret(p *plan) *v1beta1.Secret {
	return &v1beta1.Secret{
		TypeMeta:   typeMeta(v1beta1.Secret_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentCredentials)),
		Spec: v1beta1.SecretSpec{
			ManagedResourceSpec: p.managed(namedByAWS),
			ForProvider: v1beta1.SecretParameters{
				Region:               &p.Region,
				Name:                 ptr.To(p.keptName(keyCredentials, "database")),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: number(p.Database.RecoveryWindowInDays),
				Tags:                 p.tagged("database"),
			},
		},
	}
}

// credentialsVersion composes a version of the secret. It is never updated:
// the provider refuses to change its document, and an older version that was
// updated would take the AWSCURRENT label back from a newer one.
func credentialsVersion(p *plan, hash string) *v1beta1.SecretVersion {
	v := &v1beta1.SecretVersion{
		TypeMeta:   typeMeta(v1beta1.SecretVersion_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentCredentials)),
		Spec: v1beta1.SecretVersionSpec{
			ManagedResourceSpec: p.managed(namedByAWS),
			ForProvider: v1beta1.SecretVersionParameters{
				Region:           &p.Region,
				SecretIDSelector: selector(labels(componentCredentials)),
				SecretStringSecretRef: &common.LocalSecretKeySelector{
					LocalSecretReference: common.LocalSecretReference{Name: documentName(p)},
					Key:                  documentKey(hash),
				},
			},
		},
	}
	v.Spec.ManagementPolicies = common.ManagementPolicies{common.ManagementActionObserve, common.ManagementActionCreate, common.ManagementActionLateInitialize}
	if *p.DeletionPolicy == v1alpha1.DeletionDelete {
		v.Spec.ManagementPolicies = append(v.Spec.ManagementPolicies, common.ManagementActionDelete)
	}
	return v
}

// documentSecret composes the Secret that versions are made from.
func documentSecret(p *plan, documents map[string][]byte) *corev1.Secret {
	data := map[string][]byte{}
	for hash, d := range documents {
		if len(d) > 0 {
			data[documentKey(hash)] = d
		}
	}
	return p.secret(componentCredentials, documentName(p), corev1.SecretTypeOpaque, data)
}

func documentName(p *plan) string { return secretName(p.Request, "credentials") }
