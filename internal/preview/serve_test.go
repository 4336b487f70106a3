package preview

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// listening tells whether anyone listens at an address.
func listening(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}

	_ = conn.Close()

	return true
}

func TestServe(t *testing.T) {
	t.Setenv(actAs, "function")

	logs := &bytes.Buffer{}

	a, err := Serve(t.Context(), os.Args[0], logs)
	if err != nil {
		t.Fatal(err)
	}

	b, err := Serve(t.Context(), os.Args[0], io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	if a.Target == b.Target {
		t.Errorf("Serve(): two functions at %s", a.Target)
	}

	for _, s := range []*Server{a, b} {
		if !listening(s.Target) {
			t.Errorf("Serve(): nobody listens at %s", s.Target)
		}

		s.Stop()
		s.Stop() // The second time there is nothing to do.

		if listening(s.Target) {
			t.Errorf("Stop(): somebody still listens at %s", s.Target)
		}
	}

	if got := logs.String(); !strings.Contains(got, "listening") {
		t.Errorf("Serve(): want the function's logs, got %q", got)
	}
}

func TestServeStopsWithItsContext(t *testing.T) {
	t.Setenv(actAs, "function")

	ctx, cancel := context.WithCancel(t.Context())

	s, err := Serve(ctx, os.Args[0], io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	cancel()

	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		t.Error("the function outlives its context")
	}
}

func TestServeFails(t *testing.T) {
	t.Run("Exits", func(t *testing.T) {
		t.Setenv(actAs, "broken-function")

		_, err := Serve(t.Context(), os.Args[0], io.Discard)
		// Why it exited is in what it printed.
		errorContains{"cannot serve the function", "exited before it listened", "no such flag"}.check(t, err)
	})

	t.Run("Missing", func(t *testing.T) {
		_, err := Serve(t.Context(), "./nowhere", io.Discard)
		errorContains{"cannot serve the function ./nowhere", "no such file"}.check(t, err)
	})

	t.Run("Cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := Serve(ctx, os.Args[0], io.Discard)
		errorContains{"context canceled"}.check(t, err)
	})
}
