package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/prometheus/procfs"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

// A usage is what a program has used of the machine.
type usage struct {
	program string
	cpu     time.Duration // Since it began.
	memory  float64       // In MiB, now.
	peak    float64       // In MiB, the most that there was.
}

// usages of the programs of an environment. This one is among them: it is the provider's
// double, the registry, the package runtime and the tests.
func usages(t *testing.T, e *environment.Environment) []usage {
	t.Helper()

	out := []usage{}
	for _, p := range e.Processes() {
		out = append(out, usageOf(t, p))
	}

	f := usageOf(t, running(t, e).Process)
	f.program = "function"

	return append(out, f, readUsage(t, "double, tests", os.Getpid()))
}

func usageOf(t *testing.T, p *controlplane.Process) usage {
	t.Helper()

	pid := p.PID()
	if pid == 0 {
		t.Fatalf("%s does not run", p.Name)
	}

	return readUsage(t, p.Name, pid)
}

// readUsage of a process from /proc.
func readUsage(t *testing.T, program string, pid int) usage {
	t.Helper()

	p, err := procfs.NewProc(pid)
	if err != nil {
		t.Fatal(err)
	}

	stat, err := p.Stat()
	if err != nil {
		t.Fatal(err)
	}

	status, err := p.NewStatus()
	if err != nil {
		t.Fatal(err)
	}

	const mebi = 1 << 20

	return usage{
		program: program,
		cpu:     time.Duration(stat.CPUTime() * float64(time.Second)),
		memory:  float64(status.VmRSS) / mebi,
		peak:    float64(status.VmHWM) / mebi,
	}
}

// since another moment: the CPU between the two.
func since(before, after []usage) []usage {
	out := slices.Clone(after)

	for i, was := range before {
		if out[i].program == was.program {
			out[i].cpu -= was.cpu
		}
	}

	return out
}

// table of what programs have used, for people.
func table(all []usage) string {
	b := &strings.Builder{}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)

	_, _ = fmt.Fprintln(w, "  program\tCPU\tmemory\tat most")

	for _, u := range all {
		_, _ = fmt.Fprintf(w, "  %s\t%.1f s\t%.0f MiB\t%.0f MiB\n", u.program, u.cpu.Seconds(), u.memory, u.peak)
	}

	_ = w.Flush()

	return strings.TrimRight(b.String(), "\n")
}

// spent is the CPU that programs that have ended took, for people.
func spent(programs []*controlplane.Process) string {
	out := make([]string, len(programs))
	for i, p := range programs {
		out[i] = fmt.Sprintf("%s %.0f s", p.Name, p.CPU().Seconds())
	}

	return strings.Join(out, ", ")
}
