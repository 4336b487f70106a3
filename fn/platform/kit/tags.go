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

	// maxTagBytes is how many bytes the developer's and the policy's tags may have together:
	// as much as 45 of the longest that AWS takes, of ASCII, and half as much again. Each
	// resource of the largest platform repeats them, and Crossplane takes no answer of more
	// than 4 MiB.
	maxTagBytes = maxTags * (128 + 256) * 3 / 2
)

// awsTags joins the policy's tags, which win, the developer's, the policy's defaults
// for those that are left, and the platform's own. Defaults that there is no room for are
// left out: they are no reason to refuse what a developer may have.
func awsTags(p *Plan) (map[string]*string, error) {
	out, room := map[string]*string{}, maxTagBytes
	for k, v := range p.Request.Policy.Tags {
		out[k] = ptr.To(v)
		room -= len(k) + len(v)
	}

	if room < 0 {
		return nil, InvalidPolicy("tags", p.Request.Policy.Tags, "they have more than %d bytes together: use fewer or shorter ones", maxTagBytes)
	}

	for _, tags := range []v1alpha1.Tags{p.Request.Spec.Tags, p.Parameters.Tags} {
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			size := len(k) + len(tags[k])

			_, own := p.Request.Spec.Tags[k]
			if _, set := out[k]; set || !own && (len(out) >= maxTags || size > room) {
				continue
			}

			out[k] = ptr.To(string(tags[k]))
			room -= size
		}
	}

	if room < 0 {
		return nil, Invalid("spec.tags", p.Request.Spec.Tags, "they and the platform team's have more than %d bytes together: use fewer or shorter ones", maxTagBytes)
	}

	out[tagPlatform] = ptr.To(p.Request.Namespace + "/" + p.Request.Name)

	return out, nil
}

// Tagged returns the platform's tags with a resource's own name.
func (p *Plan) Tagged(suffix string) map[string]*string {
	tags := maps.Clone(p.AWSTags)
	tags[tagName] = ptr.To(p.Suffixed(suffix))

	return tags
}
