package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// maxAllocated is how many bytes a call may allocate. The largest platform takes a third.
const maxAllocated = 64 << 20

// Neither what a developer, the platform team or a provider may write, nor what else fits
// into a request of 4 MiB, may cost much or have a large answer.
func TestLimits(t *testing.T) {
	text := func(n int) *structpb.Value { return structpb.NewStringValue(strings.Repeat("x", n)) }
	many := func(n int, v *structpb.Value) *structpb.Value {
		s := &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for i := range n {
			s.Fields[fmt.Sprintf("k%d", i)] = v
		}

		return structpb.NewStructValue(s)
	}
	list := func(n int, v *structpb.Value) *structpb.Value {
		l := &structpb.ListValue{}
		for range n {
			l.Values = append(l.Values, v)
		}

		return structpb.NewListValue(l)
	}

	deep := text(1)
	for range 3000 {
		deep = list(1, deep)
	}

	set := func(s *structpb.Struct, v *structpb.Value, path ...string) {
		for _, field := range path[:len(path)-1] {
			if s.GetFields()[field].GetStructValue() == nil {
				s.Fields[field] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{}})
			}

			s = s.GetFields()[field].GetStructValue()
		}

		s.Fields[path[len(path)-1]] = v
	}
	// reference is a new platform with something in its XR.
	reference := func(v *structpb.Value, path ...string) *fnv1.RunFunctionRequest {
		xr := xrJSON(`{"region":"us-east-1"}`)
		set(xr, v, path...)

		return requestFor(xr)
	}
	// everywhere is the platform that is ready, with something in each observed resource.
	everywhere := func(v *structpb.Value, path ...string) *fnv1.RunFunctionRequest {
		req := proto.CloneOf(readyRequest())
		for _, r := range req.GetObserved().GetResources() {
			set(r.GetResource(), v, path...)
		}

		return req
	}
	condition := func(kind string, message *structpb.Value) *structpb.Value {
		return list(1, structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue(kind), "status": structpb.NewStringValue("False"), "message": message}}))
	}
	observing := func(n int, key, json string) *fnv1.RunFunctionRequest {
		req := proto.CloneOf(readyRequest())
		for i := range n {
			withObserved(fmt.Sprintf(key, i), json)(req)
		}

		return req
	}
	secrets := func(n int, value string) *fnv1.RunFunctionRequest {
		req := everywhere(condition("Synced", text(8000)), "status", "conditions")

		details := map[string][]byte{}
		for i := range n {
			details[fmt.Sprint(i)] = fmt.Appendf(nil, "%s%d", value, i)
		}

		req.GetObserved().GetResources()["stream"].ConnectionDetails = details

		return req
	}

	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		// accepted says that the request is good.
		accepted bool
	}{
		"Largest":          {"The largest platform, with the longest tags, is composed.", largestRequest(t), true},
		"NullTags":         {"Tags without values were compared with each other.", reference(many(16000, structpb.NewNullValue()), "spec", "tags"), false},
		"MoreNullTags":     {"Many more never ended.", reference(many(170000, structpb.NewNullValue()), "spec", "tags"), false},
		"FewNullTags":      {"As many as may be read are refused at once.", reference(many(4000, structpb.NewNullValue()), "spec", "tags"), false},
		"UnknownFields":    {"Each unknown field was written with all that there are.", reference(many(170000, text(1)), "spec"), false},
		"FewUnknownFields": {"As many as may be read are counted.", reference(many(4000, text(1)), "spec", "network"), false},
		"LongField":        {"The name of a field is in each path.", reference(many(2000, text(1)), "spec", "tags", strings.Repeat("x", 500)), false},
		"LongText":         {"A long text is matched with a pattern.", reference(text(1000000), "spec", "tags", "k"), false},
		"VeryLongText":     {"A longer one is not looked at.", reference(text(4<<20), "spec", "tags", "k"), false},
		"Deep":             {"What is deep is not looked at.", reference(deep, "spec", "tags", "k"), false},
		"LongNamespace":    {"The namespace was in all that is composed.", requestFor(mustStruct(anyObject{"metadata": anyObject{"name": "x"}, "spec": anyObject{"claimRef": anyObject{"namespace": strings.Repeat("x", 4000000), "name": "x"}}})), false},
		"LargeStatus":      {"A status that is no platform's is none.", reference(many(100000, text(8)), "status", "network"), true},
		"ManyConditions":   {"What others write in the status is not read.", reference(list(100000, text(8)), "status", "conditions"), true},
		"LargePolicy": {"A policy has limits too.", requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
			r.Input = policyJSON(``)
			set(r.GetInput(), many(170000, text(1)), "tags")
		}), false},
		"LargestPolicy": {"A policy in which all is wrong that may be.", requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
			r.Input = policyJSON(``)
			set(r.GetInput(), many(40, list(6, text(100))), "availabilityZones")
			set(r.GetInput(), list(256, many(2, text(100))), "allow", "providerConfigs")
		}), false},
		"LongList":           {"A refused value was written with blanks.", everywhere(list(1000, text(1)), "metadata", "name"), false},
		"LongNames":          {"A name that can't be is refused.", everywhere(text(4096), "metadata", "name"), false},
		"LongConfigurations": {"Each resource names the provider's configuration.", everywhere(text(4096), "spec", "providerConfigRef", "name"), true},
		"LongMessages":       {"A condition has a limit.", everywhere(condition("Synced", text(60000)), "status", "conditions"), true},
		"LongReferences":     {"So has one that waits.", everywhere(condition("Synced", structpb.NewStringValue("cannot resolve references: "+strings.Repeat("x", 60000))), "status", "conditions"), true},
		"ManySecrets":        {"A message is compared with each secret.", secrets(250, strings.Repeat("x", 20)), true},
		"TooManySecrets":     {"With too many it is not told.", secrets(250, strings.Repeat("x", 1000)), true},
		"ManyVersions":       {"Each version of the credentials is kept until it is replaced.", observing(900, "credentials-version-%d", `{"apiVersion":"secretsmanager.aws.m.upbound.io/v1beta1","kind":"SecretVersion","metadata":{"name":"x"}}`), true},
		"ManyResources":      {"Resources are counted before they are read.", observing(20000, "theirs-%d", `{}`), false},
		"ManyAlarms":         {"So are alarms.", observing(900, "alarm-cache-cpu-%03d", `{"apiVersion":"cloudwatch.aws.m.upbound.io/v1beta1","kind":"MetricAlarm"}`), false},
		"SomeAlarms":         {"As many as may be are composed.", observing(50, "alarm-cache-cpu-%03d", `{"apiVersion":"cloudwatch.aws.m.upbound.io/v1beta1","kind":"MetricAlarm"}`), true},
		"ManyZones":          {"So are zones.", observing(26, "subnet-public-us-east-1%c", `{"apiVersion":"ec2.aws.m.upbound.io/v1beta1","kind":"Subnet"}`), true},
		"MuchOfEarlierSteps": {"What earlier steps desire is passed on.", requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
			r.Context = &structpb.Struct{Fields: many(1, text(2000000)).GetStructValue().GetFields()}
		}), true},
		"TooMuchOfEarlier": {"There must be room for the platform.", requestFor(xrJSON(`{"region":"us-east-1"}`), func(r *fnv1.RunFunctionRequest) {
			r.Context = &structpb.Struct{Fields: many(1, text(4000000)).GetStructValue().GetFields()}
		}), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFunction(t)

			request, err := proto.Marshal(tc.req)
			if err != nil {
				t.Fatal(err)
			}

			var answer []byte

			// Reading 170,000 fields takes 40 ms a MB, before anything can be refused.
			most := maxCPU + time.Duration(len(request))*50*time.Nanosecond

			fastest, least := time.Hour, uint64(1<<62)
			// The collector of garbage takes part of the time of a call: of five, one must be
			// fast enough.
			for i := 0; i < 5 && (fastest > most || least > maxAllocated); i++ {
				runtime.GC()

				before := runtime.MemStats{}
				runtime.ReadMemStats(&before)

				fastest = min(fastest, cpuTime(func() { answer, err = answerTo(t.Context(), f, request) }))

				after := runtime.MemStats{}
				runtime.ReadMemStats(&after)

				least = min(least, after.TotalAlloc-before.TotalAlloc)
			}

			if err != nil {
				t.Fatalf("%s\nAnswer(...): %v", tc.reason, err)
			}

			rsp := &fnv1.RunFunctionResponse{}
			if err := proto.Unmarshal(answer, rsp); err != nil {
				t.Fatal(err)
			}

			n := len(answer)
			if fastest > most || least > maxAllocated || n > maxAnswer {
				t.Errorf("%s\nAnswer(...): %s of CPU (want at most %s), %d bytes allocated (at most %d), %d bytes of answer (at most %d)", tc.reason, fastest, most, least, maxAllocated, n, maxAnswer)
			}

			if accepted := len(rsp.GetResults()) == 0; accepted != tc.accepted {
				t.Errorf("%s\nAnswer(...): accepted: %t, results %v", tc.reason, accepted, rsp.GetResults())
			}

			t.Logf("%d bytes of request, %s of CPU, %d bytes allocated, %d bytes of answer", len(request), fastest, least, n)
		})
	}
}

