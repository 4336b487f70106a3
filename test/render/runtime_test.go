package render

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
	"github.com/crossplane-contrib/function-data-platform/internal/preview"
)

// runtimeFile is how the function can run in a cluster.
const runtimeFile = "examples/runtime/runtime.yaml"

// runtimeConfig is a DeploymentRuntimeConfig, with the types that the API server has for what
// Crossplane makes of it.
type runtimeConfig struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		DeploymentTemplate struct {
			Spec appsv1.DeploymentSpec `json:"spec"`
		} `json:"deploymentTemplate"`
	} `json:"spec"`
}

// The releases of Crossplane that are claimed take the example, without dropping a field of it.
func TestRuntimeIsValid(t *testing.T) {
	for _, tool := range []string{"core", "core-oldest"} {
		dir, err := crds.CoreOf(t.Context(), root, tool)
		if err != nil {
			t.Fatal(err)
		}

		kinds := sets.New[string]()

		for _, document := range runtimeDocuments(t) {
			object := map[string]any{}
			if err := yaml.Unmarshal(document, &object); err != nil {
				t.Fatal(err)
			}

			apiVersion, _ := object["apiVersion"].(string)
			kind, _ := object["kind"].(string)
			kinds.Insert(kind)

			group, version, _ := strings.Cut(apiVersion, "/")
			if group == policyv1.GroupName {
				continue
			}

			data, err := os.ReadFile(filepath.Join(dir, "crds", group+"_"+strings.ToLower(kind)+"s.yaml"))
			if err != nil {
				t.Fatal(err)
			}

			crd := &apiextensionsv1.CustomResourceDefinition{}
			if err := yaml.Unmarshal(data, crd); err != nil {
				t.Fatal(err)
			}

			k, err := crds.New(crd, version)
			if err != nil {
				t.Fatal(err)
			}

			if err := k.Validate(t.Context(), object); err != nil {
				t.Errorf("%s: %s: %v", dir, kind, err)
			}
		}

		if diff := cmp.Diff([]string{"DeploymentRuntimeConfig", "ImageConfig", "PodDisruptionBudget"}, sets.List(kinds)); diff != "" {
			t.Errorf("%s: -want kinds, +got:\n%s", runtimeFile, diff)
		}
	}
}

// The names that Crossplane gives pods of the function, and that the runtime is called by, are
// those in the example.
func TestRuntimeNames(t *testing.T) {
	config, budget := readRuntime(t)
	pods := map[string]string{"pkg.crossplane.io/function": preview.FunctionName}
	spec := config.Spec.DeploymentTemplate.Spec.Template.Spec

	if diff := cmp.Diff(pods, budget.Spec.Selector.MatchLabels); diff != "" {
		t.Errorf("the budget's pods: -want, +got:\n%s", diff)
	}

	for _, c := range spec.TopologySpreadConstraints {
		if diff := cmp.Diff(pods, c.LabelSelector.MatchLabels); diff != "" {
			t.Errorf("pods spread by %s: -want, +got:\n%s", c.TopologyKey, diff)
		}
	}

	if len(spec.Containers) != 1 || spec.Containers[0].Name != "package-runtime" {
		t.Errorf("want one container, package-runtime, which Crossplane takes for the function's; got %d", len(spec.Containers))
	}

	if got, least := int(*config.Spec.DeploymentTemplate.Spec.Replicas), budget.Spec.MinAvailable.IntValue(); got <= least {
		t.Errorf("of %d replicas %d have to be there: no node could be drained", got, least)
	}
}

// The pods keep to what the restricted Pod Security Standard asks for.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
func TestRuntimeIsRestricted(t *testing.T) {
	config, _ := readRuntime(t)
	spec := config.Spec.DeploymentTemplate.Spec.Template.Spec

	type security struct {
		NonRoot    bool
		Seccomp    corev1.SeccompProfileType
		Escalation bool
		Dropped    []corev1.Capability
		ReadOnly   bool
	}

	pod, container := spec.SecurityContext, spec.Containers[0].SecurityContext
	got := security{
		NonRoot:    *pod.RunAsNonRoot,
		Seccomp:    pod.SeccompProfile.Type,
		Escalation: *container.AllowPrivilegeEscalation,
		Dropped:    container.Capabilities.Drop,
		ReadOnly:   *container.ReadOnlyRootFilesystem,
	}

	want := security{NonRoot: true, Seccomp: corev1.SeccompProfileTypeRuntimeDefault, Dropped: []corev1.Capability{"ALL"}, ReadOnly: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func readRuntime(t *testing.T) (*runtimeConfig, *policyv1.PodDisruptionBudget) {
	t.Helper()

	config, budget := &runtimeConfig{}, &policyv1.PodDisruptionBudget{}
	documents := runtimeDocuments(t)

	if err := yaml.Unmarshal(documents[0], config); err != nil {
		t.Fatal(err)
	}

	if err := yaml.UnmarshalStrict(documents[1], budget); err != nil {
		t.Fatal(err)
	}

	return config, budget
}

func runtimeDocuments(t *testing.T) [][]byte {
	t.Helper()

	data, err := os.ReadFile(filepath.Join(root, runtimeFile))
	if err != nil {
		t.Fatal(err)
	}

	return bytes.Split(data, []byte("\n---\n"))
}
