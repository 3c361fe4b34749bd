package kube

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// BodyLimit limits the bytes that are read of a response body, after decompression. It applies to requests with its
// context.
type BodyLimit struct {
	Most int64
	Read int64 // of the last body within the limit
}

type bodyLimitKey struct{}

// In returns a context for requests with the limit.
func (b *BodyLimit) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, bodyLimitKey{}, b)
}

// BodyTooLargeError reports a body that is larger than its limit, and was not read to its end.
type BodyTooLargeError struct{ Most int64 }

func (e *BodyTooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Most)
}

// wholeBody reads a whole body, or stops at the limit of the request's context.
func wholeBody(request *http.Request, response *http.Response) (*bodyChunks, error) {
	limit, limited := request.Context().Value(bodyLimitKey{}).(*BodyLimit)
	if !limited || response.StatusCode != http.StatusOK {
		return readChunks(response.Body, response.ContentLength)
	}
	if response.ContentLength > limit.Most {
		return nil, &BodyTooLargeError{limit.Most}
	}
	body, err := readChunks(io.LimitReader(response.Body, limit.Most+1), response.ContentLength)
	switch {
	case err != nil:
		return nil, err
	case body.size > limit.Most:
		return nil, &BodyTooLargeError{limit.Most}
	}
	limit.Read = body.size
	return body, nil
}

// chunkSize is the memory that a body takes at a time: a single buffer would be copied each time it grows.
const chunkSize = 256 << 10

// bodyChunks is a body in memory, which is freed as it is read.
type bodyChunks struct {
	chunks []*bytes.Buffer
	size   int64
}

// readChunks reads to the end. The expected length, if known, avoids a large chunk for a small body.
func readChunks(from io.Reader, expected int64) (*bodyChunks, error) {
	body, first := &bodyChunks{}, int64(chunkSize)
	if expected >= 0 {
		first = min(first, expected+1+bytes.MinRead)
	}
	for length := first; ; length = chunkSize {
		chunk, room := &bytes.Buffer{}, length-bytes.MinRead // ReadFrom needs that much free space at the end
		chunk.Grow(int(length))
		n, err := chunk.ReadFrom(io.LimitReader(from, room))
		if err != nil {
			return nil, err
		}
		body.size += n
		body.chunks = append(body.chunks, chunk)
		if n < room {
			return body, nil
		}
	}
}

// Read implements io.Reader.
func (b *bodyChunks) Read(p []byte) (int, error) {
	for len(b.chunks) > 0 {
		if n, _ := b.chunks[0].Read(p); n > 0 || len(p) == 0 {
			return n, nil
		}
		b.chunks[0] = nil // so that it can be freed
		b.chunks = b.chunks[1:]
	}
	return 0, io.EOF
}

// Close implements io.Closer.
func (b *bodyChunks) Close() error {
	b.chunks = nil
	return nil
}
