package database

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/secretsmanager"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// labelCredentials is the value of the credentials' label.
const labelCredentials = "credentials"

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

// Credentials are the database's credentials, where applications without a connection Secret
// find them.
var Credentials = kit.Component{
	Condition: "CredentialsReady",
	Reads:     []kit.Reading{kit.Read[ObservedSecret](secretsmanager.SecretGroupVersionKind)},
	// What a document has that anybody may see.
	Public:  []string{"engine", "host", "username", "dbname", "port"},
	Anew:    []string{keyCredentialsVersion},
	Resolve: resolveCredentials,
}

// ObservedSecret is what is read of the secret in Secrets Manager.
type ObservedSecret struct {
	Name       string `reads:"spec.forProvider.name"`
	ActualName string `reads:"status.atProvider.name"`
	ARN        string `reads:"status.atProvider.arn"`
}

func resolveCredentials(p *kit.Plan) (kit.Resolved, error) {
	d := find(p)

	return kit.Resolved{
		Compose: d.composeCredentials,
		Status:  func(s *v1alpha1.XDataPlatformStatus) { s.Credentials = d.credentialsStatus(s.Credentials) },
	}, nil
}

// credentialsStatus says where the credentials are.
func (d *database) credentialsStatus(before *v1alpha1.CredentialsStatus) *v1alpha1.CredentialsStatus {
	is, arn := ptr.Deref(before, v1alpha1.CredentialsStatus{}), kit.Fields[ObservedSecret](d.Plan, keyCredentials).ARN
	if d.managedByRDS() {
		arn = d.Observed.MasterUserSecretARN
	}

	is.SecretARN = cmp.Or(arn, is.SecretARN)

	return kit.OrNil(is)
}

// composeCredentials composes a Secrets Manager secret with the database's
// credentials, as soon as the provider has published them all. What was composed
// before stays while some are missing. A password that RDS manages is in RDS's
// own secret.
func (d *database) composeCredentials() kit.Part {
	if d.managedByRDS() {
		c := kit.Part{}
		if d.Observed.MasterUserSecretARN == "" {
			c.Withheld = append(c.Withheld, kit.Withheld{Why: "RDS to make its secret for " + keyDatabase})
		}

		return c
	}

	c := kit.Part{Resources: []kit.Resource{{Key: keyCredentials, Object: d.credentialsSecret()}}}
	documents, current := d.credentialsDocuments()

	s := d.documentSecret(documents)
	if d.Exists(keyCredentialsDocument) || len(s.Data) > 0 {
		c.Resources = append(c.Resources, kit.Resource{Key: keyCredentialsDocument, Object: s, Plain: true})
	}

	replaced := d.Ready(keyCredentialsVersion + current)
	for _, id := range slices.Sorted(maps.Keys(documents)) {
		key := keyCredentialsVersion + id
		// Without its document the provider would ask AWS for a version of nothing,
		// fail, and look again much later.
		written := len(d.Request.Observed[keyCredentialsDocument].Data[documentKey(id)]) > 0
		// The provider looks for a version's document until the version is gone.
		r := kit.Resource{Key: key, Object: d.credentialsVersion(id), Needs: []string{keyCredentialsDocument}}
		switch {
		case id != current && replaced:
			c.Leaving = append(c.Leaving, kit.Leaving{Resource: r})
		case d.Exists(key) || written:
			c.Resources = append(c.Resources, r)
		default:
			c.Withheld = append(c.Withheld, kit.After(r, keyCredentialsDocument))
		}
	}

	// Credentials that were written stay good while the provider's details vanish for a
	// moment.
	if missing := d.missingDetails(); len(missing) > 0 && len(documents) == 0 {
		c.Withheld = append(c.Withheld, kit.Withheld{Why: strings.Join(missing, ", ") + " from " + keyDatabase})
	}

	return c
}

// missingDetails names the connection details of the database that a document
// needs and the provider has not published.
func (d *database) missingDetails() []string {
	var missing []string

	for _, key := range []string{"username", "password", "host", "port"} {
		if len(d.Request.Observed[keyDatabase].Connection[key]) == 0 {
			missing = append(missing, key)
		}
	}

	return missing
}

