package wire

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime/schema"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
)

// some reads what the tests' requests have.
func some() *Reads {
	things := (&Keep{}).Paths(
		[]string{"apiVersion"}, []string{"kind"}, []string{"metadata", "name"},
		[]string{"status", "conditions", "[0]", "type"}, []string{"status", "conditions", "[0]", "status"})

	return &Reads{
		Composite: (&Keep{}).Paths([]string{"spec", "claimRef", "name"}).Without([]string{"claimRef", "resourceRefs"}, "spec"),
		Resource: func(k schema.GroupKind) *Keep {
			if k == (schema.GroupKind{Group: "example.org", Kind: "Thing"}) {
				return things
			}

			return &Keep{}
		},
		Required: func(string) *Keep { return (&Keep{}).Paths([]string{"metadata", "name"}) },
	}
}

// all reads everything.
func all() *Reads {
	return &Reads{
		Composite: everything,
		Resource:  func(schema.GroupKind) *Keep { return everything },
		Required:  func(string) *Keep { return everything },
	}
}

func object(json string) *fnv1.Resource {
	return &fnv1.Resource{Resource: resource.MustStructJSON(json)}
}

func observing(resources map[string]*fnv1.Resource) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: resources}}
}

const (
	thing  = `{"apiVersion":"example.org/v1","kind":"Thing","metadata":{"name":"n","uid":"u"},"spec":{"a":[1,{"b":null}],"c":true},"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"t"},{"type":"Synced"}]}}`
	pruned = `{"apiVersion":"example.org/v1","kind":"Thing","metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Synced"}]}}`
)

