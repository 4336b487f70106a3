// Package main is function-data-platform: a composition function that turns an
// XDataPlatform into the AWS resources of a data platform.
package main

import (
	"github.com/alecthomas/kong"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"

	"github.com/crossplane/function-sdk-go"
)

// CLI of the function.
type CLI struct {
	Debug bool `help:"Emit debug logs in addition to info logs." short:"d"`

	Network            string `default:"tcp"                                             help:"Network on which to listen for gRPC connections."`
	Address            string `default:":9443"                                           help:"Address at which to listen for gRPC connections."`
	MetricsAddress     string `default:":8080"                                           help:"Address at which to serve Prometheus metrics. Empty serves none."`
	TLSCertsDir        string `env:"TLS_SERVER_CERTS_DIR"                                help:"Directory with the server's certificate (tls.crt, tls.key) and the CA that signs clients' (ca.crt)."`
	Insecure           bool   `help:"Serve without mTLS, whatever --tls-certs-dir says."`
	MaxRecvMessageSize int    `default:"4"                                               help:"Largest message to receive, in MB."`
}

// Run the function until it is stopped.
func (c *CLI) Run() error {
	log, err := function.NewLogger(c.Debug)
	if err != nil {
		return err
	}

	f, err := NewFunction(log)
	if err != nil {
		return err
	}

	// A platform that is observed whole is about 230 kB, managedFields included.
	// gRPC's own pool has no buffers between 32 KB and 1 MB, and would keep several
	// times what it needs.
	experimental.SetDefaultBufferPool(mem.NewTieredBufferPool(256, 4<<10, 16<<10, 32<<10, 64<<10, 128<<10, 256<<10, 1<<20))

	return function.Serve(f,
		function.Listen(c.Network, c.Address),
		function.MTLSCertificates(c.TLSCertsDir),
		function.Insecure(c.Insecure),
		function.MaxRecvMessageSize(c.MaxRecvMessageSize*1024*1024),
		function.WithMetricsServer(c.MetricsAddress))
}

func main() {
	ctx := kong.Parse(&CLI{}, kong.Description("A Crossplane composition function that composes a data platform on AWS."))
	ctx.FatalIfErrorf(ctx.Run())
}
