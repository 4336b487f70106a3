package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChanges(t *testing.T) {
	cases := map[string]struct {
		reason  string
		kind    string
		was, is Object
		secrets [2]map[string]string
		want    []string
		refused string
	}{
		"None": {
			reason: "A resource that asks for what AWS has changes nothing.",
			kind:   "ec2/VPC",
			was:    Object{"cidrBlock": "10.0.0.0/16"},
			is:     Object{"cidrBlock": "10.0.0.0/16"},
		},
		"Inputs": {
			reason: "What tells the provider something is nothing in AWS.",
			kind:   "ec2/Subnet",
			was:    Object{"vpcId": "vpc-1"},
			is:     Object{"vpcId": "vpc-1", "vpcIdRef": Object{"name": "a"}, "vpcIdSelector": Object{}},
		},
		"Mutable": {
			reason: "Storage may grow.",
			kind:   "rds/Instance",
			was:    Object{"allocatedStorage": int64(20)},
			is:     Object{"allocatedStorage": int64(30)},
			want:   []string{"allocatedStorage"},
		},
		"Removed": {
			reason: "What a resource no longer asks for goes.",
			kind:   "cloudwatch/MetricAlarm",
			was:    Object{"alarmActions": []any{"arn"}},
			is:     Object{},
			want:   []string{"alarmActions"},
		},
		"Chosen": {
			reason: "What AWS chose stays where a resource does not ask for it.",
			kind:   "rds/Instance",
			was:    Object{"parameterGroupName": "default.postgres15"},
			is:     Object{},
		},
		"Immutable": {
			reason:  "A VPC's block would need another VPC.",
			kind:    "ec2/VPC",
			was:     Object{"cidrBlock": "10.0.0.0/16"},
			is:      Object{"cidrBlock": "10.1.0.0/16"},
			want:    []string{"cidrBlock"},
			refused: `refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "cidr_block" from "10.0.0.0/16" to "10.1.0.0/16"`,
		},
		"Password": {
			reason:  "A database takes another password.",
			kind:    "rds/Instance",
			was:     Object{},
			is:      Object{},
			secrets: [2]map[string]string{{"password": "a"}, {"password": "b"}},
			want:    []string{"password"},
		},
		"Document": {
			reason:  "A version of a secret has one document; this is what provider-aws says.",
			kind:    "secretsmanager/SecretVersion",
			was:     Object{},
			is:      Object{},
			secrets: [2]map[string]string{{"secret_string": "a"}, {"secret_string": "b"}},
			want:    []string{"secret_string"},
			refused: `refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "secret_string"`,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCloud()
			has := c.adopt(mr(tc.kind, "it", tc.was, named("it")), tc.secrets[0])

			changes := c.changes(has, mr(tc.kind, "it", tc.is), tc.secrets[1])

			var got []string
			for _, change := range changes {
				got = append(got, change.argument)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nchanges(): -want, +got:\n%s", tc.reason, diff)
			}

			refused := ""
			if err := refuseChanges(tc.kind, changes); err != nil {
				refused = err.Error()
			}

			if diff := cmp.Diff(tc.refused, refused); diff != "" {
				t.Errorf("%s\nrefuseChanges(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRefuseUpdate(t *testing.T) {
	cases := map[string]struct {
		reason string
		is     Object
		want   string
	}{
		"Minor": {
			reason: "A minor version needs no permission.",
			is:     Object{"engineVersion": "15.16"},
		},
		"Major": {
			reason: "A major one does.",
			is:     Object{"engineVersion": "16.4"},
			want:   "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
		},
		"MajorAllowed": {
			reason: "With it AWS upgrades.",
			is:     Object{"engineVersion": "16.4", "allowMajorVersionUpgrade": true},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCloud()
			has := c.adopt(mr("rds/Instance", "db", Object{"engineVersion": "15.15"}, named("db-1")), nil)

			got := ""
			if err := c.refuseUpdate(has, mr("rds/Instance", "db", tc.is)); err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nrefuseUpdate(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
