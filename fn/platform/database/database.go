// Package database composes the PostgreSQL instance and what it stands on, and its
// credentials in Secrets Manager.
package database

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
)

// component is the value of the database's label.
const component = "database"

const (
	keyDatabase    = "database"
	keySubnetGroup = "subnet-group-database"
)

// port is PostgreSQL's port.
const port = 5432

// maxSnapshot is the longest name of a snapshot, in characters.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
const maxSnapshot = 255

// passwordKey is the key of the generated password in its Secret.
const passwordKey = "password"

// sslMode has PostgreSQL's clients encrypt. Which CA they would have to know to verify the
// server, docs/connection.md says.
const sslMode = "require"

// Where applications find how to connect.
const (
	keyHost     = "PGHOST"
	keyPort     = "PGPORT"
	keyDBName   = "PGDATABASE"
	keyUser     = "PGUSER"
	keySSLMode  = "PGSSLMODE"
	keyPassword = "PGPASSWORD"
	keyURL      = "DATABASE_URL"
)

// Component is the database.
var Component = kit.Component{
	Condition: "DatabaseReady",
	Reads: []kit.Reading{
		kit.Read[Observed](rds.InstanceGroupVersionKind),
		kit.Read[ObservedAlarm](cloudwatch.MetricAlarmGroupVersionKind),
	},
	Public: []string{
		keyHost, keyPort, keyDBName, keyUser, keySSLMode,
		// What provider-aws publishes of an instance.
		"address", "endpoint", "host", "port", "username",
	},
	Resolve: resolve,
}

// Observed is what is read of the instance: of its spec what must not change at will, of
// its status what AWS has.
type Observed struct {
	Identifier               string `reads:"spec.forProvider.identifier"`
	DBName                   string `reads:"spec.forProvider.dbName"`
	Username                 string `reads:"spec.forProvider.username"`
	EngineVersion            string `reads:"spec.forProvider.engineVersion"`
	ParameterGroup           string `reads:"spec.forProvider.parameterGroupName"`
	OptionGroup              string `reads:"spec.forProvider.optionGroupName"`
	BackupWindow             string `reads:"spec.forProvider.backupWindow"`
	MaintenanceWindow        string `reads:"spec.forProvider.maintenanceWindow"`
	AllocatedStorage         int64  `reads:"spec.forProvider.allocatedStorage"`
	MaxAllocatedStorage      int64  `reads:"spec.forProvider.maxAllocatedStorage"`
	IOPS                     int64  `reads:"spec.forProvider.iops"`
	StorageThroughput        int64  `reads:"spec.forProvider.storageThroughput"`
	ManageMasterUserPassword bool   `reads:"spec.forProvider.manageMasterUserPassword"`

	ActualIdentifier        string `reads:"status.atProvider.identifier"`
	ActualVersion           string `reads:"status.atProvider.engineVersionActual"`
	ActualParameterGroup    string `reads:"status.atProvider.parameterGroupName"`
	ActualOptionGroup       string `reads:"status.atProvider.optionGroupName"`
	ActualStorage           int64  `reads:"status.atProvider.allocatedStorage"`
	ActualIOPS              int64  `reads:"status.atProvider.iops"`
	ActualStorageThroughput int64  `reads:"status.atProvider.storageThroughput"`
	Endpoint                string `reads:"status.atProvider.endpoint"`
	Address                 string `reads:"status.atProvider.address"`
	Port                    int64  `reads:"status.atProvider.port"`
	MasterUserSecretARN     string `reads:"status.atProvider.masterUserSecret[0].secretArn"`
}

// seen says whether the spec was seen: each has an engine version, and a switch that is off
// is not in a spec.
func (o Observed) seen() bool { return o.EngineVersion != "" }

// ObservedAlarm is what is read of an alarm: the database that it is of.
type ObservedAlarm struct {
	Identifier string `reads:"spec.forProvider.dimensions.DBInstanceIdentifier"`
}

