// Package wire leaves out of a request, before it is decoded, what the function does not
// read.
//
// A platform that is observed whole makes a request of some 230 kB, most of it what AWS
// reports and who manages which field. Decoded, that is 54,000 small objects, of which the
// function reads a few hundred; decoding them costs more than all else. So the request is
// read in protobuf's wire format first.
//
// What is left has one form for one meaning: the entries of every map are in the order of
// their keys. So two requests that ask the same have the same bytes.
//
// Only what Go's protobuf writes is understood: each field once, an entry's key before its
// value. Everything is checked that the decoder would check, in what is left out too.
// Anything else is the decoder's first, with its errors.
package wire

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime/schema"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Fields as protobuf writes them, number and wire type in one byte: of
// google/protobuf/struct.proto, and of proto/v1/run_function.proto of function-sdk-go.
const (
	varint  = byte(protowire.VarintType)
	fixed64 = byte(protowire.Fixed64Type)
	length  = byte(protowire.BytesType)

	entryKey   = 1<<3 | length
	entryValue = 2<<3 | length

	structFields = 1<<3 | length
	listValues   = 1<<3 | length

	valueNull   = 1<<3 | varint
	valueNumber = 2<<3 | fixed64
	valueString = 3<<3 | length
	valueBool   = 4<<3 | varint
	valueStruct = 5<<3 | length
	valueList   = 6<<3 | length

	resourceResource   = 1<<3 | length
	resourceConnection = 2<<3 | length
	resourceReady      = 3<<3 | varint

	resourcesItems = 1<<3 | length

	stateComposite = 1<<3 | length
	stateResources = 2<<3 | length

	requestMeta     = 1<<3 | length
	requestObserved = 2<<3 | length
	requestDesired  = 3<<3 | length
	requestInput    = 4<<3 | length
	requestContext  = 5<<3 | length
	requestRequired = 8<<3 | length

	responseDesired = 2<<3 | length

	metaTag          = 1<<3 | length
	metaCapabilities = 2<<3 | length
)

// maxDepth is how deep values may be in one another. Kubernetes' objects have no more than
// a tenth of it; anything deeper is the decoder's first.
const maxDepth = 100

// Reads are what is read of a request. What is not named here is kept.
type Reads struct {
	// Composite is what is read of the XR.
	Composite *Keep

	// Resource returns what is read of an observed resource of a kind.
	Resource func(schema.GroupKind) *Keep

	// Required returns what is read of required resources of a name.
	Required func(name string) *Keep
}

// Decode a RunFunctionRequest, with the help of a buffer that the Request may keep. Errors
// are protobuf's.
func (r *Reads) Decode(request, buf []byte) (*Request, error) {
	if out, ok := r.prune(request, buf, maxDepth); ok {
		return out, nil
	}

	req, known := &fnv1.RunFunctionRequest{}, &fnv1.RunFunctionRequest{}
	if err := proto.Unmarshal(request, req); err != nil {
		return nil, err
	}

	_ = proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(request, known) // It can be read.

	// What was decoded is understood when Go has written it. What earlier steps desire may
	// have fields that only they know.
	plain, err := proto.Marshal(&fnv1.RunFunctionRequest{
		Meta:              known.GetMeta(),
		Observed:          known.GetObserved(),
		Desired:           req.GetDesired(),
		Input:             known.GetInput(),
		Context:           req.GetContext(),
		RequiredResources: known.GetRequiredResources(),
	})
	out, _ := r.prune(plain, buf, protowire.DefaultRecursionLimit)

	return out, err
}

// prune returns what is left of a request, and says whether it was understood.
func (r *Reads) prune(request, buf []byte, depth int) (*Request, bool) {
	w := &walker{writer: newWriter(buf), reads: r, depth: depth}

	tag, ok := w.request(request)
	if !ok {
		return nil, false
	}

	return read(tag, w.bytes()), true
}

// A walker reads wire format, and writes what is kept of it. Its methods say whether they
// understand what they read.
type walker struct {
	*writer

	reads *Reads
	depth int

	// entries of the map or list that is being read, behind those of what it is in.
	entries []entry
}

// An entry of a map or a list.
type entry struct {
	key   []byte
	value []byte
	keep  *Keep
}

// request writes all of a request but its tag, which it returns.
func (w *walker) request(b []byte) (tag []byte, ok bool) {
	var parts [requestContext + 1][]byte

	for len(b) > 0 {
		name, content, rest, ok := field(b)

		switch {
		case ok && name == requestRequired && w.add(content):
		case ok && name <= requestContext && parts[name] == nil:
			parts[name] = content
		default:
			return nil, false
		}

		b = rest
	}

	tag, capabilities, ok := meta(parts[requestMeta])

	// From the end to the beginning: read takes it apart.
	ok = ok &&
		w.state(requestObserved, parts[requestObserved], w.reads.Composite, w.reads.Resource) &&
		w.object(requestInput, parts[requestInput], everything, 0)
	if !ok {
		return nil, false
	}

	w.whole(requestContext, parts[requestContext], w.context)
	w.whole(requestDesired, parts[requestDesired], w.desired)

	if !w.required() {
		return nil, false
	}

	end := w.len()
	w.field(metaCapabilities, capabilities)
	w.message(requestMeta, end)

	return tag, true
}

