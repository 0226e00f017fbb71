package stack

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
)

// parts is a body of several parts, each a head and a content.
func parts(boundary string, list ...[2]string) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n\r\n%s\r\n", boundary, p[0], p[1])
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func TestBodies_RFC5621(t *testing.T) {
	const sdp, isup = "Content-Type: application/sdp", "Content-Type: application/ISUP;version=itu-t92+"
	mixed := "multipart/mixed;boundary=b"
	for _, c := range []struct {
		name, method, kind, body, want, sees string
	}{
		{"SDP and ISUP", "INVITE", mixed, parts("b", [2]string{sdp, "v=0\r\no=x"}, [2]string{isup, "\x01\x02"}), "100", "v=0\r\no=x"},
		{"quoted boundary, SDP last", "INVITE", `Multipart/Mixed; boundary="b b"`, parts("b b", [2]string{isup, "x"}, [2]string{sdp, "v=0"}), "100", "v=0"},
		{"alternatives: the last is the best", "INVITE", "multipart/alternative;boundary=b", parts("b", [2]string{sdp, "v=1"}, [2]string{sdp, "v=2"}), "100", "v=2"},
		{"parts in parts", "INVITE", mixed, parts("b", [2]string{"Content-Type: multipart/related;boundary=c", parts("c", [2]string{sdp, "v=0"})}), "100", "v=0"},
		{"signed: the content can be read", "INVITE", "multipart/signed;boundary=b", parts("b", [2]string{sdp, "v=0"}, [2]string{"Content-Type: application/pkcs7-signature", "x"}), "100", "v=0"},
		{"a part that must be understood", "INVITE", mixed, parts("b", [2]string{sdp, "v=0"}, [2]string{isup + "\r\nContent-Disposition: signal;handling=required", "x"}), "415", ""},
		{"no session in it", "INVITE", mixed, parts("b", [2]string{isup, "x"}), "415", ""},
		{"encoded", "INVITE", mixed, parts("b", [2]string{sdp + "\r\nContent-Transfer-Encoding: base64", "dj0w"}), "415", ""},
		{"no boundary", "INVITE", "multipart/mixed", parts("b", [2]string{sdp, "v=0"}), "415", ""},
		{"broken", "INVITE", mixed, "--b\r\nContent-Type", "415", ""},
		{"empty", "INVITE", mixed, "--b--", "415", ""},
		{"RFC3261_21_4_30 encrypted", "INVITE", "application/pkcs7-mime;smime-type=enveloped-data", "x", "493", ""},
		{"RFC3261_21_4_30 encrypted part", "INVITE", mixed, parts("b", [2]string{"Content-Type: application/pkcs7-mime", "x"}), "493", ""},
		{"RFC3261_21_4_30 encrypted message", "MESSAGE", "multipart/encrypted;boundary=b", "x", "493", ""},
		{"INFO is left alone", "INFO", mixed, parts("b", [2]string{sdp, "v=0"}), "200", parts("b", [2]string{sdp, "v=0"})},
		{"too many parts", "INVITE", mixed, parts("b", append(make([][2]string, 20), [2]string{sdp, "v=0"})...), "415", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := answering(t)
				r := newRig(t, func(cfg *Config) { cfg.Sink = sink })
				r.peer.send(request(c.method, "x", "a", 1, "Content-Type: "+c.kind, "\r\n"+c.body))
				if got := r.peer.read(time.Second); !strings.HasPrefix(got, "SIP/2.0 "+c.want+" ") {
					t.Fatalf("want %s, got\n%s", c.want, got)
				}
				synctest.Wait()
				if c.sees == "" {
					equal(t, "handed over", len(sink.methods()), 0)
					return
				}
				q := sink.requests[0]
				equal(t, "body", string(q.Body()), c.sees)
				if c.method == "INVITE" {
					equal(t, "Content-Type", q.ContentType().Value(), "application/sdp")
					equal(t, "Content-Length", q.ContentLength().Value(), fmt.Sprint(len(c.sees)))
				}
			})
		})
	}
}

// A carrier answers with a body of several parts.
func TestResponsesLoseTheOtherParts_RFC5621(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.invite("b")
		req := r.peer.read(time.Second)
		body := parts("b", [2]string{"Content-Type: application/ISUP", "x"}, [2]string{"Content-Type: application/sdp", "v=0"})
		r.peer.send(strings.Replace(reply(req, 183, "t"), "Content-Length: 0\r\n\r\n",
			fmt.Sprintf("Content-Type: multipart/mixed;boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body), body), 1))
		synctest.Wait()
		res := r.sink.responses[0]
		equal(t, "body", string(res.Body()), "v=0")
		equal(t, "Content-Type", res.ContentType().Value(), "application/sdp")
	})
}

func TestMergedRequest_RFC3261_8_2_2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.peer.send(request("OPTIONS", "one", "a", 1))
		r.peer.send(request("OPTIONS", "two", "a", 1))
		r.peer.send(request("OPTIONS", "three", "a", 2)) // tried again with a password, say
		synctest.Wait()
		equal(t, "on the wire", r.peer.first(time.Second), []string{"SIP/2.0 482 Loop Detected"})
		equal(t, "handed over", len(r.sink.methods()), 2)
		synctest.Wait()
		if err := r.sink.requests[0].Respond(503, "", nil, nil); err != nil {
			t.Fatal(err)
		}
		r.peer.send(request("OPTIONS", "four", "a", 1)) // another way after a failure (RFC 3263 §4.3)
		synctest.Wait()
		equal(t, "handed over", len(r.sink.methods()), 3)
	})
}

