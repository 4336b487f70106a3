package controlplane

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// A server and a client whose certificates one CA signed trust each other; with
// another CA's they don't.
func TestSign(t *testing.T) {
	ours, err := NewCA("ours")
	if err != nil {
		t.Fatal(err)
	}

	// Crossplane's is read from a Secret.
	key, err := encodeKeyOf(ours)
	if err != nil {
		t.Fatal(err)
	}

	read, err := ReadCA(&corev1.Secret{Data: map[string][]byte{corev1.TLSCertKey: ours.pem, corev1.TLSPrivateKeyKey: key}})
	if err != nil {
		t.Fatal(err)
	}

	other, err := NewCA("other")
	if err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason string
		client *CA
		fails  bool
	}{
		"Same":  {reason: "One CA's certificates should be trusted.", client: read},
		"Other": {reason: "Another CA's certificate should be refused.", client: other, fails: true},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := shake(t, ours, tc.client); (err != nil) != tc.fails {
				t.Errorf("%s\ngot error: %v", tc.reason, err)
			}
		})
	}
}

func TestReadCA(t *testing.T) {
	if _, err := ReadCA(&corev1.Secret{}); err == nil {
		t.Error("a Secret without a CA should be refused")
	}
}

// shake hands between a server and a client.
func shake(t *testing.T, server, client *CA) error {
	t.Helper()

	l, err := tls.Listen("tcp", "127.0.0.1:0", config(t, server, "server"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	ended := make(chan error, 1)

	go func() {
		conn, err := l.Accept()
		if err != nil {
			ended <- err
			return
		}

		_, err = conn.Read(make([]byte, 1))
		ended <- errors.Join(err, conn.Close())
	}()

	var d net.Dialer

	raw, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	conn := tls.Client(raw, config(t, client, "client"))
	_, err = conn.Write([]byte("x"))

	return errors.Join(err, conn.Close(), <-ended)
}

func config(t *testing.T, ca *CA, name string) *tls.Config {
	t.Helper()

	k, err := ca.Sign(name)
	if err != nil {
		t.Fatal(err)
	}

	pair, err := tls.X509KeyPair(k.Certificate, k.Key)
	if err != nil {
		t.Fatal(err)
	}

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(k.CA)

	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		ServerName:   "127.0.0.1",
		Certificates: []tls.Certificate{pair},
		RootCAs:      pool,
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}
}

func encodeKeyOf(ca *CA) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(ca.key)
	return encode("PRIVATE KEY", der), err
}
