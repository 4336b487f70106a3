package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

var update = flag.Bool("update", false, "rewrite the responses in testdata")

// xrJSON is an XR with a spec in JSON.
func xrJSON(spec string) *structpb.Struct {
	return resource.MustStructJSON(`{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind": "XDataPlatform",
		"metadata": {"namespace": "team-a", "name": "orders", "uid": "8fea6da0-c396-5a6a-88b8-77c765f04fca"},
		"spec": ` + spec + `
	}`)
}

// answerTo a request, both in wire format.
func answerTo(ctx context.Context, f *Function, request []byte) ([]byte, error) {
	a, err := f.Answer(ctx, request, &server.Subject{})
	if err != nil {
		return nil, err
	}

	meta, body := a.Marshal()

	return slices.Concat(meta, body), nil
}

// readerOf reads an object in protobuf.
func readerOf(s *structpb.Struct) *reader {
	b, err := proto.Marshal(s)
	if err != nil {
		panic(err)
	}

	return &reader{root: b}
}

func policyJSON(fields string) *structpb.Struct {
	if fields != "" {
		fields = ", " + fields
	}

	return resource.MustStructJSON(`{"apiVersion": "dataplatform.fn.crossplane.io/v1beta1", "kind": "Policy"` + fields + `}`)
}

// requestFor observes an XR, and nothing else.
func requestFor(xr *structpb.Struct, mods ...func(*fnv1.RunFunctionRequest)) *fnv1.RunFunctionRequest {
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "tag"},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: xr}},
	}
	for _, m := range mods {
		m(req)
	}

	return req
}

func withPolicy(fields string) func(*fnv1.RunFunctionRequest) {
	return func(r *fnv1.RunFunctionRequest) { r.Input = policyJSON(fields) }
}

func withObserved(key, json string) func(*fnv1.RunFunctionRequest) {
	return func(r *fnv1.RunFunctionRequest) {
		if r.GetObserved().GetResources() == nil {
			r.Observed.Resources = map[string]*fnv1.Resource{}
		}

		r.Observed.Resources[key] = &fnv1.Resource{Resource: resource.MustStructJSON(json)}
	}
}

// withGroundwork observes what the cache and the database stand on, so that they are
// composed, and in some zones what the way out of the private subnets needs.
func withGroundwork(zones ...string) func(*fnv1.RunFunctionRequest) {
	return func(r *fnv1.RunFunctionRequest) {
		ready := `"status": {"conditions": [{"type": "Ready", "status": "True"}]}}`
		withObserved("subnet-group-cache", `{"apiVersion": "elasticache.aws.m.upbound.io/v1beta1", "kind": "SubnetGroup", `+ready)(r)
		withObserved("subnet-group-database", `{"apiVersion": "rds.aws.m.upbound.io/v1beta1", "kind": "SubnetGroup", `+ready)(r)

		for _, z := range zones {
			withObserved("eip-nat-"+z, `{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "EIP", "metadata": {"annotations": {"crossplane.io/external-name": "eipalloc-`+z+`"}}, "spec": {"managementPolicies": ["Observe", "Create", "Update"]}}`)(r)
			withObserved("nat-gateway-"+z, `{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "NATGateway", "metadata": {"annotations": {"crossplane.io/external-name": "nat-`+z+`"}}}`)(r)
		}
	}
}

// settling is how many looks it takes until what is observed reveals nothing new: a subnet
// group that is ready, its database, the details that are published of that, their
// document, its version, and the Usage that holds the document for it.
const settling = 7

// atStage observes what the function asks for as the provider leaves it, and then
// what it asks for when it sees that.
func atStage(t *testing.T, stage provideraws.Stage) func(*fnv1.RunFunctionRequest) {
	t.Helper()

	return func(r *fnv1.RunFunctionRequest) {
		for range settling {
			rsp, err := newFunction(t).RunFunction(context.Background(), proto.CloneOf(r))
			if err != nil {
				t.Fatalf("RunFunction(...): %v", err)
			}

			resources, err := provideraws.Resources(r.GetObserved().GetComposite().GetResource(), rsp.GetDesired().GetResources(), stage)
			if err != nil {
				t.Fatalf("provideraws.Resources(...): %v", err)
			}

			r.Observed.Resources = resources
		}
	}
}

func newFunction(t *testing.T) *Function {
	t.Helper()

	f, err := NewFunction(0)
	if err != nil {
		t.Fatalf("NewFunction(...): %v", err)
	}

	return f
}

