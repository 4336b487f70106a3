package provider

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A state of what exists in AWS.
type state int

const (
	stateCreating state = iota
	stateAvailable
	stateDeleting
)

// A place is where the things are that see each other: a region of an account.
type place struct {
	account, region string
}

// A key is what AWS tells things apart by.
type key struct {
	place

	kind, name string
}

// A thing exists in AWS.
type thing struct {
	key

	// The managed resource as it was when it was last written to AWS, so that
	// spec.forProvider is what AWS has. It is replaced and never changed.
	object provideraws.Object

	values map[string]string // What AWS has of sensitive arguments.
	owner  string            // Of the platform that it belongs to.
	salt   string            // See provideraws.NewExternal.
	state  state

	pending   provideraws.Object // What AWS changes in the maintenance window.
	consumers bool               // Some are registered on a stream.
}

// A cloud is AWS: the things that exist in it.
type cloud struct {
	mu     sync.Mutex
	things map[string]map[key]*thing  // By kind.
	owners map[string]map[*thing]bool // By owner.
	seen   map[key]bool               // What exists or existed, in whichever account.
	held   map[place]map[string]bool  // Names of deleted secrets that wait for their recovery window.

	accounts map[Config]Config // Configurations that name another one's account.
}

func newCloud() *cloud {
	return &cloud{
		things: map[string]map[key]*thing{},
		owners: map[string]map[*thing]bool{},
		seen:   map[key]bool{},
		held:   map[place]map[string]bool{},

		accounts: map[Config]Config{},
	}
}

// key of the thing that a managed resource is about, by the thing's name.
func (c *cloud) key(m *Managed, name string) key {
	c.mu.Lock()
	defer c.mu.Unlock()

	config := providerConfig(m)
	if same, ok := c.accounts[config]; ok {
		config = same
	}

	return key{place: place{account: config.String(), region: region(m.Object)}, kind: m.Kind(), name: name}
}

// anywhere is a key without its account.
func (k key) anywhere() key {
	k.account = ""
	return k
}

// text of a field of what AWS has.
func (t *thing) text(field string) string {
	s, _ := forProvider(t.object)[field].(string)
	return s
}

// texts of a field that is a list.
func (t *thing) texts(field string) []string {
	all, _ := forProvider(t.object)[field].([]any)
	out := make([]string, 0, len(all))

	for _, v := range all {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}

	return out
}

// refers says that a field is, or holds, a name.
func (t *thing) refers(field, name string) bool {
	return t.text(field) == name || slices.Contains(t.texts(field), name)
}

// saltOf a managed resource that AWS is asked to create. One that is created
// again gets another identifier.
func saltOf(m *Managed) string {
	return string(m.GetUID()) + m.GetAnnotations()[meta.AnnotationKeyExternalCreatePending]
}

// ownerOf a managed resource: its namespace, and its controller if it has one.
func ownerOf(m *Managed) string {
	return strings.Join(append([]string{m.GetNamespace()}, controllerUID(m)...), "/")
}

// snapshot of a managed resource under its external name.
func snapshot(m *Managed, name string) provideraws.Object {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	for field, value := range m.Object {
		if field != "status" {
			u.Object[field] = value
		}
	}

	u = u.DeepCopy()
	annotations := u.GetAnnotations()

	if annotations == nil {
		annotations = map[string]string{}
	}

	annotations[meta.AnnotationKeyExternalName] = name
	if name == "" {
		delete(annotations, meta.AnnotationKeyExternalName)
	}

	u.SetAnnotations(annotations)

	return u.Object
}

// get a thing. All but its key may change, and is read under the lock.
func (c *cloud) get(k key) *thing {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.things[k.kind][k]
}

// known says that there is or was such a thing, in whichever account.
func (c *cloud) known(k key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.seen[k.anywhere()]
}

// of returns the things of a kind in a place.
func (c *cloud) of(kind string, at place) []*thing {
	out := make([]*thing, 0, len(c.things[kind]))

	for k, t := range c.things[kind] {
		if k.place == at {
			out = append(out, t)
		}
	}

	return out
}

