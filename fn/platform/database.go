package platform

import (
	"strconv"
	"strings"

	"github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const (
	keyDatabase            = "database"
	keySubnetGroupDatabase = "subnet-group-database"
)

// databasePort is PostgreSQL's port.
const databasePort = 5432

// maxSnapshot is the longest name of a snapshot, in characters.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
const maxSnapshot = 255

// passwordKey is the key of the generated password in its Secret.
const passwordKey = "password"

// composeDatabase composes the PostgreSQL instance and what it stands on.
func composeDatabase(p *plan) []Resource {
	return append(composeSecurityGroup(p, componentDatabase, "PostgreSQL", databasePort),
		Resource{Key: keySubnetGroupDatabase, Object: subnetGroupDatabase(p)},
		Resource{Key: keyDatabase, Object: instance(p)},
	)
}

func subnetGroupDatabase(p *plan) *v1beta1.SubnetGroup {
	return &v1beta1.SubnetGroup{
		TypeMeta:   typeMeta(v1beta1.SubnetGroup_GroupVersionKind),
		ObjectMeta: p.named(p.externalName(keySubnetGroupDatabase, componentDatabase), labels(componentDatabase)),
		Spec: v1beta1.SubnetGroupSpec{
			ManagedResourceSpec: p.managed(namedByUs),
			ForProvider: v1beta1.SubnetGroupParameters{
				Region:      &p.Region,
				Description: ptr.To("Private subnets of a data platform"),
				// A zone that is added later must join.
				SubnetIDSelector: selectorAlways(labels(componentNetwork, labelTier, string(tierPrivate))),
				Tags:             p.tagged(componentDatabase),
			},
		},
	}
}

func instance(p *plan) *v1beta1.Instance {
	db := &v1beta1.Instance{
		TypeMeta:   typeMeta(v1beta1.Instance_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentDatabase)),
		Spec: v1beta1.InstanceSpec{
			ManagedResourceSpec: p.managed(namedByAWS),
			ForProvider: v1beta1.InstanceParameters{
				Region:                     &p.Region,
				Identifier:                 &p.DatabaseID,
				Engine:                     ptr.To("postgres"),
				EngineVersion:              p.Database.EngineVersion,
				InstanceClass:              p.Database.InstanceClass,
				AllocatedStorage:           number(p.Database.AllocatedStorage),
				StorageType:                (*string)(p.Database.StorageType),
				StorageEncrypted:           ptr.To(true),
				MultiAz:                    p.Database.MultiAZ,
				PubliclyAccessible:         ptr.To(false),
				BackupRetentionPeriod:      number(p.Database.BackupRetentionPeriod),
				BackupWindow:               p.Database.BackupWindow,
				MaintenanceWindow:          p.Database.MaintenanceWindow,
				SkipFinalSnapshot:          p.Database.SkipFinalSnapshot,
				DeletionProtection:         p.Database.DeletionProtection,
				DBName:                     p.Database.DBName,
				Username:                   p.Database.Username,
				Port:                       ptr.To[float64](databasePort),
				ApplyImmediately:           p.Database.ApplyImmediately,
				AllowMajorVersionUpgrade:   p.Database.AllowMajorVersionUpgrade,
				DBSubnetGroupNameSelector:  selector(labels(componentDatabase)),
				VPCSecurityGroupIDSelector: selector(labels(componentDatabase)),
				Tags:                       p.tagged(""),
			},
		},
	}
	db.Spec.WriteConnectionSecretToReference = &common.LocalSecretReference{Name: secretName(p.Request, "database")}

	params := &db.Spec.ForProvider
	if most := p.Database.MaxAllocatedStorage; most != nil {
		// AWS refuses a maximum below what it has grown the storage to. One
		// that is equal ends the growth.
		params.MaxAllocatedStorage = ptr.To(float64(max(*most, *p.Database.AllocatedStorage)))
	}
	if databaseExists(p) {
		params.ParameterGroupName = ptr.To("default.postgres" + groupVersion(p))
		params.OptionGroupName = ptr.To("default:postgres-" + groupVersion(p))
	}
	if !*p.Database.SkipFinalSnapshot {
		params.FinalSnapshotIdentifier = ptr.To(finalSnapshot(p))
	}
	if p.managedByRDS() {
		params.ManageMasterUserPassword = ptr.To(true)
		return db
	}
	// The provider generates nothing without a place to keep it.
	params.AutoGeneratePassword = ptr.To(true)
	params.PasswordSecretRef = &common.LocalSecretKeySelector{
		LocalSecretReference: common.LocalSecretReference{Name: secretName(p.Request, "database-password")},
		Key:                  passwordKey,
	}
	return db
}

