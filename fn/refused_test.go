package main

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// TestRefusedValues has the function say of values that AWS refuses what is wrong with
// them, in the developer's spec and in the policy's defaults. Admission says the same:
// test/e2e shows it.
func TestRefusedValues(t *testing.T) {
	const (
		reserved  = `a reserved word of PostgreSQL can't be a name: choose another, such as platform`
		username  = `username is reserved by RDS or PostgreSQL: choose another, such as platform`
		pg        = `username must not start with pg_: PostgreSQL keeps such names for its own roles; choose another, such as platform`
		dbName    = `dbName is reserved by RDS: choose another, such as platform`
		vpc       = `a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3: no host can have such an address; choose a private block, such as 10.0.0.0/16`
		first     = `a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16`
		tagKey    = `a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`
		tagChars  = `a tag's key has letters, digits, spaces and _.:/=+-@ only: AWS refuses others; choose another key`
		nodeType  = `nodeType must not be of the families t1, m1, m2 and c1: they have no encryption; choose a newer one, such as cache.t4g.micro`
		class     = `instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2: they have no encryption; choose a newer one, such as db.t4g.micro`
		fifo      = `an alarm can't notify a FIFO topic, whose name ends in .fifo: choose a standard topic`
		partition = `a topic's ARN must begin with the partition of its region, such as arn:aws-cn in cn-north-1, arn:aws-us-gov in us-gov-west-1 and arn:aws in us-east-1: copy the ARN from AWS`
	)

	network := func(cidr, public, private string) string {
		if cidr != "" {
			cidr = `"cidrBlock":"` + cidr + `",`
		}

		return `"network":{` + cidr + `"publicSubnetCidrBlocks":[` + public + `],"privateSubnetCidrBlocks":[` + private + `]}`
	}
	topic := func(arn string) string { return `"monitoring":{"alarmActions":["` + arn + `"]}` }

	cases := map[string]struct {
		reason string
		fields string
		// want is the field below spec, and the message. A case without is good.
		field, want string
		// developer says that only the developer's value is refused.
		developer bool
	}{
		"UserPrefix":         {reason: "PostgreSQL's roles start so.", fields: `"database":{"username":"pg_owner"}`, field: `database.username: invalid value "pg_owner"`, want: pg},
		"UserPrefixCapitals": {reason: "Case is no way out.", fields: `"database":{"username":"PG_owner"}`, field: `database.username: invalid value "PG_owner"`, want: pg},
		"UserReservedWord":   {reason: "RDS refuses user.", fields: `"database":{"username":"User"}`, field: `database.username: invalid value "User"`, want: reserved},
		"UserOfRDS":          {reason: "RDS has such a user, in any case.", fields: `"database":{"username":"RdsAdmin"}`, field: `database.username: invalid value "RdsAdmin"`, want: username},
		"UserRole":           {reason: "RDS has such a role.", fields: `"database":{"username":"rds_superuser"}`, field: `database.username: invalid value "rds_superuser"`, want: username},
		"UserPublic":         {reason: "PostgreSQL has such a role.", fields: `"database":{"username":"public"}`, field: `database.username: invalid value "public"`, want: username},
		"UserPostgres":       {reason: "RDS's own default is good.", fields: `"database":{"username":"postgres"}`},
		"UserRDS":            {reason: "Only the names that RDS has are its own.", fields: `"database":{"username":"rdsuser"}`},
		"NameReservedWord":   {reason: "RDS refuses reserved words.", fields: `"database":{"dbName":"ORDER"}`, field: `database.dbName: invalid value "ORDER"`, want: reserved},
		"NameTemplate":       {reason: "Each PostgreSQL has it.", fields: `"database":{"dbName":"template0"}`, field: `database.dbName: invalid value "template0"`, want: dbName},
		"NameOfRDS":          {reason: "RDS makes it.", fields: `"database":{"dbName":"RDSAdmin"}`, field: `database.dbName: invalid value "RDSAdmin"`, want: dbName},
		"NamePostgres":       {reason: "RDS's own default is good.", fields: `"database":{"dbName":"postgres"}`},

		"ThisNetwork": {reason: "No host can have such an address.", fields: `"network":{"cidrBlock":"0.0.0.0/16"}`, field: `network.cidrBlock: invalid value "0.0.0.0/16"`, want: vpc},
		"Loopback":    {reason: "Each host is there.", fields: `"network":{"cidrBlock":"127.1.0.0/16"}`, field: `network.cidrBlock: invalid value "127.1.0.0/16"`, want: vpc},
		"LinkLocal":   {reason: "AWS reserves it.", fields: `"network":{"cidrBlock":"169.254.16.0/20"}`, field: `network.cidrBlock: invalid value "169.254.16.0/20"`, want: vpc},
		"Multicast":   {reason: "These are groups.", fields: `"network":{"cidrBlock":"239.0.0.0/24"}`, field: `network.cidrBlock: invalid value "239.0.0.0/24"`, want: vpc},
		"Future":      {reason: "These are for the future.", fields: `"network":{"cidrBlock":"240.0.0.0/16"}`, field: `network.cidrBlock: invalid value "240.0.0.0/16"`, want: vpc},
		"Shared":      {reason: "AWS takes shared and public addresses.", fields: `"network":{"cidrBlock":"100.64.0.0/16"}`},
		"VPCAddress":  {reason: "AWS would write another block.", fields: `"network":{"cidrBlock":"10.0.1.0/16"}`, field: `network.cidrBlock: invalid value "10.0.1.0/16"`, want: first},
		"SubnetAddress": {
			reason: "AWS would write another block.", fields: network("", `"10.0.0.0/24","10.0.1.1/24"`, `"10.0.2.0/24","10.0.3.0/24"`),
			field: `network.publicSubnetCidrBlocks[1]: invalid value "10.0.1.1/24"`, want: first,
		},
		"PublicOutside": {
			reason: "A subnet is a part of its VPC.", fields: network("10.1.0.0/16", `"10.1.0.0/24","10.0.1.0/24"`, `"10.1.2.0/24","10.1.3.0/24"`),
			field: `network: invalid value`, want: `publicSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`,
		},
		"PrivateOutside": {
			reason: "A subnet is a part of its VPC.", fields: network("10.1.0.0/24", `"10.1.0.0/28","10.1.0.16/28"`, `"10.1.0.32/28","10.1.1.0/28"`),
			field: `network: invalid value`, want: `privateSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`,
		},
		"PublicOverlap": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.0.128/25"`, `"10.0.2.0/24","10.0.3.0/24"`),
			field: `network.publicSubnetCidrBlocks: invalid value ["10.0.0.0/24","10.0.0.128/25"]`, want: `publicSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`,
		},
		"PrivateRepeated": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.1.0/24"`, `"10.0.2.0/24","10.0.2.0/24"`),
			field: `network.privateSubnetCidrBlocks: invalid value ["10.0.2.0/24","10.0.2.0/24"]`, want: `privateSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`,
		},
		"TiersOverlap": {
			reason: "No two subnets share an address.", fields: network("", `"10.0.0.0/24","10.0.1.0/24"`, `"10.0.1.0/28","10.0.3.0/24"`),
			field: `network: invalid value`, want: `publicSubnetCidrBlocks must not overlap privateSubnetCidrBlocks: no two subnets share an address; use other parts of the VPC's block`,
		},
		"Subnets": {reason: "Neighbours don't overlap.", fields: network("10.1.0.0/22", `"10.1.0.0/24","10.1.1.0/25"`, `"10.1.1.128/25","10.1.2.0/23"`)},

		"TagOfAWS":        {reason: "AWS refuses its own prefix in any case.", fields: `"tags":{"AWS:team":"a"}`, field: `tags: invalid value {"AWS:team":"a"}`, want: tagKey},
		"TagOfRDS":        {reason: "RDS refuses its own prefix.", fields: `"tags":{"rds:team":"a"}`, field: `tags: invalid value {"rds:team":"a"}`, want: tagKey},
		"TagCharacters":   {reason: "AWS refuses it in some services.", fields: `"tags":{"team,unit":"a"}`, field: `tags: invalid value {"team,unit":"a"}`, want: tagChars},
		"TagInAnyScript":  {reason: "AWS takes letters of any script.", fields: `"tags":{"größe 大 +-=._:/@":"a"}`},
		"TagLikeAPrefix":  {reason: "Only the prefix is AWS's.", fields: `"tags":{"awsteam":"a","team:aws":"a"}`},
		"NodeNoMultiAZ":   {reason: "It has no multi-AZ.", fields: `"cache":{"nodeType":"cache.t1.micro"}`, field: `cache.nodeType: invalid value "cache.t1.micro"`, want: nodeType},
		"NodeUnencrypted": {reason: "It has no encryption.", fields: `"cache":{"nodeType":"cache.m2.xlarge"}`, field: `cache.nodeType: invalid value "cache.m2.xlarge"`, want: nodeType},
		"NodeOld":         {reason: "A cache that exists may have it.", fields: `"cache":{"nodeType":"cache.t2.micro"}`},
		"ClassMicro":      {reason: "It has no encryption.", fields: `"database":{"instanceClass":"db.t2.micro"}`, field: `database.instanceClass: invalid value "db.t2.micro"`, want: class},
		"ClassOld":        {reason: "It has no encryption.", fields: `"database":{"instanceClass":"db.m1.small"}`, field: `database.instanceClass: invalid value "db.m1.small"`, want: class},
		"ClassSmall":      {reason: "It has encryption.", fields: `"database":{"instanceClass":"db.t2.small"}`},

		"TopicFIFO":   {reason: "Alarms notify standard topics.", fields: topic("arn:aws:sns:us-east-1:123456789012:a.fifo"), field: `monitoring.alarmActions[0]: invalid value "arn:aws:sns:us-east-1:123456789012:a.fifo"`, want: fifo},
		"TopicGov":    {reason: "The partition is another.", fields: topic("arn:aws-us-gov:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-us-gov:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicCN":     {reason: "The partition is another.", fields: topic("arn:aws-cn:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-cn:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicNoPart": {reason: "There is no such partition.", fields: topic("arn:aws-us:sns:us-east-1:123456789012:a"), field: `monitoring.alarmActions[0]: invalid value "arn:aws-us:sns:us-east-1:123456789012:a"`, want: partition},
		"TopicElsewhere": {
			reason: "An alarm notifies topics of its own region; a policy has those of several.", developer: true, fields: topic("arn:aws:sns:eu-west-1:123456789012:a"),
			field: `: invalid value`, want: `monitoring.alarmActions must be topics in spec.region: an alarm notifies those of its own region only; use topics there`,
		},
	}

	f := newFunction(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			refused := func(where string, req *fnv1.RunFunctionRequest) {
				t.Helper()

				rsp, err := f.RunFunction(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}

				var got string
				for _, r := range rsp.GetResults() {
					got += r.GetMessage()
				}

				if tc.want == "" && got != "" {
					t.Errorf("%s\n%s: want no error, got %s", tc.reason, where, got)
				}

				if tc.want != "" && (!strings.HasPrefix(got, where+tc.field) || !strings.Contains(got, ": "+tc.want+": ") || strings.Count(got, "invalid value") != 1) {
					t.Errorf("%s\nwant %s%s: %s\ngot  %s", tc.reason, where, tc.field, tc.want, got)
				}
			}
			if tc.developer {
				refused("invalid composite resource: spec", requestFor(xrJSON(`{"region":"us-east-1",`+tc.fields+`}`)))
				return
			}

			refused("invalid composite resource: spec.", requestFor(xrJSON(`{"region":"us-east-1",`+tc.fields+`}`)))
			refused("invalid function input: defaults.", requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"defaults":{`+tc.fields+`}`)))
		})
	}
}

// TestPartitions shows which partition of AWS a topic's ARN may have in each region.
func TestPartitions(t *testing.T) {
	f := newFunction(t)

	for region, want := range map[string]string{
		"us-east-1":      "aws",
		"eu-central-1":   "aws",
		"mx-central-1":   "aws",
		"cn-north-1":     "aws-cn",
		"us-gov-west-1":  "aws-us-gov",
		"us-iso-east-1":  "aws-iso",
		"us-isob-east-1": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e",
		"us-isof-east-1": "aws-iso-f",
		"eusc-de-east-1": "aws-eusc",
	} {
		for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "aws-new"} {
			xr := xrJSON(`{"region":"` + region + `","availabilityZones":["` + region + `a","` + region + `b"],"monitoring":{"alarmActions":["arn:` + partition + `:sns:` + region + `:123456789012:alarms"]}}`)

			rsp, err := f.RunFunction(t.Context(), requestFor(xr))
			if err != nil {
				t.Fatal(err)
			}

			if good := len(rsp.GetResults()) == 0; good != (partition == want) {
				t.Errorf("arn:%s in %s: want good %t, got %v", partition, region, partition == want, rsp.GetResults())
			}
		}
	}
}
