package controlplane

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
)

// The ports that are given away. Below is where well-known programs listen. From 32768
// on Linux, and others from higher up, take ports for outgoing connections, of which a
// control plane has hundreds: a program that starts late, or again, would find its own
// taken.
const (
	firstPort = 10000
	endPort   = 32768
)

// How often a port may turn out to be taken.
const portTries = 1000

var (
	portsMu sync.Mutex

	// given are ports that someone in this program has, whether they listen or not.
	given = map[int]bool{} //nolint:gochecknoglobals // Ports are the machine's.
)

// Ports returns ports that are free on all of this machine's addresses: some programs
// can't be told to listen on one only. Nobody in this program is given them again. They
// are chosen at random, so that other programs that call this are unlikely to get the
// same.
func Ports(n int) ([]int, error) {
	portsMu.Lock()
	defer portsMu.Unlock()

	out := make([]int, 0, n)

	for range portTries {
		if len(out) == n {
			return out, nil
		}

		port := firstPort + rand.IntN(endPort-firstPort) //nolint:gosec // It is no secret.
		if given[port] {
			continue
		}

		l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port))) //nolint:noctx // It answers at once.
		if err != nil {
			continue
		}

		if err := l.Close(); err != nil {
			return nil, err
		}

		given[port] = true

		out = append(out, port)
	}

	return nil, errors.Errorf("cannot find %d free ports from %d to %d", n, firstPort, endPort-1)
}
