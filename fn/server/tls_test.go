package server

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/testca"
)

func TestMutualTLS(t *testing.T) {
	r := run(t, function(answer))

	stranger, err := testca.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason string
		client func() *tls.Config
		want   string // Part of the error.
	}{
		"Valid": {
			reason: "A certificate of the CA is accepted.",
			client: func() *tls.Config { return clientOf(t, r.ca, tomorrow()) },
		},
		"None": {
			reason: "A client without a certificate is refused.",
			client: func() *tls.Config {
				c := clientOf(t, r.ca, tomorrow())
				c.Certificates = nil

				return c
			},
			want: "certificate required",
		},
		"WrongCA": {
			reason: "A certificate of another CA is refused.",
			client: func() *tls.Config {
				c := clientOf(t, stranger, tomorrow())
				c.RootCAs = r.ca.Pool()

				return c
			},
			want: "unknown certificate authority",
		},
		"Expired": {
			reason: "A certificate that has expired is refused.",
			client: func() *tls.Config { return clientOf(t, r.ca, time.Now().Add(-time.Hour)) },
			want:   "expired certificate",
		},
		"OldTLS": {
			reason: "TLS below 1.2 is refused.",
			client: func() *tls.Config {
				c := clientOf(t, r.ca, tomorrow())
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11

				return c
			},
			want: "protocol version not supported",
		},
		"TLS12": {
			reason: "TLS 1.2 is accepted.",
			client: func() *tls.Config {
				c := clientOf(t, r.ca, tomorrow())
				c.MaxVersion = tls.VersionTLS12

				return c
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := r.connect(t, tc.client())
			if tc.want == "" {
				if err != nil {
					t.Errorf("%s\nconnect(...): %v", tc.reason, err)
				}

				return
			}

			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nconnect(...): got error %v, want one with %q", tc.reason, err, tc.want)
			}
		})
	}
}

// connect to the server, and wait for its first byte: in TLS 1.3 only that says whether
// it takes the client's certificate.
func (r *running) connect(t *testing.T, client *tls.Config) error {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	client.NextProtos = []string{"h2"}

	conn, err := (&tls.Dialer{Config: client}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return err
	}
	defer conn.Close()

	_, err = conn.Read(make([]byte, 1))

	return err
}

// serial of the certificate that a server shows.
func (r *running) serial(t *testing.T) string {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	// Whether the server takes the client's certificate is another test's matter.
	client := r.client.Clone()
	client.InsecureSkipVerify = true

	conn, err := (&tls.Dialer{Config: client}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func TestRenewedCertificates(t *testing.T) {
	r := run(t, function(answer))
	conn := r.dial(t, r.client)

	if _, err := invoke(t.Context(), conn, &fnv1.RunFunctionRequest{}); err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}

	before := r.serial(t)
	if again := r.serial(t); again != before {
		t.Fatalf("the certificate changed from %s to %s, and no file did", before, again)
	}

	// As Crossplane does for a new CA: the client's and the server's are both of it.
	renewed, err := testca.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}

	if err := renewed.Mount(r.dir, tomorrow()); err != nil {
		t.Fatal(err)
	}

	if after := r.serial(t); after == before {
		t.Errorf("a connection after renewal shows the certificate from before, %s", before)
	}

	if _, err := invoke(t.Context(), r.dial(t, clientOf(t, renewed, tomorrow())), &fnv1.RunFunctionRequest{}); err != nil {
		t.Errorf("a caller with a certificate of the new CA: %v", err)
	}

	old := clientOf(t, r.ca, tomorrow())
	old.RootCAs = renewed.Pool()

	if err := r.connect(t, old); err == nil || !strings.Contains(err.Error(), "unknown certificate authority") {
		t.Errorf("a caller with a certificate of the old CA: got error %v, want one about its authority", err)
	}

	if _, err := invoke(t.Context(), conn, &fnv1.RunFunctionRequest{}); err != nil {
		t.Errorf("a call on a connection from before: %v", err)
	}
}

