package platform

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// adopt gives resources the names in AWS that the developer says they have, until
// they have one. The names could be those of another team's resources, so that the
// platform team has to permit it. A name that fits nothing is refused only while nothing
// of the platform exists: later it may be that of a resource that the platform had.
func adopt(p *kit.Plan, rs []kit.Resource, later []kit.Withheld) error {
	names := p.Request.Spec.ExternalNames
	for _, key := range slices.Sorted(maps.Keys(names)) {
		field, name := "spec.externalNames."+key, string(names[key])
		i := slices.IndexFunc(rs, func(r kit.Resource) bool { return r.Key == key && kit.IsManaged(r.Object) })
		known := i >= 0 || slices.ContainsFunc(later, func(w kit.Withheld) bool { return w.Key == key && !w.Plain })

		has := p.Request.Observed[key].ExternalName
		switch {
		case anew(key):
		case known && has == "" && !p.Request.Policy.ExternalNames:
			return kit.Invalid(field, name, "the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input")
		case i >= 0:
			kit.SetExternalName(rs[i].Object, cmp.Or(has, name))
		case !known && len(p.Request.Observed) == 0:
			return kit.Invalid(field, name, "the platform has no such resource in AWS: use the name of a resource as in crossplane.io/composition-resource-name, or remove it")
		}
	}

	return nil
}

// anew says that a resource is made anew, whatever it was called before.
func anew(key string) bool {
	return slices.ContainsFunc(components, func(c kit.Component) bool {
		return slices.ContainsFunc(c.Anew, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
	})
}
