package main

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/fn/wire"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// What is left out of a request must not matter: with it the answer is the same, byte for
// byte.
func TestLeftOut(t *testing.T) {
	f, whole := newFunction(t), newFunction(t)
	everything := func() *wire.Keep { return (&wire.Keep{}).Without(nil) }
	whole.reads = &wire.Reads{
		Composite: everything(),
		Resource:  func(schema.GroupKind) *wire.Keep { return everything() },
		Required:  func(string) *wire.Keep { return everything() },
	}

	r := newRandomizer(4)

	for _, p := range testPlatforms(t)[:20] {
		for _, answer := range p.answers {
			for _, stage := range []provideraws.Stage{provideraws.Creating, provideraws.Ready} {
				req := proto.CloneOf(p.req)
				xr := req.GetObserved().GetComposite().GetResource()

				observed, err := provideraws.Resources(xr, answer.GetDesired().GetResources(), stage)
				if err != nil {
					t.Fatal(err)
				}

				req.Observed.Resources = observed
				spoil(r, observed)

				b, err := proto.Marshal(req)
				if err != nil {
					t.Fatal(err)
				}

				want, err := answerTo(t.Context(), whole, b)
				if err != nil {
					t.Fatal(err)
				}

				got, err := answerTo(t.Context(), f, b)
				if err != nil {
					t.Fatal(err)
				}

				if !bytes.Equal(want, got) {
					t.Fatalf("%s: the answer depends on what is left out:\n%q\n%q", p.name, want, got)
				}
			}
		}
	}
}

// spoil a value of a platform that is observed, or none: it gets another type.
func spoil(r *randomizer, observed map[string]*fnv1.Resource) {
	key := pick(r, slices.Sorted(maps.Keys(observed))...)
	at := observed[key].GetResource().GetFields()

	for {
		name := pick(r, slices.Sorted(maps.Keys(at))...)

		next := at[name].GetStructValue().GetFields()
		if len(next) > 0 && r.coin() {
			at = next
			continue
		}

		at[name] = pick(r, at[name], structpb.NewStringValue("spoilt"), structpb.NewNumberValue(1), structpb.NewNullValue(),
			structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{at[name]}}),
			structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{name: at[name]}}))

		return
	}
}

// runs of one request in which no two answers may differ.
const runs = 1000

func TestDeterministic(t *testing.T) {
	example := readXR(t, "../examples/default/xr.yaml")

	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
	}{
		"Nothing": {
			reason: "Crossplane applies what changes, so the same request must always get the same answer.",
			req:    requestFor(example, withPolicy(`"tags": {"a": "1", "b": "2", "c": "3"}`)),
		},
		"Everything": {
			reason: "So must a request that holds much more.",
			req:    requestFor(example, withPolicy(`"tags": {"a": "1", "b": "2", "c": "3"}`), atStage(t, provideraws.Ready)),
		},
		"Garbage": {
			reason: "Of several resources that can't be read, it is always the same one that is told.",
			req: requestFor(example,
				withObserved("vpc", `{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC", "status": {"atProvider": {"id": 1}}}`),
				withObserved("cache", `{"apiVersion": "elasticache.aws.m.upbound.io/v1beta1", "kind": "ReplicationGroup", "status": {"conditions": 1}}`),
				withObserved("stream", `{"apiVersion": "kinesis.aws.m.upbound.io/v1beta1", "kind": "Stream", "metadata": {"annotations": []}}`)),
		},
		"Fatal": {
			reason: "A message that changes would be an event on every call.",
			req:    requestFor(xrJSON(`{"region": 1, "a": 1, "b": 1, "c": 1, "cache": {"d": 1}, "database": {"port": 1, "allocatedStorage": 1}}`)),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFunction(t)

			var want []byte

			for i := range runs {
				// Maps are in another order each time.
				b, err := proto.Marshal(tc.req)
				if err != nil {
					t.Fatal(err)
				}

				got, err := answerTo(t.Context(), f, b)
				if err != nil {
					t.Fatal(err)
				}

				if i == 0 {
					want = got
				}

				if !bytes.Equal(want, got) {
					first, rsp := &fnv1.RunFunctionResponse{}, &fnv1.RunFunctionResponse{}
					if err := errors.Join(proto.Unmarshal(want, first), proto.Unmarshal(got, rsp)); err != nil {
						t.Fatal(err)
					}

					t.Fatalf("%s\nAnswer(...): run %d: -first answer, +this one:\n%s", tc.reason, i, cmp.Diff(first, rsp, protocmp.Transform()))
				}
			}
		})
	}
}

