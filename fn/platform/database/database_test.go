package database_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

func TestInstance(t *testing.T) {
	params := func(mods ...func(*rds.InstanceParameters)) rds.InstanceParameters {
		p := rds.InstanceParameters{
			Region:                     ptr.To("us-east-1"),
			Identifier:                 ptr.To("dp-team-a-orders-km4cp3ur"),
			Engine:                     ptr.To("postgres"),
			EngineVersion:              ptr.To("15.15"),
			InstanceClass:              ptr.To("db.t3.micro"),
			AllocatedStorage:           ptr.To[float64](20),
			StorageType:                ptr.To("gp2"),
			StorageEncrypted:           ptr.To(true),
			MultiAz:                    ptr.To(true),
			PubliclyAccessible:         ptr.To(false),
			BackupRetentionPeriod:      ptr.To[float64](7),
			BackupWindow:               ptr.To("03:00-04:00"),
			MaintenanceWindow:          ptr.To("mon:04:00-mon:05:00"),
			SkipFinalSnapshot:          ptr.To(true),
			DeletionProtection:         ptr.To(false),
			DBName:                     ptr.To("platform"),
			Username:                   ptr.To("platform"),
			Port:                       ptr.To[float64](5432),
			ApplyImmediately:           ptr.To(true),
			AllowMajorVersionUpgrade:   ptr.To(false),
			AutoGeneratePassword:       ptr.To(true),
			PasswordSecretRef:          &common.LocalSecretKeySelector{LocalSecretReference: common.LocalSecretReference{Name: "orders-5ro2kcih-database-password"}, Key: "password"},
			DBSubnetGroupNameSelector:  kit.Selector(map[string]string{kit.LabelComponent: "database"}),
			VPCSecurityGroupIDSelector: kit.Selector(map[string]string{kit.LabelComponent: "database"}),
			Tags: map[string]*string{
				"Name":                                ptr.To("dp-team-a-orders-km4cp3ur"),
				"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
			},
		}
		for _, m := range mods {
			m(&p)
		}

		return p
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   rds.InstanceParameters
	}{
		"Reference": {
			reason: "The reference database is encrypted, Multi-AZ, backed up and private.",
			spec:   platformtest.Reference,
			want:   params(),
		},
		"Production": {
			reason: "The developer's wishes should be kept.",
			spec: `{"region":"us-east-1","database":{"engineVersion":"16.4","instanceClass":"db.r6g.large","allocatedStorage":200,"storageType":"gp3","multiAz":false,
				"backupRetentionPeriod":0,"backupWindow":"01:00-02:00","maintenanceWindow":"sun:04:00-sun:05:00","skipFinalSnapshot":false,"deletionProtection":true,"dbName":"orders","username":"owner",
				"maxAllocatedStorage":1000,"applyImmediately":false,"allowMajorVersionUpgrade":true}}`,
			want: params(func(p *rds.InstanceParameters) {
				p.EngineVersion = ptr.To("16.4")
				p.InstanceClass, p.AllocatedStorage, p.StorageType = ptr.To("db.r6g.large"), ptr.To[float64](200), ptr.To("gp3")
				p.MultiAz, p.BackupRetentionPeriod, p.DeletionProtection = ptr.To(false), ptr.To[float64](0), ptr.To(true)
				p.BackupWindow, p.MaintenanceWindow = ptr.To("01:00-02:00"), ptr.To("sun:04:00-sun:05:00")
				p.SkipFinalSnapshot, p.FinalSnapshotIdentifier = ptr.To(false), ptr.To("dp-team-a-orders-km4cp3ur-final-km4cp3ur")
				p.DBName, p.Username = ptr.To("orders"), ptr.To("owner")
				p.MaxAllocatedStorage, p.ApplyImmediately, p.AllowMajorVersionUpgrade = ptr.To[float64](1000), ptr.To(false), ptr.To(true)
			}),
		},
		"ManagedByRDS": {
			reason: "With a password that RDS manages, none may pass through Kubernetes.",
			spec:   `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`,
			want: params(func(p *rds.InstanceParameters) {
				p.ManageMasterUserPassword, p.AutoGeneratePassword, p.PasswordSecretRef = ptr.To(true), nil, nil
			}),
		},
		"Existing": {
			reason: "What AWS can't change stays, whatever the policy says now.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.Observing("database", kit.Observation{Fields: database.Observed{EngineVersion: "15.15", Identifier: "old", DBName: "olddb", Username: "olduser"}}),
				func(r *kit.Request) {
					r.Policy = kit.Policy{NamePrefix: "new", RawDefaults: []byte(`{"database":{"dbName":"newdb","username":"newuser"}}`)}
				},
			},
			want: params(func(p *rds.InstanceParameters) {
				p.Identifier, p.DBName, p.Username = ptr.To("old"), ptr.To("olddb"), ptr.To("olduser")
				p.Tags["Name"] = ptr.To("new-team-a-orders-km4cp3ur")
			}),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := platformtest.Find[*rds.Instance](t, platformtest.Compose(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...), "database")
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\nCompose(...): -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(&common.LocalSecretReference{Name: "orders-5ro2kcih-database"}, got.Spec.WriteConnectionSecretToReference); diff != "" {
				t.Errorf("%s\nCompose(...): -want connection, +got connection:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSubnetGroupDatabase(t *testing.T) {
	got := platformtest.Find[*rds.SubnetGroup](t, platformtest.Compose(t, platformtest.Reference), "subnet-group-database")

	want := rds.SubnetGroupParameters{
		Region:      ptr.To("us-east-1"),
		Description: ptr.To("Private subnets of a data platform"),
		SubnetIDSelector: &common.NamespacedSelector{
			MatchControllerRef: ptr.To(true),
			MatchLabels:        map[string]string{kit.LabelComponent: "network", kit.LabelTier: "private"},
			Policy:             &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)},
		},
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-km4cp3ur-database"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, got.Spec.ForProvider); diff != "" {
		t.Errorf("A subnet that is added later must join the group.\nCompose(...): -want, +got:\n%s", diff)
	}
}

func TestDatabaseNames(t *testing.T) {
	exists := platformtest.Observing("database", kit.Observation{Fields: database.Observed{DBName: "olddb", Username: "olduser", EngineVersion: "15.15"}})

	cases := map[string]struct {
		reason string
		spec   string
		want   string
	}{
		"DBName": {
			reason: "A developer who asks for another database name should be told.",
			spec:   `{"region":"us-east-1","database":{"dbName":"newdb"}}`,
			want:   `spec.database.dbName: invalid value "newdb": the platform has olddb, and RDS can't rename it: use that, or create another platform`,
		},
		"Username": {
			reason: "A developer who asks for another master user should be told.",
			spec:   `{"region":"us-east-1","database":{"username":"newuser"}}`,
			want:   `spec.database.username: invalid value "newuser": the platform has olduser, and RDS can't rename its master user: use that, or create another platform`,
		},
		"Credentials": {
			reason: "A developer who asks for other credentials should be told.",
			spec:   `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`,
			want:   `spec.database.credentials: invalid value "ManagedByRDS": the platform has Generated, and the password that applications use would stop working: use that, or create another platform`,
		},
		"Same": {
			reason: "Asking for what is there should be fine.",
			spec:   `{"region":"us-east-1","database":{"dbName":"olddb","username":"olduser"}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := platformtest.Try(t, tc.spec, exists)
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFinalSnapshotTellsCreationsApart(t *testing.T) {
	snapshot := func(mods ...func(*kit.Request)) string {
		p := platformtest.Compose(t, `{"region":"us-east-1","database":{"skipFinalSnapshot":false}}`, append(mods, platformtest.GroupsReady)...)
		return *platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider.FinalSnapshotIdentifier
	}

	first := snapshot()
	if again := snapshot(); again != first {
		t.Errorf("One creation must have one name: got %q, then %q", first, again)
	}

	if second := snapshot(func(r *kit.Request) { r.UID = "another" }); second == first {
		t.Errorf("Two creations must have two names: AWS refuses a snapshot name that is taken: got %q twice", first)
	}
}

func TestEngineVersion(t *testing.T) {
	spec := func(version, more string) string {
		return `{"region":"us-east-1","database":{"engineVersion":"` + version + `"` + more + `}}`
	}
	inPolicy := func(version string) string { return `{"database":{"engineVersion":"` + version + `"}}` }

	cases := map[string]struct {
		reason string
		spec   string
		policy string
		// has was asked for, and actual is what AWS has.
		has    string
		actual string
		// made says that the platform has seen the database's endpoint.
		made bool
		want string
		err  string
	}{
		"New": {
			reason: "A new database has the version asked for.",
			spec:   spec("16.4", ""),
			want:   "16.4",
		},
		"MinorRises": {
			reason: "A higher minor version is asked for.",
			spec:   spec("15.16", ""),
			has:    "15.9",
			actual: "15.9",
			want:   "15.16",
		},
		"MinorFalls": {
			reason: "RDS can't go back.",
			spec:   spec("15.9", ""),
			has:    "15.15",
			actual: "15.15",
			err:    `spec.database.engineVersion: invalid value "15.9": AWS has 15.15, and can't go back: use that version or a higher one`,
		},
		"MajorFalls": {
			reason: "RDS can't go back, also not with leave for a new major version.",
			spec:   spec("15.15", `,"allowMajorVersionUpgrade":true`),
			has:    "16.4",
			actual: "16.4",
			err:    `spec.database.engineVersion: invalid value "15.15": AWS has 16.4, and can't go back: use that version or a higher one`,
		},
		"MajorRises": {
			reason: "A new major version may break applications.",
			spec:   spec("16.4", ""),
			has:    "15.15",
			actual: "15.15",
			err:    `spec.database.engineVersion: invalid value "16.4": is a new major version, and AWS has 15.15: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it`,
		},
		"MajorAllowed": {
			reason: "With leave a new major version is asked for.",
			spec:   spec("16.4", `,"allowMajorVersionUpgrade":true`),
			has:    "15.15",
			actual: "15.15",
			want:   "16.4",
		},
		"BelowWhatRDSUpgradedTo": {
			reason: "What RDS has upgraded by itself can't go back either.",
			spec:   spec("15.16", ""),
			has:    "15.15",
			actual: "15.17",
			err:    `spec.database.engineVersion: invalid value "15.16": AWS has 15.17, and can't go back: use that version or a higher one`,
		},
		"AsBeforeRDSUpgraded": {
			reason: "A version that was asked for before is no wish to go back.",
			spec:   spec("15.15", ""),
			has:    "15.15",
			actual: "16.1",
			want:   "15.15",
		},
		"MajorOnly": {
			reason: "A major version alone is not lower than one with a minor.",
			spec:   spec("15", ""),
			has:    "15.15",
			actual: "15.15",
			want:   "15",
		},
		"TypoOfAnUpgrade": {
			reason: "A minor version that AWS refused can be taken back.",
			spec:   spec("15.15", ""),
			has:    "15.51",
			actual: "15.15",
			made:   true,
			want:   "15.15",
		},
		"TypoBeforeCreation": {
			reason: "Where AWS has nothing, anything goes.",
			spec:   spec("15.15", ""),
			has:    "15.51",
			want:   "15.15",
		},
		"TypoOfAMajorVersion": {
			reason: "Where AWS has nothing, also a lower major version goes, and a higher one.",
			spec:   spec("14.1", ""),
			has:    "15.51",
			want:   "14.1",
		},
		"PendingMajorCancelled": {
			reason: "A major upgrade that waits for its window can be cancelled.",
			spec:   spec("15.15", ""),
			has:    "16.4",
			actual: "15.15",
			made:   true,
			want:   "15.15",
		},
		"PendingMajorChanged": {
			reason: "One that waits can't become a third without leave.",
			spec:   spec("17.1", ""),
			has:    "16.4",
			actual: "15.15",
			made:   true,
			err:    `spec.database.engineVersion: invalid value "17.1": is a new major version, and AWS has 15.15: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it`,
		},
		"StatusVanished": {
			reason: "A database that was made has what was asked for while its status is not to be seen.",
			spec:   spec("15.9", ""),
			has:    "15.15",
			made:   true,
			err:    `spec.database.engineVersion: invalid value "15.9": AWS has 15.15, and can't go back: use that version or a higher one`,
		},
		"AllVanished": {
			reason: "With all of it unseen there is nothing to compare with.",
			spec:   spec("15.9", ""),
			made:   true,
			want:   "15.9",
		},
		"PolicyRises": {
			reason: "A policy's new major version holds for new platforms only.",
			spec:   platformtest.Reference,
			policy: inPolicy("16.4"),
			has:    "15.15",
			actual: "15.15",
			want:   "15.15",
		},
		"PolicyRisesMinor": {
			reason: "A policy's new minor version reaches platforms that exist.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.16"),
			has:    "15.15",
			actual: "15.15",
			want:   "15.16",
		},
		"PolicyFalls": {
			reason: "A policy's lower version holds for new platforms only.",
			spec:   platformtest.Reference,
			policy: inPolicy("14.9"),
			has:    "16.4",
			actual: "16.4",
			want:   "16.4",
		},
		"DefaultFalls": {
			reason: "The reference default, which is lower, holds for new platforms only.",
			spec:   platformtest.Reference,
			has:    "16.4",
			actual: "16.4",
			want:   "16.4",
		},
		"PolicyFallsBelowUpgrade": {
			reason: "What was asked for stays where RDS has upgraded by itself.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.9"),
			has:    "15.15",
			actual: "15.17",
			want:   "15.15",
		},
		"PolicyTypoCorrected": {
			reason: "A policy's typo that AWS refused, corrected, reaches platforms.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.16"),
			has:    "15.51",
			actual: "15.15",
			made:   true,
			want:   "15.16",
		},
		"PolicyTypoCorrectedBeforeCreation": {
			reason: "Also those that were never made.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.15"),
			has:    "15.51",
			want:   "15.15",
		},
		"PolicyTypoCorrectedBelow": {
			reason: "A correction below what AWS has must not leave the typo there: what AWS has is asked for.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.9"),
			has:    "15.51",
			actual: "15.15",
			made:   true,
			want:   "15.15",
		},
		"PolicyPendingMajorCancelled": {
			reason: "A major upgrade that the policy asked for and that waits for its window is cancelled with it.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.15"),
			has:    "16.4",
			actual: "15.15",
			made:   true,
			want:   "15.15",
		},
		"PolicyMajorBesideATypo": {
			reason: "A new major version that a platform doesn't take must not leave a typo there.",
			spec:   platformtest.Reference,
			policy: inPolicy("16.4"),
			has:    "15.51",
			actual: "15.15",
			made:   true,
			want:   "15.15",
		},
		"PolicyWhileStatusVanished": {
			reason: "A policy's lower version waits while the status is not to be seen.",
			spec:   platformtest.Reference,
			policy: inPolicy("15.9"),
			has:    "15.15",
			made:   true,
			want:   "15.15",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, platformtest.GroupsReady, platformtest.Observing("database", kit.Observation{Fields: database.Observed{EngineVersion: tc.has, ActualVersion: tc.actual}}), platformtest.Policy(tc.policy), func(r *kit.Request) {
				if tc.made {
					r.Status.Database = &v1alpha1.DatabaseStatus{Endpoint: "db:5432"}
				}
			})
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			if got := *platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider.EngineVersion; got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

