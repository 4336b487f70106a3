package provideraws

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"maps"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// A pattern is how the provider leaves the resources of a kind.
type pattern struct {
	// The identifier that AWS gives. Nil where the external name is ours. It may
	// hold the name of what the resource refers to.
	identifier func(*resource) string

	// The ARN's service and what is before the external name, such as ec2:vpc/.
	arn string

	// In the order in which the provider resolves them.
	references []reference

	// Late says that the provider finds out late that what a resource refers to
	// exists. It waits longer before each try.
	late bool

	// Slow says that AWS takes minutes to create one.
	slow bool

	// Fields of the spec that the provider fills in with what AWS chose.
	lateInitialized []string

	// The field with the name that AWS has of it besides its identifier, if any, and
	// whether the provider fills it in.
	named     string
	namedLate bool

	// Fields of the status that are there without being asked for.
	empty Object

	// Fields of the status that AWS makes up.
	status func(*platform, *resource) Object

	// Connection details that the provider publishes.
	connection func(*resource) map[string][]byte
}

// patterns of the kinds that platforms are made of.
var patterns = map[string]pattern{
	"cloudwatch/MetricAlarm": {
		arn:             "cloudwatch:alarm:",
		lateInitialized: []string{"actionsEnabled"},
		empty: Object{
			"actionsEnabled": true, "alarmDescription": "", "datapointsToAlarm": int64(0),
			"evaluateLowSampleCountPercentiles": "", "extendedStatistic": "",
			"thresholdMetricId": "", "treatMissingData": "missing", "unit": "",
		},
	},

	"ec2/EIP": {
		identifier:      id("eipalloc-"),
		arn:             "ec2:elastic-ip/",
		lateInitialized: []string{"networkInterface"},
		empty: Object{
			"carrierIp": "", "customerOwnedIp": "", "customerOwnedIpv4Pool": "", "instance": "",
			"networkBorderGroup": "", "ptrRecord": "", "publicIpv4Pool": "",
		},
		status: addressStatus,
	},

	"ec2/InternetGateway": {
		identifier: id("igw-"),
		arn:        "ec2:internet-gateway/",
		references: []reference{refVPC},
		empty:      Object{"ownerId": account},
	},

	"ec2/NATGateway": {
		identifier:      id("nat-"),
		references:      []reference{refAllocation, refSubnet},
		slow:            true,
		lateInitialized: []string{"connectivityType", "vpcId"},
		empty:           Object{"availabilityMode": "", "connectivityType": "public"},
		status: func(p *platform, r *resource) Object {
			return Object{
				"networkInterfaceId": networkInterface(r),
				"publicIp":           publicIP(r.text("allocationId")),
				"vpcId":              p.vpc(),
			}
		},
	},

	"ec2/Route": {
		identifier: func(r *resource) string { return "r-" + r.text("routeTableId") + digits(r.hash("route"), 10) },
		references: []reference{refGateway, refNATGateway, refRouteTable},
		late:       true,
		empty: Object{
			"carrierGatewayId": "", "coreNetworkArn": "", "destinationIpv6CidrBlock": "",
			"destinationPrefixListId": "", "egressOnlyGatewayId": "", "gatewayId": "", "instanceId": "",
			"instanceOwnerId": "", "localGatewayId": "", "natGatewayId": "", "networkInterfaceId": "",
			"origin": "CreateRoute", "state": "active", "transitGatewayId": "", "vpcEndpointId": "",
			"vpcPeeringConnectionId": "",
		},
	},

	"ec2/RouteTable": {
		identifier: id("rtb-"),
		arn:        "ec2:route-table/",
		references: []reference{refVPC},
		empty:      Object{"ownerId": account},
		status:     routeTableStatus,
	},

	"ec2/RouteTableAssociation": {
		identifier: id("rtbassoc-"),
		references: []reference{refRouteTable, refSubnet},
		late:       true,
		empty:      Object{"gatewayId": ""},
	},

	"ec2/SecurityGroup": {
		identifier: id("sg-"),
		arn:        "ec2:security-group/",
		references: []reference{refVPC},
		named:      "name",
		empty:      Object{"ownerId": account, "revokeRulesOnDelete": false},
		status:     securityGroupStatus,
	},

	"ec2/SecurityGroupRule": {
		identifier: func(r *resource) string { return "sgrule-" + digits(r.hash("rule"), 10) },
		references: []reference{refSecurityGroup},
		late:       true,
		empty:      Object{"self": false},
		status: func(_ *platform, r *resource) Object {
			return Object{"securityGroupRuleId": "sgr-" + r.hash("sgr")[:17]}
		},
	},

	"ec2/Subnet": {
		identifier:      id("subnet-"),
		arn:             "ec2:subnet/",
		references:      []reference{refVPC},
		lateInitialized: []string{"privateDnsHostnameTypeOnLaunch"},
		empty: Object{
			"assignIpv6AddressOnCreation": false, "customerOwnedIpv4Pool": "", "enableDns64": false,
			"enableLniAtDeviceIndex": int64(0), "enableResourceNameDnsARecordOnLaunch": false,
			"enableResourceNameDnsAaaaRecordOnLaunch": false, "ipv6CidrBlock": "",
			"ipv6CidrBlockAssociationId": "", "ipv6Native": false, "mapCustomerOwnedIpOnLaunch": false,
			"mapPublicIpOnLaunch": false, "outpostArn": "", "ownerId": account,
			"privateDnsHostnameTypeOnLaunch": "ip-name",
		},
		status: func(_ *platform, r *resource) Object {
			return Object{"availabilityZoneId": zoneID(r.text("region"), r.text("availabilityZone"))}
		},
	},

	"ec2/VPC": {
		identifier:      id("vpc-"),
		arn:             "ec2:vpc/",
		lateInitialized: []string{"instanceTenancy"},
		empty: Object{
			"assignGeneratedIpv6CidrBlock": false, "enableNetworkAddressUsageMetrics": false,
			"instanceTenancy":   "default",
			"ipv6AssociationId": "", "ipv6CidrBlock": "", "ipv6CidrBlockNetworkBorderGroup": "",
			"ipv6IpamPoolId": "", "ipv6NetmaskLength": int64(0), "ownerId": account,
		},
		status: func(_ *platform, r *resource) Object {
			table := "rtb-" + r.hash("rtb")[:17]

			return Object{
				"defaultNetworkAclId":    "acl-" + r.hash("acl")[:17],
				"defaultRouteTableId":    table,
				"defaultSecurityGroupId": "sg-" + r.hash("sg")[:17],
				"dhcpOptionsId":          "dopt-" + r.hash("dopt")[:17],
				"mainRouteTableId":       table,
			}
		},
	},

	"elasticache/ReplicationGroup": {
		arn:        "elasticache:replicationgroup:",
		references: []reference{refSecurityGroups, refSubnetGroup},
		slow:       true,
		lateInitialized: []string{
			"autoMinorVersionUpgrade", "maintenanceWindow", "nodeGroupConfiguration", "parameterGroupName", "port",
			"replicasPerNodeGroup", "snapshotWindow", "transitEncryptionMode",
		},
		empty: Object{
			"autoMinorVersionUpgrade": "true", "clusterEnabled": false, "clusterMode": "disabled",
			"dataTieringEnabled": false, "ipDiscovery": "ipv4", "kmsKeyId": "",
			"maintenanceWindow": "sun:05:00-sun:06:00", "networkType": "ipv4", "numNodeGroups": int64(1),
			"port":                   int64(6379),
			"snapshotRetentionLimit": int64(0), "snapshotWindow": "05:00-06:00",
			"transitEncryptionMode": "required",
		},
		status:     replicationGroupStatus,
		connection: replicationGroupConnection,
	},

	"elasticache/SubnetGroup": {
		arn:             "elasticache:subnetgroup:",
		references:      []reference{refSubnets},
		lateInitialized: []string{"description"},
		empty:           Object{"description": "Managed by Terraform"},
		status:          func(p *platform, _ *resource) Object { return Object{"vpcId": p.vpc()} },
	},

	"kinesis/Stream": {
		arn:   "kinesis:stream/",
		slow:  true,
		empty: Object{"enforceConsumerDeletion": false, "maxRecordSizeInKib": int64(1024)},
		status: func(_ *platform, r *resource) Object {
			return Object{"id": r.makeARN("kinesis:stream/", r.external)}
		},
	},

	"rds/Instance": {
		identifier: func(r *resource) string { return "db-" + strings.ToUpper(r.hash("db")[:26]) },
		references: []reference{refDBSubnetGroup, refVPCSecurityGrps},
		named:      "identifier",
		namedLate:  true,
		slow:       true,
		lateInitialized: []string{
			"autoMinorVersionUpgrade", "backupTarget", "caCertIdentifier", "deleteAutomatedBackups", "iops", "licenseModel",
			"maxAllocatedStorage", "networkType", "optionGroupName", "parameterGroupName", "port", "storageThroughput",
		},
		empty: Object{
			"applyImmediately": false, "autoMinorVersionUpgrade": true, "backupTarget": "region",
			"caCertIdentifier": "rds-ca-rsa2048-g1", "characterSetName": "", "copyTagsToSnapshot": false,
			"customIamInstanceProfile": "", "customerOwnedIpEnabled": false, "databaseInsightsMode": "standard",
			"dedicatedLogVolume": false, "deleteAutomatedBackups": true, "deletionProtection": false, "domain": "", "domainAuthSecretArn": "",
			"domainFqdn": "", "domainIamRoleName": "", "domainOu": "",
			"engineLifecycleSupport": "open-source-rds-extended-support", "hostedZoneId": "Z2R2ITUGPM61AM",
			"iamDatabaseAuthenticationEnabled": false, "identifierPrefix": "", "kmsKeyId": "",
			"latestRestorableTime": timeObserved, "licenseModel": "postgresql-license", "monitoringInterval": int64(0),
			"monitoringRoleArn": "", "ncharCharacterSetName": "", "networkType": "IPV4", "performanceInsightsEnabled": false,
			"performanceInsightsKmsKeyId": "", "performanceInsightsRetentionPeriod": int64(0), "port": int64(5432), "replicaMode": "",
			"replicateSourceDb": "", "status": "available", "timezone": "",
			"upgradeRolloutOrder": "",
		},
		status:     instanceStatus,
		connection: instanceConnection,
	},

	"rds/SubnetGroup": {
		arn:             "rds:subgrp:",
		references:      []reference{refSubnets},
		lateInitialized: []string{"description"},
		empty:           Object{"description": "Managed by Terraform", "supportedNetworkTypes": []any{"IPV4"}},
		status:          func(p *platform, _ *resource) Object { return Object{"vpcId": p.vpc()} },
	},

	"secretsmanager/Secret": {
		identifier: func(r *resource) string {
			return r.makeARN("secretsmanager:secret:", r.text("name")+"-"+r.hash("secret")[:6])
		},
		named:     "name",
		namedLate: true,
		empty:     Object{"description": "", "forceOverwriteReplicaSecret": false, "kmsKeyId": "", "policy": ""},
		status: func(_ *platform, r *resource) Object {
			return Object{"arn": r.external}
		},
	},

	"secretsmanager/SecretVersion": {
		identifier:      func(r *resource) string { return r.text("secretId") + "|" + r.secretVersion() },
		references:      []reference{refSecret},
		late:            true,
		lateInitialized: []string{"versionStages"},
		empty:           Object{"versionStages": []any{"AWSCURRENT"}},
		status: func(_ *platform, r *resource) Object {
			return Object{"arn": r.text("secretId"), "versionId": r.secretVersion()}
		},
	},
}