// golden is a whole response in testdata. Run the tests with -update to rewrite
// it, and read the difference.
func golden(t *testing.T, name string, got *fnv1.RunFunctionResponse) *fnv1.RunFunctionResponse {
	t.Helper()

	path := filepath.Join("testdata", name+".yaml")

	if *update {
		j, err := protojson.Marshal(got)
		if err != nil {
			t.Fatalf("cannot marshal response: %v", err)
		}

		y, err := yaml.JSONToYAML(j)
		if err != nil {
			t.Fatalf("cannot marshal response: %v", err)
		}

		if err := os.WriteFile(path, y, 0o600); err != nil {
			t.Fatalf("cannot write %q: %v", path, err)
		}
	}

	y, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("cannot read %q: run the tests with -update to write it: %v", path, err)
	}

	j, err := yaml.YAMLToJSON(y)
	if err != nil {
		t.Fatalf("cannot parse %q: %v", path, err)
	}

	rsp := &fnv1.RunFunctionResponse{}
	if err := protojson.Unmarshal(j, rsp); err != nil {
		t.Fatalf("cannot parse %q: %v", path, err)
	}

	return rsp
}

func TestRunFunction(t *testing.T) {
	claimXR := resource.MustStructJSON(`{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind": "CompositeDataPlatform",
		"metadata": {"name": "orders-x7k2p", "uid": "0b1c"},
		"spec": {
			"region": "eu-west-1",
			"claimRef": {"apiVersion": "dataplatform.crossplane.io/v1alpha1", "kind": "DataPlatform", "namespace": "team-a", "name": "orders"},
			"compositionRef": {"name": "x"},
			"compositionUpdatePolicy": "Automatic",
			"resourceRefs": [],
			"writeConnectionSecretToRef": {"namespace": "crossplane-system", "name": "0b1c"}
		}
	}`)

	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
	}{
		"reference": {
			reason: "A region alone should give the whole reference platform.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`)),
		},
		"reference-creating": {
			reason: "Conditions should say what each component waits for, in the provider's words.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), atStage(t, provideraws.Creating)),
		},
		"reference-ready": {
			reason: "A platform that is ready should have all its outputs, and the same desired resources.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), atStage(t, provideraws.Ready)),
		},
		"claim": {
			reason: "A claim's XR should be composed into the claim's namespace, with names of its own.",
			req:    requestFor(claimXR),
		},
		"everything": {
			reason: "Every field of the API and of the policy should be heard.",
			req: requestFor(xrJSON(`{
				"region": "us-east-1",
				"availabilityZones": ["us-east-1b", "us-east-1c", "us-east-1d"],
				"network": {"cidrBlock": "10.20.0.0/16", "natGateways": "PerZone",
					"publicSubnetCidrBlocks": ["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"],
					"privateSubnetCidrBlocks": ["10.20.64.0/18", "10.20.128.0/18", "10.20.192.0/18"]},
				"stream": {"mode": "ON_DEMAND", "retentionPeriod": 168, "shardLevelMetrics": ["IteratorAgeMilliseconds"]},
				"cache": {"engineVersion": "7.1", "nodeType": "cache.r7g.large", "numCacheClusters": 3, "authentication": "Token"},
				"database": {"engineVersion": "16.4", "instanceClass": "db.r6g.large", "allocatedStorage": 500, "storageType": "gp3", "iops": 20000, "storageThroughput": 700, "backupRetentionPeriod": 35,
					"backupWindow": "01:00-02:00", "maintenanceWindow": "sun:03:00-sun:04:00", "skipFinalSnapshot": false, "deletionProtection": true,
					"dbName": "orders", "username": "owner", "credentials": "ManagedByRDS"},
				"monitoring": {"alarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"], "databaseCpuPercent": 70, "cacheCpuPercent": 60},
				"tags": {"cost-centre": "42"},
				"deletionPolicy": "Orphan",
				"providerConfigRef": {"kind": "ProviderConfig", "name": "team-a"}
			}`), withPolicy(`"metadata": {"name": "policy"}, "namePrefix": "acme", "tags": {"owner": "platform"}, "responseTTL": "5m",
				"availabilityZones": {"us-east-1": ["us-east-1e", "us-east-1f"]},
				"defaults": {"stream": {"retentionPeriod": 48}, "tags": {"cost-centre": "1"}}`), withGroundwork("us-east-1b", "us-east-1c", "us-east-1d")),
		},
		"policy-defaults": {
			reason: "The policy's defaults should lie under the developer's spec, and over the reference's.",
			req: requestFor(xrJSON(`{"region":"us-east-1","cache":{"numCacheClusters":3}}`),
				withPolicy(`"defaults": {"cache": {"numCacheClusters": 4, "nodeType": "cache.t4g.small"}, "stream": {"shardCount": 7}, "deletionPolicy": "Orphan"}`), withGroundwork()),
		},
		"earlier-steps": {
			reason: "What earlier steps desire, and the context, should be kept.",
			req: requestFor(xrJSON(`{"region":"us-east-1","crossplane":{"compositionRef":{"name":"x"}}}`),
				withObserved("theirs", `{"apiVersion":"example.org/v1","kind":"Theirs","status":{"conditions":"odd"}}`),
				func(r *fnv1.RunFunctionRequest) {
					r.Context = resource.MustStructJSON(`{"key":"value"}`)
					r.Desired = &fnv1.State{
						Composite: &fnv1.Resource{Resource: resource.MustStructJSON(`{"status":{"theirs":"kept"}}`)},
						Resources: map[string]*fnv1.Resource{"theirs": {Resource: resource.MustStructJSON(`{"apiVersion":"example.org/v1","kind":"Theirs"}`), Ready: fnv1.Ready_READY_TRUE}},
					}
				}),
		},
		"claim-ready": {
			reason: "A claim's XR should return what an application needs to connect as its connection details, and compose no Secret for it.",
			req: requestFor(claimXR, atStage(t, provideraws.Ready), func(r *fnv1.RunFunctionRequest) {
				r.Observed.Composite.ConnectionDetails = map[string][]byte{"PGHOST": []byte("was")}
			}),
		},
		"kept-connection": {
			reason: "What a connection Secret holds should stay while its sources are missing.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("connection", `{"apiVersion":"v1","kind":"Secret","data":{"PGPASSWORD":"cGxhbnRlZA=="}}`)),
		},
		"managed-credentials": {
			reason: "RDS's own secret should be in status.",
			req: requestFor(xrJSON(`{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`),
				withObserved("database", `{"apiVersion":"rds.aws.m.upbound.io/v1beta1","kind":"Instance","spec":{"forProvider":{"engineVersion":"15.15","manageMasterUserPassword":true}},"status":{"atProvider":{"masterUserSecret":[{"secretArn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1"}]}}}`)),
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := newFunction(t).RunFunction(context.Background(), tc.req)
			if diff := cmp.Diff(nil, err, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want err, +got err:\n%s", tc.reason, diff)
			}

			checkSummary(t, name, got)

			if diff := cmp.Diff(golden(t, name, got), got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want rsp, +got rsp:\n%s", tc.reason, diff)
			}
		})
	}
}

