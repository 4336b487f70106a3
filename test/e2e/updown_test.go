package e2e

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

const (
	// How long e2e up and e2e down may take, beside the other tests. Where the machine had
	// other work, up took more than five minutes.
	commandTimeout = 10 * time.Minute

	// How long a platform may take with Crossplane's default circuit breaker. Once it has
	// opened, Crossplane looks at the platform every half minute only.
	throttledTimeout = 10 * time.Minute

	// What e2e up says if there is a control plane already.
	runsAlready = "a control plane runs already"
)

// testUpDown starts and ends the control plane that people play with, as make does, and
// does what it tells people to.
func testUpDown(t *testing.T) {
	t.Parallel()
	prove(t, "e2e-up and e2e-down: one control plane runs, says how to use it, and leaves nothing running")

	// Whatever fails, none is left.
	defer down()

	folder := upDir()
	said := upTwice(t, folder)

	cfg, err := clientcmd.BuildConfigFromFlags("", filepath.Join(folder, "state", "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}

	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}

	checkInstructions(t, cfg, said)
	checkNames(t, cfg)
	t.Run("Throttled", func(t *testing.T) { testThrottled(t, c) })

	if out, err := command(folder, "up"); err == nil || !strings.Contains(out, runsAlready) {
		t.Errorf("e2e up, again: want an error that says %q, got: %v\n%s", runsAlready, err, out)
	}

	if out, err := command(folder, "down"); err != nil {
		t.Errorf("e2e down: %v\n%s", err, out)
	}

	for _, c := range commandLines(folder) {
		t.Errorf("still running: %s", c)
	}

	if err := c.List(t.Context(), &corev1.NamespaceList{}); err == nil {
		t.Error("the API server still answers")
	}

	const none = "no control plane runs"
	if out, err := command(folder, "down"); err != nil || !strings.Contains(out, none) {
		t.Errorf("e2e down, again: want %q, got: %v\n%s", none, err, out)
	}
}

// upTwice starts two control planes at once, one of which is refused, and returns what
// the other says.
func upTwice(t *testing.T, folder string) string {
	t.Helper()

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

	if refused.err == nil || !strings.Contains(refused.out+string(log), runsAlready) {
		t.Fatalf("two were started at once: want an error that says %q, got: %v\n%s\n%s", runsAlready, refused.err, refused.out, log)
	}

	return up.out
}

// checkInstructions that e2e up gives: the kubeconfig is the one of the control plane,
// what it says to apply is there, and what it says to get is that. kubectl looks it up in
// the same way.
func checkInstructions(t *testing.T, cfg *rest.Config, said string) {
	t.Helper()

	if want := "export KUBECONFIG=" + filepath.Join(upDir(), "state", "kubeconfig"); !strings.Contains(said, want) {
		t.Errorf("want output that says %s, got:\n%s", want, said)
	}

	apply := regexp.MustCompile(`apply -f (\S+)`).FindStringSubmatch(said)
	if apply == nil {
		t.Fatalf("want output that applies a file, got:\n%s", said)
	}

	if _, err := os.Stat(filepath.Join(root, apply[1])); err != nil {
		t.Error(err)
	}

	mapper, disco := kubectl(t, cfg)

	get := regexp.MustCompile(`get (\S+) orders`).FindStringSubmatch(said)
	if get == nil {
		t.Fatalf("want output that gets orders, got:\n%s", said)
	}

	if got, err := mapper.KindFor(schema.ParseGroupResource(get[1]).WithVersion("")); err != nil || got != xrKind {
		t.Errorf("%s: want %s, got %s: %v", get[1], xrKind, got, err)
	}

	category := regexp.MustCompile(`get (\S+)\n`).FindStringSubmatch(said)
	if category == nil {
		t.Fatalf("want output that gets a category, got:\n%s", said)
	}

	if kinds, ok := restmapper.NewDiscoveryCategoryExpander(disco).Expand(category[1]); !ok || len(kinds) < len(provideraws.Kinds()) {
		t.Errorf("%s: want a category of at least %d kinds, got %v", category[1], len(provideraws.Kinds()), kinds)
	}
}

// checkNames that people give kubectl, which are all that they need to say.
func checkNames(t *testing.T, cfg *rest.Config) {
	t.Helper()

	cases := map[string]struct {
		reason string
		want   schema.GroupVersionKind
	}{
		"xdataplatform":         {reason: "What developers have in their namespaces.", want: xrKind},
		"xdp":                   {reason: "The same, for short.", want: xrKind},
		"dataplatform":          {reason: "What developers have who use claims.", want: claimKind},
		"dp":                    {reason: "The same, for short.", want: claimKind},
		"compositedataplatform": {reason: "What Crossplane makes of a claim.", want: v1alpha1.CompositeGroupVersionKind},
		"cdp":                   {reason: "The same, for short.", want: v1alpha1.CompositeGroupVersionKind},
	}

	mapper, _ := kubectl(t, cfg)

	for name, tc := range cases {
		if got, err := mapper.KindFor(schema.GroupVersionResource{Resource: name}); err != nil || got != tc.want {
			t.Errorf("%s\n%s: want %s, got %s: %v", tc.reason, name, tc.want, got, err)
		}
	}
}

// kubectl looks names of kinds up in this mapper, and categories with this client.
func kubectl(t *testing.T, cfg *rest.Config) (meta.RESTMapper, discovery.DiscoveryInterface) {
	t.Helper()

	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}

	groups, err := restmapper.GetAPIGroupResources(disco)
	if err != nil {
		t.Fatal(err)
	}

	return restmapper.NewShortcutExpander(restmapper.NewDiscoveryRESTMapper(groups), disco, nil), disco
}

