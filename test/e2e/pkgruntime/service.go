package pkgruntime

import (
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// maxMessage is the longest message that DNS has over UDP without extensions, in bytes.
// https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
const maxMessage = 512

// Services are names with an address for each replica behind them, as a cluster's DNS has them
// of headless Services.
type services struct {
	conn net.PacketConn

	mu        sync.Mutex
	addresses map[string][]netip.Addr
}

// startServices answers questions on loopback until stop is called.
func startServices() (*services, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // It answers at once.
	if err != nil {
		return nil, err
	}

	s := &services{conn: conn, addresses: map[string][]netip.Addr{}}

	go s.serve()

	return s, nil
}

func (s *services) stop() { _ = s.conn.Close() }

// target at which a gRPC client finds what is behind a name.
func (s *services) target(name, port string) string {
	return "dns://" + s.conn.LocalAddr().String() + "/" + net.JoinHostPort(name, port)
}

// set the addresses behind a name.
func (s *services) set(name string, addresses ...netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.addresses[name] = addresses
}

func (s *services) serve() {
	buf := make([]byte, maxMessage)

	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}

		// Who asks something else asks again, and gives up.
		if answer, err := s.answer(buf[:n]); err == nil {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

// answer a question. There is no name without addresses, as in a cluster.
func (s *services) answer(question []byte) ([]byte, error) {
	m := dnsmessage.Message{}
	if err := m.Unpack(question); err != nil {
		return nil, err
	}

	m.Response, m.Authoritative, m.Additionals = true, true, nil
	m.RCode = dnsmessage.RCodeNameError

	for _, q := range m.Questions {
		s.mu.Lock()
		addresses := s.addresses[strings.TrimSuffix(q.Name.String(), ".")]
		s.mu.Unlock()

		if len(addresses) > 0 {
			m.RCode = dnsmessage.RCodeSuccess
		}

		if q.Type != dnsmessage.TypeA {
			continue
		}

		for _, a := range addresses {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class},
				Body:   &dnsmessage.AResource{A: a.As4()},
			})
		}
	}

	return m.Pack()
}
