// Package environment is all that a platform team would have: a control plane with
// our packages installed and a provider. Everything runs as processes, at ports that
// were free, so any number of environments can run side by side. They listen on
// loopback, but for Crossplane's webhooks, metrics and health checks and provider-aws's
// webhooks: those programs can't be told which address to listen on.
package environment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpextv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpextv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	pkgv1beta1 "github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/provider"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/registry"
)

const (
	// How often something that is waited for is looked at.
	pollInterval = 200 * time.Millisecond

	// How long something is waited for. Beside sixteen others on 2 cores a platform took more
	// than half of it.
	waitTimeout = 6 * time.Minute
)

// NoCircuitBreaker is a CircuitBreakerBurst that nothing here comes near. A platform has
// about 800 events while it is created (docs/performance.md), and one or more for each
// resource that a tag reaches; Crossplane allows one a second besides the burst.
const NoCircuitBreaker = 100_000

// definitions are our XRDs.
var definitions = []string{"xdataplatforms.dataplatform.crossplane.io", "compositedataplatforms.dataplatform.crossplane.io"} //nolint:gochecknoglobals // A constant.

// Options of an environment.
type Options struct {
	// Root is the repository's folder. Programs are in its folder bin.
	Root string

	// Dir is the folder for what the environment writes: state, logs,
	// certificates. It must be empty or not exist.
	Dir string

	// Packages that are installed, and as which version.
	Packages Packages
	Version  string

	// Crossplane is the version that runs, of those that are pinned in the folder tools. Empty
	// is the newest.
	Crossplane string

	// CircuitBreakerBurst is how many events of its resources an XR may have at once
	// before Crossplane slows it down. Zero is Crossplane's default, 100, which a
	// platform exceeds while it is created.
	CircuitBreakerBurst int

	// DebugFunctions has functions log each platform that they compose.
	DebugFunctions bool

	// Replicas of the function. Zero is one.
	Replicas int

	// Double has the provider double's options. Unused if AWS is not nil.
	Double provider.Options

	// AWS runs provider-aws itself.
	AWS *AWS
}

// An Environment with our packages installed, ready for platforms.
type Environment struct {
	*controlplane.ControlPlane

	// Client that may do everything, without a cache.
	Client client.Client

	Registry *registry.Registry
	Runtime  *pkgruntime.Runtime

	// Provider double. Nil if provider-aws itself runs.
	Provider *provider.Provider

	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// Start an environment. If it fails nothing is left running.
func Start(ctx context.Context, o Options) (*Environment, error) {
	e := &Environment{}

	if err := e.start(ctx, o); err != nil {
		e.Stop()
		return nil, err
	}

	return e, nil
}

// Managed resources in a namespace, or in all if it is empty.
func (e *Environment) Managed(ctx context.Context, namespace string) ([]unstructured.Unstructured, error) {
	var out []unstructured.Unstructured

	for _, kind := range provideraws.Kinds() {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)

		if err := e.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}

		out = append(out, list.Items...)
	}

	return out, nil
}

// Crashed names the programs that ended by themselves, and says how often.
func (e *Environment) Crashed() []string {
	var out []string

	for _, p := range slices.Concat(e.Processes(), e.Runtime.Processes()) {
		if n := p.Crashes(); n > 0 {
			out = append(out, fmt.Sprintf("%s, %d times; its log is %s", p.Name, n, p.Log))
		}
	}

	return out
}

// Stop everything.
func (e *Environment) Stop() {
	if e.cancel != nil {
		e.cancel()
		e.wg.Wait()
	}

	if e.ControlPlane != nil {
		e.ControlPlane.Stop()
	}

	if e.Registry != nil {
		e.Registry.Stop()
	}
}

// Eventually calls a function until it returns no error, and gives up with its
// last error.
func (e *Environment) Eventually(ctx context.Context, fn func(context.Context) error) error {
	return Eventually(ctx, waitTimeout, fn)
}

// Eventually calls a function until it returns no error, and gives up with its last
// error.
func Eventually(ctx context.Context, timeout time.Duration, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var last error

	for {
		err := fn(ctx)
		if err == nil {
			return nil
		}

		// An error that only says that time is up says less than the one before.
		if ctx.Err() == nil || last == nil {
			last = err
		}

		select {
		case <-ctx.Done():
			return errors.Wrapf(last, "gave up after %s", timeout)
		case <-time.After(pollInterval):
		}
	}
}

// Function that Crossplane calls.
func (e *Environment) Function(ctx context.Context) (*pkgruntime.Function, error) {
	return e.Runtime.Function(ctx, FunctionName)
}

