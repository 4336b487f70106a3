package provideraws

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// Kinds returns the kinds that platforms are made of, sorted.
func Kinds() []schema.GroupVersionKind {
	all := kinds.All()
	out := make([]schema.GroupVersionKind, 0, len(all))

	for _, kind := range all {
		out = append(out, kind.GroupVersionKind())
	}

	return out
}

// KindOf returns the short name of a kind, such as ec2/VPC.
func KindOf(k schema.GroupVersionKind) string {
	group, _, _ := strings.Cut(k.Group, ".")
	return group + "/" + k.Kind
}

// gvk of a kind as patterns name it.
func gvk(kind string) schema.GroupVersionKind { return kinds.Named(kind).GroupVersionKind() }

// A Reference is a field of spec.forProvider that the provider fills with the
// external names of other resources.
type Reference struct {
	Field    string // Such as vpcId.
	Selector string // The field that selects the others.
	Refs     string // The field that keeps what was found.
	Words    string // The field's name in the provider's messages.
	List     bool
	To       schema.GroupVersionKind
}

// References of a kind, in the order in which the provider resolves them.
func References(kind string) []Reference {
	known := patterns[kind].references
	out := make([]Reference, 0, len(known))

	for _, ref := range known {
		out = append(out, Reference{
			Field:    ref.field,
			Selector: ref.selector(),
			Refs:     ref.refs(),
			Words:    ref.words,
			List:     ref.isList(),
			To:       gvk(ref.to(kind)),
		})
	}

	return out
}

// An External is what AWS has of one managed resource.
type External struct {
	resource *resource
	platform *platform
}

// NewExternal returns what AWS has of a managed resource whose references are
// resolved, among the others of its platform that exist, of which it may be one.
// It keeps the objects and changes none. What AWS makes up follows from the resource and from the salt,
// which tells one that was created again from its predecessor.
func NewExternal(o Object, salt string, siblings ...Object) (*External, error) {
	r, err := read(o)
	if err != nil {
		return nil, err
	}

	if r.pattern == nil {
		return nil, fmt.Errorf("%s is no managed resource", r.kind())
	}

	r.salt = salt
	p := &platform{stage: Ready, resources: make(map[string]*resource, len(siblings))}

	for _, sibling := range siblings {
		s, err := read(sibling)
		if err != nil {
			return nil, err
		}

		p.resources[s.key()] = s
	}

	p.resources[r.key()] = r

	return &External{resource: r, platform: p}, nil
}

// Identifier is the external name: the one the resource has, or the one that AWS
// gives.
func (e *External) Identifier() string {
	e.resource.identify()
	return e.resource.external
}

// AtProvider is what AWS says of the resource.
func (e *External) AtProvider() Object {
	return e.platform.atProvider(e.resource)
}

// Connection returns the connection details that the provider publishes. Those
// that are secret are examples.
func (e *External) Connection() map[string][]byte {
	if e.resource.connection == nil {
		return nil
	}

	return e.resource.connection(e.resource)
}

// LateInitialize fills in the fields of a managed resource that AWS chose, and
// says if it did.
func LateInitialize(o, atProvider Object) bool {
	r, err := read(o)
	if err != nil || r.pattern == nil {
		return false
	}

	return r.writeLateInitialized(atProvider)
}

// LateInitialized are the fields of a kind that LateInitialize fills in.
func LateInitialized(kind string) []string { return slices.Clone(patterns[kind].lateInitialized) }

// IsInput says that a field of spec.forProvider tells the provider something, and
// is no property in AWS.
func IsInput(field string) bool { return isInput(field) }

// WriteTyped writes the empty field that typed objects have, and says if it did.
// The provider writes one whenever it writes an object.
func WriteTyped(o Object) bool {
	return (&resource{Unstructured: unstructured.Unstructured{Object: o}}).writeTyped()
}
