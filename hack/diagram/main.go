// Command diagram draws a platform from what it renders: it reads YAML from its
// standard input, and writes a Mermaid diagram between the two markers in a file.
// See make help.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// What the diagram stands between, in Markdown.
const (
	opening = "<!-- diagram -->\n"
	closing = "<!-- /diagram -->\n"
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader) error {
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments; name one Markdown file to write the diagram to", len(args))
	}

	rendered, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}

	diagram, err := draw(rendered)
	if err != nil {
		return fmt.Errorf("cannot draw the platform: %w", err)
	}

	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}

	written, err := embed(string(text), diagram)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}

	return os.WriteFile(args[0], []byte(written), 0o644) //nolint:gosec // Everybody may read documentation.
}

// embed puts a diagram between the markers of a text, in place of what is there.
func embed(text, diagram string) (string, error) {
	before, rest, opens := strings.Cut(text, opening)
	_, after, closes := strings.Cut(rest, closing)

	if !opens || !closes {
		return "", fmt.Errorf("found no line %q with a line %q after it; add both", strings.TrimSpace(opening), strings.TrimSpace(closing))
	}

	return before + opening + "```mermaid\n" + diagram + "```\n" + closing + after, nil
}