func TestLoop_RFC3261_16_3(t *testing.T) {
	below := func(via string) func(string) string {
		return func(m string) string {
			return strings.Replace(m, "\r\nMax-Forwards", "\r\nVia: SIP/2.0/UDP "+via+"\r\nMax-Forwards", 1)
		}
	}
	for name, c := range map[string]struct {
		change func(string) string
		box    string
		want   string
	}{
		"our address":                         {below("192.0.2.1:5060;branch=z9hG4bKours"), boxAddr, "482"},
		"our address without its port":        {below("192.0.2.1;branch=z9hG4bKours"), boxAddr, "482"},
		"another port":                        {below("192.0.2.1:5061;branch=z9hG4bKours"), boxAddr, "200"},
		"a name":                              {below("box.example.com;branch=z9hG4bKours"), boxAddr, "200"},
		"a private address a carrier has too": {below("10.0.0.1:5060;branch=z9hG4bKtheirs"), "10.0.0.1:5060", "200"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := answering(t)
				r := newRig(t, func(cfg *Config) { cfg.Sink = sink })
				if c.box != boxAddr {
					for _, l := range r.stack.listeners {
						l.advertise = netip.MustParseAddrPort(c.box)
					}
				}
				r.peer.send(c.change(request("OPTIONS", "x", "a", 1)))
				if got := r.peer.read(time.Second); !strings.HasPrefix(got, "SIP/2.0 "+c.want) {
					t.Errorf("want %s, got %s", c.want, got)
				}
			})
		})
	}
}

// A call of ours that comes round while it still rings, from a box with a private address.
func TestLoopOfOurOwnCall_RFC3261_16_3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		for _, l := range r.stack.listeners {
			l.advertise = netip.MustParseAddrPort("10.0.0.1:5060")
		}
		r.invite("b")
		ours := r.peer.read(time.Second)
		via, _, _ := strings.Cut(ours[strings.Index(ours, "Via: "):], "\r\n")
		r.peer.send(strings.Replace(request("INVITE", "round", "b", 1), "\r\nMax-Forwards", "\r\n"+via+"\r\nMax-Forwards", 1))
		if got := r.peer.read(time.Second); !strings.HasPrefix(got, "SIP/2.0 482 ") {
			t.Errorf("got %s", got)
		}
	})
}

func TestServerIsSaidToFriendsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &recorder{}
		r := newRig(t, func(c *Config) { c.Sink, c.Server = sink, "Autocom" })
		sink.onRequest = func(q *Request) {
			if q.CallID().Value() == "friend" {
				q.Vouch()
			}
			if err := q.Respond(200, "", nil, nil); err != nil {
				t.Error(err)
			}
		}
		r.peer.send(request("OPTIONS", "x", "stranger", 1))
		if m := r.peer.read(time.Second); strings.Contains(m, "Autocom") || m == "" {
			t.Errorf("a stranger is told:\n%s", m)
		}
		r.peer.send(request("BREW", "y", "stranger", 1))
		if m := r.peer.read(time.Second); strings.Contains(m, "Autocom") || m == "" {
			t.Errorf("a stranger is told:\n%s", m)
		}
		r.peer.send(request("OPTIONS", "z", "friend", 1))
		if m := r.peer.read(time.Second); !strings.Contains(m, "Server: Autocom\r\n") {
			t.Errorf("a friend is not told:\n%s", m)
		}
	})
}

func TestExtensionRequired_RFC3261_21_4_16(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := answering(t)
		r := newRig(t, func(c *Config) {
			c.Sink = sink
			c.Intake.Needs = func(q *sip.Request) []string {
				if q.IsInvite() {
					return []string{"timer", "100rel"}
				}
				return nil
			}
			c.Supported = []string{"100rel"}
		})
		for i, c := range []struct{ header, want string }{
			{"X: y", "SIP/2.0 421 Extension Required"},
			{"Supported: timer", "SIP/2.0 421 Extension Required"},
			{"k: replaces, TIMER,100rel", "SIP/2.0 100 Trying"},
			{"Require: 100rel\r\nSupported: timer", "SIP/2.0 100 Trying"},
		} {
			r.peer.send(request("INVITE", fmt.Sprint("x", i), fmt.Sprint("c", i), 1, c.header))
			m := r.peer.read(time.Second)
			if !strings.HasPrefix(m, c.want) || i == 1 && !strings.Contains(m, "Require: 100rel\r\n") {
				t.Errorf("%s: %s", c.header, m)
			}
		}
	})
}
