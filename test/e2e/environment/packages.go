package environment

import (
	"context"
	"path/filepath"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	pkgv1beta1 "github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/registry"
)

// Where our packages are published.
const (
	functionImage      = "xpkg.crossplane.io/crossplane-contrib/function-data-platform"
	configurationImage = "xpkg.crossplane.io/crossplane-contrib/configuration-data-platform"
)

// Names of our packages on the control plane. Compositions refer to the function
// by the name that Crossplane's package manager gives it when it installs it as a
// dependency.
const (
	FunctionName      = "crossplane-contrib-function-data-platform"
	ConfigurationName = "crossplane-contrib-configuration-data-platform"
)

// providerVersion is the version that packages made of the CRDs in go.mod's
// provider-aws module get.
const providerVersion = "v2.5.0"

// services of AWS that platforms are made of. Each has a provider.
var services = kinds.Services() //nolint:gochecknoglobals // A constant.

// registries that stand behind the one here.
var registries = []string{"xpkg.crossplane.io", "xpkg.upbound.io"} //nolint:gochecknoglobals // A constant.

// Packages are the files that make xpkg writes.
type Packages struct {
	Function      string
	Configuration string
}

// Built returns the packages in a repository's output folder.
func Built(root string) Packages {
	return Packages{
		Function:      filepath.Join(root, "_output", "function-data-platform-linux-"+runtime.GOARCH+".xpkg"),
		Configuration: filepath.Join(root, "_output", "configuration-data-platform.xpkg"),
	}
}

// Publish packages as a version.
func (e *Environment) Publish(ctx context.Context, p Packages, version string) error {
	if err := e.Registry.PushFile(ctx, functionImage+":"+version, p.Function); err != nil {
		return err
	}

	return e.Registry.PushFile(ctx, configurationImage+":"+version, p.Configuration)
}

// publishProviders publishes a package for each provider that our Configuration
// depends on, and their common dependency. They hold the CRDs of the namespaced
// kinds; the cluster-scoped ones are left out, because nothing here uses them.
func (e *Environment) publishProviders(ctx context.Context, crds string) error {
	const family = "xpkg.upbound.io/upbound/provider-family-aws"

	providers := []registry.Provider{{Name: "provider-family-aws", Groups: []string{"aws.m.upbound.io"}}}
	for _, service := range services {
		providers = append(providers, registry.Provider{
			Name:      "provider-aws-" + service,
			Groups:    []string{service + ".aws.m.upbound.io"},
			DependsOn: map[string]string{family: ">= " + providerVersion},
		})
	}

	for _, p := range providers {
		img, err := p.Image(crds)
		if err != nil {
			return err
		}

		if err := e.Registry.Push(ctx, "xpkg.upbound.io/upbound/"+p.Name+":"+providerVersion, img); err != nil {
			return err
		}
	}

	return nil
}

// rewriteImages tells Crossplane that images of the public registries are in the
// one here.
func (e *Environment) rewriteImages(ctx context.Context) error {
	for _, from := range registries {
		c := &pkgv1beta1.ImageConfig{
			ObjectMeta: metav1.ObjectMeta{Name: from},
			Spec: pkgv1beta1.ImageConfigSpec{
				MatchImages:  []pkgv1beta1.ImageMatch{{Type: pkgv1beta1.Prefix, Prefix: from + "/"}},
				RewriteImage: &pkgv1beta1.ImageRewrite{Prefix: e.Registry.Address() + "/" + from + "/"},
			},
		}
		if err := e.Client.Create(ctx, c); err != nil {
			return errors.Wrapf(err, "cannot create ImageConfig %s", from)
		}
	}

	return nil
}

// InstallConfiguration of a version, or upgrade to it, and wait until it is healthy.
// The package manager installs the dependencies that are missing.
func (e *Environment) InstallConfiguration(ctx context.Context, version string) error {
	c := &pkgv1.Configuration{ObjectMeta: metav1.ObjectMeta{Name: ConfigurationName}}
	if err := e.install(ctx, c, configurationImage+":"+version); err != nil {
		return err
	}

	return e.awaitPackage(ctx, c, configurationImage+":"+version)
}

// InstallFunction of a version, or upgrade to it, and wait until it runs. The
// Configuration is left as it is.
func (e *Environment) InstallFunction(ctx context.Context, version string) error {
	fn := &pkgv1.Function{ObjectMeta: metav1.ObjectMeta{Name: FunctionName}}
	if err := e.install(ctx, fn, functionImage+":"+version); err != nil {
		return err
	}

	return e.awaitFunction(ctx, version)
}

// awaitFunction waits until a version of our function is healthy and runs.
func (e *Environment) awaitFunction(ctx context.Context, version string) error {
	fn := &pkgv1.Function{ObjectMeta: metav1.ObjectMeta{Name: FunctionName}}
	if err := e.awaitPackage(ctx, fn, functionImage+":"+version); err != nil {
		return err
	}

	return e.Eventually(ctx, func(ctx context.Context) error {
		running, err := e.Function(ctx)
		if err != nil {
			return err
		}

		if running.Revision != fn.GetCurrentRevision() {
			return errors.Errorf("revision %s is still active", running.Revision)
		}

		return nil
	})
}

func (e *Environment) install(ctx context.Context, pkg pkgv1.Package, image string) error {
	_, err := controllerutil.CreateOrUpdate(ctx, e.Client, pkg, func() error {
		pkg.SetSource(image)
		return nil
	})

	return errors.Wrapf(err, "cannot install %s", image)
}

// awaitPackage waits until a package is the one of an image, and healthy.
func (e *Environment) awaitPackage(ctx context.Context, pkg pkgv1.Package, image string) error {
	return e.Eventually(ctx, func(ctx context.Context) error {
		if err := e.Client.Get(ctx, client.ObjectKeyFromObject(pkg), pkg); err != nil {
			return err
		}

		// What it is now may be what it was of the version before.
		if pkg.GetResolvedSource() != e.Registry.Address()+"/"+image {
			return errors.Errorf("%s is still %s", pkg.GetName(), pkg.GetResolvedSource())
		}

		for _, c := range []xpv2.ConditionType{pkgv1.TypeInstalled, pkgv1.TypeHealthy} {
			if got := pkg.GetCondition(c); got.Status != corev1.ConditionTrue {
				return errors.Errorf("%s is not %s: %s", pkg.GetName(), c, got.Message)
			}
		}

		return nil
	})
}
