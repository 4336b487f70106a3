// Package main measures the function as Crossplane uses it: over gRPC, in a
// process of its own. Beside it, it measures the floor: a server that answers
// the same requests with the same answers, ready made. What the function costs
// above the floor is its own; the rest is gRPC and protobuf.
//
// It needs Linux, whose /proc tells what another process has used.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

const (
	binary = "bin/function-data-platform"

	// kept is the name of the function that has kept its answers.
	kept = "function, kept"

	// peer is another function.
	peer = "peer"

	// starts is how often each server is started to see how long it takes.
	starts = 5
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == floorCommand {
		exitOn(serveFloor(os.Args[2:]))
		return
	}

	cfg := config{}
	flag.DurationVar(&cfg.duration, "duration", 3*time.Second, "How long to call each server in each row of the table.")
	flag.IntVar(&cfg.rounds, "rounds", 3, "How many turns each server has in a row: the servers take turns, so that a machine that gets slower does so for both.")
	flag.StringVar(&cfg.function, "function", "", "The function to measure. By default, build "+binary+".")

	flag.StringVar(&cfg.peer, "peer", "", "Another function to measure beside, and a file with its input in JSON: binary,input.json.")
	flag.StringVar(&cfg.sweep, "sweep", "", "Write what the servers do over zones and over callers to this file, in JSON, instead of the table.")

	callers := flag.String("callers", "1,16", "Numbers of concurrent callers.")

	flag.Parse()

	for n := range strings.SplitSeq(*callers, ",") {
		c, err := strconv.Atoi(n)
		if err != nil || c < 1 {
			exitOn(fmt.Errorf("-callers: invalid value %q: use numbers, such as 1,16", *callers))
		}

		cfg.callers = append(cfg.callers, c)
	}

	if cfg.peer != "" && cfg.sweep != "" {
		exitOn(errors.New("-peer and -sweep: use one of them: a sweep measures no peer"))
	}

	if cfg.duration <= 0 || cfg.rounds < 1 {
		exitOn(errors.New("-duration and -rounds must be positive"))
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, cfg)

	stop()
	exitOn(err)
}

// exitOn an error. Slow is not an error.
func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type config struct {
	callers  []int
	duration time.Duration
	rounds   int
	function string
	peer     string
	sweep    string
}

func run(ctx context.Context, cfg config) error {
	if cfg.function == "" {
		// It builds only what has changed.
		cmd := exec.CommandContext(ctx, "hack/build.sh", "function-data-platform")

		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("cannot build the function; run from the root of the repository: %w", err)
		}

		cfg.function = binary
	}

	answers, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(answers) //nolint:errcheck // Nothing better can be done with a temporary directory.

	// One that makes each answer, and one that is asked the same again and again.
	ours, err := start(ctx, "function", cfg.function, "--insecure", "--metrics-address=", "--answer-cache=0")
	if err != nil {
		return err
	}
	defer ours.stop()

	keeping, err := start(ctx, kept, cfg.function, "--insecure", "--metrics-address=")
	if err != nil {
		return err
	}
	defer keeping.stop()

	other, input, err := startPeer(ctx, cfg.peer)
	if err != nil {
		return err
	}

	if other != nil {
		defer other.stop()
	}

	if cfg.sweep != "" {
		return sweep(ctx, cfg, answers, ours, keeping)
	}

	cells, err := prepare(ctx, ours, answers, fewest, input)
	if err != nil {
		return err
	}

	floor, err := startFloor(ctx, answers)
	if err != nil {
		return err
	}
	defer floor.stop()

	servers := []*server{floor, ours, keeping}

	if other != nil {
		for i := range cells {
			if err := checkPeer(ctx, other, &cells[i]); err != nil {
				return err
			}
		}

		servers = append(servers, other)
	}

	r := &report{cells: cells, peaks: map[string]float64{}}
	for _, c := range cells {
		for _, n := range cfg.callers {
			fmt.Fprintf(os.Stderr, "measuring: %s observed, callers: %d\n", c.name, n)

			row, err := measure(ctx, servers, c, n, cfg)
			if err != nil {
				return err
			}

			r.add(c, n, row)
		}
	}

	for _, s := range servers {
		fmt.Fprintf(os.Stderr, "measuring: starts of the %s\n", s.name)

		// It may serve metrics at a port that only one of it can have.
		if s.name == peer {
			s.stop()
		}

		took, err := firstAnswer(ctx, s, cells[0])
		if err != nil {
			return err
		}

		r.addStart(s.name, took)
	}

	return r.print(os.Stdout)
}

// startFloor starts the floor with the answers that are in a directory.
func startFloor(ctx context.Context, answers string) (*server, error) {
	bench, err := os.Executable()
	if err != nil {
		return nil, err
	}

	return start(ctx, "floor", bench, floorCommand, "-answers="+answers)
}

// startPeer starts another function, if there is one, and reads its input.
func startPeer(ctx context.Context, flag string) (*server, *structpb.Struct, error) {
	if flag == "" {
		return nil, nil, nil
	}

	program, file, ok := strings.Cut(flag, ",")
	if !ok {
		return nil, nil, fmt.Errorf("-peer: invalid value %q: name a program and a file with its input, such as function,input.json", flag)
	}

	b, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, nil, fmt.Errorf("-peer: %w", err)
	}

	input := &structpb.Struct{}
	if err := protojson.Unmarshal(b, input); err != nil {
		return nil, nil, fmt.Errorf("-peer: %s: %w", file, err)
	}

	s, err := start(ctx, peer, program, "--insecure")

	return s, input, err
}

// checkPeer returns an error if a peer does not do its work: it would be measured as fast.
func checkPeer(ctx context.Context, s *server, c *cell) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	b, err := s.call(ctx, c.peer)
	if err != nil {
		return err
	}

	rsp := &fnv1.RunFunctionResponse{}
	if err := proto.Unmarshal(b, rsp); err != nil {
		return err
	}

	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return fmt.Errorf("-peer: with %s observed it refuses its input: %s", c.name, r.GetMessage())
		}
	}

	n := len(rsp.GetDesired().GetResources())
	if n == 0 {
		return fmt.Errorf("-peer: with %s observed it desires no resources: give it an input with some", c.name)
	}

	fmt.Fprintf(os.Stderr, "with %s observed the peer desires %d resources\n", c.name, n)

	return nil
}