// AWS describes a rule within its security group, and a route within its table.
var (
	emptyRule = Object{"description": "", "self": false}

	emptyRoute = Object{
		"carrierGatewayId": "", "coreNetworkArn": "", "destinationPrefixListId": "", "egressOnlyGatewayId": "",
		"gatewayId": "", "ipv6CidrBlock": "", "localGatewayId": "", "natGatewayId": "", "networkInterfaceId": "",
		"transitGatewayId": "", "vpcEndpointId": "", "vpcPeeringConnectionId": "",
	}
)

func securityGroupStatus(p *platform, r *resource) Object {
	out := Object{}

	for _, rule := range p.referring("ec2/SecurityGroupRule", refSecurityGroup, r) {
		within := maps.Clone(emptyRule)

		for _, field := range []string{"cidrBlocks", "description", "fromPort", "protocol", "toPort"} {
			if value, ok := rule.forProvider()[field]; ok {
				within[field] = value
			}
		}

		rules, _ := out[rule.text("type")].([]any)
		out[rule.text("type")] = append(rules, within)
	}

	return out
}

func routeTableStatus(p *platform, r *resource) Object {
	using := p.referring("ec2/Route", refRouteTable, r)
	routes := make([]any, 0, len(using))

	for _, route := range using {
		within := maps.Clone(emptyRoute)
		within["cidrBlock"] = route.text("destinationCidrBlock")

		for _, ref := range []reference{refGateway, refNATGateway} {
			if value := route.text(ref.field); value != "" {
				within[ref.field] = value
			}

			if targets, used := p.targets(route, ref); used {
				within[ref.field] = targets[0].external
			}
		}

		routes = append(routes, within)
	}

	if len(routes) == 0 {
		return nil
	}

	return Object{"route": routes}
}

