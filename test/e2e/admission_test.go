package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpextv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
)

// fields of a spec, by their paths. Nil is a field that is taken away.
type fields map[string]any

// What is updated. Nothing is composed of it.
const (
	plain = "plain" // Has a region and nothing else.
	fixed = "fixed" // Has each field that can't change, but for blocks.
	split = "split" // Has blocks.
)

var existing = map[string]fields{
	plain: {},
	fixed: {
		"availabilityZones":               []any{"us-east-1a", "us-east-1b", "us-east-1c"},
		"network.cidrBlock":               "10.0.0.0/16",
		"cache.authentication":            "None",
		"database.allocatedStorage":       100,
		"database.credentials":            "Generated",
		"database.dbName":                 "orders",
		"database.username":               "orders",
		"externalNames":                   map[string]any{"vpc": "vpc-1"},
		"providerConfigRef":               map[string]any{"kind": "ClusterProviderConfig", "name": "default"},
		"writeConnectionSecretToRef.name": "orders",
	},
	split: {
		"network.publicSubnetCidrBlocks":  []any{"10.0.0.0/24", "10.0.1.0/24"},
		"network.privateSubnetCidrBlocks": []any{"10.0.10.0/24", "10.0.11.0/24"},
	},
}

// Patterns of blocks.
const (
	patternBlock    = `^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-8])$`
	patternVPCBlock = `^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-4])$`
)

// A refusal is a request that breaks a pattern or a rule in CEL. Those that break another
// keyword of the schema follow from it: brokenKeywords.
type refusal struct {
	reason string

	// Rule that the request breaks: a field and pattern, or the beginning of the
	// message.
	rule string

	// Only kind that has the rule. Both if empty: of claims the name of the
	// connection Secret is Crossplane's field.
	only schema.GroupVersionKind

	// What is updated. Nothing if it is a create.
	update string

	set  fields
	want []string
}

