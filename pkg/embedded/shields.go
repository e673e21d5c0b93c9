package embedded

import (
	"crypto/rand"
	"fmt"
	"net"
)

// behindShields are the addresses that the engine itself listens on, with a shield before each.
func behindShields(e engine, host, httpPort, tcpPort string) (listen, http, tcp string, shields []shieldSpec, err error) {
	hidden := hiddenHost()
	listen, http, tcp, err = pickPorts(net.JoinHostPort(hidden, "0"), net.JoinHostPort(hidden, "0"))
	native := shieldSpec{Public: net.JoinHostPort(host, tcpPort), Server: net.JoinHostPort(listen, tcp), Native: true}
	if e.program == "" { // a program outlives a wrong password
		native.Accounts = net.JoinHostPort(listen, http)
	}
	return listen, http, tcp, []shieldSpec{{Public: net.JoinHostPort(host, httpPort), Server: net.JoinHostPort(listen, http)}, native}, err
}

// hiddenHost is a loopback address that a page of another site cannot find by trying: behind the shield the engine takes statements from whoever
// comes, and the ports of 127.0.0.1 are few. Linux has all of 127.0.0.0/8; elsewhere it is 127.0.0.1, with the port alone unknown.
func hiddenHost() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	host := fmt.Sprintf("127.%d.%d.%d", 1+b[0]%254, b[1], 1+b[2]%254)
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "127.0.0.1"
	}
	_ = l.Close()
	return host
}

// parentShields stand before a clickhouse program, which cannot have them in its own process as the library does. They run in the parent.
type parentShields struct {
	all   []*shield
	owner chan *process
}

// openShields opens a program's shields. The library opens its own.
func openShields(e engine, specs []shieldSpec) (*parentShields, error) {
	s := &parentShields{owner: make(chan *process, 1)}
	if e.program == "" {
		return s, nil
	}
	var p *process
	t := newTally(func(counts map[string]uint64) {
		if p == nil {
			p = <-s.owner
		}
		p.setRefused(counts)
	})
	for _, spec := range specs {
		sh, err := newShield(spec, t)
		if err != nil {
			s.close()
			return nil, err
		}
		s.all = append(s.all, sh)
	}
	return s, nil
}

// serveFor says whose shields they are: they close when it ends.
func (s *parentShields) serveFor(p *process) {
	s.owner <- p
	go func() {
		<-p.Done()
		s.close()
	}()
}

func (s *parentShields) close() {
	for _, sh := range s.all {
		_ = sh.listener.Close()
	}
}
