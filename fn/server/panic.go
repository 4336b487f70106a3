package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"runtime/debug"
)

// maxFrames is how many functions of a stack tell one panic from another: below those
// that panic are the handlers of every call.
const maxFrames = 16

// A caught panic.
type caught struct {
	// id of the place where it happened. It is the same for each panic at that place, so
	// that the XR's condition does not change, and wake the function, on each call.
	id string

	// cause is what was panicked with if the runtime did, or else its type: the words of
	// others may quote what is in a request.
	cause string

	// stack of the goroutine. It has no contents, only addresses.
	stack string
}

// catch a panic of f, or return its error.
func catch(f func() error) (c *caught, err error) {
	defer func() {
		if v := recover(); v != nil {
			c = newCaught(v)
		}
	}()

	return nil, f()
}

// newCaught is called by what recovered from v.
func newCaught(v any) *caught {
	c := &caught{cause: fmt.Sprintf("panic with a %T", v), stack: string(debug.Stack())}
	if err, ok := v.(runtime.Error); ok {
		c.cause = err.Error()
	}

	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	sum := sha256.New()

	for {
		frame, more := frames.Next()
		fmt.Fprintf(sum, "%s:%d\n", frame.Function, frame.Line)

		if !more {
			break
		}
	}

	c.id = hex.EncodeToString(sum.Sum(nil)[:6])

	return c
}
