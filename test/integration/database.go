package integration

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
)

// Keys of the database's composed resources.
const (
	keyDatabase              = "database"
	keySubnetGroupDatabase   = "subnet-group-database"
	keySecurityGroupDatabase = "security-group-database"
)

// checkDatabase compares the database instance. securityGroup is the id of the
// database's security group.
func checkDatabase(ctx context.Context, client rds.DescribeDBInstancesAPIClient, e *expectation, securityGroup string) ([]string, error) {
	r := &report{}

	desired, err := composed[*managed.Instance](e, keyDatabase)
	if err != nil {
		return nil, err
	}

	subnets, err := composed[*managed.SubnetGroup](e, keySubnetGroupDatabase)
	if err != nil {
		return nil, err
	}

	want := desired.Spec.ForProvider
	id := aws.ToString(want.Identifier)

	out, err := client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	if err != nil {
		return nil, fmt.Errorf("cannot describe db instance %s: %w", id, err)
	}

	where := "db instance " + id
	if len(out.DBInstances) != 1 {
		r.addf("%s: want it to exist, got %d of it", where, len(out.DBInstances))

		return r.differences, nil
	}

	got := out.DBInstances[0]
	compareInstance(r, where, want, got)
	compareStorage(r, where, want, got)
	compareSurroundings(r, where, e, got, nameOf(subnets), securityGroup)

	// RDS's own secret is the platform's, if RDS makes the password.
	if aws.ToBool(want.ManageMasterUserPassword) {
		secret := ""
		if got.MasterUserSecret != nil {
			secret = aws.ToString(got.MasterUserSecret.SecretArn)
		}

		compare(r, where, "masterUserSecret", e.Outputs.Credentials.SecretARN, secret)
	}

	return r.differences, nil
}

func compareInstance(r *report, where string, want managed.InstanceParameters, got types.DBInstance) {
	compare(r, where, "status", statusAvailable, aws.ToString(got.DBInstanceStatus))
	compare(r, where, "engine", aws.ToString(want.Engine), aws.ToString(got.Engine))
	compareVersion(r, where, aws.ToString(want.EngineVersion), aws.ToString(got.EngineVersion))
	compare(r, where, "instanceClass", aws.ToString(want.InstanceClass), aws.ToString(got.DBInstanceClass))
	compare(r, where, "multiAZ", aws.ToBool(want.MultiAz), aws.ToBool(got.MultiAZ))
	compare(r, where, "storageEncrypted", aws.ToBool(want.StorageEncrypted), aws.ToBool(got.StorageEncrypted))

	// Only an explicit no is private: RDS chooses for itself where nothing is said.
	if got.PubliclyAccessible == nil {
		r.addf("%s: publiclyAccessible: want %v, got nothing", where, aws.ToBool(want.PubliclyAccessible))
	} else {
		compare(r, where, "publiclyAccessible", aws.ToBool(want.PubliclyAccessible), *got.PubliclyAccessible)
	}

	compare(r, where, "backupRetentionPeriod", aws.ToFloat64(want.BackupRetentionPeriod), number(got.BackupRetentionPeriod))
	compare(r, where, "backupWindow", aws.ToString(want.BackupWindow), aws.ToString(got.PreferredBackupWindow))
	compare(r, where, "maintenanceWindow", aws.ToString(want.MaintenanceWindow), aws.ToString(got.PreferredMaintenanceWindow))
	compare(r, where, "deletionProtection", aws.ToBool(want.DeletionProtection), aws.ToBool(got.DeletionProtection))
	compare(r, where, "dbName", aws.ToString(want.DBName), aws.ToString(got.DBName))
	compare(r, where, "masterUsername", aws.ToString(want.Username), aws.ToString(got.MasterUsername))
}

// compareStorage compares the storage, which AWS grows up to the most that the
// platform allows, if it allows any growth.
func compareStorage(r *report, where string, want managed.InstanceParameters, got types.DBInstance) {
	compare(r, where, "storageType", aws.ToString(want.StorageType), aws.ToString(got.StorageType))

	least, size := aws.ToFloat64(want.AllocatedStorage), number(got.AllocatedStorage)
	if want.MaxAllocatedStorage == nil {
		compare(r, where, "allocatedStorage", least, size)

		return
	}

	compare(r, where, "maxAllocatedStorage", *want.MaxAllocatedStorage, number(got.MaxAllocatedStorage))

	if size < least || size > *want.MaxAllocatedStorage {
		r.addf("%s: allocatedStorage: want %v to %v, got %v", where, least, *want.MaxAllocatedStorage, size)
	}
}

// compareSurroundings compares where the database is, and who may reach it.
func compareSurroundings(r *report, where string, e *expectation, got types.DBInstance, subnetGroup, securityGroup string) {
	endpoint := ""
	if got.Endpoint != nil {
		endpoint = fmt.Sprintf("%s:%d", aws.ToString(got.Endpoint.Address), aws.ToInt32(got.Endpoint.Port))
	}

	compare(r, where, "endpoint", e.Outputs.Database.Endpoint, endpoint)

	var groups []string
	for _, g := range got.VpcSecurityGroups {
		groups = append(groups, aws.ToString(g.VpcSecurityGroupId))
	}

	compareSets(r, where, "vpcSecurityGroups", []string{securityGroup}, groups)

	if got.DBSubnetGroup == nil {
		r.addf("%s: dbSubnetGroup: want %q, got none", where, subnetGroup)

		return
	}

	var subnets []string
	for _, s := range got.DBSubnetGroup.Subnets {
		subnets = append(subnets, aws.ToString(s.SubnetIdentifier))
	}

	compare(r, where, "dbSubnetGroup", subnetGroup, aws.ToString(got.DBSubnetGroup.DBSubnetGroupName))
	compareSets(r, where, "subnets", e.Outputs.Network.PrivateSubnetIDs, subnets)
}
