package provider

import (
	"fmt"
	"slices"
	"strings"
)

// refuseDelete returns AWS's error if something that exists keeps a thing from
// being deleted.
func (c *cloud) refuseDelete(t *thing) error {
	if rule, ok := deleteRules[t.kind]; ok {
		return rule(c, t)
	}

	return nil
}

// deleteRules are what AWS says of deleting each kind. Kinds that are not here can
// always be deleted; of a route table, Terraform takes away the associations
// itself.
var deleteRules = map[string]func(c *cloud, t *thing) error{
	"ec2/EIP":                 deleteEIP,
	"ec2/InternetGateway":     deleteInternetGateway,
	"ec2/SecurityGroup":       deleteSecurityGroup,
	"ec2/Subnet":              deleteSubnet,
	"ec2/VPC":                 deleteVPC,
	"elasticache/SubnetGroup": deleteCacheSubnetGroup,
	"rds/Instance":            deleteInstance,
	"rds/SubnetGroup":         deleteDBSubnetGroup,
}

// used says that something of a kind refers to a thing.
func (c *cloud) used(t *thing, kind, field string) bool {
	return slices.ContainsFunc(c.of(kind, t.region), func(other *thing) bool { return other.refers(field, t.name) })
}

func deleteVPC(c *cloud, t *thing) error {
	for _, kind := range []string{"ec2/InternetGateway", "ec2/RouteTable", "ec2/SecurityGroup", "ec2/Subnet"} {
		if c.used(t, kind, "vpcId") {
			return awsError{code: "DependencyViolation", message: fmt.Sprintf("The vpc '%s' has dependencies and cannot be deleted.", t.name)}
		}
	}

	return nil
}

// deleteSubnet is refused while a network interface is in it: of a NAT gateway, of
// a cache's nodes, of a database.
func deleteSubnet(c *cloud, t *thing) error {
	used := c.used(t, "ec2/NATGateway", "subnetId")

	for _, group := range c.of("rds/SubnetGroup", t.region) {
		used = used || group.refers("subnetIds", t.name) && c.used(group, "rds/Instance", "dbSubnetGroupName")
	}

	for _, group := range c.of("elasticache/SubnetGroup", t.region) {
		used = used || group.refers("subnetIds", t.name) && c.used(group, "elasticache/ReplicationGroup", "subnetGroupName")
	}

	if !used {
		return nil
	}

	return awsError{code: "DependencyViolation", message: fmt.Sprintf("The subnet '%s' has dependencies and cannot be deleted.", t.name)}
}

func deleteSecurityGroup(c *cloud, t *thing) error {
	for kind, field := range map[string]string{
		"elasticache/ReplicationGroup": "securityGroupIds",
		"rds/Instance":                 "vpcSecurityGroupIds",
		"ec2/SecurityGroupRule":        "sourceSecurityGroupId",
	} {
		if c.used(t, kind, field) {
			return awsError{code: "DependencyViolation", message: fmt.Sprintf("resource %s has a dependent object", t.name)}
		}
	}

	return nil
}

