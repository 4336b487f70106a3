package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"

	"github.com/crossplane-contrib/function-data-platform/internal/provideraws"
)

// A life is a platform on a control plane: what was observed at the last call,
// and what was answered.
type life struct {
	t   *testing.T
	f   *Function
	req *fnv1.RunFunctionRequest
	rsp *fnv1.RunFunctionResponse
}

// newLife is a platform with a spec in JSON whose resources are all ready.
func newLife(t *testing.T, spec string) *life {
	t.Helper()
	return live(t, requestFor(xrJSON(spec)))
}

// live is a platform that was asked for and whose resources are all ready.
func live(t *testing.T, req *fnv1.RunFunctionRequest) *life {
	t.Helper()
	l := &life{t: t, f: newFunction(t), req: req}
	l.call()

	for range settling {
		l.settle()
		l.call()
	}

	return l
}

// call the function, and keep the status that it answers with.
func (l *life) call() {
	l.t.Helper()

	rsp, err := l.f.RunFunction(context.Background(), proto.CloneOf(l.req))
	if err != nil || len(rsp.GetResults()) > 0 {
		l.t.Fatalf("RunFunction(...): %v, results %v", err, rsp.GetResults())
	}

	l.rsp = rsp
	l.req.GetObserved().GetComposite().GetResource().GetFields()["status"] = rsp.GetDesired().GetComposite().GetResource().GetFields()["status"]
}

// settle has the provider make ready all that is desired, and delete what is
// not. What it published before stays as it is.
func (l *life) settle() {
	l.t.Helper()

	all, err := provideraws.Resources(l.req.GetObserved().GetComposite().GetResource(), l.rsp.GetDesired().GetResources(), provideraws.Ready)
	if err != nil {
		l.t.Fatal(err)
	}

	for key, r := range l.req.GetObserved().GetResources() {
		if _, ok := all[key]; ok && len(r.GetConnectionDetails()) > 0 {
			all[key].ConnectionDetails = r.GetConnectionDetails()
		}
	}

	l.req.Observed.Resources = all
}

// versions are the keys of the desired versions of the secret.
func (l *life) versions() []string {
	var out []string

	for key := range l.rsp.GetDesired().GetResources() {
		if strings.HasPrefix(key, "credentials-version-") {
			out = append(out, key)
		}
	}

	slices.Sort(out)

	return out
}

func (l *life) ready() bool {
	return l.rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE
}

// trouble makes a condition of an observed resource false.
func (l *life) trouble(key, condition, message string) {
	c := resource.MustStructJSON(`{"type":"` + condition + `","status":"False","reason":"Trouble","message":"` + message + `"}`)
	conditions := l.req.GetObserved().GetResources()[key].GetResource().GetFields()["status"].GetStructValue().GetFields()["conditions"].GetListValue()
	conditions.Values = slices.DeleteFunc(conditions.GetValues(), func(v *structpb.Value) bool {
		return v.GetStructValue().GetFields()["type"].GetStringValue() == condition
	})
	conditions.Values = append(conditions.Values, structpb.NewStructValue(c))
}

// A new password is a new version of the secret, and the old version goes when
// the new one exists.
func TestPasswordChanges(t *testing.T) {
	l := newLife(t, `{"region":"us-east-1"}`)

	first := l.versions()
	if len(first) != 1 || !l.ready() {
		t.Fatalf("want one version and a ready platform, got %v, ready %t", first, l.ready())
	}

	l.req.Observed.Resources["database"].ConnectionDetails["password"] = []byte("another")
	l.call()

	if got := l.versions(); !slices.Equal(got, first) || l.ready() {
		t.Fatalf("the new version must wait for its document, and the platform is not ready: got %v, ready %t", got, l.ready())
	}

	l.settle()
	l.call()

	both := l.versions()
	if len(both) != 2 || !slices.Contains(both, first[0]) || l.ready() {
		t.Fatalf("the old version must stay until the new one exists, and the platform is not ready: got %v, ready %t", both, l.ready())
	}

	if got := string(l.connection()["PGPASSWORD"]); got != "another" {
		t.Errorf("applications should get the new password, got %q", got)
	}

	// The Usage that holds the new document comes, and the old one goes, with a look more.
	for range 2 {
		l.settle()
		l.call()
	}

	last := l.versions()
	if len(last) != 1 || last[0] == first[0] || !l.ready() {
		t.Errorf("the old version must go when the new one exists: got %v, ready %t", last, l.ready())
	}
}

// connection is what the connection Secret is to hold.
func (l *life) connection() map[string][]byte {
	l.t.Helper()
	r := readerOf(l.rsp.GetDesired().GetResources()["connection"].GetResource())

	data := r.data("data")
	if r.err != nil {
		l.t.Fatal(r.err)
	}

	return data
}

