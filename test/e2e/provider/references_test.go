package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResolveReferences(t *testing.T) {
	vpcSelector := Object{"vpcIdSelector": Object{"matchControllerRef": true, "matchLabels": Object{"component": "network"}}}
	subnetSelector := func(policy Object) Object {
		return Object{"subnetIdSelector": Object{"matchControllerRef": true, "matchLabels": Object{"component": "network"}, "policy": policy}}
	}

	type want struct {
		Fields Object
		Error  string
	}

	cases := map[string]struct {
		reason string
		others []*Managed
		of     *Managed
		fields []string
		want   want
	}{
		"One": {
			reason: "A selector finds the sibling that has the labels.",
			others: []*Managed{
				mr("ec2/VPC", "theirs", nil, controlledBy("b"), labelled("network"), named("vpc-theirs")),
				mr("ec2/VPC", "ours", nil, controlledBy("a"), labelled("network"), named("vpc-ours")),
				mr("ec2/VPC", "other", nil, controlledBy("a"), labelled("other"), named("vpc-other")),
			},
			of:     mr("ec2/Subnet", "it", vpcSelector, controlledBy("a")),
			fields: []string{"vpcId", "vpcIdRef"},
			want:   want{Fields: Object{"vpcId": "vpc-ours", "vpcIdRef": Object{"name": "ours", "namespace": "team-a"}}},
		},
		"None": {
			reason: "Where nothing has the labels the resource waits.",
			of:     mr("ec2/Subnet", "it", vpcSelector, controlledBy("a")),
			fields: []string{"vpcId"},
			want:   want{Fields: Object{}, Error: "mg.Spec.ForProvider.VPCID: no resources matched selector"},
		},
		"OtherController": {
			reason: "Another platform's do not count.",
			others: []*Managed{mr("ec2/VPC", "theirs", nil, controlledBy("b"), labelled("network"), named("vpc-theirs"))},
			of:     mr("ec2/Subnet", "it", vpcSelector, controlledBy("a")),
			fields: []string{"vpcId"},
			want:   want{Fields: Object{}, Error: "mg.Spec.ForProvider.VPCID: no resources matched selector"},
		},
		"NotReady": {
			reason: "A sibling without an external name does not exist yet.",
			others: []*Managed{mr("ec2/VPC", "ours", nil, controlledBy("a"), labelled("network"))},
			of:     mr("ec2/Subnet", "it", vpcSelector, controlledBy("a")),
			fields: []string{"vpcId"},
			want:   want{Fields: Object{}, Error: "mg.Spec.ForProvider.VPCID: referenced field was empty (referenced resource may not yet be ready)"},
		},
		"List": {
			reason: "A list holds all, sorted.",
			others: []*Managed{
				mr("ec2/Subnet", "b", nil, controlledBy("a"), labelled("network"), named("subnet-1")),
				mr("ec2/Subnet", "a", nil, controlledBy("a"), labelled("network"), named("subnet-2")),
			},
			of:     mr("rds/SubnetGroup", "it", subnetSelector(nil), controlledBy("a")),
			fields: []string{"subnetIds", "subnetIdRefs"},
			want: want{Fields: Object{
				"subnetIds":    []any{"subnet-1", "subnet-2"},
				"subnetIdRefs": []any{Object{"name": "b", "namespace": "team-a"}, Object{"name": "a", "namespace": "team-a"}},
			}},
		},
		"ListNotReady": {
			reason: "A list waits for all.",
			others: []*Managed{
				mr("ec2/Subnet", "b", nil, controlledBy("a"), labelled("network"), named("subnet-1")),
				mr("ec2/Subnet", "a", nil, controlledBy("a"), labelled("network")),
			},
			of:     mr("rds/SubnetGroup", "it", subnetSelector(nil), controlledBy("a")),
			fields: []string{"subnetIds"},
			want:   want{Fields: Object{}, Error: "mg.Spec.ForProvider.SubnetIds: referenced field was empty (referenced resource may not yet be ready)"},
		},
		"Once": {
			reason: "A selector is resolved once.",
			others: []*Managed{mr("ec2/Subnet", "a", nil, controlledBy("a"), labelled("network"), named("subnet-1"))},
			of: mr("rds/SubnetGroup", "it", subnetSelector(nil), controlledBy("a"), func(m *Managed) {
				m.set("subnetIds", []string{"subnet-0"})
			}),
			fields: []string{"subnetIds"},
			want:   want{Fields: Object{"subnetIds": []any{"subnet-0"}}},
		},
		"Always": {
			reason: "Unless its policy says otherwise.",
			others: []*Managed{mr("ec2/Subnet", "a", nil, controlledBy("a"), labelled("network"), named("subnet-1"))},
			of: mr("rds/SubnetGroup", "it", subnetSelector(Object{"resolve": "Always"}), controlledBy("a"), func(m *Managed) {
				m.set("subnetIds", []string{"subnet-0"})
			}),
			fields: []string{"subnetIds"},
			want:   want{Fields: Object{"subnetIds": []any{"subnet-1"}}},
		},
		"Value": {
			reason: "A value needs no other resource.",
			of:     mr("ec2/Subnet", "it", Object{"vpcId": "vpc-1"}),
			fields: []string{"vpcId"},
			want:   want{Fields: Object{"vpcId": "vpc-1"}},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := want{Fields: Object{}}
			if err := tc.of.ResolveReferences(t.Context(), &store{managed: tc.others}); err != nil {
				got.Error = err.Error()
			}

			for _, field := range tc.fields {
				if value, ok := tc.of.forProvider()[field]; ok {
					got.Fields[field] = value
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nResolveReferences(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestIndex(t *testing.T) {
	cases := map[string]struct {
		reason   string
		selector Object
		want     string
	}{
		"Controller": {
			reason:   "A selector of siblings is looked up by their controller.",
			selector: Object{"matchControllerRef": true, "matchLabels": Object{"component": "network"}},
			want:     "controller=a",
		},
		"Labels": {
			reason:   "One of labels alone may select what is not ours.",
			selector: Object{"matchLabels": Object{"component": "network"}},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &store{managed: []*Managed{mr("ec2/VPC", "vpc", nil, controlledBy("a"), labelled("network"), named("vpc-1"))}}

			if err := mr("ec2/Subnet", "it", Object{"vpcIdSelector": tc.selector}, controlledBy("a")).ResolveReferences(t.Context(), s); err != nil {
				t.Fatal(err)
			}

			got := ""
			if f := s.listed[0].FieldSelector; f != nil {
				got = f.String()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nList(): fields: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