// addressStatus is what AWS says of an address: whose it is, once a NAT gateway uses it.
func addressStatus(p *platform, r *resource) Object {
	ip := publicIP(r.external)
	out := Object{
		"allocationId":     r.external,
		"associationId":    "",
		"networkInterface": "",
		"privateIp":        "",
		"publicDns":        "ec2-" + strings.ReplaceAll(ip, ".", "-") + ".compute.amazonaws.com",
		"publicIp":         ip,
	}

	for _, gateway := range p.referring("ec2/NATGateway", refAllocation, r) {
		gateway.identify()

		out["associationId"] = "eipassoc-" + hash(gateway.external, "association")[:17]
		out["networkInterface"] = networkInterface(gateway)
		out["privateIp"] = "10.0.0." + fmt.Sprint(4+crc32.ChecksumIEEE([]byte(gateway.external))%250)
	}

	return out
}

// networkInterface of a NAT gateway.
func networkInterface(gateway *resource) string {
	return "eni-" + hash(gateway.external, "interface")[:17]
}

// id returns a maker of the identifiers that EC2 gives.
func id(prefix string) func(*resource) string {
	return func(r *resource) string { return prefix + r.hash("id")[:17] }
}

// publicIP of an address allocation, from a block that is for documentation.
func publicIP(allocation string) string {
	return fmt.Sprintf("203.0.113.%d", crc32.ChecksumIEEE([]byte(allocation))%256)
}