// stateful are the kinds that hold data, or that what holds data can't leave.
var stateful = func() sets.Set[string] {
	out := sets.New("Subnet", "SubnetGroup", "VPC")

	for _, k := range kinds.All() {
		if k.Stateful {
			out.Insert(k.GroupVersionKind().Kind)
		}
	}

	return out
}()

// passesOn are the kinds that hold what AWS made up. Without that they can't be
// composed.
var passesOn = sets.New("Secret", "SecretVersion")

// withheldAtFirst are composed once what they stand on is ready.
var withheldAtFirst = sets.New("cache", "database")

// afterAddress are composed once the address of a NAT gateway, or the gateway, is there. No
// status tells of them.
var afterAddress = regexp.MustCompile("^(nat-gateway|route-private-internet)-")

// forgetful returns ways in which an observed resource may be worse than it was.
func forgetful(full, half map[string]*fnv1.Resource) []func(key string) *fnv1.Resource {
	part := func(r *fnv1.Resource, fields ...string) *fnv1.Resource {
		out := proto.CloneOf(r)
		maps.DeleteFunc(out.GetResource().GetFields(), func(field string, _ *structpb.Value) bool { return !slices.Contains(fields, field) })

		return out
	}

	return []func(key string) *fnv1.Resource{
		func(key string) *fnv1.Resource { return full[key] },
		func(string) *fnv1.Resource { return nil },
		func(key string) *fnv1.Resource { return half[key] },
		// Its status is lost.
		func(key string) *fnv1.Resource { return part(full[key], "apiVersion", "kind", "metadata", "spec") },
		// So is its spec.
		func(key string) *fnv1.Resource { return part(full[key], "apiVersion", "kind", "metadata", "status") },
		// Nothing is left but that it exists.
		func(key string) *fnv1.Resource { return part(full[key], "apiVersion", "kind") },
		// Its connection details are lost.
		func(key string) *fnv1.Resource {
			out := proto.CloneOf(full[key])
			out.ConnectionDetails = nil

			return out
		},
	}
}

// isReady says whether a resource is ready by its own condition. Secrets have none:
// they are when they exist.
func isReady(r *fnv1.Resource) bool {
	if r.GetResource().GetFields()["apiVersion"].GetStringValue() == "v1" {
		return true
	}

	for _, c := range r.GetResource().GetFields()["status"].GetStructValue().GetFields()["conditions"].GetListValue().GetValues() {
		if condition := c.GetStructValue().GetFields(); condition["type"].GetStringValue() == "Ready" {
			return condition["status"].GetStringValue() == "True"
		}
	}

	return false
}

// forget some of what is observed: the more likely the higher n of 20. It also
// says whether all that is left is ready.
func forget(r *randomizer, n int, full, half map[string]*fnv1.Resource) (left map[string]*fnv1.Resource, ready bool) {
	left, ready = map[string]*fnv1.Resource{}, true

	ways := forgetful(full, half)
	for _, key := range slices.Sorted(maps.Keys(full)) {
		way := 0
		if r.IntN(20) < n {
			way = r.IntN(len(ways))
		}

		if o := ways[way](key); o != nil {
			left[key] = o
		}

		ready = ready && isReady(left[key])
	}

	return left, ready
}

// namesKnown says whether the names of what a Usage is about are in what is left of it,
// or of those resources.
func namesKnown(usage, left *fnv1.Resource, all map[string]*fnv1.Resource) bool {
	if left.GetResource().GetFields()["spec"] != nil {
		return true
	}

	names := sets.New[string]()

	for _, r := range all {
		at := readerOf(r.GetResource())
		names.Insert(at.text("metadata", "name"))
	}

	at := readerOf(usage.GetResource())

	return names.Has(at.text("spec", "of", "resourceRef", "name")) && names.Has(at.text("spec", "by", "resourceRef", "name"))
}

