package render

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// README.md says how many objects the reference platform is made of.
func TestCountsInREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}

	rendered, err := os.ReadFile("../../examples/default/expected/3-ready.yaml")
	if err != nil {
		t.Fatal(err)
	}

	managed, usages, secrets := 0, 0, 0

	for line := range strings.SplitSeq(string(rendered), "\n") {
		switch {
		case strings.HasPrefix(line, "apiVersion: ") && strings.Contains(line, ".aws.m.upbound.io/"):
			managed++
		case line == "kind: Usage":
			usages++
		case line == "apiVersion: v1":
			secrets++
		}
	}

	text := strings.Join(strings.Fields(string(readme)), " ")
	for _, want := range []string{
		fmt.Sprintf("That is %d managed resources,", managed),
		fmt.Sprintf("%d of Crossplane's Usages,", usages),
		fmt.Sprintf("and %d Secrets in Kubernetes.", secrets),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("README.md doesn't say %q", want)
		}
	}
}
