// Command app is an application of a data platform, as far as connecting goes. It says who it
// is to the database and the cache, and ends.
package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// How long to wait for the database and the cache together.
const timeout = 30 * time.Second

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	err := run(ctx, os.Stdout, os.Getenv)

	cancel()

	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run connects to what an environment names.
func run(ctx context.Context, out io.Writer, getenv func(string) string) error {
	database, err := askDatabase(ctx, getenv("DATABASE_URL"), getenv("PGSSLROOTCERT"))
	if err != nil {
		return fmt.Errorf("cannot ask the database: %w", err)
	}

	cache, err := askCache(ctx, getenv("REDIS_URL"))
	if err != nil {
		return fmt.Errorf("cannot ask the cache: %w", err)
	}

	_, err = fmt.Fprintf(out, "%s\n%s\n", database, cache)

	return err
}

// askDatabase who this is, where, and whether the connection is encrypted.
func askDatabase(ctx context.Context, address, ca string) (string, error) {
	verified, err := verify(address, ca)
	if err != nil {
		return "", err
	}

	conn, err := pgx.Connect(ctx, verified)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx) //nolint:errcheck // It was only read from.

	var (
		user, name string
		encrypted  bool
	)

	const query = "select current_user, current_database(), ssl from pg_stat_ssl where pid = pg_backend_pid()"
	if err := conn.QueryRow(ctx, query).Scan(&user, &name, &encrypted); err != nil {
		return "", err
	}

	return fmt.Sprintf("database %s, user %s, encrypted: %t", name, user, encrypted), nil
}

// verify returns a URL with which the database is verified, if there is a file with its CA.
func verify(address, ca string) (string, error) {
	if ca == "" {
		return address, nil
	}

	u, err := url.Parse(address)
	if err != nil {
		// The error has the address in it, and with it the password.
		return "", fmt.Errorf("DATABASE_URL is no URL")
	}

	query := u.Query()
	query.Set("sslmode", "verify-full")
	query.Set("sslrootcert", ca)
	u.RawQuery = query.Encode()

	return u.String(), nil
}

// askCache whether it is there. A rediss URL has it verified with the system's CAs.
func askCache(ctx context.Context, address string) (string, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return "", err
	}

	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // Nothing is written.

	pong, err := client.Ping(ctx).Result()

	return "cache: " + pong, err
}
