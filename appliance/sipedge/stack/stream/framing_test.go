package stream

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestContentLength(t *testing.T) {
	for head, want := range map[string]int{
		"Content-Length: 5":         5,
		"l: 5":                      5,
		"CONTENT-LENGTH \t:  5 ":    5,
		"Content-Length:\r\n 5":     5,
		"Content-Length: 5\r\nl: 5": 5,
		"X: a\r\n Content-Length: 9\r\nContent-Length: 5": 5,
		"Content-Length: 5\r\nl: 6":                       -1,
		"Content-Length: ":                                -1,
		"Content-Length: +5":                              -1,
		"Content-Length: 5, 5":                            -1,
		"Content-Length: 99999999999":                     -1,
		"Content-Lengths: 5":                              -1,
		"":                                                -1,
	} {
		n, err := contentLength([]byte("OPTIONS sip:a SIP/2.0\r\n" + head + "\r\n\r\n"))
		if (err != nil) != (want < 0) || err == nil && n != want {
			t.Errorf("%q: %d, %v", head, n, err)
		}
	}
}

// request is the text of a request.
func request(method, callID string, cseq int, body string) string {
	return fmt.Sprintf("%s sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Content-Length: %d\r\n\r\n%s", method, callID, callID, cseq, method, len(body), body)
}

// FuzzFraming cuts a stream in two ways: however its bytes come, the same messages are found, and none is larger than may be.
func FuzzFraming(f *testing.F) {
	f.Add([]byte(request("OPTIONS", "a", 1, "")), uint16(7))
	f.Add([]byte(request("INFO", "a", 1, "body")+request("INFO", "a", 2, "")), uint16(100))
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nl:\r\n 3\r\n\r\nabc"), uint16(1))
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\n\r\n"), uint16(3))
	f.Add([]byte("\x16\x03\x01"), uint16(1))
	f.Add([]byte("A"+strings.Repeat("b", 3000)), uint16(512))
	f.Fuzz(func(t *testing.T, data []byte, step uint16) {
		const limit = 2000
		read := func(step int) ([]string, error) {
			fr := framer{max: limit}
			var found []string
			have := 0
			buf := data[:0]
			for {
				n, err := fr.next(buf)
				switch {
				case err != nil:
					return found, err
				case n > len(buf) || n > limit || n < 0:
					t.Fatalf("%d bytes of %d", n, len(buf))
				case n > 0:
					if i := bytes.Index(buf[:n], []byte("\r\n\r\n")); i < 0 {
						t.Fatalf("a message without an end of its head: %q", buf[:n])
					}
					found = append(found, string(buf[:n]))
					buf = buf[n:]
				case have == len(data):
					return found, nil
				case len(buf) > limit:
					t.Fatalf("%d bytes wait", len(buf))
				default:
					more := min(step, len(data)-have, limit+1-len(buf))
					begin := have - len(buf)
					have += more
					buf = data[begin:have]
				}
			}
		}
		a, errA := read(max(int(step), 1))
		b, errB := read(1)
		if len(a) != len(b) || !errors.Is(errA, errB) {
			t.Fatalf("%d messages and %v, byte by byte %d and %v", len(a), errA, len(b), errB)
		}
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("message %d is %q and %q", i, a[i], b[i])
			}
		}
	})
}
