// Package brief writes what messages repeat of other programs' texts and values, cut to
// what can be read and carried.
package brief

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/wire"
)

// How many characters a message has at most.
const (
	// MaxValue is how much of a value is repeated: enough to recognise it.
	MaxValue = 128

	// MaxText is how much is repeated of a text that another program wrote: what Kubernetes
	// allows in an event's note. AWS's own messages are shorter.
	// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
	MaxText = 1024

	// MaxMessage is how long a whole message may be: what metav1.Condition allows, and so
	// what every tool that reads conditions takes.
	MaxMessage = 32768
)

// maxMembers is how many members of an object are put in order to be written. More do not
// fit into MaxValue.
const maxMembers = MaxValue / len(`"":0`)

// ellipsis stands for what was cut.
const ellipsis = "..."

// Text is a text in at most so many characters, ellipsis not counted. Bytes that are no
// UTF-8 are replaced: protobuf has no texts with them, and an answer that held one could
// not be sent.
func Text(text string, most int) string {
	// A character has 4 bytes at most. What is left over need not be looked at.
	if len(text) > 4*most+4 {
		text = text[:4*most+4]
	}

	text = strings.ToValidUTF8(text, "\uFFFD")

	n := 0
	for i := range text {
		if n == most {
			return text[:i] + ellipsis
		}

		n++
	}

	return text
}

// Value is a value of JSON in one line, cut to MaxValue. It takes what encoding/json makes,
// what encoding/json can write, and values in wire format. The members of an object are in
// order: the same value is written alike each time.
func Value(value any) string {
	w := &writer{}
	w.value(value)

	return Text(w.text.String(), MaxValue)
}

// A writer writes no more of a value than is shown of it, however large that is.
type writer struct{ text strings.Builder }

func (w *writer) full() bool { return w.text.Len() > 4*MaxValue }

func (w *writer) value(value any) {
	switch v := value.(type) {
	case wire.Value:
		w.wire(v)
	case wire.Object:
		w.object(v)
	case map[string]any:
		writeObject(w, v)
	case []any:
		writeList(w, slices.Values(v))
	case string:
		w.json(Text(v, MaxValue))
	default:
		w.json(v)
	}
}

func (w *writer) wire(v wire.Value) {
	if o, ok := v.Object(); ok {
		w.object(o)
		return
	}

	if l, ok := v.List(); ok {
		writeList(w, l)
		return
	}

	w.value(v.Any())
}

func (w *writer) object(o wire.Object) {
	members := map[string]wire.Value{}

	for name, member := range o.Fields() {
		// One too many is as good as all of them.
		if len(members) > maxMembers {
			break
		}

		members[string(name)] = member
	}

	writeObject(w, members)
}

func (w *writer) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		// JSON has no infinity, and protobuf has.
		b = fmt.Append(nil, v)
	}

	w.text.Write(b)
}

func writeObject[T any](w *writer, members map[string]T) {
	if len(members) > maxMembers {
		w.text.WriteString("{" + ellipsis + "}")
		return
	}

	w.text.WriteString("{")

	for i, name := range slices.Sorted(maps.Keys(members)) {
		if w.full() {
			return
		}

		if i > 0 {
			w.text.WriteString(",")
		}

		w.value(name)
		w.text.WriteString(":")
		w.value(members[name])
	}

	w.text.WriteString("}")
}

func writeList[T any](w *writer, values iter.Seq[T]) {
	w.text.WriteString("[")

	comma := ""

	for v := range values {
		if w.full() {
			return
		}

		w.text.WriteString(comma)
		w.value(v)

		comma = ","
	}

	w.text.WriteString("]")
}
