package controlplane

import "net"

// Ports returns free ports on the loopback address, all different. They are free
// until someone else takes them, so the programs that get them should start soon.
func Ports(n int) ([]int, error) {
	out := make([]int, 0, n)

	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It answers at once.
		if err != nil {
			return nil, err
		}
		// All are held until the last is found.
		defer l.Close() //nolint:errcheck // Nothing was written.

		out = append(out, l.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // A TCP listener has no other.
	}

	return out, nil
}
