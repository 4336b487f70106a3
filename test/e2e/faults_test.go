package e2e

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"maps"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/observed"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
)

// downtime is how long what was killed stays away: longer than a connection takes to
// notice.
const downtime = 3 * time.Second

// testFaults hits platforms that are ready with faults, one after the other. Each must
// leave the platforms as they were, and able to change. The first is an XR.
func testFaults(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	cases := []struct {
		name   string
		reason string
		fault  func(t *testing.T, e *environment.Environment, xr *unstructured.Unstructured)
	}{
		{name: "FunctionKilled", reason: "the function is killed and started again", fault: faultFunctionKilled},
		{name: "CrossplaneKilled", reason: "Crossplane is killed and started again", fault: faultCrossplaneKilled},
		{name: "APIServerKilled", reason: "the API server is killed and started again", fault: faultAPIServerKilled},
		{name: "EtcdRestarted", reason: "etcd is stopped and started again", fault: faultEtcdRestarted},
		{name: "FunctionFails", reason: "the function returns gRPC errors, then fatal results", fault: faultFunctionFails},
		{name: "BadPolicy", reason: "a bad policy is applied and reverted", fault: faultBadPolicy},
	}

	t.Run("MidCreation", func(t *testing.T) { testMidCreation(t, e) })
	t.Run("DeletedByHand", func(t *testing.T) { testDeletedByHand(t, e, platforms[0]) })

	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			prove(t, "Fault: "+tc.reason+"; same UIDs, nothing deleted, and an update goes through")

			before := make([]map[string]string, len(platforms))
			for i, u := range platforms {
				before[i] = identities(t, e, u)
			}

			tc.fault(t, e, platforms[0])

			for i, u := range platforms {
				tag(t, e, u, tc.name)
				awaitReady(t, e, u)

				if diff := cmp.Diff(before[i], identities(t, e, u)); diff != "" {
					t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
				}
			}
		})
	}

	t.Run("VersionsSwapped", func(t *testing.T) { testVersionsSwapped(t, e, platforms) })
}

// testMidCreation kills the function, and then Crossplane, while a platform is
// created.
func testMidCreation(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, "Fault: the function, then Crossplane, is killed mid-creation; nothing is created twice")

	u := newPlatform("mid-creation", "xr", spec(v1alpha1.Parameters{}))
	createPlatform(t, e, u)

	seen := map[string]string{}

	for _, kill := range []struct {
		at    int
		fault func(*testing.T, *environment.Environment, *unstructured.Unstructured)
	}{
		{at: 5, fault: faultFunctionKilled},
		{at: 20, fault: faultCrossplaneKilled},
	} {
		if err := e.Eventually(t.Context(), func(ctx context.Context) error {
			parts, err := composed(ctx, e, u)
			if err != nil {
				return err
			}

			if len(parts) < kill.at {
				return errors.Errorf("%d resources exist, want %d", len(parts), kill.at)
			}

			return nil
		}); err != nil {
			t.Fatal(err)
		}

		kill.fault(t, e, u)

		if err := readReady(t.Context(), e, u); err == nil {
			t.Errorf("%s was ready before the fault at %d resources was over", describe(u), kill.at)
		}

		for key, uid := range uids(t, e, u) {
			if was, ok := seen[key]; ok && was != uid {
				t.Errorf("%s was %s and is %s", key, was, uid)
			}

			seen[key] = uid
		}
	}

	awaitReady(t, e, u)

	parts := mustComposed(t, e, u)
	for key, uid := range seen {
		if o := parts[key]; o == nil || string(o.GetUID()) != uid {
			t.Errorf("%s was %s and is no more", key, uid)
		}
	}

	managed, err := e.Managed(t.Context(), metav1.NamespaceAll)
	if err != nil {
		t.Fatal(err)
	}

	// All that is in AWS is some managed resource's.
	names, want := map[string]string{}, map[string]int{}

	for i := range managed {
		want[observed.KindOf(managed[i].GroupVersionKind())]++

		if managed[i].GetNamespace() != u.GetNamespace() {
			continue
		}

		key := managed[i].GetAnnotations()[annotationComposed]
		if other, ok := names[key]; ok {
			t.Errorf("%s exists twice, as %s and %s", key, other, managed[i].GetName())
		}

		names[key] = managed[i].GetName()
	}

	if diff := cmp.Diff(want, e.Provider.Existing()); diff != "" {
		t.Errorf("things in AWS, by kind: -managed resources, +existing:\n%s", diff)
	}
}

