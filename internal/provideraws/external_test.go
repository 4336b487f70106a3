package provideraws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

func TestExternal(t *testing.T) {
	// One resource at a time AWS says the same as of all at once.
	want, err := Platform(applied(t), Ready)
	if err != nil {
		t.Fatal(err)
	}

	siblings := make([]Object, 0, len(want))

	for _, r := range want {
		o := runtime.DeepCopyJSON(r.Object)
		delete(o, "status")
		siblings = append(siblings, o)
	}

	for _, o := range siblings {
		u := &unstructured.Unstructured{Object: o}
		name := u.GetName()

		t.Run(name, func(t *testing.T) {
			e, err := NewExternal(o, "", siblings...)
			if err != nil {
				t.Fatal(err)
			}

			atProvider, _, _ := unstructured.NestedMap(want[name].Object, "status", "atProvider")

			got := e.AtProvider()

			// What AWS chose is in the spec by now, where it has no empty texts.
			for _, field := range LateInitialized(KindOf(u.GroupVersionKind())) {
				delete(atProvider, field)
				delete(got, field)
			}

			if diff := cmp.Diff(atProvider, got); diff != "" {
				t.Errorf("AtProvider(): -want, +got:\n%s", diff)
			}

			if diff := cmp.Diff(u.GetAnnotations()[annotationExternalName], e.Identifier()); diff != "" {
				t.Errorf("Identifier(): -want, +got:\n%s", diff)
			}

			if r := want[name]; r.Connection != nil {
				if diff := cmp.Diff(r.Connection, e.Connection()); diff != "" {
					t.Errorf("Connection(): -want, +got:\n%s", diff)
				}
			}
		})
	}
}

func TestSalt(t *testing.T) {
	vpc := Object{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC", "metadata": Object{"name": "vpc"}, "spec": Object{"forProvider": Object{}}}
	identifiers := map[string]bool{}

	for _, salt := range []string{"", "a", "b", "b"} {
		e, err := NewExternal(vpc, salt)
		if err != nil {
			t.Fatal(err)
		}

		identifiers[e.Identifier()] = true
	}

	if len(identifiers) != 3 {
		t.Errorf("Identifier(): want one for each salt, got %v", slices.Sorted(maps.Keys(identifiers)))
	}
}

func TestNewExternalErrors(t *testing.T) {
	known := Object{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC"}
	unknown := Object{"apiVersion": "s3.aws.m.upbound.io/v1beta1", "kind": "Bucket"}

	cases := map[string]struct {
		reason   string
		o        Object
		siblings []Object
		want     string
	}{
		"UnknownKind": {
			reason: "A kind without a pattern has nothing to say.",
			o:      unknown,
			want:   "no pattern for s3/Bucket: add one",
		},
		"UnknownSibling": {
			reason:   "Nor has a sibling of such a kind.",
			o:        known,
			siblings: []Object{unknown},
			want:     "no pattern for s3/Bucket: add one",
		},
		"NotManaged": {
			reason: "AWS has nothing of Kubernetes' own kinds.",
			o:      Object{"apiVersion": "v1", "kind": "Secret"},
			want:   "v1/Secret is no managed resource",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := NewExternal(tc.o, "", tc.siblings...)
			if diff := cmp.Diff(tc.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("%s\nNewExternal(): error: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestExplicitReferences(t *testing.T) {
	// A rule that names its security group is one of the group's, as one that
	// selects it is.
	resource := func(kind, name, external string, forProvider Object) Object {
		return Object{
			"apiVersion": "ec2.aws.m.upbound.io/v1beta1",
			"kind":       kind,
			"metadata":   Object{"name": name, "annotations": Object{annotationExternalName: external}},
			"spec":       Object{"forProvider": forProvider},
		}
	}
	group := resource("SecurityGroup", "group", "sg-1", Object{})
	table := resource("RouteTable", "table", "rtb-1", Object{})
	siblings := []Object{
		group, table,
		resource("SecurityGroupRule", "ours", "sgrule-1", Object{"securityGroupId": "sg-1", "type": "ingress", "protocol": "tcp"}),
		resource("SecurityGroupRule", "theirs", "sgrule-2", Object{"securityGroupId": "sg-2", "type": "egress"}),
		resource("Route", "route", "r-1", Object{"routeTableId": "rtb-1", "gatewayId": "igw-1", "destinationCidrBlock": "0.0.0.0/0"}),
	}

	of := func(o Object) Object {
		e, err := NewExternal(o, "", siblings...)
		if err != nil {
			t.Fatal(err)
		}

		return e.AtProvider()
	}

	got := of(group)
	if diff := cmp.Diff([]any{Object{"description": "", "self": false, "protocol": "tcp"}}, got["ingress"]); diff != "" {
		t.Errorf("AtProvider(): ingress: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff(nil, got["egress"]); diff != "" {
		t.Errorf("AtProvider(): egress: -want, +got:\n%s", diff)
	}

	routes, _ := of(table)["route"].([]any)
	if len(routes) != 1 || routes[0].(Object)["gatewayId"] != "igw-1" {
		t.Errorf("AtProvider(): route: want one to igw-1, got %v", routes)
	}
}

// Each kind that a platform has is played, and its identifier is AWS's where the table of
// kinds says so.
func TestPatternsCoverKinds(t *testing.T) {
	all := kinds.All()
	if len(patterns) != len(all) {
		t.Errorf("want a pattern for each of %d kinds, got %d", len(all), len(patterns))
	}

	for _, kind := range all {
		if p, ok := patterns[kind.Name]; !ok || (p.identifier != nil) != kind.NamedByAWS {
			t.Errorf("%s: it has a pattern: %t, AWS names it: %t, its pattern says so: %t", kind.Name, ok, kind.NamedByAWS, p.identifier != nil)
		}
	}
}

func TestExportedReferences(t *testing.T) {
	got := References("rds/SubnetGroup")
	if len(got) != 1 || got[0].Field != "subnetIds" || got[0].Selector != "subnetIdSelector" || got[0].Refs != "subnetIdRefs" || !got[0].List || !strings.HasSuffix(got[0].To.String(), "Kind=Subnet") {
		t.Errorf("References(): got %+v", got)
	}
}
