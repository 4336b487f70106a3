package provider

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/crossplane-contrib/function-data-platform/internal/observed"
)

// immutable lists, by kind, the arguments that Terraform can change only by replacing
// the thing. The provider refuses to.
var immutable = map[string][]string{
	"ec2/EIP":                      {"domain", "networkBorderGroup", "publicIpv4Pool"},
	"ec2/NATGateway":               {"allocationId", "connectivityType", "subnetId"},
	"ec2/Route":                    {"destinationCidrBlock", "routeTableId"},
	"ec2/RouteTable":               {"vpcId"},
	"ec2/RouteTableAssociation":    {"gatewayId", "subnetId"},
	"ec2/SecurityGroup":            {"description", "name", "vpcId"},
	"ec2/SecurityGroupRule":        {"cidrBlocks", "fromPort", "protocol", "securityGroupId", "self", "toPort", "type"},
	"ec2/Subnet":                   {"availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"},
	"ec2/VPC":                      {"cidrBlock"},
	"elasticache/ReplicationGroup": {"atRestEncryptionEnabled", "kmsKeyId", "networkType", "port", "subnetGroupName"},
	"rds/Instance":                 {"availabilityZone", "dbName", "engine", "kmsKeyId", "storageEncrypted", "username"},
	"secretsmanager/Secret":        {"name"},
	"secretsmanager/SecretVersion": {"secretId", "secret_string"},
}

// A change is an argument whose desired value differs from the one that AWS has.
type change struct {
	argument string
	was, is  any
	secret   bool
}

// changes that a managed resource asks for, by argument.
func changes(t *thing, m *Managed, values map[string]string) []change {
	var out []change

	was, is := forProvider(t.object), m.forProvider()

	for _, field := range slices.Sorted(maps.Keys(is)) {
		if !observed.IsInput(field) && !reflect.DeepEqual(was[field], is[field]) {
			out = append(out, change{argument: field, was: was[field], is: is[field]})
		}
	}

	for _, field := range slices.Sorted(maps.Keys(was)) {
		if _, asked := is[field]; !asked && !observed.IsInput(field) && !slices.Contains(chosen(t.kind), field) {
			out = append(out, change{argument: field, was: was[field]})
		}
	}

	for argument, value := range values {
		if t.values[argument] != value {
			out = append(out, change{argument: argument, secret: true})
		}
	}

	return out
}

// chosen are the fields that AWS chooses where a resource does not.
func chosen(kind string) []string { return observed.LateInitialized(kind) }

// refuseChanges returns the provider's error if one of the changes needs a new
// thing.
func refuseChanges(kind string, changes []change) error {
	for _, c := range changes {
		if !slices.Contains(immutable[kind], c.argument) {
			continue
		}

		const refuse = "refuse to update the external resource because the following update requires replacing it"

		if c.secret {
			return fmt.Errorf("%s: cannot change the value of the argument %q", refuse, snake(c.argument))
		}

		return fmt.Errorf("%s: cannot change the value of the argument %q from %q to %q", refuse, snake(c.argument), text(c.was), text(c.is))
	}

	return nil
}

// text of a value as Terraform has it.
func text(v any) string {
	if v == nil {
		return ""
	}

	return fmt.Sprint(v)
}

// snake is Terraform's name of a field.
func snake(field string) string {
	var b strings.Builder

	for _, r := range field {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}

		b.WriteRune(unicode.ToLower(r))
	}

	return b.String()
}
