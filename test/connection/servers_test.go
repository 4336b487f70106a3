package connection

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// host that the servers listen at. What is in AWS has a name too, and the clients verify it.
	host = "localhost"

	// How long a server may take to start.
	startTimeout = time.Minute

	// The ports that the function composes.
	databasePort = 5432
	cachePort    = 6379
)

// Servers are a PostgreSQL and a Redis that run for a test, over TLS only.
type servers struct {
	dir  string
	bin  string // Where PostgreSQL's programs are.
	user *syscall.Credential
}

// startServers starts both, with certificates for a name. The test is skipped where they are
// not installed, or can't have the ports.
func startServers(t *testing.T, ca *authority, name string) *servers {
	t.Helper()

	s := &servers{bin: postgresPrograms(t), user: unprivileged(t)}
	need(t, "psql", "redis-server", "redis-cli")

	for _, port := range []int{databasePort, cachePort} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			t.Skipf("%v; the function composes this port, so the test needs it", err)
		}

		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}

	// Not t.TempDir, which only its owner can read.
	dir, err := os.MkdirTemp("", "connection-") //nolint:usetesting // See above.
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = os.RemoveAll(dir) })

	s.dir = dir
	ca.issue(t, name, s.path("tls.crt"), s.path("tls.key"))
	s.own(t, dir, s.path("tls.crt"), s.path("tls.key"))
	s.startDatabase(t)
	s.startCache(t)

	return s
}

func (s *servers) path(name string) string { return filepath.Join(s.dir, name) }

func (s *servers) startDatabase(t *testing.T) {
	t.Helper()

	out, err := s.command(filepath.Join(s.bin, "initdb"), "--pgdata="+s.path("data"), "--username=postgres", "--auth=reject", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}

	// The socket is in a folder that nobody else can enter.
	hba := "local all postgres trust\nhostssl all all all scram-sha-256\n" //nolint:dupword // Any database, user and address.
	if err := os.WriteFile(s.path("data/pg_hba.conf"), []byte(hba), 0o600); err != nil {
		t.Fatal(err)
	}

	s.own(t, s.path("data/pg_hba.conf"))
	s.start(t, s.command(filepath.Join(s.bin, "postgres"), "-D", s.path("data"), "-k", s.dir, "-h", host, "-p", strconv.Itoa(databasePort),
		"-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+s.path("tls.crt"), "-c", "ssl_key_file="+s.path("tls.key")))
	s.await(t, func() error { return s.sql("select 1") })
}

func (s *servers) startCache(t *testing.T) {
	t.Helper()

	// The user admin is the test's. Clients without a user's name are the user default.
	config := fmt.Sprintf(`
bind 127.0.0.1 -::1
port 0
tls-port %d
tls-cert-file %s
tls-key-file %s
tls-auth-clients no
unixsocket %s
dir %s
save ""
user admin on nopass ~* &* +@all
`, cachePort, s.path("tls.crt"), s.path("tls.key"), s.path("redis"), s.dir)
	// Redis wants a CA for its clients' certificates, which it does not ask for.
	config += "tls-ca-cert-file " + s.path("tls.crt") + "\n"

	if err := os.WriteFile(s.path("redis.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}

	s.own(t, s.path("redis.conf"))
	s.start(t, s.command("redis-server", s.path("redis.conf")))
	s.await(t, func() error { return s.redis("ping") })
}

// createDatabase that belongs to a new user with a password.
func (s *servers) createDatabase(t *testing.T, name, owner, password string) {
	t.Helper()

	for _, statement := range []string{
		`drop database if exists :"name"`,
		`drop role if exists :"owner"`,
		`create role :"owner" login password :'password'`,
		`create database :"name" owner :"owner"`,
	} {
		if err := s.sql(statement, "name="+name, "owner="+owner, "password="+password); err != nil {
			t.Fatal(err)
		}
	}
}

// protectCache with a token, or open it if it is empty.
func (s *servers) protectCache(t *testing.T, token string) {
	t.Helper()

	rule := "nopass"
	if token != "" {
		rule = ">" + token
	}

	if err := s.redis("acl", "setuser", "default", "on", "resetpass", rule); err != nil {
		t.Fatal(err)
	}
}

// sql runs a statement as the superuser, with variables.
func (s *servers) sql(statement string, variables ...string) error {
	args := []string{"--no-psqlrc", "--quiet", "--host=" + s.dir, "--username=postgres", "--dbname=postgres", "--set=ON_ERROR_STOP=1"}
	for _, v := range variables {
		args = append(args, "--set="+v)
	}

	cmd := s.command("psql", args...)
	// Variables are not replaced in what --command says.
	cmd.Stdin = strings.NewReader(statement)

	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", statement, err, out)
	}

	return nil
}

// redis runs a command as the user admin.
func (s *servers) redis(args ...string) error {
	// Its exit status is 0 when the server answers with an error; -e would be the remedy, from
	// version 7 on.
	out, err := s.command("redis-cli", append([]string{"-s", s.path("redis"), "--user", "admin", "--pass", "any", "--no-auth-warning"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("redis-cli %s: %w\n%s", args[0], err, out)
	}

	if answer := string(bytes.TrimSpace(out)); answer != "OK" && answer != "PONG" {
		return fmt.Errorf("redis-cli %s: %s", args[0], answer)
	}

	return nil
}

// command that runs as the servers' user.
func (s *servers) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.user}

	return cmd
}

// start a server, which ends with the test.
func (s *servers) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()

	log := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		// PostgreSQL drops its connections and ends; Redis ends.
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()

		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), log)
		}
	})
}

// await that a server answers.
func (s *servers) await(t *testing.T, ask func() error) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()

	for {
		err := ask()
		if err == nil {
			return
		}

		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// own gives files to the servers' user.
func (s *servers) own(t *testing.T, files ...string) {
	t.Helper()

	if s.user == nil {
		return
	}

	for _, file := range files {
		if err := os.Chown(file, int(s.user.Uid), int(s.user.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// unprivileged is the user that servers run as: PostgreSQL refuses to run as root. Nil means
// the one who runs the test.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()

	if os.Geteuid() != 0 {
		return nil
	}

	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}

	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}

	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}

	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// postgresPrograms is the folder with PostgreSQL's programs, which Debian has off PATH.
func postgresPrograms(t *testing.T) string {
	t.Helper()

	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}

	// The pattern is not malformed. The newest is as good as any.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Skip("PostgreSQL's server is not installed; .ci/run says what the test needs")
	}

	return filepath.Dir(found[len(found)-1])
}

// need programs, without which the test is skipped.
func need(t *testing.T, programs ...string) {
	t.Helper()

	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed; .ci/run says what the test needs", p)
		}
	}
}
