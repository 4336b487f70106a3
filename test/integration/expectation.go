package integration

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// An expectation is what AWS must show of a platform.
type expectation struct {
	// Region of the platform.
	Region string

	// Outputs are the XR's status: what AWS made of the platform.
	Outputs outputs

	// Resources that the function composes for the XR, by their key. Keys are
	// frozen.
	Resources map[string]kit.Object
}

// outputs are an XR's status without what is optional in it.
type outputs struct {
	Network     v1alpha1.NetworkStatus
	Stream      v1alpha1.StreamStatus
	Cache       v1alpha1.CacheStatus
	Database    v1alpha1.DatabaseStatus
	Credentials v1alpha1.CredentialsStatus
}

// newExpectation composes the platform of an XR as the function does. Nothing is observed, so that what AWS shows is compared with the spec,
// and not with itself.
func newExpectation(xr *unstructured.Unstructured, policy kit.Policy) (*expectation, error) {
	typed := v1alpha1.XDataPlatform{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(xr.Object, &typed); err != nil {
		return nil, fmt.Errorf("cannot read the %s: %w", xr.GetKind(), err)
	}

	raw, err := json.Marshal(xr.Object["spec"])
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}

	req := &kit.Request{
		UID:     string(xr.GetUID()),
		Spec:    typed.Spec,
		RawSpec: raw,
		Status:  told(typed.Status),
		Policy:  policy,
	}

	req.Namespace, req.Name, req.Claim, err = identify(xr)
	if err != nil {
		return nil, err
	}

	if req.Spec.Region == "" {
		return nil, fmt.Errorf("spec.region: required value is missing in %s/%s: give the platform as it is in the cluster", req.Namespace, req.Name)
	}

	out, err := newOutputs(typed.Status)
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", xr.GetKind(), req.Namespace, req.Name, err)
	}

	p, err := platform.Compose(req)
	if err == nil {
		// A NAT gateway is composed once its address is there, and a route once its
		// gateway is.
		req.Observed = existingWayOut(p, out.Network.AvailabilityZones)
		p, err = platform.Compose(req)
	}

	if err != nil {
		return nil, fmt.Errorf("cannot compose %s/%s: %w", req.Namespace, req.Name, err)
	}

	e := &expectation{Region: req.Spec.Region, Outputs: out, Resources: make(map[string]kit.Object, len(p.Resources))}
	for _, r := range p.Resources {
		e.Resources[r.Key] = r.Object
	}

	return e, nil
}

// told is of a status that the cache and the database exist, and where the platform is. The
// names in it are compared with those that the function gives.
func told(status v1alpha1.XDataPlatformStatus) v1alpha1.XDataPlatformStatus {
	return v1alpha1.XDataPlatformStatus{
		Network:  status.Network,
		Cache:    &v1alpha1.CacheStatus{PrimaryEndpoint: "exists"},
		Database: &v1alpha1.DatabaseStatus{Endpoint: "exists"},
	}
}

// existingWayOut says of a platform's NAT gateways, their addresses and the routes to them that they
// exist, and nothing else of them.
func existingWayOut(p *platform.Platform, zones []v1alpha1.AvailabilityZone) map[string]kit.Observation {
	observed := map[string]kit.Observation{}

	for _, r := range p.Resources {
		zone, ok := strings.CutPrefix(r.Key, "eip-nat-")
		if !ok {
			continue
		}

		observed[r.Key], observed["nat-gateway-"+zone] = kit.Observation{}, kit.Observation{}

		for _, z := range zones {
			observed["route-private-internet-"+string(z)] = kit.Observation{}
		}
	}

	return observed
}

// identify returns whose platform it is. A claim's XR is cluster scoped, and
// names in AWS follow from the claim's name and the XR's UID.
func identify(xr *unstructured.Unstructured) (namespace, name string, claim bool, err error) {
	if xr.GetNamespace() != "" {
		return xr.GetNamespace(), xr.GetName(), false, nil
	}

	namespace, _, _ = unstructured.NestedString(xr.Object, "spec", "claimRef", "namespace")

	name, _, _ = unstructured.NestedString(xr.Object, "spec", "claimRef", "name")
	if namespace == "" || name == "" {
		return "", "", false, fmt.Errorf("metadata.namespace, spec.claimRef: required value is missing in %s %q: give the platform as it is in the cluster", xr.GetKind(), xr.GetName())
	}

	return namespace, name, true, nil
}

// newOutputs makes sure that a status has every output that a check starts from.
func newOutputs(status v1alpha1.XDataPlatformStatus) (outputs, error) {
	out := outputs{
		Network:     orZero(status.Network),
		Stream:      orZero(status.Stream),
		Cache:       orZero(status.Cache),
		Database:    orZero(status.Database),
		Credentials: orZero(status.Credentials),
	}
	zones := len(out.Network.AvailabilityZones)

	var missing []string

	for _, field := range []struct {
		name string
		has  bool
	}{
		{"network.vpcId", out.Network.VPCID != ""},
		{"network.availabilityZones", zones > 0},
		{"network.publicSubnetIds", len(out.Network.PublicSubnetIDs) == zones},
		{"network.privateSubnetIds", len(out.Network.PrivateSubnetIDs) == zones},
		{"stream.name", out.Stream.Name != ""},
		{"stream.arn", out.Stream.ARN != ""},
		{"cache.primaryEndpoint", out.Cache.PrimaryEndpoint != ""},
		{"database.endpoint", out.Database.Endpoint != ""},
		{"credentials.secretArn", out.Credentials.SecretARN != ""},
	} {
		if !field.has {
			missing = append(missing, "status."+field.name)
		}
	}

	if len(missing) > 0 {
		return out, fmt.Errorf("%s: not there, or not for every zone: wait until the platform is ready", strings.Join(missing, ", "))
	}

	return out, nil
}

func orZero[T any](p *T) T {
	if p == nil {
		var zero T

		return zero
	}

	return *p
}

// composed returns the resource of type T that the function composes under a key.
func composed[T kit.Object](e *expectation, key string) (T, error) {
	r, ok := e.Resources[key].(T)
	if !ok {
		return r, fmt.Errorf("the function composes no %T as %q: follow the key that it has now", r, key)
	}

	return r, nil
}

// composedAs returns every resource of type T that the function composes, by key.
func composedAs[T kit.Object](e *expectation) map[string]T {
	all := map[string]T{}

	for key, r := range e.Resources {
		if typed, ok := r.(T); ok {
			all[key] = typed
		}
	}

	return all
}

// nameOf is the name in AWS of a resource that takes it from its annotation.
func nameOf(r kit.Object) string { return meta.GetExternalName(r) }