func (w *walker) context(b []byte) bool { return w.object(requestContext, b, everything, 0) }

func (w *walker) desired(b []byte) bool {
	return w.state(requestDesired, b, everything, func(schema.GroupKind) *Keep { return everything })
}

// whole writes what is in a field by means of write, which keeps all of it, or else as it is.
func (w *walker) whole(tag byte, content []byte, write func([]byte) bool) {
	end, base := w.len(), len(w.entries)

	if write(content) {
		return
	}

	w.cut(end)
	w.entries = w.entries[:base]
	w.field(tag, content)
}

// meta reads a RequestMeta.
func meta(b []byte) (tag, capabilities []byte, ok bool) {
	for len(b) > 0 {
		name, content, rest, ok := field(b)

		switch {
		case ok && name == metaTag && tag == nil && utf8.Valid(content):
			tag = content
		case ok && name == metaCapabilities && capabilities == nil && varints(content):
			capabilities = content
		default:
			return nil, nil, false
		}

		b = rest
	}

	return tag, capabilities, true
}

// required writes the required resources, whose entries have been added.
func (w *walker) required() bool {
	return w.sorted(0, func(e entry) bool {
		keep := w.reads.Required(string(e.key))
		base := len(w.entries)

		for b := e.value; len(b) > 0; {
			tag, content, rest, ok := field(b)
			if !ok || tag != resourcesItems {
				return false
			}

			w.entries = append(w.entries, entry{value: content, keep: keep})
			b = rest
		}

		end := w.len()
		ok := w.each(base, func(item entry) bool { return w.resource(resourcesItems, item.value, item.keep) })
		w.message(entryValue, end)
		w.field(entryKey, e.key)
		w.message(requestRequired, end)

		return ok
	})
}

// state writes a State, if there is one.
func (w *walker) state(tag byte, b []byte, composite *Keep, resource func(schema.GroupKind) *Keep) bool {
	if b == nil {
		return true
	}

	var xr []byte

	base := len(w.entries)

	for len(b) > 0 {
		name, content, rest, ok := field(b)

		switch {
		case ok && name == stateComposite && xr == nil:
			xr = content
		case ok && name == stateResources && w.add(content):
		default:
			return false
		}

		b = rest
	}

	end := w.len()
	ok := w.sorted(base, func(e entry) bool {
		end := w.len()

		kind, ok := kindOf(e.value)
		ok = ok && w.resource(entryValue, e.value, resource(kind))
		w.field(entryKey, e.key)
		w.message(stateResources, end)

		return ok
	})
	ok = ok && (xr == nil || w.resource(stateComposite, xr, composite))
	w.message(tag, end)

	return ok
}

// kindOf a Resource.
func kindOf(b []byte) (kind schema.GroupKind, ok bool) {
	tag, object, _, ok := field(b)
	if !ok || tag != resourceResource {
		return kind, len(b) == 0 || ok
	}

	var apiVersion string

	for len(object) > 0 {
		tag, content, rest, ok := field(object)
		if !ok || tag != structFields {
			return kind, false
		}

		e, ok := mapEntry(content)
		if !ok {
			return kind, false
		}

		switch string(e.key) {
		case "apiVersion":
			apiVersion, _ = Value(e.value).Text()
		case "kind":
			kind.Kind, _ = Value(e.value).Text()
		}

		object = rest
	}

	if group, _, ok := strings.Cut(apiVersion, "/"); ok {
		kind.Group = group
	}

	return kind, true
}

// resource writes a Resource.
func (w *walker) resource(tag byte, b []byte, keep *Keep) bool {
	var object, ready []byte

	base := len(w.entries)

	for len(b) > 0 {
		if n := scalar(b, resourceReady); n > 0 && ready == nil {
			ready, b = b[:n], b[n:]
			continue
		}

		name, content, rest, ok := field(b)

		switch {
		case ok && name == resourceResource && object == nil:
			object = content
		case ok && name == resourceConnection && w.add(content):
		default:
			return false
		}

		b = rest
	}

	end := w.len()
	w.raw(ready)
	ok := w.sorted(base, func(e entry) bool {
		end := w.len()
		w.field(entryValue, e.value)
		w.field(entryKey, e.key)
		w.message(resourceConnection, end)

		return true
	})
	ok = ok && w.object(resourceResource, object, keep, 0)
	w.message(tag, end)

	return ok
}

// object writes what is kept of a Struct, if there is one.
func (w *walker) object(tag byte, b []byte, keep *Keep, depth int) bool {
	if b == nil {
		return true
	}

	base := len(w.entries)

	for len(b) > 0 {
		name, content, rest, ok := field(b)
		if !ok || name != structFields {
			return false
		}

		e, ok := mapEntry(content)
		e.keep = keep.field(e.key)

		switch {
		case ok && e.keep != nil:
			w.entries = append(w.entries, e)
		case !ok || !w.check(e.value, depth+1):
			return false
		}

		b = rest
	}

	end := w.len()
	ok := w.sorted(base, func(e entry) bool {
		end := w.len()
		ok := w.value(entryValue, e.value, e.keep, depth+1)
		w.field(entryKey, e.key)
		w.message(structFields, end)

		return ok
	})
	w.message(tag, end)

	return ok
}

