// Package controlplane runs a Kubernetes API server and Crossplane as processes. There are
// no nodes, so nothing runs pods.
package controlplane

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// How long everything may take to start. On two cores that are busy otherwise it
// took half of it.
const startTimeout = 2 * time.Minute

// Options of a control plane.
type Options struct {
	// Bin is the folder that etcd, kube-apiserver, kube-controller-manager and Crossplane
	// are in.
	Bin string

	// Crossplane is the name of its program.
	Crossplane string

	// Dir is the folder for what the programs write: state, logs, certificates.
	// It must be empty or not exist.
	Dir string

	// Manifests is the folder named cluster of Crossplane's source, of the same version.
	Manifests string

	// CircuitBreakerBurst is Crossplane's flag of that name. Zero is its default.
	CircuitBreakerBurst int
}

// A ControlPlane is a Kubernetes with Crossplane.
type ControlPlane struct {
	*Kubernetes

	Crossplane *Crossplane
}

// Start a control plane. If it fails nothing is left running.
func Start(ctx context.Context, o Options) (*ControlPlane, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	cp := &ControlPlane{}

	var err error

	if cp.Kubernetes, err = startKubernetes(ctx, o.Bin, o.Dir); err != nil {
		cp.Stop()
		return nil, errors.Wrap(err, "cannot start Kubernetes")
	}

	if cp.Crossplane, err = startCrossplane(ctx, cp.Kubernetes, o); err != nil {
		cp.Stop()
		return nil, errors.Wrap(err, "cannot start Crossplane")
	}

	return cp, nil
}

// Processes of the control plane, in the order in which they start.
func (cp *ControlPlane) Processes() []*Process {
	var out []*Process
	if cp.Kubernetes != nil {
		out = cp.programs()
	}

	if cp.Crossplane != nil {
		out = append(out, cp.Crossplane.Process)
	}

	return out
}

// Stop everything. Nothing is asked to end well: what it would save is thrown away.
func (cp *ControlPlane) Stop() {
	for _, p := range slices.Backward(cp.Processes()) {
		p.Kill()
	}
}
