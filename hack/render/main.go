// Command render previews a platform: it prints every resource that the function
// composes for an XDataPlatform or a claim, as YAML. See make help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossplane-contrib/function-data-platform/internal/preview"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)

	stop()

	if errors.Is(err, flag.ErrHelp) {
		return
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("render", flag.ContinueOnError)
	flags.SetOutput(stderr)

	root := flags.String("root", ".", "`directory` of the repository")
	observed := flags.String("observed", "", "`file or directory` of composed resources that exist")
	policy := flags.String("policy", "", "`file` with a function input to use instead of the Composition's")
	verbose := flags.Bool("verbose", false, "print what the function logs")

	if err := flags.Parse(args); err != nil {
		return err
	}

	if flags.NArg() != 1 {
		return fmt.Errorf("got %d arguments; name one file that holds an XDataPlatform or a claim", flags.NArg())
	}

	logs := io.Discard
	if *verbose {
		logs = stderr
	}

	bin, err := preview.FindBinaries(*root)
	if err != nil {
		return err
	}

	fn, err := preview.Serve(ctx, bin.Function, logs)
	if err != nil {
		return err
	}
	defer fn.Stop()

	r, err := preview.NewRenderer(*root, bin, fn.Target)
	if err != nil {
		return err
	}

	out, err := r.Render(ctx, preview.Request{Platform: flags.Arg(0), Observed: *observed, Policy: *policy})
	if err != nil {
		return err
	}

	for _, result := range out.Results {
		fmt.Fprintln(stderr, result)
	}

	_, err = stdout.Write(out.Resources)

	return err
}
