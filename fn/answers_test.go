package main

import (
	"crypto/sha256"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// What provider-aws writes when nothing changes should be answered from memory, to the tag
// that asks. What changes a resource should not.
func TestAnswersAreKept(t *testing.T) {
	f, err := NewFunction(1 << 20)
	if err != nil {
		t.Fatal(err)
	}

	req := requestFor(readXR(t, "../examples/default/xr.yaml"), atStage(t, provideraws.Ready))
	vpc := req.GetObserved().GetResources()["vpc"].GetResource().GetFields()["status"].GetStructValue().GetFields()
	ready := vpc["conditions"].GetListValue().GetValues()[0].GetStructValue().GetFields()

	cases := []struct {
		reason string
		change func()
		kept   bool
	}{
		{"The first of a kind is not known.", func() {}, false},
		{"The same is asked again.", func() {}, true},
		{"A tag names a request, and asks nothing.", func() { req.Meta.Tag = "another" }, true},
		{"A tag that is none of Crossplane's is cut.", func() { req.Meta.Tag = strings.Repeat("x", 1<<20) }, true},
		{"The time of a condition is not read.", func() { ready["lastTransitionTime"] = structpb.NewStringValue("2026-11-28T00:00:00Z") }, true},
		{"A condition is.", func() { ready["status"] = structpb.NewStringValue("False") }, false},
		{"What was asked before is still known.", func() { ready["status"] = structpb.NewStringValue("True") }, true},
		{"A fatal result follows from the request too.", func() { req.Input = policyJSON(`"tags": 1`) }, false},
		{"So it is kept.", func() {}, true},
	}
	for _, tc := range cases {
		tc.change()

		b, err := proto.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}

		a, err := f.Answer(t.Context(), b, &server.Subject{})
		if err != nil {
			t.Fatal(err)
		}

		if a.Kept != tc.kept || a.Tag != brief.Text(req.GetMeta().GetTag(), brief.MaxText) {
			t.Errorf("%s\nAnswer(...): want it kept: %t, for %q; got %t, for %q", tc.reason, tc.kept, req.GetMeta().GetTag(), a.Kept, a.Tag)
		}
	}
}

func TestAnswers(t *testing.T) {
	key := func(n byte) [sha256.Size]byte { return [sha256.Size]byte{n} }
	answerOf := func(size int) *server.Answer {
		return server.NewAnswer(nil, &fnv1.RunFunctionResponse{}, 0, make([]byte, size))
	}

	small, large := answerOf(1<<10), answerOf(10<<10)
	a := newAnswers(3 * small.Size())

	found := func(want ...bool) {
		t.Helper()

		for i, w := range want {
			if _, got := a.find(key(byte(i))); got != w {
				t.Errorf("answer %d: want found %t, got %t", i, w, got)
			}
		}
	}

	for i := range 3 {
		a.keep(key(byte(i)), small)
		a.keep(key(byte(i)), small) // Two may have asked at once.
	}

	found(true, true, true)

	a.keep(key(3), small)
	found(false, true, true, true)

	// What is larger than all that may be kept is not, and takes no other's place.
	a.keep(key(4), large)
	found(false, true, true, true, false)

	if got, want := a.bytes.Load(), 3*small.Size(); got != want {
		t.Errorf("want %d bytes, got %d", want, got)
	}

	none := newAnswers(0)
	none.keep(key(0), small)

	if _, ok := none.find(key(0)); ok {
		t.Error("an answer is kept where none should be")
	}
}

// A request that can't be decoded gets gRPC's own error, wherever it is broken.
func TestMalformed(t *testing.T) {
	f := newFunction(t)

	for _, request := range [][]byte{{0xff}, {0x1a, 2, 0x0a, 9}} {
		want := proto.Unmarshal(request, &fnv1.RunFunctionRequest{})

		_, err := f.Answer(t.Context(), request, &server.Subject{})
		if got := "rpc error: code = Internal desc = grpc: error unmarshalling request: " + want.Error(); err == nil || err.Error() != got {
			t.Errorf("Answer(%x): want error %q, got %v", request, got, err)
		}
	}

	if _, err := f.RunFunction(t.Context(), &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: "\xff"}}); err == nil {
		t.Error("RunFunction(...): want an error for a request that protobuf can't write")
	}
}