func TestDecode(t *testing.T) {
	details := map[string][]byte{"a": []byte("1"), "b": []byte("\xff")}

	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		want   *fnv1.RunFunctionRequest
	}{
		"Nothing": {
			reason: "A request may be empty.",
			req:    &fnv1.RunFunctionRequest{},
			want:   &fnv1.RunFunctionRequest{},
		},
		"Kept": {
			reason: "What is read should be kept, in every element of a list.",
			req:    observing(map[string]*fnv1.Resource{"thing": object(thing)}),
			want:   observing(map[string]*fnv1.Resource{"thing": object(pruned)}),
		},
		"OtherKinds": {
			reason: "What a resource is, its own object says.",
			req: observing(map[string]*fnv1.Resource{
				"group":   object(strings.Replace(thing, "example.org", "example.com", 1)),
				"core":    object(strings.Replace(thing, "example.org/v1", "v1", 1)),
				"number":  object(strings.Replace(thing, `"Thing"`, "1", 1)),
				"nothing": {},
			}),
			want: observing(map[string]*fnv1.Resource{"group": object(`{}`), "core": object(`{}`), "number": object(`{}`), "nothing": {}}),
		},
		"OtherTypes": {
			reason: "What is another thing than it should be is kept, so that an error can show it.",
			req: observing(map[string]*fnv1.Resource{
				"list":   object(`{"apiVersion":"example.org/v1","kind":"Thing","metadata":[{"uid":"u"}]}`),
				"object": object(`{"apiVersion":"example.org/v1","kind":"Thing","status":{"conditions":{"a":"b"}}}`),
				"text":   object(`{"apiVersion":"example.org/v1","kind":"Thing","status":"text"}`),
			}),
			want: observing(map[string]*fnv1.Resource{
				"list":   object(`{"apiVersion":"example.org/v1","kind":"Thing","metadata":[{"uid":"u"}]}`),
				"object": object(`{"apiVersion":"example.org/v1","kind":"Thing","status":{"conditions":{"a":"b"}}}`),
				"text":   object(`{"apiVersion":"example.org/v1","kind":"Thing","status":"text"}`),
			}),
		},
		"Connection": {
			reason: "Connection details, and whether a resource is ready, should be kept.",
			req: observing(map[string]*fnv1.Resource{
				"thing": {Resource: resource.MustStructJSON(thing), ConnectionDetails: details, Ready: fnv1.Ready_READY_TRUE},
			}),
			want: observing(map[string]*fnv1.Resource{
				"thing": {Resource: resource.MustStructJSON(pruned), ConnectionDetails: details, Ready: fnv1.Ready_READY_TRUE},
			}),
		},
		"Composite": {
			reason: "A field that is left out of what is kept should be, but for what of it is kept.",
			req: &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{
				Resource:          resource.MustStructJSON(`{"metadata":{"name":"n"},"spec":{"region":"r","claimRef":{"name":"n","kind":"k"},"resourceRefs":[{"name":"n"}]}}`),
				ConnectionDetails: details,
			}}},
			want: &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{
				Resource:          resource.MustStructJSON(`{"spec":{"region":"r","claimRef":{"name":"n"}}}`),
				ConnectionDetails: details,
			}}},
		},
		"Required": {
			reason: "Of each required resource should be kept what is read of it. Whether one was found is known.",
			req: &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{
				"two":  {Items: []*fnv1.Resource{object(thing), object(`{"metadata":{"name":"m"}}`)}},
				"none": {},
			}},
			want: &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{
				"two":  {Items: []*fnv1.Resource{object(`{"metadata":{"name":"n"}}`), object(`{"metadata":{"name":"m"}}`)}},
				"none": {},
			}},
		},
		"Whole": {
			reason: "Input, context and what earlier steps desire should not be touched.",
			req: &fnv1.RunFunctionRequest{
				Meta:    &fnv1.RequestMeta{Tag: "tag", Capabilities: []fnv1.Capability{1, 2}},
				Input:   resource.MustStructJSON(thing),
				Context: resource.MustStructJSON(thing),
				Desired: &fnv1.State{Composite: object(thing), Resources: map[string]*fnv1.Resource{"thing": object(thing)}},
			},
			want: &fnv1.RunFunctionRequest{
				Meta:    &fnv1.RequestMeta{Capabilities: []fnv1.Capability{1, 2}},
				Input:   resource.MustStructJSON(thing),
				Context: resource.MustStructJSON(thing),
				Desired: &fnv1.State{Composite: object(thing), Resources: map[string]*fnv1.Resource{"thing": object(thing)}},
			},
		},
		"NotRead": {
			reason: "What no function of ours reads should be left out.",
			req: &fnv1.RunFunctionRequest{
				Input:          resource.MustStructJSON(thing),
				Credentials:    map[string]*fnv1.Credentials{"c": {}},
				ExtraResources: map[string]*fnv1.Resources{"e": {}}, //nolint:staticcheck // An old Crossplane sends them.
			},
			want: &fnv1.RunFunctionRequest{Input: resource.MustStructJSON(thing)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b, err := proto.Marshal(tc.req)
			if err != nil {
				t.Fatal(err)
			}

			for _, size := range []int{0, 1, len(b)} {
				req, err := some().Decode(b, make([]byte, size))
				if err != nil {
					t.Fatalf("%s\nDecode(...): %v", tc.reason, err)
				}

				got := &fnv1.RunFunctionRequest{}
				if err := proto.Unmarshal(req.Asks, got); err != nil {
					t.Fatal(err)
				}

				// There is always one, to add the tag to.
				if tc.want.GetMeta() == nil {
					tc.want.Meta = &fnv1.RequestMeta{}
				}

				if diff := cmp.Diff(tc.want, got, protocmp.Transform()); diff != "" {
					t.Errorf("%s\nDecode(...): -want, +got:\n%s", tc.reason, diff)
				}

				checkParts(t, req, tc.req, tc.want)
			}
		})
	}
}

