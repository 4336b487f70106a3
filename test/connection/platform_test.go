package connection

import (
	"encoding/json"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"

	"github.com/crossplane-contrib/function-data-platform/internal/preview"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// looks is how many calls it takes at most until what is observed reveals nothing new.
const looks = 10

// A function that runs as a process of its own.
type function struct {
	fnv1.FunctionRunnerServiceClient
}

func startFunction(t *testing.T) function {
	t.Helper()

	bin, err := preview.FindBinaries(root)
	if err != nil {
		t.Fatal(err)
	}

	s, err := preview.Serve(t.Context(), bin.Function, io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(s.Stop)

	conn, err := grpc.NewClient(s.Target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() })

	return function{fnv1.NewFunctionRunnerServiceClient(conn)}
}

// connectionSecret is what the function composes for the platform of examples/default with a spec,
// when provider-aws says that the database and the cache are at the servers' host, and have
// that password and token.
func (f function) connectionSecret(t *testing.T, spec, password, token string) *corev1.Secret {
	t.Helper()

	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: resource.MustStructJSON(`{
		"apiVersion": "dataplatform.crossplane.io/v1alpha1",
		"kind": "XDataPlatform",
		"metadata": {"namespace": "team-a", "name": "orders", "uid": "8fea6da0-c396-5a6a-88b8-77c765f04fca"},
		"spec": ` + spec + `
	}`)}}}
	rsp := f.call(t, req)

	for range looks {
		resources, err := provideraws.Resources(req.GetObserved().GetComposite().GetResource(), rsp.GetDesired().GetResources(), provideraws.Ready)
		if err != nil {
			t.Fatal(err)
		}

		put(t, resources, password, token)

		req.Observed.Resources = resources

		was := rsp
		if rsp = f.call(t, req); proto.Equal(was.GetDesired(), rsp.GetDesired()) {
			break
		}
	}

	data, err := protojson.Marshal(rsp.GetDesired().GetResources()["connection"].GetResource())
	if err != nil {
		t.Fatal(err)
	}

	secret := &corev1.Secret{}
	if err := json.Unmarshal(data, secret); err != nil {
		t.Fatal(err)
	}

	return secret
}

func (f function) call(t *testing.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()

	rsp, err := f.RunFunction(t.Context(), req)
	if err != nil || len(rsp.GetResults()) > 0 {
		t.Fatalf("RunFunction(...): %v, results %v", err, rsp.GetResults())
	}

	return rsp
}

// put the servers where AWS would have a database and a cache.
func put(t *testing.T, resources map[string]*fnv1.Resource, password, token string) {
	t.Helper()

	if database := resources["database"]; database != nil {
		for key, value := range map[string]string{"address": host, "host": host, "password": password, "attribute.password": password} {
			database.ConnectionDetails[key] = []byte(value)
		}
	}

	if cache := resources["cache"]; cache != nil {
		atProvider := cache.GetResource().GetFields()["status"].GetStructValue().GetFields()["atProvider"].GetStructValue()
		atProvider.Fields["primaryEndpointAddress"] = structpb.NewStringValue(host)

		if token != "" {
			cache.ConnectionDetails["attribute.auth_token"] = []byte(token)
		}
	}
}
