package deviceapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/central"
	"autocom/cloud-sync/deviceapi"
	"autocom/cloud-sync/keyring"
	"autocom/cloud-sync/wire"
)

// deaf is a cloud that takes anything in and does nothing with it.
type deaf struct{ nudges chan wire.Nudge }

func (deaf) Enrol(context.Context, wire.EnrolRequest, netip.Addr) (wire.EnrolAnswer, error) {
	return wire.EnrolAnswer{}, nil
}

func (deaf) Renew(context.Context, central.DeviceID, wire.RenewRequest) (wire.RenewAnswer, error) {
	return wire.RenewAnswer{}, nil
}

func (deaf) Device(_ context.Context, id central.DeviceID) (central.Device, error) {
	return central.Device{ID: id}, nil
}

func (deaf) Desired(context.Context, central.Device) (wire.Envelope, error) {
	return wire.Envelope{}, central.ErrNotFound
}

func (deaf) Confirm(context.Context, central.Device, wire.Confirm) (wire.Confirmed, error) {
	return wire.Confirmed{}, nil
}

func (deaf) Report(context.Context, central.Device, wire.Report) (wire.Received, error) {
	return wire.Received{}, nil
}

func (deaf) TakeLocal(context.Context, central.Device, wire.LocalDocument) (wire.Received, error) {
	return wire.Received{}, nil
}

func (deaf) Ingest(_ context.Context, _ central.Device, b wire.Batch) (wire.Acknowledged, error) {
	rows, err := b.Rows()
	if err == nil && len(rows) > wire.MaxBatch {
		panic("a batch beyond its bounds passed")
	}
	return wire.Acknowledged{Acked: fact.Address{Stream: b.Stream}}, err
}

func (deaf) Heard(context.Context, central.Device, wire.Status) (wire.StatusAnswer, error) {
	return wire.StatusAnswer{}, nil
}

func (d deaf) Nudges(context.Context, central.Device) (<-chan wire.Nudge, error) {
	return d.nudges, nil
}

// local is a handler, and the connection of a box to it.
func local(t testing.TB, cloud deviceapi.Cloud) (*deviceapi.API, *tls.ConnectionState) {
	t.Helper()
	ring, err := keyring.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := ring.Certificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	der, _, err := ring.Issue("d1", listener.Leaf.PublicKey, time.Now()) // any key: there is no handshake here
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return deviceapi.New(cloud, ring, slog.New(slog.DiscardHandler)), &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}}
}

// paths are those with a body.
func paths() []string {
	return []string{wire.PathEnrol, wire.PathRenew, wire.PathConfirm, wire.PathReport, wire.PathDocument, wire.PathFacts, wire.PathStatus}
}

// failed checks that an answer is a failure of ours and nothing else.
func failed(t testing.TB, answer *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var f wire.Failure
	err := json.Unmarshal(answer.Body.Bytes(), &f)
	if answer.Code != status || err != nil || f.Code != code || f.Sentence == "" || answer.Header().Get("Content-Type") != "application/json" || answer.Header().Get("Location") != "" {
		t.Errorf("%d %v %q (%v), want %d %s", answer.Code, answer.Header(), answer.Body, err, status, code)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	blank := bytes.Repeat([]byte(" "), wire.MaxBody+1)
	bomb := zipped(bytes.Repeat(blank, 16)) // 64 MiB in some kB
	for _, path := range paths() {
		api, state := local(t, deaf{}) // a box's requests are counted
		for name, c := range map[string]struct {
			body     []byte
			encoding string
			status   int
		}{
			"too large":          {blank, "", http.StatusRequestEntityTooLarge},
			"bomb":               {bomb, "gzip", http.StatusRequestEntityTooLarge},
			"bomb in members":    {append(zipped(blank[:1<<20]), zipped(blank)...), "gzip", http.StatusRequestEntityTooLarge},
			"no gzip":            {[]byte("{}"), "gzip", http.StatusBadRequest},
			"cut gzip":           {zipped([]byte("{}"))[:12], "gzip", http.StatusBadRequest},
			"unknown encoding":   {[]byte("{}"), "br", http.StatusBadRequest},
			"empty":              {nil, "", http.StatusBadRequest},
			"two values":         {[]byte("{}{}"), "", http.StatusBadRequest},
			"a page of a portal": {[]byte("<html>"), "", http.StatusBadRequest},
			"deep":               {bytes.Repeat([]byte("["), 4000), "", http.StatusBadRequest},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(c.body))
				r.TLS = state
				r.Header.Set("Content-Encoding", c.encoding)
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				failed(t, w, c.status, wire.CodeBadRequest)
			})
		}
	}
}