// Bad input should be one fatal result that names the field, the value and the
// remedy, with the desired state of earlier steps as it was.
func TestRunFunctionFatal(t *testing.T) {
	nan := xrJSON(`{"region":"us-east-1"}`)
	nan.Fields["spec"].GetStructValue().Fields["tags"] = structpb.NewNumberValue(math.NaN())

	vpc := func(status string) string {
		return `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"VPC","status":` + status + `}`
	}
	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		// taken is the name of a resource of an earlier step's.
		taken string
		want  string
	}{
		"EmptyRequest": {
			reason: "An empty request should be told what it lacks.",
			req:    &fnv1.RunFunctionRequest{},
			want:   "invalid composite resource: the request observes none: send an XDataPlatform",
		},
		"MissingRegion": {
			reason: "The one required field should be named.",
			req:    requestFor(xrJSON(`{}`)),
			want:   "invalid composite resource: spec.region: required value is missing: Region is the AWS region, such as us-east-1. Immutable.",
		},
		"MissingSpec": {
			reason: "A missing spec should be named.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"namespace":"team-a","name":"orders"}}`)),
			want:   "invalid composite resource: spec: required value is missing: XDataPlatformSpec is the desired state of a data platform.",
		},
		"SpecIsNoObject": {
			reason: "A spec that is no object should be shown.",
			req:    requestFor(xrJSON(`"us-east-1"`)),
			want:   `invalid composite resource: spec: invalid value "us-east-1": must be of type object: "string": XDataPlatformSpec is the desired state of a data platform.`,
		},
		"NoNamespace": {
			reason: "A cluster scoped XR without a claim has no namespace to compose in.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"name":"orders"},"spec":{"region":"us-east-1"}}`)),
			want:   "invalid composite resource: spec.claimRef: required value is missing: a CompositeDataPlatform belongs to a DataPlatform claim, which names the namespace to compose in: create a claim, or an XDataPlatform in a namespace",
		},
		"OddMetadata": {
			reason: "A name of the wrong type should be shown.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"namespace":"team-a","name":7},"spec":{"region":"us-east-1"}}`)),
			want:   "invalid composite resource: metadata.name: invalid value 7: must be a string: correct or remove it",
		},
		"OddNamespace": {
			reason: "A claim's namespace that is none should be refused: it is in each resource.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"name":"orders"},"spec":{"claimRef":{"namespace":"Team A","name":"orders"},"region":"us-east-1"}}`)),
			want:   `invalid composite resource: spec.claimRef.namespace: invalid value "Team A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'): use the name of an object in Kubernetes`,
		},
		"LongNamespace": {
			reason: "So should one that is too long.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"name":"orders"},"spec":{"claimRef":{"namespace":"` + strings.Repeat("n", 4000) + `","name":"orders"},"region":"us-east-1"}}`)),
			want:   `invalid composite resource: spec.claimRef.namespace: invalid value "` + strings.Repeat("n", 127) + `...: must be no more than 63 characters: use the name of an object in Kubernetes`,
		},
		"OddName": {
			reason: "A name that is none should be refused.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"namespace":"team-a","name":"` + strings.Repeat("n", 254) + `"},"spec":{"region":"us-east-1"}}`)),
			want:   `invalid composite resource: metadata.name: invalid value "` + strings.Repeat("n", 127) + `...: must be no more than 253 characters: use the name of an object in Kubernetes`,
		},
		"VeryLongName": {
			reason: "A text that no field can have should be refused by its length.",
			req:    requestFor(resource.MustStructJSON(`{"metadata":{"namespace":"team-a","name":"` + strings.Repeat("n", 4097) + `"},"spec":{"region":"us-east-1"}}`)),
			want:   `invalid composite resource: metadata.name: invalid value "` + strings.Repeat("n", 127) + `...: must be at most 4096 bytes: correct or remove it`,
		},
		"NotASCII": {
			reason: "A value that is cut should be cut between characters: protobuf could not carry it.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","tags":{"k":"` + strings.Repeat("é", 300) + `"}}`)),
			want:   `invalid composite resource: spec.tags.k: invalid value "` + strings.Repeat("é", 127) + `...: may not be more than 256 bytes: A TagValue is the value of an AWS tag, at most 256 characters.`,
		},
		"LargeSpec": {
			reason: "A spec that is larger than any platform's should be refused before it is validated.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","tags":[` + strings.Repeat("0,", 5000) + `0]}`)),
			want:   `invalid composite resource: spec: invalid value {"region":"us-east-1","tags":[` + strings.Repeat("0,", 49) + `...: is too large: use at most 4096 values, 1048576 bytes of text, 16 levels, and 512 bytes for the name of a field`,
		},
		"LargePolicy": {
			reason: "So should a policy.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"a":[`+strings.Repeat("0,", 5000)+`0]`)),
			want:   `invalid function input: Policy: invalid value {"a":[` + strings.Repeat("0,", 61) + `...: is too large: use at most 4096 values, 1048576 bytes of text, 16 levels, and 512 bytes for the name of a field`,
		},
		"UnknownRegion": {
			reason: "A region without known zones should be told how to name them.",
			req:    requestFor(xrJSON(`{"region":"xx-nowhere-9"}`)),
			want:   `cannot compose the data platform: spec.region: invalid value "xx-nowhere-9": its availability zones are not known: set spec.availabilityZones, or availabilityZones in the function's input`,
		},
		"MalformedBlock": {
			reason: "A block that is none should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0"}}`)),
			want:   `invalid composite resource: spec.network.cidrBlock: invalid value "10.0.0.0": should match '^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-4])$': CIDRBlock is the VPC's IPv4 block, from /16 to /24. Immutable. Default: 10.0.0.0/16.`,
		},
		"OverlappingBlocks": {
			reason: "Blocks that overlap should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.0.128/25"],"privateSubnetCidrBlocks":["10.0.2.0/24","10.0.3.0/24"]}}`)),
			want:   `invalid composite resource: spec.network.publicSubnetCidrBlocks: invalid value ["10.0.0.0/24","10.0.0.128/25"]: publicSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block: PublicSubnetCIDRBlocks are the blocks of the public subnets, one for each availability zone and in the same order, each from /16 to /28 and inside the VPC's block. A zone's block can't change once given. Default: the VPC's block is split in 256 (in /28s where those would be smaller), and the zones take blocks 0, 1 and so on.`,
		},
		"BlockOutsideVPC": {
			reason: "A block outside the VPC's should be shown, also where that is the default.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","network":{"publicSubnetCidrBlocks":["10.0.0.0/24","10.0.1.0/24"],"privateSubnetCidrBlocks":["10.0.2.0/24","10.9.3.0/24"]}}`)),
			want:   `cannot compose the data platform: spec.network.privateSubnetCidrBlocks[1]: invalid value "10.9.3.0/24": is outside the VPC's block 10.0.0.0/16: use a part of that, or, before the platform is created, set spec.network.cidrBlock`,
		},
		"OneZone": {
			reason: "Multi-AZ needs two zones.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","availabilityZones":["us-east-1a"]}`)),
			want:   `invalid composite resource: spec.availabilityZones: invalid value ["us-east-1a"]: should have at least 2 items: AvailabilityZones are the zones to build in, 2 to 6 zones of the region. The list may grow at its end, never shrink: each has subnets. Default: the first two of the region's.`,
		},
		"RepeatedZones": {
			reason: "Twice the same zone is one zone.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1a"]}`)),
			want:   `invalid composite resource: spec.availabilityZones: invalid value ["us-east-1a","us-east-1a"]: availabilityZones must not repeat a zone: AvailabilityZones are the zones to build in, 2 to 6 zones of the region. The list may grow at its end, never shrink: each has subnets. Default: the first two of the region's.`,
		},
		"ZonesOfAnotherRegion": {
			reason: "Zones belong to a region.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","availabilityZones":["us-west-2a","us-west-2b"]}`)),
			want:   `invalid composite resource: spec: invalid value {"availabilityZones":["us-west-2a","us-west-2b"],"region":"us-east-1"}: availabilityZones must be zones of spec.region, such as us-east-1a in us-east-1: XDataPlatformSpec is the desired state of a data platform.`,
		},
		"WrongType": {
			reason: "A value of the wrong type should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","stream":{"shardCount":"two"}}`)),
			want:   `invalid composite resource: spec.stream.shardCount: invalid value "two": must be of type integer: "string": ShardCount is the number of shards of a PROVISIONED stream, from 1 to 10000. An ON_DEMAND stream ignores it. Default: 2.`,
		},
		"NotWhole": {
			reason: "Half a shard is none.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","stream":{"shardCount":1.5}}`)),
			want:   `invalid composite resource: spec.stream.shardCount: invalid value 1.5: must be of type integer: "number": ShardCount is the number of shards of a PROVISIONED stream, from 1 to 10000. An ON_DEMAND stream ignores it. Default: 2.`,
		},
		"UnknownField": {
			reason: "A misspelt field should be named with those there are.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","databse":{}}`)),
			want:   "invalid composite resource: spec.databse: unknown field: remove it, or use one of: availabilityZones, cache, database, deletionPolicy, externalNames, monitoring, network, providerConfigRef, region, stream, tags, writeConnectionSecretToRef",
		},
		"NotANumber": {
			reason: "What JSON can't say should be refused.",
			req:    requestFor(nan),
			want:   "invalid composite resource: cannot write as JSON: json: unsupported value: NaN",
		},
		"EarlierStep": {
			reason: "A resource of an earlier step's must not be lost.",
			req:    requestFor(xrJSON(`{"region":"us-east-1","network":{"natGateways":"PerZone"}}`)),
			taken:  "vpc",
			want:   `cannot compose the data platform: "vpc": an earlier step of the pipeline desires a resource of this name too: rename or remove it there`,
		},
		"RepeatedPolicyZones": {
			reason: "Twice the same zone is one zone, also in the policy.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"availabilityZones":{"us-east-1":["us-east-1a","us-east-1a"]}`)),
			want:   `invalid function input: availabilityZones[us-east-1]: invalid value ["us-east-1a","us-east-1a"]: a list must not repeat a zone: Zones are availability zones of one region.`,
		},
		"ReservedPolicyTag": {
			reason: "A tag that the provider sets would be fought over.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"tags":{"crossplane-name":"x"}`)),
			want:   `invalid function input: tags: invalid value {"crossplane-name":"x"}: a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key: Tags are put on every AWS resource that takes tags. They win over the developer's. At most 20.`,
		},
		"ReservedPrefix": {
			reason: "EC2 refuses security groups whose name begins with sg-.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"namePrefix":"sg"`)),
			want:   `invalid function input: namePrefix: invalid value "sg": namePrefix must not be sg nor start with sg-: EC2 keeps such names for itself; choose another: NamePrefix starts the name of everything that is named in AWS: lower case letters, digits and single hyphens, starting with a letter, at most 16 characters, and neither sg nor sg- and more. It holds for new resources only. Default: dp.`,
		},
		"UnknownPolicyField": {
			reason: "An unknown field of the input should be named.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"prefix":"acme"`)),
			want:   "invalid function input: prefix: unknown field: remove it, or use one of: allow, apiVersion, availabilityZones, defaults, kind, metadata, namePrefix, providerConfigRenames, responseTTL, tags",
		},
		"UnknownPolicyDefault": {
			reason: "An unknown field of the input's defaults should be named.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"defaults":{"cache":{"size":"large"}}`)),
			want:   "invalid function input: defaults.cache.size: unknown field: remove it, or use one of: applyImmediately, authentication, engineVersion, nodeType, numCacheClusters",
		},
		"OtherInput": {
			reason: "Another function's input should be refused.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
				r.Input = resource.MustStructJSON(`{"apiVersion":"pt.fn.crossplane.io/v1beta1","kind":"Resources"}`)
			}),
			want: `invalid function input: apiVersion, kind: invalid value "pt.fn.crossplane.io/v1beta1, Resources": use apiVersion: dataplatform.fn.crossplane.io/v1beta1 and kind: Policy`,
		},
		"BadTTL": {
			reason: "A duration that is none should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withPolicy(`"responseTTL":"soon"`)),
			want:   `invalid function input: responseTTL: invalid value "soon": should match '^[1-9][0-9]{0,3}(s|m|h)$': ResponseTTL is how long Crossplane may reuse the function's answer, as a duration such as 30s, 1m or 2h, while all of the platform is ready. It is also how often such a platform is reconciled when nothing changes. A platform that is not ready is reconciled each minute, or as often as this says if that is more often. Default: 10m.`,
		},
		"GarbageID": {
			reason: "A status that holds garbage should be shown with its resource.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", vpc(`{"atProvider":{"id":42}}`))),
			want:   `invalid observed resource: "vpc": status.atProvider.id: invalid value 42: must be a string: correct or remove it`,
		},
		"GarbageTwice": {
			reason: "Of two fields with garbage the first should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"VPC","metadata":{"annotations":[]},"status":{"atProvider":{"id":42}}}`)),
			want:   `invalid observed resource: "vpc": metadata.annotations: invalid value (not shown): must be an object: correct or remove it`,
		},
		"GarbageAtProvider": {
			reason: "An object that is none should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", vpc(`{"atProvider":"gone"}`))),
			want:   `invalid observed resource: "vpc": status.atProvider: invalid value (not shown): must be an object: correct or remove it`,
		},
		"GarbageConditions": {
			reason: "Conditions that are no list should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", vpc(`{"conditions":{}}`))),
			want:   `invalid observed resource: "vpc": status.conditions: invalid value (not shown): must be a list: correct or remove it`,
		},
		"GarbageCondition": {
			reason: "A condition that is no object should be shown with its place.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", vpc(`{"conditions":["Ready"]}`))),
			want:   `invalid observed resource: "vpc": status.conditions[0]: invalid value (not shown): must be an object: correct or remove it`,
		},
		"GarbageInCondition": {
			reason: "A field of a condition should be shown.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", vpc(`{"conditions":[{"type":"Ready","status":true}]}`))),
			want:   `invalid observed resource: "vpc": status.conditions: status: invalid value true: must be a string: correct or remove it`,
		},
		"GarbagePort": {
			reason: "A port that is no whole number should be shown.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("database", `{"apiVersion":"rds.aws.m.upbound.io/v1beta1","kind":"Instance","status":{"atProvider":{"port":1e99}}}`)),
			want: `invalid observed resource: "database": status.atProvider.port: invalid value 1e+99: must be a whole number: correct or remove it`,
		},
		"GarbageMember": {
			reason: "An element of a list should be shown with its place.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("cache", `{"apiVersion":"elasticache.aws.m.upbound.io/v1beta1","kind":"ReplicationGroup","status":{"atProvider":{"memberClusters":["a-001",2]}}}`)),
			want: `invalid observed resource: "cache": status.atProvider.memberClusters[1]: invalid value 2: must be a string: correct or remove it`,
		},
		"GarbageFlag": {
			reason: "A switch that is neither true nor false should be shown.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("database", `{"apiVersion":"rds.aws.m.upbound.io/v1beta1","kind":"Instance","spec":{"forProvider":{"manageMasterUserPassword":"yes"}}}`)),
			want: `invalid observed resource: "database": spec.forProvider.manageMasterUserPassword: invalid value (not shown): must be true or false: correct or remove it`,
		},
		"TooManyItems": {
			reason: "A list that is longer than AWS's can be should be refused.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("cache", `{"apiVersion":"elasticache.aws.m.upbound.io/v1beta1","kind":"ReplicationGroup","status":{"atProvider":{"memberClusters":[`+strings.Repeat("0,", 100)+`0]}}}`)),
			want: `invalid observed resource: "cache": status.atProvider.memberClusters: invalid value (not shown): must be at most 100 items: correct or remove it`,
		},
		"TooManyResources": {
			reason: "More resources than any platform has should be refused.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
				for i := range 1001 {
					withObserved(fmt.Sprint(i), `{}`)(r)
				}
			}),
			want: `invalid observed resource: there are 1001, and at most 1000 can be read: have another XR compose some of the others in this pipeline`,
		},
		"GarbageValues": {
			reason: "Of two values that are not base64 the first should be named.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("connection", `{"apiVersion":"v1","kind":"Secret","data":{"PGUSER":"!","PGPASSWORD":"!","PGHOST":"!","PGPORT":"!"}}`)),
			want: `invalid observed resource: "connection": data.PGHOST: invalid value (not shown): must be base64: correct or remove it`,
		},
		"GarbageData": {
			reason: "A Secret's data that is none should be named, and not shown.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("connection", `{"apiVersion":"v1","kind":"Secret","data":"planted"}`)),
			want: `invalid observed resource: "connection": data: invalid value (not shown): must be an object: correct or remove it`,
		},
		"GarbageValue": {
			reason: "A Secret's value that is not base64 should be named, and not shown.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("connection", `{"apiVersion":"v1","kind":"Secret","data":{"PGPASSWORD":"planted!"}}`)),
			want: `invalid observed resource: "connection": data.PGPASSWORD: invalid value (not shown): must be base64: correct or remove it`,
		},
		"GarbageSecret": {
			reason: "A secret's ARN of the wrong type should be shown.",
			req: requestFor(xrJSON(`{"region":"us-east-1"}`),
				withObserved("database", `{"apiVersion":"rds.aws.m.upbound.io/v1beta1","kind":"Instance","status":{"atProvider":{"masterUserSecret":[{"secretArn":[]}]}}}`)),
			want: `invalid observed resource: "database": status.atProvider.masterUserSecret[0].secretArn: invalid value (not shown): must be a string: correct or remove it`,
		},
	}

	earlier := func(taken string) *fnv1.State {
		if taken == "" {
			taken = "theirs"
		}

		return &fnv1.State{Resources: map[string]*fnv1.Resource{taken: {Resource: resource.MustStructJSON(`{"kind":"Theirs"}`)}}}
	}

	// What the metrics call what a message begins with.
	reasons := map[string]string{
		"invalid function input":           server.ReasonInvalidInput,
		"invalid composite resource":       server.ReasonInvalidComposite,
		"invalid observed resource":        server.ReasonInvalidObserved,
		"cannot compose the data platform": server.ReasonCannotCompose,
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.req.Desired = earlier(tc.taken)
			begin, _, _ := strings.Cut(tc.want, ":")
			want := &fnv1.RunFunctionResponse{
				Meta:    &fnv1.ResponseMeta{Tag: tc.req.GetMeta().GetTag(), Ttl: durationpb.New(response.DefaultTTL)},
				Desired: earlier(tc.taken),
				Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: tc.want, Reason: proto.String(reasons[begin]), Target: fnv1.Target_TARGET_COMPOSITE.Enum()}},
			}

			got, err := newFunction(t).RunFunction(context.Background(), tc.req)
			if diff := cmp.Diff(nil, err, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want err, +got err:\n%s", tc.reason, diff)
			}

			for _, r := range got.GetResults() {
				// Protobuf's errors have a no-break space in some builds.
				r.Message = strings.ReplaceAll(r.GetMessage(), "\u00a0", " ")
			}

			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want rsp, +got rsp:\n%s", tc.reason, diff)
			}
		})
	}
}

