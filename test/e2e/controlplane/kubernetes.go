package controlplane

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// controllers of Kubernetes that Crossplane counts on. The others look after
// nodes and workloads, which there are none of.
const controllers = "garbage-collector-controller,namespace-controller,serviceaccount-controller"

// keyServiceAccount is the file with the key that service accounts' tokens are signed
// with.
const keyServiceAccount = "service-account.key"

// Kubernetes is a Kubernetes without nodes.
type Kubernetes struct {
	Etcd              *Process
	APIServer         *Process
	ControllerManager *Process

	// Config of a client that may do everything.
	Config *rest.Config

	// Kubeconfig is a file that holds the same.
	Kubeconfig string
}

// startKubernetes starts the programs in a folder, which keep all they write in
// another.
func startKubernetes(ctx context.Context, bin, dir string) (*Kubernetes, error) {
	ports, err := Ports(4)
	if err != nil {
		return nil, err
	}

	etcd, peer, api, manager := ports[0], ports[1], ports[2], ports[3]

	k := &Kubernetes{Kubeconfig: filepath.Join(dir, "kubeconfig")}
	if err := k.writeCertificates(dir, api); err != nil {
		return nil, errors.Wrap(err, "cannot write certificates")
	}

	k.Etcd = newEtcd(bin, dir, etcd, peer)
	k.APIServer = newAPIServer(bin, dir, api, etcd)
	k.ControllerManager = newControllerManager(bin, dir, k.Kubeconfig, manager)

	for _, p := range k.programs() {
		if err := p.Start(); err != nil {
			return k, err
		}
	}

	return k, k.AwaitAPI(ctx)
}

func newEtcd(bin, dir string, port, peerPort int) *Process {
	url, peerURL := loopback(port), loopback(peerPort)

	return program(bin, dir, "etcd",
		"--data-dir="+filepath.Join(dir, "etcd"),
		"--listen-client-urls="+url,
		"--advertise-client-urls="+url,
		"--listen-peer-urls="+peerURL,
		"--initial-advertise-peer-urls="+peerURL,
		"--initial-cluster=default="+peerURL,
		// It holds all Secrets, and others may have accounts on this machine.
		"--client-cert-auth",
		"--trusted-ca-file="+certificate(dir, KeyCACert),
		"--cert-file="+certificate(dir, corev1.TLSCertKey),
		"--key-file="+certificate(dir, corev1.TLSPrivateKeyKey),
		"--peer-client-cert-auth",
		"--peer-trusted-ca-file="+certificate(dir, KeyCACert),
		"--peer-cert-file="+certificate(dir, corev1.TLSCertKey),
		"--peer-key-file="+certificate(dir, corev1.TLSPrivateKeyKey),
		"--log-level=warn",
		// What is written survives etcd, though not the machine.
		"--unsafe-no-fsync",
	)
}

func newAPIServer(bin, dir string, port, etcdPort int) *Process {
	p := program(bin, dir, "kube-apiserver",
		"--etcd-servers="+loopback(etcdPort),
		"--etcd-cafile="+certificate(dir, KeyCACert),
		"--etcd-certfile="+certificate(dir, corev1.TLSCertKey),
		"--etcd-keyfile="+certificate(dir, corev1.TLSPrivateKeyKey),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--tls-cert-file="+certificate(dir, corev1.TLSCertKey),
		"--tls-private-key-file="+certificate(dir, corev1.TLSPrivateKeyKey),
		"--client-ca-file="+certificate(dir, KeyCACert),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+certificate(dir, keyServiceAccount),
		"--service-account-signing-key-file="+certificate(dir, keyServiceAccount),
		"--authorization-mode=RBAC",
		// Pods would need a ServiceAccount. There are no pods.
		"--disable-admission-plugins=ServiceAccount",
	)
	// A quarter of its time went into collecting garbage.
	p.Env = []string{"GOGC=400"}

	return p
}

func newControllerManager(bin, dir, kubeconfig string, port int) *Process {
	p := program(bin, dir, "kube-controller-manager",
		"--kubeconfig="+kubeconfig,
		"--controllers="+controllers,
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--service-account-private-key-file="+certificate(dir, keyServiceAccount),
		"--root-ca-file="+certificate(dir, KeyCACert),
		"--leader-elect=false",
		// The defaults, 20 and 30, are too few for 100 platforms being deleted.
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	)
	p.KeepAlive = true

	return p
}

// loopback is the URL of a port.
func loopback(port int) string { return fmt.Sprintf("https://127.0.0.1:%d", port) }

// certificate is a file that writeCertificates writes.
func certificate(dir, name string) string { return filepath.Join(dir, "certs", name) }

// AwaitAPI waits for the API server to be ready.
func (k *Kubernetes) AwaitAPI(ctx context.Context) error {
	client, err := rest.HTTPClientFor(k.Config)
	if err != nil {
		return err
	}

	return k.APIServer.Await(ctx, func(ctx context.Context) error { return get(ctx, client, k.Config.Host+"/readyz") })
}

// programs in the order in which they start.
func (k *Kubernetes) programs() []*Process {
	return []*Process{k.Etcd, k.APIServer, k.ControllerManager}
}

// writeCertificates writes what the programs use to trust each other, and the
// kubeconfig.
func (k *Kubernetes) writeCertificates(dir string, port int) error {
	ca, err := NewCA("function-data-platform-e2e")
	if err != nil {
		return err
	}

	server, err := ca.Sign("kube-apiserver")
	if err != nil {
		return err
	}

	if err := server.Write(filepath.Join(dir, "certs")); err != nil {
		return err
	}

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}

	serviceAccount, err := encodeKey(key)
	if err != nil {
		return err
	}

	if err := os.WriteFile(certificate(dir, keyServiceAccount), serviceAccount, 0o600); err != nil {
		return err
	}

	// Kubernetes lets members of this group do everything.
	admin, err := ca.Sign("admin", "system:masters")
	if err != nil {
		return err
	}

	const name = "function-data-platform-e2e"

	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server:                   loopback(port),
		CertificateAuthorityData: admin.CA,
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: admin.Certificate, ClientKeyData: admin.Key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name

	if err := clientcmd.WriteToFile(*config, k.Kubeconfig); err != nil {
		return err
	}

	k.Config, err = clientcmd.BuildConfigFromFlags("", k.Kubeconfig)
	if err != nil {
		return err
	}

	// The client's own limit of requests a second would show in what tests
	// measure.
	k.Config.QPS, k.Config.Burst = -1, -1

	return nil
}

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}

	rsp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer rsp.Body.Close() //nolint:errcheck // It was only read from.

	if rsp.StatusCode != http.StatusOK {
		return errors.Errorf("%s answers %s", url, rsp.Status)
	}

	return nil
}

// program of a folder, with its log in another.
func program(bin, dir, name string, args ...string) *Process {
	return &Process{Name: name, Path: filepath.Join(bin, name), Args: args, Log: filepath.Join(dir, name+".log")}
}
