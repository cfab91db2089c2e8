package main

import (
	"fmt"
	"net"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer is the name server of the businesses that a play makes up: it knows the
// TXT records that they set, and no address.
type nameServer struct {
	conn net.PacketConn

	mu      sync.Mutex
	records map[string]string // by name, with the final dot
}

// startNames answers on a free loopback port.
func startNames() (*nameServer, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("name server: %w", err)
	}
	s := &nameServer{conn: conn, records: map[string]string{}}
	go s.serve()
	return s, nil
}

func (s *nameServer) set(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[name+"."] = value
}

func (s *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return // closed
		}
		if answer := s.answer(buf[:n]); answer != nil {
			_, _ = s.conn.WriteTo(answer, from) // whoever asked may have gone
		}
	}
}

// answer is nil for what is no question.
func (s *nameServer) answer(packet []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(packet) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	s.mu.Lock()
	value, known := s.records[q.Name.String()]
	s.mu.Unlock()
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	} else if q.Type == dnsmessage.TypeTXT {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.TXTResource{TXT: []string{value}}}}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}
