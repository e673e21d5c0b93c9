package httpx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// BodyLimits bound a request's body.
type BodyLimits struct {
	// Bytes is the most that is read from the connection.
	Bytes int64 `yaml:"bytes"`
	// Decompressed is the most that a compressed body may unpack to. A few kilobytes can unpack to gigabytes.
	Decompressed int64 `yaml:"decompressed"`
}

// DefaultBodyLimits takes 1 MiB, and 8 MiB unpacked.
func DefaultBodyLimits() BodyLimits { return BodyLimits{Bytes: 1 << 20, Decompressed: 8 << 20} }

// Validate names every setting that cannot work.
func (l BodyLimits) Validate() error {
	if l.Bytes <= 0 || l.Decompressed < l.Bytes {
		return fmt.Errorf("body limits: bytes (%d) must be positive and decompressed (%d) not below it", l.Bytes, l.Decompressed)
	}
	return nil
}

// ReadBody reads a whole body, plain or gzip. The error is a *Problem: 413 when a limit is passed, 415 for other encodings, 400 for a body that
// is cut short or cannot be unpacked, 408 when it comes too slowly.
func ReadBody(w http.ResponseWriter, r *http.Request, l BodyLimits) ([]byte, error) {
	if r.ContentLength > l.Bytes { // told at the door: nothing of it is read
		return nil, tooLarge(l.Bytes)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, l.Bytes)
	limit := l.Bytes
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, bodyProblem(err, l)
		}
		defer z.Close()
		// One byte more than allowed tells "at the limit" from "over it".
		body, limit = io.LimitReader(z, l.Decompressed+1), l.Decompressed
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return nil, NewProblem(http.StatusUnsupportedMediaType, "unsupported-encoding", "content-encoding must be gzip or absent")
	}
	var buf bytes.Buffer
	if n := r.ContentLength; n > 0 {
		buf.Grow(int(n) + bytes.MinRead) // Grow by what the header claims: at most Bytes, checked above
	}
	if _, err := buf.ReadFrom(body); err != nil {
		return nil, bodyProblem(err, l)
	}
	if int64(buf.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return buf.Bytes(), nil
}

func tooLarge(limit int64) *Problem {
	return NewProblem(http.StatusRequestEntityTooLarge, "body-too-large", fmt.Sprintf("the body is larger than %d bytes", limit))
}

func bodyProblem(err error, l BodyLimits) *Problem {
	var over *http.MaxBytesError
	var slow interface{ Timeout() bool }
	switch {
	case errors.As(err, &over):
		return tooLarge(l.Bytes)
	case errors.As(err, &slow) && slow.Timeout():
		return NewProblem(http.StatusRequestTimeout, "body-timeout", "the body did not arrive in time")
	default:
		return NewProblem(http.StatusBadRequest, "body-unreadable", "the body is cut short or cannot be unpacked")
	}
}
