package e2e

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/controlplane"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/environment"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/pkgruntime"
	"github.com/crossplane-contrib/function-data-platform/test/e2e/provider"
)

const (
	// downtime is how long what was killed stays away: longer than a connection takes to
	// notice.
	downtime = 3 * time.Second

	// underWay is the tag of a change that is made when the control plane can't carry it
	// out, or not to its end.
	underWay = "under-way"
)

// expendable are the kinds that may come and go with a version of the function: nobody's
// data is lost with them, and nothing is interrupted.
var expendable = []string{protectionv1beta1.UsageKind, "MetricAlarm", "SecretVersion"}

// testFaults hits platforms that are ready with faults, one after the other. Each must
// leave the platforms as they were, and able to change.
func testFaults(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, previous string) {
	t.Helper()

	cases := []struct {
		name   string
		reason string
		fault  func(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured)
	}{
		{name: "FunctionKilled", reason: "the function is killed and started again, with a change under way", fault: faultFunctionKilled},
		{name: "CrossplaneKilled", reason: "Crossplane is killed and started again, with a change under way", fault: faultCrossplaneKilled},
		{name: "APIServerKilled", reason: "the API server is killed and started again, with a change under way", fault: faultAPIServerKilled},
		{name: "EtcdRestarted", reason: "etcd is stopped and started again, with a change under way", fault: faultEtcdRestarted},
		{name: "FunctionFails", reason: "the function returns gRPC errors, then fatal results", fault: faultFunctionFails},
		{name: "AWSFails", reason: "AWS refuses an update", fault: faultAWSFails},
		{name: "PolicyRefused", reason: "a policy that the function refuses is applied and reverted", fault: faultPolicyRefused},
		{name: "PolicyMoves", reason: "a policy that would rename and move everything, also to another account, is applied and reverted", fault: faultPolicyMoves},
		{name: "ConfigRenamed", reason: "a policy says that the account's provider configuration has another name, and takes it back", fault: faultConfigRenamed},
	}

	t.Run("MidCreation", func(t *testing.T) { testMidCreation(t, e) })
	t.Run("ProviderKilled", func(t *testing.T) { testProviderKilled(t, e) })
	t.Run("CreationLost", func(t *testing.T) { testCreationLost(t, e) })
	t.Run("DeletedByHand", func(t *testing.T) { testDeletedByHand(t, e, platforms[0]) })

	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			prove(t, "Fault: "+tc.reason+"; same UIDs, nothing deleted, and an update goes through")

			before := identitiesOf(t, e, platforms)

			tc.fault(t, e, platforms)

			after := identitiesTagged(t, e, platforms, tc.name)

			for i, u := range platforms {
				if diff := gocmp.Diff(before[i], after[i]); diff != "" {
					t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
				}
			}
		})
	}

	t.Run("VersionsSwapped", func(t *testing.T) { testVersionsSwapped(t, e, platforms, previous) })
}