func TestUnreadableCertificates(t *testing.T) {
	ca, dir := mount(t)
	good := map[string][]byte{}

	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}

		good[f] = b
	}

	_, otherKey, err := ca.Issue(tomorrow())
	if err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason string
		files  map[string][]byte // That differ. An empty one is missing.
		want   string            // Part of the error.
	}{
		"NoKey":         {"A missing file is named.", map[string][]byte{"tls.key": nil}, "tls.key: no such file"},
		"NoCA":          {"A missing CA is named.", map[string][]byte{"ca.crt": nil}, "ca.crt: no such file"},
		"OtherKey":      {"A key that does not belong to the certificate is refused.", map[string][]byte{"tls.key": otherKey}, "tls.crt, tls.key: tls: private key does not match public key"},
		"NoCertificate": {"A file that is no certificate is refused.", map[string][]byte{"tls.crt": []byte("half a fi")}, "tls.crt, tls.key: tls: failed to find any PEM data"},
		"NoCAInFile":    {"A CA's file without one is refused.", map[string][]byte{"ca.crt": []byte("half a fi")}, "ca.crt: there is no certificate in PEM format in it"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bad := map[string][]byte{}

			for f, b := range good {
				if other, ok := tc.files[f]; ok {
					b = other
				}

				if b != nil {
					bad[f] = b
				}
			}

			// At the start it is an error.
			dir := t.TempDir()
			if err := testca.Mount(dir, bad); err != nil {
				t.Fatal(err)
			}

			err := Serve(t.Context(), function(answer), MTLSCertificates(dir))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%s\nServe(...): got error %v, want one with %q and the directory", tc.reason, err, tc.want)
			}

			// Later those from before are used.
			r := run(t, function(answer))
			if err := testca.Mount(r.dir, bad); err != nil {
				t.Fatal(err)
			}

			for range 2 {
				if _, err := invoke(t.Context(), r.dial(t, r.client), &fnv1.RunFunctionRequest{}); err != nil {
					t.Errorf("%s\nRunFunction(...) after that: %v", tc.reason, err)
				}
			}

			if got := strings.Count(r.log.String(), "Cannot read renewed certificates"); got != 1 || !strings.Contains(r.log.String(), tc.want) {
				t.Errorf("%s\nlog: want %q once, got:\n%s", tc.reason, tc.want, r.log)
			}

			if diff := cmp.Diff(1.0, r.sample(t, "dataplatform_function_certificate_reload_failures_total")); diff != "" {
				t.Errorf("%s\nreload failures: -want, +got:\n%s", tc.reason, diff)
			}

			// And when they are mended, they are.
			before := r.serial(t)
			if err := r.ca.Mount(r.dir, tomorrow()); err != nil {
				t.Fatal(err)
			}

			if after := r.serial(t); after == before {
				t.Errorf("%s\na connection after that shows the certificate from before, %s", tc.reason, before)
			}
		})
	}
}

func TestCertificateExpiry(t *testing.T) {
	r := run(t, function(answer))
	expires := time.Now().Add(time.Hour).Truncate(time.Second)

	if err := r.ca.Mount(r.dir, expires); err != nil {
		t.Fatal(err)
	}

	// Nobody has connected since.
	if diff := cmp.Diff(float64(expires.Unix()), r.sample(t, "dataplatform_function_certificate_expiry_timestamp_seconds")); diff != "" {
		t.Errorf("expiry: -want, +got:\n%s", diff)
	}
}

func TestHalfOpenConnections(t *testing.T) {
	r := run(t, function(answer))

	const connections = 500

	for i := range connections {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}

		t.Cleanup(func() { _ = conn.Close() }) // The server may have closed it.

		if i%2 == 0 { // Half of them begin a handshake.
			if _, err := conn.Write([]byte{22, 3, 1, 2, 0}); err != nil {
				t.Fatal(err)
			}
		}
	}

	began := time.Now()

	if _, err := invoke(t.Context(), r.dial(t, r.client), &fnv1.RunFunctionRequest{}); err != nil {
		t.Errorf("RunFunction(...) beside %d half-open connections: %v", connections, err)
	}

	if took := time.Since(began); took > handshakeTimeout {
		t.Errorf("RunFunction(...) beside %d half-open connections took %s: it waited for them", connections, took)
	}
}
