package spelling

import (
	"fmt"
	"testing"
)

// request is the text of a request with a Contact and a body.
func request(contact, body string) string {
	return "INVITE sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n" +
		"From: <sip:200@192.0.2.9>;tag=peer\r\nTo: <sip:100@192.0.2.1>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n" +
		contact + "\r\n" + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
}

// FuzzTidy holds Tidy to its word: what sipgo reads it still reads, and means the same.
func FuzzTidy(f *testing.F) {
	f.Add([]byte(request("Contact: <sip:a@b> ; q = 0.3 , \"x, y\" <sip:c@d>", "v=0\r\nVia : x")))
	f.Add([]byte("INVITE sip:a SIP/2.0\r\nVia : SIP / 2.0 / UDP\r\n 192.0.2.2 ; branch = z , SIP/2.0/TCP [::1]:5 ;a=\"b,c\"\r\nTO :\r\n sip:x ; tag = 1\r\n\r\nbody\r\n"))
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nt: \"a \\\" < ;\" <sip:a@b>  ;  x\r\nl: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		out := Tidy(data)
		if string(data) != before {
			t.Fatal("the message was changed in place")
		}
		if again := Tidy(out); string(again) != string(out) {
			t.Fatalf("not tidy after once:\n%q\n%q", out, again)
		}
		was, errWas := NewParser().ParseSIP(data)
		is, errIs := NewParser().ParseSIP(out)
		if errWas != nil || errIs != nil {
			return // what is broken may be found so or so
		}
		if string(was.Body()) != string(is.Body()) {
			t.Fatalf("another body:\n%q\n%q", was.Body(), is.Body())
		}
		if a, b := was.CallID(), is.CallID(); (a == nil) != (b == nil) || a != nil && a.Value() != b.Value() {
			t.Fatalf("another Call-ID: %v %v", a, b)
		}
	})
}

func TestTidyLeavesTidyMessagesAlone(t *testing.T) {
	m := []byte(request("Contact: \"A  B , C\" <sip:200@192.0.2.9>;expires=60", "v=0"))
	if n := testing.AllocsPerRun(100, func() { Tidy(m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if out := Tidy(m); &out[0] != &m[0] {
		t.Errorf("it was copied:\n%s", out)
	}
}