// deleteInternetGateway detaches it first, which is refused while something in the
// VPC has a public address.
func deleteInternetGateway(c *cloud, t *thing) error {
	vpc := t.text("vpcId")
	mapped := false

	for _, subnet := range c.of("ec2/Subnet", t.region) {
		mapped = mapped || subnet.text("vpcId") == vpc && c.used(subnet, "ec2/NATGateway", "subnetId")
	}

	for _, instance := range c.of("rds/Instance", t.region) {
		mapped = mapped || forProvider(instance.object)["publiclyAccessible"] == true && c.vpcOf(instance) == vpc
	}

	if !mapped {
		return nil
	}

	return awsError{
		code:      "DependencyViolation",
		message:   fmt.Sprintf("Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc),
		during:    fmt.Sprintf("deleting EC2 Internet Gateway (%s): detaching EC2 Internet Gateway (%s) from VPC (%s)", t.name, t.name, vpc),
		operation: "DetachInternetGateway",
	}
}

// vpcOf a database: that of the subnets of its group.
func (c *cloud) vpcOf(instance *thing) string {
	for _, group := range c.of("rds/SubnetGroup", instance.region) {
		if group.name != instance.text("dbSubnetGroupName") {
			continue
		}

		for _, subnet := range c.of("ec2/Subnet", instance.region) {
			if group.refers("subnetIds", subnet.name) {
				return subnet.text("vpcId")
			}
		}
	}

	return ""
}

// deleteEIP disassociates it first, which only the NAT gateway may do.
func deleteEIP(c *cloud, t *thing) error {
	if !c.used(t, "ec2/NATGateway", "allocationId") {
		return nil
	}

	return awsError{
		code:      "AuthFailure",
		message:   "You do not have permission to access the specified resource.",
		during:    fmt.Sprintf("disassociating EC2 EIP (%s)", t.name),
		operation: "DisassociateAddress",
	}
}

func deleteCacheSubnetGroup(c *cloud, t *thing) error {
	if !c.used(t, "elasticache/ReplicationGroup", "subnetGroupName") {
		return nil
	}

	return awsError{code: "CacheSubnetGroupInUse", message: fmt.Sprintf("Cache subnet group %s is currently in use by a cache cluster.", t.name)}
}

func deleteDBSubnetGroup(c *cloud, t *thing) error {
	for _, instance := range c.of("rds/Instance", t.region) {
		if instance.text("dbSubnetGroupName") == t.name {
			return awsError{code: "InvalidDBSubnetGroupStateFault", message: fmt.Sprintf("Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", t.name, instance.text("identifier"))}
		}
	}

	return nil
}

func deleteInstance(_ *cloud, t *thing) error {
	f := forProvider(t.object)

	if f["skipFinalSnapshot"] != true && t.text("finalSnapshotIdentifier") == "" {
		return terraformError("final_snapshot_identifier is required when skip_final_snapshot is false")
	}

	if f["deletionProtection"] == true {
		return awsError{code: "InvalidParameterCombination", message: "Cannot delete protected DB Instance, please disable deletion protection and try again."}
	}

	return nil
}

// refuseCreate returns AWS's error if a thing cannot be created.
func (c *cloud) refuseCreate(t *thing) error {
	if err := c.missing(t); err != nil {
		return err
	}

	taken := func(field string, also ...string) bool {
		return slices.ContainsFunc(c.of(t.kind, t.region), func(other *thing) bool {
			for _, f := range append([]string{field}, also...) {
				if other.text(f) != t.text(f) {
					return false
				}
			}

			return true
		})
	}

	switch t.kind {
	case "ec2/SecurityGroup":
		if taken("name", "vpcId") {
			return awsError{code: "InvalidGroup.Duplicate", message: fmt.Sprintf("The security group '%s' already exists for VPC '%s'", t.text("name"), t.text("vpcId"))}
		}
	case "ec2/Subnet":
		if taken("cidrBlock", "vpcId") {
			return awsError{code: "InvalidSubnet.Conflict", message: fmt.Sprintf("The CIDR '%s' conflicts with another subnet", t.text("cidrBlock"))}
		}
	case "rds/Instance":
		if taken("identifier") {
			return awsError{code: "DBInstanceAlreadyExists", message: "DB instance already exists"}
		}
	case "secretsmanager/Secret":
		if c.held[t.region][t.text("name")] {
			return awsError{code: "InvalidRequestException", message: "You can't create this secret because a secret with this name is already scheduled for deletion."}
		}

		if taken("name") {
			return awsError{code: "ResourceExistsException", message: fmt.Sprintf("The operation failed because the secret %s already exists.", t.text("name"))}
		}
	case "secretsmanager/SecretVersion":
		if t.values["secret_string"] == "" {
			return awsError{code: "InvalidRequestException", message: "You must provide either SecretString or SecretBinary."}
		}
	}

	return nil
}

// notFound is what EC2 says of an identifier that it does not know.
var notFound = map[string]struct{ field, kind, code, message string }{
	"vpcId":           {kind: "ec2/VPC", code: "InvalidVpcID.NotFound", message: "The vpc ID '%s' does not exist"},
	"subnetId":        {kind: "ec2/Subnet", code: "InvalidSubnetID.NotFound", message: "The subnet ID '%s' does not exist"},
	"routeTableId":    {kind: "ec2/RouteTable", code: "InvalidRouteTableID.NotFound", message: "The routeTable ID '%s' does not exist"},
	"securityGroupId": {kind: "ec2/SecurityGroup", code: "InvalidGroup.NotFound", message: "The security group '%s' does not exist"},
}

// missing returns AWS's error if a thing is to be in something that is gone.
func (c *cloud) missing(t *thing) error {
	for field, n := range notFound {
		if name := t.text(field); name != "" && c.gone[key{kind: n.kind, region: t.region, name: name}] {
			return awsError{code: n.code, message: fmt.Sprintf(n.message, name)}
		}
	}

	return nil
}

// refuseUpdate returns AWS's error if a thing cannot be changed as it is asked to.
func (c *cloud) refuseUpdate(t *thing, m *Managed) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	was, is := t.text("engineVersion"), ""
	m.get("engineVersion", &is)

	major := func(version string) string {
		s, _, _ := strings.Cut(version, ".")
		return s
	}

	if t.kind == "rds/Instance" && is != "" && major(was) != major(is) && m.forProvider()["allowMajorVersionUpgrade"] != true {
		return awsError{code: "InvalidParameterCombination", message: "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."}
	}

	return nil
}

// A terraformError is one that Terraform finds without AWS.
type terraformError string

func (e terraformError) Error() string { return string(e) }
