package main

import (
	"testing"

	"google.golang.org/protobuf/proto"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/fn/server"
	"github.com/crossplane-contrib/function-data-platform/test/bench/requests"
)

// BenchmarkAnswer measures the function without gRPC, for profiling. make
// bench measures all of it.
func BenchmarkAnswer(b *testing.B) {
	f, err := NewFunction(0)
	if err != nil {
		b.Fatal(err)
	}

	reqs, err := requests.New(b.Context(), f.RunFunction)
	if err != nil {
		b.Fatal(err)
	}

	for _, bm := range []struct {
		name string
		req  *fnv1.RunFunctionRequest
	}{
		{name: "nothing", req: reqs.Nothing},
		{name: "ready", req: reqs.Everything},
	} {
		b.Run(bm.name, func(b *testing.B) {
			req, err := proto.Marshal(bm.req)
			if err != nil {
				b.Fatal(err)
			}

			b.ReportAllocs()

			for b.Loop() {
				if _, err := f.Answer(b.Context(), req, &server.Subject{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
