package provider

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPostpone(t *testing.T) {
	now := func(o Object) Object {
		o["applyImmediately"] = true
		return o
	}

	cases := map[string]struct {
		reason  string
		kind    string
		was, is Object
		pending Object // Before.
		want    Object
		waits   Object // Afterwards.
	}{
		"Waits": {
			reason: "A change waits for the window.",
			kind:   "rds/Instance",
			was:    Object{"instanceClass": "small"},
			is:     Object{"instanceClass": "large"},
			want:   Object{"instanceClass": "small"},
			waits:  Object{"instanceClass": "large"},
		},
		"Immediately": {
			reason: "Unless it is to be applied immediately.",
			kind:   "rds/Instance",
			was:    Object{"instanceClass": "small"},
			is:     now(Object{"instanceClass": "large"}),
			want:   now(Object{"instanceClass": "large"}),
		},
		"OtherChange": {
			reason: "Some changes never wait.",
			kind:   "elasticache/ReplicationGroup",
			was:    Object{"nodeType": "small", "numCacheClusters": int64(2)},
			is:     Object{"nodeType": "large", "numCacheClusters": int64(3)},
			want:   Object{"nodeType": "small", "numCacheClusters": int64(3)},
			waits:  Object{"nodeType": "large"},
		},
		"OtherKind": {
			reason: "Of other kinds none does.",
			kind:   "kinesis/Stream",
			was:    Object{"shardCount": int64(2)},
			is:     Object{"shardCount": int64(3)},
			want:   Object{"shardCount": int64(3)},
		},
		"Version": {
			reason: "The groups wait with the version.",
			kind:   "rds/Instance",
			was:    Object{"engineVersion": "15.15", "parameterGroupName": "default.postgres15"},
			is:     Object{"engineVersion": "16.11", "parameterGroupName": "default.postgres16"},
			want:   Object{"engineVersion": "15.15", "parameterGroupName": "default.postgres15"},
			waits:  Object{"engineVersion": "16.11", "parameterGroupName": "default.postgres16"},
		},
		"Group": {
			reason: "By themselves they don't.",
			kind:   "rds/Instance",
			was:    Object{"engineVersion": "15.15", "parameterGroupName": "default.postgres15"},
			is:     Object{"engineVersion": "15.15", "parameterGroupName": "ours"},
			want:   Object{"engineVersion": "15.15", "parameterGroupName": "ours"},
		},
		"StillWaits": {
			reason:  "What waits goes on waiting while something else changes.",
			kind:    "rds/Instance",
			was:     Object{"instanceClass": "small", "multiAz": true},
			is:      Object{"instanceClass": "small", "multiAz": false},
			pending: Object{"instanceClass": "large"},
			want:    Object{"instanceClass": "small", "multiAz": true},
			waits:   Object{"instanceClass": "large", "multiAz": false},
		},
		"NoLonger": {
			reason:  "A change that is applied immediately takes along what waits.",
			kind:    "rds/Instance",
			was:     Object{"engineVersion": "15.15", "multiAz": true},
			is:      now(Object{"engineVersion": "15.15", "multiAz": false}),
			pending: Object{"engineVersion": "15.16"},
			want:    now(Object{"engineVersion": "15.16", "multiAz": false}),
		},
		"LowerVersion": {
			reason: "The provider does not ask for a lower version.",
			kind:   "rds/Instance",
			was:    Object{"engineVersion": "15.15"},
			is:     now(Object{"engineVersion": "15.14"}),
			want:   now(Object{"engineVersion": "15.15"}),
		},
		"NotAsked": {
			reason: "What a resource does not ask for stays.",
			kind:   "rds/Instance",
			was:    Object{"iops": int64(16000)},
			is:     now(Object{}),
			want:   now(Object{"iops": int64(16000)}),
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			object := func(f Object) Object { return Object{"spec": Object{"forProvider": f}} }
			has := &thing{key: key{kind: tc.kind}, object: object(tc.was), pending: tc.pending}

			is := object(tc.is)
			waits := postpone(has, is)

			if diff := cmp.Diff(tc.want, forProvider(is)); diff != "" {
				t.Errorf("%s\npostpone(): in AWS: -want, +got:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(tc.waits, waits); diff != "" {
				t.Errorf("%s\npostpone(): waiting: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	// Without applyImmediately the provider asks again and again, until the window is open.
	cases := map[string]struct {
		kind string
		ask  Object
		all  time.Duration // How often it asks.
	}{
		"Cache":    {kind: "elasticache/ReplicationGroup", ask: Object{"nodeType": "large"}, all: time.Second},
		"Database": {kind: "rds/Instance", ask: Object{"instanceClass": "large"}, all: 1600 * time.Millisecond},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := mr(tc.kind, "it", Object{"nodeType": "small", "instanceClass": "small"}, named("it"), policies("Observe", "Create", "Update", "Delete"))
				c := newController(tc.kind, &store{managed: []*Managed{m}})
				exist(t, c.cloud, m)

				maps.Copy(m.forProvider(), tc.ask)

				const times = 5

				for i := range times {
					if diff := cmp.Diff("exists", brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
						t.Fatalf("Observe() %d: -want, +got:\n%s", i, diff)
					}

					if _, err := connect(t, c, m).Update(t.Context(), m); err != nil {
						t.Fatal(err)
					}

					time.Sleep(tc.all)
					synctest.Wait()
				}

				if diff := cmp.Diff(times, c.Requests("team-a", tc.kind, OperationUpdate)); diff != "" {
					t.Errorf("Requests(): -want, +got:\n%s", diff)
				}

				c.OpenWindow()

				if diff := cmp.Diff("exists, up to date", brief(connect(t, c, m).Observe(t.Context(), m))); diff != "" {
					t.Errorf("Observe(): after the window: -want, +got:\n%s", diff)
				}
			})
		})
	}
}

func TestPendingVersion(t *testing.T) {
	// Terraform takes the version that a database is to get for the one that it has. So it
	// does not ask again, nor does it when the version is taken back.
	c := newCloud()
	m := mr("rds/Instance", "it", Object{"engineVersion": "15.15"}, named("it"))
	has := c.adopt(m, nil)
	upToDate := func() bool {
		x, _, err := c.external(has)
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff("15.15", x.AtProvider()["engineVersionActual"]); diff != "" {
			t.Errorf("AtProvider(): engineVersionActual: -want, +got:\n%s", diff)
		}

		return len(c.changes(has, x.AtProvider(), m, nil)) == 0
	}

	m.forProvider()["engineVersion"] = "15.16"

	if upToDate() {
		t.Error("changes(): want one before the provider has asked")
	}

	c.update(has, snapshot(m, "it"), nil)

	if !upToDate() {
		t.Error("changes(): want none while the version waits")
	}

	m.forProvider()["engineVersion"] = "15.15"

	if !upToDate() {
		t.Error("changes(): want none once it is taken back")
	}
}
