package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProcess(t *testing.T) {
	twice := strings.Repeat("hello\n", 2)

	cases := map[string]struct {
		reason    string
		script    string
		keepAlive bool
		act       func(t *testing.T, p *Process)
		crashes   int
		log       string
	}{
		"Stopped": {
			reason: "A program that is asked to end gets the time to.",
			script: `trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.05; done`,
			act:    func(_ *testing.T, p *Process) { p.Stop() },
			log:    "hello\nbye\n",
		},
		"Killed": {
			reason: "A program that is killed gets no time.",
			script: `trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.05; done`,
			act:    func(_ *testing.T, p *Process) { p.Kill() },
			log:    "hello\n",
		},
		"StartedAgain": {
			reason:    "Killing a program that is kept alive is not its end, but it stays away until it is started.",
			script:    `echo hello; while :; do sleep 0.05; done`,
			keepAlive: true,
			act: func(t *testing.T, p *Process) {
				t.Helper()
				p.Kill()
				time.Sleep(2 * restartDelay)

				if err := p.Start(); err != nil {
					t.Fatal(err)
				}

				awaitLog(t, p, twice)
				p.Kill()
			},
			log: twice,
		},
		"Crashed": {
			reason: "A program that ends by itself stays away unless it is kept alive.",
			script: `echo hello; exit 1`,
			act: func(t *testing.T, p *Process) {
				t.Helper()
				awaitCrashes(t, p, 1)
				time.Sleep(2 * restartDelay)
			},
			crashes: 1,
			log:     "hello\n",
		},
		"KeptAlive": {
			reason:    "A program that ends by itself comes back.",
			script:    `echo hello`,
			keepAlive: true,
			act: func(t *testing.T, p *Process) {
				t.Helper()
				awaitLog(t, p, twice)
				awaitCrashes(t, p, 2)
				p.Kill()
			},
			crashes: 2,
			log:     twice,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := shell(t, tc.script)
			p.KeepAlive = tc.keepAlive

			if err := p.Start(); err != nil {
				t.Fatal(err)
			}

			awaitLog(t, p, "hello\n")
			tc.act(t, p)

			if diff := cmp.Diff(tc.log, readLog(t, p)); diff != "" {
				t.Errorf("%s\nlog: -want, +got:\n%s", tc.reason, diff)
			}

			if got := p.Crashes(); got != tc.crashes {
				t.Errorf("%s\nit ended by itself %d times, want %d", tc.reason, got, tc.crashes)
			}
		})
	}
}

func TestStartTwice(t *testing.T) {
	p := shell(t, "sleep 10")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Kill()

	err := p.Start()
	if err == nil || err.Error() != "shell is running" {
		t.Errorf("want an error that says so, got: %v", err)
	}
}

func TestPID(t *testing.T) {
	p := shell(t, "echo $$; sleep 10")

	if got := p.PID(); got != 0 {
		t.Errorf("PID() of a program that was not started: want 0, got %d", got)
	}

	if err := p.Start(); err != nil {
		t.Fatal(err)
	}

	awaitLog(t, p, fmt.Sprintln(p.PID()))
	p.Kill()

	if got := p.PID(); got != 0 {
		t.Errorf("PID() of a program that was killed: want 0, got %d", got)
	}
}

func TestAwait(t *testing.T) {
	never := func(context.Context) error { return errors.New("not yet") }

	cases := map[string]struct {
		reason string
		script string
		ready  func(context.Context) error
		want   string
	}{
		"Ready": {
			reason: "What is ready is not waited for.",
			script: "sleep 10",
			ready:  func(context.Context) error { return nil },
		},
		"Ended": {
			reason: "A program that has ended won't become ready.",
			script: "exit 1",
			ready:  never,
			want:   "shell has ended",
		},
		"Late": {
			reason: "A program that is not ready in time is named with what it said last.",
			script: "sleep 10",
			ready:  never,
			want:   "not yet",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := shell(t, tc.script)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			defer p.Kill()

			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()

			err := p.Await(ctx, tc.ready)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s\nwant an error that says %q, got: %v", tc.reason, tc.want, err)
			}
		})
	}
}

func shell(t *testing.T, script string) *Process {
	t.Helper()

	return &Process{Name: "shell", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")}
}

func awaitLog(t *testing.T, p *Process, want string) {
	t.Helper()

	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.HasPrefix(readLog(t, p), want) {
			return
		}
	}

	t.Fatalf("the log is %q, want %q", readLog(t, p), want)
}

func readLog(t *testing.T, p *Process) string {
	t.Helper()

	data, err := os.ReadFile(p.Log)
	if err != nil {
		t.Fatal(err)
	}

	return string(data)
}

func awaitCrashes(t *testing.T, p *Process, want int) {
	t.Helper()

	for deadline := time.Now().Add(10 * time.Second); p.Crashes() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it ended by itself %d times, want %d", p.Crashes(), want)
		}
	}
}