// A database is the platform's database, resolved.
type database struct {
	*kit.Plan

	// ID is its name in AWS. That of a database that is taken over is not known until the
	// provider has found it.
	ID string

	Observed Observed
}

// find returns the database as it is observed.
func find(p *kit.Plan) *database {
	return &database{Plan: p, Observed: kit.Fields[Observed](p, keyDatabase)}
}

func resolve(p *kit.Plan) (kit.Resolved, error) {
	d := find(p)
	// What storage and windows may be follows from what is kept.
	for _, resolve := range []func() error{d.keep, d.resolveStorage, d.resolveWindows} {
		if err := resolve(); err != nil {
			return kit.Resolved{}, err
		}
	}

	d.ID = d.identifier()

	return kit.Resolved{
		Compose:    d.compose,
		Status:     func(s *v1alpha1.XDataPlatformStatus) { s.Database = d.status(s.Database) },
		Alarms:     []kit.Alarm{d.busy()},
		Connection: d.connection(),
	}, nil
}

// keep what the instance has and can't change, or can't change without loss.
func (d *database) keep() error {
	params, own, o := d.Parameters.Database, d.own(), d.Observed

	dbName, err := kit.Keep("spec.database.dbName", o.DBName, *params.DBName, own.DBName != nil, "RDS can't rename it")
	if err != nil {
		return err
	}

	username, err := kit.Keep("spec.database.username", o.Username, *params.Username, own.Username != nil, "RDS can't rename its master user")
	if err != nil {
		return err
	}

	has := v1alpha1.Credentials("")
	if o.seen() {
		has = v1alpha1.CredentialsGenerated
		if o.ManageMasterUserPassword {
			has = v1alpha1.CredentialsManagedByRDS
		}
	}

	credentials, err := kit.Keep("spec.database.credentials", has, *params.Credentials, own.Credentials != nil, "the password that applications use would stop working")
	if err != nil {
		return err
	}

	version, err := kit.Version{
		Asked: o.EngineVersion, Actual: o.ActualVersion, Made: d.made(), Developer: own.EngineVersion != nil, AllowMajor: *params.AllowMajorVersionUpgrade,
		HowMajor: "set spec.database.allowMajorVersionUpgrade to true once the applications are ready for it",
	}.Keep("spec.database.engineVersion", *params.EngineVersion)
	if err != nil {
		return err
	}

	params.DBName, params.Username, params.Credentials, params.EngineVersion = &dbName, &username, &credentials, &version

	return nil
}

// identifier keeps the name that the database has. What the platform has told its users
// says it too, should the database not be seen.
func (d *database) identifier() string {
	// A host is <identifier>. and more.
	host, _, _ := strings.Cut(d.told().Host, ".")

	id := cmp.Or(d.Observed.Identifier, d.Observed.ActualIdentifier, kit.Fields[ObservedAlarm](d.Plan, d.busy().Key()).Identifier, host)
	if id == "" && !d.TakesOver(keyDatabase) {
		id = d.AWSName
	}

	return id
}

// own are the developer's parameters.
func (d *database) own() v1alpha1.DatabaseParameters {
	return ptr.Deref(d.Request.Spec.Database, v1alpha1.DatabaseParameters{})
}

// told is what the platform has told its users of the database.
func (d *database) told() v1alpha1.DatabaseStatus {
	return ptr.Deref(d.Request.Status.Database, v1alpha1.DatabaseStatus{})
}

// made says whether AWS has made the database: the platform has seen its endpoint.
func (d *database) made() bool { return d.told().Endpoint != "" }

// managedByRDS says whether RDS makes the password.
func (d *database) managedByRDS() bool {
	return *d.Parameters.Database.Credentials == v1alpha1.CredentialsManagedByRDS
}

