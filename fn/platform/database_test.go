package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

func TestInstance(t *testing.T) {
	params := func(mods ...func(*v1beta1.InstanceParameters)) v1beta1.InstanceParameters {
		p := v1beta1.InstanceParameters{
			Region:                     ptr.To("us-east-1"),
			Identifier:                 ptr.To("dp-team-a-orders-2nxr5dn2"),
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
			ApplyImmediately:           ptr.To(false),
			AllowMajorVersionUpgrade:   ptr.To(false),
			AutoGeneratePassword:       ptr.To(true),
			PasswordSecretRef:          &common.LocalSecretKeySelector{LocalSecretReference: common.LocalSecretReference{Name: "orders-5ro2kcih-database-password"}, Key: "password"},
			DBSubnetGroupNameSelector:  selector(map[string]string{labelComponent: "database"}),
			VPCSecurityGroupIDSelector: selector(map[string]string{labelComponent: "database"}),
			Tags: map[string]*string{
				"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2"),
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
		mods   []func(*Request)
		want   v1beta1.InstanceParameters
	}{
		"Reference": {
			reason: "The reference database is encrypted, Multi-AZ, backed up and private.",
			spec:   reference,
			want:   params(),
		},
		"Production": {
			reason: "The developer's wishes should be kept.",
			spec: `{"region":"us-east-1","database":{"engineVersion":"16.4","instanceClass":"db.r6g.large","allocatedStorage":200,"storageType":"gp3","multiAz":false,
				"backupRetentionPeriod":0,"backupWindow":"01:00-02:00","maintenanceWindow":"sun:04:00-sun:05:00","skipFinalSnapshot":false,"deletionProtection":true,"dbName":"orders","username":"owner",
				"maxAllocatedStorage":1000,"applyImmediately":true,"allowMajorVersionUpgrade":true}}`,
			want: params(func(p *v1beta1.InstanceParameters) {
				p.EngineVersion = ptr.To("16.4")
				p.InstanceClass, p.AllocatedStorage, p.StorageType = ptr.To("db.r6g.large"), ptr.To[float64](200), ptr.To("gp3")
				p.MultiAz, p.BackupRetentionPeriod, p.DeletionProtection = ptr.To(false), ptr.To[float64](0), ptr.To(true)
				p.BackupWindow, p.MaintenanceWindow = ptr.To("01:00-02:00"), ptr.To("sun:04:00-sun:05:00")
				p.SkipFinalSnapshot, p.FinalSnapshotIdentifier = ptr.To(false), ptr.To("dp-team-a-orders-2nxr5dn2-final-km4cp3ur")
				p.DBName, p.Username = ptr.To("orders"), ptr.To("owner")
				p.MaxAllocatedStorage, p.ApplyImmediately, p.AllowMajorVersionUpgrade = ptr.To[float64](1000), ptr.To(true), ptr.To(true)
			}),
		},
		"ManagedByRDS": {
			reason: "With a password that RDS manages, none may pass through Kubernetes.",
			spec:   `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`,
			want: params(func(p *v1beta1.InstanceParameters) {
				p.ManageMasterUserPassword, p.AutoGeneratePassword, p.PasswordSecretRef = ptr.To(true), nil, nil
			}),
		},
		"Existing": {
			reason: "What AWS can't change stays, whatever the policy says now.",
			spec:   reference,
			mods: []func(*Request){
				observing("database", Observation{Spec: ObservedSpec{EngineVersion: "15.15", Identifier: "old", DBName: "olddb", Username: "olduser"}}),
				func(r *Request) {
					r.Policy = Policy{NamePrefix: "new", RawDefaults: []byte(`{"database":{"dbName":"newdb","username":"newuser"}}`)}
				},
			},
			want: params(func(p *v1beta1.InstanceParameters) {
				p.Identifier, p.DBName, p.Username = ptr.To("old"), ptr.To("olddb"), ptr.To("olduser")
				p.Tags["Name"] = ptr.To("new-team-a-orders-75vjv2bo")
			}),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := find[*v1beta1.Instance](t, composeDatabase(testPlan(t, tc.spec, tc.mods...)), keyDatabase)
			if diff := cmp.Diff(tc.want, got.Spec.ForProvider); diff != "" {
				t.Errorf("%s\ncomposeDatabase(...): -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(&common.LocalSecretReference{Name: "orders-5ro2kcih-database"}, got.Spec.WriteConnectionSecretToReference); diff != "" {
				t.Errorf("%s\ncomposeDatabase(...): -want connection, +got connection:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSubnetGroupDatabase(t *testing.T) {
	got := find[*v1beta1.SubnetGroup](t, composeDatabase(testPlan(t, reference)), keySubnetGroupDatabase)
	want := v1beta1.SubnetGroupParameters{
		Region:      ptr.To("us-east-1"),
		Description: ptr.To("Private subnets of a data platform"),
		SubnetIDSelector: &common.NamespacedSelector{
			MatchControllerRef: ptr.To(true),
			MatchLabels:        map[string]string{labelComponent: "network", labelTier: "private"},
			Policy:             &common.Policy{Resolve: ptr.To(common.ResolvePolicyAlways)},
		},
		Tags: map[string]*string{
			"Name":                                ptr.To("dp-team-a-orders-2nxr5dn2-database"),
			"dataplatform.crossplane.io/platform": ptr.To("team-a/orders"),
		},
	}
	if diff := cmp.Diff(want, got.Spec.ForProvider); diff != "" {
		t.Errorf("A subnet that is added later must join the group.\ncomposeDatabase(...): -want, +got:\n%s", diff)
	}
}

func TestDatabaseNames(t *testing.T) {
	exists := observing("database", Observation{Spec: ObservedSpec{DBName: "olddb", Username: "olduser", EngineVersion: "15.15"}})

	cases := map[string]struct {
		reason string
		spec   string
		want   string
	}{
		"DBName": {
			reason: "A developer who asks for another database name should be told.",
			spec:   `{"region":"us-east-1","database":{"dbName":"newdb"}}`,
			want:   `spec.database.dbName: invalid value "newdb": the platform has olddb, which AWS can't change: use that, or create another platform`,
		},
		"Username": {
			reason: "A developer who asks for another master user should be told.",
			spec:   `{"region":"us-east-1","database":{"username":"newuser"}}`,
			want:   `spec.database.username: invalid value "newuser": the platform has olduser, which AWS can't change: use that, or create another platform`,
		},
		"Credentials": {
			reason: "A developer who asks for other credentials should be told.",
			spec:   `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`,
			want:   `spec.database.credentials: invalid value "ManagedByRDS": the platform has Generated, which AWS can't change: use that, or create another platform`,
		},
		"Same": {
			reason: "Asking for what is there should be fine.",
			spec:   `{"region":"us-east-1","database":{"dbName":"olddb","username":"olduser"}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newPlan(request(t, tc.spec, exists))
			if diff := cmp.Diff(tc.want, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFinalSnapshotTellsCreationsApart(t *testing.T) {
	spec := `{"region":"us-east-1","database":{"skipFinalSnapshot":false}}`
	first := finalSnapshot(testPlan(t, spec))
	if again := finalSnapshot(testPlan(t, spec)); again != first {
		t.Errorf("One creation must have one name: got %q, then %q", first, again)
	}
	if second := finalSnapshot(testPlan(t, spec, func(r *Request) { r.UID = "another" })); second == first {
		t.Errorf("Two creations must have two names: AWS refuses a snapshot name that is taken: got %q twice", first)
	}
}

func TestEngineVersion(t *testing.T) {
	spec := func(version, more string) string {
		return `{"region":"us-east-1","database":{"engineVersion":"` + version + `"` + more + `}}`
	}

	cases := map[string]struct {
		reason string
		spec   string
		policy string
		has    string
		actual string
		want   string
		err    string
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
			want:   "15.16",
		},
		"MinorFalls": {
			reason: "RDS can't go back.",
			spec:   spec("15.9", ""),
			has:    "15.15",
			err:    `spec.database.engineVersion: invalid value "15.9": the database has 15.15, and RDS can't go back: use that version or a higher one`,
		},
		"MajorFalls": {
			reason: "RDS can't go back, also not with leave for a new major version.",
			spec:   spec("15.15", `,"allowMajorVersionUpgrade":true`),
			has:    "16.4",
			err:    `spec.database.engineVersion: invalid value "15.15": the database has 16.4, and RDS can't go back: use that version or a higher one`,
		},
		"MajorRises": {
			reason: "A new major version may break applications.",
			spec:   spec("16.4", ""),
			has:    "15.15",
			err:    `spec.database.engineVersion: invalid value "16.4": is a new major version, the database has 15.15: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it`,
		},
		"MajorAllowed": {
			reason: "With leave a new major version is asked for.",
			spec:   spec("16.4", `,"allowMajorVersionUpgrade":true`),
			has:    "15.15",
			want:   "16.4",
		},
		"BelowWhatRDSUpgradedTo": {
			reason: "What RDS has upgraded by itself can't go back either.",
			spec:   spec("15.16", ""),
			has:    "15.15",
			actual: "15.17",
			err:    `spec.database.engineVersion: invalid value "15.16": the database has 15.17, and RDS can't go back: use that version or a higher one`,
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
			want:   "15",
		},
		"PolicyRises": {
			reason: "A policy's new major version holds for new platforms only.",
			spec:   reference,
			policy: `{"database":{"engineVersion":"16.4"}}`,
			has:    "15.15",
			want:   "15.15",
		},
		"PolicyFalls": {
			reason: "A policy's lower version holds for new platforms only.",
			spec:   reference,
			has:    "16.4",
			want:   "16.4",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, observing("database", Observation{Spec: ObservedSpec{EngineVersion: tc.has}, Status: ObservedStatus{EngineVersionActual: tc.actual}}), func(r *Request) { r.Policy.RawDefaults = []byte(tc.policy) }))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err == nil && *p.Database.EngineVersion != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, *p.Database.EngineVersion)
			}
		})
	}
}

// The groups are named once there are any, and follow the major version.
func TestGroups(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   []string
	}{
		"NoDatabase": {
			reason: "There may be no group yet. AWS makes it with the database.",
			spec:   reference,
			mods:   []func(*Request){observing("database", Observation{Name: "orders-x7", Spec: ObservedSpec{EngineVersion: "15.15"}})},
			want:   []string{"", ""},
		},
		"Created": {
			reason: "The groups that the provider finds would block the next major version.",
			spec:   reference,
			mods:   []func(*Request){observing("database", Observation{ExternalName: "db-1", Spec: ObservedSpec{EngineVersion: "15.15"}})},
			want:   []string{"default.postgres15", "default:postgres-15"},
		},
		"Unseen": {
			reason: "What is not seen for a moment keeps its groups.",
			spec:   reference,
			mods:   []func(*Request){func(r *Request) { r.Status.Database = &v1alpha1.DatabaseStatus{Endpoint: "db:5432"} }},
			want:   []string{"default.postgres15", "default:postgres-15"},
		},
		"Upgrade": {
			reason: "AWS asks for the groups of the version that is asked for.",
			spec:   `{"region":"us-east-1","database":{"engineVersion":"16.4","allowMajorVersionUpgrade":true}}`,
			mods: []func(*Request){observing("database", Observation{
				ExternalName: "db-1", Spec: ObservedSpec{EngineVersion: "15.15"}, Status: ObservedStatus{EngineVersionActual: "15.15"},
			})},
			want: []string{"default.postgres16", "default:postgres-16"},
		},
		"HigherVersion": {
			reason: "The groups follow the version that the database has, if that is higher.",
			spec:   reference,
			mods: []func(*Request){observing("database", Observation{
				ExternalName: "db-1", Spec: ObservedSpec{EngineVersion: "15.15"}, Status: ObservedStatus{EngineVersionActual: "16.1"},
			})},
			want: []string{"default.postgres16", "default:postgres-16"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			db := find[*v1beta1.Instance](t, composeDatabase(testPlan(t, tc.spec, tc.mods...)), keyDatabase).Spec.ForProvider
			got := []string{ptr.Deref(db.ParameterGroupName, ""), ptr.Deref(db.OptionGroupName, "")}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want groups, +got groups:\n%s", tc.reason, diff)
			}
		})
	}
}

