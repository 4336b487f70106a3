package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A point is what one server does.
type point struct {
	Server  string  `json:"server"`
	Zones   int     `json:"zones"`
	Callers int     `json:"callers"`
	CPU     float64 `json:"cpu"`  // Milliseconds a call.
	Rate    float64 `json:"rate"` // Calls a second.
}

// A result is a sweep, and the machine that it ran on.
type result struct {
	Machine string  `json:"machine"`
	Zones   []point `json:"zones"`
	Callers []point `json:"callers"`
}

// sweep measures platforms of which everything is observed: in more and more zones with one
// caller, and the reference with more and more callers.
func sweep(ctx context.Context, cfg config, answers string, servers ...*server) error {
	const mostCallers = 64

	out := &result{Machine: machine()}

	for zones := fewest; zones <= len(allZones); zones++ {
		to := []int{1}

		if zones == fewest {
			for n := 2; n <= mostCallers; n *= 2 {
				to = append(to, n)
			}
		}

		points, err := sweepZones(ctx, cfg, answers, zones, to, servers)
		if err != nil {
			return err
		}

		for _, p := range points {
			if p.Callers == 1 {
				out.Zones = append(out.Zones, p)
			}

			if p.Zones == fewest {
				out.Callers = append(out.Callers, p)
			}
		}
	}

	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}

	return os.WriteFile(cfg.sweep, append(b, '\n'), 0o644) //nolint:gosec // Everybody may read figures.
}

// sweepZones measures the floor and the servers with a platform in so many zones.
func sweepZones(ctx context.Context, cfg config, answers string, zones int, callers []int, servers []*server) ([]point, error) {
	cells, err := prepare(ctx, servers[0], answers, zones, nil)
	if err != nil {
		return nil, err
	}

	floor, err := startFloor(ctx, answers)
	if err != nil {
		return nil, err
	}
	defer floor.stop()

	var out []point

	for _, n := range callers {
		fmt.Fprintf(os.Stderr, "measuring: %d zones, callers: %d\n", zones, n)

		row, err := measure(ctx, append([]*server{floor}, servers...), cells[len(cells)-1], n, cfg)
		if err != nil {
			return nil, err
		}

		for _, s := range row {
			out = append(out, point{Server: s.server, Zones: zones, Callers: n, CPU: s.cpuPerCall(), Rate: s.rate()})
		}
	}

	return out, nil
}

// machine says what the figures are of.
func machine() string {
	model := runtime.GOARCH

	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
			}
		}
	}

	return fmt.Sprintf("%d CPUs, %s, %s", runtime.NumCPU(), model, runtime.Version())
}
