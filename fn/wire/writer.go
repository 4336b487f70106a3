package wire

import (
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A writer writes messages from their end to their beginning. In protobuf's wire format the
// length of a message comes before it, and is known when the message is written.
type writer struct {
	buf []byte
	// at is where in buf what is written begins.
	at int
}

// newWriter returns a writer into a buffer, which it replaces when it is too small.
func newWriter(buf []byte) *writer { return &writer{buf: buf, at: len(buf)} }

// bytes are what is written.
func (w *writer) bytes() []byte { return w.buf[w.at:] }

// len is how much is written: where a message ends that is begun now.
func (w *writer) len() int { return len(w.buf) - w.at }

// cut takes back what is written since len was end.
func (w *writer) cut(end int) { w.at = len(w.buf) - end }

// message makes what is written since len was end a message, or another value that has a
// length, in a field.
func (w *writer) message(tag byte, end int) { w.size(tag, w.len()-end) }

// field writes bytes in a field.
func (w *writer) field(tag byte, content []byte) {
	w.raw(content)
	w.size(tag, len(content))
}

// text writes text in a field. Protobuf takes none that is not UTF-8: what is not is
// replaced.
func (w *writer) text(tag byte, content string) {
	content = strings.ToValidUTF8(content, "\uFFFD")
	copy(w.grow(len(content)), content)
	w.size(tag, len(content))
}

// raw writes bytes as they are.
func (w *writer) raw(b []byte) { copy(w.grow(len(b)), b) }

// varint writes a number in a field.
func (w *writer) varint(tag byte, n uint64) {
	protowire.AppendVarint(w.grow(protowire.SizeVarint(n))[:0], n)
	w.grow(1)[0] = tag
}

// fixed64 writes eight bytes in a field.
func (w *writer) fixed64(tag byte, n uint64) {
	const size = 8

	protowire.AppendFixed64(w.grow(size)[:0], n)
	w.grow(1)[0] = tag
}

func (w *writer) size(tag byte, n int) { w.varint(tag, uint64(n)) } //nolint:gosec // A length is not negative.

// grow returns the n bytes before what is written, which are then part of it.
func (w *writer) grow(n int) []byte {
	if n > w.at {
		bigger := make([]byte, 2*len(w.buf)+n)
		copy(bigger[len(bigger)-w.len():], w.bytes())
		w.buf, w.at = bigger, len(bigger)-w.len()
	}

	w.at -= n

	return w.buf[w.at : w.at+n : w.at+n]
}
