package sipmsg_test

import (
	"bytes"
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/sipmsg"
)

const invite = "INVITE sip:201@127.0.0.1:5060;user=phone SIP/2.0\r\n" +
	"v: SIP/2.0/UDP 127.0.0.2:5060;rport;branch=z9hG4bKa, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb\r\n" +
	"f: \"Doe, \\\"J\\\" <x>\" <sip:0612345678@127.0.0.2;p=1>;tag=from1\r\n" +
	"To: sip:201@127.0.0.1;x=y\r\nSubject: folded\r\n line\r\ni: abc@x\r\nCSeq: 7 INVITE\r\n" +
	"m: <sip:lab@127.0.0.2:5062>;expires=30\r\nl: 3\r\n\r\nv=0 and more than the length says"

func TestParseCompactFoldedAndQuoted(t *testing.T) {
	m, err := sipmsg.Parse([]byte(invite))
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Body) != "v=0" || m.Header("Subject") != "folded line" || len(m.All("Via")) != 2 {
		t.Errorf("%+v", m)
	}
	from := m.Header("From")
	if sipmsg.URI(from) != "sip:0612345678@127.0.0.2;p=1" || sipmsg.Param(from, "tag") != "from1" || sipmsg.Param(from, "p") != "" {
		t.Errorf("from %q", from)
	}
	if sipmsg.User(m.URI) != "201" || sipmsg.Host(m.URI) != "127.0.0.1:5060" {
		t.Errorf("URI %q", m.URI)
	}
	if ap, ok := sipmsg.HostPort(sipmsg.URI(m.Header("Contact"))); !ok || ap.String() != "127.0.0.2:5062" {
		t.Errorf("contact %v", ap)
	}
	if n, method := m.CSeq(); n != 7 || method != "INVITE" {
		t.Error(n, method)
	}
	if sipmsg.URI(m.Header("To")) != "sip:201@127.0.0.1" || sipmsg.Param(m.Header("To"), "x") != "y" {
		t.Error("RFC 3261 §20: a parameter without < > is the header's")
	}
}

func TestParseRefuses(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":      "",
		"keep-alive":   "\r\n\r\n",
		"no end":       "INVITE sip:x SIP/2.0\r\nVia: x\r\n",
		"bad start":    "HELLO\r\n\r\n",
		"bad code":     "SIP/2.0 99 x\r\n\r\n",
		"no CSeq":      strings.Replace(invite, "CSeq: 7 INVITE\r\n", "", 1),
		"other method": strings.Replace(invite, "CSeq: 7 INVITE", "CSeq: 7 BYE", 1),
		"long length":  strings.Replace(invite, "l: 3", "l: 3000", 1),
		"minus length": strings.Replace(invite, "l: 3", "l: -3", 1),
		"many headers": strings.Replace(invite, "l: 3", strings.Repeat("a: b\r\n", 300)+"l: 3", 1),
		"fold first":   "INVITE sip:x SIP/2.0\r\n folded\r\n\r\n",
	} {
		if m, err := sipmsg.Parse([]byte(b)); err == nil {
			t.Errorf("%s: read as %+v", name, m)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: a\r\nFrom: <a>;tag=\"\r\nTo: ,\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := sipmsg.Parse(b)
		if err != nil {
			return
		}
		again, err := sipmsg.Parse(m.Append(nil))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if again.Code != m.Code || again.Method != m.Method || len(again.All("Via")) != len(m.All("Via")) || !bytes.Equal(again.Body, m.Body) {
			t.Fatalf("%+v became %+v", m, again)
		}
		for _, h := range m.Headers {
			sipmsg.URI(h.Value)
			sipmsg.Param(h.Value, "tag")
			sipmsg.HostPort(h.Value)
			sipmsg.User(h.Value)
		}
	})
}
