package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/test/bench/requests"
)

// The region of the platform, and its zones by their last letter. Two are the reference, and six
// the most.
const (
	region   = "us-east-1"
	allZones = "abcdef"
	fewest   = 2
)

// A cell is one request to measure.
type cell struct {
	name      string
	aim       float64 // CPU per call, in times the floor's.
	aimKept   float64 // The same where the answer is kept.
	request   []byte
	answer    int // Length of the answer.
	resources int

	// peer is the request with the peer's input, if there is a peer.
	peer []byte
}

// of is the request that a server gets.
func (c *cell) of(s *server) []byte {
	if s.name == peer {
		return c.peer
	}

	return c.request
}

// prepare asks the function for its answers about a platform in so many zones, and writes them
// to a directory for the floor. The input is the peer's, if there is one.
func prepare(ctx context.Context, s *server, dir string, zones int, input *structpb.Struct) ([]cell, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	call := func(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
		b, err := proto.Marshal(req)
		if err != nil {
			return nil, err
		}

		if b, err = s.call(ctx, b); err != nil {
			return nil, err
		}

		rsp := &fnv1.RunFunctionResponse{}

		return rsp, proto.Unmarshal(b, rsp)
	}

	var names []string
	for _, zone := range allZones[:zones] {
		names = append(names, region+string(zone))
	}

	reqs, err := requests.New(ctx, call, names...)
	if err != nil {
		return nil, err
	}

	cells := []cell{{name: "nothing", aim: 1.8, aimKept: 1}, {name: "everything", aim: 0.45, aimKept: 0.15}}

	for i, req := range []*fnv1.RunFunctionRequest{reqs.Nothing, reqs.Everything} {
		rsp, err := call(ctx, req)
		if err != nil {
			return nil, err
		}

		b, err := proto.Marshal(rsp)
		if err != nil {
			return nil, err
		}

		if err := os.WriteFile(answerFile(dir, len(req.GetObserved().GetResources())), b, 0o600); err != nil {
			return nil, err
		}

		if cells[i].request, err = proto.Marshal(req); err != nil {
			return nil, err
		}

		if input != nil {
			req.Input = input
			if cells[i].peer, err = proto.Marshal(req); err != nil {
				return nil, err
			}
		}

		cells[i].answer = len(b)
		cells[i].resources = len(rsp.GetDesired().GetResources())
	}

	return cells, nil
}

// A sample is what a server did in one row of the table.
type sample struct {
	server  string
	took    time.Duration
	cpu     time.Duration
	calls   []time.Duration
	callers int

	// Memory in MB: the most that there was, and how much of it is pages of
	// the program's file, which the system can drop and read again.
	peak float64
	file float64
}

func (s *sample) rate() float64       { return float64(len(s.calls)) / s.took.Seconds() }
func (s *sample) cpuPerCall() float64 { return s.cpu.Seconds() * 1000 / float64(len(s.calls)) }
func (s *sample) percentile(p int) float64 {
	return s.calls[len(s.calls)*p/100].Seconds() * 1000
}

// measure the servers in turns.
func measure(ctx context.Context, servers []*server, c cell, callers int, cfg config) ([]*sample, error) {
	turn := cfg.duration / time.Duration(cfg.rounds)

	samples := make([]*sample, len(servers))
	for i, s := range servers {
		samples[i] = &sample{server: s.name, callers: callers}
		if err := load(ctx, s, c, turn/2, &sample{callers: callers}); err != nil { // Warms up.
			return nil, err
		}

		s.forgetPeak()
	}

	for range cfg.rounds {
		for i, s := range servers {
			if err := load(ctx, s, c, turn, samples[i]); err != nil {
				return nil, err
			}
		}
	}

	for i, s := range servers {
		slices.Sort(samples[i].calls)

		var err, ferr error

		samples[i].peak, err = s.memory("VmHWM")

		samples[i].file, ferr = s.memory("RssFile")
		if err := errors.Join(err, ferr); err != nil {
			return nil, err
		}
	}

	return samples, nil
}

// load calls a server for as long as a turn takes.
func load(ctx context.Context, s *server, c cell, turn time.Duration, to *sample) error {
	before, err := s.cpu()
	if err != nil {
		return err
	}

	started := time.Now()

	var wg sync.WaitGroup

	calls := make([][]time.Duration, to.callers)

	errs := make([]error, to.callers)
	for i := range to.callers {
		wg.Go(func() {
			// The length of the first answer. The bytes of the floor's differ from call to
			// call: protobuf writes maps in any order.
			length := 0

			for ctx.Err() == nil && time.Since(started) < turn {
				began := time.Now()

				rsp, err := s.call(ctx, c.of(s))
				if err == nil && s.name != peer && length > 0 && len(rsp) != length {
					err = fmt.Errorf("the %s gives an answer of %d bytes, and before one of %d", s.name, len(rsp), length)
				}

				length = len(rsp)

				if err != nil {
					errs[i] = err
					return
				}

				calls[i] = append(calls[i], time.Since(began))
			}
		})
	}

	wg.Wait()

	to.took += time.Since(started)
	after, err := s.cpu()
	to.cpu += after - before
	to.calls = append(to.calls, slices.Concat(calls...)...)

	return errors.Join(errors.Join(errs...), err, ctx.Err())
}

// firstAnswer is how long a server takes from its start to its first answer:
// the median of several starts.
func firstAnswer(ctx context.Context, like *server, c cell) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	took := make([]time.Duration, starts)
	for i := range took {
		s, err := start(ctx, like.name, like.args...)
		if err != nil {
			return 0, err
		}

		_, err = s.call(ctx, c.of(s))
		took[i] = time.Since(s.started)
		s.stop()

		if err != nil {
			return 0, err
		}
	}

	slices.Sort(took)

	return took[starts/2], nil
}
