package platform

import (
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
func resolveTags(req *Request) (map[string]*string, error) {
	tags := map[string]*string{}
	for k, v := range req.Parameters.Tags {
		tags[k] = ptr.To(string(v))
	}
	for k, v := range req.Policy.Tags {
		tags[k] = ptr.To(v)
	}
	if len(tags) > maxTags {
		return nil, invalid("spec.tags", len(tags), "AWS allows 50 tags on a resource, and %d are left for the developer's and the policy's together: remove some", maxTags)
	}
	tags[tagPlatform] = ptr.To(req.Namespace + "/" + req.Name)
	return tags, nil
}

// tagged returns the platform's tags with a resource's own name.
func (p *plan) tagged(suffix string) map[string]*string {
	tags := make(map[string]*string, len(p.Tags)+1)
	for k, v := range p.Tags {
		tags[k] = v
	}
	tags[tagName] = ptr.To(p.suffixed(suffix))
	return tags
}
