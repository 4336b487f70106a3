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
		params.MaxAllocatedStorage = number(most)
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

	version, err := engineVersion(p, o.Spec.EngineVersion, own.EngineVersion != nil)
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

// engineVersion is the version to ask for, where the database has been asked
// for another before. It never falls, and reaches a new major version only when
// the developer allows it: RDS can't go back. A policy that would have it
// otherwise holds for new platforms only. What RDS upgrades by itself does not
// count; the provider ignores that the version asked for is lower.
func engineVersion(p *plan, has string, developer bool) (string, error) {
	const field = "spec.database.engineVersion"

	want := *p.Database.EngineVersion
	refusal := ""
	switch {
	case has == "" || has == want:
	case lower(want, has):
		refusal = "the database has " + has + ", and RDS can't go back: use that version or a higher one"
	case major(want) != major(has) && !*p.Database.AllowMajorVersionUpgrade:
		refusal = "is a new major version, the database has " + has + ": set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it"
	}
	if refusal == "" {
		return want, nil
	}
	if developer {
		return "", invalid(field, want, "%s", refusal)
	}
	return has, nil
}

// lower compares two versions of PostgreSQL's. One without a minor version is
// not lower than another of the same major version.
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
