package server

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// A received message, in wire format.
type received struct{ mem.Buffer }

// codec leaves a function's requests and answers in wire format. Other services' messages
// are for gRPC's own codec.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(proto.Name)} }

// Marshal a message.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	a, ok := v.(*Answer)
	if !ok {
		return c.CodecV2.Marshal(v)
	}

	meta, body := a.Marshal()

	return mem.BufferSlice{mem.SliceBuffer(meta), mem.SliceBuffer(body)}, nil
}

// Unmarshal a message.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*received)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}

	r.Buffer = data.MaterializeToBuffer(mem.DefaultBufferPool())

	return nil
}
