// Plot draws pictures for docs: what make bench-plot has measured, which is a sweep of
// test/bench that it reads from its standard input, and the Grafana dashboard, with what a
// Prometheus knows. See make help.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// A point is what one server does, as test/bench has it.
type point struct {
	Server  string  `json:"server"`
	Zones   float64 `json:"zones"`
	Callers float64 `json:"callers"`
	CPU     float64 `json:"cpu"`
	Rate    float64 `json:"rate"`
}

// A result is a sweep, and the machine that it ran on.
type result struct {
	Machine string  `json:"machine"`
	Zones   []point `json:"zones"`
	Callers []point `json:"callers"`
}

// colours of the servers, which the colour-blind can tell apart.
// https://jfly.uni-koeln.de/color/
var colours = []color.Color{
	color.RGBA{G: 114, B: 178, A: 255},
	color.RGBA{R: 213, G: 94, A: 255},
	color.RGBA{G: 158, B: 115, A: 255},
	color.RGBA{R: 204, G: 121, B: 167, A: 255},
}

// Size of a picture.
const (
	width  = 16 * vg.Centimeter
	height = 9 * vg.Centimeter
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdin io.Reader) error {
	if len(args) == 2 && args[0] == "bench" {
		return bench(args[1], stdin)
	}

	const most = 6
	if len(args) != most || args[0] != "dashboard" {
		return errors.New("use: bench <folder>, or dashboard <URL of a Prometheus> <dashboard.json> <from> <to> <picture.svg>")
	}

	of := [most]string(args)
	from, err := time.Parse(time.RFC3339, of[3])
	to, terr := time.Parse(time.RFC3339, of[4])

	if err := errors.Join(err, terr); err != nil {
		return err
	}

	return dashboard(ctx, of[1], of[2], from, to, of[5])
}

// bench draws a sweep into a folder.
func bench(dir string, stdin io.Reader) error {
	r := result{}
	if err := json.NewDecoder(stdin).Decode(&r); err != nil {
		return fmt.Errorf("cannot read a sweep: %w", err)
	}

	for name, draw := range map[string]func() (*plot.Plot, error){
		"bench-zones.svg": func() (*plot.Plot, error) {
			return lines("All observed, one caller: "+r.Machine, "zones", "CPU of a call, ms", r.Zones,
				func(p point) plotter.XY { return plotter.XY{X: p.Zones, Y: p.CPU} })
		},
		"bench-callers.svg": func() (*plot.Plot, error) {
			p, err := lines("All observed, two zones: "+r.Machine, "callers at once", "calls a second", r.Callers,
				func(p point) plotter.XY { return plotter.XY{X: p.Callers, Y: p.Rate} })
			if err == nil {
				p.X.Scale = plot.LogScale{}
				p.X.Tick.Marker = doublings{}
			}

			return p, err
		},
	} {
		p, err := draw()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}

		if err := p.Save(width, height, filepath.Join(dir, name)); err != nil {
			return err
		}
	}

	return nil
}

// doublings are the ticks of an axis on which each is twice the one before.
type doublings struct{}

// Ticks from the least to the most.
func (doublings) Ticks(least, most float64) []plot.Tick {
	var out []plot.Tick
	for v := least; v <= most; v *= 2 {
		out = append(out, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
	}

	return out
}

// lines draws one for each server.
func lines(title, x, y string, points []point, at func(point) plotter.XY) (*plot.Plot, error) {
	byServer := map[string]plotter.XYs{}

	var servers []string

	for _, p := range points {
		if !slices.Contains(servers, p.Server) {
			servers = append(servers, p.Server)
		}

		byServer[p.Server] = append(byServer[p.Server], at(p))
	}

	if len(servers) == 0 || len(servers) > len(colours) {
		return nil, fmt.Errorf("there are points of %d servers: 1 to %d can be drawn", len(servers), len(colours))
	}

	out := newPlot(title, x, y)

	for i, s := range servers {
		line, dots, err := plotter.NewLinePoints(byServer[s])
		if err != nil {
			return nil, err
		}

		line.Color, dots.Color = colours[i], colours[i]
		line.Width = vg.Points(2)

		out.Add(line, dots)
		out.Legend.Add(s, line, dots)
	}

	roomForLegend(out)

	return out, nil
}

// newPlot is a plot without lines, from 0 upwards.
func newPlot(title, x, y string) *plot.Plot {
	out := plot.New()
	out.Title.Text, out.X.Label.Text, out.Y.Label.Text = title, x, y
	out.Y.Min = 0
	out.Legend.Top, out.Legend.Left = true, true
	out.Add(plotter.NewGrid())

	return out
}

// roomForLegend makes room above the lines.
func roomForLegend(p *plot.Plot) {
	const more = 1.35

	p.Y.Max *= more
	p.Legend.TextStyle.Font.Size = vg.Points(9)
}
