// Package kinds is the one table of the kinds of managed resources that platforms are
// made of, and of what is known of each. The function, what plays provider-aws in tests,
// the tests themselves and the lists of services and permissions read it.
package kinds

import (
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// groupSuffix ends the API groups of provider-aws's namespaced kinds.
const groupSuffix = ".aws.m.upbound.io"

// Version that all of the kinds have.
const Version = "v1beta1"

// A Kind is what is known of one kind.
type Kind struct {
	// Name is the service and the kind, such as ec2/VPC. Two services may have a kind of
	// one name.
	Name string

	// NamedByAWS says that AWS chooses the external name. Until that is recorded the
	// resource needs the policy LateInitialize: without it provider-aws never records it,
	// references to the resource never resolve, and a restart of the provider creates it
	// again (crossplane/upjet#531).
	NamedByAWS bool

	// OnlyNamed says that of such a resource AWS chooses nothing besides that is in its
	// spec, so that LateInitialize writes its name and no more, and may stay.
	OnlyNamed bool

	// Untagged says that AWS knows no tags for it.
	Untagged bool

	// Stateful says that it holds data that is nowhere else, and is gone when it is.
	Stateful bool

	// MaxName is how many characters its name in AWS may have, where we choose one. 0 says
	// that we don't.
	MaxName int

	// Immutable are the fields of spec.forProvider that Terraform changes only by
	// replacing the resource, which the provider refuses to.
	Immutable []string

	// Holds are the kinds that AWS refuses to delete while one of this refers to them.
	Holds []string

	// Actions of IAM that provider-aws needs to observe, create, change, tag and delete one
	// with the fields that the function sets.
	Actions []string
}

// all kinds, by name. Limits of names are AWS's:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
//
// Actions are the calls in Terraform's source of each resource, in the fork that provider-aws
// v2.5.0 is built with (upbound/terraform-provider-aws, f7691456b787,
// internal/service/<service>), without the branches for fields that are never set. None was
// tried against AWS. Some are not calls, but asked for by AWS besides one:
//   - the tags of a create call: ec2:CreateTags, AddTagsToResource, TagResource, and
//     kinesis:AddTagsToStream, for which kinesis:TagResource won't do;
//     https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
//   - iam:CreateServiceLinkedRole, in an account that has no database or no cache yet;
//   - kms:DescribeKey, secretsmanager:CreateSecret and TagResource, for a password that RDS
//     manages;
//     https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
//   - rds:CreateDBSnapshot, for a final snapshot, and what of EC2 a database describes: so
//     says the CloudFormation schema of AWS::RDS::DBInstance.
//
// Keys of KMS that AWS manages need no more: their own policies let whoever may use the
// service use them.
// https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
var all = []Kind{
	{
		Name: "cloudwatch/MetricAlarm", MaxName: 255,
		Actions: []string{
			"cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
			"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
		},
	},
	{
		Name: "ec2/EIP", NamedByAWS: true,
		Immutable: []string{"domain", "networkBorderGroup", "publicIpv4Pool"},
		Actions: []string{
			"ec2:AllocateAddress", "ec2:CreateTags", "ec2:DeleteTags", "ec2:DescribeAddresses",
			"ec2:DescribeAddressesAttribute", "ec2:DisassociateAddress", "ec2:ReleaseAddress",
		},
	},
	{
		Name: "ec2/InternetGateway", NamedByAWS: true, OnlyNamed: true,
		Holds: []string{"ec2/VPC"},
		Actions: []string{
			"ec2:AttachInternetGateway", "ec2:CreateInternetGateway", "ec2:CreateTags",
			"ec2:DeleteInternetGateway", "ec2:DeleteTags", "ec2:DescribeInternetGateways",
			"ec2:DetachInternetGateway",
		},
	},
	{
		Name: "ec2/NATGateway", NamedByAWS: true,
		Immutable: []string{"allocationId", "connectivityType", "subnetId"},
		Holds:     []string{"ec2/EIP", "ec2/InternetGateway", "ec2/Subnet"},
		Actions: []string{
			"ec2:CreateNatGateway", "ec2:CreateTags", "ec2:DeleteNatGateway", "ec2:DeleteTags",
			"ec2:DescribeNatGateways",
		},
	},
	{
		Name: "ec2/Route", NamedByAWS: true, Untagged: true,
		Immutable: []string{"destinationCidrBlock", "routeTableId"},
		Actions: []string{
			"ec2:CreateRoute", "ec2:DeleteRoute", "ec2:DescribeRouteTables", "ec2:ReplaceRoute",
		},
	},
	{
		Name: "ec2/RouteTable", NamedByAWS: true, OnlyNamed: true,
		Immutable: []string{"vpcId"},
		Holds:     []string{"ec2/VPC"},
		Actions: []string{
			"ec2:CreateRouteTable", "ec2:CreateTags", "ec2:DeleteRouteTable", "ec2:DeleteTags",
			"ec2:DescribeRouteTables", "ec2:DisassociateRouteTable",
		},
	},
	{
		Name: "ec2/RouteTableAssociation", NamedByAWS: true, OnlyNamed: true, Untagged: true,
		Immutable: []string{"gatewayId", "subnetId"},
		Actions: []string{
			"ec2:AssociateRouteTable", "ec2:DescribeRouteTables", "ec2:DisassociateRouteTable",
			"ec2:ReplaceRouteTableAssociation",
		},
	},
	{
		Name: "ec2/SecurityGroup", NamedByAWS: true, OnlyNamed: true, MaxName: 255,
		Immutable: []string{"description", "name", "vpcId"},
		Holds:     []string{"ec2/VPC"},
		Actions: []string{
			"ec2:CreateSecurityGroup", "ec2:CreateTags", "ec2:DeleteNetworkInterface",
			"ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:DescribeNetworkInterfaces",
			"ec2:DescribeSecurityGroups", "ec2:DetachNetworkInterface", "ec2:RevokeSecurityGroupEgress",
		},
	},
	{
		Name: "ec2/SecurityGroupRule", NamedByAWS: true, OnlyNamed: true, Untagged: true,
		Immutable: []string{"cidrBlocks", "fromPort", "protocol", "securityGroupId", "self", "toPort", "type"},
		Actions: []string{
			"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
			"ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:RevokeSecurityGroupEgress",
			"ec2:RevokeSecurityGroupIngress", "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
			"ec2:UpdateSecurityGroupRuleDescriptionsIngress",
		},
	},
	{
		Name: "ec2/Subnet", NamedByAWS: true,
		Immutable: []string{"availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"},
		Holds:     []string{"ec2/VPC"},
		Actions: []string{
			"ec2:CreateSubnet", "ec2:CreateTags", "ec2:DeleteNetworkInterface", "ec2:DeleteSubnet",
			"ec2:DeleteTags", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
			"ec2:DetachNetworkInterface", "ec2:ModifySubnetAttribute",
		},
	},
	{
		Name: "ec2/VPC", NamedByAWS: true,
		Immutable: []string{"cidrBlock"},
		Actions: []string{
			"ec2:CreateTags", "ec2:CreateVpc", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DescribeNetworkAcls",
			"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute",
			"ec2:DescribeVpcs", "ec2:ModifyVpcAttribute",
		},
	},
	{
		Name: "elasticache/ReplicationGroup", Stateful: true, MaxName: 40,
		Immutable: []string{"atRestEncryptionEnabled", "kmsKeyId", "networkType", "port", "subnetGroupName"},
		Holds:     []string{"ec2/SecurityGroup", "ec2/Subnet", "elasticache/SubnetGroup"},
		Actions: []string{
			"elasticache:AddTagsToResource", "elasticache:CreateReplicationGroup",
			"elasticache:DecreaseReplicaCount", "elasticache:DeleteReplicationGroup",
			"elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups",
			"elasticache:IncreaseReplicaCount", "elasticache:ListTagsForResource",
			"elasticache:ModifyReplicationGroup", "elasticache:RemoveTagsFromResource",
			"iam:CreateServiceLinkedRole",
		},
	},
	{
		Name: "elasticache/SubnetGroup", MaxName: 255,
		Actions: []string{
			"elasticache:AddTagsToResource", "elasticache:CreateCacheSubnetGroup",
			"elasticache:DeleteCacheSubnetGroup", "elasticache:DescribeCacheSubnetGroups",
			"elasticache:ListTagsForResource", "elasticache:ModifyCacheSubnetGroup",
			"elasticache:RemoveTagsFromResource",
		},
	},
	{
		Name: "kinesis/Stream", Stateful: true, MaxName: 128,
		Actions: []string{
			"kinesis:AddTagsToStream", "kinesis:CreateStream", "kinesis:DecreaseStreamRetentionPeriod",
			"kinesis:DeleteStream", "kinesis:DescribeStreamSummary", "kinesis:DisableEnhancedMonitoring",
			"kinesis:EnableEnhancedMonitoring", "kinesis:IncreaseStreamRetentionPeriod",
			"kinesis:ListTagsForResource", "kinesis:StartStreamEncryption", "kinesis:TagResource",
			"kinesis:UntagResource", "kinesis:UpdateShardCount", "kinesis:UpdateStreamMode",
		},
	},
	{
		Name: "rds/Instance", NamedByAWS: true, Stateful: true, MaxName: 63,
		Immutable: []string{"availabilityZone", "dbName", "engine", "kmsKeyId", "storageEncrypted", "username"},
		Holds:     []string{"ec2/SecurityGroup", "ec2/Subnet", "rds/SubnetGroup"},
		Actions: []string{
			"ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "iam:CreateServiceLinkedRole",
			"kms:DescribeKey", "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBSnapshot",
			"rds:DeleteDBInstance", "rds:DescribeDBInstances", "rds:ModifyDBInstance",
			"rds:RemoveTagsFromResource", "secretsmanager:CreateSecret", "secretsmanager:TagResource",
		},
	},
	{
		Name: "rds/SubnetGroup", MaxName: 255,
		Actions: []string{
			"rds:AddTagsToResource", "rds:CreateDBSubnetGroup", "rds:DeleteDBSubnetGroup",
			"rds:DescribeDBSubnetGroups", "rds:ListTagsForResource", "rds:ModifyDBSubnetGroup",
			"rds:RemoveTagsFromResource",
		},
	},
	{
		Name: "secretsmanager/Secret", NamedByAWS: true, MaxName: 512,
		Immutable: []string{"name"},
		Actions: []string{
			"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret",
			"secretsmanager:GetResourcePolicy", "secretsmanager:TagResource", "secretsmanager:UntagResource",
			"secretsmanager:UpdateSecret",
		},
	},
	{
		Name: "secretsmanager/SecretVersion", NamedByAWS: true, Untagged: true,
		Immutable: []string{"secretId", "secret_string"},
		Actions: []string{
			"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
			"secretsmanager:UpdateSecretVersionStage",
		},
	},
}

// byKind has all kinds by their group and kind.
var byKind = func() map[schema.GroupKind]Kind {
	out := make(map[schema.GroupKind]Kind, len(all))
	for _, k := range all {
		out[k.GroupVersionKind().GroupKind()] = k
	}

	return out
}()

// All kinds, sorted by name.
func All() []Kind { return slices.Clone(all) }

// Services that the kinds are of, sorted.
func Services() []string {
	var services []string
	for _, k := range all {
		services = append(services, k.Service())
	}

	slices.Sort(services)

	return slices.Compact(services)
}

// Actions that the kinds need, sorted.
func Actions() []string {
	var actions []string
	for _, k := range all {
		actions = append(actions, k.Actions...)
	}

	slices.Sort(actions)

	return slices.Compact(actions)
}

// ShortestName is the shortest limit of all names that we choose in AWS, in characters.
func ShortestName() int {
	shortest := math.MaxInt

	for _, k := range all {
		if k.MaxName > 0 {
			shortest = min(shortest, k.MaxName)
		}
	}

	return shortest
}

// Of is what is known of a kind, or an empty Kind of one that no platform has.
func Of(kind schema.GroupKind) Kind { return byKind[kind] }

// Named is what is known of the kind with a name such as ec2/VPC, or an empty Kind.
func Named(name string) Kind {
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}
	}

	return all[i]
}

// IsManaged says whether a group is one of provider-aws's: whether its kinds are of
// something in AWS.
func IsManaged(group string) bool { return strings.HasSuffix(group, groupSuffix) }

// Service is the first part of the kind's group, which is the name of the provider's
// program too.
func (k Kind) Service() string {
	service, _, _ := strings.Cut(k.Name, "/")
	return service
}

// GroupVersionKind of the managed resources of this kind.
func (k Kind) GroupVersionKind() schema.GroupVersionKind {
	service, kind, _ := strings.Cut(k.Name, "/")
	return schema.GroupVersionKind{Group: service + groupSuffix, Version: Version, Kind: kind}
}