// testThrottled creates platforms under the circuit breaker that Crossplane has by
// default, which opens while a platform is created.
func testThrottled(t *testing.T, c client.Client) {
	t.Helper()

	const what = "Ready with Crossplane's default circuit breaker, which opens, for an XR and a claim"

	slow(t, what)
	prove(t, what)

	// What reads platforms needs its client only.
	e := &environment.Environment{Client: c}
	platforms := []*unstructured.Unstructured{example("default"), example("claim")}

	for _, u := range platforms {
		if err := c.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}

	opened := make([]bool, len(platforms))

	if err := environment.Eventually(t.Context(), throttledTimeout, func(ctx context.Context) error {
		var unready error

		for i, u := range platforms {
			unready = cmp.Or(readReady(ctx, e, u), unready)

			xr, err := composite(ctx, e, u)
			if err != nil {
				return err
			}

			opened[i] = opened[i] || condition(xr, conditionResponsive).Status == metav1.ConditionFalse
		}

		return unready
	}); err != nil {
		t.Error(err)
	}

	for i, u := range platforms {
		if !opened[i] {
			t.Errorf("the circuit breaker of %s did not open", describe(u))
		}
	}
}

// command of the program that make e2e-up and make e2e-down call, with Crossplane's own
// defaults. It returns all that it says. What it starts ends with this process at the
// latest.
func command(folder, name string) (string, error) {
	// Not in a test's context: down is called when that has ended.
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()

	cmd := exec.CommandContext(ctx, filepath.Join(absolute(root), "bin", "e2e"),
		"--root="+absolute(root), "--dir="+folder, "--circuit-breaker-burst=0", "--crossplane="+*crossplane, "--attached", name)
	cmd.Stdin = alive

	out, err := cmd.CombinedOutput()

	return string(out), err
}

// down ends what testUpDown has started, if it runs.
func down() { _, _ = command(upDir(), "down") }

// upDir is the folder of testUpDown's control plane.
func upDir() string { return filepath.Join(dir, "up-and-down") }

// commandLines of all processes that have a folder among their arguments.
func commandLines(folder string) []string {
	// Without a match there is none; the pattern is not malformed.
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")

	var out []string

	for _, file := range files {
		// One that has ended has none.
		data, err := os.ReadFile(file)
		if err == nil && bytes.Contains(data, []byte(folder)) {
			out = append(out, string(bytes.ReplaceAll(data, []byte{0}, []byte{' '})))
		}
	}

	return out
}
