package controlplane

import (
	"net"
	"strconv"
	"testing"
)

// Ports can be listened at, are nobody else's, and are not among those that outgoing
// connections take.
func TestPorts(t *testing.T) {
	seen := map[int]bool{}

	for range 20 {
		ports, err := Ports(10)
		if err != nil {
			t.Fatal(err)
		}

		if len(ports) != 10 {
			t.Fatalf("want 10 ports, got %v", ports)
		}

		for _, port := range ports {
			if port < firstPort || port >= endPort {
				t.Errorf("port %d is not from %d to %d", port, firstPort, endPort-1)
			}

			if seen[port] {
				t.Errorf("port %d was given twice", port)
			}

			seen[port] = true

			l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
			if err != nil {
				t.Fatalf("port %d is not free: %v", port, err)
			}

			defer l.Close()
		}
	}
}