// afterCreation are what a resource is asked for only once it is seen to be there: what
// else AWS chose, and no more late initialisation.
func afterCreation(r *structpb.Struct) *structpb.Struct {
	out := proto.CloneOf(r)
	spec := out.GetFields()["spec"].GetStructValue().GetFields()
	delete(spec, "managementPolicies")

	for _, field := range []string{"identifier", "iops", "optionGroupName", "parameterGroupName", "storageThroughput"} {
		delete(spec["forProvider"].GetStructValue().GetFields(), field)
	}

	return out
}

// TestForgetful lets resources of platforms that are ready be forgotten, or some
// of what is known of them. It must not cost a resource, change what holds data,
// or take back what the platform's users were told.
func TestForgetful(t *testing.T) {
	f := newFunction(t)
	r := newRandomizer(3)

	for _, p := range testPlatforms(t)[:20] {
		xr := p.req.GetObserved().GetComposite().GetResource()
		want := p.answers[2].GetDesired()
		known := want.GetComposite().GetResource().GetFields()["status"]

		half, err := provideraws.Resources(xr, want.GetResources(), provideraws.Creating)
		if err != nil {
			t.Fatal(err)
		}

		full, err := provideraws.Resources(xr, want.GetResources(), provideraws.Ready)
		if err != nil {
			t.Fatal(err)
		}

		for n := range 20 {
			req := proto.CloneOf(p.req)
			left, ready := forget(r, n, full, half)
			req.Observed.Resources = left
			// A backup restores an XR without its status.
			told := n%4 > 0
			if told {
				req.GetObserved().GetComposite().GetResource().GetFields()["status"] = known
			}

			rsp, err := f.RunFunction(t.Context(), proto.CloneOf(req))
			if err != nil || len(rsp.GetResults()) > 0 {
				t.Fatalf("%s: RunFunction(...): %v, results %v", p.name, err, rsp.GetResults())
			}

			got := rsp.GetDesired()

			for key, w := range want.GetResources() {
				g := got.GetResources()[key]
				kind := w.GetResource().GetFields()["kind"].GetStringValue()

				was, is := w.GetResource(), g.GetResource()
				if at := readerOf(left[key].GetResource()); g != nil && stateful.Has(kind) && at.text("metadata", "annotations", "crossplane.io/external-name") == "" {
					was, is = afterCreation(was), afterCreation(is)
				}

				version, held := strings.CutPrefix(key, "usage-credentials-document-by-")
				switch {
				case g == nil && left[key] == nil && (!told && withheldAtFirst.Has(key) || afterAddress.MatchString(key)):
					// For all that is known they are yet to be created.
				case g == nil && !told && key == "alarm-database-cpu" && p.takesOver("database"):
					// Nothing says what the database is called.
				case g == nil && held && left[version] == nil:
					// A version that is gone needs its document no longer.
				case g == nil && left[key] == nil && passesOn.Has(kind):
					// Crossplane deletes what it observes and is not desired.
					// This it does not observe.
				case g == nil && kind == "Usage" && !namesKnown(w, left[key], left):
					// Crossplane names what it is about, and that is to be
					// seen nowhere.
				case g == nil:
					t.Errorf("%s: %s is not desired any more", p.name, key)
				case stateful.Has(kind) && !proto.Equal(was, is):
					t.Errorf("%s: %s changed: -before, +after:\n%s", p.name, key, cmp.Diff(was, is, protocmp.Transform()))
				}
			}

			if g := got.GetComposite().GetResource().GetFields()["status"]; told && !proto.Equal(known, g) {
				t.Errorf("%s: the XR's status changed: -before, +after:\n%s", p.name, cmp.Diff(known, g, protocmp.Transform()))
			}

			if unready := got.GetComposite().GetReady() == fnv1.Ready_READY_FALSE; unready == ready {
				t.Errorf("%s: the XR is marked not ready: %t; all of it is observed and ready: %t", p.name, unready, ready)
			}
		}
	}
}