// add a thing.
func (c *cloud) add(t *thing) {
	if c.things[t.kind] == nil {
		c.things[t.kind] = map[key]*thing{}
	}

	c.things[t.kind][t.key] = t
	c.seen[t.anywhere()] = true
	c.own(t, t.owner)
}

// own makes a thing one of an owner's.
func (c *cloud) own(t *thing, owner string) {
	delete(c.owners[t.owner], t)

	if len(c.owners[t.owner]) == 0 {
		delete(c.owners, t.owner)
	}

	if c.owners[owner] == nil {
		c.owners[owner] = map[*thing]bool{}
	}

	c.owners[owner][t] = true
	t.owner = owner
}

// create what a managed resource asks for, or refuse to. Its identifier is in use
// at once, and it is available once AWS is done.
func (c *cloud) create(m *Managed, values map[string]string) (*thing, error) {
	kind, name := m.Kind(), meta.GetExternalName(m)
	if kinds.Named(kind).NamedByAWS {
		name = ""
	}

	o, salt := snapshot(m, name), saltOf(m)

	e, err := provideraws.NewExternal(o, salt)
	if err != nil {
		return nil, err
	}

	t := &thing{key: c.key(m, e.Identifier()), values: values, owner: ownerOf(m), salt: salt}
	t.object = settled(kind, snapshot(m, t.name))

	c.mu.Lock()
	defer c.mu.Unlock()

	if err := c.refuseCreate(t); err != nil {
		return nil, err
	}

	c.add(t)

	return t, nil
}

// adopt something that existed before, as a managed resource describes it.
func (c *cloud) adopt(m *Managed, values map[string]string) *thing {
	name := meta.GetExternalName(m)
	t := &thing{
		key: c.key(m, name), object: settled(m.Kind(), snapshot(m, name)),
		values: values, owner: ownerOf(m), salt: saltOf(m), state: stateAvailable,
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	c.add(t)

	return t
}

// claim a thing for the managed resource that observes it.
func (c *cloud) claim(t *thing, m *Managed) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if owner := ownerOf(m); t.owner != owner || uid(t.object) != string(m.GetUID()) {
		o := snapshot(m, t.name)
		_ = unstructured.SetNestedField(o, forProvider(t.object), "spec", "forProvider")
		t.object = o
		c.own(t, owner)
	}
}

// consume a stream.
func (c *cloud) consume(t *thing) {
	c.mu.Lock()
	defer c.mu.Unlock()

	t.consumers = true
}

// available says that AWS is done with creating a thing.
func (c *cloud) available(t *thing) {
	c.mu.Lock()
	defer c.mu.Unlock()

	t.state = stateAvailable
}

// update a thing to what a managed resource asks for.
func (c *cloud) update(t *thing, o provideraws.Object, values map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, field := range computed(t.kind) {
		if is, was := forProvider(o), forProvider(t.object)[field]; is[field] == nil && was != nil {
			is[field] = runtime.DeepCopyJSONValue(was)
		}
	}

	t.pending = postpone(t, o)
	t.object, t.values = settled(t.kind, o), values
}

// maintain all things: the maintenance window is open.
func (c *cloud) maintain() {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, things := range c.things {
		for _, t := range things {
			if t.pending == nil {
				continue
			}

			o := runtime.DeepCopyJSON(t.object)
			maps.Copy(forProvider(o), t.pending)
			t.object, t.pending = settled(t.kind, o), nil
		}
	}
}

// learn that a managed resource now asks for what AWS chose.
func (c *cloud) learn(t *thing, m *Managed) {
	c.mu.Lock()
	defer c.mu.Unlock()

	o := runtime.DeepCopyJSON(t.object)

	for _, field := range provideraws.LateInitialized(t.kind) {
		if _, has := forProvider(o)[field]; !has && m.forProvider()[field] != nil && !slices.Contains(derived[t.kind], field) {
			forProvider(o)[field] = runtime.DeepCopyJSONValue(m.forProvider()[field])
		}
	}

	t.object = o
}

