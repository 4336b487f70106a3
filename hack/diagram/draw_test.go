package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// object renders a composed resource of a component. Its name is its key.
func object(group, kind, key, labels, forProvider string) string {
	return "---\napiVersion: " + group + "\nkind: " + kind +
		"\nmetadata: {name: " + key + ", annotations: {" + annotationKey + ": " + key + "}, labels: {" + labels + "}}" +
		"\nspec: {forProvider: {" + forProvider + "}}\n"
}

// Parts of objects.
const (
	ec2            = "ec2.aws.m.upbound.io/v1beta1"
	rds            = "rds.aws.m.upbound.io/v1beta1"
	secretsmanager = "secretsmanager.aws.m.upbound.io/v1beta1"

	network = "dataplatform.crossplane.io/component: network"
	private = network + ", dataplatform.crossplane.io/tier: private"
	zone    = private + ", dataplatform.crossplane.io/zone: a"

	ofNetwork = ": {matchLabels: {" + network + "}}"
	ofPrivate = ": {matchLabels: {" + private + "}}"
)

//nolint:dupword // In Mermaid each of several groups ends with the word end.
func TestDraw(t *testing.T) {
	cases := map[string]struct {
		reason   string
		rendered string
		want     string // What follows the header.
		err      string // Part of the error.
	}{
		"Groups": {
			reason: "A group holds its resources and then the groups in it, whatever the order of what is rendered.",
			rendered: object(ec2, "Subnet", "subnet-a", zone, "") +
				object(ec2, "RouteTable", "table", private, "") +
				object(ec2, "VPC", "network", network, "") +
				object(ec2, "VPC", "other", "", ""),
			want: `  other["other<br>ec2/VPC"]
  subgraph group-network ["network"]
    direction LR
    network["network<br>ec2/VPC"]
    subgraph group-network-private ["private"]
      direction LR
      table["table<br>ec2/RouteTable"]
      subgraph group-network-private-a ["a"]
        direction LR
        subnet-a["subnet-a<br>ec2/Subnet"]
      end
    end
  end
`,
		},
		"Selector": {
			reason: "A selector selects all resources that have its labels, of the kind that the provider looks for.",
			rendered: object(rds, "SubnetGroup", "group", "", "subnetIdSelector"+ofPrivate) +
				object(ec2, "Subnet", "one", private, "") +
				object(ec2, "Subnet", "two", private, "") +
				object(ec2, "Subnet", "public", network, "") +
				object(ec2, "RouteTable", "table", private, ""),
			want: `  group["group<br>rds/SubnetGroup"]
  subgraph group-network ["network"]
    direction LR
    public["public<br>ec2/Subnet"]
    subgraph group-network-private ["private"]
      direction LR
      one["one<br>ec2/Subnet"]
      table["table<br>ec2/RouteTable"]
      two["two<br>ec2/Subnet"]
    end
  end
  group --> one
  group --> two
`,
		},
		"Connects": {
			reason: "What AWS has no tags for and refers to two resources is a line between them, also where one is a Secret of Kubernetes.",
			rendered: object(secretsmanager, "SecretVersion", "version", "", "secretIdSelector: {}, secretStringSecretRef: {name: document, key: a}") +
				object(secretsmanager, "Secret", "credentials", "", "") +
				object("v1", "Secret", "document", "", ""),
			want: `  credentials["credentials<br>secretsmanager/Secret"]
  document["document<br>Secret"]
  document ---|SecretVersion| credentials
`,
		},
		"Part": {
			reason: "What AWS has no tags for and refers to one resource is named in that one.",
			rendered: object(ec2, "SecurityGroupRule", "ingress", "", "securityGroupIdSelector: {}") +
				object(ec2, "SecurityGroupRule", "egress", "", "securityGroupIdSelector: {}") +
				object(ec2, "SecurityGroup", "group", "", ""),
			want: `  group["group<br>ec2/SecurityGroup<br>egress<br>ingress"]
`,
		},
		"LeftOut": {
			reason: "Neither the platform, nor Usages, nor a Secret that the provider writes, nor what the function says is a node.",
			rendered: "---\nkind: XDataPlatform\nmetadata: {name: orders}\n" +
				object("protection.crossplane.io/v1beta1", "Usage", "usage", "", "") +
				object(rds, "Instance", "database", "", "passwordSecretRef: {name: password, key: a}") +
				"---\n# compose-platform: a warning\n",
			want: `  database["database<br>rds/Instance"]
`,
		},
		"UnknownSelector": {
			reason:   "What a selector selects is never guessed.",
			rendered: object(ec2, "VPC", "vpc", "", "poolIdSelector"+ofNetwork),
			err:      "vpc: what poolIdSelector selects is not known; add it to ec2/VPC in internal/provideraws",
		},
		"SelectsNothing": {
			reason:   "The provider would wait for ever.",
			rendered: object(ec2, "Subnet", "subnet", "", "vpcIdSelector"+ofNetwork),
			err:      "subnet: vpcIdSelector selects 0 of ec2/VPC []; correct its labels or theirs",
		},
		"Ambiguous": {
			reason: "Of several the provider takes one, and nobody can say which.",
			rendered: object(ec2, "Subnet", "subnet", "", "vpcIdSelector"+ofNetwork) +
				object(ec2, "VPC", "one", network, "") + object(ec2, "VPC", "two", network, ""),
			err: "subnet: vpcIdSelector selects 2 of ec2/VPC [one two]; correct its labels or theirs",
		},
		"Nothing": {
			reason:   "A failed preview must not empty the diagram.",
			rendered: "",
			err:      "no object has the annotation",
		},
		"NoYAML": {
			reason:   "The error of the parser is shown.",
			rendered: "\t",
			err:      "yaml",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := draw([]byte(tc.rendered))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s\ndraw(): want an error with %q, got %v", tc.reason, tc.err, err)
				}

				return
			}

			if err != nil {
				t.Fatalf("%s\ndraw(): %v", tc.reason, err)
			}

			if diff := cmp.Diff(header+tc.want, got); diff != "" {
				t.Errorf("%s\ndraw(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestEmbedFails(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
	}{
		"NoMarkers": {reason: "There is no place to guess.", text: "# Title\n"},
		"NoClosing": {reason: "The rest of the text must not be lost.", text: opening + "# Title\n"},
		"Reversed":  {reason: "There is nothing between the markers.", text: closing + opening},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := embed(tc.text, ""); err == nil {
				t.Errorf("%s\nembed(): want an error, got %q", tc.reason, got)
			}
		})
	}
}

func TestREADME(t *testing.T) {
	// The render tests compare this file with what the example renders.
	rendered, err := os.ReadFile("../../examples/default/expected/3-ready.yaml")
	if err != nil {
		t.Fatal(err)
	}

	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}

	diagram, err := draw(rendered)
	if err != nil {
		t.Fatal(err)
	}

	want, err := embed(string(readme), diagram)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(want, string(readme)); diff != "" {
		t.Errorf("README.md shows another platform than examples/default renders; run \"make diagram\". -want, +got:\n%s", diff)
	}
}
