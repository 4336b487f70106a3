// Package main is function-data-platform: a composition function that turns an
// XDataPlatform into the AWS resources of a data platform.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/logging"

	"github.com/crossplane-contrib/function-data-platform/fn/server"
)

// CLI of the function.
type CLI struct {
	Debug bool `help:"Emit debug logs in addition to info logs." short:"d"`

	Network            string        `default:"tcp"                                             help:"Network on which to listen for gRPC connections."`
	Address            string        `default:":9443"                                           help:"Address at which to listen for gRPC connections."`
	MetricsAddress     string        `default:":8080"                                           help:"Address at which to serve Prometheus metrics (/metrics) and health (/healthz, /readyz). Empty serves none."`
	TLSCertsDir        string        `env:"TLS_SERVER_CERTS_DIR"                                help:"Directory with the server's certificate (tls.crt, tls.key) and the CA that signs clients' (ca.crt)."`
	Insecure           bool          `help:"Serve without mTLS, whatever --tls-certs-dir says."`
	MaxRecvMessageSize int           `default:"4"                                               help:"Largest message to receive, in MB."`
	MaxConcurrentCalls int           `default:"16"                                              help:"Calls to answer at once. Others wait, before their requests are read."`
	MemoryLimit        int           `default:"192"                                             help:"Memory in MB that Go's runtime tries not to exceed, unless GOMEMLIMIT says how much. 0 is no limit."`
	AnswerCache        int           `default:"16"                                              help:"Answers to keep, in MB, for when the same is asked again. They have passwords in them. 0 keeps none."`
	ShutdownTimeout    time.Duration `default:"25s"                                             help:"How long calls that are under way at SIGTERM have until they are cut off."`
}

// Validate the flags.
func (c *CLI) Validate() error {
	// gRPC counts bytes in an int32.
	if most := math.MaxInt32 >> 20; c.MaxRecvMessageSize < 1 || c.MaxRecvMessageSize > most {
		return errors.Errorf("--max-recv-message-size: invalid value %d: use a number of MB from 1 to %d", c.MaxRecvMessageSize, most)
	}

	if c.MaxConcurrentCalls < 1 {
		return errors.Errorf("--max-concurrent-calls: invalid value %d: use a number from 1", c.MaxConcurrentCalls)
	}

	if c.MemoryLimit < 0 {
		return errors.Errorf("--memory-limit: invalid value %d: use a number of MB, or 0 for none", c.MemoryLimit)
	}

	if c.AnswerCache < 0 {
		return errors.Errorf("--answer-cache: invalid value %d: use a number of MB, or 0 to keep no answers", c.AnswerCache)
	}

	if c.ShutdownTimeout < 0 {
		return errors.Errorf("--shutdown-timeout: invalid value %s: use a duration such as 25s", c.ShutdownTimeout)
	}

	return nil
}

// Run the function until it is told to stop.
func (c *CLI) Run() error {
	log, err := logging.NewLogger(c.Debug)
	if err != nil {
		return err
	}

	f, err := NewFunction(int64(c.AnswerCache) << 20)
	if err != nil {
		return err
	}

	if c.MemoryLimit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(c.MemoryLimit) << 20)
	}

	// A platform that is observed whole is about 230 kB, managedFields included.
	// gRPC's own pool has no buffers between 32 KB and 1 MB, and would keep several
	// times what it needs.
	experimental.SetDefaultBufferPool(mem.NewTieredBufferPool(256, 4<<10, 16<<10, 32<<10, 64<<10, 128<<10, 256<<10, 1<<20))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Told twice, it ends at once.
	context.AfterFunc(ctx, stop)

	return server.Serve(ctx, f,
		server.Log(log),
		server.Listen(c.Network, c.Address),
		server.MTLSCertificates(c.TLSCertsDir),
		server.Insecure(c.Insecure),
		server.MaxRecvMessageSize(c.MaxRecvMessageSize<<20),
		server.MaxConcurrentCalls(c.MaxConcurrentCalls),
		server.ShutdownTimeout(c.ShutdownTimeout),
		server.MetricsServer(c.MetricsAddress))
}

func main() {
	ctx := kong.Parse(&CLI{}, kong.Description("A Crossplane composition function that composes a data platform on AWS."))
	ctx.FatalIfErrorf(ctx.Run())
}
