package connection

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crossplane-contrib/function-data-platform/internal/testca"
)

// An authority signs certificates, as RDS and Amazon Trust Services do.
type authority struct {
	*testca.Authority

	// bundle is a folder with the CA's certificate, in the file that RDS calls its own.
	bundle string
}

// bundleName is what RDS calls the file with its CAs.
const bundleName = "global-bundle.pem"

// newAuthority makes one that nobody else knows.
func newAuthority(t *testing.T) *authority {
	t.Helper()

	ca, err := testca.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}

	a := &authority{Authority: ca, bundle: t.TempDir()}
	write(t, a.file(), ca.PEM())

	return a
}

// file with the CA's certificate.
func (a *authority) file() string { return filepath.Join(a.bundle, bundleName) }

// issue a certificate for a server's name, and write it and its key to files.
func (a *authority) issue(t *testing.T, host, certificate, key string) {
	t.Helper()

	c, k, err := a.IssueTo(host, time.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	write(t, certificate, c)
	write(t, key, k)
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()

	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
