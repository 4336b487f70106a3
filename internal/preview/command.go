package preview

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A FatalError is a function's refusal of a platform.
type FatalError struct {
	Step    string
	Message string
}

func (e *FatalError) Error() string {
	return fmt.Sprintf("pipeline step %q refused the platform: %s", e.Step, e.Message)
}

// A commandError is a program that failed, with what it wrote to stderr.
type commandError struct {
	command string
	stderr  string
	err     error
}

func (e *commandError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("%s: %v", e.command, e.err)
	}

	return fmt.Sprintf("%s: %v: %s", e.command, e.err, e.stderr)
}

func (e *commandError) Unwrap() error {
	return e.err
}

// run a program and return what it writes to stdout.
func run(ctx context.Context, binary string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer

	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stdout = &stdout
	cmd.Stderr = &stderr

	if err := cmd.Run(); err != nil {
		// The first two arguments are the subcommand; the others are paths in a
		// temporary directory, which mean nothing to who reads this.
		return nil, &commandError{
			command: strings.Join(append([]string{filepath.Base(binary)}, args[:min(2, len(args))]...), " "),
			stderr:  strings.TrimSpace(stderr.String()),
			err:     err,
		}
	}

	return stdout.Bytes(), nil
}

var fatalResult = regexp.MustCompile(`(?s)pipeline step "([^"]+)" returned a fatal result: (.*)`)

// parseFatal finds a function's fatal result in what the CLI wrote to stderr.
// The CLI has no structured form of it.
func parseFatal(stderr string) *FatalError {
	m := fatalResult.FindStringSubmatch(stderr)
	if m == nil {
		return nil
	}

	return &FatalError{Step: m[1], Message: strings.TrimSpace(m[2])}
}
