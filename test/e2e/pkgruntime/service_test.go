package pkgruntime

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestServices(t *testing.T) {
	s, err := startServices()
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()

	const name = "function.crossplane-system"
	s.set(name, netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3"))
	s.set("gone.crossplane-system", netip.MustParseAddr("127.0.0.4"))
	s.set("gone.crossplane-system")

	cases := map[string]struct {
		reason string
		name   string
		want   []string
	}{
		"Replicas": {reason: "A name has the address of each replica.", name: name, want: []string{"127.0.0.2", "127.0.0.3"}},
		"Gone":     {reason: "A name whose replicas are gone is no name.", name: "gone.crossplane-system"},
		"Unknown":  {reason: "Others are no names.", name: "other.crossplane-system"},
	}

	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.conn.LocalAddr().String())
	}}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// With a dot at its end no other ending is tried.
			got, err := r.LookupHost(t.Context(), tc.name+".")
			if (err == nil) != (len(tc.want) > 0) {
				t.Errorf("%s\ngot error: %v", tc.reason, err)
			}

			slices.Sort(got)

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
