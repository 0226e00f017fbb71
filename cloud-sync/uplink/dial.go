package uplink

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Dialer opens a TCP connection.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// way is how the cloud is reached: straight or through the branch's proxy.
type way struct {
	dial  Dialer
	proxy func() string // http://[user:password@]host:port, or https; empty: straight
}

const (
	dialTime    = 20 * time.Second
	proxyAnswer = 8 << 10 // bytes of a proxy's answer to CONNECT
)

// open connects to a server, through the proxy when there is one.
func (w way) open(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	dial := w.dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	proxy := ""
	if w.proxy != nil {
		proxy = w.proxy()
	}
	if proxy == "" {
		return dial(ctx, network, address)
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &Trouble{Cause: NoWay, Sentence: "the proxy's address cannot be read", Remedy: "write it as http://host:port in the site document"}
	}
	through := u.Host
	if u.Port() == "" {
		through = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	c, err := dial(ctx, network, through)
	if err != nil {
		t := unreached(err, through, time.Now())
		t.Sentence, t.Cause = "the proxy: "+t.Sentence, NoWay
		return nil, t
	}
	if u.Scheme == "https" {
		c = tls.Client(c, &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	}
	// The proxy's answer ends with the context too.
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	tunnel, err := connect(c, u, address)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		_ = c.Close() // the error at hand says more
		return nil, err
	}
	return tunnel, nil
}

// connect asks a proxy for a tunnel, RFC 9110 §9.3.6.
func connect(c net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	head := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if proxy.User != nil {
		word, _ := proxy.User.Password()
		head += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+word)) + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"); err != nil {
		return nil, proxyFailed(err, proxy)
	}
	bounded := &io.LimitedReader{R: c, N: proxyAnswer}
	r := bufio.NewReader(bounded)
	answer, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // its body is the connection: the caller closes it, or the tunnel is in it
	if err != nil {
		return nil, proxyFailed(err, proxy)
	}
	if answer.StatusCode != http.StatusOK {
		t := &Trouble{Cause: NoWay, Detail: fmt.Sprintf("%s, %d", proxy.Host, answer.StatusCode), Sentence: fmt.Sprintf("the proxy %s refuses to connect to %s (%d)", proxy.Host, address, answer.StatusCode), Remedy: "let it pass this address"}
		if answer.StatusCode == http.StatusProxyAuthRequired {
			t.Remedy = "write its user and password into its address in the site document"
		}
		return nil, t
	}
	bounded.N = 1 << 62 // what follows is the tunnel's
	return &tunnelled{Conn: c, r: r}, nil
}

// proxyFailed is about a proxy that broke off or made no sense. What its certificate says stays: a wrong clock is found out here too.
func proxyFailed(err error, proxy *url.URL) *Trouble {
	t := unreached(err, "the proxy "+proxy.Host, time.Now())
	if t.Cause != WrongClock {
		t.Cause, t.Detail = NoWay, printable(proxy.Host, 80)
	}
	return t
}

// tunnelled is a connection whose first bytes may have come with the proxy's answer.
type tunnelled struct {
	net.Conn
	r *bufio.Reader
}

func (t *tunnelled) Read(p []byte) (int, error) { return t.r.Read(p) }