// The groups are named once there are any. A default one follows the major version, and
// one of the user's own stays while it fits.
func TestGroups(t *testing.T) {
	const upgrade = `{"region":"us-east-1","database":{"engineVersion":"16.4","allowMajorVersionUpgrade":true}}`

	db := func(o database.Observed) func(*kit.Request) {
		o.EngineVersion = "15.15"
		return platformtest.Observing("database", kit.Observation{ExternalName: "db-1", Fields: o})
	}
	defaults := database.Observed{ActualVersion: "15.15", ActualParameterGroup: "default.postgres15", ActualOptionGroup: "default:postgres-15"}
	own := database.Observed{ActualVersion: "15.15", ActualParameterGroup: "tuned", ActualOptionGroup: "audited"}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   []string
	}{
		"NoDatabase": {
			reason: "There may be no group yet. AWS makes it with the database.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{Name: "orders-x7", Fields: database.Observed{EngineVersion: "15.15"}})},
			want:   []string{"", ""},
		},
		"Recorded": {
			reason: "A name in AWS alone says nothing of its groups.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(database.Observed{})},
			want:   []string{"", ""},
		},
		"Created": {
			reason: "The groups that the provider finds would block the next major version.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(defaults)},
			want:   []string{"default.postgres15", "default:postgres-15"},
		},
		"StatusVanished": {
			reason: "What is not seen for a moment keeps the groups that it has in its spec.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(database.Observed{ParameterGroup: "default.postgres15", OptionGroup: "default:postgres-15"})},
			want:   []string{"default.postgres15", "default:postgres-15"},
		},
		"Unseen": {
			reason: "Of a database that can't be seen at all no groups are known, and none are asked for.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){func(r *kit.Request) { r.Status.Database = &v1alpha1.DatabaseStatus{Endpoint: "db:5432"} }},
			want:   []string{"", ""},
		},
		"Upgrade": {
			reason: "AWS asks for the groups of the version that is asked for.",
			spec:   upgrade,
			mods:   []func(*kit.Request){db(defaults)},
			want:   []string{"default.postgres16", "default:postgres-16"},
		},
		"HigherVersion": {
			reason: "The groups follow the version that the database has, if that is higher.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){db(database.Observed{
				ParameterGroup: "default.postgres15", OptionGroup: "default:postgres-15",
				ActualVersion: "16.1", ActualParameterGroup: "default.postgres16", ActualOptionGroup: "default:postgres-16",
			})},
			want: []string{"default.postgres16", "default:postgres-16"},
		},
		"Own": {
			reason: "A database that was taken over keeps its groups: their settings are the user's.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(own)},
			want:   []string{"tuned", "audited"},
		},
		"OwnWhileStatusVanished": {
			reason: "A group of the user's own is not reset because the status is not to be seen for a moment.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(database.Observed{ParameterGroup: "tuned", OptionGroup: "audited"})},
			want:   []string{"tuned", "audited"},
		},
		"OwnParametersOnly": {
			reason: "Each of the two groups is its own matter.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(database.Observed{ActualVersion: "15.15", ActualParameterGroup: "tuned", ActualOptionGroup: "default:postgres-15"})},
			want:   []string{"tuned", "default:postgres-15"},
		},
		"OwnMinorUpgrade": {
			reason: "A group of the user's own fits every minor version.",
			spec:   `{"region":"us-east-1","database":{"engineVersion":"15.17"}}`,
			mods:   []func(*kit.Request){db(own)},
			want:   []string{"tuned", "audited"},
		},
		"OwnMajorUpgrade": {
			reason: "On a major upgrade AWS would refuse a group of the version before.",
			spec:   upgrade,
			mods:   []func(*kit.Request){db(own)},
			want:   []string{"default.postgres16", "default:postgres-16"},
		},
		"OwnAfterUpgrade": {
			reason: "A group that the user has given the upgraded database stays again.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){db(database.Observed{ActualVersion: "16.1", ActualParameterGroup: "tuned16", ActualOptionGroup: "audited16"})},
			want:   []string{"tuned16", "audited16"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			db := platformtest.Find[*rds.Instance](t, platformtest.Compose(t, tc.spec, tc.mods...), "database").Spec.ForProvider

			got := []string{ptr.Deref(db.ParameterGroupName, ""), ptr.Deref(db.OptionGroupName, "")}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want groups, +got groups:\n%s", tc.reason, diff)
			}
		})
	}
}

