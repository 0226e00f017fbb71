package relay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"autocom/cloud-sync/relay"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a line to a server that sends back what it gets.
func echo(t *testing.T) (*relay.Line, func() net.Conn) {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	line := relay.New(front, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Addr().String())
	})
	t.Cleanup(func() {
		if err := errors.Join(line.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		<-done
	})
	return line, func() net.Conn {
		c, err := net.Dial("tcp", line.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// said is what comes back of what was sent, until the line ends.
func said(t *testing.T, c net.Conn, send []byte, want int) int {
	t.Helper()
	if _, err := c.Write(send); err != nil {
		return 0
	}
	n, _ := io.ReadFull(c, make([]byte, want))
	return n
}

func TestAGoodLinePassesEverything(t *testing.T) {
	line, dial := echo(t)
	if n := said(t, dial(), bytes.Repeat([]byte("x"), 100_000), 100_000); n != 100_000 || line.Opened() != 1 {
		t.Errorf("%d bytes came back over %d connections", n, line.Opened())
	}
}

func TestALineIsCutInTheMiddleOfAMessageAndRestored(t *testing.T) {
	line, dial := echo(t)
	line.CutBackAfter(1000)
	if n := said(t, dial(), bytes.Repeat([]byte("x"), 5000), 5000); n != 1000 {
		t.Errorf("%d bytes came back before the cut", n)
	}
	if n := said(t, dial(), []byte("x"), 1); n != 0 {
		t.Error("the line that was cut still takes connections")
	}
	line.Restore()
	line.CutAfter(700)
	if n := said(t, dial(), bytes.Repeat([]byte("x"), 5000), 5000); n > 700 {
		t.Errorf("%d bytes came back", n)
	}
	line.Restore()
	c := dial()
	if n := said(t, c, []byte("hello"), 5); n != 5 {
		t.Error("the line was not restored")
	}
	line.Refuse()
	if n := said(t, c, []byte("hello"), 5); n != 5 {
		t.Error("a connection from before was refused")
	}
	if n := said(t, dial(), []byte("hello"), 5); n != 0 {
		t.Error("a new connection was not refused")
	}
	line.Restore()
	line.Cut()
	if n := said(t, c, []byte("hello"), 5); n != 0 {
		t.Error("the line was not cut")
	}
}

func TestAStalledLineSaysNothingUntilItIsRestored(t *testing.T) {
	line, dial := echo(t)
	c := dial()
	if n := said(t, c, []byte("hello"), 5); n != 5 {
		t.Fatal("the line is not there")
	}
	line.Stall()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 5)); n != 0 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	line.Restore()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(c, make([]byte, 5)); n != 5 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestASlowLine(t *testing.T) {
	line, dial := echo(t)
	line.Delay(30 * time.Millisecond)
	begin := time.Now()
	if n := said(t, dial(), []byte("hello"), 5); n != 5 || time.Since(begin) < 60*time.Millisecond {
		t.Errorf("%d bytes after %s", n, time.Since(begin))
	}
	line.Restore()
	line.Throttle(20_000)
	begin = time.Now()
	if n := said(t, dial(), bytes.Repeat([]byte("x"), 4000), 4000); n != 4000 || time.Since(begin) < 190*time.Millisecond {
		t.Errorf("%d bytes after %s", n, time.Since(begin))
	}
}

func TestTricksOnRequests(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got = append(got, string(raw))
		_, _ = io.WriteString(w, "answer")
	}))
	defer server.Close()
	transport := &http.Transport{DisableKeepAlives: true}
	next := relay.Pass
	q := &relay.Requests{Under: transport, Next: func(*http.Request) relay.Trick { return next }}
	ask := func(trick relay.Trick, text string) (string, int, error) {
		next = trick
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		w, err := q.RoundTrip(r)
		if err != nil {
			return "", 0, err
		}
		defer w.Body.Close()
		raw, err := io.ReadAll(w.Body)
		return string(raw), w.StatusCode, err
	}
	if _, _, err := ask(relay.LoseAnswer, "1"); !errors.Is(err, relay.ErrLost) {
		t.Error(err)
	}
	if _, _, err := ask(relay.LoseAsk, "never"); !errors.Is(err, relay.ErrLost) {
		t.Error(err)
	}
	for _, a := range []struct {
		trick relay.Trick
		text  string
	}{{relay.Twice, "2"}, {relay.Late, "3"}, {relay.Pass, "4"}} {
		if s, _, err := ask(a.trick, a.text); s != "answer" || err != nil {
			t.Errorf("%q, %v", s, err)
		}
	}
	if s, status, err := ask(relay.Portal, "never"); !strings.Contains(s, "sign in") || status != 200 || err != nil {
		t.Errorf("%q, %d, %v", s, status, err)
	}
	if _, status, err := ask(relay.Elsewhere, "never"); status != 302 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if s := strings.Join(got, " "); s != "1 2 2 3 4 3" {
		t.Errorf("the server got %s", s)
	}
}