// compose withholds the database until its subnet group is ready, but never once it was
// asked for.
func (d *database) compose() kit.Part {
	out := kit.Part{Resources: append(network.SecurityGroup(d.Plan, component, "PostgreSQL", port),
		kit.Resource{Key: keySubnetGroup, Object: d.subnetGroup()})}
	if *d.Parameters.Database.DeletionProtection {
		out.Protected = []string{keyDatabase}
	}

	database := kit.Resource{
		Key:    keyDatabase,
		Object: d.instance(),
		Needs:  append(network.PrivateSubnetKeys(d.Plan), keySubnetGroup, network.SecurityGroupKey(component)),
	}
	if !d.Exists(keyDatabase) && !d.made() && !d.Ready(keySubnetGroup) {
		out.Withheld = append(out.Withheld, kit.After(database, keySubnetGroup))
		return out
	}

	out.Resources = append(out.Resources, database)

	return out
}

func (d *database) subnetGroup() *rds.SubnetGroup {
	return &rds.SubnetGroup{
		TypeMeta:   kit.TypeMeta(rds.SubnetGroupGroupVersionKind),
		ObjectMeta: d.Named(d.ExternalName(keySubnetGroup, component), kit.Labels(component)),
		Spec: rds.SubnetGroupSpec{
			ManagedResourceSpec: d.Managed(keySubnetGroup, rds.SubnetGroupGroupVersionKind),
			ForProvider: rds.SubnetGroupParameters{
				Region:           &d.Region,
				Description:      ptr.To("Private subnets of a data platform"),
				SubnetIDSelector: network.PrivateSubnets(),
				Tags:             d.Tagged(component),
			},
		},
	}
}

func (d *database) instance() *rds.Instance {
	from := d.Parameters.Database
	db := &rds.Instance{
		TypeMeta:   kit.TypeMeta(rds.InstanceGroupVersionKind),
		ObjectMeta: d.Meta(kit.Labels(component)),
		Spec: rds.InstanceSpec{
			ManagedResourceSpec: d.Managed(keyDatabase, rds.InstanceGroupVersionKind),
			ForProvider: rds.InstanceParameters{
				Region:                     &d.Region,
				Engine:                     ptr.To("postgres"),
				EngineVersion:              from.EngineVersion,
				InstanceClass:              from.InstanceClass,
				AllocatedStorage:           kit.Number(from.AllocatedStorage),
				StorageType:                (*string)(from.StorageType),
				StorageEncrypted:           ptr.To(true),
				MultiAz:                    from.MultiAZ,
				PubliclyAccessible:         ptr.To(false),
				BackupRetentionPeriod:      kit.Number(from.BackupRetentionPeriod),
				BackupWindow:               from.BackupWindow,
				MaintenanceWindow:          from.MaintenanceWindow,
				SkipFinalSnapshot:          from.SkipFinalSnapshot,
				DeletionProtection:         from.DeletionProtection,
				DBName:                     from.DBName,
				Username:                   from.Username,
				Port:                       ptr.To[float64](port),
				ApplyImmediately:           from.ApplyImmediately,
				AllowMajorVersionUpgrade:   from.AllowMajorVersionUpgrade,
				DBSubnetGroupNameSelector:  kit.Selector(kit.Labels(component)),
				VPCSecurityGroupIDSelector: kit.Selector(kit.Labels(component)),
				Tags:                       d.Tagged(""),
			},
		},
	}
	db.Spec.WriteConnectionSecretToReference = &common.LocalSecretReference{Name: kit.SecretName(d.Request, "database")}

	params := &db.Spec.ForProvider
	if d.ID != "" {
		params.Identifier = &d.ID
	}

	params.MaxAllocatedStorage = d.maxAllocatedStorage()
	params.Iops, params.StorageThroughput = d.storagePerformance()
	o := d.Observed
	params.ParameterGroupName = d.group(cmp.Or(o.ActualParameterGroup, o.ParameterGroup), "default.postgres")

	params.OptionGroupName = d.group(cmp.Or(o.ActualOptionGroup, o.OptionGroup), "default:postgres-")
	if !*from.SkipFinalSnapshot {
		params.FinalSnapshotIdentifier = ptr.To(d.finalSnapshot())
	}

	if d.managedByRDS() {
		params.ManageMasterUserPassword = ptr.To(true)
		return db
	}
	// The provider generates nothing without a place to keep it.
	params.AutoGeneratePassword = ptr.To(true)
	params.PasswordSecretRef = &common.LocalSecretKeySelector{
		LocalSecretReference: common.LocalSecretReference{Name: kit.SecretName(d.Request, "database-password")},
		Key:                  passwordKey,
	}

	return db
}

