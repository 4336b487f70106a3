package wire

import (
	"bytes"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A Request is what is left of a RunFunctionRequest. It is valid as long as what it was read
// from and the buffer that it was read into.
type Request struct {
	// Tag that the answer repeats.
	Tag string

	// Asks is all that the answer follows from: everything but the tag. Requests that ask
	// the same have the same bytes.
	Asks []byte

	// XR is the composite resource that is observed.
	XR Resource

	// Observed are the other resources that are, in the order of their keys.
	Observed []Resource

	// Input of the pipeline's step.
	Input Object

	// Rest is a RunFunctionRequest with all else but the tag.
	Rest []byte
}

// A Resource of a request.
type Resource struct {
	// Key in the pipeline. The XR has none.
	Key string

	// Kind, in any version.
	Kind schema.GroupKind

	Object Object

	// connection details are the entries behind the object.
	connection []byte
}

// Connection details of the resource.
func (r Resource) Connection() map[string][]byte {
	var out map[string][]byte

	for b := r.connection; len(b) > 0; {
		tag, content, rest, _ := field(b)
		if tag != resourceConnection {
			break
		}

		if out == nil {
			out = map[string][]byte{}
		}

		e, _ := mapEntry(content)
		out[string(e.key)] = bytes.Clone(e.value)
		b = rest
	}

	return out
}

// read takes apart what a walker has written.
func read(tag, b []byte) *Request {
	req := &Request{Tag: string(tag), Asks: b}

	for len(b) > 0 {
		name, content, rest, _ := field(b)

		switch name {
		case requestObserved:
			req.observe(content)
		case requestInput:
			req.Input = content
		default:
			req.Rest = req.Asks[:len(req.Asks)-len(rest)]
		}

		b = rest
	}

	return req
}

// observe reads a State.
func (r *Request) observe(b []byte) {
	for len(b) > 0 {
		name, content, rest, _ := field(b)

		if name == stateComposite {
			r.XR = resourceOf("", content)
		} else {
			e, _ := mapEntry(content)
			r.Observed = append(r.Observed, resourceOf(string(e.key), e.value))
		}

		b = rest
	}
}

func resourceOf(key string, b []byte) Resource {
	r := Resource{Key: key, connection: b}
	r.Kind, _ = kindOf(b)

	if tag, content, rest, _ := field(b); tag == resourceResource {
		r.Object, r.connection = content, rest
	}

	return r
}
