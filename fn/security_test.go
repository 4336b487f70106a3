package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md names tests and files as what shows that something holds: they are there.
func TestSecurityNamesWhatIsThere(t *testing.T) {
	doc, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}

	var tests strings.Builder

	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}

		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			tests.Write(b)
		}
	}

	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)`").FindAllSubmatch(doc, -1)
	if len(named) < 20 {
		t.Errorf("want the tests of each threat, got %d", len(named))
	}

	for _, m := range named {
		if !strings.Contains(tests.String(), "func "+string(m[1])+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}

	for _, m := range regexp.MustCompile("`(test/[a-z0-9_/]+[.]go)`").FindAllSubmatch(doc, -1) {
		if _, err := os.Stat(filepath.Join("..", string(m[1]))); err != nil {
			t.Error(err)
		}
	}
}
