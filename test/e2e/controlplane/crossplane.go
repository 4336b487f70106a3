package controlplane

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// Namespace of Crossplane.
const Namespace = "crossplane-system"

// Secrets that Crossplane keeps its certificates in. The names are those that its
// Helm chart uses.
const (
	secretCA     = "crossplane-root-ca"
	secretServer = "crossplane-tls-server"
	secretClient = "crossplane-tls-client"
)

// Crossplane runs as its Helm chart starts it, except that it has the External package
// runtime, folders and ports of its own, no RBAC manager, and no default activation of
// managed resources.
type Crossplane struct {
	*Process

	// CA signs the certificates of Crossplane and of what it talks to.
	CA *CA

	// MetricsURL is where it serves its metrics.
	MetricsURL string

	health string
}

func startCrossplane(ctx context.Context, k *Kubernetes, o Options) (*Crossplane, error) {
	cs, err := kubernetes.NewForConfig(k.Config)
	if err != nil {
		return nil, err
	}

	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if _, err := cs.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{}); err != nil {
		return nil, errors.Wrap(err, "cannot create Crossplane's namespace")
	}

	if err := initialize(ctx, k, o); err != nil {
		return nil, err
	}

	ports, err := Ports(3)
	if err != nil {
		return nil, err
	}

	webhook, metrics, health := ports[0], ports[1], ports[2]

	c := &Crossplane{MetricsURL: fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics), health: fmt.Sprintf("http://127.0.0.1:%d/readyz", health)}

	if c.CA, err = writeTLS(ctx, cs, o.Dir); err != nil {
		return nil, errors.Wrap(err, "cannot write Crossplane's certificates")
	}

	if err := redirectWebhooks(ctx, cs, c.CA, webhook); err != nil {
		return nil, errors.Wrap(err, "cannot redirect Crossplane's webhooks")
	}

	cache := filepath.Join(o.Dir, "xpkg")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}

	c.Process = program(o.Bin, o.Dir, o.Crossplane,
		"core", "start",
		"--package-runtime=Provider=External;Function=External",
		"--xpkg-cache-dir="+cache,
		fmt.Sprintf("--webhook-port=%d", webhook),
		fmt.Sprintf("--metrics-port=%d", metrics),
		fmt.Sprintf("--health-probe-port=%d", health),
	)
	if o.CircuitBreakerBurst > 0 {
		c.Args = append(c.Args, fmt.Sprintf("--circuit-breaker-burst=%d", o.CircuitBreakerBurst))
	}

	c.Env = environment(k, o.Dir)
	c.KeepAlive = true

	if err := c.Start(); err != nil {
		return nil, err
	}

	return c, c.AwaitReady(ctx)
}

// AwaitReady waits for Crossplane to be ready.
func (c *Crossplane) AwaitReady(ctx context.Context) error {
	return c.Await(ctx, func(ctx context.Context) error { return get(ctx, http.DefaultClient, c.health) })
}

// initialize does what Crossplane's init container does.
func initialize(ctx context.Context, k *Kubernetes, o Options) error {
	p := program(o.Bin, o.Dir, o.Crossplane, "core", "init")
	p.Log = filepath.Join(o.Dir, "crossplane-init.log")
	p.Env = append(environment(k, o.Dir),
		"CRDS_PATH="+filepath.Join(o.Manifests, "crds"),
		"WEBHOOK_CONFIGS_PATH="+filepath.Join(o.Manifests, "webhookconfigurations"),
		"WEBHOOK_SERVICE_NAME=crossplane-webhooks",
		"WEBHOOK_SERVICE_NAMESPACE="+Namespace,
		"WEBHOOK_SERVICE_PORT=9443",
		"TLS_CA_SECRET_NAME="+secretCA,
	)

	// The first run creates CRDs, and may fail because it then creates objects of
	// theirs before they are served. As a container it would be started again.
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	for {
		err := p.Run(ctx)
		if err == nil {
			return nil
		}

		select {
		case <-ctx.Done():
			return err
		case <-time.After(restartDelay):
		}
	}
}

// environment of Crossplane. It names no default activations, so that init activates no
// managed resources.
func environment(k *Kubernetes, dir string) []string {
	return []string{
		"KUBECONFIG=" + k.Kubeconfig,
		"POD_NAMESPACE=" + Namespace,
		"TLS_SERVER_SECRET_NAME=" + secretServer,
		"TLS_CLIENT_SECRET_NAME=" + secretClient,
		"TLS_SERVER_CERTS_DIR=" + filepath.Join(dir, "tls", "server"),
		"TLS_CLIENT_CERTS_DIR=" + filepath.Join(dir, "tls", "client"),
	}
}

// writeTLS writes the certificates that Crossplane would find mounted. The one for
// its webhooks is made for the loopback address.
func writeTLS(ctx context.Context, cs kubernetes.Interface, dir string) (*CA, error) {
	secrets := cs.CoreV1().Secrets(Namespace)

	root, err := secrets.Get(ctx, secretCA, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}

	ca, err := ReadCA(root)
	if err != nil {
		return nil, err
	}

	server, err := ca.Sign("crossplane-webhooks")
	if err != nil {
		return nil, err
	}

	if err := server.Write(filepath.Join(dir, "tls", "server")); err != nil {
		return nil, err
	}

	client, err := secrets.Get(ctx, secretClient, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}

	pair := &KeyPair{Certificate: client.Data[corev1.TLSCertKey], Key: client.Data[corev1.TLSPrivateKeyKey], CA: client.Data[KeyCACert]}

	return ca, pair.Write(filepath.Join(dir, "tls", "client"))
}

// redirectWebhooks makes the API server call Crossplane's webhooks at a port here.
// They refer to a Service, which nothing would answer.
func redirectWebhooks(ctx context.Context, cs kubernetes.Interface, ca *CA, port int) error {
	configurations := cs.AdmissionregistrationV1().ValidatingWebhookConfigurations()

	list, err := configurations.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}

	for i := range list.Items {
		for j := range list.Items[i].Webhooks {
			hook := &list.Items[i].Webhooks[j]
			if hook.ClientConfig.Service == nil {
				continue
			}

			hook.ClientConfig = admissionv1.WebhookClientConfig{
				URL:      ptr.To(fmt.Sprintf("https://127.0.0.1:%d%s", port, ptr.Deref(hook.ClientConfig.Service.Path, ""))),
				CABundle: ca.pem,
			}
		}

		if _, err := configurations.Update(ctx, &list.Items[i], metav1.UpdateOptions{}); err != nil {
			return err
		}
	}

	return nil
}
