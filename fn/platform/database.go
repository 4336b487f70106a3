package platform

import (
	"cmp"
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
func composeDatabase(p *plan) part {
	c := part{Resources: append(composeSecurityGroup(p, componentDatabase, "PostgreSQL", databasePort),
		Resource{Key: keySubnetGroupDatabase, Object: subnetGroupDatabase(p)})}
	if !databaseExists(p) && !p.Observed[keySubnetGroupDatabase].Ready.True() {
		c.Withheld = append(c.Withheld, after(keyDatabase, keySubnetGroupDatabase))
		return c
	}
	c.Resources = append(c.Resources, Resource{Key: keyDatabase, Object: instance(p)})
	return c
}

// after says of a resource that it is withheld until another is ready. Without it AWS
// would refuse it, and the provider would try again later and later.
func after(key, other string) withheld {
	return withheld{Key: key, Why: "to be created after " + other}
}

func subnetGroupDatabase(p *plan) *v1beta1.SubnetGroup {
	return &v1beta1.SubnetGroup{
		TypeMeta:   typeMeta(v1beta1.SubnetGroup_GroupVersionKind),
		ObjectMeta: p.named(p.externalName(keySubnetGroupDatabase, componentDatabase), labels(componentDatabase)),
		Spec: v1beta1.SubnetGroupSpec{
			ManagedResourceSpec: p.managed(keySubnetGroupDatabase, namedByUs),
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
			ManagedResourceSpec: p.managed(keyDatabase, namedByAWS),
			ForProvider: v1beta1.InstanceParameters{
				Region:                     &p.Region,
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
	if p.DatabaseID != "" {
		params.Identifier = &p.DatabaseID
	}
	params.MaxAllocatedStorage = maxAllocatedStorage(p)
	params.Iops, params.StorageThroughput = storagePerformance(p)
	o := p.Observed[keyDatabase]
	params.ParameterGroupName = group(p, cmp.Or(o.Status.ParameterGroupName, o.Spec.ParameterGroupName), "default.postgres")
	params.OptionGroupName = group(p, cmp.Or(o.Status.OptionGroupName, o.Spec.OptionGroupName), "default:postgres-")
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

// finalSnapshot names the snapshot taken when the database is deleted. The XR's
// UID tells one creation from the next: AWS refuses a name that is taken.
func finalSnapshot(p *plan) string {
	return bounded(maxSnapshot, p.suffixed("final"), identity(p.Request, p.UID))
}

// resolveDatabase keeps what the instance has and can't change, or can't change without
// loss.
func resolveDatabase(p *plan) error {
	own := ptr.Deref(p.Spec.Database, v1alpha1.DatabaseParameters{})
	o := p.Observed[keyDatabase]

	dbName, err := keep("spec.database.dbName", o.Spec.DBName, *p.Database.DBName, own.DBName != nil, "RDS can't rename it")
	if err != nil {
		return err
	}
	username, err := keep("spec.database.username", o.Spec.Username, *p.Database.Username, own.Username != nil, "RDS can't rename its master user")
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
	credentials, err := keep("spec.database.credentials", has, *p.Database.Credentials, own.Credentials != nil, "the password that applications use would stop working")
	if err != nil {
		return err
	}

	version, err := keepVersion("spec.database.engineVersion", *p.Database.EngineVersion, o, databaseMade(p), own.EngineVersion != nil, *p.Database.AllowMajorVersionUpgrade)
	if err != nil {
		return err
	}

	p.Database.DBName, p.Database.Username, p.Database.Credentials, p.Database.EngineVersion = &dbName, &username, &credentials, &version
	return nil
}

// databaseExists says whether the database has been asked for: its object is there, or
// it was.
func databaseExists(p *plan) bool {
	return p.exists(keyDatabase) || databaseMade(p)
}

// databaseMade says whether AWS has made the database: the platform has seen its
// endpoint.
func databaseMade(p *plan) bool {
	return ptr.Deref(p.Status.Database, v1alpha1.DatabaseStatus{}).Endpoint != ""
}

// group is the parameter or option group to ask for, where the database has one. A group
// of the user's own, which a database that was taken over may have, stays while it fits:
// it is of the major version that the database has. A default group follows the version:
// the provider would write the one it finds into the spec, where it would block the next
// major version.
//
// A database is created without, and gets the default ones by itself: an account may not
// have a version's default groups in a region before RDS has needed them there, and by
// name they would not be found.
func group(p *plan, has, defaults string) *string {
	want := groupVersion(p)
	if has == "" {
		return nil
	}
	if actual := p.Observed[keyDatabase].Status.EngineVersionActual; !strings.HasPrefix(has, defaults) && (actual == "" || major(want) == major(actual)) {
		return &has
	}
	return ptr.To(defaults + major(want))
}

// groupVersion is the version whose groups the database needs: the one asked for, or a
// higher one that the database has.
func groupVersion(p *plan) string {
	version := *p.Database.EngineVersion
	if actual := p.Observed[keyDatabase].Status.EngineVersionActual; lower(version, actual) {
		return actual
	}
	return version
}
