package provideraws

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
)

// load the resources that the real provider left, by their name.
func load(t *testing.T) map[string]Object {
	t.Helper()

	data, err := os.ReadFile("testdata/provider-aws-v2.5.0.yaml")
	if err != nil {
		t.Fatal(err)
	}

	out := map[string]Object{}

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}

		o := Object{}
		j, jerr := yaml.YAMLToJSON(doc)

		if err := errors.Join(err, jerr, utiljson.Unmarshal(j, &o)); err != nil {
			t.Fatal(err)
		}

		if u := (&unstructured.Unstructured{Object: o}); u.GetName() != "" {
			out[u.GetName()] = o
		}
	}
}

// unprovided takes away from a resource what the provider wrote.
func unprovided(r *resource) {
	delete(r.Object, "status")

	for _, field := range []string{"creationTimestamp", "finalizers", "generation", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(r.Object, "metadata", field)
	}

	name := r.GetAnnotations()[annotationExternalName]

	r.SetAnnotations(nil)

	if r.identifier == nil {
		r.SetAnnotations(map[string]string{annotationExternalName: name})
	}

	unstructured.RemoveNestedField(r.Object, "spec", "initProvider")

	spec := r.forProvider()
	for _, tag := range []string{"kind", "name", "providerconfig"} {
		unstructured.RemoveNestedField(spec, "tags", "crossplane-"+tag)
	}

	for _, field := range r.lateInitialized {
		delete(spec, field)
	}

	for _, ref := range r.references {
		delete(spec, ref.field)
		delete(spec, ref.refs())
	}
}

