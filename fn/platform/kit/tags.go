package kit

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

// awsTags joins the policy's tags, which win, the developer's, the policy's defaults
// for those that are left, and the platform's own. Defaults that there is no room for are
// left out: they are no reason to refuse what a developer may have.
func awsTags(p *Plan) map[string]*string {
	out := map[string]*string{}
	for k, v := range p.Request.Policy.Tags {
		out[k] = ptr.To(v)
	}

	for _, tags := range []v1alpha1.Tags{p.Request.Spec.Tags, p.Parameters.Tags} {
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			if _, set := out[k]; !set && len(out) < maxTags {
				out[k] = ptr.To(string(tags[k]))
			}
		}
	}

	out[tagPlatform] = ptr.To(p.Request.Namespace + "/" + p.Request.Name)

	return out
}

// Tagged returns the platform's tags with a resource's own name.
func (p *Plan) Tagged(suffix string) map[string]*string {
	tags := maps.Clone(p.AWSTags)
	tags[tagName] = ptr.To(p.Suffixed(suffix))

	return tags
}