// checkParts of a Request, whose whole is right.
func checkParts(t *testing.T, got *Request, asked, want *fnv1.RunFunctionRequest) {
	t.Helper()

	if got.Tag != asked.GetMeta().GetTag() {
		t.Errorf("Tag: want %q, got %q", asked.GetMeta().GetTag(), got.Tag)
	}

	rest := &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(got.Rest, rest); err != nil {
		t.Fatal(err)
	}

	most := proto.CloneOf(want)
	most.Observed, most.Input = nil, nil

	if diff := cmp.Diff(most, rest, protocmp.Transform()); diff != "" {
		t.Errorf("Rest: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff(want.GetInput().AsMap(), got.Input.Any(), cmpopts.EquateEmpty(), wholeNumbers); diff != "" {
		t.Errorf("Input: -want, +got:\n%s", diff)
	}

	resources := slices.Concat(got.Observed, []Resource{got.XR})
	for _, r := range resources {
		w := want.GetObserved().GetResources()[r.Key]
		if r.Key == "" {
			w = want.GetObserved().GetComposite()
		}

		if diff := cmp.Diff(w.GetResource().AsMap(), r.Object.Any(), cmpopts.EquateEmpty(), wholeNumbers); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", r.Key, diff)
		}

		if diff := cmp.Diff(w.GetConnectionDetails(), r.Connection(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: connection details: -want, +got:\n%s", r.Key, diff)
		}
	}

	if len(resources)-1 != len(want.GetObserved().GetResources()) {
		t.Errorf("Observed: want %d, got %d", len(want.GetObserved().GetResources()), len(resources)-1)
	}
}

// wholeNumbers are integers here and floats in protobuf.
var wholeNumbers = cmp.FilterValues(func(a, b any) bool {
	_, aInt := a.(int64)
	_, bInt := b.(int64)

	return aInt != bInt
}, cmp.Comparer(func(a, b any) bool {
	n, aFloat := a.(float64)
	m, bFloat := b.(float64)
	i, _ := a.(int64)
	j, _ := b.(int64)

	return aFloat && n == float64(j) || bFloat && m == float64(i)
}))

// chunk is a field with a length.
func chunk(number protowire.Number, content ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), slices.Concat(content...))
}

func number(number protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), n)
}

// observe an object in wire format.
func observe(fields ...[]byte) []byte {
	return chunk(2, chunk(2, chunk(1, []byte("key")), chunk(2, chunk(1, fields...))))
}

// member of an object in wire format.
func member(name string, value ...[]byte) []byte {
	return chunk(1, chunk(1, []byte(name)), chunk(2, value...))
}

// nested lists, in a value.
func nested(depth int) []byte {
	v := number(1, 0)
	for range depth {
		v = chunk(6, chunk(1, v))
	}

	return v
}