// madeUp matches UUIDs, hashes and numbers.
var madeUp = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-fA-F]{5,}|[0-9]+`)

// shape of an object: the paths of its fields and what is at them. What a
// provider makes up has the same shape, not the same value.
func shape(path string, value any, out map[string]string) {
	switch v := value.(type) {
	case Object:
		for field, value := range v {
			shape(path+"."+field, value, out)
		}

		if len(v) == 0 {
			out[path] = "{}"
		}
	case []any:
		for i, value := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			if condition, ok := value.(Object); ok && condition["reason"] != nil {
				at = fmt.Sprintf("%s[%s]", path, condition["type"])
			}

			shape(at, value, out)
		}
	case string:
		out[path] = madeUp.ReplaceAllString(v, "0")
	default:
		out[path] = fmt.Sprint(v)
	}
}

// applied returns the real provider's resources as they were before it saw them.
func applied(t *testing.T) map[string]Object {
	t.Helper()

	out := map[string]Object{}

	for name, o := range load(t) {
		if o["kind"] == "DefaultSecurityGroup" {
			continue // In no platform.
		}

		r, err := read(o)
		if err != nil {
			t.Fatal(err)
		}

		unprovided(r)
		out[name] = r.Object
	}

	return out
}

func TestPatterns(t *testing.T) {
	// What the real provider made is made again, from what it was given.
	left := load(t)

	got, err := Platform(applied(t), Ready)
	if err != nil {
		t.Fatal(err)
	}

	// The real provider worked on an emulated AWS, which lacks these or has its
	// own idea of them, and listed the subnets in the order it found them. That AWS said of
	// no address whose it is; of another emulated one the provider took over the interface.
	different := regexp.MustCompile(strings.Join([]string{
		`EIP\..*[gG]eneration`,
		`EIP\.spec\.forProvider\.networkInterface`,
		`EIP\.status\.atProvider\.(associationId|networkInterface|privateIp|publicDns|tags\..*|tagsAll\..*)`,
		`Instance\.status\.atProvider\.(databaseInsightsMode|engineLifecycleSupport)`,
		`NATGateway\.status\.atProvider\.(networkInterfaceId|publicIp)`,
		`ReplicationGroup\.status\.atProvider\.(ipDiscovery|networkType|primaryEndpointAddress|readerEndpointAddress)`,
		`Stream\.status\.atProvider\.(kmsKeyId|maxRecordSizeInKib)`,
		`Subnet\.status\.atProvider\.availabilityZoneId`,
		`SubnetGroup\.spec\.forProvider\.subnetIdRefs.*`,
	}, "|"))

	for name := range got {
		t.Run(name, func(t *testing.T) {
			want, have := map[string]string{}, map[string]string{}
			kind := fmt.Sprint(left[name]["kind"])

			for _, part := range []string{"metadata", "spec", "status"} {
				shape(kind+"."+part, left[name][part], want)
				shape(kind+"."+part, got[name].Object[part], have)
			}

			for _, m := range []map[string]string{want, have} {
				maps.DeleteFunc(m, func(path, _ string) bool { return different.MatchString(path) })
			}

			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("Platform(): -what the real provider left, +got:\n%s", diff)
			}
		})
	}
}

func TestSchemas(t *testing.T) {
	c, err := crds.Open(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}

	kinds := map[string]bool{}

	for _, stage := range []Stage{Creating, Ready} {
		got, err := Platform(applied(t), stage)
		if err != nil {
			t.Fatal(err)
		}

		for name, r := range got {
			o := &unstructured.Unstructured{Object: r.Object}

			kind, err := c.Kind(o.GetAPIVersion(), o.GetKind())
			if err != nil {
				t.Fatal(err)
			}

			kinds[(&resource{Unstructured: *o}).kind()] = true

			if err := kind.Validate(t.Context(), r.Object); err != nil {
				t.Errorf("%s: %s: the API server would refuse it: %v", stage, name, err)
			}
		}
	}

	for kind := range patterns {
		if !kinds[kind] {
			t.Errorf("%s: no resource in testdata, so its pattern is not tested", kind)
		}
	}
}

// What a pattern refers to is in the CRDs, with the fields that select it and keep it.
func TestReferences(t *testing.T) {
	c, err := crds.Open(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}

	for kind, pattern := range patterns {
		gvk := gvk(kind)

		crd, err := c.Kind(gvk.GroupVersion().String(), gvk.Kind)
		if err != nil {
			t.Fatal(err)
		}

		fields := crd.Schema.Properties["spec"].Properties["forProvider"].Properties

		for _, ref := range pattern.references {
			if ref.to(kind) == "" {
				t.Errorf("%s: the CRD doesn't say what %s refers to", kind, ref.field)
			}

			for _, field := range []string{ref.field, ref.selector(), ref.refs()} {
				if _, ok := fields[field]; !ok {
					t.Errorf("%s: the CRD has no field %s", kind, field)
				}
			}

			if _, list := fields[ref.field]; !list || (fields[ref.field].Type == "array") != ref.isList() {
				t.Errorf("%s: %s is of type %s", kind, ref.field, fields[ref.field].Type)
			}
		}
	}
}

func TestCreating(t *testing.T) {
	const waits = "cannot resolve references: mg.Spec.ForProvider.%s: referenced field was empty (referenced resource may not yet be ready)"

	// A resource's conditions, and whether it has an external name.
	type state struct {
		Synced, Ready string
		Named         bool
	}

	ready := state{Synced: "True", Ready: "Available", Named: true}

	want := map[string]state{
		"t-a":     ready,
		"t-al":    ready,
		"t-b":     ready,
		"t-csg":   ready,
		"t-db":    {Synced: "True", Ready: "Creating"},
		"t-dbsg":  ready,
		"t-eip":   ready,
		"t-igw":   ready,
		"t-nat":   {Synced: "True", Ready: "Creating"},
		"t-r-in":  {Synced: fmt.Sprintf(waits, "SecurityGroupID")},
		"t-r-out": {Synced: fmt.Sprintf(waits, "SecurityGroupID")},
		"t-rg":    {Synced: "True", Ready: "Creating", Named: true},
		"t-route": {Synced: fmt.Sprintf(waits, "GatewayID")},
		"t-rt":    ready,
		"t-rta":   {Synced: fmt.Sprintf(waits, "RouteTableID")},
		"t-sg":    ready,
		"t-sm":    ready,
		"t-smv":   {Synced: fmt.Sprintf(waits, "SecretID")},
		"t-st":    {Synced: "True", Ready: "Creating", Named: true},
		"t-vpc":   ready,
	}

	resources, err := Platform(applied(t), Creating)
	if err != nil {
		t.Fatal(err)
	}

	got := map[string]state{}

	for name, r := range resources {
		o := &unstructured.Unstructured{Object: r.Object}
		s := state{Named: o.GetAnnotations()[annotationExternalName] != ""}

		conditions, _, _ := unstructured.NestedSlice(r.Object, "status", "conditions")
		for _, c := range conditions {
			switch c := c.(Object); c["type"] {
			case "Synced":
				s.Synced = fmt.Sprint(c["status"])
				if c["message"] != nil {
					s.Synced = fmt.Sprint(c["message"])
				}
			case "Ready":
				s.Ready = fmt.Sprint(c["reason"])
			}
		}

		got[name] = s

		if r.Connection != nil {
			t.Errorf("%s: published connection details while it was created", name)
		}

		atProvider, _, _ := unstructured.NestedMap(r.Object, "status", "atProvider")
		if known := len(atProvider) > 0; known != (s == ready) {
			t.Errorf("%s: status.atProvider: want some if it is ready, none otherwise; got %v", name, atProvider)
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Platform(): -want, +got:\n%s", diff)
	}
}

func TestConnection(t *testing.T) {
	cases := map[string]struct {
		reason string
		name   string
		change func(forProvider, spec Object)
		want   []string
	}{
		"GeneratedPassword": {
			reason: "The provider publishes the password that it generated.",
			name:   "t-db",
			want:   []string{"address", "attribute.password", "endpoint", "host", "password", "port", "username"},
		},
		"ManagedPassword": {
			reason: "A password that RDS manages never gets to Kubernetes.",
			name:   "t-db",
			change: func(f, _ Object) {
				delete(f, "autoGeneratePassword")
				f["manageMasterUserPassword"] = true
			},
			want: []string{"address", "endpoint", "host", "port", "username"},
		},
		"Token": {
			reason: "The provider publishes the token that it generated.",
			name:   "t-rg",
			want:   []string{"attribute.auth_token", "port", "primary_endpoint_address", "reader_endpoint_address"},
		},
		"NoToken": {
			reason: "A cache without authentication has no token.",
			name:   "t-rg",
			change: func(f, _ Object) { delete(f, "autoGenerateAuthToken") },
			want:   []string{"port", "primary_endpoint_address", "reader_endpoint_address"},
		},
		"NotAsked": {
			reason: "Without a place for them nothing is published.",
			name:   "t-db",
			change: func(_, s Object) { delete(s, "writeConnectionSecretToRef") },
		},
		"NoDetails": {
			reason: "A VPC has nothing to publish.",
			name:   "t-vpc",
			change: func(_, s Object) { s["writeConnectionSecretToRef"] = Object{"name": "vpc"} },
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			composed := applied(t)

			if tc.change != nil {
				spec, _ := composed[tc.name]["spec"].(Object)
				forProvider, _ := spec["forProvider"].(Object)
				tc.change(forProvider, spec)
			}

			got, err := Platform(composed, Ready)
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(got[tc.name].Connection))); diff != "" {
				t.Errorf("%s\nPlatform(): connection details: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestLateInitialize(t *testing.T) {
	cases := map[string]struct {
		reason   string
		policies []any
		want     any
	}{
		"All": {
			reason:   "The provider fills in what AWS chose.",
			policies: []any{"*"},
			want:     "default.redis7",
		},
		"Orphan": {
			reason:   "So it does where it may do everything but delete.",
			policies: []any{"Observe", "Create", "Update", "LateInitialize"},
			want:     "default.redis7",
		},
		"None": {
			reason:   "Without the policy the spec stays as it was applied.",
			policies: []any{"Observe", "Create", "Update", "Delete"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			composed := applied(t)

			spec, _ := composed["t-rg"]["spec"].(Object)
			spec["managementPolicies"] = tc.policies

			got, err := Platform(composed, Ready)
			if err != nil {
				t.Fatal(err)
			}

			group, _, _ := unstructured.NestedFieldNoCopy(got["t-rg"].Object, "spec", "forProvider", "parameterGroupName")
			if diff := cmp.Diff(tc.want, group); diff != "" {
				t.Errorf("%s\nPlatform(): parameterGroupName: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestResources(t *testing.T) {
	toStruct := func(o Object) *structpb.Struct {
		s, err := structpb.NewStruct(o)
		if err != nil {
			t.Fatal(err)
		}

		return s
	}

	xr := toStruct(Object{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind":       "CompositeDataPlatform",
		"metadata": Object{
			"name":   "orders-abcde",
			"uid":    "8fea6da0-c396-5a6a-88b8-77c765f04fca",
			"labels": Object{"crossplane.io/claim-name": "orders", "crossplane.io/claim-namespace": "team-b"},
		},
	})

	desired := map[string]*fnv1.Resource{
		"alarm-database-cpu": {Resource: toStruct(Object{
			"apiVersion": "cloudwatch.aws.m.upbound.io/v1beta1",
			"kind":       "MetricAlarm",
			"metadata":   Object{"namespace": "team-b", "annotations": Object{annotationExternalName: "alarm"}},
			"spec": Object{
				"forProvider":        Object{"region": "us-gov-west-1"},
				"managementPolicies": []any{"Observe", "Create", "Update", "Delete"},
			},
		})},
		"document": {Resource: toStruct(Object{
			"apiVersion": "v1",
			"kind":       "Secret",
			"metadata":   Object{"namespace": "team-b", "name": "document"},
		})},
	}

	// What an observed resource has besides what was desired, as long as its
	// values follow from nothing else.
	metadata := func(key string, generateName any, annotations Object) Object {
		out := Object{
			"namespace": "team-b",
			"labels": Object{
				"crossplane.io/claim-name":      "orders",
				"crossplane.io/claim-namespace": "team-b",
				"crossplane.io/composite":       "orders-abcde",
			},
			"annotations": Object{"crossplane.io/composition-resource-name": key},
			"ownerReferences": []any{Object{
				"apiVersion":         "dataplatform.crossplane.io/v1alpha1",
				"kind":               "CompositeDataPlatform",
				"name":               "orders-abcde",
				"uid":                "8fea6da0-c396-5a6a-88b8-77c765f04fca",
				"controller":         true,
				"blockOwnerDeletion": true,
			}},
			"creationTimestamp": timeApplied,
		}
		if generateName != nil {
			out["generateName"] = generateName
		}

		maps.Copy(out["annotations"].(Object), annotations)

		return out
	}

	alarm := metadata("alarm-database-cpu", "orders-abcde-", Object{
		"crossplane.io/external-create-pending":   timeCreated,
		"crossplane.io/external-create-succeeded": timeCreated,
		annotationExternalName:                    "alarm",
	})
	// The name that Crossplane v2.4.0 makes of the XR's name, its UID and the key.
	alarm["name"] = "orders-abcde-37a5bf86abe3"
	alarm["generation"] = 2.0
	alarm["finalizers"] = []any{"finalizer.managedresource.crossplane.io"}

	document := metadata("document", nil, nil)
	document["name"] = "document"

	want := map[string]Object{
		"alarm-database-cpu": {
			"apiVersion": "cloudwatch.aws.m.upbound.io/v1beta1",
			"kind":       "MetricAlarm",
			"metadata":   alarm,
			"spec": Object{
				"forProvider":        Object{"region": "us-gov-west-1"},
				"initProvider":       Object{},
				"managementPolicies": []any{"Observe", "Create", "Update", "Delete"},
			},
			"status": Object{
				"atProvider": Object{
					"actionsEnabled":                    true,
					"alarmDescription":                  "",
					"arn":                               "arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:alarm",
					"datapointsToAlarm":                 0.0,
					"evaluateLowSampleCountPercentiles": "",
					"extendedStatistic":                 "",
					"id":                                "alarm",
					"region":                            "us-gov-west-1",
					"thresholdMetricId":                 "",
					"treatMissingData":                  "missing",
					"unit":                              "",
				},
				"conditions": []any{
					Object{"type": "Synced", "status": "True", "reason": "ReconcileSuccess", "lastTransitionTime": timeObserved, "observedGeneration": 2.0},
					Object{"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": timeObserved},
					Object{"type": "LastAsyncOperation", "status": "True", "reason": "Success", "lastTransitionTime": timeObserved},
				},
			},
		},
		"document": {"apiVersion": "v1", "kind": "Secret", "metadata": document},
	}

	// Twice: the same platform always looks the same.
	for range 2 {
		resources, err := Resources(xr, desired, Ready)
		if err != nil {
			t.Fatal(err)
		}

		got := map[string]Object{}

		for key, r := range resources {
			got[key] = r.GetResource().AsMap()

			for _, field := range []string{"uid", "resourceVersion"} {
				if v, _, _ := unstructured.NestedString(got[key], "metadata", field); v == "" {
					t.Errorf("Resources(): %s has no metadata.%s", key, field)
				}

				unstructured.RemoveNestedField(got[key], "metadata", field)
			}
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Resources(): -want, +got:\n%s", diff)
		}
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		reason   string
		composed Object
		want     string
	}{
		"UnknownKind": {
			reason:   "A kind without a pattern must not look as if it were never created.",
			composed: Object{"apiVersion": "s3.aws.m.upbound.io/v1beta1", "kind": "Bucket"},
			want:     "it: no pattern for s3/Bucket: add one",
		},
		"NoName": {
			reason:   "A resource whose name is ours must have one.",
			composed: Object{"apiVersion": "kinesis.aws.m.upbound.io/v1beta1", "kind": "Stream"},
			want:     "it: kinesis/Stream has no annotation crossplane.io/external-name",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Platform(map[string]Object{"it": tc.composed}, Ready)
			if diff := cmp.Diff(tc.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("%s\nPlatform(): error: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAdopted(t *testing.T) {
	// What existed before keeps its name, and is referred to by it.
	composed := applied(t)
	(&unstructured.Unstructured{Object: composed["t-vpc"]}).SetAnnotations(map[string]string{annotationExternalName: "vpc-adopted"})

	resources, err := Platform(composed, Ready)
	if err != nil {
		t.Fatal(err)
	}

	id, _, _ := unstructured.NestedString(resources["t-vpc"].Object, "status", "atProvider", "id")
	ref, _, _ := unstructured.NestedString(resources["t-igw"].Object, "spec", "forProvider", "vpcId")
	name := (&unstructured.Unstructured{Object: resources["t-vpc"].Object}).GetAnnotations()[annotationExternalName]

	if diff := cmp.Diff([]string{"vpc-adopted", "vpc-adopted", "vpc-adopted"}, []string{name, id, ref}); diff != "" {
		t.Errorf("Platform(): external name, id, reference to it: -want, +got:\n%s", diff)
	}
}

func TestNoMatch(t *testing.T) {
	// As where a selector's labels are wrong: nothing is created, at any stage.
	composed := map[string]Object{"t-igw": applied(t)["t-igw"]}

	got, err := Platform(composed, Ready)
	if err != nil {
		t.Fatal(err)
	}

	conditions, _, _ := unstructured.NestedSlice(got["t-igw"].Object, "status", "conditions")
	want := []any{Object{
		"type":               "Synced",
		"status":             "False",
		"reason":             "ReconcileError",
		"message":            "cannot resolve references: mg.Spec.ForProvider.VPCID: no resources matched selector",
		"lastTransitionTime": timeObserved,
		"observedGeneration": int64(2),
	}}

	if diff := cmp.Diff(want, conditions); diff != "" {
		t.Errorf("Platform(): conditions: -want, +got:\n%s", diff)
	}
}