// external describes a thing among the others of its owner, and returns what AWS
// has of its sensitive arguments.
func (c *cloud) external(t *thing) (*provideraws.External, map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	siblings := make([]provideraws.Object, 0, len(c.owners[t.owner]))

	for s := range c.owners[t.owner] {
		if s.state != stateCreating || s == t {
			siblings = append(siblings, s.object)
		}
	}

	e, err := provideraws.NewExternal(t.object, t.salt, siblings...)

	return e, t.values, err
}

// changes that a managed resource asks for, of what AWS says of its thing.
func (c *cloud) changes(t *thing, atProvider provideraws.Object, m *Managed, values map[string]string) []change {
	c.mu.Lock()
	defer c.mu.Unlock()

	return changes(t, atProvider, m, values)
}

// startDelete of a thing, or refuse to. It exists, and is in the way of others,
// until AWS is done.
func (c *cloud) startDelete(t *thing) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if err := c.refuseDelete(t); err != nil {
		return err
	}

	t.state = stateDeleting

	return nil
}

// contents are the kinds that vanish with what they are in, and the field that
// says what they are in.
var contents = map[string]map[string]string{
	"ec2/RouteTable":        {"ec2/Route": "routeTableId", "ec2/RouteTableAssociation": "routeTableId"},
	"ec2/SecurityGroup":     {"ec2/SecurityGroupRule": "securityGroupId"},
	"ec2/Subnet":            {"ec2/RouteTableAssociation": "subnetId"},
	"secretsmanager/Secret": {"secretsmanager/SecretVersion": "secretId"},
}

// remove a thing and what is in it.
func (c *cloud) remove(t *thing) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.drop(t)

	if t.kind == "secretsmanager/Secret" && forProvider(t.object)["recoveryWindowInDays"] != int64(0) {
		if c.held[t.place] == nil {
			c.held[t.place] = map[string]bool{}
		}

		c.held[t.place][t.text("name")] = true
	}
}

func (c *cloud) drop(t *thing) {
	// A process that was killed, and the one after it, may have deleted it.
	if c.things[t.kind][t.key] != t {
		return
	}

	delete(c.things[t.kind], t.key)
	delete(c.owners[t.owner], t)

	if len(c.owners[t.owner]) == 0 {
		delete(c.owners, t.owner)
	}

	for kind, field := range contents[t.kind] {
		for _, in := range c.of(kind, t.place) {
			if in.text(field) == t.name {
				c.drop(in)
			}
		}
	}
}

// count the things that exist, by kind.
func (c *cloud) count() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()

	out := map[string]int{}

	for kind, things := range c.things {
		if len(things) > 0 {
			out[kind] = len(things)
		}
	}

	return out
}

// inNamespace returns the things that managed resources of a namespace asked for, sorted.
func (c *cloud) inNamespace(namespace string) []Thing {
	c.mu.Lock()
	defer c.mu.Unlock()

	var out []Thing

	for owner, things := range c.owners {
		if in, _, _ := strings.Cut(owner, "/"); in != namespace {
			continue
		}

		for t := range things {
			tags, _, _ := unstructured.NestedStringMap(forProvider(t.object), "tags")
			out = append(out, Thing{Kind: t.kind, ExternalName: t.name, Tags: tags})
		}
	}

	slices.SortFunc(out, func(a, b Thing) int { return cmp.Compare(a.String(), b.String()) })

	return out
}

// named returns the things of a kind by a name, in any place.
func (c *cloud) named(kind, name string) []*thing {
	c.mu.Lock()
	defer c.mu.Unlock()

	var out []*thing

	for k, t := range c.things[kind] {
		if k.name == name {
			out = append(out, t)
		}
	}

	return out
}

func region(o provideraws.Object) string {
	s, _ := forProvider(o)["region"].(string)
	return s
}

func uid(o provideraws.Object) string {
	return string((&unstructured.Unstructured{Object: o}).GetUID())
}