// What Go's protobuf would not write should mean what it means to Go's protobuf.
func TestDecodeForeign(t *testing.T) {
	text := func(s string) []byte { return chunk(3, []byte(s)) }
	xr := func(content ...[]byte) []byte { return chunk(2, chunk(1, content...)) }

	cases := map[string]struct {
		reason  string
		request []byte
	}{
		"FieldTwice":        {"Two messages in a field are one.", slices.Concat(observe(member("a", text("1"))), observe(member("b", text("2"))))},
		"XRTwice":           {"So are they in a message.", chunk(2, chunk(1, chunk(1, member("a", text("1")))), chunk(1, chunk(1, member("b", text("2")))))},
		"ObjectTwice":       {"So are objects.", xr(chunk(1, member("a", text("1"))), chunk(1, member("b", text("2"))))},
		"ReadyTwice":        {"The last of two numbers counts.", xr(number(3, 1), number(3, 2))},
		"KeyTwice":          {"The last of two entries counts.", observe(member("a", text("1")), member("a", text("2")))},
		"ConnectionTwice":   {"So it does in connection details.", xr(chunk(2, chunk(1, []byte("a")), chunk(2)), chunk(2, chunk(1, []byte("a")), chunk(2, []byte("b"))))},
		"ValueFirst":        {"An entry may have its value first.", observe(chunk(1, chunk(2, text("1")), chunk(1, []byte("a"))))},
		"NoValue":           {"An entry may have no value.", observe(chunk(1, chunk(1, []byte("a"))))},
		"NoKey":             {"An entry may have no key.", chunk(2, chunk(2, chunk(2, chunk(1))))},
		"EmptyValue":        {"A value may be nothing.", observe(member("a"))},
		"TwoValues":         {"The last of two values counts.", observe(member("a", text("1"), text("2")))},
		"TwoObjects":        {"Two objects in a value are one.", observe(member("a", chunk(5, member("b", text("1"))), chunk(5, member("c", text("1")))))},
		"TwoValuesLeftOut":  {"So it is in what is left out.", xr(chunk(1, member("status", text("1"), text("2"))))},
		"UnknownField":      {"An unknown field should be ignored.", slices.Concat(observe(member("a", text("1"))), number(99, 1))},
		"UnknownInMeta":     {"An unknown field should be ignored.", chunk(1, chunk(1, []byte("t")), number(9, 1))},
		"UnknownInState":    {"An unknown field should be ignored.", chunk(2, number(9, 1))},
		"UnknownInResource": {"An unknown field should be ignored.", xr(number(9, 1))},
		"UnknownInObject":   {"An unknown field should be ignored.", observe(number(9, 1))},
		"UnknownInValue":    {"An unknown field should be ignored.", observe(member("a", number(9, 1)))},
		"UnknownInList":     {"An unknown field should be ignored.", observe(member("a", chunk(6, number(9, 1))))},
		"UnknownInItems":    {"An unknown field should be ignored.", chunk(8, chunk(1, []byte("a")), chunk(2, number(9, 1)))},
		"UnknownLeftOut":    {"An unknown field should be ignored.", xr(chunk(1, member("status", chunk(9))))},
		"ObjectLeftOut":     {"An unknown field should be ignored.", xr(chunk(1, member("status", chunk(5, number(9, 1)))))},
		"ListLeftOut":       {"An unknown field should be ignored.", xr(chunk(1, member("status", chunk(6, number(9, 1)))))},
		"OtherType":         {"A field of another type is an unknown one.", observe(member("a", number(3, 1)))},
		"Unpacked":          {"A list of numbers may be fields.", chunk(1, number(2, 1), number(2, 2))},
		"Deep":              {"What is deep should be read.", observe(member("a", nested(maxDepth)))},
		"DeepLeftOut":       {"What is deep should be read.", xr(chunk(1, member("status", nested(maxDepth))))},
		"LongNumber":        {"A length may be longer than it need be.", []byte{0x12, 0x80, 0x00}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, r := range []*Reads{all(), some()} {
				checkAgainstProtobuf(t, tc.reason, r, tc.request)
			}
		})
	}
}

// checkAgainstProtobuf says whether a request is to us what it is to protobuf.
func checkAgainstProtobuf(t *testing.T, reason string, r *Reads, request []byte) {
	t.Helper()

	known := &fnv1.RunFunctionRequest{}
	wantErr := proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(request, known)

	req, err := r.Decode(request, nil)
	if diff := cmp.Diff(wantErr, err, cmpopts.EquateErrors(), cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })); diff != "" {
		t.Errorf("%s\nDecode(...): -want error, +got error:\n%s", reason, diff)
	}

	if err != nil {
		return
	}

	// The same, as Go writes it.
	plain, err := proto.Marshal(known)
	if err != nil {
		t.Fatal(err)
	}

	want, err := r.Decode(plain, nil)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(want, req, cmp.AllowUnexported(Resource{})); diff != "" {
		t.Errorf("%s\nDecode(...): -want, +got:\n%s", reason, diff)
	}
}