// What must be passed on of a request has to leave room for an answer.
func TestTooMuchToPassOn(t *testing.T) {
	large := structpb.NewStringValue(strings.Repeat("x", 2<<20))

	cases := map[string]struct {
		reason string
		mod    func(*fnv1.RunFunctionRequest)
		want   string
	}{
		"Desired": {
			reason: "What earlier steps desire can be too much.",
			mod: func(r *fnv1.RunFunctionRequest) {
				r.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{"theirs": {Resource: &structpb.Struct{Fields: map[string]*structpb.Value{"x": large}}}}}
			},
			want: "desired state and context have 2097193 bytes together, and at most 2097152 can be passed on: have earlier steps of the pipeline, or another XR's, make less",
		},
		"Context": {
			reason: "So can the context.",
			mod: func(r *fnv1.RunFunctionRequest) {
				r.Context = &structpb.Struct{Fields: map[string]*structpb.Value{"x": large}}
			},
			want: "desired state and context have 2097170 bytes together, and at most 2097152 can be passed on: have earlier steps of the pipeline, or another XR's, make less",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := newFunction(t).RunFunction(t.Context(), requestFor(xrJSON(`{"region":"us-east-1"}`), tc.mod))
			if err != nil {
				t.Fatalf("RunFunction(...): %v", err)
			}

			want := &fnv1.RunFunctionResponse{
				Meta:    &fnv1.ResponseMeta{Tag: "tag", Ttl: durationpb.New(shortTTL)},
				Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: tc.want, Reason: proto.String(server.ReasonOther), Target: fnv1.Target_TARGET_COMPOSITE.Enum()}},
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nRunFunction(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Who does not wait any more gets no answer, and costs little.
func TestCancelled(t *testing.T) {
	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
	}{
		"Good": {
			reason: "A platform should not be composed for nobody.",
			req:    requestFor(xrJSON(`{"region":"us-east-1"}`)),
		},
		"Refused": {
			reason: "Nor should a refusal be told that may only come of the caller's going.",
			req:    requestFor(xrJSON(`{}`)),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()

			got, err := newFunction(t).RunFunction(ctx, tc.req)
			if diff := cmp.Diff(context.Canceled, err, cmpopts.EquateErrors()); diff != "" || got != nil {
				t.Errorf("%s\nRunFunction(...): want no answer, got %v; -want err, +got err:\n%s", tc.reason, got, diff)
			}
		})
	}
}