// testDeletedByHand deletes composed resources as someone in a hurry would.
func testDeletedByHand(t *testing.T, e *environment.Environment, xr *unstructured.Unstructured) {
	t.Helper()
	prove(t, "Fault: a composed resource is deleted by hand; it comes back, and one that others use can't be")

	before := uids(t, e, xr)
	parts := mustComposed(t, e, xr)

	if err := e.Client.Delete(t.Context(), parts["alarm-database-cpu"]); err != nil {
		t.Fatal(err)
	}

	err := e.Client.Delete(t.Context(), parts["vpc"])
	if want := "This resource is in-use by"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("deleting the VPC: want an error that says %q, got: %v", want, err)
	}

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		now, err := composed(ctx, e, xr)
		if err != nil {
			return err
		}

		alarm := now["alarm-database-cpu"]
		if alarm == nil || string(alarm.GetUID()) == before["alarm-database-cpu"] {
			return errors.New("the alarm has not come back")
		}

		if condition(alarm, conditionReady).Status != metav1.ConditionTrue {
			return errors.Errorf("the alarm is not ready:\n%s", conditions(alarm))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}

	after := uids(t, e, xr)
	delete(before, "alarm-database-cpu")
	delete(after, "alarm-database-cpu")

	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("other resources: -before, +after:\n%s", diff)
	}
}

func faultFunctionKilled(t *testing.T, e *environment.Environment, _ *unstructured.Unstructured) {
	t.Helper()

	f := running(t, e)
	f.Kill()
	time.Sleep(downtime)
	restore(t, f)
}

func faultCrossplaneKilled(t *testing.T, e *environment.Environment, _ *unstructured.Unstructured) {
	t.Helper()
	e.Crossplane.Kill()
	time.Sleep(downtime)
	start(t, e.Crossplane.Process, e.Crossplane.AwaitReady)
}

func faultAPIServerKilled(t *testing.T, e *environment.Environment, _ *unstructured.Unstructured) {
	t.Helper()
	e.APIServer.Kill()
	time.Sleep(downtime)
	start(t, e.APIServer, e.AwaitAPI)
}

func faultEtcdRestarted(t *testing.T, e *environment.Environment, _ *unstructured.Unstructured) {
	t.Helper()
	e.Etcd.Stop()
	time.Sleep(downtime)
	start(t, e.Etcd, e.AwaitAPI)
}

// faultFunctionFails puts in the function's place one that fails, in each of the ways
// a function can.
func faultFunctionFails(t *testing.T, e *environment.Environment, xr *unstructured.Unstructured) {
	t.Helper()

	f := running(t, e)
	f.Kill()
	defer restore(t, f)

	ways := []struct {
		message string
		run     runFunction
	}{
		{message: "out of memory", run: func(*fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
			return nil, status.Error(codes.ResourceExhausted, "out of memory")
		}},
		{message: "the answer is no", run: func(req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
			rsp := response.To(req, response.DefaultTTL)
			response.Fatal(rsp, errors.New("the answer is no"))

			return rsp, nil
		}},
	}

	for _, way := range ways {
		failAs(t, e, xr, f, way.message, way.run)
	}
}

// failAs has Crossplane call a function that fails, and waits until it says so.
func failAs(t *testing.T, e *environment.Environment, xr *unstructured.Unstructured, f *pkgruntime.Function, message string, run runFunction) {
	t.Helper()
	defer serve(t, f, run)()

	setTag(t, e, xr, message)
	awaitUnsynced(t, e, xr, message)
}

// faultBadPolicy gives the Composition a policy that the function refuses.
func faultBadPolicy(t *testing.T, e *environment.Environment, xr *unstructured.Unstructured) {
	t.Helper()

	setPolicy(t, e, map[string]any{"namePrefix": "Bad_Prefix"})
	awaitUnsynced(t, e, xr, "namePrefix")
	setPolicy(t, e, map[string]any{})
}

// setPolicy of the namespaced XR's Composition.
func setPolicy(t *testing.T, e *environment.Environment, fields map[string]any) {
	t.Helper()

	input := map[string]any{"apiVersion": "dataplatform.fn.crossplane.io/v1beta1", "kind": "Policy"}
	maps.Copy(input, fields)

	patch, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec/pipeline/0/input", "value": input}})
	if err != nil {
		t.Fatal(err)
	}

	c := &unstructured.Unstructured{}
	c.SetAPIVersion("apiextensions.crossplane.io/v1")
	c.SetKind("Composition")
	c.SetName("xdataplatforms." + v1alpha1.Group)

	if err := e.Client.Patch(t.Context(), c, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		t.Fatal(err)
	}
}

