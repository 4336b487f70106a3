package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// platform of things that depend on each other.
func platform() []*Managed {
	return []*Managed{
		mr("ec2/VPC", "vpc", nil, named("vpc-1")),
		mr("ec2/InternetGateway", "igw", Object{"vpcId": "vpc-1"}, named("igw-1")),
		mr("ec2/Subnet", "public", Object{"vpcId": "vpc-1"}, named("subnet-public")),
		mr("ec2/Subnet", "private", Object{"vpcId": "vpc-1"}, named("subnet-private")),
		mr("ec2/Subnet", "spare", Object{"vpcId": "vpc-1"}, named("subnet-spare")),
		mr("ec2/RouteTable", "table", Object{"vpcId": "vpc-1"}, named("rtb-1")),
		mr("ec2/RouteTableAssociation", "association", Object{"routeTableId": "rtb-1", "subnetId": "subnet-spare"}, named("rtbassoc-1")),
		mr("ec2/SecurityGroup", "sg", Object{"vpcId": "vpc-1"}, named("sg-1")),
		mr("ec2/SecurityGroupRule", "rule", Object{"securityGroupId": "sg-1"}, named("sgrule-1")),
		mr("ec2/EIP", "eip", nil, named("eipalloc-1")),
		mr("ec2/NATGateway", "nat", Object{"allocationId": "eipalloc-1", "subnetId": "subnet-public"}, named("nat-1")),
		mr("rds/SubnetGroup", "dbgroup", Object{"subnetIds": []any{"subnet-private"}}, named("dbgroup")),
		mr("rds/Instance", "db", Object{"identifier": "orders", "dbSubnetGroupName": "dbgroup", "vpcSecurityGroupIds": []any{"sg-1"}, "skipFinalSnapshot": true}, named("db-1")),
		mr("elasticache/SubnetGroup", "cachegroup", Object{"subnetIds": []any{"subnet-private"}}, named("cachegroup")),
		mr("elasticache/ReplicationGroup", "cache", Object{"subnetGroupName": "cachegroup", "securityGroupIds": []any{"sg-1"}}, named("cache")),
		mr("kinesis/Stream", "stream", nil, named("stream")),
	}
}

// consumed streams.
func consumed(c *cloud) {
	for _, t := range c.named("kinesis/Stream", "stream") {
		c.consume(t)
	}
}