func TestNothingElseIsAnswered(t *testing.T) {
	api, state := local(t, deaf{})
	for _, c := range []struct {
		method, target string
		status         int
	}{
		{http.MethodGet, "/", http.StatusNotFound},
		{http.MethodGet, "/v1/device/desired/", http.StatusNotFound},
		{http.MethodGet, "/v1//device/desired", http.StatusNotFound},
		{http.MethodGet, "/v1/x/../device/desired", http.StatusNotFound},
		{http.MethodGet, "/v1/device/desired%2f", http.StatusNotFound},
		{http.MethodHead, wire.PathDesired, http.StatusMethodNotAllowed},
		{http.MethodHead, wire.PathStream, http.StatusMethodNotAllowed},
		{http.MethodPost, wire.PathDesired, http.StatusMethodNotAllowed},
		{http.MethodGet, wire.PathEnrol, http.StatusMethodNotAllowed},
		{http.MethodDelete, wire.PathFacts, http.StatusMethodNotAllowed},
		{"BREW", "/pot", http.StatusNotFound},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.TLS = state
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		failed(t, w, c.status, wire.CodeBadRequest)
	}
}

// TestBoxesAreCounted holds the token bucket of each box: many requests at once, then one in each 50 ms.
func TestBoxesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, state := local(t, deaf{})
		ask := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, wire.PathDesired, nil)
			r.TLS = state
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			return w
		}
		for range 60 {
			if w := ask(); w.Code != http.StatusNoContent {
				t.Fatalf("within its count: %d %s", w.Code, w.Body)
			}
		}
		w := ask()
		failed(t, w, http.StatusTooManyRequests, wire.CodeTooOften)
		if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || after < 1 {
			t.Errorf("Retry-After: %q", w.Header().Get("Retry-After"))
		}
		time.Sleep(time.Second)
		for n := range 21 {
			if w := ask(); (w.Code == http.StatusNoContent) != (n < 20) {
				t.Errorf("request %d a second later: %d", n, w.Code)
			}
		}
	})
}

// pipe is a connection for a stream: what is written can be read, and deadlines are no errors.
type pipe struct {
	header http.Header
	*io.PipeWriter
}

func (p pipe) Header() http.Header              { return p.header }
func (p pipe) WriteHeader(int)                  {}
func (p pipe) FlushError() error                { return nil }
func (p pipe) SetReadDeadline(time.Time) error  { return nil }
func (p pipe) SetWriteDeadline(time.Time) error { return nil }

// TestStreamIsKeptAliveAndRotated watches a silent stream in fake time: a comment each 25 s, and an end after 15 minutes.
func TestStreamIsKeptAliveAndRotated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := deaf{make(chan wire.Nudge, 1)}
		api, state := local(t, cloud)
		r := httptest.NewRequest(http.MethodGet, wire.PathStream, nil)
		r.TLS = state
		out, in := io.Pipe()
		start := time.Now()
		go func() {
			api.ServeHTTP(pipe{http.Header{}, in}, r)
			_ = in.Close()
		}()
		cloud.nudges <- wire.Nudge{Desired: 4}
		var comments int
		last := start
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if now := time.Now(); now.Sub(last) > 25*time.Second {
				t.Errorf("silent for %s", now.Sub(last))
			}
			last = time.Now()
			if strings.HasPrefix(lines.Text(), ":") {
				comments++
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && data != `{"desired":4}` {
				t.Errorf("the nudge is %s", data)
			}
		}
		if took := time.Since(start); took != 15*time.Minute || comments < 36 {
			t.Errorf("the stream ended after %s with %d comments", took, comments)
		}
	})
}

// FuzzRequests sends anything to each address: the answer is one of ours, and nothing breaks.
func FuzzRequests(f *testing.F) {
	facts, err := json.Marshal(batch("j", 1, 1, 2))
	if err != nil {
		f.Fatal(err)
	}
	for i := range paths() {
		f.Add(i, []byte("{}"), false)
		f.Add(i, facts, false)
		f.Add(i, zipped(facts), true)
		f.Add(i, []byte(`{"claim":"x","csr":"MA==","proof":"","revision":18446744073709551615,"facts":[null,{}],"stream":"j","after":{"epoch":-1}}`), false)
		f.Add(i, []byte("\x1f\x8b\x08\x00"), true)
	}
	api, state := local(f, deaf{})
	f.Fuzz(func(t *testing.T, path int, body []byte, gzip bool) {
		r := httptest.NewRequest(http.MethodPost, paths()[uint(path)%uint(len(paths()))], bytes.NewReader(body))
		r.TLS = state
		if gzip {
			r.Header.Set("Content-Encoding", "gzip")
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}
