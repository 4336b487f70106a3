package provider

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// A service is one of AWS's, and what it calls the operations on a kind.
type service struct {
	name                         string // As the AWS SDK for Go names it.
	noun                         string // As Terraform's errors name the kind.
	read, create, update, delete string

	// Modeled says that the SDK has a type for the service's errors, and then
	// leaves out the words api error.
	modeled bool
}

var services = map[string]service{
	"cloudwatch/MetricAlarm":       {name: "CloudWatch", noun: "CloudWatch Metric Alarm", read: "DescribeAlarms", create: "PutMetricAlarm", update: "PutMetricAlarm", delete: "DeleteAlarms"},
	"ec2/EIP":                      {name: "EC2", noun: "EC2 EIP", read: "DescribeAddresses", create: "AllocateAddress", update: "CreateTags", delete: "ReleaseAddress"},
	"ec2/InternetGateway":          {name: "EC2", noun: "EC2 Internet Gateway", read: "DescribeInternetGateways", create: "CreateInternetGateway", update: "CreateTags", delete: "DeleteInternetGateway"},
	"ec2/NATGateway":               {name: "EC2", noun: "EC2 NAT Gateway", read: "DescribeNatGateways", create: "CreateNatGateway", update: "CreateTags", delete: "DeleteNatGateway"},
	"ec2/Route":                    {name: "EC2", noun: "Route", read: "DescribeRouteTables", create: "CreateRoute", update: "ReplaceRoute", delete: "DeleteRoute"},
	"ec2/RouteTable":               {name: "EC2", noun: "Route Table", read: "DescribeRouteTables", create: "CreateRouteTable", update: "CreateTags", delete: "DeleteRouteTable"},
	"ec2/RouteTableAssociation":    {name: "EC2", noun: "Route Table Association", read: "DescribeRouteTables", create: "AssociateRouteTable", update: "ReplaceRouteTableAssociation", delete: "DisassociateRouteTable"},
	"ec2/SecurityGroup":            {name: "EC2", noun: "Security Group", read: "DescribeSecurityGroups", create: "CreateSecurityGroup", update: "CreateTags", delete: "DeleteSecurityGroup"},
	"ec2/SecurityGroupRule":        {name: "EC2", noun: "Security Group Rule", read: "DescribeSecurityGroupRules", create: "AuthorizeSecurityGroupIngress", update: "UpdateSecurityGroupRuleDescriptionsIngress", delete: "RevokeSecurityGroupIngress"},
	"ec2/Subnet":                   {name: "EC2", noun: "EC2 Subnet", read: "DescribeSubnets", create: "CreateSubnet", update: "ModifySubnetAttribute", delete: "DeleteSubnet"},
	"ec2/VPC":                      {name: "EC2", noun: "EC2 VPC", read: "DescribeVpcs", create: "CreateVpc", update: "ModifyVpcAttribute", delete: "DeleteVpc"},
	"elasticache/ReplicationGroup": {name: "ElastiCache", noun: "ElastiCache Replication Group", read: "DescribeReplicationGroups", create: "CreateReplicationGroup", update: "ModifyReplicationGroup", delete: "DeleteReplicationGroup", modeled: true},
	"elasticache/SubnetGroup":      {name: "ElastiCache", noun: "ElastiCache Subnet Group", read: "DescribeCacheSubnetGroups", create: "CreateCacheSubnetGroup", update: "ModifyCacheSubnetGroup", delete: "DeleteCacheSubnetGroup", modeled: true},
	"kinesis/Stream":               {name: "Kinesis", noun: "Kinesis Stream", read: "DescribeStreamSummary", create: "CreateStream", update: "UpdateShardCount", delete: "DeleteStream", modeled: true},
	"rds/Instance":                 {name: "RDS", noun: "RDS DB Instance", read: "DescribeDBInstances", create: "CreateDBInstance", update: "ModifyDBInstance", delete: "DeleteDBInstance"},
	"rds/SubnetGroup":              {name: "RDS", noun: "RDS Subnet Group", read: "DescribeDBSubnetGroups", create: "CreateDBSubnetGroup", update: "ModifyDBSubnetGroup", delete: "DeleteDBSubnetGroup", modeled: true},
	"secretsmanager/Secret":        {name: "Secrets Manager", noun: "Secrets Manager Secret", read: "DescribeSecret", create: "CreateSecret", update: "UpdateSecret", delete: "DeleteSecret", modeled: true},
	"secretsmanager/SecretVersion": {name: "Secrets Manager", noun: "Secrets Manager Secret Version", read: "GetSecretValue", create: "PutSecretValue", update: "UpdateSecretVersionStage", delete: "UpdateSecretVersionStage", modeled: true},
}

// An awsError is a refusal of AWS's: its code and its message.
type awsError struct {
	code, message string

	// During says what Terraform was doing if it was not what it was asked to do,
	// and the operation of AWS's that it called for that.
	during, operation string
}

func (e awsError) Error() string { return e.code + ": " + e.message }

// diagnostic words an error as Terraform and upjet do, from what was to be done
// with which kind and name, such as delete.
func diagnostic(op Operation, kind, name string, err error) error {
	if e := terraformError(""); errors.As(err, &e) {
		return fmt.Errorf("failed to %s the resource: [{0 %w  []}]", op, err)
	}

	s := services[kind]
	verb, operation := map[Operation]string{OperationCreate: "creating", OperationUpdate: "updating", OperationDelete: "deleting", OperationObserve: "reading"}[op],
		map[Operation]string{OperationCreate: s.create, OperationUpdate: s.update, OperationDelete: s.delete, OperationObserve: s.read}[op]

	doing := fmt.Sprintf("%s %s (%s)", verb, s.noun, name)
	if name == "" {
		doing = fmt.Sprintf("%s %s", verb, s.noun)
	}

	api := "api error "
	if s.modeled {
		api = ""
	}

	if e := (awsError{}); errors.As(err, &e) && e.operation != "" {
		doing, operation = e.during, e.operation
	}

	return fmt.Errorf("failed to %s the resource: [{0 %s: operation error %s: %s, https response error StatusCode: 400, RequestID: %s, %s%w  []}]",
		op, doing, s.name, operation, requestID(operation, name), api, err)
}

// requestID is the same for each try, so that a message that says nothing new
// stays as it is. AWS's differ.
func requestID(parts ...string) string {
	h := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, parts)))
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:32])
}
