package platform_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
)

// Renaming a key deletes what it names, databases included. This list may only
// grow, but for Usages: docs/decisions/keys.md.
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
		"usage-internet-gateway-by-subnet-public-us-east-1a",
		"usage-vpc-by-subnet-private-us-east-1a",
		"usage-vpc-by-route-table-private-us-east-1a",
		"usage-eip-nat-us-east-1a-by-nat-gateway-us-east-1a",
		"usage-subnet-public-us-east-1a-by-nat-gateway-us-east-1a",
		"usage-subnet-private-us-east-1b-by-database",
		"usage-subnet-private-us-east-1b-by-cache",
		"usage-internet-gateway-by-subnet-public-us-east-1b",
		"usage-vpc-by-subnet-private-us-east-1b",
		"usage-vpc-by-route-table-private-us-east-1b",
		"usage-eip-nat-us-east-1b-by-nat-gateway-us-east-1b",
		"usage-subnet-public-us-east-1b-by-nat-gateway-us-east-1b",
		"usage-credentials-document-by-credentials-version-1",
		"usage-platform-protected",
		"usage-database-protected",
	}

	p := platformtest.Compose(t, `{"region":"us-east-1","network":{"natGateways":"PerZone"},"database":{"deletionProtection":true}}`, platformtest.Converged(t))
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(platformtest.Keys(p)))); diff != "" {
		t.Errorf("Compose(...): -want keys, +got keys:\n%s", diff)
	}
}

func TestComposeErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   string
	}{
		"Parameters": {
			reason: "Parameters that can't be read should be an error.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){func(r *kit.Request) { r.Policy.RawDefaults = json.RawMessage(`{"network":1}`) }},
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
			_, err := platformtest.Try(t, tc.spec, tc.mods...)
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestComposeReady(t *testing.T) {
	cases := map[string]struct {
		reason string
		mods   []func(*kit.Request)
		want   bool
	}{
		"NothingObserved": {
			reason: "A platform of which nothing exists should not be ready.",
			want:   false,
		},
		"AllReady": {
			reason: "A platform whose resources are all ready, with credentials, should be ready.",
			mods:   []func(*kit.Request){platformtest.Converged(t)},
			want:   true,
		},
		"OneUnready": {
			reason: "One resource that is not ready should make the platform not ready.",
			mods: []func(*kit.Request){platformtest.Converged(t), func(r *kit.Request) {
				r.Observed["vpc"] = kit.Observation{Ready: kit.ObservedCondition{Status: "False"}}
			}},
			want: false,
		},
		"NoCredentials": {
			reason: "A platform whose credentials are still to come should not be ready.",
			mods: []func(*kit.Request){platformtest.Converged(t), func(r *kit.Request) {
				delete(r.Observed, "credentials-version-1")
				r.Observed["database"] = kit.Observation{Name: "orders-database", Ready: kit.ObservedCondition{Status: "True"}}
			}},
			want: false,
		},
		"UsageMissing": {
			reason: "A Usage is ready when it exists; before, a platform could be deleted in the wrong order.",
			mods:   []func(*kit.Request){platformtest.Converged(t), func(r *kit.Request) { delete(r.Observed, "usage-subnet-group-database-by-database") }},
			want:   false,
		},
		"UpdateFails": {
			reason: "An update that fails is told in a condition; what exists still works.",
			mods: []func(*kit.Request){platformtest.Converged(t), func(r *kit.Request) {
				r.Observed["vpc"] = kit.Observation{Ready: kit.ObservedCondition{Status: "True"}, Synced: kit.ObservedCondition{Status: "False", Message: "boom"}}
			}},
			want: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := platformtest.Compose(t, platformtest.Reference, tc.mods...)
			if p.Ready != tc.want {
				t.Errorf("%s\nCompose(...): want ready %t, got %t", tc.reason, tc.want, p.Ready)
			}
		})
	}
}

// Another name of a stream or a cache would be another, empty one. So a name that the
// platform's users were told stays when its resource is not to be seen, whatever made it.
func TestToldNamesStay(t *testing.T) {
	p := platformtest.Compose(t, platformtest.Reference, func(r *kit.Request) {
		r.Status.Stream = &v1alpha1.StreamStatus{Name: "orders-stream", ARN: "arn"}
		r.Status.Cache = &v1alpha1.CacheStatus{PrimaryEndpoint: "master.orders-cache.5c1ead.use1.cache.amazonaws.com"}
		r.Status.Database = &v1alpha1.DatabaseStatus{Host: "orders-database.378a6ba342ba.us-east-1.rds.amazonaws.com"}
	})
	for key, want := range map[string]string{"alarm-stream-records": "orders-stream", "alarm-cache-cpu-001": "orders-cache-001", "alarm-database-cpu": "orders-database"} {
		for _, got := range platformtest.Find[*cloudwatch.MetricAlarm](t, p, key).Spec.ForProvider.Dimensions {
			if *got != want {
				t.Errorf("%s: want it to be of %s, got %s", key, want, *got)
			}
		}
	}
}
