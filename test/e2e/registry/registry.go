// Package registry serves packages on loopback, in place of the registries that
// they are published in.
package registry

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// A Registry on loopback. It keeps images in memory, under the name of the
// registry they stand in for: what is xpkg.crossplane.io/org/name elsewhere is
// <address>/xpkg.crossplane.io/org/name here. An ImageConfig tells Crossplane.
type Registry struct {
	server *http.Server
	addr   string
}

// Start a registry.
func Start() (*Registry, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It answers at once.
	if err != nil {
		return nil, err
	}

	r := &Registry{
		addr: l.Addr().String(),
		server: &http.Server{
			Handler:           registry.New(registry.Logger(log.New(io.Discard, "", 0))),
			ReadHeaderTimeout: time.Minute,
		},
	}

	// It ends when Stop closes it.
	go r.server.Serve(l) //nolint:errcheck // A request that it doesn't answer fails.

	return r, nil
}

// Stop the registry.
func (r *Registry) Stop() { _ = r.server.Close() }

// Address of the registry, a host and a port.
func (r *Registry) Address() string { return r.addr }

// Push an image. Its reference is the one that it has elsewhere.
func (r *Registry) Push(ctx context.Context, reference string, img v1.Image) error {
	ref, err := name.ParseReference(r.addr + "/" + reference)
	if err != nil {
		return err
	}

	return errors.Wrapf(remote.Write(ref, img, remote.WithContext(ctx)), "cannot push %s", reference)
}

// PushFile pushes a package that crossplane xpkg build wrote. It says in the image
// what it is pushed as: two releases may be built of one source, and Crossplane takes
// packages with one digest for one revision.
func (r *Registry) PushFile(ctx context.Context, reference, path string) error {
	img, err := tarball.ImageFromPath(path, nil)
	if err != nil {
		return errors.Wrapf(err, "cannot read package %s", path)
	}

	cfg, err := img.ConfigFile()
	if err != nil {
		return errors.Wrapf(err, "cannot read package %s", path)
	}

	cfg = cfg.DeepCopy()
	if cfg.Config.Labels == nil {
		cfg.Config.Labels = map[string]string{}
	}

	cfg.Config.Labels["org.opencontainers.image.ref.name"] = reference

	if img, err = mutate.ConfigFile(img, cfg); err != nil {
		return errors.Wrapf(err, "cannot label package %s", path)
	}

	return r.Push(ctx, reference, img)
}

// Pull an image by the reference that it has here, as Crossplane reports it.
func Pull(ctx context.Context, reference string) (v1.Image, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}

	img, err := remote.Image(ref, remote.WithContext(ctx))

	return img, errors.Wrapf(err, "cannot pull %s", reference)
}
