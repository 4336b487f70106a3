// Package pkgruntime is a package runtime controller for a control plane without
// pods. Crossplane's own makes Deployments; this one starts processes.
package pkgruntime

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
)

// Options of a Runtime.
type Options struct {
	// CA that signs the certificates of packages. Crossplane trusts it.
	CA *controlplane.CA

	// Dir is the folder for binaries, certificates and logs.
	Dir string

	// DebugFunctions has functions log each platform that they compose.
	DebugFunctions bool

	// Replicas of each function. More than one are behind a name that only a gRPC client in
	// this control plane can look up, as behind a headless Service. Zero is one.
	Replicas int

	// Provider returns the program of a provider, given the package's name and the
	// folder with its certificates. Nil if providers run by other means.
	Provider func(name, certs string) (*controlplane.Process, error)
}

// A Runtime runs what is in the active package revisions.
type Runtime struct {
	Options

	mgr    ctrl.Manager
	client client.Client

	mu        sync.Mutex
	functions map[string]*deployment           // By the revision's name.
	providers map[string]*controlplane.Process // By the package's name.
	started   []*controlplane.Process          // All of them, also those that were stopped.

	// services, the revision that is behind each, its port, and the last address that a replica
	// was given. Only with more than one replica.
	services *services
	behind   map[string]string
	ports    map[string]int
	last     netip.Addr
}

// New returns a runtime for a control plane.
func New(cfg *rest.Config, o Options) (*Runtime, error) {
	s := runtime.NewScheme()
	if err := scheme.AddToScheme(s); err != nil {
		return nil, err
	}

	if err := pkgv1.AddToScheme(s); err != nil {
		return nil, err
	}

	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme:  s,
		Metrics: metricsserver.Options{BindAddress: "0"},
		// A control plane's runtime is not the only one in a test's process.
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
		Client:     client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
	})
	if err != nil {
		return nil, err
	}

	r := &Runtime{
		Options: o, mgr: mgr, client: mgr.GetClient(),
		functions: map[string]*deployment{}, providers: map[string]*controlplane.Process{},
		behind: map[string]string{}, ports: map[string]int{}, last: netip.MustParseAddr("127.0.0.1"),
	}

	if o.Replicas > 1 {
		if r.services, err = startServices(); err != nil {
			return nil, err
		}
	}

	newFunction := func() pkgv1.PackageRevisionWithRuntime { return &pkgv1.FunctionRevision{} }
	if err := setup(mgr, newFunction, r.reconcileFunction); err != nil {
		return nil, err
	}

	newProvider := func() pkgv1.PackageRevisionWithRuntime { return &pkgv1.ProviderRevision{} }

	return r, setup(mgr, newProvider, r.reconcileProvider)
}

// Run until the context is done. Nothing that it started is left running.
func (r *Runtime) Run(ctx context.Context) error {
	defer r.stop()

	return r.mgr.Start(ctx)
}

// Processes that were started, also those that were stopped since.
func (r *Runtime) Processes() []*controlplane.Process {
	r.mu.Lock()
	defer r.mu.Unlock()

	return slices.Clone(r.started)
}

func (r *Runtime) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, d := range r.functions {
		for _, f := range d.replicas {
			f.Kill()
		}
	}

	if r.services != nil {
		r.services.stop()
	}

	for _, p := range r.providers {
		p.Stop()
	}
}

// reconcileProvider gives a provider's revision the certificate that Crossplane
// asks for, and starts it if it is ours to start.
func (r *Runtime) reconcileProvider(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) error {
	if pr.GetDesiredState() != pkgv1.PackageRevisionActive || meta.WasDeleted(pr) {
		return nil
	}

	certs, err := r.certify(ctx, pr)
	if err != nil {
		return err
	}

	if err := r.startProvider(pr.GetSource(), certs); err != nil {
		return err
	}

	return r.report(ctx, pr, func() {
		pr.SetObservedTLSServerSecretName(ptr.To(secretName(pr)))
		pr.SetConditions(pkgv1.RuntimeHealthy(), pkgv1.RuntimeActive())
	})
}

func (r *Runtime) startProvider(image, certs string) error {
	if r.Provider == nil {
		return nil
	}

	name, _, _ := strings.Cut(filepath.Base(image), ":")

	r.mu.Lock()
	defer r.mu.Unlock()

	if r.providers[name] != nil {
		return nil
	}

	p, err := r.Provider(name, certs)
	if err != nil || p == nil {
		return err
	}

	if err := p.Start(); err != nil {
		return err
	}

	r.providers[name] = p
	r.started = append(r.started, p)

	return nil
}

// report what is known of a revision, if it is news.
func (r *Runtime) report(ctx context.Context, pr client.Object, change func()) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := r.client.Get(ctx, client.ObjectKeyFromObject(pr), pr); err != nil {
			return client.IgnoreNotFound(err)
		}

		before := pr.DeepCopyObject()

		if change(); equality.Semantic.DeepEqual(before, pr) {
			return nil
		}

		return r.client.Status().Update(ctx, pr)
	})
}

// certify puts a certificate for a revision's server into a Secret, and into a
// folder, which it returns.
func (r *Runtime) certify(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) (string, error) {
	name := secretName(pr)
	certs := filepath.Join(r.Dir, name)

	if _, err := os.Stat(filepath.Join(certs, corev1.TLSPrivateKeyKey)); err == nil {
		return certs, nil
	}

	pair, err := r.CA.Sign(serviceName(pr))
	if err != nil {
		return "", err
	}

	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: controlplane.Namespace, Name: name}}
	if _, err := controllerutil.CreateOrUpdate(ctx, r.client, s, func() error {
		s.Data = pair.Data()
		return nil
	}); err != nil {
		return "", errors.Wrapf(err, "cannot write Secret %s", name)
	}

	return certs, pair.Write(certs)
}

// setup a controller of the package revisions of a kind.
func setup(mgr ctrl.Manager, newRevision func() pkgv1.PackageRevisionWithRuntime, fn func(context.Context, pkgv1.PackageRevisionWithRuntime) error) error {
	return ctrl.NewControllerManagedBy(mgr).For(newRevision()).Complete(reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		pr := newRevision()
		if err := mgr.GetClient().Get(ctx, req.NamespacedName, pr); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}

		return reconcile.Result{}, fn(ctx, pr)
	}))
}

// serviceName is the name by which Crossplane calls a package.
func serviceName(pr pkgv1.PackageRevisionWithRuntime) string {
	return pr.GetLabels()[pkgv1.LabelParentPackage] + "." + controlplane.Namespace
}

// secretName is the name of the Secret with the certificate of a revision's server,
// as Crossplane's own runtime calls it. A package's revisions share it.
func secretName(pr pkgv1.PackageRevisionWithRuntime) string {
	pkg := pr.GetLabels()[pkgv1.LabelParentPackage]

	if _, ok := pr.(*pkgv1.FunctionRevision); ok {
		return pkg + "-fn-server-certs"
	}

	return pkg + "-tls-server"
}
