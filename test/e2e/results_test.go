package e2e

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// proven is what this run has shown.
var proven = &results{}

// Results of a run, in the order in which they ended.
type results struct {
	mu    sync.Mutex
	rows  []string
	notes []string
}

// prove adds a row to the table of results when a test ends.
func prove(t *testing.T, what string) {
	t.Helper()

	start := time.Now()

	t.Cleanup(func() {
		outcome := "ok"

		switch {
		case t.Failed():
			outcome = "FAILED"
		case t.Skipped():
			outcome = "skipped"
		}

		proven.add(what, outcome, time.Since(start))
	})
}

// slow skips a test, with a row that says what it would have shown, unless the slow ones are
// wanted.
func slow(t *testing.T, what string) {
	t.Helper()

	if *full {
		return
	}

	prove(t, what)
	t.Skip("a slow case; make e2e-full runs it")
}

func (r *results) add(what, outcome string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.rows = append(r.rows, fmt.Sprintf("%s\t%.1f s\t%s", outcome, took.Seconds(), what))

	sayf("%s after %.1f s: %s", outcome, took.Seconds(), what)
}

// notef notes a measurement.
func (r *results) notef(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *results) print() {
	r.mu.Lock()
	defer r.mu.Unlock()

	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, row := range r.rows {
		_, _ = fmt.Fprintln(w, row)
	}

	_ = w.Flush()

	for _, n := range r.notes {
		fmt.Println(n)
	}
}

// sayf says what goes on, to who waits for it.
func sayf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
