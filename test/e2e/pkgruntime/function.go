package pkgruntime

import (
	"archive/tar"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/registry"
)

// A Function is the program of a function's revision, or one of its replicas.
type Function struct {
	*controlplane.Process

	// Revision that it is of.
	Revision string

	// Address that it serves gRPC at, the same for as long as it lives.
	Address string

	// Certs is the folder with its certificate.
	Certs string

	// MetricsURL is where it serves its metrics.
	MetricsURL string
}

// Function returns the program of a function's active revision, or the first of its replicas.
// It is an error if there is none yet.
func (r *Runtime) Function(ctx context.Context, name string) (*Function, error) {
	replicas, err := r.ReplicasOf(ctx, name)
	if err != nil {
		return nil, err
	}

	return replicas[0], nil
}

// ReplicasOf returns the replicas of a function's active revision. It is an error if there is
// none yet.
func (r *Runtime) ReplicasOf(ctx context.Context, name string) ([]*Function, error) {
	revisions := &pkgv1.FunctionRevisionList{}
	if err := r.client.List(ctx, revisions, client.MatchingLabels{pkgv1.LabelParentPackage: name}); err != nil {
		return nil, err
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	for i := range revisions.Items {
		rev := &revisions.Items[i]
		if d := r.functions[rev.GetName()]; d != nil && rev.GetDesiredState() == pkgv1.PackageRevisionActive && rev.Status.Endpoint == d.endpoint {
			return d.replicas, nil
		}
	}

	return nil, errors.Errorf("no active revision of function %s runs", name)
}

// reconcileFunction runs a revision while it is active, and tells Crossplane where.
func (r *Runtime) reconcileFunction(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) error {
	if pr.GetDesiredState() != pkgv1.PackageRevisionActive || meta.WasDeleted(pr) {
		r.stopFunction(pr)
		return nil
	}

	certs, err := r.certify(ctx, pr)
	if err != nil {
		return err
	}

	// Crossplane unpacks the revision once it knows the Secret.
	if err := r.report(ctx, pr, func() { pr.SetObservedTLSServerSecretName(ptr.To(secretName(pr))) }); err != nil {
		return err
	}

	// It resolves an image's name to the registry here before it unpacks it. We
	// are called again when it has.
	if pr.GetResolvedSource() == "" {
		return nil
	}

	d, err := r.startFunction(ctx, pr, certs)
	if err != nil {
		return err
	}

	return r.report(ctx, pr, func() {
		pr.(*pkgv1.FunctionRevision).Status.Endpoint = d.endpoint //nolint:forcetypeassert // This reconciles no others.
		pr.SetConditions(pkgv1.RuntimeHealthy(), pkgv1.RuntimeActive())
	})
}

// A deployment is what runs of a function's revision.
type deployment struct {
	replicas []*Function

	// endpoint is where Crossplane finds them.
	endpoint string
}

// stopFunction has the replicas of a revision finish what they do, and end.
func (r *Runtime) stopFunction(pr pkgv1.PackageRevisionWithRuntime) {
	r.mu.Lock()
	d := r.functions[pr.GetName()]
	delete(r.functions, pr.GetName())

	if d != nil && r.Replicas > 1 && r.behind[serviceName(pr)] == pr.GetName() {
		r.services.set(serviceName(pr))
	}
	r.mu.Unlock()

	if d == nil {
		return
	}

	wg := sync.WaitGroup{}
	for _, f := range d.replicas {
		wg.Go(f.Stop)
	}

	wg.Wait()
}

// startFunction starts the function that is in a revision's package, if it doesn't
// run.
func (r *Runtime) startFunction(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, certs string) (*deployment, error) {
	r.mu.Lock()
	d := r.functions[pr.GetName()]
	r.mu.Unlock()

	if d != nil {
		return d, nil
	}

	binary := filepath.Join(r.Dir, pr.GetName())
	if err := unpack(ctx, pr.GetResolvedSource(), binary); err != nil {
		return nil, err
	}

	d, addresses, err := r.place(pr, certs)
	if err != nil {
		return nil, err
	}

	for i, f := range d.replicas {
		err := f.Start()
		if err == nil {
			err = f.AwaitReady(ctx)
		}

		if err != nil {
			for _, f := range d.replicas[:i+1] {
				f.Kill()
			}

			return nil, err
		}
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	if r.Replicas > 1 {
		r.services.set(serviceName(pr), addresses...)
		r.behind[serviceName(pr)] = pr.GetName()
	}

	r.functions[pr.GetName()] = d
	for _, f := range d.replicas {
		r.started = append(r.started, f.Process)
	}

	return d, nil
}

// place the replicas of a revision at addresses. One alone has a port of its own. Several have
// the port of their Service, each on an address of its own, as pods have.
func (r *Runtime) place(pr pkgv1.PackageRevisionWithRuntime, certs string) (*deployment, []netip.Addr, error) {
	if r.Replicas <= 1 {
		ports, err := controlplane.Ports(2)
		if err != nil {
			return nil, nil, err
		}

		f := r.newFunction(pr, "", fmt.Sprintf("127.0.0.1:%d", ports[0]), certs, ports[1])

		return &deployment{replicas: []*Function{f}, endpoint: f.Address}, nil, nil
	}

	port, err := r.servicePort(serviceName(pr))
	if err != nil {
		return nil, nil, err
	}

	d := &deployment{endpoint: r.services.target(serviceName(pr), strconv.Itoa(port))}

	var addresses []netip.Addr

	for i := range r.Replicas {
		ports, err := controlplane.Ports(1)
		if err != nil {
			return nil, nil, err
		}

		a := r.address()
		addresses = append(addresses, a)
		d.replicas = append(d.replicas, r.newFunction(pr, fmt.Sprintf("-%d", i), netip.AddrPortFrom(a, uint16(port)).String(), certs, ports[0])) //nolint:gosec // A port is one.
	}

	return d, addresses, nil
}

// servicePort is the port of a Service, the same for all revisions.
func (r *Runtime) servicePort(name string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if port, ok := r.ports[name]; ok {
		return port, nil
	}

	ports, err := controlplane.Ports(1)
	if err != nil {
		return 0, err
	}

	r.ports[name] = ports[0]

	return ports[0], nil
}

// address on loopback that no replica has had.
func (r *Runtime) address() netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.last = r.last.Next()

	return r.last
}

// newFunction is a replica that listens on addresses.
func (r *Runtime) newFunction(pr pkgv1.PackageRevisionWithRuntime, suffix, address, certs string, metrics int) *Function {
	f := newFunction(pr.GetName(), suffix, filepath.Join(r.Dir, pr.GetName()), address, certs, metrics)
	if r.DebugFunctions {
		f.Args = append(f.Args, "--debug")
	}

	return f
}

// newFunction returns the program of a revision, which does not run yet.
func newFunction(revision, suffix, binary, address, certs string, metrics int) *Function {
	f := &Function{
		Revision:   revision,
		Address:    address,
		Certs:      certs,
		MetricsURL: fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics),
	}

	f.Process = &controlplane.Process{
		Name: revision + suffix,
		Path: binary,
		Args: []string{
			"--address=" + f.Address,
			"--tls-certs-dir=" + certs,
			fmt.Sprintf("--metrics-address=127.0.0.1:%d", metrics),
		},
		Log:       binary + suffix + ".log",
		KeepAlive: true,
	}

	return f
}

