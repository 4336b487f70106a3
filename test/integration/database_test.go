package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// A stubDatabase answers for RDS.
type stubDatabase struct {
	instances []types.DBInstance
	err       error
}

func (s *stubDatabase) DescribeDBInstances(_ context.Context, in *rds.DescribeDBInstancesInput, _ ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	if aws.ToString(in.DBInstanceIdentifier) != referenceName {
		return nil, errAWS
	}

	return &rds.DescribeDBInstancesOutput{DBInstances: s.instances}, s.err
}

// goodDatabase is how AWS shows the database of the platform in testdata.
func goodDatabase() types.DBInstance {
	return types.DBInstance{
		DBInstanceStatus:           aws.String("available"),
		Engine:                     aws.String("postgres"),
		EngineVersion:              aws.String("15.15"),
		DBInstanceClass:            aws.String("db.t3.micro"),
		MultiAZ:                    aws.Bool(true),
		StorageEncrypted:           aws.Bool(true),
		PubliclyAccessible:         aws.Bool(false),
		BackupRetentionPeriod:      aws.Int32(7),
		PreferredBackupWindow:      aws.String("03:00-04:00"),
		PreferredMaintenanceWindow: aws.String("mon:04:00-mon:05:00"),
		DeletionProtection:         aws.Bool(false),
		DBName:                     aws.String("platform"),
		MasterUsername:             aws.String("platform"),
		StorageType:                aws.String("gp2"),
		AllocatedStorage:           aws.Int32(20),
		Endpoint:                   &types.Endpoint{Address: aws.String("dp-team-a-orders-yp3s2ksy.example.com"), Port: aws.Int32(5432)},
		VpcSecurityGroups:          []types.VpcSecurityGroupMembership{{VpcSecurityGroupId: aws.String("sg-database")}},
		DBSubnetGroup: &types.DBSubnetGroup{
			DBSubnetGroupName: aws.String(referenceName + "-database"),
			Subnets:           []types.Subnet{{SubnetIdentifier: aws.String("subnet-private-b")}, {SubnetIdentifier: aws.String("subnet-private-a")}},
		},
	}
}

