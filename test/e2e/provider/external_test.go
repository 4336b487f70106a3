package provider

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	xpv1 "github.com/crossplane/crossplane-runtime/v2/apis/common/v1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/conditions"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
)

// newController returns a controller that reads and writes a store.
func newController(kind string, s *store) *kindController {
	p := &Provider{cloud: newCloud(), requests: map[changeRequest]int{}, statuses: map[string]int{}, options: Options{}.withDefaults()}
	p.current = newTestProcess(p)

	return &kindController{
		process:   p.current,
		kind:      gvk(kind),
		client:    kindClient{Client: s, kind: gvk(kind)},
		callbacks: p.rateLimiter(),
	}
}

func newTestProcess(p *Provider) *process {
	return &process{
		Provider: p,
		trackers: trackers{byID: map[types.UID]*operationTracker{}},
		stop:     make(chan struct{}), stopped: make(chan struct{}), replaced: make(chan struct{}),
	}
}

func connect(t *testing.T, c *kindController, m *Managed) managed.ExternalClient {
	t.Helper()

	e, err := connector{kindController: c}.Connect(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

// brief words what was observed.
func brief(o managed.ExternalObservation, err error) string {
	if err != nil {
		return err.Error()
	}

	var out []string
	if o.ResourceExists {
		out = append(out, "exists")
	}

	if o.ResourceUpToDate {
		out = append(out, "up to date")
	}

	if o.ResourceLateInitialized {
		out = append(out, "late initialized")
	}

	return strings.Join(out, ", ")
}

func deleted(m *Managed) { m.SetDeletionTimestamp(&metav1.Time{Time: time.Unix(0, 0)}) }

func TestLife(t *testing.T) {
	// A database is created, observed, changed and deleted, each as late as AWS
	// takes.
	synctest.Test(t, func(t *testing.T) {
		s := &store{secrets: map[string]*corev1.Secret{"secret": {Data: map[string][]byte{"password": []byte("secret")}}}}
		m := mr("rds/Instance", "db", Object{
			"identifier": "orders", "allocatedStorage": int64(20), "applyImmediately": true, "engineVersion": "15.15", "skipFinalSnapshot": true, "username": "platform",
			"autoGeneratePassword": true, "passwordSecretRef": Object{"name": "secret", "key": "password"},
		})
		s.managed = []*Managed{m.DeepCopyObject().(*Managed)}
		c := newController("rds/Instance", s)
		delay := DefaultDelays()["rds/Instance"]

		observe := func() string {
			o, err := connect(t, c, m).Observe(t.Context(), m)
			return brief(o, err)
		}
		step := func(want, got string) {
			t.Helper()

			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		}

		step("", observe())

		if _, err := connect(t, c, m).Create(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		time.Sleep(delay.Create - time.Second)
		synctest.Wait()
		step("exists, up to date", observe())
		step("", meta.GetExternalName(m))
		step("map[rds/Instance:1]", fmt.Sprint(c.Existing()))

		time.Sleep(2 * time.Second)
		synctest.Wait()
		step("exists, up to date, late initialized", observe())
		step("db-", meta.GetExternalName(m)[:3])
		step("default.postgres15", fmt.Sprint(m.forProvider()["parameterGroupName"]))
		step("Available", string(m.GetCondition(xpv1.TypeReady).Reason))
		step("exists, up to date", observe())

		o, _ := connect(t, c, m).Observe(t.Context(), m)
		step("secret", string(o.ConnectionDetails["password"]))

		m.forProvider()["allocatedStorage"] = int64(30)

		step("exists", observe())

		if _, err := connect(t, c, m).Update(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		time.Sleep(delay.Update + time.Second)
		synctest.Wait()
		step("exists, up to date", observe())
		step("30", fmt.Sprint(m.Object["status"].(Object)["atProvider"].(Object)["allocatedStorage"]))

		deleted(m)

		if _, err := connect(t, c, m).Delete(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		time.Sleep(delay.Delete - time.Second)
		synctest.Wait()
		step("exists, up to date", observe())

		time.Sleep(2 * time.Second)
		synctest.Wait()
		step("", observe())
		step("map[]", fmt.Sprint(c.Existing()))
	})
}

func TestRefused(t *testing.T) {
	// A delete that AWS refuses shows as the provider's would, and is noted.
	synctest.Test(t, func(t *testing.T) {
		m := mr("ec2/VPC", "vpc", nil, named("vpc-1"), deleted)
		s := &store{managed: []*Managed{m}}
		c := newController("ec2/VPC", s)
		exist(t, c.cloud, m, mr("ec2/Subnet", "subnet", Object{"vpcId": "vpc-1"}, named("subnet-1")))

		if _, err := connect(t, c, m).Delete(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)
		synctest.Wait()

		const async = "async delete failed: failed to delete the resource: [{0 deleting EC2 VPC (vpc-1): operation error EC2: DeleteVpc, https response error StatusCode: 400, RequestID: fa7fed02-7780-2215-af02-f0777e23886c, api error DependencyViolation: The vpc 'vpc-1' has dependencies and cannot be deleted.  []}]"

		got := s.managed[0]
		conditions := []string{string(got.GetCondition("LastAsyncOperation").Reason), got.GetCondition("LastAsyncOperation").Message, got.GetCondition(xpv1.TypeSynced).Message}

		if diff := cmp.Diff([]string{"AsyncDeleteFailure", async, "delete failed: " + async}, conditions); diff != "" {
			t.Errorf("conditions: -want, +got:\n%s", diff)
		}

		want := []Refusal{{
			Time: time.Now().Add(-time.Second), Operation: OperationDelete, Kind: "ec2/VPC", Namespace: "team-a", Name: "vpc", ExternalName: "vpc-1",
			Error: "DependencyViolation: The vpc 'vpc-1' has dependencies and cannot be deleted.",
		}}
		if diff := cmp.Diff(want, c.Refusals()); diff != "" {
			t.Errorf("Refusals(): -want, +got:\n%s", diff)
		}
	})
}

func TestMisplacedVersion(t *testing.T) {
	// A version whose document is gone is put into a secret without a name.
	document := &corev1.Secret{Data: map[string][]byte{"document": []byte("{}")}}
	m := mr("secretsmanager/SecretVersion", "version", Object{"secretStringSecretRef": Object{"name": "document", "key": "document"}}, named("secret|version"))
	s := &store{secrets: map[string]*corev1.Secret{"document": document}}
	c := newController("secretsmanager/SecretVersion", s)
	exist(t, c.cloud, m)

	refusals := func() int {
		if _, err := connect(t, c, m).Observe(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		return len(c.Refusals())
	}

	if diff := cmp.Diff(0, refusals()); diff != "" {
		t.Errorf("Refusals(): with the document: -want, +got:\n%s", diff)
	}

	delete(s.secrets, "document")

	if diff := cmp.Diff(1, refusals()); diff != "" {
		t.Errorf("Refusals(): without it: -want, +got:\n%s", diff)
	}
}

func TestAddress(t *testing.T) {
	// The address of a NAT gateway gets the gateway's interface written into its spec, and is
	// attached to it when it is gone.
	synctest.Test(t, func(t *testing.T) {
		address := mr("ec2/EIP", "address", Object{"domain": "vpc"}, named("eipalloc-1"))
		gateway := mr("ec2/NATGateway", "gateway", Object{"allocationId": "eipalloc-1"}, named("nat-1"))
		s := &store{managed: []*Managed{address}}
		c := newController("ec2/EIP", s)
		exist(t, c.cloud, address, gateway)

		observe := func(want string) {
			t.Helper()

			if diff := cmp.Diff(want, brief(connect(t, c, address).Observe(t.Context(), address))); diff != "" {
				t.Errorf("Observe(): -want, +got:\n%s", diff)
			}
		}

		observe("exists, up to date, late initialized")
		observe("exists, up to date")

		c.cloud.remove(c.cloud.get(c.cloud.key(gateway, "nat-1")))
		observe("exists")

		if _, err := connect(t, c, address).Update(t.Context(), address); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)
		synctest.Wait()

		const want = "updating EC2 EIP (eipalloc-1): associating EC2 EIP (eipalloc-1): operation error EC2: AssociateAddress, "
		if got := s.managed[0].GetCondition(xpv1.TypeSynced).Message; !strings.Contains(got, want) || !strings.Contains(got, "InvalidNetworkInterfaceID.NotFound") {
			t.Errorf("Synced: want %q, got %q", want, got)
		}
	})
}

func TestAddressWithoutLateInitialization(t *testing.T) {
	// Without the policy nothing is written, and nothing goes wrong.
	address := mr("ec2/EIP", "address", Object{"domain": "vpc"}, named("eipalloc-1"), policies("Observe", "Create", "Update", "Delete"))
	gateway := mr("ec2/NATGateway", "gateway", Object{"allocationId": "eipalloc-1"}, named("nat-1"))
	c := newController("ec2/EIP", &store{})
	exist(t, c.cloud, address, gateway)

	for range 2 {
		if diff := cmp.Diff("exists, up to date", brief(connect(t, c, address).Observe(t.Context(), address))); diff != "" {
			t.Errorf("Observe(): -want, +got:\n%s", diff)
		}

		if gone := c.cloud.get(c.cloud.key(gateway, "nat-1")); gone != nil {
			c.cloud.remove(gone)
		}
	}
}

func TestAdoption(t *testing.T) {
	seen := func(m *Managed) { m.Object["status"] = Object{"atProvider": Object{"id": "it"}} }

	cases := map[string]struct {
		reason string
		of     *Managed
		want   string
	}{
		"NamedByAWS": {
			reason: "An external name that AWS gave is of something that existed before.",
			of:     mr("ec2/VPC", "vpc", nil, named("vpc-before")),
			want:   "exists, up to date, late initialized",
		},
		"ObserveOnly": {
			reason: "So it is where it may only be observed; then nothing is initialized.",
			of:     mr("ec2/VPC", "vpc", nil, named("vpc-before"), policies("Observe")),
			want:   "exists, up to date",
		},
		"NamedByUs": {
			reason: "A name that is ours says nothing about AWS.",
			of:     mr("kinesis/Stream", "stream", nil, named("orders")),
		},
		"Seen": {
			reason: "Unless it was observed before this program started.",
			of:     mr("kinesis/Stream", "stream", nil, named("orders"), seen),
			want:   "exists, up to date",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newController(tc.of.Kind(), &store{})

			got := brief(connect(t, c, tc.of).Observe(t.Context(), tc.of))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nObserve(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNames(t *testing.T) {
	// What is taken over keeps its name, also when it is changed.
	for kind, field := range names {
		c := newCloud()
		has := c.adopt(mr(kind, "it", Object{field: "before"}, named("it")), nil)
		m := mr(kind, "it", Object{"tags": Object{"team": "data"}}, named("it"))

		changed := func() []string {
			x, _, err := c.external(has)
			if err != nil {
				t.Fatal(err)
			}

			var out []string
			for _, change := range c.changes(has, x.AtProvider(), m, nil) {
				out = append(out, change.argument)
			}

			return out
		}

		if diff := cmp.Diff([]string{"tags"}, changed()); diff != "" {
			t.Errorf("%s: changes(): -want, +got:\n%s", kind, diff)
		}

		c.update(has, snapshot(m, "it"), nil)

		if diff := cmp.Diff("before", has.text(field)); diff != "" {
			t.Errorf("%s: name after an update: -want, +got:\n%s", kind, diff)
		}
	}
}

func TestDrift(t *testing.T) {
	// What vanished does not exist, whatever the resource says of it.
	m := mr("ec2/VPC", "vpc", Object{"tags": Object{"crossplane-name": "vpc"}}, named("vpc-1"))
	c := newController("ec2/VPC", &store{})
	exist(t, c.cloud, m)

	if diff := cmp.Diff([]Thing{{Kind: "ec2/VPC", ExternalName: "vpc-1", Tags: map[string]string{"crossplane-name": "vpc"}}}, c.Things(m.GetNamespace())); diff != "" {
		t.Errorf("Things(): -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff([]string{"ec2/VPC vpc-1"}, c.ExistingOf(m.GetNamespace())); diff != "" {
		t.Errorf("ExistingOf(): -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff([]string(nil), c.ExistingOf("team-z")); diff != "" {
		t.Errorf("ExistingOf() of another namespace: -want, +got:\n%s", diff)
	}

	if !c.Exists("ec2/VPC", "vpc-1") {
		t.Error("Exists(): want it to know what exists")
	}

	c.Vanish("ec2/VPC", "vpc-1")

	if c.Exists("ec2/VPC", "vpc-1") {
		t.Error("Exists(): want it to know what does not")
	}

	if diff := cmp.Diff("", brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
		t.Errorf("Observe(): -want, +got:\n%s", diff)
	}
}

func TestFail(t *testing.T) {
	const failed = "failed to observe the resource: [{0 reading EC2 VPC (vpc-1): operation error EC2: DescribeVpcs, https response error StatusCode: 400, RequestID: 7808d8e8-7d19-65ac-27b3-c23b15d2798b, api error Broken: as told  []}]"

	annotated := func(m *Managed) { meta.AddAnnotations(m, map[string]string{AnnotationFail: "Broken: as told"}) }

	cases := map[string]struct {
		reason  string
		failure *Failure
		change  func(*Managed)
		want    string
	}{
		"Kind": {
			reason:  "All resources of a kind fail.",
			failure: &Failure{Kind: "ec2/VPC", Error: "Broken: as told"},
			want:    failed,
		},
		"Namespace": {
			reason:  "Or those of a namespace.",
			failure: &Failure{Kind: "ec2/VPC", Namespace: "team-b", Error: "Broken: as told"},
			want:    "exists, up to date",
		},
		"Operation": {
			reason:  "Or one operation.",
			failure: &Failure{Kind: "ec2/VPC", Operations: []Operation{OperationCreate}, Error: "Broken: as told"},
			want:    "exists, up to date",
		},
		"OtherKind": {
			reason:  "Other kinds do not.",
			failure: &Failure{Kind: "ec2/Subnet", Error: "Broken: as told"},
			want:    "exists, up to date",
		},
		"Annotation": {
			reason: "An annotation makes one resource fail.",
			change: annotated,
			want:   failed,
		},
		"Deleted": {
			reason: "Of one that is to be deleted, the deletion fails.",
			change: func(m *Managed) {
				annotated(m)
				deleted(m)
			},
			want: "exists, up to date",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := mr("ec2/VPC", "vpc", nil, named("vpc-1"), policies("Observe", "Create", "Update", "Delete"))
			c := newController("ec2/VPC", &store{})
			exist(t, c.cloud, m)

			if tc.failure != nil {
				defer c.Fail(*tc.failure)()
			}

			if tc.change != nil {
				tc.change(m)
			}

			got := brief(connect(t, c, m).Observe(t.Context(), m))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nObserve(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFailStops(t *testing.T) {
	m := mr("ec2/VPC", "vpc", nil)
	c := newController("ec2/VPC", &store{})

	stop := c.Fail(Failure{Kind: "ec2/VPC", Error: "Broken: as told"})
	if err := c.failures.of(OperationCreate, m); err == nil {
		t.Error("Fail(): nothing fails")
	}

	stop()

	if err := c.failures.of(OperationCreate, m); err != nil {
		t.Errorf("Fail(): it was stopped: %v", err)
	}
}

func TestFailedCreate(t *testing.T) {
	// The provider says what AWS said, and tries again.
	synctest.Test(t, func(t *testing.T) {
		m := mr("kinesis/Stream", "stream", nil, named("orders"))
		s := &store{managed: []*Managed{m}}
		c := newController("kinesis/Stream", s)

		stop := c.Fail(Failure{Kind: "kinesis/Stream", Error: "LimitExceededException: too many shards"})

		if _, err := connect(t, c, m).Create(t.Context(), m); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)
		synctest.Wait()

		const want = "create failed: async create failed: failed to create the resource: [{0 creating Kinesis Stream: operation error Kinesis: CreateStream, https response error StatusCode: 400, RequestID: 22f1e2dc-4e6e-05b4-60f5-0d382a2e7c21, LimitExceededException: too many shards  []}]"
		if diff := cmp.Diff(want, s.managed[0].GetCondition(xpv1.TypeSynced).Message); diff != "" {
			t.Errorf("Synced: -want, +got:\n%s", diff)
		}

		if diff := cmp.Diff("", brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
			t.Errorf("Observe(): -want, +got:\n%s", diff)
		}

		stop()

		if _, err := connect(t, c, m).Create(t.Context(), m); err == nil {
			t.Error("Create(): want the error of the operation before, as upjet returns it")
		}

		time.Sleep(time.Minute)
		synctest.Wait()

		if diff := cmp.Diff("exists, up to date", brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
			t.Errorf("Observe(): -want, +got:\n%s", diff)
		}
	})
}

func TestSteady(t *testing.T) {
	// A write that would change nothing is left out, and not counted.
	m := mr("ec2/VPC", "vpc", nil)
	m.SetResourceVersion("1")
	m.Object["status"] = Object{"n": int64(1)}

	p := &Provider{statuses: map[string]int{}}
	c := newKindClient(&versioned{store: store{managed: []*Managed{m}}}, gvk("ec2/VPC"), p)

	got := &Managed{}
	if err := c.Get(t.Context(), types.NamespacedName{Namespace: "team-a", Name: "vpc"}, got); err != nil {
		t.Fatal(err)
	}

	got.Object["status"].(Object)["n"] = float64(1)

	if err := c.Status().Update(t.Context(), got); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff("1", got.GetResourceVersion()); diff != "" {
		t.Errorf("Status().Update(): version after the same status: -want, +got:\n%s", diff)
	}

	got.Object["status"].(Object)["n"] = int64(2)

	if err := c.Status().Update(t.Context(), got); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff("2", got.GetResourceVersion()); diff != "" {
		t.Errorf("Status().Update(): version after another status: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff(1, p.StatusWrites("team-a")); diff != "" {
		t.Errorf("StatusWrites(): -want, +got:\n%s", diff)
	}
}

func TestLoseCreation(t *testing.T) {
	// As provider-aws's own programs may: crossplane-runtime gives up, and then refuses to go on.
	created := func(m *Managed) { meta.SetExternalCreateSucceeded(m, time.Unix(1, 0)) }

	cases := map[string]struct {
		reason string
		write  *Managed
		want   bool
	}{
		"Lost": {
			reason: "All tries to note that it was created fail.",
			write:  mr("ec2/VPC", "vpc", nil, created),
			want:   true,
		},
		"Pending": {
			reason: "That it is about to be created is noted.",
			write:  mr("ec2/VPC", "vpc", nil),
		},
		"OtherKind": {
			reason: "So is what became of another kind.",
			write:  mr("ec2/Subnet", "subnet", nil, created),
		},
		"OtherNamespace": {
			reason: "And of another namespace's.",
			write:  mr("ec2/VPC", "vpc", nil, created, func(m *Managed) { m.SetNamespace("team-b") }),
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := &Provider{}
			p.LoseCreation("ec2/VPC", "team-a")

			c := newKindClient(&versioned{store: store{managed: []*Managed{tc.write.DeepCopyObject().(*Managed)}}}, tc.write.GroupVersionKind(), p)

			err := managed.NewRetryingCriticalAnnotationUpdater(c).UpdateCriticalAnnotations(t.Context(), tc.write)
			if kerrors.IsConflict(err) != tc.want {
				t.Errorf("%s\nUpdateCriticalAnnotations(): want a conflict: %t, got: %v", tc.reason, tc.want, err)
			}

			// It is lost once.
			if err := c.Update(t.Context(), tc.write); tc.want && err != nil {
				t.Errorf("%s\nUpdate(): %v", tc.reason, err)
			}
		})
	}
}

func TestPollWritesSynced(t *testing.T) {
	// What a poll changes of a resource's conditions.
	cases := map[string]struct {
		reason string
		change func(*Managed)
		want   []string
	}{
		"UpToDate": {
			reason: "Of a resource that is as AWS has it, when it was Synced, as in crossplane/upjet#591.",
			want:   []string{"Synced"},
		},
		"Differs": {
			reason: "Of one that AWS has otherwise nothing: Observe leaves Synced alone.",
			change: func(m *Managed) { m.forProvider()["cidrBlock"] = "10.1.0.0/16" },
		},
		"Deleted": {
			reason: "Nor of one that is being deleted.",
			change: deleted,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := mr("ec2/VPC", "vpc", Object{"cidrBlock": "10.0.0.0/16"}, named("vpc-1"))
				m.SetGeneration(3)

				c := newController("ec2/VPC", &store{})
				exist(t, c.cloud, m)

				// As the managed reconciler does where the external client finds nothing to do.
				poll := func() []xpv1.Condition {
					if _, err := connect(t, c, m).Observe(t.Context(), m); err != nil {
						t.Fatal(err)
					}

					conditions.ObservedGenerationPropagationManager{}.For(m).MarkConditions(xpv1.ReconcileSuccess())
					time.Sleep(time.Minute)

					return m.conditions().Conditions
				}

				poll()

				if tc.change != nil {
					tc.change(m)
				}

				before, after := poll(), poll()

				if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(xpv1.Condition{}, "LastTransitionTime")); diff != "" {
					t.Errorf("%s\nconditions without their times: -before, +after:\n%s", tc.reason, diff)
				}

				var got []string

				for i, was := range before {
					if !was.LastTransitionTime.Equal(&after[i].LastTransitionTime) {
						got = append(got, string(was.Type))
					}
				}

				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s\nconditions with another time: -want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}
