package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/internal/observed"
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
	"kinesis/Stream":          deleteStream,
	"rds/Instance":            deleteInstance,
	"rds/SubnetGroup":         deleteDBSubnetGroup,
}

// used says that something of a kind refers to a thing.
func (c *cloud) used(t *thing, kind, field string) bool {
	return slices.ContainsFunc(c.of(kind, t.place), func(other *thing) bool { return other.refers(field, t.name) })
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

	for _, group := range c.of("rds/SubnetGroup", t.place) {
		used = used || group.refers("subnetIds", t.name) && c.used(group, "rds/Instance", "dbSubnetGroupName")
	}

	for _, group := range c.of("elasticache/SubnetGroup", t.place) {
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

	for _, subnet := range c.of("ec2/Subnet", t.place) {
		mapped = mapped || subnet.text("vpcId") == vpc && c.used(subnet, "ec2/NATGateway", "subnetId")
	}

	for _, instance := range c.of("rds/Instance", t.place) {
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
	for _, group := range c.of("rds/SubnetGroup", instance.place) {
		if group.name != instance.text("dbSubnetGroupName") {
			continue
		}

		for _, subnet := range c.of("ec2/Subnet", instance.place) {
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
	for _, instance := range c.of("rds/Instance", t.place) {
		if instance.text("dbSubnetGroupName") == t.name {
			return awsError{code: "InvalidDBSubnetGroupStateFault", message: fmt.Sprintf("Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", t.name, instance.text("identifier"))}
		}
	}

	return nil
}

func deleteStream(_ *cloud, t *thing) error {
	if !t.consumers || forProvider(t.object)["enforceConsumerDeletion"] == true {
		return nil
	}

	return awsError{code: "ResourceInUseException", message: fmt.Sprintf(
		"DeleteStream can't delete %s because there are consumers associated with this data stream. To delete %s anyway, "+
			"set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.", t.name, t.name)}
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
		return slices.ContainsFunc(c.of(t.kind, t.place), func(other *thing) bool {
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
	case "elasticache/ReplicationGroup":
		if !c.finds(t, "elasticache/SubnetGroup", "subnetGroupName") {
			return awsError{code: "CacheSubnetGroupNotFoundFault", message: fmt.Sprintf("Cache subnet group %s does not exist.", t.text("subnetGroupName"))}
		}

		return refuseVersion(t, t.text("engineVersion"))
	case "rds/Instance":
		if taken("identifier") {
			return awsError{code: "DBInstanceAlreadyExists", message: "DB instance already exists"}
		}

		if !c.finds(t, "rds/SubnetGroup", "dbSubnetGroupName") {
			return awsError{code: "DBSubnetGroupNotFoundFault", message: fmt.Sprintf("DB subnet group '%s' does not exist.", t.text("dbSubnetGroupName"))}
		}

		if err := refuseVersion(t, t.text("engineVersion")); err != nil {
			return err
		}

		return refuseNewStorage(forProvider(t.object))
	case "secretsmanager/Secret":
		if c.held[t.place][t.text("name")] {
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

// missing returns AWS's error if a thing is to be in something that is gone, or in another
// account.
func (c *cloud) missing(t *thing) error {
	for field, n := range notFound {
		in := key{place: t.place, kind: n.kind, name: t.text(field)}
		if in.name != "" && c.seen[in.anywhere()] && c.things[in.kind][in] == nil {
			return awsError{code: n.code, message: fmt.Sprintf(n.message, in.name)}
		}
	}

	return nil
}

// finds says that what a field of a thing names is there. A field that is empty names nothing.
func (c *cloud) finds(t *thing, kind, field string) bool {
	in := c.things[kind][key{place: t.place, kind: kind, name: t.text(field)}]

	return t.text(field) == "" || in != nil && in.state != stateCreating
}

// refuseUpdate returns AWS's error if a thing cannot be changed as it is asked to.
func (c *cloud) refuseUpdate(t *thing, m *Managed, changes []change) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	asked := map[string]change{}
	for _, change := range changes {
		asked[change.argument] = change
	}

	switch t.kind {
	case "ec2/EIP":
		return c.refuseInterface(t, asked)
	case "elasticache/ReplicationGroup":
		return refuseVersionChange(t, m, asked)
	case "rds/Instance":
		if err := refuseVersionChange(t, m, asked); err != nil {
			return err
		}

		if err := refuseGroup(t, asked); err != nil {
			return err
		}

		return refuseStorage(t, m.forProvider(), asked)
	default:
		return nil
	}
}

// refuseInterface of an address: the provider attaches the address to the network interface
// that it once wrote into its spec.
func (c *cloud) refuseInterface(t *thing, asked map[string]change) error {
	change, ok := asked["networkInterface"]
	if !ok {
		return nil
	}

	// Of those interfaces that a platform has, addresses can be attached to NAT gateways' only,
	// and these have been for as long as they exist.
	return awsError{
		code:      "InvalidNetworkInterfaceID.NotFound",
		message:   fmt.Sprintf("The networkInterface ID '%s' does not exist", text(change.is)),
		during:    fmt.Sprintf("updating EC2 EIP (%s): associating EC2 EIP (%s)", t.name, t.name),
		operation: "AssociateAddress",
	}
}

// engines of the kinds that have versions, where they are not told another.
var engines = map[string]string{"elasticache/ReplicationGroup": "redis", "rds/Instance": "postgres"}

// refuseVersion returns AWS's error if it does not offer a version of a thing's engine.
func refuseVersion(t *thing, version string) error {
	engine := cmp.Or(t.text("engine"), engines[t.kind])
	if _, offered := observed.Offered(engine, version); version == "" || offered {
		return nil
	}

	return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf("Cannot find version %s for %s", version, engine)}
}

func refuseVersionChange(t *thing, m *Managed, asked map[string]change) error {
	change, ok := asked["engineVersion"]
	if !ok {
		return nil
	}

	was, is := t.text("engineVersion"), text(change.is)
	if err := refuseVersion(t, is); err != nil {
		return err
	}

	if t.kind == "rds/Instance" && major(was) != major(is) && m.forProvider()["allowMajorVersionUpgrade"] != true {
		return awsError{code: "InvalidParameterCombination", message: "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."}
	}

	return nil
}

// refuseGroup returns AWS's error if a database is to have the default parameter group of
// another major version.
func refuseGroup(t *thing, asked map[string]change) error {
	change, ok := asked["parameterGroupName"]
	family, isDefault := strings.CutPrefix(text(change.is), groupPrefix)
	version := cmp.Or(text(asked["engineVersion"].is), text(t.pending["engineVersion"]), t.text("engineVersion"))

	if !ok || !isDefault || family == major(version) {
		return nil
	}

	return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(
		"The Parameter Group %s with DBParameterGroupFamily postgres%s can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily postgres%s",
		text(change.is), family, major(version))}
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// How the names of RDS's default groups begin.
const (
	groupPrefix       = "default.postgres"
	optionGroupPrefix = "default:postgres-"
)

// Errors of RDS about storage.
const (
	smallGP3   = "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400."
	wrongIOPS  = "Invalid iops value for engine name postgres and storage type %s: %d"
	wrongSpeed = "Invalid storage throughput value for engine name postgres and storage type %s: %d"
	wrongSize  = "Invalid storage size for engine name postgres and storage type %s: %d"
)

// refuseNewStorage returns AWS's error if a database can't be created with its storage.
// Terraform sends the performance that it is given.
func refuseNewStorage(is observed.Object) error {
	var iops, throughput *int64
	if n := number(is["iops"]); n != 0 {
		iops = &n
	}

	if n := number(is["storageThroughput"]); n != 0 {
		throughput = &n
	}

	return refusePerformance(is, iops, throughput)
}

// refuseStorage returns AWS's error if a database's storage can't be changed. What Terraform
// sends depends on what changes: resourceInstanceUpdate.
func refuseStorage(t *thing, is observed.Object, asked map[string]change) error {
	small := text(is["storageType"]) == "gp3" && !observed.StripedStorage("gp3", number(is["allocatedStorage"]))
	changed := func(field string) bool {
		_, ok := asked[field]
		return ok
	}

	if changed("allocatedStorage") && number(is["allocatedStorage"]) < number(forProvider(t.object)["allocatedStorage"]) {
		return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(wrongSize, text(is["storageType"]), number(is["allocatedStorage"]))}
	}

	var iops, throughput *int64

	// What the resource does not ask for, Terraform knows from AWS.
	if changed("iops") || changed("storageThroughput") || changed("allocatedStorage") && !small ||
		changed("storageType") && text(is["storageType"]) == "gp3" && !small {
		n := number(is["iops"])
		if is["iops"] == nil {
			n, _ = observed.Performance(forProvider(t.object))
		}

		iops = &n
	}

	if changed("storageThroughput") {
		n := number(is["storageThroughput"])
		throughput = &n
	}

	return refusePerformance(is, iops, throughput)
}

// refusePerformance returns AWS's error for the performance that it is sent, if it is.
func refusePerformance(is observed.Object, iops, throughput *int64) error {
	refuse := func(message string, args ...any) error {
		return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(message, args...)}
	}
	storageType := text(is["storageType"])

	switch {
	case observed.StripedStorage(storageType, number(is["allocatedStorage"])):
		if iops != nil && *iops < 12000 {
			return refuse(wrongIOPS, storageType, *iops)
		}

		if throughput != nil && *throughput < 500 {
			return refuse(wrongSpeed, storageType, *throughput)
		}
	case storageType == "gp3":
		if iops != nil || throughput != nil {
			return refuse(smallGP3)
		}
	case storageType == "gp2":
		if iops != nil && *iops != 0 {
			return refuse(wrongIOPS, storageType, *iops)
		}

		if throughput != nil && *throughput != 0 {
			return refuse(wrongSpeed, storageType, *throughput)
		}
	}

	return nil
}

// settled is what AWS makes of what it is asked for. It changes the object.
func settled(kind string, o observed.Object) observed.Object {
	f := forProvider(o)

	switch kind {
	case "ec2/EIP":
		// Whose it is follows from what uses it.
		delete(f, "networkInterface")
	case "rds/Instance":
		// The default groups are those of the version.
		version := major(text(f["engineVersion"]))

		for field, prefix := range map[string]string{"parameterGroupName": groupPrefix, "optionGroupName": optionGroupPrefix} {
			if version != "" && strings.HasPrefix(text(f[field]), prefix) {
				f[field] = prefix + version
			}
		}
	}

	return o
}

// A terraformError is one that Terraform finds without AWS.
type terraformError string

func (e terraformError) Error() string { return string(e) }