// largestRequest is a platform that has all that the API and a policy admit, with everything
// observed.
func largestRequest(t *testing.T) *fnv1.RunFunctionRequest {
	t.Helper()

	tags := func(who string, n int) anyObject {
		out := anyObject{}
		for i := range n {
			out[fmt.Sprintf("%s%02d%s", who, i, strings.Repeat("k", 128-len(who)-2))] = strings.Repeat("v", 256)
		}

		return out
	}

	topics := []any{}
	for i := range 5 {
		topics = append(topics, fmt.Sprintf("arn:aws:sns:us-east-1:123456789012:%d%s", i, strings.Repeat("t", 250)))
	}

	zones := []any{}
	for _, letter := range "abcdef" {
		zones = append(zones, "us-east-1"+string(letter))
	}

	xr := mustStruct(anyObject{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind":       "XDataPlatform",
		"metadata":   anyObject{"namespace": strings.Repeat("n", 63), "name": strings.Repeat("n", 253), "uid": "8fea6da0-c396-5a6a-88b8-77c765f04fca"},
		"spec": anyObject{
			"region": "us-east-1", "availabilityZones": zones, "tags": tags("dev", 25),
			"network":           anyObject{"natGateways": "PerZone"},
			"cache":             anyObject{"numCacheClusters": 6, "authentication": "Token"},
			"database":          anyObject{"deletionProtection": true},
			"monitoring":        anyObject{"alarmActions": topics},
			"providerConfigRef": anyObject{"kind": "ProviderConfig", "name": strings.Repeat("p", 253)},
		},
	})
	req := requestFor(xr)
	req.Input = mustStruct(anyObject{"apiVersion": "dataplatform.fn.crossplane.io/v1beta1", "kind": "Policy", "namePrefix": "a123456789012345", "tags": tags("pol", 20)})
	atStage(t, provideraws.Ready)(req)

	return req
}
