package provider

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// starter returns a function that starts the controller of a kind if the API
// server serves it, and says if it did.
func (p *process) starter(ctx context.Context, waiting []schema.GroupVersionKind) func(schema.GroupVersionKind) bool {
	served := p.served(waiting)

	return func(kind schema.GroupVersionKind) bool {
		if !served[kind] {
			return false
		}

		c, err := p.start(ctx, kind)
		if err != nil {
			p.options.Logger.Error(err, "cannot start a controller", "kind", kind.String())
			return false
		}

		p.running.Lock()
		defer p.running.Unlock()

		p.controllers[provideraws.KindOf(kind)] = c

		return true
	}
}

// served says which of the kinds the API server serves: those whose CRDs are
// established.
func (p *Provider) served(kinds []schema.GroupVersionKind) map[schema.GroupVersionKind]bool {
	groups, out := map[schema.GroupVersion]bool{}, map[schema.GroupVersionKind]bool{}
	for _, kind := range kinds {
		groups[kind.GroupVersion()] = true
	}

	for gv := range groups {
		list, err := p.discover.ServerResourcesForGroupVersion(gv.String())
		if err != nil {
			continue
		}

		for _, r := range list.APIResources {
			out[gv.WithKind(r.Kind)] = true
		}
	}

	return out
}
