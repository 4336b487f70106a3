package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// What the function aims at, besides each cell's own aim.
const (
	aimPeak  = 48 // MB with one caller, and 64 with 16.
	aimStart = 100 * time.Millisecond
)

// A report is what is measured, as text.
type report struct {
	cells []cell
	rows  strings.Builder
	peaks map[string]float64
	tail  []string
}

// add a row for each server. The first is the floor.
func (r *report) add(c cell, callers int, samples []*sample) {
	for _, s := range samples {
		times, aim := "", ""
		if s != samples[0] {
			times = fmt.Sprintf("%.2f", s.cpuPerCall()/samples[0].cpuPerCall())
			aim = fmt.Sprintf("%.2f", c.aim)
		}

		if s.server == kept {
			aim = fmt.Sprintf("%.2f", c.aimKept)
		}

		fmt.Fprintf(&r.rows, "%s\t%d\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t%s\t%s\t%.0f\t%.0f\t\n",
			c.name, callers, s.server, s.rate(), s.percentile(50), s.percentile(99), s.cpuPerCall(), times, aim, s.peak, s.file)
		r.peaks[s.server] = max(r.peaks[s.server], s.peak)
	}
}

// addStart adds how long a server takes from its start to its first answer.
func (r *report) addStart(server string, took time.Duration) {
	r.tail = append(r.tail, fmt.Sprintf("%s: at most %.0f MB, first answer after %d ms\n", server, r.peaks[server], took.Milliseconds()))
}

// print the report.
func (r *report) print(to io.Writer) error {
	out := &strings.Builder{}
	out.WriteString("The function beside the floor, which gives the same answers without making them.\n")

	for _, c := range r.cells {
		fmt.Fprintf(out, "With %s observed a request has %.1f kB; the answer has %d resources, %.1f kB.\n", c.name, float64(len(c.request))/1000, c.resources, float64(c.answer)/1000)
	}

	out.WriteString("\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "observed\tcallers\tserver\tcalls/s\tp50 ms\tp99 ms\tCPU ms/call\ttimes the floor\taim\tpeak MB\tof it program MB\t")
	fmt.Fprint(table, r.rows.String())

	if err := table.Flush(); err != nil {
		return err
	}

	fmt.Fprintf(out, "\n%saim: under %d MB with one caller, first answer under %d ms\n", strings.Join(r.tail, ""), aimPeak, aimStart.Milliseconds())
	_, err := io.WriteString(to, out.String())

	return err
}