// finalSnapshot names the snapshot taken when the database is deleted. The XR's
// UID tells one creation from the next: AWS refuses a name that is taken.
func (d *database) finalSnapshot() string {
	return kit.Bounded(maxSnapshot, d.Suffixed("final"), kit.Identity(d.Request, d.Request.UID))
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
func (d *database) group(has, defaults string) *string {
	want := d.groupVersion()

	if has == "" {
		return nil
	}

	if actual := d.Observed.ActualVersion; !strings.HasPrefix(has, defaults) && (actual == "" || kit.Major(want) == kit.Major(actual)) {
		return &has
	}

	return ptr.To(defaults + kit.Major(want))
}

// groupVersion is the version whose groups the database needs: the one asked for, or a
// higher one that the database has.
func (d *database) groupVersion() string {
	version := *d.Parameters.Database.EngineVersion
	if actual := d.Observed.ActualVersion; kit.Lower(version, actual) {
		return actual
	}

	return version
}

// status says how the database is reached.
func (d *database) status(before *v1alpha1.DatabaseStatus) *v1alpha1.DatabaseStatus {
	is, o := ptr.Deref(before, v1alpha1.DatabaseStatus{}), d.Observed
	is.Endpoint = cmp.Or(o.Endpoint, is.Endpoint)
	is.Host = cmp.Or(o.Address, is.Host)

	is.Port = cmp.Or(o.Port, is.Port)
	if is.Endpoint != "" {
		is.Name = *d.Parameters.Database.DBName
	}

	return kit.OrNil(is)
}

// busy is raised when the database's CPU is busy for ten minutes, which is no longer a
// peak.
func (d *database) busy() kit.Alarm {
	a := kit.Alarm{
		Name:       "database-cpu",
		What:       "The database's CPU is busy",
		Namespace:  "AWS/RDS",
		Metric:     "CPUUtilization",
		Dimension:  "DBInstanceIdentifier",
		Of:         d.ID,
		Statistic:  "Average",
		Comparison: "GreaterThanThreshold",
		Threshold:  *d.Parameters.Monitoring.DatabaseCPUPercent,
		Periods:    2,
	}
	if d.ID == "" {
		a.Withheld = "to be created once the database is found"
	}

	return a
}

// connection is how to connect to the database.
func (d *database) connection() kit.Connection {
	out := kit.Connection{Keys: []string{keyDBName, keyHost, keyPort, keySSLMode, keyUser}}
	if !d.managedByRDS() {
		out.Keys = append(out.Keys, keyPassword, keyURL)
	}

	details, params := d.Request.Observed[keyDatabase].Connection, d.Parameters.Database

	host, password := cmp.Or(string(details["host"]), d.Observed.Address), string(details["password"])
	if host == "" || password == "" && !d.managedByRDS() {
		return out
	}

	out.Values = map[string]string{
		keyHost:    host,
		keyPort:    strconv.Itoa(port),
		keyDBName:  *params.DBName,
		keyUser:    *params.Username,
		keySSLMode: sslMode,
	}
	if !d.managedByRDS() {
		out.Values[keyPassword] = password
		out.Values[keyURL] = (&url.URL{
			Scheme:   "postgresql",
			User:     url.UserPassword(*params.Username, password),
			Host:     host + ":" + strconv.Itoa(port),
			Path:     *params.DBName,
			RawQuery: "sslmode=" + sslMode,
		}).String()
	}

	return out
}