// value writes what is kept of a Value.
func (w *walker) value(tag byte, b []byte, keep *Keep, depth int) bool {
	name, content, rest, ok := field(b)
	if !ok || name != valueStruct && name != valueList {
		w.field(tag, b)
		return w.check(b, depth)
	}

	if len(rest) > 0 || depth > w.depth {
		return false
	}

	end := w.len()

	if name == valueStruct {
		ok = w.object(valueStruct, content, keep.object(), depth)
	} else {
		ok = w.list(content, keep.list(), depth)
	}

	w.message(tag, end)

	return ok
}

// list writes what is kept of each element of a ListValue.
func (w *walker) list(b []byte, keep *Keep, depth int) bool {
	base := len(w.entries)

	for len(b) > 0 {
		tag, content, rest, ok := field(b)
		if !ok || tag != listValues {
			return false
		}

		w.entries = append(w.entries, entry{value: content})
		b = rest
	}

	end := w.len()
	ok := w.each(base, func(e entry) bool { return w.value(listValues, e.value, keep, depth+1) })
	w.message(valueList, end)

	return ok
}

// add an entry to those of the map that is being read.
func (w *walker) add(b []byte) bool {
	e, ok := mapEntry(b)
	w.entries = append(w.entries, e)

	return ok
}

// sorted calls write for the entries from base on, as each does, in the order of their keys.
// No two may have one key.
func (w *walker) sorted(base int, write func(entry) bool) bool {
	es := w.entries[base:]
	slices.SortFunc(es, func(a, b entry) int { return bytes.Compare(a.key, b.key) })

	for i := 1; i < len(es); i++ {
		if bytes.Equal(es[i-1].key, es[i].key) {
			return false
		}
	}

	return w.each(base, write)
}

// each calls write for the entries from base on, the last one first, and takes them away.
func (w *walker) each(base int, write func(entry) bool) bool {
	for len(w.entries) > base {
		last := len(w.entries) - 1
		e := w.entries[last]
		w.entries = w.entries[:last]

		if !write(e) {
			return false
		}
	}

	return true
}

// check says whether a Value is understood.
func (w *walker) check(b []byte, depth int) bool {
	if len(b) == 0 {
		return true
	}

	if depth > w.depth {
		return false
	}

	tag, content, rest, ok := field(b)
	if !ok {
		return scalar(b, b[0]) == len(b) && (b[0] == valueNull || b[0] == valueBool || b[0] == valueNumber)
	}

	switch {
	case len(rest) > 0:
		return false
	case tag == valueString:
		return utf8.Valid(content)
	case tag == valueStruct:
		return w.checkObject(content, depth+1)
	case tag == valueList:
		return w.checkList(content, depth+1)
	default:
		return false
	}
}

// checkObject says whether a Struct is understood.
func (w *walker) checkObject(b []byte, depth int) bool {
	for len(b) > 0 {
		tag, content, rest, ok := field(b)
		if !ok || tag != structFields {
			return false
		}

		if e, ok := mapEntry(content); !ok || !w.check(e.value, depth) {
			return false
		}

		b = rest
	}

	return true
}

// checkList says whether a ListValue is understood.
func (w *walker) checkList(b []byte, depth int) bool {
	for len(b) > 0 {
		tag, content, rest, ok := field(b)
		if !ok || tag != listValues || !w.check(content, depth) {
			return false
		}

		b = rest
	}

	return true
}

// field reads a field that has a length.
func field(b []byte) (tag byte, content, rest []byte, ok bool) {
	const small = 0x80

	if len(b) < 2 || b[0]&7 != length || b[0] < 1<<3 || b[0] >= small {
		return 0, nil, nil, false
	}

	if end := 2 + int(b[1]); b[1] < small && end <= len(b) {
		return b[0], b[2:end:end], b[end:], true
	}

	content, n := protowire.ConsumeBytes(b[1:])
	if n < 0 {
		return 0, nil, nil, false
	}

	return b[0], content, b[1+n:], true
}

// scalar returns the length of a field that has a varint or a fixed64 and that tag, or less
// than 0.
func scalar(b []byte, tag byte) int {
	if b[0] != tag || tag&7 == length {
		return -1
	}

	n := protowire.ConsumeFieldValue(1, protowire.Type(tag&7), b[1:])
	if n < 0 {
		return n
	}

	return 1 + n
}

// varints says whether b is a list of them.
func varints(b []byte) bool {
	for len(b) > 0 {
		_, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return false
		}

		b = b[n:]
	}

	return true
}

// mapEntry reads an entry of a map.
func mapEntry(b []byte) (entry, bool) {
	tag, key, b, ok := field(b)
	if !ok || tag != entryKey || !utf8.Valid(key) {
		return entry{}, false
	}

	tag, value, b, ok := field(b)

	return entry{key: key, value: value}, ok && tag == entryValue && len(b) == 0
}
