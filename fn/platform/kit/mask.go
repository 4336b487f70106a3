package kit

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/crossplane-contrib/function-data-platform/fn/brief"
)

// notShown stands where something secret was.
const notShown = "(not shown)"

const (
	// maxMasked is how much of a message is looked at, in bytes: four times what is told of
	// it, as a secret may take more room than what is put in its place.
	maxMasked = 4 * brief.MaxText

	// maxSecrets is how many bytes of secrets are looked for. A platform has less than 1 KiB,
	// and 300 bytes more for each version of its credentials. With more, no message is shown.
	maxSecrets = 8 << 10

	// maxWork is how many bytes are read and compared in one call. What is left after that is
	// not shown. It takes 0.1 µs a byte at worst, and one message some 1500 bytes, of which a
	// platform tells 35 at most.
	maxWork = 512 << 10
)

// A masker takes out of messages all that is secret, in whichever form a program may write
// it: a provider's message may repeat what AWS was sent. Messages are rare, so that secrets
// are looked for when the first one comes.
//
// Secret are, in the connection details of resources and in the data of Secrets, all
// values but those under public keys: what is added later is secret until somebody says
// that it is not.
type masker struct {
	req    *Request
	public map[string]bool

	// secrets by how they begin, with an entry for each length of what is looked up.
	secrets [lookedUp + 1]map[string][]string
	known   bool

	// first bytes of secrets.
	first [256]bool

	// longest secret, and the bytes of all of them.
	longest, size int

	// work that is done.
	work int
}

// lookedUp is how many bytes of a secret are looked up. Two rarely begin with the same.
const lookedUp = 4

// mask a message.
func (m *masker) mask(message string) string {
	if message == "" {
		return message
	}

	m.know()

	if m.size > maxSecrets {
		return notShown
	}

	cut := len(message) > maxMasked
	message = message[:min(len(message), maxMasked)]

	spans := m.find(message)
	if cut {
		// The rest of what begins here is not to be seen.
		spans = append(spans, spanOf(max(0, len(message)-mostWritten*m.longest), len(message)))
	}

	if m.work > maxWork {
		return notShown
	}

	return without(message, spans)
}

// without is a message without some parts of it.
func without(message string, spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })

	out, done := strings.Builder{}, int32(0)

	for i, s := range spans {
		// What overlaps is one part.
		if i == 0 || s.from >= done {
			out.WriteString(message[done:s.from])
			out.WriteString(notShown)
		}

		done = max(done, s.to)
	}

	out.WriteString(message[done:])

	return out.String()
}

// find says where secrets are in a message.
func (m *masker) find(message string) []span {
	var spans []span

	all, ok := readings(message, maxWork-m.work)
	if !ok {
		m.work = maxWork + 1
	}

	for _, t := range all {
		m.work += len(t.text)

		for i := 0; i < len(t.text) && m.work <= maxWork; i++ {
			if n := m.begin(t.text[i:]); n > 0 {
				spans = append(spans, span{t.at[i].from, t.at[i+n-1].to})
			}
		}
	}

	return spans
}

// begin is how long the longest secret is that a text begins with, or 0.
func (m *masker) begin(text string) int {
	if !m.first[text[0]] {
		return 0
	}

	longest := 0

	for n, secrets := range m.secrets {
		if len(secrets) == 0 || n > len(text) {
			continue
		}

		for _, secret := range secrets[text[:n]] {
			m.work += len(secret)

			if len(secret) > longest && strings.HasPrefix(text, secret) {
				longest = len(secret)
			}
		}
	}

	return longest
}

// know the secrets of the request.
func (m *masker) know() {
	if m.known {
		return
	}

	m.known = true

	for _, values := range secretSources(m.req) {
		for key, value := range values {
			if !m.public[key] {
				m.add(string(value))
			}
		}
	}
}

func (m *masker) add(secret string) {
	if secret == "" {
		return
	}

	n := min(len(secret), lookedUp)
	if slices.Contains(m.secrets[n][secret[:n]], secret) {
		return
	}

	if m.secrets[n] == nil {
		m.secrets[n] = map[string][]string{}
	}

	m.secrets[n][secret[:n]] = append(m.secrets[n][secret[:n]], secret)
	m.first[secret[0]] = true
	m.longest, m.size = max(m.longest, len(secret)), m.size+len(secret)

	// XML has no control characters: what writes it puts another in their place.
	m.add(strings.Map(inXML, secret))

	// A password in a URL may be written there in another form.
	if u, err := url.Parse(secret); err == nil {
		password, _ := u.User.Password()
		m.add(password)
	}
}

// inXML is what is written for a character in XML (https://www.w3.org/TR/xml/#charsets).
func inXML(r rune) rune {
	if r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == '\ufffe' || r == '\uffff' {
		return unicode.ReplacementChar
	}

	return r
}

// secretSources are all places where the request holds secrets.
func secretSources(req *Request) []map[string][]byte {
	sources := []map[string][]byte{req.PublishedConnection}
	for _, o := range req.Observed {
		sources = append(sources, o.Connection, o.Data)
		for _, value := range o.Data {
			// An older document may hold an older password.
			sources = append(sources, fieldsOf(value))
		}
	}

	return sources
}

// fieldsOf are the texts in a JSON object, or nothing.
func fieldsOf(document []byte) map[string][]byte {
	fields := map[string]any{}
	if len(document) == 0 || document[0] != '{' || json.Unmarshal(document, &fields) != nil {
		return nil
	}

	out := map[string][]byte{}

	for key, value := range fields {
		if text, ok := value.(string); ok {
			out[key] = []byte(text)
		}
	}

	return out
}
