package provider

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
)

func TestKill(t *testing.T) {
	// What AWS was asked to create when the provider was killed exists afterwards, and the
	// next process does not know it.
	cases := map[string]struct {
		reason string
		kind   string
		fields Object
		change func(*Managed, string)
		want   string // What the next process's creation comes to.
		exist  int
	}{
		"Subnet": {
			reason: "Its block is taken, for ever.",
			kind:   "ec2/Subnet",
			fields: Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1"},
			want:   "InvalidSubnet.Conflict: The CIDR '10.0.0.0/24' conflicts with another subnet",
			exist:  1,
		},
		"EIP": {
			reason: "Nothing tells one address from another, so there are two.",
			kind:   "ec2/EIP",
			exist:  2,
		},
		"Healed": {
			reason: "With the name that AWS gave it is found.",
			kind:   "ec2/Subnet",
			fields: Object{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-1"},
			change: func(m *Managed, name string) { meta.SetExternalName(m, name) },
			want:   "exists, up to date, late initialized",
			exist:  1,
		},
		"Stream": {
			reason: "What we name is found anyway.",
			kind:   "kinesis/Stream",
			want:   "exists, up to date",
			exist:  1,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := mr(tc.kind, "it", tc.fields)
				if tc.kind == "kinesis/Stream" {
					meta.SetExternalName(m, "it")
				}

				c := newController(tc.kind, &store{managed: []*Managed{m}})
				first := c.process

				go func() {
					<-first.stop
					close(first.stopped)
				}()

				killed := c.KillOnCreate(tc.kind, "team-a")

				if _, err := connect(t, c, m).Create(t.Context(), m); err != nil {
					t.Fatal(err)
				}

				<-killed

				if _, err := connect(t, c, m).Update(t.Context(), m); err == nil {
					t.Error("Update(): want a process that is killed to start nothing")
				}

				time.Sleep(time.Minute)
				synctest.Wait()

				c.process = newTestProcess(c.Provider)
				exists := c.ExistingOf("team-a")

				if len(exists) != 1 {
					t.Fatalf("ExistingOf(): want what was asked for, got %v", exists)
				}

				if tc.change != nil {
					tc.change(m, exists[0][len(tc.kind)+1:])
				}

				got := brief(connect(t, c, m).Observe(t.Context(), m))
				if got == "" {
					// Another creation is later than the one before.
					meta.AddAnnotations(m, map[string]string{meta.AnnotationKeyExternalCreatePending: "2026-01-05T09:00:03Z"})

					if _, err := connect(t, c, m).Create(t.Context(), m); err != nil {
						t.Fatal(err)
					}

					time.Sleep(time.Minute)
					synctest.Wait()

					for _, r := range c.Refusals() {
						got = r.Error
					}
				}

				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}

				if diff := cmp.Diff(tc.exist, len(c.ExistingOf("team-a"))); diff != "" {
					t.Errorf("%s\nExistingOf(): -want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}
