package database_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/secretsmanager"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// Documents of two passwords.
const (
	firstDocument  = `{"engine":"postgres","host":"db.example.org","username":"platform","password":"first","dbname":"platform","port":5432}`
	secondDocument = `{"engine":"postgres","host":"db.example.org","username":"platform","password":"second","dbname":"platform","port":5432}`
)

// documented observes the documents, by their number, that versions are made from.
func documented(documents map[string]string) func(*kit.Request) {
	data := map[string][]byte{}
	for number, d := range documents {
		data["document-"+number] = []byte(d)
	}

	return platformtest.Observing("credentials-document", kit.Observation{Data: data})
}

func TestCredentials(t *testing.T) {
	const managed = `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`

	isTrue := kit.ObservedCondition{Status: "True"}
	ready := kit.Observation{Ready: isTrue, Synced: isTrue}
	failing := kit.Observation{Ready: isTrue, Synced: kit.ObservedCondition{Status: "False", Message: "boom"}}
	secret := platformtest.Observing("credentials", ready)
	published := func(password string) func(*kit.Request) {
		return platformtest.Observing("database", kit.Observation{Connection: platformtest.Details(password)})
	}
	version := func(number string, o kit.Observation) func(*kit.Request) {
		return platformtest.Observing("credentials-version-"+number, o)
	}

	cases := map[string]struct {
		reason    string
		spec      string
		mods      []func(*kit.Request)
		documents map[string]string
		keys      []string
		condition platform.Condition
	}{
		"NothingPublished": {
			reason:    "Before all the details exist, the version is withheld, and the condition says what it waits for.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){secret},
			keys:      []string{"credentials"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for username, password, host, port from database"},
		},
		"NoPassword": {
			reason:    "Credentials without a password are none.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){secret, published("")},
			keys:      []string{"credentials"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for password from database"},
		},
		"NothingPublishedWhileFailing": {
			reason:    "A failing secret must not be hidden by what is still to come.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){platformtest.Observing("credentials", failing)},
			keys:      []string{"credentials"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Failing", Message: "credentials: boom"},
		},
		"Published": {
			reason:    "With all the details there is a document. Its version would fail while the document may not be there.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first")},
			documents: map[string]string{"1": firstDocument},
			keys:      []string{"credentials", "credentials-document"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-1 (to be created after credentials-document), credentials, credentials-document"},
		},
		"DocumentWritten": {
			reason:    "A document that is there has a version.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"1": firstDocument})},
			documents: map[string]string{"1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-1"},
		},
		"Written": {
			reason:    "When the version exists, an application finds its credentials.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"1": firstDocument}), version("1", ready)},
			documents: map[string]string{"1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"DetailsVanished": {
			reason:    "Details that vanish leave what is there.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){secret, documented(map[string]string{"1": firstDocument}), version("1", ready)},
			documents: map[string]string{"1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"AllVanished": {
			reason:    "A version stays also while the document can't be seen; the document, which may be there, is not emptied.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){secret, version("1", ready)},
			keys:      []string{"credentials", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"DocumentVanished": {
			reason:    "A document that can't be seen is not written over: what it holds goes into another.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, version("1", ready)},
			documents: map[string]string{"2": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-2 (to be created after credentials-document), credentials-document"},
		},
		"Changed": {
			reason:    "A new password is a new document first.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), secret, documented(map[string]string{"1": firstDocument}), version("1", ready)},
			documents: map[string]string{"1": firstDocument, "2": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-2 (to be created after credentials-document)"},
		},
		"ChangedWhileFailing": {
			reason:    "A failure must not be hidden by credentials that AWS does not have yet.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), platformtest.Observing("credentials", failing), documented(map[string]string{"1": firstDocument}), version("1", ready)},
			documents: map[string]string{"1": firstDocument, "2": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Failing", Message: "credentials: boom"},
		},
		"ChangedDocumentWritten": {
			reason:    "Then it is a new version; the old one stays until the new one exists, with its own document.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), secret, documented(map[string]string{"1": firstDocument, "2": secondDocument}), version("1", ready)},
			documents: map[string]string{"1": firstDocument, "2": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1", "credentials-version-2"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-2"},
		},
		"Replaced": {
			reason:    "The old version goes when the new one exists. Its document stays until it is gone, because the provider reads it until then.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), secret, documented(map[string]string{"1": firstDocument, "2": secondDocument}), version("1", ready), version("2", ready)},
			documents: map[string]string{"1": firstDocument, "2": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-2"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"ReplacedAndGone": {
			reason:    "A document goes when its version is gone.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), secret, documented(map[string]string{"1": firstDocument, "2": secondDocument}), version("2", ready)},
			documents: map[string]string{"2": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-2"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"NumbersRise": {
			reason:    "A number is not used twice: the version that it named may still be on its way out.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("second"), secret, documented(map[string]string{"11": firstDocument}), version("9", ready), version("11", ready)},
			documents: map[string]string{"11": firstDocument, "12": secondDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-11", "credentials-version-9"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-12 (to be created after credentials-document)"},
		},
		"NamedByHash": {
			reason:    "A version that is named by a hash of the password, as they once were, is replaced by one with a number, although its document is the same.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"mfrggzdf": firstDocument}), version("mfrggzdf", ready)},
			documents: map[string]string{"mfrggzdf": firstDocument, "1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-mfrggzdf"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-1 (to be created after credentials-document)"},
		},
		"HashReplaced": {
			reason:    "Once the numbered version exists, the one named by a hash goes.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"mfrggzdf": firstDocument, "1": firstDocument}), version("mfrggzdf", ready), version("1", ready)},
			documents: map[string]string{"mfrggzdf": firstDocument, "1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"PasswordReturns": {
			reason:    "Credentials that the newest version has need no other.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"1": firstDocument, "2": secondDocument, "3": firstDocument}), version("1", ready), version("2", ready), version("3", ready)},
			documents: map[string]string{"1": firstDocument, "2": secondDocument, "3": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-3"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"AnotherStepsVersion": {
			reason:    "Another step's resource whose key begins like a version's is none.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"1": firstDocument}), version("1", ready), version("mine", ready)},
			documents: map[string]string{"1": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1"},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
		"PasswordReturnsSoon": {
			reason:    "An older version is no newer in AWS than the one that came after it.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"1": firstDocument, "2": secondDocument}), version("1", ready), version("2", kit.Observation{})},
			documents: map[string]string{"1": firstDocument, "2": secondDocument, "3": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-1", "credentials-version-2"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-3 (to be created after credentials-document), credentials-version-2"},
		},
		"PasswordReturnsLate": {
			reason:    "A password that returns when its document is gone is a new version.",
			spec:      platformtest.Reference,
			mods:      []func(*kit.Request){published("first"), secret, documented(map[string]string{"2": secondDocument}), version("2", ready)},
			documents: map[string]string{"2": secondDocument, "3": firstDocument},
			keys:      []string{"credentials", "credentials-document", "credentials-version-2"},
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for credentials-version-3 (to be created after credentials-document)"},
		},
		"ManagedNotYet": {
			reason:    "RDS makes its secret with the instance.",
			spec:      managed,
			condition: platform.Condition{Type: "CredentialsReady", Reason: "Creating", Message: "waiting for RDS to make its secret for database"},
		},
		"Managed": {
			reason:    "A password that RDS manages is nobody else's business.",
			spec:      managed,
			mods:      []func(*kit.Request){platformtest.Observing("database", kit.Observation{Fields: database.Observed{EngineVersion: "15.15", ManageMasterUserPassword: true, MasterUserSecretARN: "arn"}})},
			condition: platform.Condition{Type: "CredentialsReady", Status: true, Reason: "Available"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, tc.spec, tc.mods...)

			var keys []string

			for _, key := range platformtest.Keys(p) {
				if strings.HasPrefix(key, "credentials") {
					keys = append(keys, key)
				}
			}

			if diff := cmp.Diff(tc.keys, keys); diff != "" {
				t.Errorf("%s\nCompose(...): -want keys, +got keys:\n%s", tc.reason, diff)
			}

			var documents map[string]string

			for _, r := range p.Resources {
				if s, ok := r.Object.(*corev1.Secret); ok && r.Key == "credentials-document" {
					documents = map[string]string{}
					for key, d := range s.Data {
						documents[key[len("document-"):]] = string(d)
					}
				}
			}

			if diff := cmp.Diff(tc.documents, documents); diff != "" {
				t.Errorf("%s\nCompose(...): -want documents, +got documents:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.condition, platformtest.Condition(t, p, "CredentialsReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

// Nothing that everybody can read may follow from a password: it could be guessed.
func TestPasswordsLeaveNoTrace(t *testing.T) {
	composed := func(password string) []string {
		req := platformtest.Request(t, platformtest.Reference, platformtest.Observing("database", kit.Observation{Name: "orders-x7", Connection: platformtest.Details(password)}))
		for range 3 {
			out, err := platform.Compose(req)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}

			for _, r := range out.Resources {
				o := req.Observed[r.Key]

				o.Name = "orders-" + r.Key
				if s, ok := r.Object.(*corev1.Secret); ok {
					o.Data = s.Data
				}

				req.Observed[r.Key] = o
			}
		}

		out, err := platform.Compose(req)
		if err != nil {
			t.Fatalf("Compose(...): %v", err)
		}

		var texts []string

		for _, r := range out.Resources {
			if s, ok := r.Object.(*corev1.Secret); ok {
				texts = append(texts, slices.Sorted(maps.Keys(s.Data))...)
				s.Data = nil
			}

			b, err := json.Marshal(r.Object)
			if err != nil {
				t.Fatal(err)
			}

			texts = append(texts, r.Key, string(b))
		}

		b, err := json.Marshal([]any{out.Status, out.Conditions})
		if err != nil {
			t.Fatal(err)
		}

		return append(texts, string(b))
	}

	if diff := cmp.Diff(composed("spring2026"), composed("summer2026")); diff != "" {
		t.Errorf("Two passwords must make the same platform, but for what its Secrets hold: -one, +other:\n%s", diff)
	}
}

// What an update takes away is deleted in AWS whatever the deletion policy says.
func TestReplacedVersionIsDeleted(t *testing.T) {
	ready := kit.ObservedCondition{Status: "True"}

	cases := map[string]struct {
		reason   string
		spec     string
		policies []string
		want     common.ManagementPolicies
	}{
		"Delete": {
			reason:   "A version that is deleted with its object is dropped at once.",
			spec:     platformtest.Reference,
			policies: []string{"Observe", "Create", "Delete"},
		},
		"All": {
			reason:   "No policies at all are every one.",
			spec:     platformtest.Reference,
			policies: nil,
		},
		"Orphan": {
			reason:   "A version that would stay in AWS is given Delete first.",
			spec:     `{"region":"us-east-1","deletionPolicy":"Orphan"}`,
			policies: []string{"Observe", "Create"},
			want:     common.ManagementPolicies{"Observe", "Create", "Delete"},
		},
		"OrphanDeletes": {
			reason:   "Once Delete is observed it is dropped.",
			spec:     `{"region":"us-east-1","deletionPolicy":"Orphan"}`,
			policies: []string{"Observe", "Create", "Delete"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec,
				platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("second")}),
				documented(map[string]string{"1": firstDocument, "2": secondDocument}),
				platformtest.Observing("credentials-version-1", kit.Observation{ExternalName: "arn|1", Ready: ready, ManagementPolicies: tc.policies}),
				platformtest.Observing("credentials-version-2", kit.Observation{ExternalName: "arn|2", Ready: ready, ManagementPolicies: tc.policies}),
			)
			if diff := cmp.Diff(tc.want, platformtest.Policies(t, out, "credentials-version-1")); diff != "" {
				t.Errorf("%s\nCompose(...): -want policies, +got policies:\n%s", tc.reason, diff)
			}

			if platformtest.Policies(t, out, "credentials-version-2") == nil {
				t.Error("the current version must stay")
			}
		})
	}
}

func TestCredentialsVersion(t *testing.T) {
	const orphan = `{"region":"us-east-1","deletionPolicy":"Orphan"}`

	published := platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")})

	cases := map[string]struct {
		reason string
		spec   string
		has    kit.Observation
		want   common.ManagementPolicies
	}{
		"Delete": {
			reason: "A version is never updated: the provider refuses, or an old one takes AWSCURRENT back.",
			spec:   platformtest.Reference,
			want:   common.ManagementPolicies{"Observe", "Create", "LateInitialize", "Delete"},
		},
		"Orphan": {
			reason: "An orphaned version is the same without Delete.",
			spec:   orphan,
			want:   common.ManagementPolicies{"Observe", "Create", "LateInitialize"},
		},
		"Recorded": {
			reason: "A version whose name is recorded needs no late initialisation.",
			spec:   platformtest.Reference,
			has:    kit.Observation{ExternalName: "arn|1", ID: "arn|1"},
			want:   common.ManagementPolicies{"Observe", "Create", "Delete"},
		},
		"RecordedOrphan": {
			reason: "An orphaned version whose name is recorded needs neither.",
			spec:   orphan,
			has:    kit.Observation{ExternalName: "arn|1", ID: "arn|1"},
			want:   common.ManagementPolicies{"Observe", "Create"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := platformtest.Compose(t, tc.spec, published, documented(map[string]string{"1": firstDocument}), platformtest.Observing("credentials-version-1", tc.has))

			v := platformtest.Find[*secretsmanager.SecretVersion](t, rs, "credentials-version-1")
			if diff := cmp.Diff(tc.want, v.Spec.ManagementPolicies); diff != "" {
				t.Errorf("%s\n-want policies, +got policies:\n%s", tc.reason, diff)
			}

			s := platformtest.Find[*corev1.Secret](t, rs, "credentials-document")

			ref := v.Spec.ForProvider.SecretStringSecretRef
			if ref.Name != s.Name || len(s.Data[ref.Key]) == 0 {
				t.Errorf("the version refers to %s of %s, which is not there", ref.Key, ref.Name)
			}

			if diff := cmp.Diff(v.Spec.ForProvider.SecretIDSelector.MatchLabels, platformtest.Find[*secretsmanager.Secret](t, rs, "credentials").GetLabels()); diff != "" {
				t.Error("the version does not refer to the platform's secret")
			}
		})
	}
}

func TestCredentialsSecret(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   secretsmanager.SecretParameters
	}{
		"Reference": {
			reason: "The reference platform's secret is gone at once when it is deleted, so that its name is free.",
			spec:   platformtest.Reference,
			want: secretsmanager.SecretParameters{
				Region:               ptr.To("us-east-1"),
				Name:                 ptr.To("dp-team-a-orders-km4cp3ur-database"),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: ptr.To[float64](0),
				Tags:                 map[string]*string{"Name": ptr.To("dp-team-a-orders-km4cp3ur-database"), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
			},
		},
		"Existing": {
			reason: "A secret can't be renamed; its recovery window can change.",
			spec:   `{"region":"us-east-1","database":{"recoveryWindowInDays":30}}`,
			mods:   []func(*kit.Request){platformtest.Observing("credentials", kit.Observation{Fields: database.ObservedSecret{Name: "old"}})},
			want: secretsmanager.SecretParameters{
				Region:               ptr.To("us-east-1"),
				Name:                 ptr.To("old"),
				Description:          ptr.To("PostgreSQL credentials of a data platform"),
				RecoveryWindowInDays: ptr.To[float64](30),
				Tags:                 map[string]*string{"Name": ptr.To("dp-team-a-orders-km4cp3ur-database"), "dataplatform.crossplane.io/platform": ptr.To("team-a/orders")},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := platformtest.Find[*secretsmanager.Secret](t, platformtest.Compose(t, tc.spec, tc.mods...), "credentials")
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A document has the keys that AWS's own rotation expects, and a new host is a new one.
func TestDocuments(t *testing.T) {
	changed := platformtest.Details("first")
	changed["host"] = []byte("other.example.org")

	cases := map[string]struct {
		reason string
		mods   []func(*kit.Request)
		want   []string
	}{
		"First": {
			reason: "A document has each key once.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: platformtest.Details("first")})},
			want:   []string{"document-1: " + firstDocument},
		},
		"OtherHost": {
			reason: "A new host must be a new version.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{Connection: changed}), documented(map[string]string{"1": firstDocument})},
			want:   []string{"document-2: " + strings.Replace(firstDocument, "db.example.org", "other.example.org", 1)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := platformtest.Find[*corev1.Secret](t, platformtest.Compose(t, platformtest.Reference, tc.mods...), "credentials-document")

			var got []string
			for _, key := range slices.Sorted(maps.Keys(s.Data)) {
				got = append(got, key+": "+string(s.Data[key]))
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
