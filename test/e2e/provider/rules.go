package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// refuseDelete returns AWS's error if something that exists keeps a thing from
// being deleted: what else refers to it, by the table of kinds, or what it is itself.
func (c *cloud) refuseDelete(t *thing) error {
	if by := c.holder(t); by != nil {
		return inUse[t.kind](t, by)
	}

	switch t.kind {
	case "kinesis/Stream":
		return refuseDeleteStream(t)
	case "rds/Instance":
		return refuseDeleteInstance(t)
	default:
		return nil
	}
}

// inUse is what AWS says of deleting a thing of each kind that another can hold.
var inUse = map[string]func(t, by *thing) error{
	"ec2/EIP":                 addressInUse,
	"ec2/InternetGateway":     internetGatewayInUse,
	"ec2/SecurityGroup":       securityGroupInUse,
	"ec2/Subnet":              subnetInUse,
	"ec2/VPC":                 vpcInUse,
	"elasticache/SubnetGroup": cacheSubnetGroupInUse,
	"rds/SubnetGroup":         dbSubnetGroupInUse,
}

// holder of a thing, or nil if nothing holds it.
func (c *cloud) holder(t *thing) *thing {
	kind, name := t.kind, t.name
	// Nothing refers to an internet gateway. It is held by what has a public address in the
	// VPC that it is attached to.
	if kind == "ec2/InternetGateway" {
		kind, name = "ec2/VPC", t.text("vpcId")
	}

	for _, holding := range kinds.All() {
		// That it may be public is not in the table, as none of ours is.
		public := t.kind == "ec2/InternetGateway" && holding.Name == "rds/Instance"

		for _, other := range c.of(holding.Name, t.place) {
			if holds := slices.Contains(holding.Holds, t.kind) || public && forProvider(other.object)["publiclyAccessible"] == true; holds && c.reaches(other, kind, name) {
				return other
			}
		}
	}

	return nil
}

// reaches says that one thing refers to another, or to what does: a database to the subnets
// of its group.
func (c *cloud) reaches(from *thing, kind, name string) bool {
	return slices.ContainsFunc(provideraws.References(from.kind), func(ref provideraws.Reference) bool {
		to := provideraws.KindOf(ref.To)

		return to == kind && from.refers(ref.Field, name) || slices.ContainsFunc(c.of(to, from.place), func(via *thing) bool {
			return from.refers(ref.Field, via.name) && c.reaches(via, kind, name)
		})
	})
}

func vpcInUse(t, _ *thing) error {
	return awsError{code: "DependencyViolation", message: fmt.Sprintf("The vpc '%s' has dependencies and cannot be deleted.", t.name)}
}

// subnetInUse is what AWS says while a network interface is in it: of a NAT gateway, of a
// cache's nodes, of a database.
func subnetInUse(t, _ *thing) error {
	return awsError{code: "DependencyViolation", message: fmt.Sprintf("The subnet '%s' has dependencies and cannot be deleted.", t.name)}
}

func securityGroupInUse(t, _ *thing) error {
	return awsError{code: "DependencyViolation", message: fmt.Sprintf("resource %s has a dependent object", t.name)}
}