// shortener makes use1 of us-east-1, as AWS does in the names of some things.
var shortener = strings.NewReplacer("-", "", "gov", "g", "central", "c", "north", "n", "south", "s", "east", "e", "west", "w")

// zoneID is AWS's name for a zone that is the same in every account, such as
// use1-az2. Which of an account's zones it is differs; here b is az2.
func zoneID(region, zone string) string {
	letter := strings.TrimPrefix(zone, region)
	return fmt.Sprintf("%s-az%d", shortener.Replace(region), strings.Index("abcdef", letter)+1)
}

func (r *resource) secretVersion() string { return "terraform-" + digits(r.hash("version"), 26) }

func replicationGroupStatus(p *platform, r *resource) Object {
	clusters, _ := r.forProvider()["numCacheClusters"].(int64)
	all := p.zones()

	members := make([]any, 0, clusters)
	zones := make([]any, 0, clusters)

	for i := range int(clusters) {
		members = append(members, fmt.Sprintf("%s-%03d", r.external, i+1))

		if len(all) > 0 {
			zones = append(zones, all[i%len(all)])
		}
	}

	group := Object{"nodeGroupId": "0001", "primaryOutpostArn": "", "replicaCount": clusters - 1, "slots": ""}
	if len(zones) > 0 {
		group["primaryAvailabilityZone"] = zones[0]
		group["replicaAvailabilityZones"] = zones[1:]
	}

	version := r.text("engineVersion")
	if actual, offered := Offered("redis", version); offered {
		version = actual
	}

	return Object{
		"engineVersionActual":    version,
		"memberClusters":         members,
		"nodeGroupConfiguration": []any{group},
		"parameterGroupName":     cmp.Or(r.text("parameterGroupName"), DefaultGroup("redis", version)),
		"primaryEndpointAddress": r.cacheHost("master"),
		"readerEndpointAddress":  r.cacheHost("replica"),
		"replicasPerNodeGroup":   clusters - 1,
	}
}