// credentialsDocuments are the documents to keep, by the number of their version: the
// current one, and those of versions that exist. A document is there until its version
// is gone, because the provider reads it until then. current is the number of the current
// one, or nothing while some of the credentials are missing.
func (d *database) credentialsDocuments() (documents map[string][]byte, current string) {
	was := d.Request.Observed[keyCredentialsDocument].Data

	documents = map[string][]byte{}
	for _, id := range d.observedVersions() {
		documents[id] = was[documentKey(id)]
	}

	if len(d.missingDetails()) > 0 {
		return documents, ""
	}

	// The newest one if it holds the credentials as they are, or else a new one: an older
	// one would be no newer in AWS.
	document, newest := d.currentDocument(), 0
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
func (d *database) observedVersions() []string {
	var ids []string

	for key := range d.Request.Observed {
		if id, ok := strings.CutPrefix(key, keyCredentialsVersion); ok && versionID.MatchString(id) {
			ids = append(ids, id)
		}
	}

	slices.Sort(ids)

	return ids
}

// versionNumber is the number that a version has, or 0 if what its key ends with is none.
func versionNumber(id string) int {
	n, _ := strconv.Atoi(id)
	return max(0, n)
}

func (d *database) currentDocument() []byte {
	details := d.Request.Observed[keyDatabase].Connection
	port, _ := strconv.Atoi(string(details["port"]))
	b, _ := json.Marshal(document{ //nolint:errchkjson // Strings and numbers always marshal.
		Engine:   "postgres",
		Host:     string(details["host"]),
		Username: string(details["username"]),
		Password: string(details["password"]),
		DBName:   *d.Parameters.Database.DBName,
		Port:     port,
	})

	return b
}

// documentKey is the key of a document in the Secret that a version is made
// from. Each document has its own, so that an older version never sees it
// change.
func documentKey(id string) string { return "document-" + id }

func (d *database) credentialsSecret() *secretsmanager.Secret {
	has := kit.Fields[ObservedSecret](d.Plan, keyCredentials)

	return &secretsmanager.Secret{
		TypeMeta:   kit.TypeMeta(secretsmanager.SecretGroupVersionKind),
		ObjectMeta: d.Meta(kit.Labels(labelCredentials)),
		Spec: secretsmanager.SecretSpec{
			ManagedResourceSpec: d.Managed(keyCredentials, secretsmanager.SecretGroupVersionKind),
			ForProvider: secretsmanager.SecretParameters{
				Region:               &d.Region,
				Name:                 d.KeptName(keyCredentials, cmp.Or(has.Name, has.ActualName), "database"),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: kit.Number(d.Parameters.Database.RecoveryWindowInDays),
				Tags:                 d.Tagged("database"),
			},
		},
	}
}

// credentialsVersion composes a version of the secret. It is never updated:
// the provider refuses to change its document, and an older version that was
// updated would take the AWSCURRENT label back from a newer one.
func (d *database) credentialsVersion(id string) *secretsmanager.SecretVersion {
	v := &secretsmanager.SecretVersion{
		TypeMeta:   kit.TypeMeta(secretsmanager.SecretVersionGroupVersionKind),
		ObjectMeta: d.Meta(kit.Labels(labelCredentials)),
		Spec: secretsmanager.SecretVersionSpec{
			ManagedResourceSpec: d.Managed(keyCredentialsVersion+id, secretsmanager.SecretVersionGroupVersionKind),
			ForProvider: secretsmanager.SecretVersionParameters{
				Region:           &d.Region,
				SecretIDSelector: kit.Selector(kit.Labels(labelCredentials)),
				SecretStringSecretRef: &common.LocalSecretKeySelector{
					LocalSecretReference: common.LocalSecretReference{Name: d.documentName()},
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
func (d *database) documentSecret(documents map[string][]byte) *corev1.Secret {
	data := map[string][]byte{}

	for id, document := range documents {
		if len(document) > 0 {
			data[documentKey(id)] = document
		}
	}

	return d.Secret(labelCredentials, d.documentName(), corev1.SecretTypeOpaque, data)
}

func (d *database) documentName() string { return kit.SecretName(d.Request, "credentials") }
