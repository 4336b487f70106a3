package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// Environment variables that say which platform to check.
const (
	// envPlatform is namespace/name of an XDataPlatform in the cluster of
	// KUBECONFIG.
	envPlatform = "PLATFORM"

	// envPlatformFile is a file with an XDataPlatform and its status: a claim's, for
	// one.
	envPlatformFile = "PLATFORM_FILE"

	// envPolicyFile is a file with the function's input, if the Composition has
	// one that decides anything.
	envPolicyFile = "POLICY_FILE"
)

// howToGiveOutputs is why the tests are skipped.
const howToGiveOutputs = "no outputs of a platform: set " + envPlatform + "=namespace/name (and KUBECONFIG), or " + envPlatformFile + "=file with an XDataPlatform and its status"

// errNoOutputs says that no platform was named.
var errNoOutputs = errors.New(howToGiveOutputs)

// plural of the XR's kind, as in the XRD.
const plural = "xdataplatforms"

// yamlBuffer is how much of a file the decoder looks at to tell YAML from JSON,
// in bytes.
const yamlBuffer = 4096

// load reads the platform that the environment names.
func load(ctx context.Context, getenv func(string) string) (*expectation, error) {
	reference, path := getenv(envPlatform), getenv(envPlatformFile)
	if reference == "" && path == "" {
		return nil, errNoOutputs
	}

	if reference != "" && path != "" {
		return nil, fmt.Errorf("%s, %s: both are set, to %q and %q: unset one", envPlatform, envPlatformFile, reference, path)
	}

	policy, err := readPolicy(getenv(envPolicyFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", envPolicyFile, err)
	}

	if path != "" {
		xr, err := readXR(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", envPlatformFile, err)
		}

		return newExpectation(xr, policy)
	}

	xr, err := getXR(ctx, reference)
	if err != nil {
		return nil, err
	}

	return newExpectation(xr, policy)
}

// getXR reads an XR from the cluster that kubectl would use.
func getXR(ctx context.Context, reference string) (*unstructured.Unstructured, error) {
	namespace, name, _ := strings.Cut(reference, "/")
	if namespace == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("%s: invalid value %q: use the namespace and name of an XDataPlatform, such as team-a/orders", envPlatform, reference)
	}

	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("KUBECONFIG: %w: set it to the kubeconfig of the platform's cluster", err)
	}

	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("KUBECONFIG: %w: set it to the kubeconfig of the platform's cluster", err)
	}

	xr, err := client.Resource(v1alpha1.GroupVersionKind.GroupVersion().WithResource(plural)).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: cannot get XDataPlatform %q: %w: use one that kubectl get %s lists, or %s for a claim's", envPlatform, reference, err, plural, envPlatformFile)
	}

	return xr, nil
}

// readXR returns the first XR in a file, which may hold other objects beside it, as what
// a preview prints does. A claim says too little: names in AWS follow from its XR's UID.
func readXR(path string) (*unstructured.Unstructured, error) {
	return readObject(path, "XDataPlatform or CompositeDataPlatform: write it with kubectl get -o yaml; that of a claim is the one that its spec.resourceRef names", func(u *unstructured.Unstructured) bool {
		gvk := u.GroupVersionKind()

		return gvk == v1alpha1.GroupVersionKind || gvk == v1alpha1.CompositeGroupVersionKind
	})
}

// readPolicy reads the function's input from a file, as the function does. No
// file is an empty policy.
func readPolicy(path string) (kit.Policy, error) {
	in := v1beta1.Policy{}
	if path == "" {
		return kit.NewPolicy(&in, nil), nil
	}

	u, err := readObject(path, v1beta1.Kind+" of "+v1beta1.Group+": copy the input from the Composition", func(u *unstructured.Unstructured) bool {
		return u.GetKind() == v1beta1.Kind && u.GetAPIVersion() == v1beta1.Group+"/"+v1beta1.Version
	})
	if err != nil {
		return kit.Policy{}, err
	}

	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &in); err != nil {
		return kit.Policy{}, fmt.Errorf("cannot read the %s in %q: %w", v1beta1.Kind, path, err)
	}

	var defaults json.RawMessage

	if given, ok := u.Object["defaults"]; ok {
		defaults, err = json.Marshal(given)
		if err != nil {
			return kit.Policy{}, fmt.Errorf("defaults in %q: %w", path, err)
		}
	}

	return kit.NewPolicy(&in, defaults), nil
}

// readObject returns the first object in a file that is wanted. Where there is
// none the error says what is.
func readObject(path, what string, wanted func(*unstructured.Unstructured) bool) (*unstructured.Unstructured, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), yamlBuffer)

	for {
		u := &unstructured.Unstructured{}

		err := d.Decode(u)
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%q holds no %s", path, what)
		}

		if err != nil {
			return nil, fmt.Errorf("cannot read %q: %w", path, err)
		}

		if wanted(u) {
			return u, nil
		}
	}
}
