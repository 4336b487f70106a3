// Command diagram draws a platform from what make render prints: it reads YAML
// from its standard input and writes an SVG picture to its standard output. See
// make help.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(stdin io.Reader, stdout, stderr io.Writer) error {
	rendered, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}

	p, err := extract(rendered)
	if err != nil {
		return fmt.Errorf("cannot draw the platform: %w", err)
	}

	for _, w := range p.Wrong {
		fmt.Fprintln(stderr, "wrong:", w)
	}

	_, err = io.WriteString(stdout, draw(p))

	return err
}
