// Package testca makes certificates for tests, such as those of mTLS between Crossplane and
// a function.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ServerName is the name that servers' certificates are for.
const ServerName = "function.test"

// An Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority returns an authority of its own.
func NewAuthority() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "authority"},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}

	certificate, err := x509.ParseCertificate(der)

	return &Authority{certificate: certificate, key: key}, err
}

// Pool with the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)

	return pool
}

// PEM of the authority's own certificate.
func (a *Authority) PEM() []byte { return encode("CERTIFICATE", a.certificate.Raw) }

// Issue a certificate for a function on loopback, and for its clients.
func (a *Authority) Issue(expires time.Time) (certificate, key []byte, err error) {
	return a.IssueTo(ServerName, expires, net.IPv4(127, 0, 0, 1))
}

// IssueTo issues a certificate to a host with these addresses, for servers and clients alike,
// that expires at a time. It is in PEM, with its key.
func (a *Authority) IssueTo(host string, expires time.Time, addresses ...net.IP) (certificate, key []byte, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}

	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, nil, err
	}

	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    time.Now().Add(-2 * time.Hour),
		NotAfter:     expires,
		DNSNames:     []string{host},
		IPAddresses:  addresses,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}

	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, k.Public(), a.key)
	kder, kerr := x509.MarshalPKCS8PrivateKey(k)

	return encode("CERTIFICATE", der), encode("PRIVATE KEY", kder), errors.Join(err, kerr)
}

// Client is the configuration of a client with a certificate that expires at a time.
func (a *Authority) Client(expires time.Time) (*tls.Config, error) {
	certificate, key, err := a.Issue(expires)
	if err != nil {
		return nil, err
	}

	pair, err := tls.X509KeyPair(certificate, key)

	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		ServerName:   ServerName,
		RootCAs:      a.Pool(),
		Certificates: []tls.Certificate{pair},
	}, err
}

// Mount writes a server's certificate into dir as Kubernetes mounts a Secret: each file is
// a link into a directory that a link, ..data, leads to. Mounted again, that link is
// swapped.
func (a *Authority) Mount(dir string, expires time.Time) error {
	certificate, key, err := a.Issue(expires)
	if err != nil {
		return err
	}

	return Mount(dir, map[string][]byte{
		"tls.crt": certificate,
		"tls.key": key,
		"ca.crt":  a.PEM(),
	})
}

// Mount writes files into dir as Authority.Mount does.
func Mount(dir string, files map[string][]byte) error {
	data, err := os.MkdirTemp(dir, "..")
	if err != nil {
		return err
	}

	for name, content := range files {
		if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
			return err
		}

		link := filepath.Join(dir, name)
		if err := os.Symlink(filepath.Join("..data", name), link); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}

	swap := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(filepath.Base(data), swap); err != nil {
		return err
	}

	return os.Rename(swap, filepath.Join(dir, "..data"))
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
