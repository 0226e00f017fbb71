package stack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/emiago/sipgo/sip"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/certs"
	"autocom/appliance/sipedge/stack/stream"
)

// trusting gives a box a certificate, and the authority that its peers trust.
func trusting(t *testing.T, names ...string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	store, err := certs.Open(certs.Config{Dir: t.TempDir(), Names: names})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	ca, _ := store.Authority()
	roots.AppendCertsFromPEM(ca)
	return store.TLS(), roots
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store, err := certs.Open(certs.Config{Dir: dir, Names: []string{"192.0.2.1", "192.0.2.9"}})
		if err != nil {
			t.Fatal(err)
		}
		ca, _ := store.Authority()
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(ca)
		r := newStreamRig(t, flow.TLS, func(c *Config) {
			c.Streams.TLS = store.TLS()
			c.Streams.ClientTLS = func(Flow) *tls.Config { return &tls.Config{RootCAs: roots} }
		})
		r.sink.answering(t)
		for i := range 20 { // who say nothing, not even in TLS
			r.call(fmt.Sprintf("192.0.2.9:%d", 20_000+i))
		}
		plain := r.call("192.0.2.9:19999")
		plain.send(over(flow.TLS, request("OPTIONS", "p", "a", 1)))
		began := time.Now()
		c := r.call("192.0.2.9:33333")
		c.conn = tls.Client(c.conn, &tls.Config{RootCAs: roots, ServerName: "192.0.2.1"})
		c.send(over(flow.TLS, request("OPTIONS", "x", "a", 1)))
		if m := c.message(time.Second); !strings.HasPrefix(m, "SIP/2.0 200 ") || time.Since(began) > 100*time.Millisecond {
			t.Errorf("after %v: %q", time.Since(began), m)
		}
		equal(t, "transport", r.sink.requests[0].Flow.Transport, flow.TLS)
		if !plain.ended(time.Second) {
			t.Error("SIP in the clear on the TLS port")
		}
		old := r.call("192.0.2.9:33334")
		if err := tls.Client(old.conn, &tls.Config{RootCAs: roots, ServerName: "192.0.2.1", MaxVersion: tls.VersionTLS11}).Handshake(); err == nil {
			t.Error("RFC 8996: TLS 1.1 was taken")
		}

		// Out: to a peer with a certificate of the same authority, and to one with another.
		ln := r.net.Listen(peerAddr)
		defer ln.Close()
		if _, err := r.stack.Send(outgoing(sip.OPTIONS, "out", 1), Flow{Transport: flow.TLS, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}); err != nil {
			t.Fatal(err)
		}
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		out := &caller{t: t, conn: tls.Server(nc, store.TLS())}
		m := out.message(time.Second)
		if !strings.Contains(m, "Via: SIP/2.0/TLS 192.0.2.1:5060;") {
			t.Errorf("%q", m)
		}
		out.send(reply(m, 200, "x"))
		synctest.Wait()
		equal(t, "statuses", r.sink.statuses(), []int{200})
		nc.Close()
		synctest.Wait()

		stranger, _ := trusting(t, "192.0.2.9")
		if _, err := r.stack.Send(outgoing(sip.OPTIONS, "other", 1), Flow{Transport: flow.TLS, Local: r.local, Remote: netip.MustParseAddrPort(peerAddr)}); err != nil {
			t.Fatal(err)
		}
		if nc, err = ln.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := tls.Server(nc, stranger).Handshake(); err == nil {
			t.Error("a peer with a certificate of nobody's was trusted")
		}
		nc.Close()
		synctest.Wait()
		equal(t, "failures", len(r.sink.failures()), 1)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		equal(t, "connections left", r.stack.Counts().Conns, 1)
	})
}

// dialWeb opens a WebSocket on the network in memory.
func (r *streamRig) dialWeb(from string, change func(*websocket.DialOptions)) (*websocket.Conn, *http.Response, error) {
	opts := &websocket.DialOptions{
		Subprotocols: []string{"sip"},
		HTTPClient: &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return r.net.Dial(ctx, netip.MustParseAddrPort(from), r.local)
			},
		}},
	}
	if change != nil {
		change(opts)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, "ws://box.example.net/", opts)
	if err == nil {
		r.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res, err
}

