// Package e2e runs platforms on a real control plane: Kubernetes' API server and
// Crossplane as processes, our packages as make xpkg builds them, and a double of
// provider-aws. Run it with make e2e.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// root of the repository.
	root = "../.."

	// version that the packages under test are published as.
	version = "v0.2.0"
)

var (
	full = flag.Bool("full", false, "run the slow cases too")

	crossplane = flag.String("crossplane", "", "the `version` of Crossplane, of those that are pinned in the folder tools; the newest by default")

	// env is what most tests share.
	env *environment.Environment

	// dir is the folder for what a run writes.
	dir string

	// alive is a pipe that is at its end when this process is at its.
	alive *os.File
)

func TestMain(m *testing.M) {
	flag.Parse()
	// What controllers have to say is on the objects they reconcile.
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()

	var err error
	if dir, err = workDir(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot make a folder for state and logs:", err)
		return 1
	}

	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot make a pipe:", err)
		return 1
	}
	defer w.Close()

	alive = r

	start := time.Now()

	o := options("shared", environment.Built(absolute(root)), version)
	// The steady platforms' test counts what the function logs.
	o.DebugFunctions = true

	e, err := environment.Start(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot start the control plane:", err, "\nlogs are in", dir)
		return 1
	}

	env = e

	sayf("the control plane has started; export KUBECONFIG=%s", e.Kubeconfig)
	proven.add("the control plane starts, and installs the packages", "ok", time.Since(start))

	stop := sync.OnceFunc(func() {
		down()

		programs := slices.Concat(e.Processes(), e.Runtime.Processes())

		e.Stop()
		proven.notef("CPU that the shared control plane took: %s", spent(programs))
		proven.print()
	})

	// Interrupted, the tests don't end by themselves.
	ended := make(chan struct{})

	go func() {
		select {
		case <-ctx.Done():
			stop()
			os.Exit(1)
		case <-ended:
		}
	}()

	code := m.Run()

	for _, p := range e.Crashed() {
		fmt.Fprintln(os.Stderr, "a program ended by itself:", p)

		code = 1
	}

	close(ended)
	stop()

	for _, c := range commandLines(dir) {
		fmt.Fprintln(os.Stderr, "a program is left running:", c)

		code = 1
	}

	if code != 0 {
		fmt.Fprintln(os.Stderr, "logs are in", dir)
		return code
	}

	_ = os.RemoveAll(dir)

	return code
}

// options of an environment whose logs go to a folder of that name.
func options(name string, packages environment.Packages, version string) environment.Options {
	return environment.Options{
		Root:     absolute(root),
		Dir:      filepath.Join(dir, name),
		Packages: packages,
		Version:  version,

		Crossplane: *crossplane,
		// With its default Crossplane would say on each XR, minutes later, that it is
		// responsive again, and that would be a write.
		CircuitBreakerBurst: environment.NoCircuitBreaker,
	}
}

// workDir makes a folder for what a run writes.
func workDir() (string, error) {
	parent := absolute(filepath.Join(root, "_output", "e2e"))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}

	return os.MkdirTemp(parent, "run-")
}

func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}

	return abs
}

// The tests. Those in Running run side by side.
func TestPlatforms(t *testing.T) {
	t.Run("Ready", testReady)
	t.Run("Running", func(t *testing.T) {
		// The longest first.
		t.Run("Woken", testWoken)
		t.Run("UpgradeAndFaults", testUpgradeAndFaults)
		t.Run("Rollout", testRollout)
		t.Run("UpDown", testUpDown)
		t.Run("Steady", testSteady)
		t.Run("Admission", testAdmission)
		t.Run("Update", testUpdate)
		t.Run("Deletion", testDeletion)
		t.Run("Accounts", testAccounts)
		t.Run("NameTaken", testNameTaken)
		t.Run("TakenBack", testTakenBack)
		t.Run("Storage", testStorage)
	})
	t.Run("Scale", testScale)
	t.Run("Alone", testAlone)
}
