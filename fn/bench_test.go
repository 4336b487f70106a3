package main

import (
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/test/bench/requests"
)

// BenchmarkRunFunction measures the function without gRPC, for profiling. make
// bench measures all of it.
func BenchmarkRunFunction(b *testing.B) {
	f, err := NewFunction(logging.NewNopLogger(), 0)
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
			b.ReportAllocs()

			for b.Loop() {
				if _, err := f.RunFunction(b.Context(), bm.req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
