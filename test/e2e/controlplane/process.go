package controlplane

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

const (
	// How long a program gets to end by itself before it is killed.
	gracePeriod = 10 * time.Second

	// How long after a program that should run has ended it is started again. The
	// kubelet waits 10 s before the second time; tests have less patience.
	restartDelay = time.Second
)

// A Process is a program that runs beside the tests. It can be ended and started
// again any number of times, with the same arguments.
type Process struct {
	// Name of the program, which its log is called after.
	Name string

	// Path of the program, its arguments and what is added to its environment.
	Path string
	Args []string
	Env  []string

	// Log is the file that everything the program prints is appended to.
	Log string

	// KeepAlive starts the program again when it ends by itself, as the kubelet
	// does.
	KeepAlive bool

	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{}
	wanted  bool
	crashes int
	cpu     time.Duration
}

// Start the program. It returns once the program runs, not once it is ready.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.wanted {
		return errors.Errorf("%s is running", p.Name)
	}

	err := p.start()
	p.wanted = err == nil

	return err
}

// Stop asks the program to end, and kills it if it doesn't.
func (p *Process) Stop() {
	cmd, ended := p.unwanted()
	if cmd == nil {
		return
	}

	_ = cmd.Process.Signal(syscall.SIGTERM)

	select {
	case <-ended:
	case <-time.After(gracePeriod):
		_ = cmd.Process.Kill()

		<-ended
	}
}

// Kill ends the program without warning, as the kernel does when memory runs out.
func (p *Process) Kill() {
	cmd, ended := p.unwanted()
	if cmd == nil {
		return
	}

	_ = cmd.Process.Kill()

	<-ended
}

// PID of the program. It is 0 if the program does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()

	if !p.wanted || p.cmd == nil {
		return 0
	}

	return p.cmd.Process.Pid
}

// Crashes is how often the program ended by itself, without or with an error.
func (p *Process) Crashes() int {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.crashes
}

// CPU that the program has used each time that it ran, but now.
func (p *Process) CPU() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.cpu
}

// Await polls until a program is ready. It fails when the program ends, or when
// the context does.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}

		if p.exited() {
			return errors.Errorf("%s has ended; its log is %s", p.Name, p.Log)
		}

		select {
		case <-ctx.Done():
			return errors.Wrapf(err, "%s is not ready; its log is %s", p.Name, p.Log)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Run a program to its end. Its output goes to its log.
func (p *Process) Run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.Path, p.Args...)

	log, err := p.prepare(cmd)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // The program has a copy; nothing is written here.

	return errors.Wrapf(cmd.Run(), "%s failed; its log is %s", p.Name, p.Log)
}

// prepare a command to run the program, and return the log that it writes.
func (p *Process) prepare(cmd *exec.Cmd) (*os.File, error) {
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}

	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Dir = filepath.Dir(p.Log)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = processAttributes()

	return log, nil
}

func (p *Process) start() error {
	cmd := exec.Command(p.Path, p.Args...) //nolint:noctx // It ends when Stop or Kill is called.

	log, err := p.prepare(cmd)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // The program has a copy; nothing is written here.

	if err := cmd.Start(); err != nil {
		return errors.Wrapf(err, "cannot start %s", p.Name)
	}

	ended := make(chan struct{})
	p.cmd, p.ended = cmd, ended

	go func() {
		// Why it ended is in its log.
		_ = cmd.Wait()

		p.noteEnd(cmd)
		close(ended)
		p.restart(cmd)
	}()

	return nil
}

// noteEnd of the program: what it has used, and whether nobody wanted it to end.
func (p *Process) noteEnd(ended *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if s := ended.ProcessState; s != nil {
		p.cpu += s.UserTime() + s.SystemTime()
	}

	if p.wanted && p.cmd == ended {
		p.crashes++
	}
}

// restart the program if it ended although it should run.
func (p *Process) restart(ended *exec.Cmd) {
	if !p.KeepAlive {
		return
	}

	time.Sleep(restartDelay)

	p.mu.Lock()
	defer p.mu.Unlock()

	if !p.wanted || p.cmd != ended {
		return
	}

	if err := p.start(); err != nil {
		_ = os.WriteFile(p.Log+".error", []byte(err.Error()+"\n"), 0o600)
	}
}

func (p *Process) unwanted() (*exec.Cmd, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.wanted = false

	return p.cmd, p.ended
}

// exited says that the program has ended and nothing will start it again.
func (p *Process) exited() bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.KeepAlive && p.wanted {
		return false
	}

	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}