// A request that is malformed should get protobuf's error, wherever it is malformed.
func TestDecodeErrors(t *testing.T) {
	xr := func(value ...[]byte) []byte { return chunk(2, chunk(1, chunk(1, member("status", value...)))) }

	cases := map[string]struct {
		reason  string
		request []byte
	}{
		"Truncated":        {"A field may end too early.", []byte{0x12, 5, 1}},
		"LongLength":       {"A length may not end.", []byte{0x12, 0xff, 0xff}},
		"NoField":          {"There is no field 0.", []byte{2, 0}},
		"Group":            {"A group may not end.", []byte{0x0b}},
		"KeyNotText":       {"A key may not be UTF-8.", observe(member("\xff"))},
		"TagNotText":       {"The tag may not be UTF-8.", chunk(1, chunk(1, []byte("\xff")))},
		"TextNotText":      {"Text may not be UTF-8, in what is left out too.", xr(chunk(3, []byte("\xff")))},
		"NumberTruncated":  {"A number may end too early.", xr([]byte{0x11, 1})},
		"BoolTruncated":    {"So may a varint.", xr([]byte{0x20, 0xff})},
		"ObjectTruncated":  {"So may an object.", xr(chunk(5, []byte{0x0a, 9}))},
		"EntryTruncated":   {"So may an entry.", xr(chunk(5, chunk(1, []byte{0x0a, 9})))},
		"ReadyTruncated":   {"So may a resource.", chunk(2, chunk(1, []byte{0x18, 0xff}))},
		"CapabilityBroken": {"So may a list of numbers.", chunk(1, chunk(2, []byte{0xff}))},
		"ContextBroken":    {"So may what is passed on.", chunk(5, []byte{0x0a, 9})},
		"DesiredBroken":    {"So may what earlier steps desire.", chunk(3, []byte{0x0a, 9})},
		"TooDeep":          {"There is an end to depth.", xr(nested(protowire.DefaultRecursionLimit))},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			known := &fnv1.RunFunctionRequest{}

			want := proto.Unmarshal(tc.request, known)
			if want == nil {
				t.Fatalf("%s\nprotobuf reads it", tc.reason)
			}

			for _, r := range []*Reads{all(), some()} {
				req, err := r.Decode(tc.request, nil)
				if err == nil {
					// The rest is protobuf's to read.
					err = proto.Unmarshal(req.Rest, known)
				}

				if err == nil || err.Error() != want.Error() {
					t.Errorf("%s\nDecode(...): want %v, got %v", tc.reason, want, err)
				}
			}
		})
	}
}

// What earlier steps desire may have fields that only they know.
func TestUnknownFieldsOfEarlierSteps(t *testing.T) {
	for _, request := range [][]byte{
		chunk(3, chunk(2, chunk(1, []byte("a")), chunk(2, chunk(99, []byte("new"))))),
		slices.Concat(chunk(3, chunk(99, []byte("new"))), observe(number(9, 1))),
	} {
		req, err := some().Decode(request, nil)
		if err != nil {
			t.Fatal(err)
		}

		if !strings.Contains(string(req.Rest), "new") {
			t.Errorf("Decode(%x): an unknown field is left out: %x", request, req.Rest)
		}
	}
}

// Requests that ask the same should be the same: Go writes maps in any order, a tag names a
// request, and what is not read does not matter.
func TestAsks(t *testing.T) {
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "one"},
		Observed: &fnv1.State{Composite: object(thing), Resources: map[string]*fnv1.Resource{"a": object(thing), "b": object(thing), "c": object(thing)}},
		Desired:  &fnv1.State{Composite: object(thing), Resources: map[string]*fnv1.Resource{"d": object(thing), "e": object(thing)}},
		Context:  resource.MustStructJSON(thing),
	}
	asks := func() string {
		b, err := proto.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}

		out, err := some().Decode(b, nil)
		if err != nil {
			t.Fatal(err)
		}

		return string(out.Asks)
	}

	want := asks()
	conditions := req.GetObserved().GetResources()["a"].GetResource().GetFields()["status"].GetStructValue().GetFields()["conditions"].GetListValue().GetValues()
	ready := conditions[0].GetStructValue().GetFields()

	for range 20 {
		req.Meta.Tag += "."
		ready["lastTransitionTime"] = structpb.NewStringValue(req.GetMeta().GetTag())

		if got := asks(); got != want {
			t.Fatalf("the same is asked, in other words:\n%q\n%q", want, got)
		}
	}

	ready["status"] = structpb.NewStringValue("False")

	if asks() == want {
		t.Error("another thing is asked in the same words")
	}
}