// Details and statuses that vanish for a while withdraw nothing.
func TestDetailsVanish(t *testing.T) {
	l := newLife(t, `{"region":"us-east-1","cache":{"authentication":"Token"}}`)
	want := l.rsp

	for _, key := range []string{"database", "cache", "stream", "vpc", "credentials"} {
		r := l.req.GetObserved().GetResources()[key]
		r.ConnectionDetails = nil
		delete(r.GetResource().GetFields()["status"].GetStructValue().GetFields(), "atProvider")
	}

	l.call()

	if diff := cmp.Diff(want, l.rsp, protocmp.Transform()); diff != "" {
		t.Errorf("RunFunction(...): -before, +after:\n%s", diff)
	}
}

// Trouble with resources is told in their components' conditions, in the
// provider's words, and nothing is rewritten.
func TestTrouble(t *testing.T) {
	cases := map[string]struct {
		reason  string
		trouble func(*life)
		want    map[string]string
		ready   bool
	}{
		"TwoNotSynced": {
			reason: "Two that fail at once should both be named. What exists still works.",
			trouble: func(l *life) {
				l.trouble("database", "Synced", "cannot upgrade")
				l.trouble("subnet-group-database", "Synced", "access denied")
			},
			want:  map[string]string{"DatabaseReady": "subnet-group-database: access denied; database: cannot upgrade"},
			ready: true,
		},
		"LastAsyncOperation": {
			reason:  "An asynchronous operation that failed should be told.",
			trouble: func(l *life) { l.trouble("cache", "LastAsyncOperation", "async update failed") },
			want:    map[string]string{"CacheReady": "cache: async update failed"},
			ready:   true,
		},
		"Unready": {
			reason:  "A resource that becomes unready should make its component and the XR unready.",
			trouble: func(l *life) { l.trouble("stream", "Ready", "updating") },
			want:    map[string]string{"StreamReady": "waiting for stream (updating)"},
			ready:   false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLife(t, `{"region":"us-east-1"}`)
			before := l.rsp.GetDesired()
			tc.trouble(l)
			l.call()

			got := map[string]string{}

			for _, c := range l.rsp.GetConditions() {
				if c.GetStatus() != fnv1.Status_STATUS_CONDITION_TRUE {
					got[c.GetType()] = c.GetMessage()
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want conditions, +got conditions:\n%s", tc.reason, diff)
			}

			if l.ready() != tc.ready {
				t.Errorf("%s\nwant ready %t, got %t", tc.reason, tc.ready, l.ready())
			}

			for key, r := range before.GetResources() {
				if diff := cmp.Diff(r.GetResource(), l.rsp.GetDesired().GetResources()[key].GetResource(), protocmp.Transform()); diff != "" {
					t.Errorf("%s\n%s was rewritten: -before, +after:\n%s", tc.reason, key, diff)
				}
			}
		})
	}
}

// A platform that is let go of on one control plane, and made again on another
// with the ids that AWS gave, has the same names in AWS throughout.
func TestOrphanMoveAdopt(t *testing.T) {
	names := func(resources map[string]*fnv1.Resource) map[string]string {
		out := map[string]string{}

		for key, r := range resources {
			at := readerOf(r.GetResource())

			name := at.text("metadata", "annotations", "crossplane.io/external-name")
			if name != "" {
				out[key] = name
			}
		}

		return out
	}

	old := newLife(t, `{"region":"us-east-1","deletionPolicy":"Orphan"}`)
	for key, r := range old.rsp.GetDesired().GetResources() {
		for _, action := range r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["managementPolicies"].GetListValue().GetValues() {
			if a := action.GetStringValue(); a == "Delete" || a == "*" {
				t.Errorf("%s would be deleted in AWS", key)
			}
		}
	}

	had := names(old.req.GetObserved().GetResources())

	spec := resource.MustStructJSON(`{"region":"us-east-1"}`)

	given, _ := structpb.NewStruct(nil)
	for key, name := range had {
		given.Fields[key] = structpb.NewStringValue(name)
	}

	spec.Fields["externalNames"] = structpb.NewStructValue(given)
	xr := xrJSON(`{}`)
	xr.Fields["spec"] = structpb.NewStructValue(spec)
	xr.Fields["metadata"].GetStructValue().Fields["uid"] = structpb.NewStringValue("another")

	rsp := live(t, requestFor(xr, withPolicy(`"allow": {"externalNames": true}`))).rsp
	// A version of the secret is made again.
	isVersion := func(key, _ string) bool { return strings.HasPrefix(key, "credentials-version-") }
	maps.DeleteFunc(had, isVersion)

	got := names(rsp.GetDesired().GetResources())
	maps.DeleteFunc(got, isVersion)

	if diff := cmp.Diff(had, got); diff != "" {
		t.Errorf("names in AWS: -before, +after:\n%s", diff)
	}

	if len(had) < 20 {
		t.Errorf("want the names of the whole platform, got %v", slices.Sorted(maps.Keys(had)))
	}
}