func readWeb(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, data, err := ws.Read(ctx)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func TestWebSocket_RFC7118(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.WS, func(c *Config) { c.Streams.Origins = []string{"phone.example.net"} })
		r.sink.answering(t)
		for i := range 20 { // who connect and say nothing, or half a request
			c := r.call(fmt.Sprintf("192.0.2.9:%d", 20_000+i))
			if i%2 == 0 {
				c.send("GET / HTTP/1.1\r\nHost: box\r\n")
			}
		}
		began := time.Now()
		ws, _, err := r.dialWeb("192.0.2.9:33333", func(o *websocket.DialOptions) {
			o.HTTPHeader = http.Header{"Origin": {"https://phone.example.net"}}
		})
		if err != nil {
			t.Fatal(err)
		}
		if since := time.Since(began); since > 100*time.Millisecond {
			t.Errorf("held up for %v", since)
		}
		equal(t, "§4.1 subprotocol", ws.Subprotocol(), "sip")
		ctx := context.Background()
		register := strings.Replace(over(flow.WS, request("REGISTER", "x", "a", 1)), "192.0.2.9:5070", "df7jal23ls0d.invalid", 1)
		if err := ws.Write(ctx, websocket.MessageText, []byte(register)); err != nil {
			t.Fatal(err)
		}
		if m := readWeb(t, ws); !strings.HasPrefix(m, "SIP/2.0 200 ") || !strings.Contains(m, "df7jal23ls0d.invalid;branch=z9hG4bKx;received=192.0.2.9") {
			t.Errorf("%q", m)
		}
		f := r.sink.requests[0].Flow
		equal(t, "flow", f, Flow{Transport: flow.WS, Local: r.local, Remote: netip.MustParseAddrPort("192.0.2.9:33333")})

		// The box calls: one message of SIP is one of the WebSocket.
		for i := range 3 {
			if _, err := r.stack.Send(outgoing(sip.MESSAGE, fmt.Sprint("m", i), 1), f); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			m := readWeb(t, ws)
			if !strings.HasPrefix(m, "MESSAGE ") || strings.Count(m, "Call-ID") != 1 || !strings.Contains(m, "SIP/2.0/WS ") {
				t.Errorf("%d: %q", i, m)
			}
			if err := ws.Write(ctx, websocket.MessageBinary, []byte(reply(m, 200, "x"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := ws.Write(ctx, websocket.MessageText, []byte(stream.Ping)); err != nil {
			t.Fatal(err)
		}
		equal(t, "§6 keep-alive", readWeb(t, ws), "\r\n")
		equal(t, "statuses", r.sink.statuses(), []int{200, 200, 200})

		time.Sleep(11 * time.Second)
		equal(t, "connections after 11 s", r.stack.Counts().Conns, 1)
		if err := ws.CloseNow(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		equal(t, "flows that ended", r.sink.ended(), []Flow{f})
		if _, err := r.stack.Send(outgoing(sip.MESSAGE, "gone", 1), f); err == nil {
			t.Error("§5: a WebSocket was dialled")
		}
		equal(t, "connections", r.stack.Counts().Conns, 0)
	})
}

func TestWebSocketIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newStreamRig(t, flow.WS, nil)
		for name, c := range map[string]struct {
			change func(*websocket.DialOptions)
			status int
		}{
			"§4.1 without the subprotocol": {func(o *websocket.DialOptions) { o.Subprotocols = nil }, 426},
			"another subprotocol":          {func(o *websocket.DialOptions) { o.Subprotocols = []string{"xmpp"} }, 426},
			"another page": {func(o *websocket.DialOptions) {
				o.HTTPHeader = http.Header{"Origin": {"https://evil.example.com"}}
			}, 403},
		} {
			_, res, err := r.dialWeb("192.0.2.9:0", c.change)
			if err == nil || res == nil || res.StatusCode != c.status {
				t.Errorf("%s: %v, %v", name, res, err)
			}
		}
		ws, _, err := r.dialWeb("192.0.2.9:0", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = ws.Write(context.Background(), websocket.MessageText, []byte(over(flow.WS, request("MESSAGE", "x", "a", 1, "\r\n"+strings.Repeat("x", 20_000)))))
		if _, _, err := ws.Read(context.Background()); err == nil {
			t.Error("a message of 20 kB was read")
		}
		synctest.Wait()
		equal(t, "connections", r.stack.Counts().Conns, 0)
		equal(t, "delivered", len(r.sink.methods()), 0)
	})
}

// Over the real loopback, all transports and both families: nothing of the box is left when it has closed.
func TestEveryTransportOverLoopback(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, host := range []string{"127.0.0.1", "::1"} {
		for by := flow.UDP; by <= flow.WSS; by++ {
			t.Run(by.String()+" "+host, func(t *testing.T) {
				serving, roots := trusting(t, host)
				sink := &flowRecorder{}
				sink.answering(t)
				answered := make(chan int, 10)
				sink.onResponse = func(p *Response) { answered <- p.StatusCode }
				cfg := config(sink, &strings.Builder{})
				cfg.Firewall.Trusted = append(cfg.Firewall.Trusted, netip.MustParsePrefix("::1/128"))
				cfg.Streams.TLS = serving
				cfg.Streams.ClientTLS = func(Flow) *tls.Config { return &tls.Config{RootCAs: roots} }
				box, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer box.Close()
				at, err := box.ListenOn(Endpoint{Transport: by, Addr: netip.AddrPortFrom(netip.MustParseAddr(host), 0)})
				if err != nil {
					t.Fatal(err)
				}
				if by == flow.WS || by == flow.WSS {
					scheme := map[flow.Transport]string{flow.WS: "ws", flow.WSS: "wss"}[by]
					ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
					defer cancel()
					client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
					ws, _, err := websocket.Dial(ctx, scheme+"://"+at.String(), &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPClient: client})
					if err != nil {
						t.Fatal(err)
					}
					defer ws.CloseNow()
					if err := ws.Write(ctx, websocket.MessageText, []byte(over(by, request("OPTIONS", "x", "a", 1)))); err != nil {
						t.Fatal(err)
					}
					if _, m, err := ws.Read(ctx); err != nil || !strings.HasPrefix(string(m), "SIP/2.0 200 ") {
						t.Errorf("%q, %v", m, err)
					}
					return
				}
				other, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				from, err := other.ListenOn(Endpoint{Transport: by, Addr: netip.AddrPortFrom(netip.MustParseAddr(host), 0)})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := other.Send(outgoing(sip.OPTIONS, "a", 1), Flow{Transport: by, Local: from, Remote: at}); err != nil {
					t.Fatal(err)
				}
				select {
				case status := <-answered:
					equal(t, "status", status, 200)
				case <-time.After(10 * time.Second):
					t.Fatal("no answer")
				}
				q := sink.requests[0]
				want := fmt.Sprintf("SIP/2.0/%s %s;", by, from)
				if v := q.Via().Value(); !strings.HasPrefix(v, want) {
					t.Errorf("Via: %s, want %s", v, want)
				}
			})
		}
	}
}
