package platform

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/secretsmanager/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
)

// details are what the provider publishes of a database.
func details(password string) map[string][]byte {
	return map[string][]byte{
		"username": []byte("platform"),
		"password": []byte(password),
		"host":     []byte("db.example.org"),
		"port":     []byte("5432"),
		"endpoint": []byte("db.example.org:5432"),
	}
}

// Documents of two passwords, and their hashes.
const (
	firstDocument  = `{"engine":"postgres","host":"db.example.org","username":"platform","password":"first","dbname":"platform","port":5432}`
	secondDocument = `{"engine":"postgres","host":"db.example.org","username":"platform","password":"second","dbname":"platform","port":5432}`
)

var (
	firstHash  = hashOf(firstDocument)
	secondHash = hashOf(secondDocument)
)

func TestCredentials(t *testing.T) {
	const managed = `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`

	isTrue := ObservedCondition{Status: "True"}
	ready := Observation{Ready: isTrue, Synced: isTrue}
	published := func(password string) func(*Request) {
		return observing("database", Observation{Connection: details(password)})
	}
	written := func(documents map[string]string) func(*Request) {
		data := map[string][]byte{}
		for hash, d := range documents {
			data["document-"+hash] = []byte(d)
		}
		return observing("credentials-document", Observation{Data: data})
	}

	cases := map[string]struct {
		reason    string
		spec      string
		mods      []func(*Request)
		documents map[string]string
		keys      []string
		condition Condition
	}{
		"NothingPublished": {
			reason:    "Before all the details exist, the version is withheld, and the condition says what it waits for.",
			spec:      reference,
			keys:      []string{"credentials"},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for username, password, host, port from database"},
		},
		"NoPassword": {
			reason: "Credentials without a password are none.",
			spec:   reference,
			mods: []func(*Request){func(r *Request) {
				d := details("")
				r.Observed["database"] = Observation{Connection: d}
			}},
			keys:      []string{"credentials"},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for password from database"},
		},
		"Published": {
			reason:    "With all the details there is a document. Its version would fail while the document may not be there.",
			spec:      reference,
			mods:      []func(*Request){published("first")},
			documents: map[string]string{firstHash: firstDocument},
			keys:      []string{"credentials", "credentials-document"},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials (not created yet), credentials-document (not created yet)"},
		},
		"DocumentWritten": {
			reason:    "A document that is there has a version.",
			spec:      reference,
			mods:      []func(*Request){published("first"), observing("credentials", ready), written(map[string]string{firstHash: firstDocument})},
			documents: map[string]string{firstHash: firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-" + firstHash + " (not created yet)"},
		},
		"Written": {
			reason: "When the version exists, an application finds its credentials.",
			spec:   reference,
			mods: []func(*Request){
				published("first"), observing("credentials", ready), written(map[string]string{firstHash: firstDocument}), observing("credentials-version-"+firstHash, ready),
			},
			documents: map[string]string{firstHash: firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"DetailsVanished": {
			reason: "Details that vanish leave what is there.",
			spec:   reference,
			mods: []func(*Request){
				observing("credentials", ready), written(map[string]string{firstHash: firstDocument}), observing("credentials-version-"+firstHash, ready),
			},
			documents: map[string]string{firstHash: firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"AllVanished": {
			reason:    "A version stays also while the document can't be seen; the document, which may be there, is not emptied.",
			spec:      reference,
			mods:      []func(*Request){observing("credentials", ready), observing("credentials-version-"+firstHash, ready)},
			keys:      []string{"credentials", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"Changed": {
			reason: "A new password is a new document first.",
			spec:   reference,
			mods: []func(*Request){
				published("second"), observing("credentials", ready), written(map[string]string{firstHash: firstDocument}), observing("credentials-version-"+firstHash, ready),
			},
			documents: map[string]string{firstHash: firstDocument, secondHash: secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-" + secondHash + " (not created yet)"},
		},
		"ChangedWhileFailing": {
			reason: "Credentials that AWS does not have are waited for, whatever else fails.",
			spec:   reference,
			mods: []func(*Request){
				published("second"), observing("credentials", Observation{Ready: isTrue, Synced: ObservedCondition{Status: "False", Message: "boom"}}),
				written(map[string]string{firstHash: firstDocument}), observing("credentials-version-"+firstHash, ready),
			},
			documents: map[string]string{firstHash: firstDocument, secondHash: secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + firstHash},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-" + secondHash + " (not created yet)"},
		},
		"ChangedDocumentWritten": {
			reason: "Then it is a new version; the old one stays until the new one exists, with its own document.",
			spec:   reference,
			mods: []func(*Request){
				published("second"), observing("credentials", ready), written(map[string]string{firstHash: firstDocument, secondHash: secondDocument}), observing("credentials-version-"+firstHash, ready),
			},
			documents: map[string]string{firstHash: firstDocument, secondHash: secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + min(firstHash, secondHash), "credentials-version-" + max(firstHash, secondHash)},
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-" + secondHash + " (not created yet)"},
		},
		"Replaced": {
			reason: "The old version goes when the new one exists.",
			spec:   reference,
			mods: []func(*Request){
				published("second"), observing("credentials", ready), written(map[string]string{firstHash: firstDocument, secondHash: secondDocument}),
				observing("credentials-version-"+firstHash, ready), observing("credentials-version-"+secondHash, ready),
			},
			documents: map[string]string{secondHash: secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-" + secondHash},
			condition: Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"ManagedNotYet": {
			reason:    "RDS makes its secret with the instance.",
			spec:      managed,
			condition: Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for RDS to make its secret for database"},
		},
		"Managed": {
			reason:    "A password that RDS manages is nobody else's business.",
			spec:      managed,
			mods:      []func(*Request){observing("database", Observation{Spec: ObservedSpec{EngineVersion: "15.15", ManageMasterUserPassword: true}, Status: ObservedStatus{MasterUserSecretARN: "arn"}})},
			condition: Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := testPlan(t, tc.spec, tc.mods...)
			rs := composeCredentials(p)
			if diff := cmp.Diff(tc.keys, keysOrNil(rs)); diff != "" {
				t.Errorf("%s\ncomposeCredentials(...): -want keys, +got keys:\n%s", tc.reason, diff)
			}

			var documents map[string]string
			for _, r := range rs {
				if s, ok := r.Object.(*corev1.Secret); ok {
					documents = map[string]string{}
					for key, d := range s.Data {
						documents[key[len("document-"):]] = string(d)
					}
				}
			}
			if diff := cmp.Diff(tc.documents, documents); diff != "" {
				t.Errorf("%s\ncomposeCredentials(...): -want documents, +got documents:\n%s", tc.reason, diff)
			}

			for i := range rs {
				o, exists := p.Observed[rs[i].Key]
				rs[i].Ready = o.Ready.True() || rs[i].Plain && exists
			}
			if diff := cmp.Diff(tc.condition, credentialsReadiness(p, rs)); diff != "" {
				t.Errorf("%s\ncredentialsReadiness(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func keysOrNil(rs []Resource) []string {
	if len(rs) == 0 {
		return nil
	}
	return keys(rs)
}

func TestCredentialsVersion(t *testing.T) {
	published := observing("database", Observation{Connection: details("first")})
	written := observing("credentials-document", Observation{Data: map[string][]byte{"document-" + firstHash: []byte(firstDocument)}})

	cases := map[string]struct {
		reason string
		spec   string
		want   common.ManagementPolicies
	}{
		"Delete": {
			reason: "A version is never updated: the provider refuses, or an old one takes AWSCURRENT back.",
			spec:   reference,
			want:   common.ManagementPolicies{"Observe", "Create", "LateInitialize", "Delete"},
		},
		"Orphan": {
			reason: "An orphaned version is the same without Delete.",
			spec:   `{"region":"us-east-1","deletionPolicy":"Orphan"}`,
			want:   common.ManagementPolicies{"Observe", "Create", "LateInitialize"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := composeCredentials(testPlan(t, tc.spec, published, written))
			v := find[*v1beta1.SecretVersion](t, rs, "credentials-version-"+firstHash)
			if diff := cmp.Diff(tc.want, v.Spec.ManagementPolicies); diff != "" {
				t.Errorf("%s\n-want policies, +got policies:\n%s", tc.reason, diff)
			}

			s := find[*corev1.Secret](t, rs, "credentials-document")
			ref := v.Spec.ForProvider.SecretStringSecretRef
			if ref.Name != s.Name || len(s.Data[ref.Key]) == 0 {
				t.Errorf("the version refers to %s of %s, which is not there", ref.Key, ref.Name)
			}
			if !matches(v.Spec.ForProvider.SecretIDSelector.MatchLabels, find[*v1beta1.Secret](t, rs, "credentials").GetLabels()) {
				t.Error("the version does not refer to the platform's secret")
			}
		})
	}
}

func TestCredentialsSecret(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   v1beta1.SecretParameters
	}{
		"Reference": {
			reason: "The reference platform's secret is gone at once when it is deleted, so that its name is free.",
			spec:   reference,
			want: v1beta1.SecretParameters{
				Region:               ptr.To("us-east-1"),
				Name:                 ptr.To("dp-team-a-orders-2nxr5dn2-database"),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: ptr.To[float64](0),
				Tags:                 map[string]*string{"Name": ptr.To("dp-team-a-orders-2nxr5dn2-database"), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
			},
		},
		"Existing": {
			reason: "A secret can't be renamed; its recovery window can change.",
			spec:   `{"region":"us-east-1","database":{"recoveryWindowInDays":30}}`,
			mods:   []func(*Request){observing("credentials", Observation{Spec: ObservedSpec{Name: "old"}})},
			want: v1beta1.SecretParameters{
				Region:               ptr.To("us-east-1"),
				Name:                 ptr.To("old"),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: ptr.To[float64](30),
				Tags:                 map[string]*string{"Name": ptr.To("dp-team-a-orders-2nxr5dn2-database"), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := find[*v1beta1.Secret](t, composeCredentials(testPlan(t, tc.spec, tc.mods...)), "credentials")
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A document has the keys that AWS's own rotation expects.
func TestDocumentHasEachKeyOnce(t *testing.T) {
	p := testPlan(t, reference, observing("database", Observation{Connection: details("first")}))
	if diff := cmp.Diff(firstDocument, string(currentDocument(p))); diff != "" {
		t.Errorf("currentDocument(...): -want, +got:\n%s", diff)
	}
	changed := maps.Clone(details("first"))
	changed["host"] = []byte("other.example.org")
	q := testPlan(t, reference, observing("database", Observation{Connection: changed}))
	if hashOf(string(currentDocument(p))) == hashOf(string(currentDocument(q))) {
		t.Error("A new host must be a new version.")
	}
}
