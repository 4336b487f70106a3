package provider

import (
	"maps"
	"reflect"
	"slices"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// deferred are the arguments, by kind, whose change AWS leaves to the maintenance window unless
// it is told to apply it immediately.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
var deferred = map[string][]string{
	"elasticache/ReplicationGroup": {"engine", "engineVersion", "nodeType", "parameterGroupName"},
	"rds/Instance": {
		"allocatedStorage", "engineVersion", "iamDatabaseAuthenticationEnabled", "identifier", "instanceClass", "iops",
		"licenseModel", "multiAz", "networkType", "storageThroughput", "storageType",
	},
}

// withVersion are the arguments whose change waits with that of the engine's version.
var withVersion = map[string][]string{
	"rds/Instance": {"optionGroupName", "parameterGroupName"},
}

// postpone what of an update waits for the maintenance window: the update keeps what AWS has,
// and what waits is returned. An update that is applied immediately takes along what waited.
func postpone(t *thing, o provideraws.Object) (pending provideraws.Object) {
	fields := deferred[t.kind]
	if fields == nil {
		return nil
	}

	was, is := forProvider(t.object), forProvider(o)
	pending = maps.Clone(t.pending)

	if pending == nil {
		pending = provideraws.Object{}
	}

	if !reflect.DeepEqual(was["engineVersion"], is["engineVersion"]) {
		fields = slices.Concat(fields, withVersion[t.kind])
	}

	for _, field := range fields {
		c := change{argument: field, was: was[field], is: is[field]}

		switch {
		case reflect.DeepEqual(was[field], is[field]):
		case suppressed(t.kind, is, c) || is[field] == nil && slices.Contains(computed(t.kind), field):
			// AWS is not asked to change it.
			set(is, field, was[field])
		case is[field] != nil:
			pending[field] = is[field]
			set(is, field, was[field])
		}
	}

	if is["applyImmediately"] == true {
		maps.Copy(is, pending)
		clear(pending)
	}

	if len(pending) == 0 {
		return nil
	}

	return pending
}

// waits says that all of some changes wait for the maintenance window.
func waits(kind string, m *Managed, changes []change) bool {
	if deferred[kind] == nil || len(changes) == 0 || m.forProvider()["applyImmediately"] == true {
		return false
	}

	return !slices.ContainsFunc(changes, func(c change) bool {
		return !slices.Contains(deferred[kind], c.argument) && !slices.Contains(withVersion[kind], c.argument)
	})
}

// OpenWindow opens the maintenance window of all that AWS has, for a moment: what was to wait
// for it is applied.
func (p *Provider) OpenWindow() { p.cloud.maintain() }

func set(o provideraws.Object, field string, value any) {
	if value == nil {
		delete(o, field)
		return
	}

	o[field] = value
}
