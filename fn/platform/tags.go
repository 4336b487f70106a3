package platform

import (
	"maps"
	"slices"

	"k8s.io/utils/ptr"
)

const (
	// tagPlatform names the platform that a resource is of.
	tagPlatform = "dataplatform.crossplane.io/platform"

	// tagName is what the AWS console shows as a resource's name.
	tagName = "Name"

	// maxTags is how many tags the developer and the policy may set together:
	// AWS allows 50 on a resource, provider-aws adds three of its own and the
	// platform two.
	// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
	maxTags = 45
)

// resolveTags joins the developer's tags, the policy's, which win, and the
// platform's own.
func resolveTags(p *plan) error {
	p.Tags = map[string]*string{}
	for k, v := range p.Parameters.Tags {
		p.Tags[k] = ptr.To(string(v))
	}
	for k, v := range p.Policy.Tags {
		p.Tags[k] = ptr.To(v)
	}
	if len(p.Tags) > maxTags {
		return invalid("spec.tags", slices.Sorted(maps.Keys(p.Tags)), "%d tags, the policy's among them: AWS allows 50 on a resource, and %d are left for these: remove some", len(p.Tags), maxTags)
	}
	p.Tags[tagPlatform] = ptr.To(p.Namespace + "/" + p.Request.Name)
	return nil
}

// tagged returns the platform's tags with a resource's own name.
func (p *plan) tagged(suffix string) map[string]*string {
	tags := maps.Clone(p.Tags)
	tags[tagName] = ptr.To(p.suffixed(suffix))
	return tags
}