// testMidCreation kills the function, and then Crossplane, while a platform is
// created.
func testMidCreation(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, "Fault: the function, then Crossplane, is killed mid-creation; nothing is created twice")

	u := newPlatform("mid-creation", "xr", spec(v1alpha1.Parameters{}))
	createPlatform(t, e, u)

	seen := map[string]string{}

	for _, killed := range []struct {
		at   int
		kill func(t *testing.T, e *environment.Environment, meanwhile func())
	}{
		{at: 5, kill: killFunction},
		{at: 20, kill: killCrossplane},
	} {
		if err := e.Eventually(t.Context(), func(ctx context.Context) error {
			parts, err := composed(ctx, e, u)
			if err != nil {
				return err
			}

			if len(parts) < killed.at {
				return errors.Errorf("%d resources exist, want %d", len(parts), killed.at)
			}

			return nil
		}); err != nil {
			t.Fatal(err)
		}

		killed.kill(t, e, func() {})

		if err := readReady(t.Context(), e, u); err == nil {
			t.Errorf("%s was ready before the fault at %d resources was over", describe(u), killed.at)
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

	checkAllManaged(t, e, u.GetNamespace())
}

// checkAllManaged checks that all that is in AWS is some managed resource's, and that no
// resource of a namespace is there twice.
func checkAllManaged(t *testing.T, e *environment.Environment, namespace string) {
	t.Helper()

	managed, err := e.Managed(t.Context(), metav1.NamespaceAll)
	if err != nil {
		t.Fatal(err)
	}

	names, want := map[string]string{}, map[string]int{}

	for i := range managed {
		want[provideraws.KindOf(managed[i].GroupVersionKind())]++

		if managed[i].GetNamespace() != namespace {
			continue
		}

		key := managed[i].GetAnnotations()[annotationComposed]
		if other, ok := names[key]; ok {
			t.Errorf("%s exists twice, as %s and %s", key, other, managed[i].GetName())
		}

		names[key] = managed[i].GetName()
	}

	if diff := gocmp.Diff(want, e.Provider.Existing()); diff != "" {
		t.Errorf("things in AWS, by kind: -managed resources, +existing:\n%s", diff)
	}
}

// testProviderKilled kills the provider while AWS creates subnets, and heals the platform as
// docs/troubleshooting.md says.
func testProviderKilled(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, "Fault: the provider is killed mid-creation; what AWS has made and no resource knows is found by its tags, and external names in the XR heal the platform")

	u := newPlatform("provider-killed", "xr", spec(v1alpha1.Parameters{}))
	createComposition(t, e, u.GetNamespace(), map[string]any{"allow": map[string]any{"externalNames": true}})
	choose(u, u.GetNamespace())

	killed := e.Provider.KillOnCreate("ec2/Subnet", u.GetNamespace())

	createPlatform(t, e, u)

	select {
	case <-killed:
	case <-time.After(time.Minute):
		t.Fatal("no subnet was created within a minute")
	}

	if err := e.Provider.Start(); err != nil {
		t.Fatal(err)
	}

	awaitCondition(t, e, u, conditionNetworkReady, "InvalidSubnet.Conflict")

	// Not all of it is refused at once.
	lost := map[string]string{}

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, e, u)
		if err != nil {
			return err
		}

		maps.Copy(lost, untracked(parts, e.Provider.Things(u.GetNamespace())))

		if _, err := proceed(ctx, e, slices.Collect(maps.Values(parts))); err != nil {
			return err
		}

		patch, err := json.Marshal(map[string]any{"spec": map[string]any{"externalNames": lost}})
		if err != nil {
			return err
		}

		return cmp.Or(e.Client.Patch(ctx, u, client.RawPatch(types.MergePatchType, patch)), readReady(ctx, e, u))
	}); err != nil {
		t.Fatal(err)
	}

	if len(lost) == 0 {
		t.Error("no resource has lost what AWS made for it")
	}

	parts, has := mustComposed(t, e, u), map[string]bool{}
	for key, name := range lost {
		if got := meta.GetExternalName(parts[key]); got != name {
			t.Errorf("%s is %s in AWS, want %s", key, got, name)
		}
	}

	// What AWS makes twice it has twice now, and only by hand it goes.
	for key, o := range parts {
		if managed(key, o) {
			has[provideraws.KindOf(o.GroupVersionKind())+" "+meta.GetExternalName(o)] = true
		}
	}

	for _, thing := range e.Provider.Things(u.GetNamespace()) {
		if !has[thing.String()] {
			sayf("AWS has made something twice for %s: %s", describe(u), thing)
			e.Provider.Vanish(thing.Kind, thing.ExternalName)
		}
	}

	checkAllManaged(t, e, u.GetNamespace())
}

// testCreationLost has the provider lose the note that a VPC was created, and heals the platform as
// docs/troubleshooting.md says: the provider that has created it still knows its name.
func testCreationLost(t *testing.T, e *environment.Environment) {
	t.Helper()
	prove(t, "Fault: the provider can't write down that it has created something; the platform says so, and is healed by hand; nothing is created twice")

	u := newPlatform("creation-lost", "xr", spec(v1alpha1.Parameters{}))

	e.Provider.LoseCreation("ec2/VPC", u.GetNamespace())
	createPlatform(t, e, u)
	awaitCondition(t, e, u, conditionNetworkReady, "cannot determine creation result")

	why, err := stuck(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{describe(u) + " is not Ready", "vpc: VPC creation-lost/", "Synced False", "cannot determine creation result", meta.AnnotationKeyExternalCreatePending} {
		if !strings.Contains(why, want) {
			t.Errorf("what is stuck: want %q in:\n%s", want, why)
		}
	}

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		parts, err := composed(ctx, e, u)
		if err != nil {
			return err
		}

		_, err = proceed(ctx, e, slices.Collect(maps.Values(parts)))

		return cmp.Or(err, readReady(ctx, e, u))
	}); err != nil {
		t.Fatal(err)
	}

	checkAllManaged(t, e, u.GetNamespace())
}

