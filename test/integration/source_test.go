package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// kubeconfig writes the configuration of a cluster and has clients use it.
func kubeconfig(t *testing.T, server string) {
	t.Helper()

	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
		"clusters": [{"name": "test", "cluster": {"server": %q}}],
		"users": [{"name": "test", "user": {}}]}`, server)

	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	t.Setenv("KUBECONFIG", path)
}

// newCluster serves the XR in testdata as an API server does.
func newCluster(t *testing.T) *httptest.Server {
	t.Helper()

	b, err := referenceXR(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/dataplatform.crossplane.io/v1alpha1/namespaces/team-a/xdataplatforms/orders", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(b)
	})

	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)

	return s
}

func TestLoad(t *testing.T) {
	kubeconfig(t, newCluster(t).URL)

	cases := map[string]struct {
		reason string
		env    map[string]string
		want   string
		err    string
	}{
		"Nothing": {
			reason: "Without a platform nothing is checked.",
			err:    "no outputs of a platform: set PLATFORM=namespace/name (and KUBECONFIG), or PLATFORM_FILE=file with an XDataPlatform and its status",
		},
		"Both": {
			reason: "Of two platforms it is not clear which is meant.",
			env:    map[string]string{"PLATFORM": "a/b", "PLATFORM_FILE": "c"},
			err:    `PLATFORM, PLATFORM_FILE: both are set, to "a/b" and "c": unset one`,
		},
		"Cluster": {
			reason: "The XR is read from the cluster of KUBECONFIG.",
			env:    map[string]string{"PLATFORM": "team-a/orders"},
			want:   referenceName,
		},
		"NotInCluster": {
			reason: "The error says what is asked for, and where it would be listed.",
			env:    map[string]string{"PLATFORM": "team-a/other"},
			err:    `PLATFORM: cannot get XDataPlatform "team-a/other": the server could not find the requested resource: use one that kubectl get xdataplatforms lists, or PLATFORM_FILE for a claim's`,
		},
		"NoNamespace": {
			reason: "A name alone is not enough.",
			env:    map[string]string{"PLATFORM": "orders"},
			err:    `PLATFORM: invalid value "orders": use the namespace and name of an XDataPlatform, such as team-a/orders`,
		},
		"TooLong": {
			reason: "A kind before the name is not part of it.",
			env:    map[string]string{"PLATFORM": "xdataplatform/team-a/orders"},
			err:    `PLATFORM: invalid value "xdataplatform/team-a/orders": use the namespace and name of an XDataPlatform, such as team-a/orders`,
		},
		"File": {
			reason: "The XR may be in a file.",
			env:    map[string]string{"PLATFORM_FILE": "testdata/xr.yaml"},
			want:   referenceName,
		},
		"Preview": {
			reason: "The file may hold the platform's resources, too.",
			env:    map[string]string{"PLATFORM_FILE": "../../examples/default/expected/3-ready.yaml"},
			want:   referenceName,
		},
		"NoXR": {
			reason: "A file without an XR holds no outputs.",
			env:    map[string]string{"PLATFORM_FILE": "../../apis/composition.yaml"},
			err:    `PLATFORM_FILE: "../../apis/composition.yaml" holds no XDataPlatform or CompositeDataPlatform: write it with kubectl get -o yaml; that of a claim is the one that its spec.resourceRef names`,
		},
		"NoFile": {
			reason: "The error says which variable names no file.",
			env:    map[string]string{"PLATFORM_FILE": "testdata/none.yaml"},
			err:    "PLATFORM_FILE: open testdata/none.yaml: no such file or directory",
		},
		"NoYAML": {
			reason: "A file of another format is named.",
			env:    map[string]string{"PLATFORM_FILE": "go.mod"},
			err:    `PLATFORM_FILE: cannot read "go.mod": `,
		},
		"Policy": {
			reason: "Names in AWS follow from the policy.",
			env:    map[string]string{"PLATFORM_FILE": "testdata/xr.yaml", "POLICY_FILE": "testdata/policy.yaml"},
			want:   "acme-team-a-orders-",
		},
		"NoPolicy": {
			reason: "A file without a policy is not an empty policy.",
			env:    map[string]string{"PLATFORM_FILE": "testdata/xr.yaml", "POLICY_FILE": "testdata/xr.yaml"},
			err:    `POLICY_FILE: "testdata/xr.yaml" holds no Policy of dataplatform.fn.crossplane.io: copy the input from the Composition`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e, err := load(t.Context(), func(key string) string { return tc.env[key] })
			if got := message(err); !strings.HasPrefix(got, tc.err) || (tc.err == "") != (got == "") {
				t.Fatalf("%s\nload(...): want error %q, got %q", tc.reason, tc.err, got)
			}

			got := ""
			if e != nil {
				got = nameOf(e.Resources[keyStream])
			}

			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("%s\nload(...): want name %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

func TestGetXRWithoutCluster(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("KUBERNETES_SERVICE_HOST", "")

	_, err := getXR(t.Context(), "team-a/orders")
	if err == nil || !strings.HasPrefix(err.Error(), "KUBECONFIG: ") {
		t.Errorf("getXR(...) without a cluster: want an error that names KUBECONFIG, got %v", err)
	}
}

func TestReadPolicy(t *testing.T) {
	got, err := readPolicy("testdata/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}

	want := kit.Policy{
		RawDefaults: []byte(`{"stream":{"shardCount":4}}`),
		NamePrefix:  "acme",
		Zones:       map[string][]string{"us-east-1": {"us-east-1c", "us-east-1d"}},
		Tags:        map[string]string{"team": "data"},
		Renames:     map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("readPolicy(...): -want, +got:\n%s", diff)
	}
}
