// Package platformtest has what the tests of the platform's components share: requests,
// what is observed, and platforms composed of them.
package platformtest

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane/crossplane-runtime/v2/apis/common"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/cache"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/stream"
)

// Reference is the spec of the reference platform.
const Reference = `{"region":"us-east-1"}`

// True is a condition that is true.
var True = kit.ObservedCondition{Status: "True"}

// Request returns the request of team-a's platform orders with a spec in JSON.
func Request(t *testing.T, spec string, mods ...func(*kit.Request)) *kit.Request {
	t.Helper()

	req := &kit.Request{
		Namespace: "team-a",
		Name:      "orders",
		UID:       "8fea6da0-c396-5a6a-88b8-77c765f04fca",
		RawSpec:   json.RawMessage(spec),
		Policy:    kit.Policy{NamePrefix: kit.DefaultNamePrefix},
		Observed:  map[string]kit.Observation{},
	}
	if err := json.Unmarshal(req.RawSpec, &req.Spec); err != nil {
		t.Fatalf("cannot parse spec: %v", err)
	}

	for _, m := range mods {
		m(req)
	}

	return req
}

// Compose returns the platform of a request.
func Compose(t *testing.T, spec string, mods ...func(*kit.Request)) *platform.Platform {
	t.Helper()

	p, err := platform.Compose(Request(t, spec, mods...))
	if err != nil {
		t.Fatalf("Compose(...): %v", err)
	}

	return p
}

// Try returns the platform of a request, or the error's message.
func Try(t *testing.T, spec string, mods ...func(*kit.Request)) (*platform.Platform, string) {
	t.Helper()

	p, err := platform.Compose(Request(t, spec, mods...))
	if err != nil {
		return nil, err.Error()
	}

	return p, ""
}

// Find returns the object that a platform has under a key.
func Find[T any](t *testing.T, p *platform.Platform, key string) T {
	t.Helper()

	i := slices.IndexFunc(p.Resources, func(r kit.Resource) bool { return r.Key == key })
	if i < 0 {
		t.Fatalf("no resource %q", key)
	}

	o, ok := p.Resources[i].Object.(T)
	if !ok {
		t.Fatalf("%q is a %T", key, p.Resources[i].Object)
	}

	return o
}

// Keys of a platform's resources, in order.
func Keys(p *platform.Platform) []string {
	keys := make([]string, len(p.Resources))
	for i, r := range p.Resources {
		keys[i] = r.Key
	}

	return keys
}

// Policy lays defaults in JSON under the developer's spec.
func Policy(defaults string) func(*kit.Request) {
	return func(r *kit.Request) { r.Policy.RawDefaults = json.RawMessage(defaults) }
}

// Observing observes a resource. Fields may be what a component reads, or a pointer to it.
func Observing(key string, o kit.Observation) func(*kit.Request) {
	if v := reflect.ValueOf(o.Fields); v.IsValid() && v.Kind() != reflect.Pointer {
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		o.Fields = p.Interface()
	}

	return func(r *kit.Request) { r.Observed[key] = o }
}

// GroupsReady observes the subnet groups that the cache and the database wait for.
func GroupsReady(r *kit.Request) {
	for _, key := range []string{"subnet-group-cache", "subnet-group-database"} {
		r.Observed[key] = kit.Observation{Ready: True}
	}
}

// StatusZones are in the platform's status.
func StatusZones(zones ...v1alpha1.AvailabilityZone) func(*kit.Request) {
	return func(r *kit.Request) { r.Status.Network = &v1alpha1.NetworkStatus{AvailabilityZones: zones} }
}

// Details are what the provider publishes of a database.
func Details(password string) map[string][]byte {
	return map[string][]byte{
		"username": []byte("platform"),
		"password": []byte(password),
		"host":     []byte("db.example.org"),
		"port":     []byte("5432"),
		"endpoint": []byte("db.example.org:5432"),
	}
}

// Converged observes a platform as a control plane leaves it when nothing is left to do.
func Converged(t *testing.T) func(*kit.Request) {
	t.Helper()

	return func(r *kit.Request) {
		// The cache and the database follow their subnet groups, the credentials'
		// document and the connection follow them, a version its document, and the
		// Usages all of these; a NAT gateway follows its address, and a route its gateway.
		for range 7 {
			p, err := platform.Compose(r)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}

			Observe(r, p)
		}
	}
}

// Observe a platform's resources as they are once they are ready.
func Observe(r *kit.Request, p *platform.Platform) {
	for _, res := range p.Resources {
		r.Observed[res.Key] = observation(res)
	}
}

func observation(res kit.Resource) kit.Observation {
	o := kit.Observation{Name: "orders-" + res.Key, UID: "uid-" + res.Key, Component: res.Object.GetLabels()[kit.LabelComponent], Ready: True, Synced: True}
	switch res.Key {
	case "stream":
		o.Fields = &stream.Observed{ARN: "arn"}
	case "cache":
		o.Fields = &cache.Observed{PrimaryEndpoint: "redis.example.org"}
	case "database":
		o.Fields, o.Connection = &database.Observed{}, Details("first")
	}

	if s, ok := res.Object.(*corev1.Secret); ok {
		o.Data = s.Data
	}

	if mg, ok := res.Object.(kit.Managed); ok {
		for _, action := range mg.Managed().ManagementPolicies {
			o.ManagementPolicies = append(o.ManagementPolicies, string(action))
		}

		o.ExternalName = meta.GetExternalName(res.Object)
		if o.ExternalName == "" {
			o.ExternalName = "id-" + res.Key
		}

		o.ID = o.ExternalName
	}

	return o
}

// Condition is what a platform tells of a component.
func Condition(t *testing.T, p *platform.Platform, of string) platform.Condition {
	t.Helper()

	i := slices.IndexFunc(p.Conditions, func(c platform.Condition) bool { return c.Type == of })
	if i < 0 {
		t.Fatalf("no condition %q", of)
	}

	return p.Conditions[i]
}

// Policies are the management policies of a resource, or nothing if there is no such one.
func Policies(t *testing.T, p *platform.Platform, key string) common.ManagementPolicies {
	t.Helper()

	if !slices.Contains(Keys(p), key) {
		return nil
	}

	return Find[kit.Managed](t, p, key).Managed().ManagementPolicies
}
