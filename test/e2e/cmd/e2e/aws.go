package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
)

type awsCommand struct {
	XR string `default:"examples/default/xr.yaml" help:"The platform to create." type:"existingfile"`

	Services []string `help:"Run the providers of these services only. Default: all."`

	Timeout time.Duration `default:"45m" help:"How long the platform may take to become ready."`

	Keep  bool `help:"Leave the platform in AWS. Nothing manages it afterwards."`
	Check bool `help:"Only check that it is known where AWS is, and who we are."`

	Command []string `arg:"" help:"Run on the platform, with KUBECONFIG and PLATFORM." optional:""`
}

// Run creates a platform, runs the command on it and deletes it.
func (cmd *awsCommand) Run(ctx context.Context, c *CLI) (err error) {
	aws, err := environment.FromEnvironment()
	if err != nil || cmd.Check {
		return err
	}

	aws.Services = cmd.Services

	xr, err := read(cmd.XR)
	if err != nil {
		return err
	}

	parent := filepath.Join(c.Root, "_output", "e2e")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}

	dir, err := os.MkdirTemp(parent, "aws-")
	if err != nil {
		return err
	}

	sayf("starting a control plane; logs are in %s", dir)

	e, err := start(ctx, c, filepath.Join(dir, "state"), aws)
	if err != nil {
		return err
	}
	// The API server's state holds AWS credentials; the logs are what is kept.
	defer func() {
		e.Stop()

		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, "state", "etcd")))
	}()

	if err := e.Client.Create(ctx, xr); err != nil {
		return err
	}

	if !cmd.Keep {
		// Whatever happens next, it costs money.
		defer func() { err = errors.Join(err, remove(context.WithoutCancel(ctx), e, xr, cmd.Timeout)) }()
	}

	if err := await(ctx, cmd.Timeout, func(ctx context.Context) (string, error) { return unready(ctx, e, xr) }); err != nil {
		return err
	}

	if len(cmd.Command) == 0 {
		return nil
	}

	run := exec.CommandContext(ctx, cmd.Command[0], cmd.Command[1:]...)
	run.Stdout, run.Stderr = os.Stdout, os.Stderr

	run.Env = append(os.Environ(), "KUBECONFIG="+e.Kubeconfig, "PLATFORM="+xr.GetNamespace()+"/"+xr.GetName(), "PLATFORM_FILE=", "POLICY_FILE=")
	run.Env = append(run.Env, aws.Environment()...)

	return errors.Wrapf(run.Run(), "%s failed", cmd.Command[0])
}

func read(path string) (*unstructured.Unstructured, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}

	xr := &unstructured.Unstructured{}

	return xr, errors.Wrapf(yaml.Unmarshal(data, &xr.Object), "cannot read %s", path)
}

// await polls until nothing is left to wait for, and says when that changes. An error is
// something to wait for: the next answer may be better.
func await(ctx context.Context, timeout time.Duration, left func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	start := time.Now()

	for last := ""; ; {
		waiting, err := left(ctx)
		if err == nil && waiting == "" {
			return nil
		}

		if err != nil {
			waiting = err.Error()
		}

		if ctx.Err() != nil {
			return errors.Errorf("gave up after %s: %s", time.Since(start).Round(time.Second), last)
		}

		if waiting != last {
			sayf("%s", waiting)
		}

		last = waiting

		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
}

// unready says what a platform waits for.
func unready(ctx context.Context, e *environment.Environment, xr *unstructured.Unstructured) (string, error) {
	if err := e.Client.Get(ctx, client.ObjectKeyFromObject(xr), xr); err != nil {
		return "", err
	}

	conditions, _, err := unstructured.NestedSlice(xr.Object, "status", "conditions")
	if err != nil {
		return "", err
	}

	waiting := "waiting for Crossplane"

	for _, c := range conditions {
		m, _ := c.(map[string]any)
		if m["type"] == "Ready" && m["status"] == "True" {
			return "", nil
		}

		if m["status"] != "True" && m["message"] != nil {
			waiting = fmt.Sprintf("%s: %s", m["type"], m["message"])
		}
	}

	return waiting, nil
}

// looksAtNothing is how many looks in a row must find nothing before a platform counts as
// gone: Crossplane may be creating a resource during the first.
const looksAtNothing = 4

// remove a platform, and wait until nothing is left of it.
func remove(ctx context.Context, e *environment.Environment, xr *unstructured.Unstructured, timeout time.Duration) error {
	sayf("deleting the platform")

	looks := 0

	err := await(ctx, timeout, func(ctx context.Context) (string, error) {
		if there, err := left(ctx, e, xr); err != nil || there != "" {
			looks = 0
			return there, err
		}

		if looks++; looks < looksAtNothing {
			return "looking again", nil
		}

		return "", nil
	})

	return errors.Wrap(err, "some of the platform is left in AWS; delete it there")
}

// left deletes a platform unless it is being deleted, and says what is left of it.
func left(ctx context.Context, e *environment.Environment, xr *unstructured.Unstructured) (string, error) {
	if err := e.Client.Delete(ctx, xr); !kerrors.IsNotFound(err) {
		return "the platform is there", err
	}

	managed, err := e.Managed(ctx, xr.GetNamespace())
	if err != nil || len(managed) == 0 {
		return "", err
	}

	names := make([]string, 0, len(managed))
	for i := range managed {
		names = append(names, managed[i].GetKind()+" "+meta.GetExternalName(&managed[i]))
	}

	return "still there: " + strings.Join(names, ", "), nil
}

func sayf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
