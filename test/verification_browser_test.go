package test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers on this machine: each name leads here, and one has a TXT record.
type nameServer struct {
	addr string
	txt  atomic.Pointer[[2]string] // name and value
}

func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &nameServer{addr: conn.LocalAddr().String()}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
			switch record := s.txt.Load(); {
			case q.Type == dnsmessage.TypeA:
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}})
			case q.Type == dnsmessage.TypeTXT && record != nil && q.Name.String() == record[0]+".":
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.TXTResource{TXT: []string{record[1]}}})
			}
			if b, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from) // the asker may have gone
			}
		}
	}()
	return s
}

// handIn chooses a file in the field of the page and sends its form.
func (p *tab) handIn(name, content string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(() => { const d = new DataTransfer(); d.items.add(new File([%q], %q)); const i = document.querySelector('input[type=file]'); i.files = d.files; return true })()`, content, name))
	p.leave(func() {
		p.press(`document.querySelector('input[type=file]').form.querySelector('button[type=submit]')`)
	})
}

// TestVerification is a business that shows who it is, in a browser, with a name server
// and a web site that the server really asks (R-REVIEW-02, R-REVIEW-03): Ada fills in,
// hands in, proves address and domain; Rita looks, asks back, and gives.
func TestVerification(t *testing.T) { eachDatabase(t, verification) }

func verification(t *testing.T, postgres bool) {
	names := newNameServer(t)
	var shown atomic.Pointer[string]
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if value := shown.Load(); value != nil && r.URL.Path == "/.well-known/prokura-verification.txt" && strings.HasPrefix(r.Host, "www.nordwind.example:") {
			fmt.Fprintln(w, *value)
			return
		}
		http.NotFound(w, r)
	}))
	defer site.Close()
	s := startServer(t, serverOptions{postgres: postgres, args: []string{"--dns", names.addr, "--document-days", "1"}})
	ada, place := newTab(t), s.url+"/business/"+nordwindID+"/verification"
	ada.signIn(s, adaEmail)
	ada.open(s.url + "/business/" + nordwindID)
	ada.leave(func() { ada.click("Verification") })
	for name, value := range map[string]string{"legal_name": "Nordwind Outdoor AB", "address": "Storgatan 1, 111 22 Stockholm", "registration": "556000-0000",
		"website": "http://www.nordwind.example" + site.URL[strings.LastIndexByte(site.URL, ':'):], "contact": "Ada Lindqvist", "email": "ada@elsewhere.example"} {
		ada.fillIn("#f-"+strings.ReplaceAll(name, "_", "-"), value)
	}
	eval[bool](ada, `(e => { e.value = "SE"; return true })(document.querySelector("#f-country"))`)
	ada.submit("/verification")
	ada.wantText("another domain", "Enter an address at nordwind.example")
	ada.looks("verification-wrong")
	ada.fillIn("#f-email", "ada@nordwind.example")
	ada.submit("/verification")
	ada.wantText("begun", "Still missing", "A document", "The code from a mail to that address")
	ada.handIn("page.html", "<!doctype html><p>hello")
	ada.wantText("a file that is none", "This is neither a PDF nor a PNG or JPEG picture nor an MP4 film.")
	ada.handIn("Registerauszug.pdf", "%PDF-1.7\nregister\n%%EOF\n")
	ada.wantText("handed in", "Added.", "Registerauszug.pdf")
	ada.submit("/mail")
	ada.fillIn("#f-code", s.mailed(t, "ada@nordwind.example", `(\d{4} \d{4})`))
	ada.submit("/code")
	ada.submit("/site") // the first one: by DNS
	ada.wantText("no record", "There is no TXT record of this name")
	ada.looks("verification-begun")
	value := ada.copied("site-value")
	record := [2]string{ada.copied("site-record"), value}
	if postgres { // once by the one way and once by the other
		names.txt.Store(&record)
		ada.submit("/site")
		ada.wantText("the record", "Found in the name servers")
	} else {
		shown.Store(&value)
		ada.leave(func() { ada.click("Look for the file") })
		ada.wantText("the file", "Found at the web site")
	}
	ada.wantText("complete", "Everything is there")
	ada.submit("/send")
	ada.wantText("sent", "Waits for the platform")
	ada.looks("verification-sent")

	rita := newTab(t)
	rita.signIn(s, ritaEmail)
	rita.open(s.url + "/staff/businesses")
	rita.wantText("who waits", "Nordwind Outdoor AB", "Sweden")
	rita.looks("staff-businesses")
	rita.open(s.url + "/staff/queue")
	rita.wantText("the queue", "Verification", "Sweden")
	rita.leave(func() { rita.click("Nordwind Outdoor") })
	rita.wantText("the business", "Storgatan 1", "Registerauszug.pdf", "Found")
	rita.looks("staff-business")
	rita.pick("decision", "document_old")
	rita.fillIn("#f-words", "Younger than three months, please.")
	rita.submit("/staff/businesses/" + nordwindID)
	ada.open(place)
	ada.wantText("asked back", "A document is too old", "Younger than three months, please.")
	ada.looks("verification-asked")
	ada.handIn("new.pdf", "%PDF-1.7\nnewer\n%%EOF\n")
	ada.submit("/send")
	rita.open(s.url + "/staff/businesses/" + nordwindID)
	rita.pick("decision", "given")
	rita.submit("/staff/businesses/" + nordwindID)
	ada.open(place)
	ada.wantText("verified", "Verified")
	ada.looks("verification-given")
}