// A status that can't be understood is as good as none: users can't edit it.
func TestOddStatusIsNone(t *testing.T) {
	f := newFunction(t)

	want, err := f.RunFunction(context.Background(), requestFor(xrJSON(`{"region":"us-east-1"}`)))
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	nan := structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"x": structpb.NewNumberValue(math.NaN())}})
	for name, status := range map[string]*structpb.Value{
		"WrongType":    structpb.NewStructValue(resource.MustStructJSON(`{"network":{"vpcId":7,"availabilityZones":["us-east-1d","us-east-1e"]}}`)),
		"UnknownField": structpb.NewStructValue(resource.MustStructJSON(`{"later":{"added":true},"conditions":[]}`)),
		"NotAnObject":  structpb.NewStringValue("odd"),
		"NotANumber":   nan,
		"Large":        structpb.NewStructValue(resource.MustStructJSON(`{"stream":{"name":"` + strings.Repeat("x", 16<<10) + `"}}`)),
	} {
		t.Run(name, func(t *testing.T) {
			xr := xrJSON(`{"region":"us-east-1"}`)
			xr.Fields["status"] = status

			got, err := f.RunFunction(context.Background(), requestFor(xr))
			if err != nil {
				t.Fatalf("RunFunction(...): %v", err)
			}

			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("RunFunction(...): -without status, +with:\n%s", diff)
			}
		})
	}
}

// A null is as good as nothing: the API server leaves some in status.
func TestNullIsEmpty(t *testing.T) {
	f := newFunction(t)

	without, err := f.RunFunction(context.Background(), requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"VPC"}`)))
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	null, err := f.RunFunction(context.Background(), requestFor(xrJSON(`{"region":"us-east-1"}`), withObserved("vpc", `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"VPC","metadata":{"annotations":null},"status":{"atProvider":{"id":null},"conditions":null}}`)))
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	if diff := cmp.Diff(without, null, protocmp.Transform()); diff != "" {
		t.Errorf("RunFunction(...): -without, +null:\n%s", diff)
	}
}

// Desired XR state is status, and what says whose it is. Crossplane would take
// anything else for a wish to change the XR.
func TestOnlyStatus(t *testing.T) {
	rsp, err := newFunction(t).RunFunction(context.Background(), requestFor(xrJSON(`{"region":"us-east-1"}`)))
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	want := map[string]bool{"apiVersion": true, "kind": true, "status": true}

	got := map[string]bool{}
	for k := range maps.Keys(rsp.GetDesired().GetComposite().GetResource().GetFields()) {
		got[k] = true
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RunFunction(...): -want fields, +got fields:\n%s", diff)
	}
}
