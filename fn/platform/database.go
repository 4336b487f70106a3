package platform

import (
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	"k8s.io/utils/ptr"

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
				ParameterGroupName:         ptr.To("default.postgres" + major(*p.Database.EngineVersion)),
				OptionGroupName:            ptr.To("default:postgres-" + major(*p.Database.EngineVersion)),
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
				DBSubnetGroupNameSelector:  selector(labels(componentDatabase)),
				VPCSecurityGroupIDSelector: selector(labels(componentDatabase)),
				Tags:                       p.tagged(""),
			},
		},
	}
	db.Spec.WriteConnectionSecretToReference = &common.LocalSecretReference{Name: secretName(p.Request, "database")}

	params := &db.Spec.ForProvider
	if !*p.Database.SkipFinalSnapshot {
		params.FinalSnapshotIdentifier = ptr.To(finalSnapshot(p))
	}
	switch *p.Database.Credentials {
	case v1alpha1.CredentialsManagedByRDS:
		params.ManageMasterUserPassword = ptr.To(true)
	case v1alpha1.CredentialsGenerated:
		// The provider generates nothing without a place to keep it.
		params.AutoGeneratePassword = ptr.To(true)
		params.PasswordSecretRef = &common.LocalSecretKeySelector{
			LocalSecretReference: common.LocalSecretReference{Name: secretName(p.Request, "database-password")},
			Key:                  passwordKey,
		}
	}
	return db
}

// major is the major version of PostgreSQL's. The parameter and option groups
// follow it: the provider would write the groups it finds into the spec, where
// they would block the next major version.
func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// finalSnapshot names the snapshot taken when the database is deleted. The XR's
// UID tells one creation from the next: AWS refuses a name that is taken.
func finalSnapshot(p *plan) string {
	return bounded(maxSnapshot, p.suffixed("final"), identity(p.Request, p.UID))
}

// resolveDatabase keeps the names of the first database and of the master user
// that the instance has.
func resolveDatabase(p *plan) error {
	own := ptr.Deref(p.Spec.Database, v1alpha1.DatabaseParameters{})
	has := p.Observed[keyDatabase].Spec

	dbName, err := keep("spec.database.dbName", has.DBName, *p.Database.DBName, own.DBName != nil)
	if err != nil {
		return err
	}
	username, err := keep("spec.database.username", has.Username, *p.Database.Username, own.Username != nil)
	p.Database.DBName, p.Database.Username = &dbName, &username
	return err
}
