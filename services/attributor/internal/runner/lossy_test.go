package runner_test

import (
	"encoding/binary"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// lossyNetwork is a listener whose connections break exactly when the broker answers a request of a chosen kind: the broker has done it,
// and the client does not know.
type lossyNetwork struct {
	mu sync.Mutex
	// drop is how many more answers to lose, by request kind.
	drop map[kmsg.Key]int
	lost int
}

func (n *lossyNetwork) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	return &lossyListener{l, n}, nil
}

func (n *lossyNetwork) loseNext(key kmsg.Key, count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drop = map[kmsg.Key]int{key: count}
}

func (n *lossyNetwork) losses() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lost
}

func (n *lossyNetwork) lose(key kmsg.Key) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.drop[key] == 0 {
		return false
	}
	n.drop[key]--
	n.lost++
	return true
}

type lossyListener struct {
	net.Listener
	network *lossyNetwork
}

func (l *lossyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lossyConn{Conn: c, network: l.network, kinds: map[uint32]kmsg.Key{}}, nil
}

// lossyConn reads along with the broker: the broker reads four bytes of size, then the body, whose head is kind (2), version (2) and
// correlation id (4); an answer is written at once, its head is size (4) and correlation id (4).
type lossyConn struct {
	net.Conn
	network *lossyNetwork
	head    []byte
	left    int // bytes of the current body not read yet

	mu    sync.Mutex
	kinds map[uint32]kmsg.Key
}

func (c *lossyConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for _, x := range b[:n] {
		c.take(x)
	}
	return n, err
}

func (c *lossyConn) take(x byte) {
	if len(c.head) < 12 {
		c.head = append(c.head, x)
		if len(c.head) < 12 {
			return
		}
		c.left = int(binary.BigEndian.Uint32(c.head)) - 8
		c.mu.Lock()
		c.kinds[binary.BigEndian.Uint32(c.head[8:])] = kmsg.Key(binary.BigEndian.Uint16(c.head[4:]))
		c.mu.Unlock()
	} else {
		c.left--
	}
	if c.left == 0 {
		c.head = c.head[:0]
	}
}

func (c *lossyConn) Write(b []byte) (int, error) {
	if len(b) >= 8 {
		c.mu.Lock()
		kind, ok := c.kinds[binary.BigEndian.Uint32(b[4:])]
		delete(c.kinds, binary.BigEndian.Uint32(b[4:]))
		c.mu.Unlock()
		if ok && c.network.lose(kind) {
			return 0, c.Conn.Close()
		}
	}
	return c.Conn.Write(b)
}
