package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A panel of a Grafana dashboard.
type panel struct {
	Title       string `json:"title"`
	Type        string `json:"type"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []struct {
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat"`
	} `json:"targets"`
}

// A series is what Prometheus has of one set of labels.
type series struct {
	Metric map[string]string `json:"metric"`
	Values [][2]any          `json:"values"`
}

const (
	columns     = 2
	panelWidth  = 11 * vg.Centimeter
	panelHeight = 6 * vg.Centimeter

	// samples of each expression, about.
	samples = 200

	queryTimeout = 10 * time.Second
)

// dashboard draws the panels over time of a Grafana dashboard, with what a Prometheus answers
// to their expressions.
func dashboard(ctx context.Context, prometheus, file string, from, to time.Time, picture string) error {
	b, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return err
	}

	board := struct {
		Panels []panel `json:"panels"`
	}{}
	if err := json.Unmarshal(b, &board); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}

	var plots []*plot.Plot

	for _, p := range board.Panels {
		if p.Type != "timeseries" {
			continue
		}

		drawn, err := p.draw(ctx, prometheus, from, to)
		if err != nil {
			return fmt.Errorf("panel %q: %w", p.Title, err)
		}

		plots = append(plots, drawn)
	}

	if len(plots) == 0 {
		return fmt.Errorf("%s has no panel over time", file)
	}

	return saveTiles(plots, picture)
}

// draw a panel.
func (p *panel) draw(ctx context.Context, prometheus string, from, to time.Time) (*plot.Plot, error) {
	title := p.Title
	if unit := p.FieldConfig.Defaults.Unit; unit != "" {
		title += " (" + unit + ")"
	}

	out := newPlot(title, "minutes", "")

	n := 0

	for _, t := range p.Targets {
		all, err := query(ctx, prometheus, t.Expr, from, to)
		if err != nil {
			return nil, err
		}

		for _, s := range all {
			xys, err := s.points(from)
			if err != nil {
				return nil, err
			}

			line, err := plotter.NewLine(xys)
			if err != nil {
				return nil, err
			}

			line.Color = colours[n%len(colours)]
			line.Width = vg.Points(1.5)
			n++

			out.Add(line)
			out.Legend.Add(legend(t.Legend, s.Metric), line)
		}
	}

	roomForLegend(out)

	return out, nil
}

// query a Prometheus for an expression over time. Whatever job there is meant.
func query(ctx context.Context, prometheus, expr string, from, to time.Time) ([]series, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()

	q := url.Values{
		"query": {strings.ReplaceAll(expr, "$job", ".*")},
		"start": {strconv.FormatInt(from.Unix(), 10)},
		"end":   {strconv.FormatInt(to.Unix(), 10)},
		"step":  {strconv.FormatFloat(max(1, to.Sub(from).Seconds()/samples), 'f', 0, 64)},
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, prometheus+"/api/v1/query_range?"+q.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}

	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer rsp.Body.Close() //nolint:errcheck // It was only read from.

	answer := struct {
		Error string `json:"error"`
		Data  struct {
			Result []series `json:"result"`
		} `json:"data"`
	}{}
	if err := json.NewDecoder(rsp.Body).Decode(&answer); err != nil {
		return nil, err
	}

	if answer.Error != "" {
		return nil, fmt.Errorf("prometheus refuses %q: %s", expr, answer.Error)
	}

	slices.SortFunc(answer.Data.Result, func(a, b series) int {
		return strings.Compare(fmt.Sprint(a.Metric), fmt.Sprint(b.Metric))
	})

	return answer.Data.Result, nil
}

// points of a series, in minutes from a time on. Where there is no number there is no point.
func (s *series) points(from time.Time) (plotter.XYs, error) {
	var out plotter.XYs

	for _, v := range s.Values {
		at, isTime := v[0].(float64)
		text, isText := v[1].(string)

		y, err := strconv.ParseFloat(text, 64)
		if err != nil || !isTime || !isText {
			return nil, fmt.Errorf("prometheus has the point %v, which is no time with a number", v)
		}

		if y-y == 0 { // Neither NaN nor infinite.
			out = append(out, plotter.XY{X: (at - float64(from.Unix())) / time.Minute.Seconds(), Y: y})
		}
	}

	if len(out) == 0 {
		out = plotter.XYs{{}}
	}

	return out, nil
}

// legend of a series, as Grafana makes it: {{label}} is the label's value.
func legend(format string, labels map[string]string) string {
	for name, value := range labels {
		format = strings.ReplaceAll(format, "{{"+name+"}}", value)
	}

	return format
}

// saveTiles draws plots beside and below each other.
func saveTiles(plots []*plot.Plot, picture string) error {
	rows := (len(plots) + columns - 1) / columns
	canvas := vgsvg.New(columns*panelWidth, vg.Length(rows)*panelHeight)

	grid := make([][]*plot.Plot, rows)
	for i := range grid {
		grid[i] = make([]*plot.Plot, columns)
		copy(grid[i], plots[i*columns:])
	}

	const gap = vg.Centimeter / 2

	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: gap, PadY: gap, PadTop: gap, PadBottom: gap, PadLeft: gap, PadRight: gap}

	for i, row := range plot.Align(grid, tiles, draw.New(canvas)) {
		for j, c := range row {
			if grid[i][j] != nil {
				grid[i][j].Draw(c)
			}
		}
	}

	f, err := os.Create(filepath.Clean(picture))
	if err != nil {
		return err
	}

	if _, err := canvas.WriteTo(f); err != nil {
		_ = f.Close() // What went wrong is known.
		return err
	}

	return f.Close()
}