// Another function of the same program and certificate, which Crossplane does not know. It
// does not run yet.
func (f *Function) Another() (*Function, error) {
	ports, err := controlplane.Ports(2)
	if err != nil {
		return nil, err
	}

	return newFunction(f.Revision, "-another", f.Path, fmt.Sprintf("127.0.0.1:%d", ports[0]), f.Certs, ports[1]), nil
}

// AwaitReady waits for the function to answer.
func (f *Function) AwaitReady(ctx context.Context) error {
	pair, err := tls.LoadX509KeyPair(filepath.Join(f.Certs, "tls.crt"), filepath.Join(f.Certs, "tls.key"))
	if err != nil {
		return err
	}

	// Whether it is who it says is for Crossplane to check.
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}} //nolint:gosec // See above.

	return f.Await(ctx, func(ctx context.Context) error {
		conn, err := dialer.DialContext(ctx, "tcp", f.Address)
		if err != nil {
			return err
		}

		return conn.Close()
	})
}

// unpack the program that a package's image starts.
func unpack(ctx context.Context, image, path string) error {
	img, err := registry.Pull(ctx, image)
	if err != nil {
		return err
	}

	cfg, err := img.ConfigFile()
	if err != nil {
		return err
	}

	if len(cfg.Config.Entrypoint) == 0 {
		return errors.Errorf("package %s has no runtime: its image has no entrypoint", image)
	}

	return errors.Wrapf(extract(img, cfg.Config.Entrypoint[0], path), "cannot unpack package %s", image)
}

// extract a file of an image.
func extract(img v1.Image, file, path string) error {
	fs := mutate.Extract(img)
	defer fs.Close() //nolint:errcheck // It was only read from.

	for archive := tar.NewReader(fs); ; {
		header, err := archive.Next()
		if err != nil {
			return errors.Wrapf(err, "cannot find %s", file)
		}

		if strings.Trim(header.Name, "./") != strings.Trim(file, "./") {
			continue
		}

		out, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o700) //nolint:gosec // It is a program.
		if err != nil {
			return err
		}

		if _, err := io.Copy(out, archive); err != nil { //nolint:gosec // The package is our own.
			return errors.Join(err, out.Close())
		}

		return out.Close()
	}
}