// internetGatewayInUse is what AWS says of detaching it, which comes first.
func internetGatewayInUse(t, _ *thing) error {
	vpc := t.text("vpcId")

	return awsError{
		code:      "DependencyViolation",
		message:   fmt.Sprintf("Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc),
		during:    fmt.Sprintf("deleting EC2 Internet Gateway (%s): detaching EC2 Internet Gateway (%s) from VPC (%s)", t.name, t.name, vpc),
		operation: "DetachInternetGateway",
	}
}

// addressInUse is what AWS says of disassociating it, which comes first, and which only the
// NAT gateway may do.
func addressInUse(t, _ *thing) error {
	return awsError{
		code:      "AuthFailure",
		message:   "You do not have permission to access the specified resource.",
		during:    fmt.Sprintf("disassociating EC2 EIP (%s)", t.name),
		operation: "DisassociateAddress",
	}
}

func cacheSubnetGroupInUse(t, _ *thing) error {
	return awsError{code: "CacheSubnetGroupInUse", message: fmt.Sprintf("Cache subnet group %s is currently in use by a cache cluster.", t.name)}
}

func dbSubnetGroupInUse(t, by *thing) error {
	return awsError{code: "InvalidDBSubnetGroupStateFault", message: fmt.Sprintf("Cannot delete the subnet group '%s' because at least one database instance: %s is still using it.", t.name, by.text("identifier"))}
}

// refuseDeleteStream is refused while it has consumers.
func refuseDeleteStream(t *thing) error {
	if !t.consumers || forProvider(t.object)["enforceConsumerDeletion"] == true {
		return nil
	}

	return awsError{code: "ResourceInUseException", message: fmt.Sprintf(
		"DeleteStream can't delete %s because there are consumers associated with this data stream. To delete %s anyway, "+
			"set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.", t.name, t.name)}
}

func refuseDeleteInstance(t *thing) error {
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
	if _, offered := provideraws.Offered(engine, version); version == "" || offered {
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

	if t.kind == "rds/Instance" && kit.Major(was) != kit.Major(is) && m.forProvider()["allowMajorVersionUpgrade"] != true {
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

	if !ok || !isDefault || family == kit.Major(version) {
		return nil
	}

	return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(
		"The Parameter Group %s with DBParameterGroupFamily postgres%s can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily postgres%s",
		text(change.is), family, kit.Major(version))}
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
func refuseNewStorage(is provideraws.Object) error {
	var iops, throughput *int64
	if n := provideraws.Number(is["iops"]); n != 0 {
		iops = &n
	}

	if n := provideraws.Number(is["storageThroughput"]); n != 0 {
		throughput = &n
	}

	return refusePerformance(is, iops, throughput)
}

// refuseStorage returns AWS's error if a database's storage can't be changed. What Terraform
// sends depends on what changes: resourceInstanceUpdate.
func refuseStorage(t *thing, is provideraws.Object, asked map[string]change) error {
	small := text(is["storageType"]) == "gp3" && !provideraws.StripedStorage("gp3", provideraws.Number(is["allocatedStorage"]))
	changed := func(field string) bool {
		_, ok := asked[field]
		return ok
	}

	if changed("allocatedStorage") && provideraws.Number(is["allocatedStorage"]) < provideraws.Number(forProvider(t.object)["allocatedStorage"]) {
		return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(wrongSize, text(is["storageType"]), provideraws.Number(is["allocatedStorage"]))}
	}

	var iops, throughput *int64

	// What the resource does not ask for, Terraform knows from AWS.
	if changed("iops") || changed("storageThroughput") || changed("allocatedStorage") && !small ||
		changed("storageType") && text(is["storageType"]) == "gp3" && !small {
		n := provideraws.Number(is["iops"])
		if is["iops"] == nil {
			n, _ = provideraws.Performance(forProvider(t.object))
		}

		iops = &n
	}

	if changed("storageThroughput") {
		n := provideraws.Number(is["storageThroughput"])
		throughput = &n
	}

	return refusePerformance(is, iops, throughput)
}

// refusePerformance returns AWS's error for the performance that it is sent, if it is.
func refusePerformance(is provideraws.Object, iops, throughput *int64) error {
	refuse := func(message string, args ...any) error {
		return awsError{code: "InvalidParameterCombination", message: fmt.Sprintf(message, args...)}
	}
	storageType := text(is["storageType"])

	switch {
	case provideraws.StripedStorage(storageType, provideraws.Number(is["allocatedStorage"])):
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
func settled(kind string, o provideraws.Object) provideraws.Object {
	f := forProvider(o)

	switch kind {
	case "ec2/EIP":
		// Whose it is follows from what uses it.
		delete(f, "networkInterface")
	case "rds/Instance":
		// The default groups are those of the version.
		version := kit.Major(text(f["engineVersion"]))

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
