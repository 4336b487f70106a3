package connection

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// folder of the application.
const folder = root + "/examples/app"

// An application is all that examples/app deploys.
type application struct {
	containers []corev1.Container
	volumes    []corev1.Volume

	// dir is the folder with the programs that are built for the containers' images.
	dir string
}

// newApplication reads its manifests, and builds its programs.
func newApplication(t *testing.T) *application {
	t.Helper()

	deployment, job := &appsv1.Deployment{}, &batchv1.Job{}
	readManifest(t, "deployment.yaml", deployment)
	readManifest(t, "job.yaml", job)

	a := &application{dir: t.TempDir()}

	for _, pod := range []corev1.PodSpec{deployment.Spec.Template.Spec, job.Spec.Template.Spec} {
		a.containers = append(a.containers, pod.Containers...)
		a.volumes = append(a.volumes, pod.Volumes...)
	}

	mustRun(t, folder, "go", "build", "-o", filepath.Join(a.dir, "app"), ".")

	for _, file := range []string{"database.js", "package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}

		if err := os.WriteFile(filepath.Join(a.dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := exec.LookPath("npm"); err == nil {
		mustRun(t, a.dir, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund")
	}

	return a
}

func readManifest(t *testing.T, file string, into any) {
	t.Helper()

	data, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}

	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func mustRun(t *testing.T, dir, program string, args ...string) {
	t.Helper()

	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir

	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// Surroundings of a container.
type surroundings struct {
	secret *corev1.Secret

	// rds is what is in the ConfigMap with RDS's CAs, as a folder.
	rds string

	// system is the file with the CAs that the image trusts.
	system string
}

// run a container's command. It returns what it prints, or an error with what it says.
func (a *application) run(t *testing.T, c corev1.Container, in surroundings) (string, error) {
	t.Helper()

	path := filepath.Join(a.dir, c.Command[0])
	if _, err := os.Stat(path); err != nil {
		path = c.Command[0]
		need(t, path)
	}

	stdout, stderr := &bytes.Buffer{}, &bytes.Buffer{}
	cmd := exec.CommandContext(t.Context(), path, c.Command[1:]...)
	cmd.Dir = a.dir
	cmd.Env = append(a.environment(t, c, in), "PATH="+os.Getenv("PATH"), "HOME="+a.dir, "SSL_CERT_FILE="+in.system)
	cmd.Stdout, cmd.Stderr = stdout, stderr

	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr)
	}

	// It ends well when the server answers with an error.
	if c.Name == "redis-cli" && stdout.String() != "PONG\n" {
		return "", errors.New(stdout.String() + stderr.String())
	}

	return stdout.String(), nil
}

// environment that Kubernetes gives a container.
func (a *application) environment(t *testing.T, c corev1.Container, in surroundings) []string {
	t.Helper()

	var env []string

	for _, from := range c.EnvFrom {
		if from.SecretRef.Name != in.secret.GetName() {
			t.Fatalf("container %s has its environment from the Secret %q, the platform's is %q", c.Name, from.SecretRef.Name, in.secret.GetName())
		}

		for key, value := range in.secret.Data {
			env = append(env, key+"="+string(value))
		}
	}

	// The last one of a name wins, here too.
	for _, v := range c.Env {
		value := v.Value
		for _, m := range c.VolumeMounts {
			if rest, ok := strings.CutPrefix(value, m.MountPath+"/"); ok {
				value = filepath.Join(a.mounted(t, m, in), rest)
			}
		}

		env = append(env, v.Name+"="+value)
	}

	return env
}

// mounted is the folder that a volume stands for here.
func (a *application) mounted(t *testing.T, m corev1.VolumeMount, in surroundings) string {
	t.Helper()

	i := slices.IndexFunc(a.volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
	if i < 0 || a.volumes[i].ConfigMap == nil || a.volumes[i].ConfigMap.Name != "rds-ca" {
		t.Fatalf("volume %s is not the ConfigMap rds-ca", m.Name)
	}

	return in.rds
}
