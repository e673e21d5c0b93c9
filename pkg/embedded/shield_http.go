package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"time"
)

const (
	// headMax bounds a request's line and headers: ClickHouse takes a statement of 1 MiB in the line.
	headMax = 4 << 20
	// lingerMax and lingerTime bound what is still read of a request that was refused: closing at once would reset the connection, and the client
	// might never see the answer.
	lingerMax  = 16 << 20
	lingerTime = time.Second
)

// requests passes requests on to the server, one after the other, until the client or the server has ended or one is refused. The bytes stay as they
// are, and so do the answers: clients see the progress that the engine sends within its headers, and every compression and length of theirs. A
// request's end is found only so that the next one on the connection is judged as well.
func requests(from *bufio.Reader, server io.Writer) *refusal {
	for {
		head, err := readHead(from)
		if errors.Is(err, errNotHTTP) {
			return &refusal{refusedProtocol, http.StatusBadRequest, "This port speaks HTTP, without TLS."}
		}
		if err != nil {
			return nil
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
		if err != nil {
			return &refusal{refusedProtocol, http.StatusBadRequest, "The request cannot be read: " + err.Error()}
		}
		if refused := judge(r); refused != nil {
			return refused
		}
		if _, err := server.Write(head); err != nil {
			return nil
		}
		if err := passBody(from, server, r); err != nil {
			return nil
		}
	}
}

// errNotHTTP is a request that is none, or whose head is longer than any.
var errNotHTTP = errors.New("no HTTP request")

// readHead returns a request's line and headers, with the empty line that ends them. Empty lines before it are left out, as servers do.
func readHead(r *bufio.Reader) ([]byte, error) {
	var head []byte
	lineStart := 0
	for {
		part, err := r.ReadSlice('\n')
		head = append(head, part...)
		if len(head) > 0 && !looksHTTP(head[0]) || len(head) > headMax {
			return nil, errNotHTTP
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if line := bytes.TrimRight(head[lineStart:], "\r\n"); len(line) > 0 {
			lineStart = len(head)
			continue
		}
		if lineStart > 0 {
			return head, nil
		}
		head = head[:0]
	}
}

// looksHTTP tells whether a request may begin so: with a method's letter or an empty line.
func looksHTTP(first byte) bool {
	return first >= 'A' && first <= 'Z' || first == '\r' || first == '\n'
}

// passBody passes a request's body on as it comes, and returns at its end.
func passBody(from *bufio.Reader, server io.Writer, r *http.Request) error {
	switch {
	case slices.Contains(r.TransferEncoding, "chunked"):
		return passChunks(from, server)
	case r.ContentLength > 0:
		_, err := io.CopyN(server, from, r.ContentLength)
		return err
	}
	return nil // without a length there is no body: the engine asks for one (411)
}

// passChunks passes a body of chunks on, each as soon as it is there, and the lines after them.
func passChunks(from *bufio.Reader, server io.Writer) error {
	out := httputil.NewChunkedWriter(server)
	if _, err := io.Copy(out, httputil.NewChunkedReader(from)); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	for size := 0; size < headMax; {
		line, err := from.ReadSlice('\n')
		size += len(line)
		if _, writeErr := server.Write(line); err != nil || writeErr != nil {
			return errors.Join(err, writeErr)
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return nil
		}
	}
	return errNotHTTP
}

// answer tells a client why it was refused and ends the connection.
func (f *refusal) answer(client net.Conn) {
	words := f.words + "\n"
	response := http.Response{
		StatusCode: f.status, ProtoMajor: 1, ProtoMinor: 1, Close: true,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}},
		Body:   io.NopCloser(strings.NewReader(words)), ContentLength: int64(len(words)),
	}
	if response.Write(client) != nil {
		return // the client is gone
	}
	if half, ok := client.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	_ = client.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, client, lingerMax)
}
