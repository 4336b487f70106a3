// Command e2e keeps a control plane with our packages and a provider running for
// people, and runs provider-aws on one for the integration tests. make e2e-up, make
// e2e-down and make e2e PROVIDER=aws call it.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// version that the packages are published as.
	version = "v0.1.0"

	// How long a control plane gets to end. It takes about a second.
	downTimeout = time.Minute
)

// namespaces of the examples.
var namespaces = []string{"team-a", "team-b"}

// A CLI for people and make.
type CLI struct {
	Root string `default:"." help:"The repository's folder." type:"path"`

	Dir string `help:"The folder for the control plane that up starts. Default: _output/e2e/up in the repository." type:"path"`

	Crossplane string `help:"The release of Crossplane, of those that are pinned in the folder tools. Default: the newest."`

	// Crossplane's default, 100, slows platforms down while they are created: each of
	// their resources changes several times.
	CircuitBreakerBurst int `default:"${burst}" help:"Crossplane's flag of that name. 0 is its default."`

	Attached bool `help:"End what up starts when standard input ends." hidden:""`

	Up   upCommand   `cmd:"" help:"Start a control plane that keeps running."`
	Down downCommand `cmd:"" help:"End the control plane that up started."`

	Serve serveCommand `cmd:"" help:"Be that control plane." hidden:""`

	AWS awsCommand `cmd:"" help:"Create a platform in AWS, or in the AWS at AWS_ENDPOINT_URL, and run a command on it."`
}

// dir of the control plane that people play with. There is one in a checkout.
func (c *CLI) dir() string {
	return cmp.Or(c.Dir, filepath.Join(c.Root, "_output", "e2e", "up"))
}

// The control plane that runs owns its state. The lock and the log stay when it ends,
// because another process may have them open.
func (c *CLI) state() string      { return filepath.Join(c.dir(), "state") }
func (c *CLI) kubeconfig() string { return filepath.Join(c.state(), "kubeconfig") }
func (c *CLI) readyFile() string  { return filepath.Join(c.state(), "ready") }
func (c *CLI) lockFile() string   { return filepath.Join(c.dir(), "lock") }
func (c *CLI) logFile() string    { return filepath.Join(c.dir(), "log") }

// pid of the control plane, or 0 if none runs. The one that runs has the file locked,
// and the kernel says who that is.
func (c *CLI) pid() int {
	f, err := os.Open(c.lockFile())
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // It was only asked about.

	lock := &syscall.Flock_t{Type: syscall.F_WRLCK}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, lock); err != nil || lock.Type == syscall.F_UNLCK {
		return 0
	}

	return int(lock.Pid)
}

func readPID(path string) (int, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return 0, err
	}

	return strconv.Atoi(strings.TrimSpace(string(data)))
}

func writePID(path string) error {
	return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

type upCommand struct{}

// Run starts this program again, as one that outlives this one, and waits until it
// is ready.
func (*upCommand) Run(ctx context.Context, c *CLI) error {
	if pid := c.pid(); pid != 0 {
		return errors.Errorf("a control plane runs already, as process %d; make e2e-down ends it", pid)
	}

	if err := os.MkdirAll(c.dir(), 0o700); err != nil {
		return err
	}

	output, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close() //nolint:errcheck // The control plane has a copy; nothing is written here.

	self, err := os.Executable()
	if err != nil {
		return err
	}

	args := []string{"--root=" + c.Root, "--dir=" + c.dir(), fmt.Sprintf("--circuit-breaker-burst=%d", c.CircuitBreakerBurst), "--crossplane=" + c.Crossplane}
	if c.Attached {
		args = append(args, "--attached")
	}

	serve := exec.Command(self, append(args, "serve")...) //nolint:noctx // It is to outlive this program.
	serve.Stdout, serve.Stderr = output, output

	if c.Attached {
		serve.Stdin = os.Stdin
	}

	serve.SysProcAttr = &syscall.SysProcAttr{Setsid: true}

	if err := serve.Start(); err != nil {
		return err
	}

	ended := make(chan error, 1)

	go func() { ended <- serve.Wait() }()

	for {
		// Another may have been started at the same moment.
		if pid, err := readPID(c.readyFile()); err == nil && pid == serve.Process.Pid {
			fmt.Fprintf(os.Stdout, instructions, c.kubeconfig())
			return nil
		}

		select {
		case err := <-ended:
			return errors.Errorf("the control plane did not start: %v; see %s", err, c.logFile())
		case <-ctx.Done():
			_ = serve.Process.Signal(syscall.SIGTERM)

			return errors.Join(ctx.Err(), <-ended)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

const instructions = `A control plane with the platform's packages runs. AWS is played by a double.

  export KUBECONFIG=%s
  kubectl apply -f examples/default/xr.yaml
  kubectl -n team-a get xdataplatform orders --watch
  kubectl -n team-a get managed

make e2e-down ends it.
`

type downCommand struct{}

// Run ends the control plane and waits until it has.
func (*downCommand) Run(c *CLI) error {
	pid := c.pid()
	if pid == 0 {
		fmt.Fprintln(os.Stdout, "no control plane runs")
		return nil
	}

	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}

	for deadline := time.Now().Add(downTimeout); c.pid() != 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.Errorf("process %d has not ended after %s; see %s", pid, downTimeout, c.logFile())
		}
	}

	return nil
}

type serveCommand struct{}

// Run a control plane until the program is told to end.
func (*serveCommand) Run(ctx context.Context, c *CLI) error {
	f, err := os.OpenFile(c.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	// It is locked until this process ends, so that whoever waits for the lock finds nothing
	// running.
	defer runtime.KeepAlive(f)

	if err := syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		return errors.New("a control plane runs already; make e2e-down ends it")
	}

	if c.Attached {
		var cancel context.CancelFunc

		ctx, cancel = context.WithCancel(ctx)

		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)

			cancel()
		}()
	}

	// What is left of one that was killed.
	if err := os.RemoveAll(c.state()); err != nil {
		return err
	}

	e, err := start(ctx, c, c.state(), nil)
	if err != nil {
		return err
	}

	// Up waits for it.
	if err := writePID(c.readyFile()); err != nil {
		e.Stop()
		return err
	}

	<-ctx.Done()
	e.Stop()

	return os.RemoveAll(c.state())
}

// start an environment that has the namespaces of the examples.
func start(ctx context.Context, c *CLI, dir string, aws *environment.AWS) (*environment.Environment, error) {
	e, err := environment.Start(ctx, environment.Options{
		Root:     c.Root,
		Dir:      dir,
		Packages: environment.Built(c.Root),
		Version:  version,
		AWS:      aws,

		Crossplane:          c.Crossplane,
		CircuitBreakerBurst: c.CircuitBreakerBurst,
	})
	if err != nil {
		return nil, err
	}

	for _, name := range namespaces {
		if err := e.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			e.Stop()
			return nil, err
		}
	}

	return e, nil
}

func main() {
	// What controllers have to say is on the objects they reconcile.
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()

	cli := &CLI{}
	k := kong.Parse(cli,
		kong.Description("A control plane with our packages, for people."),
		kong.Vars{"burst": strconv.Itoa(environment.NoCircuitBreaker)},
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	k.FatalIfErrorf(k.Run(cli))
}