// AWS refuses a maximum below what it has grown the storage to.
func TestMaximumFollowsTheStorage(t *testing.T) {
	rs := composeDatabase(testPlan(t, `{"region":"us-east-1","database":{"maxAllocatedStorage":50}}`, observing("database", Observation{Status: ObservedStatus{AllocatedStorage: 100}})))
	if got := *find[*v1beta1.Instance](t, rs, keyDatabase).Spec.ForProvider.MaxAllocatedStorage; got != 100 {
		t.Errorf("want a maximum of 100, got %v", got)
	}
}

func TestAllocatedStorage(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		has    Observation
		want   int64
		err    string
	}{
		"Grow": {
			reason: "A developer may ask for more.",
			spec:   `{"region":"us-east-1","database":{"allocatedStorage":100}}`,
			has:    Observation{Spec: ObservedSpec{AllocatedStorage: 20}, Status: ObservedStatus{AllocatedStorage: 20}},
			want:   100,
		},
		"AWSGrew": {
			reason: "What AWS has grown must not be asked back.",
			spec:   `{"region":"us-east-1","database":{"allocatedStorage":20,"maxAllocatedStorage":100}}`,
			has:    Observation{Spec: ObservedSpec{AllocatedStorage: 20}, Status: ObservedStatus{AllocatedStorage: 45}},
			want:   45,
		},
		"StatusVanished": {
			reason: "What was asked for before stays, with the status lost.",
			spec:   `{"region":"us-east-1","database":{"allocatedStorage":20,"maxAllocatedStorage":100}}`,
			has:    Observation{Spec: ObservedSpec{AllocatedStorage: 45}},
			want:   45,
		},
		"SmallMaximum": {
			reason: "RDS refuses a maximum less than a tenth above what is allocated.",
			spec:   `{"region":"us-east-1","database":{"allocatedStorage":95,"maxAllocatedStorage":104}}`,
			err:    "spec.database.maxAllocatedStorage: invalid value 104: RDS needs it at least a tenth above the allocated storage of 95 GiB: use 105 or more",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newPlan(request(t, tc.spec, observing("database", tc.has)))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nnewPlan(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err == nil && *p.Database.AllocatedStorage != tc.want {
				t.Errorf("%s\nwant %d, got %d", tc.reason, tc.want, *p.Database.AllocatedStorage)
			}
		})
	}
}