// testVersionsSwapped installs the previous release's function, and then this one
// again. What only this one composes goes in between.
func testVersionsSwapped(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	prove(t, "Fault: another version of the function is installed, and this one again; nothing that both compose is replaced or deleted")

	// The versions of each platform, in the order of their installation.
	had := make([][]map[string]string, len(platforms))

	for i, u := range platforms {
		had[i] = append(had[i], identities(t, e, u))
	}

	for _, v := range []string{previousVersion, version} {
		if err := e.InstallFunction(t.Context(), v); err != nil {
			t.Fatal(err)
		}

		for i, u := range platforms {
			tag(t, e, u, v)
			awaitReady(t, e, u)

			had[i] = append(had[i], identities(t, e, u))
		}
	}

	for i, u := range platforms {
		before, between, after := had[i][0], had[i][1], had[i][2]

		alone := func(key, _ string) bool { return between[key] == "" || before[key] == "" }
		maps.DeleteFunc(before, alone)
		maps.DeleteFunc(after, alone)
		maps.DeleteFunc(between, alone)

		if diff := cmp.Diff(before, between); diff != "" {
			t.Errorf("%s: -this version, +the other:\n%s", describe(u), diff)
		}

		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
		}
	}
}

type runFunction func(*fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error)

// A server that runs a function of the test's.
type server struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	run runFunction
}

func (s *server) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return s.run(req)
}

// serve a function in place of another, until it is told to stop.
func serve(t *testing.T, f *pkgruntime.Function, run runFunction) (stop func()) {
	t.Helper()

	pair, err := tls.LoadX509KeyPair(filepath.Join(f.Certs, "tls.crt"), filepath.Join(f.Certs, "tls.key"))
	if err != nil {
		t.Fatal(err)
	}

	l, err := net.Listen("tcp", f.Address)
	if err != nil {
		t.Fatal(err)
	}

	s := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&pair)))
	fnv1.RegisterFunctionRunnerServiceServer(s, &server{run: run})

	go s.Serve(l)

	return s.Stop
}

// running is the function that Crossplane calls.
func running(t *testing.T, e *environment.Environment) *pkgruntime.Function {
	t.Helper()

	f, err := e.Function(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return f
}

func restore(t *testing.T, f *pkgruntime.Function) {
	t.Helper()
	start(t, f.Process, f.AwaitReady)
}

func start(t *testing.T, p *controlplane.Process, ready func(context.Context) error) {
	t.Helper()

	if err := p.Start(); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	if err := ready(ctx); err != nil {
		t.Fatal(err)
	}
}

// tag a platform, which is a change that reaches nearly all that it is made of, and
// wait until it has reached the VPC.
func tag(t *testing.T, e *environment.Environment, u *unstructured.Unstructured, value string) {
	t.Helper()
	setTag(t, e, u, value)

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, e, u)
		if err != nil {
			return err
		}

		if parts["vpc"] == nil {
			return errors.Errorf("%s has no VPC", describe(u))
		}

		if got, _, _ := unstructured.NestedString(parts["vpc"].Object, "spec", "forProvider", "tags", "fault"); got != value {
			return errors.Errorf("the tag of the VPC of %s is %q, want %q", describe(u), got, value)
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// setTag of a platform.
func setTag(t *testing.T, e *environment.Environment, u *unstructured.Unstructured, value string) {
	t.Helper()

	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"tags": map[string]any{"fault": value}}})
	if err != nil {
		t.Fatal(err)
	}

	// What was restarted may not answer at once.
	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		return e.Client.Patch(ctx, u, client.RawPatch(types.MergePatchType, patch))
	}); err != nil {
		t.Fatal(err)
	}
}

// awaitUnsynced waits until Crossplane says of a platform why it can't compose it.
func awaitUnsynced(t *testing.T, e *environment.Environment, u *unstructured.Unstructured, message string) {
	t.Helper()

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		if err := e.Client.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}

		c := condition(u, conditionSynced)
		if c.Status != metav1.ConditionFalse || !strings.Contains(c.Message, message) {
			return errors.Errorf("%s does not say %q:\n%s", describe(u), message, conditions(u))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
