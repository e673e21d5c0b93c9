package embedded

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// shield passes connections on to a server that must never see one being reset, and keeps out who must not come in.
//
// The library ends its whole process when the peer of a connection resets it (an error in a connection's thread has no handler in this mode), and
// a client killed in the middle of a statement does just that: its kernel answers what the server still sends with a reset. The shield takes the
// reset and shows the library an orderly end instead: it closes its sending side, and reads what still comes until the library closes. For the same
// reason it refuses by itself who may not come in (account.go). Pages of other sites, which a browser lets reach this machine, it refuses over HTTP
// at every request (guard.go).
type shield struct {
	listener net.Listener
	spec     shieldSpec
	tally    *tally
}

// shieldSpec is a public address and the engine's own behind it.
type shieldSpec struct {
	Public string `json:"public"`
	Server string `json:"server"`
	// Native says that clients speak the native protocol, whose greeting must reach the library whole or not at all. Otherwise they speak HTTP.
	Native bool `json:"native,omitempty"`
	// Accounts is the library's own address over HTTP, which tells who may come in. Empty: whoever asks is passed on.
	Accounts string `json:"accounts,omitempty"`
}

// newShield listens at once, so that an address in use is an error here, and serves until it is closed or the process ends.
func newShield(spec shieldSpec, t *tally) (*shield, error) {
	l, err := net.Listen("tcp", spec.Public)
	if err != nil {
		return nil, fmt.Errorf("listen for clickhouse: %w", err)
	}
	s := &shield{listener: l, spec: spec, tally: t}
	go s.serve()
	return s, nil
}

func (s *shield) serve() {
	for {
		client, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // any other error is one connection's, or of too many files: the next accept waits for one to be free
			go s.pass(client)
		}
	}
}

// pass carries one connection, both ways, to its end.
func (s *shield) pass(client net.Conn) {
	defer client.Close()
	from := bufio.NewReaderSize(client, greetingMax)
	send := func(server net.Conn) *refusal { return requests(from, server) }
	if s.spec.Native {
		greeting := s.greeting(client, from)
		if greeting == nil {
			return
		}
		send = func(server net.Conn) *refusal {
			_, _ = server.Write(greeting)
			_, _ = io.Copy(server, from) // an error here is the reset that the server must not see
			return nil
		}
	}
	server, err := net.Dial("tcp", s.spec.Server)
	if err != nil {
		return // not up yet, or going down: the client sees its connection closed
	}
	defer server.Close()
	refused := make(chan *refusal, 1)
	go func() {
		refused <- send(server)
		if half, ok := server.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	}()
	if _, err := io.Copy(client, server); err != nil {
		// The client is gone and the server is still talking. Closing now would reset it.
		_, _ = io.Copy(io.Discard, server)
		return
	}
	select {
	case f := <-refused: // the answers to what came before it are out by now
		if f != nil {
			s.tally.add(f.reason)
			f.answer(client)
		}
	default: // the server ended first
	}
}

// greeting is what a client of the native protocol begins with. Nil: it was refused, or went away.
func (s *shield) greeting(client net.Conn, from *bufio.Reader) []byte {
	if kind, err := from.Peek(1); err == nil && kind[0] != 0 {
		s.tally.add(refusedProtocol) // a browser's request as well: it begins with a letter
		return nil
	}
	greeting := readGreeting(from)
	if greeting != nil && s.spec.Accounts != "" {
		if refused := accountOf(greeting).refusal(s.spec.Accounts); refused != nil {
			_, _ = client.Write(refused) // the client may be gone
			return nil
		}
	}
	return greeting
}

// greetingMax bounds a client's greeting and limits how much of it is read ahead.
const greetingMax = 16 << 10

// readGreeting returns the first packet of a client of the native protocol: its kind (0), name, version of three numbers, database, user and password. Nil:
// it is something else, or the client went away first.
func readGreeting(r *bufio.Reader) []byte {
	var out []byte
	number := func() (uint64, bool) {
		n, err := binary.ReadUvarint(r)
		out = binary.AppendUvarint(out, n)
		return n, err == nil
	}
	text := func() bool {
		n, ok := number()
		if !ok || n > greetingMax-uint64(len(out)) {
			return false
		}
		from := len(out)
		out = append(out, make([]byte, n)...)
		_, err := io.ReadFull(r, out[from:])
		return err == nil
	}
	if kind, ok := number(); !ok || kind != 0 || !text() {
		return nil
	}
	for range 3 {
		if _, ok := number(); !ok || len(out) > greetingMax {
			return nil
		}
	}
	for range 3 {
		if len(out) > greetingMax || !text() {
			return nil
		}
	}
	return out
}