func TestCheckDatabase(t *testing.T) {
	const where = "db instance dp-team-a-orders-yp3s2ksy: "

	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*types.DBInstance)
		want   []string
	}{
		"Good": {
			reason: "The database is as composed.",
			change: func(*types.DBInstance) {},
		},
		"NotAvailable": {
			reason: "A database that is being changed is not available.",
			change: func(db *types.DBInstance) { db.DBInstanceStatus = aws.String("modifying") },
			want:   []string{where + `status: want "available", got "modifying"`},
		},
		"SingleAZ": {
			reason: "The reference platform is Multi-AZ.",
			change: func(db *types.DBInstance) { db.MultiAZ = aws.Bool(false) },
			want:   []string{where + "multiAZ: want true, got false"},
		},
		"SingleAZWanted": {
			reason: "A platform may ask for a single zone, and then has no second.",
			edits:  []edit{set(false, "spec", "database", "multiAz")},
			change: func(*types.DBInstance) {},
			want:   []string{where + "multiAZ: want false, got true"},
		},
		"Public": {
			reason: "The database is not public.",
			change: func(db *types.DBInstance) { db.PubliclyAccessible = aws.Bool(true) },
			want:   []string{where + "publiclyAccessible: want false, got true"},
		},
		"MaybePublic": {
			reason: "What AWS does not deny may be.",
			change: func(db *types.DBInstance) { db.PubliclyAccessible = nil },
			want:   []string{where + "publiclyAccessible: want false, got nothing"},
		},
		"NotEncrypted": {
			reason: "The storage is encrypted.",
			change: func(db *types.DBInstance) { db.StorageEncrypted = nil },
			want:   []string{where + "storageEncrypted: want true, got false"},
		},
		"Backups": {
			reason: "Backups and windows are those of the spec.",
			edits:  []edit{set(int64(14), "spec", "database", "backupRetentionPeriod"), set("01:00-02:00", "spec", "database", "backupWindow")},
			change: func(db *types.DBInstance) { db.PreferredMaintenanceWindow = aws.String("sun:05:00-sun:06:00") },
			want: []string{
				where + "backupRetentionPeriod: want 14, got 7",
				where + `backupWindow: want "01:00-02:00", got "03:00-04:00"`,
				where + `maintenanceWindow: want "mon:04:00-mon:05:00", got "sun:05:00-sun:06:00"`,
			},
		},
		"Other": {
			reason: "Engine, size, names and protection count.",
			change: func(db *types.DBInstance) {
				db.Engine, db.EngineVersion, db.DBInstanceClass = aws.String("mysql"), aws.String("15.14"), aws.String("db.t3.small")
				db.DeletionProtection, db.DBName, db.MasterUsername = aws.Bool(true), nil, aws.String("root")
			},
			want: []string{
				where + `engine: want "postgres", got "mysql"`,
				where + `engineVersion: want "15.15" or a later one of its major version, got "15.14"`,
				where + `instanceClass: want "db.t3.micro", got "db.t3.small"`,
				where + "deletionProtection: want false, got true",
				where + `dbName: want "platform", got ""`,
				where + `masterUsername: want "platform", got "root"`,
			},
		},
		"Upgraded": {
			reason: "RDS upgrades minor versions by itself.",
			change: func(db *types.DBInstance) { db.EngineVersion = aws.String("15.16") },
		},
		"Storage": {
			reason: "Storage that nobody lets grow is as large as composed.",
			change: func(db *types.DBInstance) { db.AllocatedStorage, db.StorageType = aws.Int32(30), aws.String("gp3") },
			want:   []string{where + `storageType: want "gp2", got "gp3"`, where + "allocatedStorage: want 20, got 30"},
		},
		"StorageGrown": {
			reason: "Storage that may grow is between the two sizes.",
			edits:  []edit{set(int64(100), "spec", "database", "maxAllocatedStorage")},
			change: func(db *types.DBInstance) {
				db.AllocatedStorage, db.MaxAllocatedStorage = aws.Int32(30), aws.Int32(100)
			},
		},
		"StorageTooLarge": {
			reason: "Storage does not grow beyond the most.",
			edits:  []edit{set(int64(100), "spec", "database", "maxAllocatedStorage")},
			change: func(db *types.DBInstance) { db.AllocatedStorage = aws.Int32(110) },
			want:   []string{where + "maxAllocatedStorage: want 100, got 0", where + "allocatedStorage: want 20 to 100, got 110"},
		},
		"Surroundings": {
			reason: "The XR must name the endpoint; groups and subnets are the platform's.",
			change: func(db *types.DBInstance) {
				db.Endpoint = nil
				db.VpcSecurityGroups = append(db.VpcSecurityGroups, types.VpcSecurityGroupMembership{VpcSecurityGroupId: aws.String("sg-default")})
				db.DBSubnetGroup.DBSubnetGroupName = aws.String("default")
				db.DBSubnetGroup.Subnets[0].SubnetIdentifier = aws.String("subnet-public-b")
			},
			want: []string{
				where + `endpoint: want "dp-team-a-orders-yp3s2ksy.example.com:5432", got ""`,
				where + "vpcSecurityGroups: want [sg-database], got [sg-database sg-default]",
				where + `dbSubnetGroup: want "dp-team-a-orders-yp3s2ksy-database", got "default"`,
				where + "subnets: want [subnet-private-a subnet-private-b], got [subnet-private-a subnet-public-b]",
			},
		},
		"NoSubnetGroup": {
			reason: "A database without a subnet group is in no VPC.",
			change: func(db *types.DBInstance) { db.DBSubnetGroup = nil },
			want:   []string{where + `dbSubnetGroup: want "dp-team-a-orders-yp3s2ksy-database", got none`},
		},
		"ManagedByRDS": {
			reason: "The platform's secret is RDS's own where RDS makes the password.",
			edits:  []edit{set("ManagedByRDS", "spec", "database", "credentials")},
			change: func(db *types.DBInstance) {
				db.MasterUserSecret = &types.MasterUserSecret{SecretArn: aws.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:" + referenceName + "-database-abcdef")}
			},
		},
		"NotManagedByRDS": {
			reason: "RDS must have made the password.",
			edits:  []edit{set("ManagedByRDS", "spec", "database", "credentials")},
			change: func(*types.DBInstance) {},
			want:   []string{where + `masterUserSecret: want "arn:aws:secretsmanager:us-east-1:123456789012:secret:dp-team-a-orders-yp3s2ksy-database-abcdef", got ""`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			db := goodDatabase()
			tc.change(&db)

			got, err := checkDatabase(t.Context(), &stubDatabase{instances: []types.DBInstance{db}}, reference(t, tc.edits...), "sg-database")
			assert(t, tc.reason, tc.want, got, "", err)
		})
	}
}

func TestCheckDatabaseMissing(t *testing.T) {
	got, err := checkDatabase(t.Context(), &stubDatabase{}, reference(t), "sg-database")
	assert(t, "The database must exist.", []string{"db instance dp-team-a-orders-yp3s2ksy: want it to exist, got 0 of it"}, got, "", err)

	got, err = checkDatabase(t.Context(), &stubDatabase{err: errAWS}, reference(t), "sg-database")
	assert(t, "What can't be asked is an error.", nil, got, "cannot describe db instance dp-team-a-orders-yp3s2ksy: access denied", err)
}