// cacheHost is the host name of one of a replication group's endpoints.
func (r *resource) cacheHost(role string) string {
	return fmt.Sprintf("%s.%s.%s.%s.cache.amazonaws.com", role, r.external, r.hash("cache")[:6], shortener.Replace(r.text("region")))
}

func replicationGroupConnection(r *resource) map[string][]byte {
	details := map[string][]byte{
		"port":                     []byte("6379"),
		"primary_endpoint_address": []byte(r.cacheHost("master")),
		"reader_endpoint_address":  []byte(r.cacheHost("replica")),
	}
	if r.forProvider()["autoGenerateAuthToken"] == true {
		details["attribute.auth_token"] = []byte("example-auth-token")
	}

	return details
}

func instanceStatus(p *platform, r *resource) Object {
	version := r.text("engineVersion")
	if actual, offered := Offered("postgres", version); offered {
		version = actual
	}

	iops, throughput := Performance(r.forProvider())

	out := Object{
		"address":             r.databaseHost(),
		"arn":                 r.makeARN("rds:db:", r.nameInAWS()),
		"endpoint":            r.databaseHost() + ":5432",
		"engineVersionActual": version,
		"iops":                iops,
		"maxAllocatedStorage": maxStorage(r.forProvider()),
		"optionGroupName":     cmp.Or(r.text("optionGroupName"), "default:postgres-"+kit.Major(version)),
		"parameterGroupName":  cmp.Or(r.text("parameterGroupName"), DefaultGroup("postgres", version)),
		"resourceId":          r.external,
		"storageThroughput":   throughput,
	}
	if zones := p.zones(); len(zones) > 0 {
		out["availabilityZone"] = zones[0]
	}

	if r.forProvider()["manageMasterUserPassword"] == true {
		out["masterUserSecret"] = []any{Object{
			"kmsKeyId":     r.makeARN("kms:key/", uuid(r.hash("kms"))),
			"secretArn":    r.makeARN("secretsmanager:secret:", "rds!"+strings.ToLower(r.external)+"-"+r.hash("secret")[:6]),
			"secretStatus": "active",
		}}
	}

	return out
}

// databaseHost is the host name of an instance.
func (r *resource) databaseHost() string {
	return fmt.Sprintf("%s.%s.%s.rds.amazonaws.com", r.nameInAWS(), r.hash("database")[:12], r.text("region"))
}

func instanceConnection(r *resource) map[string][]byte {
	details := map[string][]byte{
		"address":  []byte(r.databaseHost()),
		"endpoint": []byte(r.databaseHost() + ":5432"),
		"host":     []byte(r.databaseHost()),
		"port":     []byte("5432"),
		"username": []byte(r.text("username")),
	}
	if r.forProvider()["autoGeneratePassword"] == true {
		maps.Copy(details, map[string][]byte{
			"attribute.password": []byte("example-password"),
			"password":           []byte("example-password"),
		})
	}

	return details
}