func TestRefuseDelete(t *testing.T) {
	cases := map[string]struct {
		reason string
		gone   []string // Names of managed resources whose things do not exist.
		change func(Object)
		before func(*cloud)
		delete string
		want   string
	}{
		"VPC": {
			reason: "A VPC is deleted after what is in it.",
			delete: "vpc",
			want:   "DependencyViolation: The vpc 'vpc-1' has dependencies and cannot be deleted.",
		},
		"EmptyVPC": {
			reason: "An empty VPC can be deleted.",
			gone:   []string{"igw", "public", "private", "spare", "table", "sg"},
			delete: "vpc",
		},
		"SubnetOfDatabase": {
			reason: "A database has a network interface in each subnet of its group.",
			gone:   []string{"cache"},
			delete: "private",
			want:   "DependencyViolation: The subnet 'subnet-private' has dependencies and cannot be deleted.",
		},
		"SubnetOfCache": {
			reason: "So have a cache's nodes.",
			gone:   []string{"db"},
			delete: "private",
			want:   "DependencyViolation: The subnet 'subnet-private' has dependencies and cannot be deleted.",
		},
		"SubnetOfGroups": {
			reason: "A group alone has none.",
			gone:   []string{"db", "cache"},
			delete: "private",
		},
		"SubnetOfNATGateway": {
			reason: "A NAT gateway has one.",
			delete: "public",
			want:   "DependencyViolation: The subnet 'subnet-public' has dependencies and cannot be deleted.",
		},
		"SubnetWithAssociation": {
			reason: "A subnet's association with a route table goes with it.",
			delete: "spare",
		},
		"RouteTable": {
			reason: "Terraform takes away the associations of a route table first.",
			delete: "table",
		},
		"SecurityGroup": {
			reason: "A security group is in use by the database's network interface.",
			delete: "sg",
			want:   "DependencyViolation: resource sg-1 has a dependent object",
		},
		"UnusedSecurityGroup": {
			reason: "Its own rules go with it.",
			gone:   []string{"db", "cache"},
			delete: "sg",
		},
		"InternetGateway": {
			reason: "A NAT gateway has a public address.",
			delete: "igw",
			want:   "DependencyViolation: Network vpc-1 has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
		},
		"InternetGatewayOfPublicDatabase": {
			reason: "So has a public database.",
			gone:   []string{"nat"},
			change: func(f Object) {
				if f["identifier"] != nil {
					f["publiclyAccessible"] = true
				}
			},
			delete: "igw",
			want:   "DependencyViolation: Network vpc-1 has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
		},
		"UnusedInternetGateway": {
			reason: "Routes to it do not keep it.",
			gone:   []string{"nat"},
			delete: "igw",
		},
		"EIP": {
			reason: "Only the NAT gateway may let go of its address.",
			delete: "eip",
			want:   "AuthFailure: You do not have permission to access the specified resource.",
		},
		"CacheSubnetGroup": {
			reason: "A cache's subnet group is deleted after it.",
			delete: "cachegroup",
			want:   "CacheSubnetGroupInUse: Cache subnet group cachegroup is currently in use by a cache cluster.",
		},
		"DBSubnetGroup": {
			reason: "So is a database's.",
			delete: "dbgroup",
			want:   "InvalidDBSubnetGroupStateFault: Cannot delete the subnet group 'dbgroup' because at least one database instance: orders is still using it.",
		},
		"Stream": {
			reason: "A stream without consumers can be deleted.",
			delete: "stream",
		},
		"StreamWithConsumer": {
			reason: "One that has some is kept.",
			before: consumed,
			delete: "stream",
			want: "ResourceInUseException: DeleteStream can't delete stream because there are consumers associated with this data stream. " +
				"To delete stream anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.",
		},
		"StreamEnforced": {
			reason: "Unless it is to be deleted with them.",
			before: consumed,
			change: func(f Object) { f["enforceConsumerDeletion"] = true },
			delete: "stream",
		},
		"Database": {
			reason: "A database that nothing protects can be deleted.",
			delete: "db",
		},
		"ProtectedDatabase": {
			reason: "Deletion protection keeps it.",
			change: func(f Object) { f["deletionProtection"] = true },
			delete: "db",
			want:   "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.",
		},
		"NoSnapshotName": {
			reason: "Terraform wants a final snapshot's name.",
			change: func(f Object) { f["skipFinalSnapshot"] = false },
			delete: "db",
			want:   "final_snapshot_identifier is required when skip_final_snapshot is false",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCloud()

			var target *thing

			for _, m := range platform() {
				if tc.change != nil {
					tc.change(m.forProvider())
				}

				exist(t, c, m)

				it := c.get(c.key(m, meta.GetExternalName(m)))
				if m.GetName() == tc.delete {
					target = it
				}

				for _, gone := range tc.gone {
					if m.GetName() == gone {
						c.remove(it)
					}
				}
			}

			if tc.before != nil {
				tc.before(c)
			}

			got := ""
			if err := c.startDelete(target); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nstartDelete(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// AWS says something of each kind that the table says another holds.
func TestInUse(t *testing.T) {
	for _, kind := range kinds.All() {
		for _, held := range kind.Holds {
			if inUse[held] == nil {
				t.Errorf("%s holds %s, of which inUse says nothing", kind.Name, held)
			}
		}
	}
}

func TestDeleting(t *testing.T) {
	// What is being deleted still is in the way.
	c := newCloud()
	exist(t, c, platform()...)

	get := func(kind, name string) *thing { return c.get(c.key(mr(kind, "any", nil), name)) }
	nat, eip := get("ec2/NATGateway", "nat-1"), get("ec2/EIP", "eipalloc-1")

	if err := c.startDelete(nat); err != nil {
		t.Fatal(err)
	}

	if err := c.startDelete(eip); err == nil {
		t.Error("startDelete(): the address was let go before its NAT gateway was gone")
	}

	c.remove(nat)

	if err := c.startDelete(eip); err != nil {
		t.Errorf("startDelete(): %v", err)
	}
}

func TestContents(t *testing.T) {
	// What is in a thing goes with it.
	c := newCloud()
	exist(t, c, platform()...)

	c.remove(c.get(c.key(mr("ec2/RouteTable", "any", nil), "rtb-1")))

	if diff := cmp.Diff(0, c.count()["ec2/RouteTableAssociation"]); diff != "" {
		t.Errorf("count(): -want, +got:\n%s", diff)
	}
}

func TestRefuseCreate(t *testing.T) {
	secret := func(name string, days int64) *Managed {
		return mr("secretsmanager/Secret", name, Object{"name": "orders", "recoveryWindowInDays": days})
	}

	cases := map[string]struct {
		reason string
		before []*Managed
		gone   bool // What was before is deleted.
		create *Managed
		want   string
	}{
		"Database": {
			reason: "A database's identifier is its own.",
			before: []*Managed{mr("rds/Instance", "a", Object{"identifier": "orders"})},
			create: mr("rds/Instance", "b", Object{"identifier": "orders"}),
			want:   "DBInstanceAlreadyExists: DB instance already exists",
		},
		"OtherRegion": {
			reason: "In its region.",
			before: []*Managed{mr("rds/Instance", "a", Object{"identifier": "orders"})},
			create: mr("rds/Instance", "b", Object{"identifier": "orders", "region": "eu-west-1"}),
		},
		"OtherAccount": {
			reason: "And in its account.",
			before: []*Managed{mr("rds/Instance", "a", Object{"identifier": "orders"})},
			create: mr("rds/Instance", "b", Object{"identifier": "orders"}, configured("ClusterProviderConfig", "other")),
		},
		"DatabaseWithoutGroup": {
			reason: "A database needs its subnet group.",
			create: mr("rds/Instance", "a", Object{"dbSubnetGroupName": "group"}),
			want:   "DBSubnetGroupNotFoundFault: DB subnet group 'group' does not exist.",
		},
		"DatabaseOfNoVersion": {
			reason: "And a version that there is.",
			create: mr("rds/Instance", "a", Object{"engine": "postgres", "engineVersion": "15.51"}),
			want:   "InvalidParameterCombination: Cannot find version 15.51 for postgres",
		},
		"DatabaseOfMajorVersion": {
			reason: "Of a major one AWS takes the newest.",
			create: mr("rds/Instance", "a", Object{"engineVersion": "16"}),
		},
		"SmallGP3WithIOPS": {
			reason: "A small gp3 volume has AWS's performance.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp3", "allocatedStorage": int64(20), "iops": int64(3000)}),
			want:   "InvalidParameterCombination: You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
		},
		"SmallGP3WithThroughput": {
			reason: "All of it.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp3", "allocatedStorage": int64(20), "storageThroughput": int64(125)}),
			want:   "InvalidParameterCombination: You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
		},
		"SmallGP3": {
			reason: "Without any it can be created.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp3", "allocatedStorage": int64(20)}),
		},
		"LargeGP3": {
			reason: "So can a large one.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp3", "allocatedStorage": int64(400)}),
		},
		"GP2WithIOPS": {
			reason: "The performance of a gp2 volume follows from its size.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp2", "allocatedStorage": int64(20), "iops": int64(3000)}),
			want:   "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp2: 3000",
		},
		"GP2WithThroughput": {
			reason: "So does its throughput.",
			create: mr("rds/Instance", "a", Object{"storageType": "gp2", "allocatedStorage": int64(20), "storageThroughput": int64(125)}),
			want:   "InvalidParameterCombination: Invalid storage throughput value for engine name postgres and storage type gp2: 125",
		},
		"CacheWithoutGroup": {
			reason: "A cache needs its subnet group.",
			create: mr("elasticache/ReplicationGroup", "a", Object{"subnetGroupName": "orders"}, named("a")),
			want:   "CacheSubnetGroupNotFoundFault: Cache subnet group orders does not exist.",
		},
		"CacheOfNoVersion": {
			reason: "And a version that there is.",
			create: mr("elasticache/ReplicationGroup", "a", Object{"engine": "redis", "engineVersion": "7.9"}, named("a")),
			want:   "InvalidParameterCombination: Cannot find version 7.9 for redis",
		},
		"SecurityGroup": {
			reason: "So is a security group's name, in its VPC.",
			before: []*Managed{mr("ec2/SecurityGroup", "a", Object{"name": "orders", "vpcId": "vpc-1"})},
			create: mr("ec2/SecurityGroup", "b", Object{"name": "orders", "vpcId": "vpc-1"}),
			want:   "InvalidGroup.Duplicate: The security group 'orders' already exists for VPC 'vpc-1'",
		},
		"Subnet": {
			reason: "Subnets of a VPC do not overlap.",
			before: []*Managed{mr("ec2/Subnet", "a", Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1"})},
			create: mr("ec2/Subnet", "b", Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1"}),
			want:   "InvalidSubnet.Conflict: The CIDR '10.0.0.0/24' conflicts with another subnet",
		},
		"SubnetOfAnotherVPC": {
			reason: "Those of two VPCs may.",
			before: []*Managed{mr("ec2/Subnet", "a", Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1"})},
			create: mr("ec2/Subnet", "b", Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-2"}),
		},
		"Secret": {
			reason: "A secret's name is taken while it exists.",
			before: []*Managed{secret("a", 0)},
			create: secret("b", 0),
			want:   "ResourceExistsException: The operation failed because the secret orders already exists.",
		},
		"ScheduledSecret": {
			reason: "And while it could be recovered.",
			before: []*Managed{secret("a", 7)},
			gone:   true,
			create: secret("b", 7),
			want:   "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
		},
		"DeletedSecret": {
			reason: "Without a recovery window the name is free.",
			before: []*Managed{secret("a", 0)},
			gone:   true,
			create: secret("b", 0),
		},
		"SecretVersionWithoutDocument": {
			reason: "A version without a document, as where its Secret is missing, is none.",
			create: mr("secretsmanager/SecretVersion", "a", nil),
			want:   "InvalidRequestException: You must provide either SecretString or SecretBinary.",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCloud()

			for _, m := range tc.before {
				before, err := c.create(m, nil)
				if err != nil {
					t.Fatal(err)
				}

				if tc.gone {
					c.remove(before)
				}
			}

			got := ""
			if _, err := c.create(tc.create, nil); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ncreate(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	c := newCloud()

	vpc, err := c.create(mr("ec2/VPC", "vpc", nil), nil)
	if err != nil {
		t.Fatal(err)
	}

	c.remove(vpc)

	_, err = c.create(mr("ec2/Subnet", "a", Object{"vpcId": vpc.name}), nil)
	if diff := cmp.Diff(fmt.Sprintf("InvalidVpcID.NotFound: The vpc ID '%s' does not exist", vpc.name), fmt.Sprint(err)); diff != "" {
		t.Errorf("create(): in a VPC that is gone: -want, +got:\n%s", diff)
	}
}

func TestSubnetGroups(t *testing.T) {
	// A subnet group is there once it is created, in its account.
	c := newCloud()
	cache := func(name string, change ...func(*Managed)) error {
		_, err := c.create(mr("elasticache/ReplicationGroup", name, Object{"subnetGroupName": "group"}, append(change, named(name))...), nil)
		return err
	}

	group, err := c.create(mr("elasticache/SubnetGroup", "group", nil, named("group")), nil)
	if err != nil {
		t.Fatal(err)
	}

	if err := cache("early"); err == nil {
		t.Error("create(): want an error while the subnet group is created")
	}

	c.available(group)

	if err := cache("late"); err != nil {
		t.Errorf("create(): %v", err)
	}

	if err := cache("elsewhere", configured("ClusterProviderConfig", "other")); err == nil {
		t.Error("create(): want an error where the subnet group is another account's")
	}
}

func TestIdentifiers(t *testing.T) {
	// What is created again is another thing.
	c := newCloud()
	m := mr("ec2/VPC", "vpc", nil)

	first, err := c.create(m, nil)
	if err != nil {
		t.Fatal(err)
	}

	c.remove(first)
	meta.AddAnnotations(m, map[string]string{meta.AnnotationKeyExternalCreatePending: "2026-01-05T09:00:03Z"})

	second, err := c.create(m, nil)
	if err != nil {
		t.Fatal(err)
	}

	if first.name == second.name || !strings.HasPrefix(second.name, "vpc-") {
		t.Errorf("create(): want another VPC's identifier than %s, got %s", first.name, second.name)
	}
}
