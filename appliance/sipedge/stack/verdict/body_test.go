package verdict

import (
	"fmt"
	"strings"
	"testing"
)

// parts is a body of several parts, each a head and a content.
func parts(boundary string, list ...[2]string) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n\r\n%s\r\n", boundary, p[0], p[1])
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// FuzzSession looks for a session description in any body.
func FuzzSession(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", []byte(parts("b", [2]string{"Content-Type: application/sdp", "v=0"})))
	f.Add("multipart/mixed;boundary=b", []byte(parts("b", [2]string{"Content-Type: multipart/mixed;boundary=b", parts("b", [2]string{"A: b", "c"})})))
	f.Add(`multipart/related;boundary="--"`, []byte("----\r\n\r\n------"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		sdp, err := session(kind, body, maxNested)
		if err == nil && len(sdp) > len(body) {
			t.Errorf("%d bytes of %d", len(sdp), len(body))
		}
	})
}
