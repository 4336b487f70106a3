package provideraws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const annotationExternalName = "crossplane.io/external-name"

// account owns the platform in AWS. AWS's own documentation uses this one.
const account = "123456789012"

// A resource is a composed resource and what is known of its kind.
type resource struct {
	unstructured.Unstructured
	*pattern // Nil for Kubernetes' own kinds.

	external string // The external name, which references resolve to.
	salt     string // What AWS makes up depends on it.
}

func read(o Object) (*resource, error) {
	r := &resource{Unstructured: unstructured.Unstructured{Object: o}}

	if !strings.Contains(r.GetAPIVersion(), ".aws.m.upbound.io/") {
		return r, nil
	}

	known, ok := patterns[r.kind()]
	if !ok {
		return nil, fmt.Errorf("no pattern for %s: add one", r.kind())
	}

	r.pattern = &known

	if r.identify(); r.external == "" {
		return nil, fmt.Errorf("%s has no annotation %s", r.kind(), annotationExternalName)
	}

	return r, nil
}

// identify sets the external name: the one the resource has, if it is ours or of
// something that existed before, or the one that AWS gives.
func (r *resource) identify() {
	r.external = r.GetAnnotations()[annotationExternalName]
	if r.external == "" && r.identifier != nil {
		r.external = r.identifier(r)
	}
}

// kind as patterns name it, such as ec2/VPC.
func (r *resource) kind() string {
	group, _, _ := strings.Cut(r.GetAPIVersion(), ".")
	return group + "/" + r.GetKind()
}

// key tells a resource from the others of its namespace.
func (r *resource) key() string { return r.kind() + "/" + r.GetName() }

// forProvider is spec.forProvider itself, no copy.
func (r *resource) forProvider() Object {
	v, _, _ := unstructured.NestedFieldNoCopy(r.Object, "spec", "forProvider")
	o, _ := v.(Object)

	return o
}

// text of a field of spec.forProvider.
func (r *resource) text(field string) string {
	s, _ := r.forProvider()[field].(string)
	return s
}

// set a field.
func (r *resource) set(value any, path ...string) {
	// It fails only where a parent is no object, which the kinds' schemas rule
	// out.
	_ = unstructured.SetNestedField(r.Object, value, path...)
}

// nameInAWS is the name that AWS has of a resource besides its identifier: the one that was
// asked for, or, of something that existed before, one that follows from its identifier.
// That of a secret is in its ARN, before the seven characters that AWS adds.
func (r *resource) nameInAWS() string {
	if name := r.text(r.named); name != "" {
		return name
	}

	if _, secret, found := strings.Cut(r.external, ":secret:"); found {
		return secret[:max(0, len(secret)-len("-123456"))]
	}

	return "was-" + hash(r.external)[:12]
}

// hash of a resource for a purpose, in hexadecimal digits.
func (r *resource) hash(purpose string) string {
	if r.salt != "" {
		return hash(r.GetNamespace(), r.GetName(), r.GetKind(), purpose, r.salt)
	}

	return hash(r.GetNamespace(), r.GetName(), r.GetKind(), purpose)
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// digits of a hash, n of them.
func digits(hash string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + hash[i]%10
	}

	return string(out)
}

// uuid gives a hash the form of a UUID.
func uuid(h string) string {
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]}, "-")
}

// makeARN of a service and the kind of resource in it, such as ec2:vpc/.
func (r *resource) makeARN(kind, name string) string {
	service, kind, _ := strings.Cut(kind, ":")
	region := r.text("region")

	partition := "aws"
	if strings.HasPrefix(region, "us-gov-") {
		partition = "aws-us-gov"
	}

	return strings.Join([]string{"arn", partition, service, region, account, kind + name}, ":")
}
