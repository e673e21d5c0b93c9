package embedded

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// requestMax is the largest request a broker takes, in bytes: Kafka's socket.request.max.bytes, and the most that the clients send.
	requestMax = 100 << 20
	// requestMin is a request's smallest head: key, version, correlation id, client id.
	requestMin = 10
)

// errNotKafka ends a connection that does not speak the protocol.
var errNotKafka = errors.New("no request of Kafka's protocol")

// kafkaListener lets only requests of Kafka's protocol through to the broker.
//
// A page of another site can have a browser send HTTP to any port of this machine. Its first four bytes ("POST") are, to a broker, the length of a
// request of 1.3 GB, which this one would make room for and wait for, once for each connection; and a request of an unknown kind would end it.
// The statement of a page never comes to that: what a browser sends begins with a method's name, whatever the page wants.
type kafkaListener struct {
	net.Listener

	tally *tally
}

// Accept implements net.Listener.
func (l kafkaListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &kafkaConn{Conn: c, in: bufio.NewReader(c), tally: l.tally}, nil
}

// kafkaConn looks at the head of each request before the broker reads it.
type kafkaConn struct {
	net.Conn

	in    *bufio.Reader
	left  int // bytes of the request being read
	tally *tally
}

// Read implements io.Reader. An error is a connection that ended or that does not speak the protocol.
func (c *kafkaConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.in.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *kafkaConn) next() error {
	head, err := c.in.Peek(6)
	if err != nil && (len(head) < 4 || !errors.Is(err, io.EOF)) {
		return err
	}
	size := binary.BigEndian.Uint32(head)
	if size < requestMin || size > requestMax || len(head) < 6 || kmsg.RequestForKey(int16(binary.BigEndian.Uint16(head[4:]))) == nil { //nolint:gosec // the wire has the same bits
		c.tally.add(refusedProtocol)
		return errNotKafka
	}
	c.left = 4 + int(size)
	return nil
}
