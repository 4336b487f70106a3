package e2e

import (
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpextv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// Platforms that more than one test uses. They are what the README has people submit.
var (
	orders      = example("default")
	ordersClaim = example("claim")
)

// example returns what a developer writes in one of the examples.
func example(name string) *unstructured.Unstructured {
	data, err := os.ReadFile(filepath.Join(root, "examples", name, "xr.yaml"))
	if err != nil {
		panic(err)
	}

	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(data, &u.Object); err != nil {
		panic(err)
	}

	return u
}

// An XR and a claim go from submit to ready, with their outputs in status and the
// connection Secret complete.
func testReady(t *testing.T) {
	cases := map[string]struct {
		reason   string
		platform *unstructured.Unstructured
		secret   string
	}{
		"XR": {
			reason:   "The reference platform.",
			platform: orders,
			secret:   "orders-connection",
		},
		"Claim": {
			reason:   "The reference platform, asked for by a claim.",
			platform: ordersClaim,
			secret:   "orders-connection",
		},
		"Production": {
			reason:   "Three zones, NAT gateways and a token: all that a platform can have.",
			platform: example("production"),
			secret:   "payments-connection",
		},
	}

	t.Run("Activation", testActivation)
	t.Run("Cost", testCost)

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prove(t, name+": from submit to ready, outputs in status, connection Secret complete, no object refused, and nothing refused by AWS")

			createPlatform(t, env, tc.platform)
			awaitReady(t, env, tc.platform)

			var (
				parts  = mustComposed(t, env, tc.platform)
				status v1alpha1.XDataPlatformStatus
			)

			convert(t, tc.platform, "status", &status)

			for key, o := range parts {
				if c := condition(o, conditionReady); c.Status != metav1.ConditionTrue && o.GetKind() != "Secret" {
					t.Errorf("%s\n%s is not ready:\n%s", tc.reason, key, conditions(o))
				}
			}

			if diff := cmp.Diff(outputs(t, parts), status); diff != "" {
				t.Errorf("%s\nstatus: -what the resources have, +what it says:\n%s", tc.reason, diff)
			}

			s := &corev1.Secret{}
			if err := env.Client.Get(t.Context(), client.ObjectKey{Namespace: tc.platform.GetNamespace(), Name: tc.secret}, s); err != nil {
				t.Fatalf("%s\ncannot read the connection Secret: %v", tc.reason, err)
			}

			if diff := cmp.Diff(connection(t, status, parts), texts(s.Data)); diff != "" {
				t.Errorf("%s\nconnection Secret: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff([]string(nil), warnings(t, tc.platform)); diff != "" {
				t.Errorf("%s\nevents that warn: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff([]string(nil), refusedVersions(t, tc.platform.GetNamespace())); diff != "" {
				t.Errorf("%s\nversions of the secret that AWS refused: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff([]string(nil), refusalsIn(env, tc.platform.GetNamespace())); diff != "" {
				t.Errorf("%s\nAWS refused: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Of the providers' kinds those of our activation policy are served, and no others.
func testActivation(t *testing.T) {
	t.Parallel()
	prove(t, "Activation: the kinds of our policy are active, and none besides")

	policy := &xpextv1alpha1.ManagedResourceActivationPolicy{}
	if err := env.Client.Get(t.Context(), client.ObjectKey{Name: "configuration-data-platform"}, policy); err != nil {
		t.Fatal(err)
	}

	var want []string
	for _, kind := range policy.Spec.Activations {
		want = append(want, string(kind))
	}

	definitions := &xpextv1alpha1.ManagedResourceDefinitionList{}
	if err := env.Client.List(t.Context(), definitions); err != nil {
		t.Fatal(err)
	}

	var got []string

	for i := range definitions.Items {
		if definitions.Items[i].Spec.State == xpextv1alpha1.ManagedResourceDefinitionActive {
			got = append(got, definitions.Items[i].GetName())
		}
	}

	slices.Sort(want)
	slices.Sort(got)

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("active kinds: -want, +got:\n%s", diff)
	}

	if len(definitions.Items) <= len(want) {
		t.Errorf("%d kinds are defined: none could have been inactive", len(definitions.Items))
	}
}

// convert a field of an object.
func convert(t *testing.T, u *unstructured.Unstructured, field string, into any) {
	t.Helper()

	o, _, err := unstructured.NestedMap(u.Object, field)
	if err != nil {
		t.Fatal(err)
	}

	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o, into); err != nil {
		t.Fatal(err)
	}
}

// outputs that a platform's status should have, of the resources that it is made of.
func outputs(t *testing.T, parts map[string]*unstructured.Unstructured) v1alpha1.XDataPlatformStatus {
	t.Helper()

	var (
		out      = v1alpha1.XDataPlatformStatus{Network: &v1alpha1.NetworkStatus{VPCID: meta.GetExternalName(parts["vpc"])}}
		cache    = atProvider(t, parts["cache"])
		database = atProvider(t, parts["database"])
	)

	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if zone, ok := strings.CutPrefix(key, "subnet-public-"); ok {
			out.Network.AvailabilityZones = append(out.Network.AvailabilityZones, v1alpha1.AvailabilityZone(zone))
			out.Network.PublicSubnetIDs = append(out.Network.PublicSubnetIDs, meta.GetExternalName(parts[key]))
			out.Network.PrivateSubnetIDs = append(out.Network.PrivateSubnetIDs, meta.GetExternalName(parts["subnet-private-"+zone]))
		}
	}

	out.Stream = &v1alpha1.StreamStatus{Name: meta.GetExternalName(parts["stream"]), ARN: text(atProvider(t, parts["stream"])["arn"])}
	out.Cache = &v1alpha1.CacheStatus{
		PrimaryEndpoint: text(cache["primaryEndpointAddress"]),
		ReaderEndpoint:  text(cache["readerEndpointAddress"]),
		Port:            6379,
	}
	out.Database = &v1alpha1.DatabaseStatus{
		Endpoint: text(database["endpoint"]),
		Host:     text(database["address"]),
		Port:     5432,
		Name:     text(database["dbName"]),
	}
	out.Credentials = &v1alpha1.CredentialsStatus{SecretARN: meta.GetExternalName(parts["credentials"])}

	return out
}

// connection is what a platform's connection Secret should hold.
func connection(t *testing.T, status v1alpha1.XDataPlatformStatus, parts map[string]*unstructured.Unstructured) map[string]string {
	t.Helper()

	var (
		user     = text(atProvider(t, parts["database"])["username"])
		password = secretOf(t, parts["database"], "passwordSecretRef")
		token    = secretOf(t, parts["cache"], "authTokenSecretRef")
		redis    = &url.URL{Scheme: "rediss", Host: net.JoinHostPort(status.Cache.PrimaryEndpoint, "6379")}
		postgres = &url.URL{
			Scheme: "postgresql", User: url.UserPassword(user, password), Host: status.Database.Endpoint,
			Path: status.Database.Name, RawQuery: "sslmode=require",
		}
	)

	out := map[string]string{
		"AWS_REGION":          text(atProvider(t, parts["vpc"])["region"]),
		"KINESIS_STREAM_NAME": status.Stream.Name,
		"PGDATABASE":          status.Database.Name,
		"PGHOST":              status.Database.Host,
		"PGPASSWORD":          password,
		"PGPORT":              "5432",
		"PGSSLMODE":           "require",
		"PGUSER":              user,
		"REDIS_HOST":          status.Cache.PrimaryEndpoint,
		"REDIS_PORT":          "6379",
	}

	if token != "" {
		out["REDIS_PASSWORD"] = token
		redis.User = url.UserPassword("default", token)
	}

	out["DATABASE_URL"], out["REDIS_URL"] = postgres.String(), redis.String()

	return out
}

// secretOf reads what the provider generated into the Secret that a field of a
// managed resource refers to. It is empty if the field is.
func secretOf(t *testing.T, o *unstructured.Unstructured, field string) string {
	t.Helper()

	s, key := secretRef(t, o, field)

	return string(s.Data[key])
}

// secretRef is the Secret that a field of a managed resource refers to, and the key. It is
// empty if the field is.
func secretRef(t *testing.T, o *unstructured.Unstructured, field string) (*corev1.Secret, string) {
	t.Helper()

	ref, found, err := unstructured.NestedStringMap(o.Object, "spec", "forProvider", field)
	if err != nil {
		t.Fatal(err)
	}

	s := &corev1.Secret{}
	if !found {
		return s, ""
	}

	if err := env.Client.Get(t.Context(), client.ObjectKey{Namespace: o.GetNamespace(), Name: ref["name"]}, s); err != nil {
		t.Fatal(err)
	}

	return s, ref["key"]
}

// atProvider is what the provider observed.
func atProvider(t *testing.T, o *unstructured.Unstructured) map[string]any {
	t.Helper()

	if o == nil {
		t.Fatal("the platform lacks a resource")
	}

	out, _, err := unstructured.NestedMap(o.Object, "status", "atProvider")
	if err != nil {
		t.Fatal(err)
	}

	return out
}

// text of a value that is one.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// texts of a Secret.
func texts(data map[string][]byte) map[string]string {
	out := make(map[string]string, len(data))
	for key, value := range data {
		out[key] = string(value)
	}

	return out
}

// warnings of the events that there are about a platform itself. Those about what has
// no namespace, such as a claim's XR, are in default.
func warnings(t *testing.T, u *unstructured.Unstructured) []string {
	t.Helper()

	var out []string

	xr := mustComposite(t, env, u)

	for _, e := range append(events(t, u.GetNamespace()), events(t, "default")...) {
		if e.Type == corev1.EventTypeWarning && (e.InvolvedObject.UID == u.GetUID() || e.InvolvedObject.UID == xr.GetUID()) {
			out = append(out, e.Reason+": "+e.Message)
		}
	}

	return out
}

// refusedVersions are what AWS said where it was asked for a version of a secret before
// there was a document to make it of.
func refusedVersions(t *testing.T, namespace string) []string {
	t.Helper()

	var out []string

	for _, e := range events(t, namespace) {
		if e.InvolvedObject.Kind == "SecretVersion" && e.Reason == "CannotCreateExternalResource" {
			out = append(out, e.InvolvedObject.Name+": "+e.Message)
		}
	}

	return out
}

// events of a namespace.
func events(t *testing.T, namespace string) []corev1.Event {
	t.Helper()

	list := &corev1.EventList{}
	if err := env.Client.List(t.Context(), list, client.InNamespace(namespace)); err != nil {
		t.Fatal(err)
	}

	return list.Items
}