// refusals, a request each and one at least for each pattern and rule in CEL.
var refusals = []refusal{
	{
		rule: "region: pattern", reason: "A region is no zone.",
		set:  fields{"region": "us-east-1a"},
		want: []string{`spec.region: Invalid value: "us-east-1a": spec.region in body should match '^[a-z]{2,4}(-[a-z]+)+-[0-9]$'`},
	},
	{
		rule: "region: region is immutable", reason: "A region can't change.",
		update: plain,
		set:    fields{"region": "us-west-2"},
		want:   []string{`spec.region: Invalid value: "string": region is immutable: AWS resources can't move between regions; create another platform there`},
	},
	{
		rule: "availabilityZones: availabilityZones must not repeat a zone", reason: "A platform has one subnet of a tier in a zone.",
		set:  fields{"availabilityZones": zones("aba")},
		want: []string{`spec.availabilityZones: Invalid value: "array": availabilityZones must not repeat a zone`},
	},
	{
		rule: "availabilityZones: availabilityZones may only grow at its end", reason: "A zone can't be taken away.",
		update: fixed,
		set:    fields{"availabilityZones": zones("ab")},
		want:   []string{`spec.availabilityZones: Invalid value: "array": availabilityZones may only grow at its end: the platform's subnets are in the zones it has; restore them, in their order, or leave the list out to keep them`},
	},
	{
		rule: "availabilityZones: availabilityZones may only grow at its end", reason: "Blocks follow the zones' order.",
		update: fixed,
		set:    fields{"availabilityZones": zones("bac")},
		want:   []string{`spec.availabilityZones: Invalid value: "array": availabilityZones may only grow at its end: the platform's subnets are in the zones it has; restore them, in their order, or leave the list out to keep them`},
	},
	{
		rule: "availabilityZones[]: pattern", reason: "A zone ends with a small letter.",
		set:  fields{"availabilityZones": []any{"us-east-1a", "us-east-1B"}},
		want: []string{`spec.availabilityZones[1]: Invalid value: "us-east-1B": spec.availabilityZones[1] in body should match '^[a-z]{2,4}(-[a-z]+)+-[0-9][a-z]$'`},
	},
	{
		rule: "spec: availabilityZones must be zones of spec.region, such as us-east-1a in us-east-1", reason: "A zone of another region.",
		set:  fields{"availabilityZones": []any{"us-east-1a", "us-west-2b"}},
		want: []string{`spec: Invalid value: "object": availabilityZones must be zones of spec.region, such as us-east-1a in us-east-1`},
	},
	{
		rule: "network.cidrBlock: pattern", reason: "A VPC's block is a /16 to a /24.",
		set:  fields{"network.cidrBlock": "10.0.0.0/25"},
		want: []string{`spec.network.cidrBlock: Invalid value: "10.0.0.0/25": spec.network.cidrBlock in body should match '` + patternVPCBlock + `'`},
	},
	{
		rule: "network.cidrBlock: pattern", reason: "A VPC's block is a /16 to a /24.",
		set:  fields{"network.cidrBlock": "10.0.0.0/15"},
		want: []string{`spec.network.cidrBlock: Invalid value: "10.0.0.0/15": spec.network.cidrBlock in body should match '` + patternVPCBlock + `'`},
	},
	{
		rule: "network.cidrBlock: a block must be written with its first address", reason: "AWS would write another block.",
		set:  fields{"network.cidrBlock": "10.0.1.0/16"},
		want: []string{`spec.network.cidrBlock: Invalid value: "string": a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16`},
	},
	{
		rule: "network.cidrBlock: a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3", reason: "Each host is there.",
		set:  fields{"network.cidrBlock": "127.0.0.0/16"},
		want: []string{`spec.network.cidrBlock: Invalid value: "string": a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3: no host can have such an address; choose a private block, such as 10.0.0.0/16`},
	},
	{
		rule: "network.cidrBlock: a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3", reason: "AWS keeps it.",
		set:  fields{"network.cidrBlock": "169.254.0.0/16"},
		want: []string{`spec.network.cidrBlock: Invalid value: "string": a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3: no host can have such an address; choose a private block, such as 10.0.0.0/16`},
	},
	{
		rule: "network.cidrBlock: cidrBlock is immutable", reason: "A VPC keeps its block.",
		update: fixed,
		set:    fields{"network.cidrBlock": "10.1.0.0/16"},
		want:   []string{`spec.network.cidrBlock: Invalid value: "string": cidrBlock is immutable: a VPC keeps its block; create another platform for another block`},
	},
	{
		rule: "spec: network.cidrBlock can't be added or removed", reason: "The default may be another.",
		update: fixed,
		set:    fields{"network.cidrBlock": nil},
		want:   []string{`spec: Invalid value: "object": network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was`},
	},
	{
		rule: "spec: network.cidrBlock can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"network.cidrBlock": "10.1.0.0/16"},
		want:   []string{`spec: Invalid value: "object": network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was`},
	},
	{
		rule: "network: give both publicSubnetCidrBlocks and privateSubnetCidrBlocks, or neither", reason: "The split of one tier could overlap the other's blocks.",
		set:  fields{"network.publicSubnetCidrBlocks": blocks("0", "1")},
		want: []string{`spec.network: Invalid value: "object": give both publicSubnetCidrBlocks and privateSubnetCidrBlocks, or neither`},
	},
	{
		rule: "network: publicSubnetCidrBlocks must be inside cidrBlock", reason: "A subnet is a part of its VPC.",
		set:  fields{"network.cidrBlock": "10.1.0.0/16", "network.publicSubnetCidrBlocks": blocks("0", "1"), "network.privateSubnetCidrBlocks": []any{"10.1.0.0/24", "10.1.1.0/24"}},
		want: []string{`spec.network: Invalid value: "object": publicSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`},
	},
	{
		rule: "network: privateSubnetCidrBlocks must be inside cidrBlock", reason: "A subnet is a part of its VPC.",
		set:  fields{"network.cidrBlock": "10.1.0.0/16", "network.publicSubnetCidrBlocks": []any{"10.1.0.0/24", "10.1.1.0/24"}, "network.privateSubnetCidrBlocks": blocks("0", "1")},
		want: []string{`spec.network: Invalid value: "object": privateSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock`},
	},
	{
		rule: "network: publicSubnetCidrBlocks must not overlap privateSubnetCidrBlocks", reason: "No two subnets share an address.",
		set:  fields{"network.publicSubnetCidrBlocks": blocks("0", "1"), "network.privateSubnetCidrBlocks": blocks("1", "2")},
		want: []string{`spec.network: Invalid value: "object": publicSubnetCidrBlocks must not overlap privateSubnetCidrBlocks: no two subnets share an address; use other parts of the VPC's block`},
	},
	{
		rule: "network.publicSubnetCidrBlocks: publicSubnetCidrBlocks may only grow at its end", reason: "A subnet keeps its block.",
		update: split,
		set:    fields{"network.publicSubnetCidrBlocks": blocks("0", "20")},
		want:   []string{`spec.network.publicSubnetCidrBlocks: Invalid value: "array": publicSubnetCidrBlocks may only grow at its end: a subnet keeps its block`},
	},
	{
		rule: "network.publicSubnetCidrBlocks: publicSubnetCidrBlocks must not overlap", reason: "No two subnets share an address.",
		set:  fields{"network.publicSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.0.128/25"}, "network.privateSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.publicSubnetCidrBlocks: Invalid value: "array": publicSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`},
	},
	{
		rule: "network.publicSubnetCidrBlocks[]: a block must be written with its first address", reason: "AWS would write another block.",
		set:  fields{"network.publicSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.1.1/24"}, "network.privateSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.publicSubnetCidrBlocks[1]: Invalid value: "string": a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16`},
	},
	{
		rule: "network.publicSubnetCidrBlocks[]: pattern", reason: "A subnet's block is a /16 to a /28.",
		set:  fields{"network.publicSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.1.0/29"}, "network.privateSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.publicSubnetCidrBlocks[1]: Invalid value: "10.0.1.0/29": spec.network.publicSubnetCidrBlocks[1] in body should match '` + patternBlock + `'`},
	},
	{
		rule: "spec: network.publicSubnetCidrBlocks must have one block for each of availabilityZones", reason: "A zone would have no block.",
		set:  fields{"availabilityZones": zones("abc"), "network.publicSubnetCidrBlocks": blocks("0", "1"), "network.privateSubnetCidrBlocks": blocks("10", "11", "12")},
		want: []string{`spec: Invalid value: "object": network.publicSubnetCidrBlocks must have one block for each of availabilityZones`},
	},
	{
		rule: "network.privateSubnetCidrBlocks: privateSubnetCidrBlocks may only grow at its end", reason: "A subnet keeps its block.",
		update: split,
		set:    fields{"network.privateSubnetCidrBlocks": blocks("10", "20")},
		want:   []string{`spec.network.privateSubnetCidrBlocks: Invalid value: "array": privateSubnetCidrBlocks may only grow at its end: a subnet keeps its block`},
	},
	{
		rule: "network.privateSubnetCidrBlocks: privateSubnetCidrBlocks must not overlap", reason: "No two subnets share an address.",
		set:  fields{"network.privateSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.0.128/25"}, "network.publicSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.privateSubnetCidrBlocks: Invalid value: "array": privateSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block`},
	},
	{
		rule: "network.privateSubnetCidrBlocks[]: a block must be written with its first address", reason: "AWS would write another block.",
		set:  fields{"network.privateSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.1.1/24"}, "network.publicSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.privateSubnetCidrBlocks[1]: Invalid value: "string": a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16`},
	},
	{
		rule: "network.privateSubnetCidrBlocks[]: pattern", reason: "A subnet's block is a /16 to a /28.",
		set:  fields{"network.privateSubnetCidrBlocks": []any{"10.0.0.0/24", "10.0.1.0/29"}, "network.publicSubnetCidrBlocks": blocks("100", "101")},
		want: []string{`spec.network.privateSubnetCidrBlocks[1]: Invalid value: "10.0.1.0/29": spec.network.privateSubnetCidrBlocks[1] in body should match '` + patternBlock + `'`},
	},
	{
		rule: "spec: network.privateSubnetCidrBlocks must have one block for each of availabilityZones", reason: "A zone would have no block.",
		set:  fields{"availabilityZones": zones("abc"), "network.privateSubnetCidrBlocks": blocks("0", "1"), "network.publicSubnetCidrBlocks": blocks("10", "11", "12")},
		want: []string{`spec: Invalid value: "object": network.privateSubnetCidrBlocks must have one block for each of availabilityZones`},
	},
	{
		rule: "cache.engineVersion: pattern", reason: "ElastiCache's versions have no patch.",
		set:  fields{"cache.engineVersion": "7.1.0"},
		want: []string{`spec.cache.engineVersion: Invalid value: "7.1.0": spec.cache.engineVersion in body should match '^(6\.2|7\.[01])$'`},
	},
	{
		rule: "cache.nodeType: pattern", reason: "A node type begins with cache.",
		set:  fields{"cache.nodeType": "t3.micro"},
		want: []string{`spec.cache.nodeType: Invalid value: "t3.micro": spec.cache.nodeType in body should match '^cache\.[a-z0-9-]+\.[a-z0-9]+$'`},
	},
	{
		rule: "cache.nodeType: nodeType must not be of the families t1, m1, m2 and c1", reason: "It has no encryption, and no multi-AZ.",
		set:  fields{"cache.nodeType": "cache.t1.micro"},
		want: []string{`spec.cache.nodeType: Invalid value: "string": nodeType must not be of the families t1, m1, m2 and c1: they have no encryption; choose a newer one, such as cache.t4g.micro`},
	},
	{
		rule: "cache.authentication: authentication is immutable", reason: "Clients must not be locked out.",
		update: fixed,
		set:    fields{"cache.authentication": "Token"},
		want:   []string{`spec.cache.authentication: Invalid value: "string": authentication is immutable: clients of a running cache would lose it; create another platform for another way to authenticate`},
	},
	{
		rule: "spec: cache.authentication can't be added or removed", reason: "The default may be another.",
		update: fixed,
		set:    fields{"cache.authentication": nil},
		want:   []string{`spec: Invalid value: "object": cache.authentication can't be added or removed: clients of a running cache would lose it; leave it as it was`},
	},
	{
		rule: "spec: cache.authentication can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"cache.authentication": "Token"},
		want:   []string{`spec: Invalid value: "object": cache.authentication can't be added or removed: clients of a running cache would lose it; leave it as it was`},
	},
	{
		rule: "database.engineVersion: pattern", reason: "Versions begin at 12.",
		set:  fields{"database.engineVersion": "11.22"},
		want: []string{`spec.database.engineVersion: Invalid value: "11.22": spec.database.engineVersion in body should match '^1[2-8](\.[0-9]{1,2})?$'`},
	},
	{
		rule: "database.instanceClass: pattern", reason: "An instance class begins with db.",
		set:  fields{"database.instanceClass": "t3.micro"},
		want: []string{`spec.database.instanceClass: Invalid value: "t3.micro": spec.database.instanceClass in body should match '^db\.[a-z0-9-]+\.[a-z0-9]+$'`},
	},
	{
		rule: "database.instanceClass: instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2", reason: "It has no encryption.",
		set:  fields{"database.instanceClass": "db.t2.micro"},
		want: []string{`spec.database.instanceClass: Invalid value: "string": instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2: they have no encryption; choose a newer one, such as db.t4g.micro`},
	},
	{
		rule: "database.instanceClass: instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2", reason: "It has no encryption.",
		set:  fields{"database.instanceClass": "db.m1.small"},
		want: []string{`spec.database.instanceClass: Invalid value: "string": instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2: they have no encryption; choose a newer one, such as db.t4g.micro`},
	},
	{
		rule: "database: storageThroughput must be at most a quarter of iops", reason: "Each MiB/s needs four.",
		set:  fields{"database.iops": 12000, "database.storageThroughput": 3001},
		want: []string{`spec.database: Invalid value: "object": storageThroughput must be at most a quarter of iops: lower it, or raise iops`},
	},
	{
		rule: "database.backupWindow: pattern", reason: "Hours have two digits.",
		set:  fields{"database.backupWindow": "3:00-4:00"},
		want: []string{`spec.database.backupWindow: Invalid value: "3:00-4:00": spec.database.backupWindow in body should match '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$'`},
	},
	{
		rule: "database.maintenanceWindow: pattern", reason: "A maintenance window has days.",
		set:  fields{"database.maintenanceWindow": "04:00-05:00"},
		want: []string{`spec.database.maintenanceWindow: Invalid value: "04:00-05:00": spec.database.maintenanceWindow in body should match '^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$'`},
	},
	{
		rule: "database.dbName: pattern", reason: "PostgreSQL would need quotes.",
		set:  fields{"database.dbName": "order-items"},
		want: []string{`spec.database.dbName: Invalid value: "order-items": spec.database.dbName in body should match '^[A-Za-z][A-Za-z0-9_]*$'`},
	},
	{
		rule: "database.dbName: a reserved word of PostgreSQL can't be a name", reason: "RDS would refuse it minutes later.",
		set:  fields{"database.dbName": "ORDER"},
		want: []string{`spec.database.dbName: Invalid value: "string": a reserved word of PostgreSQL can't be a name: choose another, such as platform`},
	},
	{
		rule: "database.dbName: dbName is reserved by RDS", reason: "Each PostgreSQL has it.",
		set:  fields{"database.dbName": "template0"},
		want: []string{`spec.database.dbName: Invalid value: "string": dbName is reserved by RDS: choose another, such as platform`},
	},
	{
		rule: "database.dbName: dbName is immutable", reason: "AWS names the database once.",
		update: fixed,
		set:    fields{"database.dbName": "payments"},
		want:   []string{`spec.database.dbName: Invalid value: "string": dbName is immutable: AWS names the database once; create another platform for another name`},
	},
	{
		rule: "spec: database.dbName can't be added or removed", reason: "The default is another.",
		update: fixed,
		set:    fields{"database.dbName": nil},
		want:   []string{`spec: Invalid value: "object": database.dbName can't be added or removed: AWS names the database once; leave it as it was`},
	},
	{
		rule: "spec: database.dbName can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"database.dbName": "orders"},
		want:   []string{`spec: Invalid value: "object": database.dbName can't be added or removed: AWS names the database once; leave it as it was`},
	},
	{
		rule: "database.username: pattern", reason: "PostgreSQL would need quotes.",
		set:  fields{"database.username": "1st"},
		want: []string{`spec.database.username: Invalid value: "1st": spec.database.username in body should match '^[A-Za-z][A-Za-z0-9_]*$'`},
	},
	{
		rule: "database.username: a reserved word of PostgreSQL can't be a name", reason: "RDS would refuse it minutes later.",
		set:  fields{"database.username": "User"},
		want: []string{`spec.database.username: Invalid value: "string": a reserved word of PostgreSQL can't be a name: choose another, such as platform`},
	},
	{
		rule: "database.username: username is reserved by RDS or PostgreSQL", reason: "RDS has such a user, in any case.",
		set:  fields{"database.username": "RdsAdmin"},
		want: []string{`spec.database.username: Invalid value: "string": username is reserved by RDS or PostgreSQL: choose another, such as platform`},
	},
	{
		rule: "database.username: username must not start with pg_", reason: "PostgreSQL's roles start so.",
		set:  fields{"database.username": "pg_owner"},
		want: []string{`spec.database.username: Invalid value: "string": username must not start with pg_: PostgreSQL keeps such names for its own roles; choose another, such as platform`},
	},
	{
		rule: "database.username: username is immutable", reason: "AWS names the master user once.",
		update: fixed,
		set:    fields{"database.username": "payments"},
		want:   []string{`spec.database.username: Invalid value: "string": username is immutable: AWS names the master user once; create another platform for another name`},
	},
	{
		rule: "spec: database.username can't be added or removed", reason: "The default is another.",
		update: fixed,
		set:    fields{"database.username": nil},
		want:   []string{`spec: Invalid value: "object": database.username can't be added or removed: AWS names the master user once; leave it as it was`},
	},
	{
		rule: "spec: database.username can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"database.username": "orders"},
		want:   []string{`spec: Invalid value: "object": database.username can't be added or removed: AWS names the master user once; leave it as it was`},
	},
	{
		rule: "database.credentials: credentials is immutable", reason: "Credentials can't change hands.",
		update: fixed,
		set:    fields{"database.credentials": "ManagedByRDS"},
		want:   []string{`spec.database.credentials: Invalid value: "string": credentials is immutable: the password that applications use would stop working; create another platform for other credentials`},
	},
	{
		rule: "spec: database.credentials can't be added or removed", reason: "The default may be another.",
		update: fixed,
		set:    fields{"database.credentials": nil},
		want:   []string{`spec: Invalid value: "object": database.credentials can't be added or removed: the password that applications use would stop working; leave it as it was`},
	},
	{
		rule: "spec: database.credentials can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"database.credentials": "ManagedByRDS"},
		want:   []string{`spec: Invalid value: "object": database.credentials can't be added or removed: the password that applications use would stop working; leave it as it was`},
	},
	{
		rule: "database.recoveryWindowInDays: recoveryWindowInDays must be 0, or 7 to 30", reason: "AWS's least.",
		set:  fields{"database.recoveryWindowInDays": 6},
		want: []string{`spec.database.recoveryWindowInDays: Invalid value: "integer": recoveryWindowInDays must be 0, or 7 to 30: Secrets Manager has no shorter window`},
	},
	{
		rule: "spec: monitoring.alarmActions must have at most 5 topics", reason: "An alarm has five actions.",
		set:  fields{"monitoring.alarmActions": topics("a", "b", "c", "d", "e", "f")},
		want: []string{`spec: Invalid value: "object": monitoring.alarmActions must have at most 5 topics: an alarm notifies no more; remove some`},
	},
	{
		rule: "monitoring.alarmActions[]: pattern", reason: "An alarm notifies topics.",
		set:  fields{"monitoring.alarmActions": []any{"arn:aws:sqs:us-east-1:123456789012:a"}},
		want: []string{`spec.monitoring.alarmActions[0]: Invalid value: "arn:aws:sqs:us-east-1:123456789012:a": spec.monitoring.alarmActions[0] in body should match '^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$'`},
	},
	{
		rule: "monitoring.alarmActions[]: an alarm can't notify a FIFO topic, whose name ends in .fifo", reason: "Alarms notify standard topics.",
		set:  fields{"monitoring.alarmActions": topics("a", "b.fifo")},
		want: []string{`spec.monitoring.alarmActions[1]: Invalid value: "string": an alarm can't notify a FIFO topic, whose name ends in .fifo: choose a standard topic`},
	},
	{
		rule: "monitoring.alarmActions[]: a topic's ARN must begin with the partition of its region, such as arn:aws-cn in cn-north-1, arn:aws-us-gov in us-gov-west-1 and arn:aws in us-east-1", reason: "The partition is another.",
		set:  fields{"monitoring.alarmActions": []any{"arn:aws-us-gov:sns:us-east-1:123456789012:a"}},
		want: []string{`spec.monitoring.alarmActions[0]: Invalid value: "string": a topic's ARN must begin with the partition of its region, such as arn:aws-cn in cn-north-1, arn:aws-us-gov in us-gov-west-1 and arn:aws in us-east-1: copy the ARN from AWS`},
	},
	{
		rule: "spec: monitoring.alarmActions must be topics in spec.region", reason: "The region is another.",
		set:  fields{"monitoring.alarmActions": []any{"arn:aws:sns:us-west-2:123456789012:a"}},
		want: []string{`spec: Invalid value: "object": monitoring.alarmActions must be topics in spec.region: an alarm notifies those of its own region only; use topics there`},
	},
	{
		rule: "tags: a tag's key has 1 to 128 characters", reason: "AWS's most.",
		set:  fields{"tags": map[string]any{strings.Repeat("a", 129): "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key has 1 to 128 characters: shorten it`},
	},
	{
		rule: "tags: a tag's key has 1 to 128 characters", reason: "AWS's least.",
		set:  fields{"tags": map[string]any{"": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key has 1 to 128 characters: shorten it`},
	},
	{
		rule: "tags: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/", reason: "AWS refuses its own prefix.",
		set:  fields{"tags": map[string]any{"aws:team": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`},
	},
	{
		rule: "tags: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/", reason: "The provider sets it.",
		set:  fields{"tags": map[string]any{"crossplane-kind": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`},
	},
	{
		rule: "tags: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/", reason: "The platform sets it.",
		set:  fields{"tags": map[string]any{"dataplatform.crossplane.io/platform": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`},
	},
	{
		rule: "tags: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/", reason: "The platform sets it.",
		set:  fields{"tags": map[string]any{"Name": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`},
	},
	{
		rule: "tags: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/", reason: "AWS refuses it in any case.",
		set:  fields{"tags": map[string]any{"AWS:team": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key`},
	},
	{
		rule: "tags: a tag's key has letters, digits, spaces and _.:/=+-@ only", reason: "AWS refuses it in some services.",
		set:  fields{"tags": map[string]any{"team,unit": "a"}},
		want: []string{`spec.tags: Invalid value: "object": a tag's key has letters, digits, spaces and _.:/=+-@ only: AWS refuses others; choose another key`},
	},
	{
		rule: "tags.*: pattern", reason: "AWS refuses it in some services.",
		set:  fields{"tags": map[string]any{"team": "a,b"}},
		want: []string{`spec.tags.team: Invalid value: "a,b": spec.tags.team in body should match '^[\p{L}\p{Z}\p{N}_.:/=+@-]*$'`},
	},
	{
		rule: "providerConfigRef: providerConfigRef is immutable", reason: "It may be another account's.",
		update: fixed,
		set:    fields{"providerConfigRef.name": "other"},
		want:   []string{`spec.providerConfigRef: Invalid value: "object": providerConfigRef is immutable: another AWS account would get a second, empty platform; create another platform there`},
	},
	{
		rule: "spec: providerConfigRef can't be added or removed", reason: "The default may be another.",
		update: fixed,
		set:    fields{"providerConfigRef": nil},
		want:   []string{`spec: Invalid value: "object": providerConfigRef can't be added or removed: another AWS account would get a second, empty platform; leave it as it was`},
	},
	{
		rule: "spec: providerConfigRef can't be added or removed", reason: "The platform has another.",
		update: plain,
		set:    fields{"providerConfigRef": map[string]any{"kind": "ClusterProviderConfig", "name": "other"}},
		want:   []string{`spec: Invalid value: "object": providerConfigRef can't be added or removed: another AWS account would get a second, empty platform; leave it as it was`},
	},
	{
		rule: "writeConnectionSecretToRef.name: pattern", only: xrKind, reason: "Kubernetes' names have no capitals.",
		set:  fields{"writeConnectionSecretToRef.name": "Orders"},
		want: []string{`spec.writeConnectionSecretToRef.name: Invalid value: "Orders": spec.writeConnectionSecretToRef.name in body should match '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$'`},
	},
	{
		rule: "spec: writeConnectionSecretToRef is immutable", only: claimKind, reason: "The claim would have none.",
		update: fixed,
		set:    fields{"writeConnectionSecretToRef": nil},
		want:   []string{`spec: Invalid value: "object": writeConnectionSecretToRef is immutable: applications mount the Secret by its name; restore what it was`},
	},
	{
		rule: "spec: writeConnectionSecretToRef is immutable", only: claimKind, reason: "Applications mount the Secret by its name.",
		update: fixed,
		set:    fields{"writeConnectionSecretToRef.name": "payments"},
		want:   []string{`spec: Invalid value: "object": writeConnectionSecretToRef is immutable: applications mount the Secret by its name; restore what it was`},
	},
	{
		rule: "externalNames: a name in externalNames can't change", reason: "A name can't change.",
		update: fixed,
		set:    fields{"externalNames": map[string]any{"vpc": "vpc-2"}},
		want:   []string{`spec.externalNames: Invalid value: "object": a name in externalNames can't change: the resource that it names is taken over already; restore what it was`},
	},
}

// acceptances are requests that use what the rules leave, up to the bounds.
var acceptances = []struct {
	reason string
	only   schema.GroupVersionKind
	update string
	set    fields
}{
	{
		reason: "Each field at the least that it allows.",
		set: fields{
			"region":                          "us-gov-west-1",
			"availabilityZones":               []any{"us-gov-west-1a", "us-gov-west-1b"},
			"network.cidrBlock":               "10.0.0.0/24",
			"network.publicSubnetCidrBlocks":  []any{"10.0.0.0/28", "10.0.0.16/28"},
			"network.privateSubnetCidrBlocks": []any{"10.0.0.160/28", "10.0.0.176/28"},
			"network.natGateways":             "None",
			"stream.mode":                     "PROVISIONED",
			"stream.shardCount":               1,
			"stream.retentionPeriod":          24,
			"stream.shardLevelMetrics":        []any{},
			"cache.engineVersion":             "6.2",
			"cache.numCacheClusters":          2,
			"cache.authentication":            "None",
			"database.engineVersion":          "12",
			"database.allocatedStorage":       20,
			"database.maxAllocatedStorage":    22,
			"database.iops":                   12000,
			"database.storageThroughput":      500,
			"database.storageType":            "gp2",
			"database.backupRetentionPeriod":  0,
			"database.backupWindow":           "00:00-00:30",
			"database.maintenanceWindow":      "mon:00:30-mon:01:00",
			"database.dbName":                 "a",
			"database.username":               "a",
			"database.credentials":            "Generated",
			"database.recoveryWindowInDays":   0,
			"monitoring.alarmActions":         []any{},
			"monitoring.databaseCpuPercent":   1,
			"monitoring.cacheCpuPercent":      1,
			"tags":                            map[string]any{"a": ""},
			"deletionPolicy":                  "Delete",
			"providerConfigRef":               map[string]any{"kind": "ProviderConfig", "name": "a"},
			"externalNames":                   map[string]any{"vpc": "a"},
			"writeConnectionSecretToRef.name": "a",
		},
	},
	{
		reason: "Each field at the most that it allows.",
		set: fields{
			"availabilityZones":               zones("abcdef"),
			"network.cidrBlock":               "10.0.0.0/16",
			"network.publicSubnetCidrBlocks":  blocks("0", "1", "2", "3", "4", "5"),
			"network.privateSubnetCidrBlocks": blocks("10", "11", "12", "13", "14", "15"),
			"network.natGateways":             "PerZone",
			"stream.mode":                     "ON_DEMAND",
			"stream.shardCount":               10000,
			"stream.retentionPeriod":          8760,
			"stream.shardLevelMetrics":        metrics(),
			"cache.engineVersion":             "7.1",
			"cache.nodeType":                  "cache.r7g." + strings.Repeat("x", 22),
			"cache.numCacheClusters":          6,
			"cache.authentication":            "Token",
			"database.engineVersion":          "18.99",
			"database.instanceClass":          "db.r6g." + strings.Repeat("x", 25),
			"database.allocatedStorage":       65536,
			"database.maxAllocatedStorage":    65536,
			"database.iops":                   64000,
			"database.storageThroughput":      4000,
			"database.storageType":            "gp3",
			"database.backupRetentionPeriod":  35,
			"database.backupWindow":           "23:29-23:59",
			"database.maintenanceWindow":      "sun:22:29-sun:23:29",
			"database.dbName":                 strings.Repeat("a", 63),
			"database.username":               strings.Repeat("a", 63),
			"database.credentials":            "ManagedByRDS",
			"database.recoveryWindowInDays":   30,
			"monitoring.alarmActions":         topics("a", "b", "c", "d", strings.Repeat("a", 477)),
			"monitoring.databaseCpuPercent":   99,
			"monitoring.cacheCpuPercent":      99,
			"tags":                            numbered(25, strings.Repeat("a", 256)),
			"deletionPolicy":                  "Orphan",
			"providerConfigRef":               map[string]any{"kind": "ClusterProviderConfig", "name": strings.Repeat("a", 253)},
			"externalNames":                   numbered(100, strings.Repeat("a", 512)),
			"writeConnectionSecretToRef.name": strings.Repeat("a", 253),
		},
	},
	{
		reason: "A key of a tag may be as long as AWS allows, and in any script; so may a value.",
		set:    fields{"tags": map[string]any{strings.Repeat("a", 128): "größer 大 +-=._:/@", "größer 大 +-=._:/@": ""}},
	},
	{
		reason: "Names that only look reserved.",
		set:    fields{"database.username": "rdsuser", "database.dbName": "postgres"},
	},
	{
		reason: "A topic of another partition, in its region.",
		set: fields{
			"region":                  "cn-north-1",
			"availabilityZones":       []any{"cn-north-1a", "cn-north-1b"},
			"monitoring.alarmActions": []any{"arn:aws-cn:sns:cn-north-1:123456789012:a"},
		},
	},
	{
		reason: "A recovery window has a week at least.",
		set:    fields{"database.recoveryWindowInDays": 7},
	},
	{
		reason: "What may grow grows, and what can't change stays.",
		update: fixed,
		set: fields{
			"availabilityZones":         zones("abcd"),
			"database.allocatedStorage": 101,
			"externalNames":             map[string]any{"vpc": "vpc-1", "stream": "orders"},
		},
	},
	{
		reason: "Blocks may be appended.",
		update: split,
		set: fields{
			"network.publicSubnetCidrBlocks":  blocks("0", "1", "2"),
			"network.privateSubnetCidrBlocks": blocks("10", "11", "12"),
		},
	},
	{
		reason: "A claim without a Secret gets one.",
		only:   claimKind,
		update: plain,
		set:    fields{"writeConnectionSecretToRef.name": "orders"},
	},
	{
		reason: "Without its list a platform keeps its zones, and a wrong list can be taken back.",
		update: fixed,
		set:    fields{"availabilityZones": nil},
	},
	{
		reason: "Storage that AWS has not given may be taken back. What there is, the function knows.",
		update: fixed,
		set:    fields{"database.allocatedStorage": 20},
	},
	{
		reason: "Names that have been taken over need not be kept.",
		update: fixed,
		set:    fields{"externalNames": nil},
	},
	{
		reason: "The connection Secret may have another name until there is one. That the function knows.",
		only:   xrKind,
		update: fixed,
		set:    fields{"writeConnectionSecretToRef.name": "payments"},
	},
	{
		reason: "Storage that was the default may be asked for.",
		update: plain,
		set:    fields{"database.allocatedStorage": 200},
	},
	{
		reason: "What could be removed is empty.",
		update: plain,
		set:    fields{"network": map[string]any{}, "cache": map[string]any{}, "database": map[string]any{}},
	},
}

// typos are answered as kubectl gets them.
var typos = []struct {
	reason string
	set    fields
	want   string
}{
	{
		reason: "A component that there is none of.",
		set:    fields{"databse": map[string]any{"multiAz": true}},
		want:   `strict decoding error: unknown field "spec.databse"`,
	},
	{
		reason: "A field that its component does not have.",
		set:    fields{"database.multiAZ": true},
		want:   `strict decoding error: unknown field "spec.database.multiAZ"`,
	},
}

// testAdmission shows what the API server says to a request that breaks a rule, and
// that there is such a request for each rule.
func testAdmission(t *testing.T) {
	t.Parallel()
	prove(t, "Admission: each rule of the API is answered with its message, for XRs and claims")

	definitions := map[string]schema.GroupVersionKind{"definition.yaml": xrKind, "definition-claim.yaml": claimKind}

	for file, kind := range definitions {
		t.Run(file, func(t *testing.T) {
			want := map[string]bool{}
			got := map[string]bool{}

			addRules(want, "", specSchema(t, file))

			for _, tc := range refusals {
				if holds(tc.only, kind) {
					got[tc.rule] = true
				}
			}

			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
				t.Errorf("-want rules, +got rules that a request breaks:\n%s", diff)
			}
		})
	}

	for file, kind := range definitions {
		t.Run(kind.Kind, func(t *testing.T) { testAdmissionOf(t, kind, specSchema(t, file)) })
	}
}

func testAdmissionOf(t *testing.T, kind schema.GroupVersionKind, spec apiextensionsv1.JSONSchemaProps) {
	t.Helper()

	for name := range existing {
		u := withFields(t, kind, name, existing[name])
		u.SetAnnotations(map[string]string{meta.AnnotationKeyReconciliationPaused: "true"})
		createPlatform(t, env, u)
		t.Cleanup(func() {
			if err := env.Client.Delete(context.Background(), u); err != nil {
				t.Errorf("cannot delete %s: %v", describe(u), err)
			}
		})
	}

	// request does a dry run of what a case asks for.
	request := func(t *testing.T, update string, set fields) error {
		t.Helper()

		if update == "" {
			return env.Client.Create(t.Context(), withFields(t, kind, "new", set), client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
		}

		u := withFields(t, kind, update, existing[update], set)

		patch, err := json.Marshal([]any{map[string]any{"op": "replace", "path": "/spec", "value": u.Object["spec"]}})
		if err != nil {
			t.Fatal(err)
		}

		return env.Client.Patch(t.Context(), u, client.RawPatch(types.JSONPatchType, patch), client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	}

	for _, tc := range refusals {
		if !holds(tc.only, kind) {
			continue
		}

		t.Run(tc.rule, func(t *testing.T) {
			got := causes(request(t, tc.update, tc.set))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want answer, +got answer:\n%s", tc.reason, diff)
			}
		})
	}

	broken := brokenKeywords(t, spec)
	if len(broken) == 0 {
		t.Error("the schema has no keyword that a request can break")
	}

	for _, tc := range broken {
		t.Run(tc.rule, func(t *testing.T) {
			u := withFields(t, kind, "new")
			u.Object["spec"] = tc.spec

			err := env.Client.Create(t.Context(), u, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
			if got := causes(err); !slices.Contains(got, tc.want) {
				t.Errorf("want answer: %s\ngot: %s", tc.want, strings.Join(got, "\n     "))
			}
		})
	}

	for _, tc := range acceptances {
		if !holds(tc.only, kind) {
			continue
		}

		t.Run(tc.reason, func(t *testing.T) {
			if err := request(t, tc.update, tc.set); err != nil {
				t.Errorf("%s\n%v", tc.reason, err)
			}
		})
	}

	for _, tc := range typos {
		t.Run(tc.reason, func(t *testing.T) {
			err := request(t, "", tc.set)
			want := fmt.Sprintf("%s in version %q cannot be handled as a %s: %s", kind.Kind, kind.Version, kind.Kind, tc.want)

			if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" || !kerrors.IsBadRequest(err) {
				t.Errorf("%s\n-want answer, +got answer:\n%s", tc.reason, diff)
			}
		})
	}
}

// holds says that what holds for one kind only, or for both, does for a kind.
func holds(only, kind schema.GroupVersionKind) bool { return only.Empty() || only == kind }

// causes that the API server gives for an answer, as kubectl prints them.
func causes(err error) []string {
	status := &kerrors.StatusError{}
	if !errors.As(err, &status) || !kerrors.IsInvalid(err) || status.ErrStatus.Details == nil {
		return []string{fmt.Sprint(err)}
	}

	var out []string
	for _, c := range status.ErrStatus.Details.Causes {
		out = append(out, c.Field+": "+c.Message)
	}

	return out
}

// withFields returns a request with a region and layers of fields.
func withFields(t *testing.T, kind schema.GroupVersionKind, name string, layers ...fields) *unstructured.Unstructured {
	t.Helper()

	spec := fieldpath.Pave(map[string]any{"region": "us-east-1"})

	for _, layer := range layers {
		for _, path := range slices.Sorted(maps.Keys(layer)) {
			if err := setField(spec, path, layer[path]); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}

	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec.UnstructuredContent()}}
	u.SetGroupVersionKind(kind)
	u.SetNamespace("admission")
	u.SetName(name)

	return u
}

func setField(spec *fieldpath.Paved, path string, value any) error {
	if value == nil {
		return spec.DeleteField(path)
	}

	return spec.SetValue(path, value)
}

// specSchema of a definition.
func specSchema(t *testing.T, file string) apiextensionsv1.JSONSchemaProps {
	t.Helper()

	b, err := os.ReadFile(filepath.Join(root, "apis", file))
	if err != nil {
		t.Fatal(err)
	}

	d := &xpextv1.CompositeResourceDefinition{}
	if err := yaml.Unmarshal(b, d); err != nil {
		t.Fatal(err)
	}

	s := apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(d.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw, &s); err != nil {
		t.Fatal(err)
	}

	return s.Properties["spec"]
}

// addRules of a schema and of those in it that say more than their keyword: patterns, and
// rules in CEL.
func addRules(out map[string]bool, path string, s apiextensionsv1.JSONSchemaProps) {
	in := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }

	at := path
	if at == "" {
		at = "spec"
	}

	if s.Pattern != "" {
		out[at+": pattern"] = true
	}

	for _, v := range s.XValidations {
		message, _, _ := strings.Cut(v.Message, ": ")
		out[at+": "+message] = true
	}

	for name, p := range s.Properties {
		addRules(out, in(name), p)
	}

	if s.Items != nil {
		addRules(out, path+"[]", *s.Items.Schema)
	}

	if s.AdditionalProperties != nil {
		addRules(out, in("*"), *s.AdditionalProperties.Schema)
	}
}

// zones of us-east-1, by their letters.
func zones(letters string) []any {
	var out []any
	for _, l := range letters {
		out = append(out, "us-east-1"+string(l))
	}

	return out
}

// blocks of 10.0.0.0/16, by their third number.
func blocks(numbers ...string) []any {
	var out []any
	for _, n := range numbers {
		out = append(out, "10.0."+n+".0/24")
	}

	return out
}

// topics by their names.
func topics(names ...string) []any {
	var out []any
	for _, n := range names {
		out = append(out, "arn:aws:sns:us-east-1:123456789012:"+n)
	}

	return out
}

// metrics are all that there are.
func metrics() []any {
	return []any{
		"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
		"WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
	}
}

// numbered keys with a value.
func numbered(n int, value string) map[string]any {
	out := map[string]any{}
	for i := range n {
		out[fmt.Sprintf("k%d", i)] = value
	}

	return out
}