func TestValues(t *testing.T) {
	s, err := structpb.NewStruct(map[string]any{
		"text": "t", "whole": 3, "fraction": 1.5, "large": math.MaxFloat64, "yes": true, "no": false, "null": nil,
		"list": []any{"a", []any{}}, "object": map[string]any{"a": map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}

	b, err := proto.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}

	want := map[string]any{
		"text": "t", "whole": int64(3), "fraction": 1.5, "large": math.MaxFloat64, "yes": true, "no": false, "null": nil,
		"list": []any{"a", []any{}}, "object": map[string]any{"a": map[string]any{}},
	}
	if diff := cmp.Diff(want, Object(b).Any()); diff != "" {
		t.Errorf("Any(): -want, +got:\n%s", diff)
	}

	for name := range want {
		v := Object(b).Field(name)
		_, text := v.Text()
		_, isNumber := v.Number()
		_, isBool := v.Bool()
		_, list := v.List()
		_, isObject := v.Object()

		got := map[string]bool{"text": text, "number": isNumber, "bool": isBool, "list": list, "object": isObject, "null": v.IsNull()}
		is := map[string]string{"whole": "number", "fraction": "number", "large": "number", "yes": "bool", "no": "bool"}[name]

		for kind, ok := range got {
			if ok != (kind == name || kind == is) {
				t.Errorf("%s: is it a %s? %t", name, kind, ok)
			}
		}
	}

	if v := Object(b).Field("missing"); !v.IsNull() || v.Any() != nil {
		t.Errorf("a missing field is %v", v.Any())
	}

	l, _ := Object(b).Field("list").List()
	for v := range l {
		if s, _ := v.Text(); s != "a" {
			t.Errorf("the first element is %v", v.Any())
		}

		break
	}
}

// FuzzDecode holds what is read of any bytes against protobuf.
func FuzzDecode(f *testing.F) {
	for _, req := range []*fnv1.RunFunctionRequest{
		{Meta: &fnv1.RequestMeta{Tag: "t", Capabilities: []fnv1.Capability{1}}, Input: resource.MustStructJSON(thing)},
		observing(map[string]*fnv1.Resource{"a": {Resource: resource.MustStructJSON(thing), ConnectionDetails: map[string][]byte{"a": {0xff}}, Ready: 1}}),
		{Desired: &fnv1.State{Composite: object(thing)}, Context: resource.MustStructJSON(thing), RequiredResources: map[string]*fnv1.Resources{"r": {Items: []*fnv1.Resource{object(thing)}}}},
	} {
		b, err := proto.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(b)
	}

	f.Fuzz(func(t *testing.T, request []byte) {
		checkFuzzed(t, all(), request)
		checkFuzzed(t, some(), request)
	})
}

// checkFuzzed is checkAgainstProtobuf, but for errors of what is passed on, which are found
// later.
func checkFuzzed(t *testing.T, r *Reads, request []byte) {
	t.Helper()

	want := proto.Unmarshal(request, &fnv1.RunFunctionRequest{})

	req, err := r.Decode(request, nil)
	if err == nil {
		err = proto.Unmarshal(req.Rest, &fnv1.RunFunctionRequest{})
	}

	if (want == nil) != (err == nil) || want != nil && want.Error() != err.Error() {
		t.Fatalf("want error %v, got %v", want, err)
	}

	if err == nil {
		checkAgainstProtobuf(t, "a fuzzed request", r, request)
	}
}
