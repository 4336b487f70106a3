package kit

import (
	"encoding/hex"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

const (
	// maxForms is in how many forms at most a secret is written, one in the other: in JSON
	// in a quoted text in base64, for one.
	maxForms = 3

	// mostWritten is how many bytes a byte of a secret has at most when it is written:
	// \u0001 in each of the forms.
	mostWritten = 6 * maxForms

	// leastEncoded is how many characters in base64 or in hexadecimal are read. Shorter runs
	// are words.
	leastEncoded = 8
)

// A span is a part of a message, in bytes. There is one for each byte that is read, and a
// message is short.
type span struct{ from, to int32 }

func spanOf(from, to int) span {
	return span{int32(from), int32(to)} //nolint:gosec // A message has maxMasked bytes at most.
}

// A written text is one of the readings of a message, with where each of its bytes is
// written there.
type written struct {
	text string
	at   []span
}

// readings are what a message says as it is, and in each form that a program may have
// written it or a part of it in. There are none if they have more than so many bytes together.
func readings(message string, most int) ([]written, bool) {
	as := written{text: message, at: make([]span, len(message))}
	for i := range as.at {
		as.at[i] = spanOf(i, i+1)
	}

	all, size := []written{as}, len(message)

	for begin, depth := 0, 0; depth < maxForms; depth++ {
		end := len(all)
		for _, t := range all[begin:end] {
			for _, read := range forms {
				next := read(t)
				if size += len(next.text); size > most {
					return nil, false
				}

				if next.text != "" && next.text != t.text {
					all = append(all, next)
				}
			}
		}

		begin = end
	}

	return all, true
}

// forms read a text in the forms that programs write secrets in: escaped as in JSON and Go,
// percent-encoded, as a URL's query, in XML and HTML, in hexadecimal and in base64. Where in
// three or four characters the latter begin depends on what is before.
var forms = []func(written) written{
	func(t written) written { return t.read(escape) },
	func(t written) written { return t.read(percent) },
	func(t written) written { return t.read(query) },
	func(t written) written { return t.read(entity) },
	func(t written) written { return t.decode(inHex, 0) },
	func(t written) written { return t.decode(inHex, 1) },
	func(t written) written { return t.decode(inBase64, 0) },
	func(t written) written { return t.decode(inBase64, 1) },
	func(t written) written { return t.decode(inBase64, 2) },
	func(t written) written { return t.decode(inBase64, 3) },
}

// read a text in which some characters are written as several. special says what the text
// begins with, and in how many bytes it is written, or 0.
func (t written) read(special func(string) (string, int)) written {
	out := written{at: make([]span, 0, len(t.at))}
	text := make([]byte, 0, len(t.text))

	for i := 0; i < len(t.text); {
		plain, n := special(t.text[i:])
		if n == 0 {
			plain, n = t.text[i:i+1], 1
		}

		for range len(plain) {
			out.at = append(out.at, span{t.at[i].from, t.at[i+n-1].to})
		}

		text = append(text, plain...)
		i += n
	}

	out.text = string(text)

	return out
}

// escape reads a character that is escaped with a backslash. Half of a pair of UTF-16 is
// read with the other half.
func escape(text string) (string, int) {
	if len(text) < 2 || text[0] != '\\' {
		return "", 0
	}

	if text[1] == '/' || text[1] == '"' || text[1] == '\'' {
		return text[1:2], 2
	}

	if plain, ok := pair(text); ok {
		return plain, lenPair
	}

	r, multibyte, rest, err := strconv.UnquoteChar(text, 0)
	if err != nil {
		return "", 0
	}

	if !multibyte {
		return string([]byte{byte(r)}), len(text) - len(rest) //nolint:gosec // It is one byte.
	}

	return string(r), len(text) - len(rest)
}

// lenPair is the length of a character that is escaped as two halves of UTF-16.
const lenPair = len(`\ud83d\ude00`)

// pair reads such a character.
func pair(text string) (string, bool) {
	if len(text) < lenPair || text[1] != 'u' || text[6:8] != `\u` {
		return "", false
	}

	one, err := strconv.ParseUint(text[2:6], 16, 16)
	other, oerr := strconv.ParseUint(text[8:12], 16, 16)
	r := utf16.DecodeRune(rune(one), rune(other))

	return string(r), err == nil && oerr == nil && r != unicode.ReplacementChar
}

// percent reads a byte that is percent-encoded.
func percent(text string) (string, int) {
	if len(text) < len("%00") || text[0] != '%' {
		return "", 0
	}

	b, err := hex.DecodeString(text[1:3])
	if err != nil {
		return "", 0
	}

	return string(b), len("%00")
}

// query reads a byte of a URL's query, in which a space is a plus sign.
func query(text string) (string, int) {
	if text[0] == '+' {
		return " ", 1
	}

	return percent(text)
}

// entity reads a character that is written as an entity, such as &lt; or &#34;.
func entity(text string) (string, int) {
	if text[0] != '&' {
		return "", 0
	}

	// The longest that an encoder writes is &#1114111;.
	end := strings.IndexByte(text[:min(len(text), len("&#1114111;"))], ';')
	if end < 0 {
		return "", 0
	}

	plain := html.UnescapeString(text[:end+1])
	if plain == text[:end+1] {
		return "", 0
	}

	return plain, end + 1
}

// An encoding says what the bits of each digit are, or -1 of what is none.
type encoding struct {
	bits   int
	values [256]int
}

func newEncoding(bits int, digits ...string) *encoding {
	e := &encoding{bits: bits}
	for i := range e.values {
		e.values[i] = -1
	}

	for _, alphabet := range digits {
		for value, digit := range []byte(alphabet) {
			e.values[digit] = value
		}
	}

	return e
}

var (
	inHex    = newEncoding(4, "0123456789abcdef", "0123456789ABCDEF")
	inBase64 = newEncoding(6, letters+"+/", letters+"-_")
)

// letters are those digits of base64 that all its alphabets have.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// decode all that may be encoded in a text. The first digits of each run of them are
// skipped. Lines may be broken.
func (t written) decode(e *encoding, skip int) written {
	out := written{}

	var (
		text []byte
		run  []int
	)

	for i := 0; i <= len(t.text); i++ {
		switch {
		case i < len(t.text) && e.values[t.text[i]] >= 0:
			run = append(run, i)
			continue
		case i < len(t.text) && len(run) > 0 && (t.text[i] == '\n' || t.text[i] == '\r'):
			continue
		case len(run) >= leastEncoded:
			text, out.at = e.run(t, run[skip:], text, out.at)
			// What pads the last byte is of it.
			for ; i < len(t.text) && t.text[i] == '='; i++ {
				out.at[len(out.at)-1].to = t.at[i].to
			}
			// No secret goes on in the next run.
			text, out.at = append(text, 0), append(out.at, out.at[len(out.at)-1])
		}

		run = run[:0]
	}

	out.text = string(text)

	return out
}

// run decodes digits that follow each other, at so many places in a text.
func (e *encoding) run(t written, places []int, text []byte, at []span) ([]byte, []span) {
	const byteBits = 8

	value, bits, first := 0, 0, 0

	for i, place := range places {
		value = value<<e.bits | e.values[t.text[place]]
		bits += e.bits

		if bits < byteBits {
			continue
		}

		bits -= byteBits
		text = append(text, byte(value>>bits)) //nolint:gosec // The lowest eight bits are meant.
		at = append(at, span{t.at[places[first]].from, t.at[place].to})
		value &= 1<<bits - 1

		// A digit with bits of two bytes is of both.
		if first = i; bits == 0 {
			first = i + 1
		}
	}

	return text, at
}
