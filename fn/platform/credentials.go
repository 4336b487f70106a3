package platform

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/upbound/provider-aws/v2/apis/namespaced/secretsmanager/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
)

// Keys of the credentials' resources. That of a version ends with its number: provider-aws
// refuses to change a version, so a changed document is another one. Nothing that follows
// from a password may be in a name, which everybody can read.
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
func composeCredentials(p *plan) part {
	if p.managedByRDS() {
		c := part{}
		if p.Observed[keyDatabase].Status.MasterUserSecretARN == "" {
			c.Withheld = append(c.Withheld, withheld{Why: "RDS to make its secret for " + keyDatabase})
		}
		return c
	}

	c := part{Resources: []Resource{{Key: keyCredentials, Object: credentialsSecret(p)}}}
	documents, current := credentialsDocuments(p)
	s := documentSecret(p, documents)
	if p.exists(keyCredentialsDocument) || len(s.Data) > 0 {
		c.Resources = append(c.Resources, Resource{Key: keyCredentialsDocument, Object: s, Plain: true})
	}

	replaced := p.Observed[keyCredentialsVersion+current].Ready.True()
	for _, id := range slices.Sorted(maps.Keys(documents)) {
		key := keyCredentialsVersion + id
		// Without its document the provider would ask AWS for a version of nothing,
		// fail, and look again much later.
		written := len(p.Observed[keyCredentialsDocument].Data[documentKey(id)]) > 0
		switch r := (Resource{Key: key, Object: credentialsVersion(p, id)}); {
		case id != current && replaced:
			c.Leaving = append(c.Leaving, leaving{Resource: r})
		case p.exists(key) || written:
			c.Resources = append(c.Resources, r)
		default:
			c.Withheld = append(c.Withheld, after(key, keyCredentialsDocument))
		}
	}

	// Credentials that were written stay good while the provider's details vanish for a
	// moment.
	if missing := missingDetails(p); len(missing) > 0 && len(documents) == 0 {
		c.Withheld = append(c.Withheld, withheld{Why: strings.Join(missing, ", ") + " from " + keyDatabase})
	}
	return c
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

// credentialsDocuments are the documents to keep, by the number of their version: the
// current one, and those of versions that exist. A document is there until its version
// is gone, because the provider reads it until then. current is the number of the current
// one, or nothing while some of the credentials are missing.
func credentialsDocuments(p *plan) (documents map[string][]byte, current string) {
	was := p.Observed[keyCredentialsDocument].Data
	documents = map[string][]byte{}
	for _, id := range observedVersions(p) {
		documents[id] = was[documentKey(id)]
	}
	if len(missingDetails(p)) > 0 {
		return documents, ""
	}

	// The newest one if it holds the credentials as they are, or else a new one: an older
	// one would be no newer in AWS.
	document, newest := currentDocument(p), 0
	for id := range documents {
		newest = max(newest, versionNumber(id))
	}
	for key := range was {
		newest = max(newest, versionNumber(strings.TrimPrefix(key, documentKey(""))))
	}
	if !bytes.Equal(was[documentKey(strconv.Itoa(newest))], document) {
		newest++
	}
	current = strconv.Itoa(newest)
	documents[current] = document
	return documents, current
}

// versionID is what the key of a version ends with: its number, or, of one that an older
// function made, a short hash. Another step's resource may have a key that begins like one.
var versionID = regexp.MustCompile(`^([0-9]{1,9}|[a-z2-7]{8})$`)

// observedVersions are the versions that exist, by what their keys end with, sorted.
func observedVersions(p *plan) []string {
	var ids []string
	for key := range p.Observed {
		if id, ok := strings.CutPrefix(key, keyCredentialsVersion); ok && versionID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// versionNumber is the number that a version has, or 0 if what its key ends with is none.
func versionNumber(id string) int { return max(0, atoi(id)) }

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
func documentKey(id string) string { return "document-" + id }

func credentialsSecret(p *plan) *v1beta1.Secret {
	return &v1beta1.Secret{
		TypeMeta:   typeMeta(v1beta1.Secret_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentCredentials)),
		Spec: v1beta1.SecretSpec{
			ManagedResourceSpec: p.managed(keyCredentials, namedByAWS),
			ForProvider: v1beta1.SecretParameters{
				Region:               &p.Region,
				Name:                 p.keptName(keyCredentials, "database"),
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
func credentialsVersion(p *plan, id string) *v1beta1.SecretVersion {
	v := &v1beta1.SecretVersion{
		TypeMeta:   typeMeta(v1beta1.SecretVersion_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentCredentials)),
		Spec: v1beta1.SecretVersionSpec{
			ManagedResourceSpec: p.managed(keyCredentialsVersion+id, namedByAWS),
			ForProvider: v1beta1.SecretVersionParameters{
				Region:           &p.Region,
				SecretIDSelector: selector(labels(componentCredentials)),
				SecretStringSecretRef: &common.LocalSecretKeySelector{
					LocalSecretReference: common.LocalSecretReference{Name: documentName(p)},
					Key:                  documentKey(id),
				},
			},
		},
	}
	v.Spec.ManagementPolicies = withoutUpdate(v.Spec.ManagementPolicies)
	return v
}

// withoutUpdate are the policies without the one to update.
func withoutUpdate(policies common.ManagementPolicies) common.ManagementPolicies {
	if slices.Contains(policies, common.ManagementActionAll) {
		return common.ManagementPolicies{common.ManagementActionObserve, common.ManagementActionCreate, common.ManagementActionLateInitialize, common.ManagementActionDelete}
	}
	return slices.DeleteFunc(policies, func(a common.ManagementAction) bool { return a == common.ManagementActionUpdate })
}

// documentSecret composes the Secret that versions are made from.
func documentSecret(p *plan, documents map[string][]byte) *corev1.Secret {
	data := map[string][]byte{}
	for id, d := range documents {
		if len(d) > 0 {
			data[documentKey(id)] = d
		}
	}
	return p.secret(componentCredentials, documentName(p), corev1.SecretTypeOpaque, data)
}

func documentName(p *plan) string { return secretName(p.Request, "credentials") }