func (e *Environment) start(ctx context.Context, o Options) error {
	if err := o.AWS.check(o.Root); err != nil {
		return err
	}

	program, manifests, err := o.crossplane(ctx)
	if err != nil {
		return err
	}

	aws, err := crds.Provider(ctx, o.Root)
	if err != nil {
		return err
	}

	if e.ControlPlane, err = controlplane.Start(ctx, controlplane.Options{
		Bin:        filepath.Join(o.Root, "bin"),
		Dir:        o.Dir,
		Crossplane: program,
		Manifests:  manifests,

		CircuitBreakerBurst: o.CircuitBreakerBurst,
	}); err != nil {
		return err
	}

	if e.Client, err = newClient(e.ControlPlane); err != nil {
		return err
	}

	if e.Registry, err = registry.Start(); err != nil {
		return errors.Wrap(err, "cannot start the registry")
	}

	if err := e.startControllers(o); err != nil { //nolint:contextcheck // They run until Stop, not until starting is over.
		return err
	}

	if err := e.publishProviders(ctx, aws); err != nil {
		return err
	}

	if err := e.Publish(ctx, o.Packages, o.Version); err != nil {
		return err
	}

	if err := e.rewriteImages(ctx); err != nil {
		return err
	}

	if err := e.InstallConfiguration(ctx, o.Version); err != nil {
		return err
	}

	if err := e.awaitFunction(ctx, o.Version); err != nil {
		return err
	}

	if err := e.awaitAPI(ctx); err != nil {
		return err
	}

	return o.AWS.configure(ctx, e.Client)
}

// crossplane returns the name of Crossplane's program, and the folder with its manifests.
func (o Options) crossplane(ctx context.Context) (program, manifests string, err error) {
	if o.Crossplane == "" {
		manifests, err = crds.Core(ctx, o.Root)
		return "crossplane-core", manifests, err
	}

	manifests, err = crds.CoreAt(ctx, o.Root, o.Crossplane)

	return "crossplane-core-" + o.Crossplane, manifests, err
}

// startControllers starts what runs in this process: the package runtime, and the
// provider double if it is to play the provider.
func (e *Environment) startControllers(o Options) error {
	dir := filepath.Join(o.Dir, "packages")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel

	var err error

	if e.Runtime, err = pkgruntime.New(e.Config, pkgruntime.Options{
		CA:             e.Crossplane.CA,
		Dir:            dir,
		DebugFunctions: o.DebugFunctions,
		Replicas:       o.Replicas,
		Provider:       o.AWS.program(o.Root, e.Kubeconfig, dir),
	}); err != nil {
		return errors.Wrap(err, "cannot make the package runtime")
	}

	e.run(ctx, e.Runtime.Run)

	if o.AWS != nil {
		return nil
	}

	if e.Provider, err = provider.New(e.Config, o.Double); err != nil {
		return errors.Wrap(err, "cannot make the provider double")
	}

	e.run(ctx, e.Provider.Run)

	return nil
}

func (e *Environment) run(ctx context.Context, fn func(context.Context) error) {
	e.wg.Go(func() {
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "a controller has ended:", err)
		}
	})
}

// awaitAPI waits until our APIs are offered, and the kinds that platforms are made
// of are active.
func (e *Environment) awaitAPI(ctx context.Context) error {
	return e.Eventually(ctx, func(ctx context.Context) error {
		policy := &xpextv1alpha1.ManagedResourceActivationPolicy{}
		if err := e.Client.Get(ctx, client.ObjectKey{Name: "configuration-data-platform"}, policy); err != nil {
			return err
		}

		for _, name := range policy.Spec.Activations {
			if err := e.established(ctx, string(name)); err != nil {
				return err
			}
		}

		for _, name := range definitions {
			if err := e.offered(ctx, name); err != nil {
				return err
			}
		}

		return nil
	})
}

// offered returns an error unless Crossplane composes what an XRD defines, and
// offers claims of it if it defines claims.
func (e *Environment) offered(ctx context.Context, name string) error {
	d := &xpextv1.CompositeResourceDefinition{}
	if err := e.Client.Get(ctx, client.ObjectKey{Name: name}, d); err != nil {
		return err
	}

	wanted := []xpv2.ConditionType{xpextv1.TypeEstablished}
	if d.OffersClaim() {
		wanted = append(wanted, xpextv1.TypeOffered)
	}

	for _, c := range wanted {
		if got := d.GetCondition(c); got.Status != corev1.ConditionTrue {
			return errors.Errorf("%s is not %s: %s", name, c, got.Message)
		}
	}

	return nil
}

// established returns an error unless a CRD's kind is served.
func (e *Environment) established(ctx context.Context, name string) error {
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := e.Client.Get(ctx, client.ObjectKey{Name: name}, crd); err != nil {
		return err
	}

	for _, c := range crd.Status.Conditions {
		if c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue {
			return nil
		}
	}

	return errors.Errorf("%s is not established", name)
}

func newClient(cp *controlplane.ControlPlane) (client.Client, error) {
	s := runtime.NewScheme()

	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme,
		apiextensionsv1.AddToScheme,
		xpextv1.AddToScheme,
		xpextv1alpha1.AddToScheme,
		pkgv1.AddToScheme,
		pkgv1beta1.AddToScheme,
		protectionv1beta1.AddToScheme,
	} {
		if err := add(s); err != nil {
			return nil, err
		}
	}

	return client.New(cp.Config, client.Options{Scheme: s})
}
