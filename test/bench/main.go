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
	"strconv"
	"strings"
	"time"
)

const (
	binary = "bin/function-data-platform"

	// kept is the name of the function that has kept its answers.
	kept = "function, kept"

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

	callers := flag.String("callers", "1,16", "Numbers of concurrent callers.")

	flag.Parse()

	for n := range strings.SplitSeq(*callers, ",") {
		c, err := strconv.Atoi(n)
		if err != nil || c < 1 {
			exitOn(fmt.Errorf("-callers: invalid value %q: use numbers, such as 1,16", *callers))
		}

		cfg.callers = append(cfg.callers, c)
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

	cells, err := prepare(ctx, ours, answers)
	if err != nil {
		return err
	}

	bench, err := os.Executable()
	if err != nil {
		return err
	}

	floor, err := start(ctx, "floor", bench, floorCommand, "-answers="+answers)
	if err != nil {
		return err
	}
	defer floor.stop()

	servers := []*server{floor, ours, keeping}

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

		took, err := firstAnswer(ctx, s, cells[0])
		if err != nil {
			return err
		}

		r.addStart(s.name, took)
	}

	return r.print(os.Stdout)
}