// Without its subnet group AWS would refuse the database, and the provider would try again
// later and later.
func TestDatabaseFollowsItsSubnetGroup(t *testing.T) {
	cases := map[string]struct {
		reason   string
		mods     []func(*kit.Request)
		withheld bool
	}{
		"New": {
			reason:   "A database is withheld while there is no subnet group.",
			withheld: true,
		},
		"GroupUnready": {
			reason:   "A group that exists may still be refused.",
			mods:     []func(*kit.Request){platformtest.Observing("subnet-group-database", kit.Observation{Ready: kit.ObservedCondition{Status: "False"}})},
			withheld: true,
		},
		"OtherGroup": {
			reason:   "The cache's group is of no use to it.",
			mods:     []func(*kit.Request){platformtest.Observing("subnet-group-cache", kit.Observation{Ready: kit.ObservedCondition{Status: "True"}})},
			withheld: true,
		},
		"GroupReady": {
			reason: "With its group it is created.",
			mods:   []func(*kit.Request){platformtest.GroupsReady},
		},
		"Exists": {
			reason: "What exists is never withheld: that would delete it.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{})},
		},
		"ExistsWhileGroupFails": {
			reason: "Nor while its group fails.",
			mods:   []func(*kit.Request){platformtest.Observing("database", kit.Observation{}), platformtest.Observing("subnet-group-database", kit.Observation{Ready: kit.ObservedCondition{Status: "False"}})},
		},
		"Unseen": {
			reason: "Nor while it is not to be seen: the platform's status says that it was made.",
			mods:   []func(*kit.Request){func(r *kit.Request) { r.Status.Database = &v1alpha1.DatabaseStatus{Endpoint: "db:5432"} }},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, platformtest.Reference, tc.mods...)
			if composed := slices.Contains(platformtest.Keys(p), "database"); composed == tc.withheld {
				t.Errorf("%s\nCompose(...): it is composed: %t", tc.reason, composed)
			}

			const waits = "database (to be created after subnet-group-database)"
			if told := strings.Contains(platformtest.Condition(t, p, "DatabaseReady").Message, waits); told != tc.withheld {
				t.Errorf("%s\nCompose(...): want the condition to say %q: %t, got %t", tc.reason, waits, tc.withheld, told)
			}
		})
	}
}
