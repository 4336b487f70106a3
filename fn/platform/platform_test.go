package platform

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpresource "github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// request returns the request of team-a's platform orders with a spec in JSON.
func request(t *testing.T, spec string, mods ...func(*Request)) *Request {
	t.Helper()
	req := &Request{
		Namespace: "team-a",
		Name:      "orders",
		UID:       "8fea6da0-c396-5a6a-88b8-77c765f04fca",
		RawSpec:   json.RawMessage(spec),
		Policy:    Policy{NamePrefix: DefaultNamePrefix},
		Observed:  map[string]Observation{},
	}
	if err := json.Unmarshal(req.RawSpec, &req.Spec); err != nil {
		t.Fatalf("cannot parse spec: %v", err)
	}
	for _, m := range mods {
		m(req)
	}
	return req
}

// groupsReady observes the subnet groups that the cache and the database wait for.
func groupsReady(r *Request) {
	for _, key := range []string{keySubnetGroupCache, keySubnetGroupDatabase} {
		r.Observed[key] = Observation{Ready: ObservedCondition{Status: "True"}}
	}
}

// policy lays defaults in JSON under the developer's spec.
func policy(defaults string) func(*Request) {
	return func(r *Request) { r.Policy.RawDefaults = json.RawMessage(defaults) }
}

func observing(key string, o Observation) func(*Request) {
	return func(r *Request) { r.Observed[key] = o }
}

func withStatusZones(zones ...v1alpha1.AvailabilityZone) func(*Request) {
	return func(r *Request) {
		r.Status.Network = &v1alpha1.NetworkStatus{AvailabilityZones: zones}
	}
}

func testPlan(t *testing.T, spec string, mods ...func(*Request)) *plan {
	t.Helper()
	p, err := newPlan(request(t, spec, mods...))
	if err != nil {
		t.Fatalf("newPlan(...): %v", err)
	}
	return p
}

// find returns the object that a list of resources has under a key.
func find[T any](t *testing.T, rs []Resource, key string) T {
	t.Helper()
	i := slices.IndexFunc(rs, func(r Resource) bool { return r.Key == key })
	if i < 0 {
		t.Fatalf("no resource %q", key)
	}
	o, ok := rs[i].Object.(T)
	if !ok {
		t.Fatalf("%q is a %T", key, rs[i].Object)
	}
	return o
}

func keys(rs []Resource) []string {
	out := make([]string, 0, len(rs))
	for _, r := range rs {
		out = append(out, r.Key)
	}
	return out
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

const reference = `{"region":"us-east-1"}`

// Renaming a key deletes what it names, databases included. This list may only
// grow.
func TestKeysAreFrozen(t *testing.T) {
	want := []string{
		"vpc",
		"internet-gateway",
		"route-table-public",
		"route-public-internet",
		"subnet-public-us-east-1a",
		"subnet-private-us-east-1a",
		"route-table-private-us-east-1a",
		"route-table-association-public-us-east-1a",
		"route-table-association-private-us-east-1a",
		"subnet-public-us-east-1b",
		"subnet-private-us-east-1b",
		"route-table-private-us-east-1b",
		"route-table-association-public-us-east-1b",
		"route-table-association-private-us-east-1b",
		"eip-nat-us-east-1a",
		"nat-gateway-us-east-1a",
		"eip-nat-us-east-1b",
		"nat-gateway-us-east-1b",
		"route-private-internet-us-east-1a",
		"route-private-internet-us-east-1b",
		"stream",
		"security-group-cache",
		"security-group-cache-ingress",
		"security-group-cache-egress",
		"subnet-group-cache",
		"cache",
		"security-group-database",
		"security-group-database-ingress",
		"security-group-database-egress",
		"subnet-group-database",
		"database",
		"credentials",
		"credentials-document",
		"credentials-version-1",
		"alarm-database-cpu",
		"alarm-cache-cpu-001",
		"alarm-cache-cpu-002",
		"alarm-stream-records",
		"connection",
		"usage-security-group-database-by-database",
		"usage-subnet-group-database-by-database",
		"usage-security-group-cache-by-cache",
		"usage-subnet-group-cache-by-cache",
		"usage-vpc-by-security-group-database",
		"usage-vpc-by-security-group-cache",
		"usage-vpc-by-internet-gateway",
		"usage-vpc-by-route-table-public",
		"usage-subnet-private-us-east-1a-by-database",
		"usage-subnet-private-us-east-1a-by-cache",
		"usage-vpc-by-subnet-public-us-east-1a",
		"usage-vpc-by-subnet-private-us-east-1a",
		"usage-vpc-by-route-table-private-us-east-1a",
		"usage-internet-gateway-by-nat-gateway-us-east-1a",
		"usage-eip-nat-us-east-1a-by-nat-gateway-us-east-1a",
		"usage-subnet-public-us-east-1a-by-nat-gateway-us-east-1a",
		"usage-subnet-private-us-east-1b-by-database",
		"usage-subnet-private-us-east-1b-by-cache",
		"usage-vpc-by-subnet-public-us-east-1b",
		"usage-vpc-by-subnet-private-us-east-1b",
		"usage-vpc-by-route-table-private-us-east-1b",
		"usage-internet-gateway-by-nat-gateway-us-east-1b",
		"usage-eip-nat-us-east-1b-by-nat-gateway-us-east-1b",
		"usage-subnet-public-us-east-1b-by-nat-gateway-us-east-1b",
		"usage-credentials-document-by-credentials-version-1",
		"usage-platform-protected",
		"usage-database-protected",
	}

	p, err := Compose(request(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"},"database":{"deletionProtection":true}}`, converged(t)))
	if err != nil {
		t.Fatalf("Compose(...): %v", err)
	}
	if diff := cmp.Diff(want, keys(p.Resources)); diff != "" {
		t.Errorf("Compose(...): -want keys, +got keys:\n%s", diff)
	}
}

func TestComposeErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   string
	}{
		"Parameters": {
			reason: "Parameters that can't be read should be an error.",
			spec:   reference,
			mods:   []func(*Request){func(r *Request) { r.Policy.RawDefaults = json.RawMessage(`{"network":1}`) }},
			want:   "cannot read parameters: json: cannot unmarshal number into Go struct field Parameters.network of type v1alpha1.NetworkParameters",
		},
		"Windows": {
			reason: "Windows that RDS would refuse should be an error.",
			spec:   `{"region":"us-east-1","database":{"backupWindow":"03:00-03:10"}}`,
			want:   `spec.database.backupWindow: invalid value "03:00-03:10": is shorter than the 30 minutes that RDS needs: make it longer`,
		},
		"Plan": {
			reason: "An open question without an answer should be an error.",
			spec:   `{"region":"xx-nowhere-1"}`,
			want:   `spec.region: invalid value "xx-nowhere-1": its availability zones are not known: set spec.availabilityZones, or availabilityZones in the function's input`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Compose(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.want, message(err)); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
		})
	}
}

