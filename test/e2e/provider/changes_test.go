package provider

import (
	"cmp"
	"maps"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestChanges(t *testing.T) {
	cases := map[string]struct {
		reason  string
		kind    string
		was, is Object
		secrets [2]map[string]string
		want    []string
		refused string
	}{
		"None": {
			reason: "A resource that asks for what AWS has changes nothing.",
			kind:   "ec2/VPC",
			was:    Object{"cidrBlock": "10.0.0.0/16"},
			is:     Object{"cidrBlock": "10.0.0.0/16"},
		},
		"Inputs": {
			reason: "What tells the provider something is nothing in AWS.",
			kind:   "ec2/Subnet",
			was:    Object{"vpcId": "vpc-1"},
			is:     Object{"vpcId": "vpc-1", "vpcIdRef": Object{"name": "a"}, "vpcIdSelector": Object{}},
		},
		"Mutable": {
			reason: "Storage may grow.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20)},
			is:     Object{"allocatedStorage": int64(30)},
			want:   []string{"allocatedStorage"},
		},
		"Removed": {
			reason: "What a resource no longer asks for goes.",
			kind:   "cloudwatch/MetricAlarm",
			was:    Object{"alarmActions": []any{"arn"}},
			is:     Object{},
			want:   []string{"alarmActions"},
		},
		"Chosen": {
			reason: "What AWS chose stays where a resource does not ask for it.",
			kind:   "rds/Instance",
			was:    Object{"parameterGroupName": "default.postgres15"},
			is:     Object{},
		},
		"Grown": {
			reason: "What AWS has let grow does not shrink.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(50), "maxAllocatedStorage": int64(100)},
			is:     Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(100)},
		},
		"GrowthEnds": {
			reason: "A limit that is taken away ends the growth, if nothing writes it again.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(100)},
			is:     Object{"allocatedStorage": int64(20)},
			want:   []string{"maxAllocatedStorage"},
		},
		"GrowthEndsBySize": {
			reason: "So does one that is as large as the storage.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(100)},
			is:     Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(20)},
			want:   []string{"maxAllocatedStorage"},
		},
		"GrowthHasEnded": {
			reason: "Of which AWS has none then, and Terraform takes that for the same.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20)},
			is:     Object{"allocatedStorage": int64(20), "maxAllocatedStorage": int64(20)},
		},
		"LowerVersion": {
			reason: "The provider asks for no lower version of a database.",
			kind:   "rds/Instance",
			was:    Object{"engineVersion": "15.15"},
			is:     Object{"engineVersion": "15.14"},
		},
		"LowerCacheVersion": {
			reason:  "A cache would have to be another.",
			kind:    "elasticache/ReplicationGroup",
			was:     Object{"engineVersion": "7.1"},
			is:      Object{"engineVersion": "7.0"},
			want:    []string{"engineVersion"},
			refused: `refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "engine_version" from "7.1" to "7.0"`,
		},
		"PerformanceByAWS": {
			reason: "What AWS chose is no change once it is written into the spec.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20), "storageType": "gp3"},
			is:     Object{"allocatedStorage": int64(20), "storageType": "gp3", "iops": int64(3000), "storageThroughput": int64(125)},
		},
		"NoPerformance": {
			reason: "None is as good as none.",
			kind:   "rds/Instance",
			was:    Object{"storageType": "gp2"},
			is:     Object{"storageType": "gp2", "iops": int64(0)},
		},
		"Interface": {
			reason: "An address that no NAT gateway uses is not attached to what the spec says.",
			kind:   "ec2/EIP",
			was:    Object{"networkInterface": "eni-1"},
			is:     Object{"networkInterface": "eni-1"},
			want:   []string{"networkInterface"},
		},
		"Immutable": {
			reason:  "A VPC's block would need another VPC.",
			kind:    "ec2/VPC",
			was:     Object{"cidrBlock": "10.0.0.0/16"},
			is:      Object{"cidrBlock": "10.1.0.0/16"},
			want:    []string{"cidrBlock"},
			refused: `refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "cidr_block" from "10.0.0.0/16" to "10.1.0.0/16"`,
		},
		"Password": {
			reason:  "A database takes another password.",
			kind:    "rds/Instance",
			was:     Object{},
			is:      Object{},
			secrets: [2]map[string]string{{"password": "a"}, {"password": "b"}},
			want:    []string{"password"},
		},
		"Document": {
			reason:  "A version of a secret has one document; this is what provider-aws says.",
			kind:    "secretsmanager/SecretVersion",
			was:     Object{},
			is:      Object{},
			secrets: [2]map[string]string{{"secret_string": "a"}, {"secret_string": "b"}},
			want:    []string{"secret_string"},
			refused: `refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "secret_string"`,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCloud()
			has := c.adopt(mr(tc.kind, "it", tc.was, named("it")), tc.secrets[0])

			x, _, err := c.external(has)
			if err != nil {
				t.Fatal(err)
			}

			changes := c.changes(has, x.AtProvider(), mr(tc.kind, "it", tc.is), tc.secrets[1])

			var got []string
			for _, change := range changes {
				got = append(got, change.argument)
			}

			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nchanges(): -want, +got:\n%s", tc.reason, diff)
			}

			refused := ""
			if err := refuseChanges(tc.kind, changes); err != nil {
				refused = err.Error()
			}

			if diff := gocmp.Diff(tc.refused, refused); diff != "" {
				t.Errorf("%s\nrefuseChanges(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRefuseUpdate(t *testing.T) {
	const (
		small = "InvalidParameterCombination: You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400."
		major = "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
	)

	gp3 := func(size int64, more Object) Object {
		out := Object{"storageType": "gp3", "allocatedStorage": size}
		maps.Copy(out, more)

		return out
	}

	cases := map[string]struct {
		reason  string
		kind    string // Of a database by default.
		was, is Object
		want    string
	}{
		"Minor": {
			reason: "A minor version needs no permission.",
			was:    Object{"engineVersion": "15.15"},
			is:     Object{"engineVersion": "15.16"},
		},
		"Major": {
			reason: "A major one does.",
			was:    Object{"engineVersion": "15.15"},
			is:     Object{"engineVersion": "16.4"},
			want:   major,
		},
		"MajorAllowed": {
			reason: "With it AWS upgrades.",
			was:    Object{"engineVersion": "15.15"},
			is:     Object{"engineVersion": "16.4", "allowMajorVersionUpgrade": true},
		},
		"Typo": {
			reason: "A version that there is not is refused.",
			was:    Object{"engineVersion": "15.15"},
			is:     Object{"engineVersion": "15.51"},
			want:   "InvalidParameterCombination: Cannot find version 15.51 for postgres",
		},
		"CacheTypo": {
			reason: "So is one of a cache.",
			kind:   "elasticache/ReplicationGroup",
			was:    Object{"engineVersion": "7.0"},
			is:     Object{"engineVersion": "7.9"},
			want:   "InvalidParameterCombination: Cannot find version 7.9 for redis",
		},
		"OtherFamily": {
			reason: "The default group of another major version does not fit.",
			was:    Object{"engineVersion": "16.4", "parameterGroupName": "default.postgres16"},
			is:     Object{"engineVersion": "16.4", "parameterGroupName": "default.postgres15"},
			want: "InvalidParameterCombination: The Parameter Group default.postgres15 with DBParameterGroupFamily postgres15 can't be used for this instance. " +
				"Please use a Parameter Group with DBParameterGroupFamily postgres16",
		},
		"FamilyWithVersion": {
			reason: "One that comes with its version does.",
			was:    Object{"engineVersion": "15.15", "parameterGroupName": "default.postgres15"},
			is:     Object{"engineVersion": "16.4", "parameterGroupName": "default.postgres16", "allowMajorVersionUpgrade": true},
		},
		"OwnGroup": {
			reason: "What family another group is of, nobody knows here.",
			was:    Object{"engineVersion": "16.4"},
			is:     Object{"engineVersion": "16.4", "parameterGroupName": "ours"},
		},
		"Shrinks": {
			reason: "Storage does not shrink.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(50)},
			is:     Object{"storageType": "gp2", "allocatedStorage": int64(30)},
			want:   "InvalidParameterCombination: Invalid storage size for engine name postgres and storage type gp2: 30",
		},
		"GrowsSmall": {
			reason: "Terraform does not send the performance of a small gp3 volume along.",
			was:    gp3(20, nil),
			is:     gp3(30, Object{"iops": int64(3000), "storageThroughput": int64(125)}),
		},
		"ToGP3": {
			reason: "Nor where it becomes one.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(20)},
			is:     gp3(20, nil),
		},
		"SmallWithIOPS": {
			reason: "What is asked for besides AWS's is sent, and refused.",
			was:    gp3(20, nil),
			is:     gp3(20, Object{"iops": int64(4000)}),
			want:   small,
		},
		"SmallWithThroughput": {
			reason: "So is the throughput.",
			was:    gp3(20, nil),
			is:     gp3(20, Object{"storageThroughput": int64(200)}),
			want:   small,
		},
		"ToGP3WithIOPS": {
			reason: "So it is with the type.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(20)},
			is:     gp3(20, Object{"iops": int64(3000)}),
			want:   small,
		},
		"Crosses": {
			reason: "From 400 GiB on Terraform sends the iops that AWS had.",
			was:    gp3(300, nil),
			is:     gp3(400, nil),
			want:   "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp3: 3000",
		},
		"CrossesLateInitialized": {
			reason: "Or those that were written into the spec.",
			was:    gp3(300, nil),
			is:     gp3(400, Object{"iops": int64(3000), "storageThroughput": int64(125)}),
			want:   "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp3: 3000",
		},
		"CrossesWithValues": {
			reason: "With AWS's own values it does not.",
			was:    gp3(300, Object{"iops": int64(3000), "storageThroughput": int64(125)}),
			is:     gp3(400, Object{"iops": int64(12000), "storageThroughput": int64(500)}),
		},
		"SlowLarge": {
			reason: "There is a least throughput too.",
			was:    gp3(400, nil),
			is:     gp3(400, Object{"iops": int64(12000), "storageThroughput": int64(400)}),
			want:   "InvalidParameterCombination: Invalid storage throughput value for engine name postgres and storage type gp3: 400",
		},
		"ToLargeGP3": {
			reason: "AWS has no iops of a gp2 volume.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(500)},
			is:     gp3(500, nil),
			want:   "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp3: 0",
		},
		"GP2WithIOPS": {
			reason: "Those that were written into the spec of a gp3 volume don't fit another.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(20)},
			is:     Object{"storageType": "gp2", "allocatedStorage": int64(20), "iops": int64(3000)},
			want:   "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp2: 3000",
		},
		"GP2Grows": {
			reason: "Without any it grows.",
			was:    Object{"storageType": "gp2", "allocatedStorage": int64(20)},
			is:     Object{"storageType": "gp2", "allocatedStorage": int64(600)},
		},
		"Address": {
			reason: "The provider attaches an address to an interface that is gone.",
			kind:   "ec2/EIP",
			was:    Object{},
			is:     Object{"networkInterface": "eni-1"},
			want:   "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-1' does not exist",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, kind := newCloud(), cmp.Or(tc.kind, "rds/Instance")
			has := c.adopt(mr(kind, "it", tc.was, named("it")), nil)

			x, _, err := c.external(has)
			if err != nil {
				t.Fatal(err)
			}

			m, got := mr(kind, "it", tc.is), ""
			if err := c.refuseUpdate(has, m, c.changes(has, x.AtProvider(), m, nil)); err != nil {
				got = err.Error()
			}

			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nrefuseUpdate(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
