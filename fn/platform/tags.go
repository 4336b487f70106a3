package platform

import (
	"maps"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

const (
	// tagPlatform names the platform that a resource is of.
	tagPlatform = "dataplatform.crossplane.io/platform"

	// tagName is what the AWS console shows as a resource's name.
	tagName = "Name"

	// maxTags is how many tags the developer and the policy may set together:
	// AWS allows 50 on a resource, provider-aws adds three of its own and the
	// platform two. The API allows the developer 25 and the policy 20.
	// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
	maxTags = 45
)

// resolveTags joins the policy's tags, which win, the developer's, the policy's defaults
// for those that are left, and the platform's own. Defaults that there is no room for are
// left out: they are no reason to refuse what a developer may have.
func resolveTags(p *plan) {
	p.Tags = map[string]*string{}
	for k, v := range p.Policy.Tags {
		p.Tags[k] = ptr.To(v)
	}
	for _, tags := range []v1alpha1.Tags{p.Spec.Tags, p.Parameters.Tags} {
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			if _, set := p.Tags[k]; !set && len(p.Tags) < maxTags {
				p.Tags[k] = ptr.To(string(tags[k]))
			}
		}
	}
	p.Tags[tagPlatform] = ptr.To(p.Namespace + "/" + p.Request.Name)
}

// tagged returns the platform's tags with a resource's own name.
func (p *plan) tagged(suffix string) map[string]*string {
	tags := maps.Clone(p.Tags)
	tags[tagName] = ptr.To(p.suffixed(suffix))
	return tags
}