// converged observes a platform as a control plane leaves it when
// nothing is left to do.
func converged(t *testing.T) func(*Request) {
	t.Helper()
	isTrue := ObservedCondition{Status: "True"}

	return func(r *Request) {
		// The cache and the database follow their subnet groups, the credentials'
		// document and the connection follow them, a version its document, and the
		// Usages all of these; a NAT gateway follows its address, and a route its gateway.
		for range 7 {
			p, err := Compose(r)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			for _, res := range p.Resources {
				o := Observation{Name: "orders-" + res.Key, Ready: isTrue, Synced: isTrue}
				switch res.Key {
				case keyStream:
					o.Status.ARN = "arn"
				case keyCache:
					o.Status.PrimaryEndpointAddress = "redis.example.org"
				case keyDatabase:
					o.Connection = details("first")
				}
				if s, ok := res.Object.(*corev1.Secret); ok {
					o.Data = s.Data
				}
				if mg, ok := res.Object.(xpresource.Manageable); ok {
					for _, action := range mg.GetManagementPolicies() {
						o.ManagementPolicies = append(o.ManagementPolicies, string(action))
					}
					o.ExternalName = meta.GetExternalName(res.Object)
					if o.ExternalName == "" {
						o.ExternalName = "id-" + res.Key
					}
					o.Status.ID = o.ExternalName
				}
				r.Observed[res.Key] = o
			}
		}
	}
}

func TestComposeReady(t *testing.T) {
	cases := map[string]struct {
		reason string
		mods   []func(*Request)
		want   bool
	}{
		"NothingObserved": {
			reason: "A platform of which nothing exists should not be ready.",
			want:   false,
		},
		"AllReady": {
			reason: "A platform whose resources are all ready, with credentials, should be ready.",
			mods:   []func(*Request){converged(t)},
			want:   true,
		},
		"OneUnready": {
			reason: "One resource that is not ready should make the platform not ready.",
			mods: []func(*Request){converged(t), func(r *Request) {
				r.Observed[keyVPC] = Observation{Ready: ObservedCondition{Status: "False"}}
			}},
			want: false,
		},
		"NoCredentials": {
			reason: "A platform whose credentials are still to come should not be ready.",
			mods: []func(*Request){converged(t), func(r *Request) {
				delete(r.Observed, "credentials-version-1")
				r.Observed["database"] = Observation{Name: "orders-database", Ready: ObservedCondition{Status: "True"}}
			}},
			want: false,
		},
		"UsageMissing": {
			reason: "A Usage is ready when it exists; before, a platform could be deleted in the wrong order.",
			mods:   []func(*Request){converged(t), func(r *Request) { delete(r.Observed, "usage-subnet-group-database-by-database") }},
			want:   false,
		},
		"UpdateFails": {
			reason: "An update that fails is told in a condition; what exists still works.",
			mods: []func(*Request){converged(t), func(r *Request) {
				r.Observed[keyVPC] = Observation{Ready: ObservedCondition{Status: "True"}, Synced: ObservedCondition{Status: "False", Message: "boom"}}
			}},
			want: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := Compose(request(t, reference, tc.mods...))
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			if p.Ready != tc.want {
				t.Errorf("%s\nCompose(...): want ready %t, got %t", tc.reason, tc.want, p.Ready)
			}
		})
	}
}