// major is the major version of a version.
func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// finalSnapshot names the snapshot taken when the database is deleted. The XR's
// UID tells one creation from the next: AWS refuses a name that is taken.
func finalSnapshot(p *plan) string {
	return bounded(maxSnapshot, p.suffixed("final"), identity(p.Request, p.UID))
}

// resolveDatabase keeps what the instance has and AWS can't change, or can't
// change without loss.
func resolveDatabase(p *plan) error {
	own := ptr.Deref(p.Spec.Database, v1alpha1.DatabaseParameters{})
	o := p.Observed[keyDatabase]

	dbName, err := keep("spec.database.dbName", o.Spec.DBName, *p.Database.DBName, own.DBName != nil)
	if err != nil {
		return err
	}
	username, err := keep("spec.database.username", o.Spec.Username, *p.Database.Username, own.Username != nil)
	if err != nil {
		return err
	}

	has := v1alpha1.Credentials("")
	if o.Spec.known() {
		has = v1alpha1.CredentialsGenerated
		if o.Spec.ManageMasterUserPassword {
			has = v1alpha1.CredentialsManagedByRDS
		}
	}
	credentials, err := keep("spec.database.credentials", has, *p.Database.Credentials, own.Credentials != nil)
	if err != nil {
		return err
	}

	version, err := engineVersion(p, o, own.EngineVersion != nil)
	if err != nil {
		return err
	}
	storage, err := allocatedStorage(p, o)
	if err != nil {
		return err
	}

	p.Database.DBName, p.Database.Username, p.Database.Credentials = &dbName, &username, &credentials
	p.Database.EngineVersion, p.Database.AllocatedStorage = &version, &storage
	return nil
}

// engineVersion is the version to ask for, where the database has one already. It
// never falls, and reaches a new major version only when the developer allows
// it: RDS can't go back. A policy that would have it otherwise holds for new
// platforms only. Where RDS has upgraded the database by itself, asking for what
// was asked for before is fine: the provider ignores that it is lower.
func engineVersion(p *plan, o Observation, developer bool) (string, error) {
	const field = "spec.database.engineVersion"

	want, has := *p.Database.EngineVersion, o.Spec.EngineVersion
	if has == "" || has == want {
		return want, nil
	}
	actual := has
	if lower(has, o.Status.EngineVersionActual) {
		actual = o.Status.EngineVersionActual
	}
	falls := lower(want, actual)
	if !falls && (major(want) == major(actual) || *p.Database.AllowMajorVersionUpgrade) {
		return want, nil
	}
	if !developer {
		return has, nil
	}
	if falls {
		return "", invalid(field, want, "the database has %s, and RDS can't go back: use that version or a higher one", actual)
	}
	return "", invalid(field, want, "is a new major version, the database has %s: set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it", actual)
}

// databaseExists says whether AWS has made the database. An account may not have a
// version's default groups in a region before RDS has needed them there, and by name
// they would not be found. So a database is created without, and gets these by itself.
func databaseExists(p *plan) bool {
	return p.Observed[keyDatabase].ExternalName != "" || ptr.Deref(p.Status.Database, v1alpha1.DatabaseStatus{}).Endpoint != ""
}

// groupVersion is the major version that the parameter and option groups belong
// to: that of the version asked for, or of a higher one that the database has.
// The provider would write the groups it finds into the spec, where they would
// block the next major version.
func groupVersion(p *plan) string {
	version := *p.Database.EngineVersion
	if actual := p.Observed[keyDatabase].Status.EngineVersionActual; lower(version, actual) {
		version = actual
	}
	return major(version)
}

// lower compares two versions, as major.minor. One without a minor version is not
// lower than another of the same major version, and none is lower than nothing.
func lower(a, b string) bool {
	if major(a) != major(b) {
		return atoi(major(a)) < atoi(major(b))
	}
	_, minorA, okA := strings.Cut(a, ".")
	_, minorB, okB := strings.Cut(b, ".")
	return okA && okB && atoi(minorA) < atoi(minorB)
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// allocatedStorage is the storage to ask for: never less than there is, which
// AWS may have grown.
func allocatedStorage(p *plan, o Observation) (int64, error) {
	want := *p.Database.AllocatedStorage
	if most := p.Database.MaxAllocatedStorage; most != nil && *most*10 < want*11 {
		return 0, invalid("spec.database.maxAllocatedStorage", *most, "RDS needs it at least a tenth above the allocated storage of %d GiB: use %d or more", want, (want*11+9)/10)
	}
	return max(want, o.Spec.AllocatedStorage, o.Status.AllocatedStorage), nil
}