// annotationLookedAt is what proceed leaves behind.
const annotationLookedAt = "looked-at"

// proceed takes away the note of those resources that were about to be created, as somebody
// does who has looked: docs/troubleshooting.md. That alone is no change that the provider
// looks at, so that there has to be another. It does so once for a resource, because its
// condition is an old one until the provider has looked, and by then the note may be of the next
// creation. It returns which these were.
func proceed(ctx context.Context, e *environment.Environment, all []*unstructured.Unstructured) ([]string, error) {
	var healed []string

	for _, o := range all {
		_, noted := o.GetAnnotations()[meta.AnnotationKeyExternalCreatePending]
		_, looked := o.GetAnnotations()[annotationLookedAt]

		if !noted || looked || !strings.HasPrefix(condition(o, conditionSynced).Message, "cannot determine creation result") {
			continue
		}

		patch := fmt.Sprintf(`{"metadata": {"annotations": {%q: null, %q: "yes"}}}`, meta.AnnotationKeyExternalCreatePending, annotationLookedAt)
		if err := e.Client.Patch(ctx, o, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
			return healed, err
		}

		healed = append(healed, describe(o))
	}

	return healed, nil
}

// untracked are the external names of things in AWS because of which resources can't be
// created. The provider tags what it creates with the resource's name.
func untracked(parts state, things []provider.Thing) map[string]string {
	keys, out := map[string]string{}, map[string]string{}

	for key, o := range parts {
		if meta.GetExternalName(o) == "" && condition(o, conditionSynced).Status == metav1.ConditionFalse {
			keys[o.GetName()] = key
		}
	}

	for _, thing := range things {
		if key := keys[thing.Tags["crossplane-name"]]; key != "" {
			out[key] = thing.ExternalName
		}
	}

	return out
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

	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("other resources: -before, +after:\n%s", diff)
	}
}

func faultFunctionKilled(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	killFunction(t, e, func() { setTags(t, e, platforms, underWay) })
	awaitChange(t, e, platforms)
}

func faultCrossplaneKilled(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	killCrossplane(t, e, func() { setTags(t, e, platforms, underWay) })
	awaitChange(t, e, platforms)
}

func faultAPIServerKilled(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	setTags(t, e, platforms, underWay)
	checkUnderWay(t, e, platforms)
	e.APIServer.Kill()
	time.Sleep(downtime)
	start(t, e.APIServer, e.AwaitAPI)
	awaitChange(t, e, platforms)
}

func faultEtcdRestarted(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	setTags(t, e, platforms, underWay)
	checkUnderWay(t, e, platforms)
	e.Etcd.Stop()
	time.Sleep(downtime)
	start(t, e.Etcd, e.AwaitAPI)
	awaitChange(t, e, platforms)
}

// killFunction kills the function, and starts it again after something was done
// meanwhile.
func killFunction(t *testing.T, e *environment.Environment, meanwhile func()) {
	t.Helper()

	f := running(t, e)
	f.Kill()
	meanwhile()
	time.Sleep(downtime)
	restore(t, f)
}

// killCrossplane kills Crossplane, and starts it again after something was done
// meanwhile.
func killCrossplane(t *testing.T, e *environment.Environment, meanwhile func()) {
	t.Helper()
	e.Crossplane.Kill()
	meanwhile()
	time.Sleep(downtime)
	start(t, e.Crossplane.Process, e.Crossplane.AwaitReady)
}

// faultFunctionFails puts in the function's place one that fails, in each of the ways
// a function can.
func faultFunctionFails(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
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
		failAs(t, e, platforms, f, way.message, way.run)
	}
}

// failAs has Crossplane call a function that fails, and waits until it says so.
func failAs(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, f *pkgruntime.Function, message string, run runFunction) {
	t.Helper()
	defer serve(t, f, run)()

	setTags(t, e, platforms, message)

	for _, u := range platforms {
		awaitCondition(t, e, u, conditionSynced, message)
	}
}

// faultAWSFails has AWS refuse to update VPCs. The platforms say why.
func faultAWSFails(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	const reason = "UnauthorizedOperation: You are not authorized to perform this operation."

	stop := e.Provider.Fail(provider.Failure{Kind: "ec2/VPC", Operations: []provider.Operation{provider.OperationUpdate}, Error: reason})
	defer stop()

	setTags(t, e, platforms, underWay)

	for _, u := range platforms {
		awaitCondition(t, e, u, conditionNetworkReady, reason)
	}
}

