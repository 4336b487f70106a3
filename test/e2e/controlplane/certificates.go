package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// KeyCACert is where Crossplane and its packages keep a CA's certificate, in
// Secrets and folders.
const KeyCACert = "ca.crt"

// How long certificates are valid. A control plane lives for minutes, or for the
// days in which someone plays with it.
const validity = 30 * 24 * time.Hour

// A CA signs certificates.
type CA struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

// A KeyPair is a certificate and its key, as PEM.
type KeyPair struct {
	Certificate []byte
	Key         []byte
	CA          []byte
}

// NewCA makes a CA.
func NewCA(name string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(validity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}

	certificate, err := x509.ParseCertificate(der)

	return &CA{certificate: certificate, key: key, pem: encode("CERTIFICATE", der)}, err
}

// ReadCA returns the CA in a Secret.
func ReadCA(s *corev1.Secret) (*CA, error) {
	pair, err := tls.X509KeyPair(s.Data[corev1.TLSCertKey], s.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return nil, errors.Wrapf(err, "cannot read the CA in Secret %s", s.GetName())
	}

	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.Errorf("the key in Secret %s can't sign", s.GetName())
	}

	return &CA{certificate: pair.Leaf, key: key, pem: s.Data[corev1.TLSCertKey]}, nil
}

// Sign a certificate for a server on loopback, or for a client of that name in
// those groups. It is good for both.
func (ca *CA) Sign(name string, groups ...string) (*KeyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}

	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: groups},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost", name},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}

	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return nil, err
	}

	keyPEM, err := encodeKey(key)

	return &KeyPair{Certificate: encode("CERTIFICATE", der), Key: keyPEM, CA: ca.pem}, err
}

// Write the files of a key pair to a folder, under the names that Kubernetes uses
// in Secrets.
func (k *KeyPair) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}

	for name, data := range k.Data() {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}

	return nil
}

// Data of a Secret that holds a key pair.
func (k *KeyPair) Data() map[string][]byte {
	return map[string][]byte{corev1.TLSCertKey: k.Certificate, corev1.TLSPrivateKeyKey: k.Key, KeyCACert: k.CA}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return encode("EC PRIVATE KEY", der), err
}
