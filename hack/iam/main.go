// Iam writes docs/iam-policy.json: what the AWS identity of the provider needs, from the
// table of kinds. Run it in the repository's root. See make generate.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kinds"
)

// path of the policy, in the repository.
const path = "docs/iam-policy.json"

// A policy of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Sid       string                         `json:"Sid"`
	Effect    string                         `json:"Effect"`
	Action    []string                       `json:"Action"`
	Resource  string                         `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "iam:", err)
		os.Exit(1)
	}
}

func run() error {
	b, err := json.MarshalIndent(policy{
		// The newest version of the language, which all policies should have.
		Version: "2012-10-17",
		Statement: []statement{{
			Sid:    "DataPlatforms",
			Effect: "Allow",
			Action: kinds.Actions(),
			// Most of what is created has no name beforehand that a policy could give.
			Resource: "*",
			// Only iam:CreateServiceLinkedRole has this key, and must have it: no other
			// service's roles.
			Condition: map[string]map[string][]string{"StringEqualsIfExists": {
				"iam:AWSServiceName": {"elasticache.amazonaws.com", "rds.amazonaws.com"},
			}},
		}},
	}, "", "  ")
	if err != nil {
		return err
	}

	return os.WriteFile(path, append(b, '\n'), 0o644) //nolint:gosec // Everybody may read documentation.
}
