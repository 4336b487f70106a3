package provider

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A change is an argument whose desired value differs from the one that AWS has.
type change struct {
	argument string
	was, is  any
	secret   bool
}

// changes that a managed resource asks for, by argument.
func changes(t *thing, atProvider provideraws.Object, m *Managed, values map[string]string) []change {
	var out []change

	was, is := has(t, atProvider), m.forProvider()

	for _, field := range slices.Sorted(maps.Keys(is)) {
		c := change{argument: field, was: was[field], is: is[field]}
		if !provideraws.IsInput(field) && !reflect.DeepEqual(c.was, c.is) && !suppressed(t.kind, is, c) {
			out = append(out, c)
		}
	}

	for _, field := range slices.Sorted(maps.Keys(was)) {
		if _, asked := is[field]; !asked && !provideraws.IsInput(field) && !slices.Contains(computed(t.kind), field) {
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

// derived are the fields, by kind, of which AWS has something else than it was asked for:
// what follows from others.
var derived = map[string][]string{
	"ec2/EIP":      {"networkInterface"},
	"rds/Instance": {"iops", "maxAllocatedStorage", "storageThroughput"},
}

// has is what AWS has, as Terraform compares it.
func has(t *thing, atProvider provideraws.Object) provideraws.Object {
	out := maps.Clone(forProvider(t.object))

	for _, field := range derived[t.kind] {
		delete(out, field)
	}

	for _, field := range provideraws.LateInitialized(t.kind) {
		if _, asked := out[field]; !asked && !isZero(atProvider[field]) {
			out[field] = atProvider[field]
		}
	}

	// Terraform takes the version that a database is to get for the one that it has.
	if version, waits := t.pending["engineVersion"]; waits && t.kind == "rds/Instance" {
		out["engineVersion"] = version
	}

	return out
}

func isZero(value any) bool { return value == nil || value == "" || value == int64(0) }

// names that AWS has of things besides their identifiers. What is taken over keeps its own.
var names = map[string]string{
	"ec2/SecurityGroup":     "name",
	"rds/Instance":          "identifier",
	"secretsmanager/Secret": "name",
}

// computed are the fields that stay as they are where a resource does not ask for them.
func computed(kind string) []string {
	out := slices.DeleteFunc(provideraws.LateInitialized(kind), func(field string) bool { return field == "maxAllocatedStorage" })
	if name := names[kind]; name != "" {
		out = append(out, name)
	}

	return out
}

// suppressed says that Terraform, or provider-aws, takes a difference for none.
func suppressed(kind string, is provideraws.Object, c change) bool {
	if kind != "rds/Instance" {
		return false
	}

	switch c.argument {
	case "allocatedStorage":
		// AWS has let it grow.
		return provideraws.Number(c.was) > provideraws.Number(c.is) && provideraws.Number(is["maxAllocatedStorage"]) > provideraws.Number(c.is)
	case "engineVersion":
		return c.was != nil && !kit.Lower(text(c.was), text(c.is))
	case "maxAllocatedStorage":
		return c.was == nil && provideraws.Number(c.is) == provideraws.Number(is["allocatedStorage"])
	default:
		return isZero(c.was) && isZero(c.is)
	}
}

// refuseChanges returns the provider's error if one of the changes needs a new
// thing.
func refuseChanges(kind string, changes []change) error {
	for _, c := range changes {
		// Of a cache, a lower version does too.
		falls := kind == "elasticache/ReplicationGroup" && c.argument == "engineVersion" && kit.Lower(text(c.is), text(c.was))

		if !falls && !slices.Contains(kinds.Named(kind).Immutable, c.argument) {
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
