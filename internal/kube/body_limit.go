package kube

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// BodyLimit is how many bytes of an answer's body are read, after decompression. It holds for the requests with its
// context.
type BodyLimit struct {
	Most int64
	Read int64 // of the last answer that was small enough
}

type bodyLimitKey struct{}

// In is the context for requests with the limit.
func (b *BodyLimit) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, bodyLimitKey{}, b)
}

// BodyTooLargeError says that an answer was given up because its body is larger than its bound.
type BodyTooLargeError struct{ Most int64 }

func (e *BodyTooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Most)
}

// wholeBody reads all of an answer's body, or gives it up where it exceeds the bound of the request's context.
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

// chunkSize is how much memory a body takes at a time: one buffer for all of it would be copied each time it grows.
const chunkSize = 256 << 10

// bodyChunks is a body in memory, which is let go of as it is read.
type bodyChunks struct {
	chunks []*bytes.Buffer
	size   int64
}

// readChunks reads to the end. The expected length, if it is known, spares a small body a large chunk.
func readChunks(from io.Reader, expected int64) (*bodyChunks, error) {
	body, first := &bodyChunks{}, int64(chunkSize)
	if expected >= 0 {
		first = min(first, expected+1+bytes.MinRead)
	}
	for length := first; ; length = chunkSize {
		chunk, room := &bytes.Buffer{}, length-bytes.MinRead // ReadFrom wants so much to be free at the end
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

// Read is io.Reader's.
func (b *bodyChunks) Read(p []byte) (int, error) {
	for len(b.chunks) > 0 {
		if n, _ := b.chunks[0].Read(p); n > 0 || len(p) == 0 {
			return n, nil
		}
		b.chunks[0] = nil // the slice would keep it
		b.chunks = b.chunks[1:]
	}
	return 0, io.EOF
}

// Close is io.Closer's.
func (b *bodyChunks) Close() error {
	b.chunks = nil
	return nil
}
