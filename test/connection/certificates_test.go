package connection

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An authority signs certificates, as RDS and Amazon Trust Services do.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate

	// bundle is a folder with the CA's certificate, in the file that RDS calls its own.
	bundle string
}

// bundleName is what RDS calls the file with its CAs.
const bundleName = "global-bundle.pem"

// newAuthority makes one that nobody else knows.
func newAuthority(t *testing.T) *authority {
	t.Helper()

	a := &authority{key: newKey(t), bundle: t.TempDir()}
	a.certificate = sign(t, &x509.Certificate{
		Subject:               pkix.Name{CommonName: "a CA for a test"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}, nil, a.key, a.key)

	writePEM(t, filepath.Join(a.bundle, bundleName), "CERTIFICATE", a.certificate.Raw)

	return a
}

// file with the CA's certificate.
func (a *authority) file() string { return filepath.Join(a.bundle, bundleName) }

// issue a certificate for a server's name, and write it and its key to files.
func (a *authority) issue(t *testing.T, host, certificate, key string) {
	t.Helper()

	k := newKey(t)
	c := sign(t, &x509.Certificate{
		Subject:     pkix.Name{CommonName: host},
		DNSNames:    []string{host},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.certificate, k, a.key)

	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}

	writePEM(t, certificate, "CERTIFICATE", c.Raw)
	writePEM(t, key, "PRIVATE KEY", der)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	return key
}

// sign a certificate for a key. Without a parent it signs itself.
func sign(t *testing.T, c, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()

	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}

	c.SerialNumber = serial
	// Clocks may differ a little.
	c.NotBefore = time.Now().Add(-time.Hour)
	c.NotAfter = time.Now().Add(24 * time.Hour)

	if parent == nil {
		parent = c
	}

	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}

	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}

	return out
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()

	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
