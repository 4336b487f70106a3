package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// How long e2e up and e2e down may take, beside the other tests.
const commandTimeout = 5 * time.Minute

// testUpDown starts and ends the control plane that people play with, as make does.
func testUpDown(t *testing.T) {
	t.Parallel()
	prove(t, "e2e-up and e2e-down: one control plane runs, says how to use it, and leaves nothing running")

	// Whatever fails, none is left.
	defer down()

	folder := upDir()

	type result struct {
		out string
		err error
	}

	results := make(chan result, 2)

	for range cap(results) {
		go func() {
			out, err := command(folder, "up")
			results <- result{out: out, err: err}
		}()
	}

	up, refused := <-results, <-results
	if up.err != nil {
		up, refused = refused, up
	}

	if up.err != nil {
		t.Fatalf("neither of two was started: %v, %v\n%s\n%s", up.err, refused.err, up.out, refused.out)
	}

	log, err := os.ReadFile(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}

	const runs = "a control plane runs already"
	if refused.err == nil || !strings.Contains(refused.out+string(log), runs) {
		t.Fatalf("two were started at once: want an error that says %q, got: %v\n%s\n%s", runs, refused.err, refused.out, log)
	}

	kubeconfig := filepath.Join(folder, "state", "kubeconfig")
	if !strings.Contains(up.out, "export KUBECONFIG="+kubeconfig) {
		t.Errorf("want output that names %s, got:\n%s", kubeconfig, up.out)
	}

	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}

	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}

	// What the output says to get is what it says to apply. kubectl looks it up so too.
	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}

	groups, err := restmapper.GetAPIGroupResources(disco)
	if err != nil {
		t.Fatal(err)
	}

	mapper := restmapper.NewShortcutExpander(restmapper.NewDiscoveryRESTMapper(groups), disco, nil)

	said := regexp.MustCompile(`get (\S+) orders`).FindStringSubmatch(up.out)
	if said == nil {
		t.Fatalf("want output that gets orders, got:\n%s", up.out)
	}

	if got, err := mapper.KindFor(schema.ParseGroupResource(said[1]).WithVersion("")); err != nil || got != xrKind {
		t.Errorf("%s: want %s, got %s: %v", said[1], xrKind, got, err)
	}

	// And what it says to apply, it takes.
	for _, name := range []string{"default", "claim"} {
		if err := c.Create(t.Context(), example(name), client.DryRunAll); err != nil {
			t.Errorf("examples/%s: %v", name, err)
		}
	}

	if out, err := command(folder, "up"); err == nil || !strings.Contains(out, runs) {
		t.Errorf("e2e up, again: want an error that says %q, got: %v\n%s", runs, err, out)
	}

	if out, err := command(folder, "down"); err != nil {
		t.Errorf("e2e down: %v\n%s", err, out)
	}

	for _, cmdline := range commandLines(t) {
		if strings.Contains(cmdline, folder) {
			t.Errorf("still running: %s", cmdline)
		}
	}

	if err := c.Create(t.Context(), example("default"), client.DryRunAll); err == nil {
		t.Error("the API server still answers")
	}

	const none = "no control plane runs"
	if out, err := command(folder, "down"); err != nil || !strings.Contains(out, none) {
		t.Errorf("e2e down, again: want %q, got: %v\n%s", none, err, out)
	}
}

// command of the program that make e2e-up and make e2e-down call. It returns all that
// it says.
func command(folder, name string) (string, error) {
	// Not in a test's context: down is called when that has ended.
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()

	cmd := exec.CommandContext(ctx, filepath.Join(absolute(root), "bin", "e2e"), "--root="+absolute(root), "--dir="+folder, name)
	out, err := cmd.CombinedOutput()

	return string(out), err
}

// down ends what testUpDown has started, if it runs.
func down() { _, _ = command(upDir(), "down") }

// upDir is the folder of testUpDown's control plane.
func upDir() string { return filepath.Join(dir, "up") }

// commandLines of all processes.
func commandLines(t *testing.T) []string {
	t.Helper()

	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}

	var out []string

	for _, file := range files {
		// One that has ended has none.
		data, err := os.ReadFile(file)
		if err == nil {
			out = append(out, string(bytes.ReplaceAll(data, []byte{0}, []byte{' '})))
		}
	}

	return out
}