// faultPolicyRefused gives the Compositions a policy that the function refuses.
func faultPolicyRefused(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	setPolicy(t, e, map[string]any{"namePrefix": "Bad_Prefix"})
	defer setPolicy(t, e, map[string]any{})

	for _, u := range platforms {
		awaitCondition(t, e, u, conditionSynced, "namePrefix")
	}
}

// faultPolicyMoves gives the Compositions a policy with other values of what AWS can't
// change.
func faultPolicyMoves(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	before := identitiesOf(t, e, platforms)

	setPolicy(t, e, map[string]any{
		"namePrefix":        "moved",
		"availabilityZones": map[string]any{"us-east-1": []string{"us-east-1e", "us-east-1f"}, "eu-west-1": []string{"eu-west-1c", "eu-west-1b"}},
		"defaults": map[string]any{
			"providerConfigRef": map[string]any{"kind": "ClusterProviderConfig", "name": "moved"},
			"network": map[string]any{
				"cidrBlock":               "10.99.0.0/16",
				"publicSubnetCidrBlocks":  []string{"10.99.0.0/24", "10.99.1.0/24"},
				"privateSubnetCidrBlocks": []string{"10.99.2.0/24", "10.99.3.0/24"},
			},
			"cache":    map[string]any{"authentication": "Token"},
			"database": map[string]any{"dbName": "moved", "username": "moved", "credentials": "ManagedByRDS"},
		},
		// It shows that the policy has arrived.
		"tags": map[string]any{"fault": "moved"},
	})
	defer setPolicy(t, e, map[string]any{})

	awaitTags(t, e, platforms, "moved")

	for _, u := range platforms {
		awaitReady(t, e, u)
	}

	after := identitiesOf(t, e, platforms)

	for i, u := range platforms {
		if diff := gocmp.Diff(before[i], after[i]); diff != "" {
			t.Errorf("%s under the policy: -before, +after:\n%s", describe(u), diff)
		}
	}
}

// faultConfigRenamed has the platforms follow the name of their account's configuration.
func faultConfigRenamed(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	config := func(name string) map[string]any {
		return map[string]any{"kind": "ClusterProviderConfig", "name": name}
	}

	e.Provider.SameAccount(provider.Config{Kind: "ClusterProviderConfig", Name: "renamed"}, provider.Config{Kind: "ClusterProviderConfig", Name: "default"})
	defer setPolicy(t, e, map[string]any{})

	before := identitiesOf(t, e, platforms)

	for _, rename := range [][2]string{{"default", "renamed"}, {"renamed", "default"}} {
		setPolicy(t, e, map[string]any{
			"defaults":              map[string]any{"providerConfigRef": config(rename[1])},
			"providerConfigRenames": []any{map[string]any{"from": config(rename[0]), "to": config(rename[1])}},
		})

		for i, u := range platforms {
			if err := e.Eventually(t.Context(), func(ctx context.Context) error {
				parts, err := composed(ctx, e, u)
				if err != nil {
					return err
				}

				return useConfig(parts, rename[1])
			}); err != nil {
				t.Fatalf("%s: %v", describe(u), err)
			}

			awaitReady(t, e, u)

			if diff := gocmp.Diff(before[i], identities(t, e, u)); diff != "" {
				t.Errorf("%s with the configuration %s: -before, +after:\n%s", describe(u), rename[1], diff)
			}
		}
	}
}

// useConfig returns an error unless all managed resources use a provider configuration.
func useConfig(parts state, name string) error {
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if !managed(key, parts[key]) {
			continue
		}

		if got, _, _ := unstructured.NestedString(parts[key].Object, "spec", "providerConfigRef", "name"); got != name {
			return errors.Errorf("%s uses the provider configuration %s, want %s", key, got, name)
		}
	}

	return nil
}

