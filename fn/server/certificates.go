package server

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/crossplane/function-sdk-go/errors"
	"github.com/crossplane/function-sdk-go/logging"
)

// files with certificates, as Crossplane writes them into the Secret that it mounts.
var files = []string{"tls.crt", "tls.key", "ca.crt"}

// certificates in a directory. Crossplane renews them, and Kubernetes then swaps a
// symbolic link to all of them. So they are looked at when somebody connects: Crossplane
// does that once, and whenever a connection is lost.
//
// gRPC's own means, pemfile, reads them by the clock, and says what it can't read in a log
// that is off by default.
type certificates struct {
	dir     string
	log     logging.Logger
	metrics *Metrics

	mu     sync.Mutex
	infos  []os.FileInfo // Of the files that are in use.
	failed string        // Why newer files are not in use.
	tls    *tls.Config
	leaf   *x509.Certificate
}

// config for a connection. While newer files can't be used it is that of the ones before.
func (c *certificates) config() *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.refresh()

	return c.tls
}

// expires is when the server's certificate does.
func (c *certificates) expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.refresh()

	return c.leaf.NotAfter
}

// refresh reads files that have changed.
func (c *certificates) refresh() {
	infos, err := c.stat()
	if err == nil && slices.EqualFunc(infos, c.infos, same) {
		c.failed = ""
		return
	}

	if err = cmp.Or(err, c.load()); err == nil {
		c.failed = ""
		c.log.Info("Read renewed certificates", "directory", c.dir, "expires", c.leaf.NotAfter)

		return
	}

	// The same is said once, not for each connection.
	if err.Error() != c.failed {
		c.failed = err.Error()
		c.metrics.reloads.Inc()
		c.log.Info("Cannot read renewed certificates: those from before are used", "directory", c.dir, "error", err)
	}
}

// load what is in the files.
func (c *certificates) load() error {
	// Looked at before they are read: if they change in between, the next look differs.
	infos, err := c.stat()
	if err != nil {
		return err
	}

	pair, err := tls.LoadX509KeyPair(c.path("tls.crt"), c.path("tls.key"))

	ca, cerr := os.ReadFile(c.path("ca.crt"))
	if err := cmp.Or(errors.Wrap(err, "tls.crt, tls.key"), cerr); err != nil {
		return err
	}

	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return errors.New("ca.crt: there is no certificate in PEM format in it")
	}

	c.infos = infos
	c.leaf = pair.Leaf
	// A configuration of its own has keys of its own for session tickets: no session from
	// before is resumed.
	c.tls = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{pair},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}

	return nil
}

func (c *certificates) path(file string) string { return filepath.Join(c.dir, file) }

func (c *certificates) stat() ([]os.FileInfo, error) {
	infos := make([]os.FileInfo, len(files))
	for i, f := range files {
		info, err := os.Stat(c.path(f))
		if err != nil {
			return nil, err
		}

		infos[i] = info
	}

	return infos, nil
}

// same file, unchanged.
func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
