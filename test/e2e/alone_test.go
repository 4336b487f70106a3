package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/test/bench/requests"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
)

const (
	alonePlatforms = 1000

	// How many calls are under way at once while platforms are created. Crossplane allows
	// 100, but not on 2 cores.
	aloneCallers = 16

	// How many calls a second steady platforms cause. Each has 31 managed resources, of which
	// provider-aws by default writes each once in ten minutes. Crossplane calls the
	// function for each of these writes, unless two come together.
	aloneRate = alonePlatforms * 31 / 600

	aloneTime = 2 * time.Minute

	// What provideraws writes where each poll of the provider writes the time, and a version
	// of the same length as those that are put in its place.
	aloneObserved = "2026-01-05T09:00:15Z"
	aloneVersion  = "700000000"
)

// testAlone has the function of the package answer for many platforms, without a control plane:
// what they ask is what Crossplane would.
func testAlone(t *testing.T) {
	slow(t, fmt.Sprintf("Alone: the function answers for %d platforms", alonePlatforms))
	prove(t, fmt.Sprintf("Alone: the function answers for %d platforms while they are created, and %s for them at %d calls a second when they are steady", alonePlatforms, aloneTime, aloneRate))

	f, err := running(t, env).Another()
	if err != nil {
		t.Fatal(err)
	}

	f.KeepAlive = false

	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	defer f.Kill()

	if err := f.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}

	conn := dial(t, f)

	platforms, err := alonePlatformsOf(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}

	// What made the requests has had the function answer too.
	f.Kill()

	if err := f.Start(); err != nil {
		t.Fatal(err)
	}

	if err := f.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}

	used := usageOf(t, f.Process)
	took := createAlone(t, conn, platforms)
	created := usageOf(t, f.Process)

	proven.notef("the function alone, %d platforms created by %d callers: %s", alonePlatforms, aloneCallers, cost(took, used, created))

	took = keepAlone(t, conn, platforms)

	proven.notef("the function alone, the same platforms steady, %d calls a second for %s: %s", aloneRate, aloneTime, cost(took, created, usageOf(t, f.Process)))
}

// An alonePlatform is what is asked for a platform, in wire format.
type alonePlatform struct {
	stages [][]byte // The last one is when it is steady.
	answer int      // The length of the answer to that.
}

// alonePlatformsOf asks the function what platforms are made of.
func alonePlatformsOf(ctx context.Context, conn *grpc.ClientConn) ([]alonePlatform, error) {
	out := make([]alonePlatform, alonePlatforms)

	run := func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		return fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, req)
	}

	return out, inParallel(func(i int) error {
		reqs, err := requests.For(ctx, run, requests.Identity{
			Namespace: fmt.Sprintf("team-%d", i%50),
			Name:      fmt.Sprintf("platform-%d", i),
			UID:       fmt.Sprintf("5d2b8c34-9f0a-4f51-8d5e-%012d", i),
		})
		if err != nil {
			return err
		}

		for _, req := range []*fnv1.RunFunctionRequest{reqs.Nothing, reqs.Creating, reqs.Everything} {
			for _, r := range req.GetObserved().GetResources() {
				r.GetResource().GetFields()["metadata"].GetStructValue().GetFields()["resourceVersion"] = structpb.NewStringValue(aloneVersion)
			}

			b, err := proto.Marshal(req)
			if err != nil {
				return err
			}

			out[i].stages = append(out[i].stages, b)
		}

		rsp, err := call(ctx, conn, out[i].stages[2])
		out[i].answer = len(rsp)

		return err
	})
}

// createAlone asks for each platform what Crossplane asks while it is created, and returns how
// long each call took.
func createAlone(t *testing.T, conn *grpc.ClientConn, platforms []alonePlatform) []time.Duration {
	t.Helper()

	took := make([][]time.Duration, len(platforms))

	if err := inParallel(func(i int) error {
		for _, req := range platforms[i].stages {
			start := time.Now()

			if _, err := call(t.Context(), conn, req); err != nil {
				return err
			}

			took[i] = append(took[i], time.Since(start))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	return slices.Concat(took...)
}

// keepAlone asks for one steady platform after the other, at a steady rate, whether the function
// has answered or not. No request is as one before: the provider has written.
func keepAlone(t *testing.T, conn *grpc.ClientConn, platforms []alonePlatform) []time.Duration {
	t.Helper()

	took := make([]time.Duration, int(aloneTime.Seconds())*aloneRate)
	errs := make([]error, len(took))

	tick := time.NewTicker(time.Second / aloneRate)
	defer tick.Stop()

	var wg sync.WaitGroup

	for i := range took {
		<-tick.C

		p := platforms[i%len(platforms)]
		req := p.stages[len(p.stages)-1]
		req = bytes.ReplaceAll(req, []byte(aloneObserved), fmt.Appendf(nil, "2026-01-06T%02d:%02d:%02dZ", i/3600%24, i/60%60, i%60))
		req = bytes.ReplaceAll(req, []byte(aloneVersion), fmt.Appendf(nil, "%09d", i))

		wg.Go(func() {
			start := time.Now()

			rsp, err := call(t.Context(), conn, req)
			if err == nil && len(rsp) != p.answer {
				err = errors.Errorf("the answer for platform %d has %d bytes, want the %d of when it became ready", i%len(platforms), len(rsp), p.answer)
			}

			took[i], errs[i] = time.Since(start), err
		})
	}

	wg.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}

	return took
}

// cost of calls that took so long, for people.
func cost(took []time.Duration, before, after usage) string {
	slices.Sort(took)

	cpu := after.cpu - before.cpu

	return fmt.Sprintf("%d calls, %.1f s of CPU, %.2f ms a call; half of them within %.1f ms, 99%% within %.1f ms; %.0f MiB of memory at most",
		len(took), cpu.Seconds(), cpu.Seconds()*1000/float64(len(took)), milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]), after.peak)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// inParallel does something for each platform, for aloneCallers of them at once.
func inParallel(do func(platform int) error) error {
	var wg sync.WaitGroup

	errs := make([]error, aloneCallers)

	for caller := range aloneCallers {
		wg.Go(func() {
			for i := caller; i < alonePlatforms && errs[caller] == nil; i += aloneCallers {
				errs[caller] = do(i)
			}
		})
	}

	wg.Wait()

	return errors.Join(errs...)
}

// dial a function as Crossplane does.
func dial(t *testing.T, f *pkgruntime.Function) *grpc.ClientConn {
	t.Helper()

	pair, err := env.Crossplane.CA.Sign("crossplane")
	if err != nil {
		t.Fatal(err)
	}

	client, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pair.CA)

	conn, err := grpc.NewClient("passthrough:///"+f.Address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{client},
		MinVersion:   tls.VersionTLS12,
		RootCAs:      trusted,
	})))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() })

	return conn
}

// call a function with a request in wire format. What comes back is not decoded: the less the
// test does, the more of the machine the function has.
func call(ctx context.Context, conn *grpc.ClientConn, req []byte) ([]byte, error) {
	var rsp []byte

	err := conn.Invoke(ctx, fnv1.FunctionRunnerService_RunFunction_FullMethodName, &req, &rsp, grpc.ForceCodec(wire{}), grpc.WaitForReady(true))

	return rsp, err
}

// wire is a gRPC codec for messages that are in wire format already.
type wire struct{}

func (wire) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (wire) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
}

func (wire) Name() string { return "proto" }