// testVersionsSwapped installs the previous release's function, and then this one
// again. What only one of them composes goes in between.
func testVersionsSwapped(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, previous string) {
	t.Helper()
	prove(t, "Fault: the function of "+previous+" is installed, and this one again; nothing is replaced, and no more than alarms, Usages and versions of the secret are deleted")

	kinds := map[string]string{}

	// identify the platforms with a version.
	identify := func(v string) []map[string]string {
		out := identitiesTagged(t, e, platforms, v)

		for _, u := range platforms {
			for key, o := range mustComposed(t, e, u) {
				kinds[key] = o.GetKind()
			}
		}

		return out
	}

	before := identify("before")

	if err := e.InstallFunction(t.Context(), previousVersion); err != nil {
		t.Fatal(err)
	}

	between := identify(previousVersion)

	if err := e.InstallFunction(t.Context(), version); err != nil {
		t.Fatal(err)
	}

	after := identify(version)

	for i, u := range platforms {
		// What only one of them composes went in between, or came and went.
		passing := cmpopts.IgnoreMapEntries(func(key, _ string) bool {
			return slices.Contains(expendable, kinds[key]) && (before[i][key] == "" || between[i][key] == "")
		})

		if diff := gocmp.Diff(before[i], between[i], passing); diff != "" {
			t.Errorf("%s: -this version, +the other:\n%s", describe(u), diff)
		}

		if diff := gocmp.Diff(before[i], after[i], passing); diff != "" {
			t.Errorf("%s: -before, +after:\n%s", describe(u), diff)
		}

		if diff := gocmp.Diff(slices.Sorted(maps.Keys(before[i])), slices.Sorted(maps.Keys(after[i]))); diff != "" {
			t.Errorf("resources of %s: -before, +after:\n%s", describe(u), diff)
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

// identitiesTagged of platforms once they have a tag, which is a change that reaches nearly
// all that they are made of, and are ready with it.
func identitiesTagged(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, value string) []map[string]string {
	t.Helper()
	setTags(t, e, platforms, value)
	awaitTags(t, e, platforms, value)

	for _, u := range platforms {
		awaitReady(t, e, u)
	}

	return identitiesOf(t, e, platforms)
}

// setTags of platforms.
func setTags(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, value string) {
	t.Helper()

	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"tags": map[string]any{"fault": value}}})
	if err != nil {
		t.Fatal(err)
	}

	for _, u := range platforms {
		// What was restarted may not answer at once.
		if err := e.Eventually(t.Context(), func(ctx context.Context) error {
			return e.Client.Patch(ctx, u, client.RawPatch(types.MergePatchType, patch))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitTags waits until the tag of platforms has reached all that can have it.
func awaitTags(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured, value string) {
	t.Helper()

	for _, u := range platforms {
		if err := e.Eventually(t.Context(), func(ctx context.Context) error {
			parts, err := composed(ctx, e, u)
			if err != nil {
				return err
			}

			return haveTag(parts, value)
		}); err != nil {
			t.Fatalf("%s: %v", describe(u), err)
		}
	}
}

// awaitChange waits until the change that was under way is carried out, in AWS too.
func awaitChange(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()
	awaitTags(t, e, platforms, underWay)
	identitiesOf(t, e, platforms)
}

// haveTag returns an error unless all that can have it has the tag.
func haveTag(parts state, value string) error {
	if parts["vpc"] == nil {
		return errors.New("there is no VPC")
	}

	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if !tagged(key, parts[key]) {
			continue
		}

		if got, _, _ := unstructured.NestedString(parts[key].Object, "spec", "forProvider", "tags", "fault"); got != value {
			return errors.Errorf("%s: the tag is %q, want %q", key, got, value)
		}
	}

	return nil
}

// checkUnderWay checks that no platform has all of its latest change yet.
func checkUnderWay(t *testing.T, e *environment.Environment, platforms []*unstructured.Unstructured) {
	t.Helper()

	for _, u := range platforms {
		if parts := mustComposed(t, e, u); haveTag(parts, underWay) == nil && inAWS(parts) == nil {
			t.Errorf("%s: the change was carried out before the fault", describe(u))
		}
	}
}

// awaitCondition waits until a condition of a platform's XR is false, for a reason that
// has a text in it.
func awaitCondition(t *testing.T, e *environment.Environment, u *unstructured.Unstructured, kind, message string) {
	t.Helper()

	if err := e.Eventually(t.Context(), func(ctx context.Context) error {
		if err := e.Client.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}

		xr, err := composite(ctx, e, u)
		if err != nil {
			return err
		}

		c := condition(xr, kind)
		if c.Status != metav1.ConditionFalse || !strings.Contains(c.Message, message) {
			return errors.Errorf("%s of %s does not say %q:\n%s", kind, describe(u), message, conditions(xr))
		}

		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
