package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"

	"go.uber.org/goleak"
)

// fakeBox answers with what a test put in it.
type fakeBox struct {
	fakeRecords
	entries  []fact.Entry
	commands chan Command
	orders   []Order
	refuse   error
	wav      []byte
	wavErr   error

	reloadErr error

	bans    []Ban
	link    LinkStatus
	figures []StatisticsQuery // that were asked for

	steps []TestStep
	stop  error // ends a proof after its steps
}

func (b *fakeBox) Bans(context.Context) ([]Ban, error) { return b.bans, nil }

func (b *fakeBox) Unban(_ context.Context, a netip.Addr) error {
	for i, x := range b.bans {
		if x.Address == a.String() {
			b.bans = append(b.bans[:i], b.bans[i+1:]...)
			return nil
		}
	}
	return fmt.Errorf("%s is not kept out: %w", a, ErrNotFound)
}

func (b *fakeBox) Doctor(context.Context) ([]Finding, error) {
	return []Finding{{Code: "nat.alg", Gravity: Trouble, Sentence: "somebody rewrites our messages"}}, nil
}

func (b *fakeBox) TestTrunk(_ context.Context, t TrunkTest, yield func(TestStep) bool) error {
	if t.Trunk != "carrier" {
		return fmt.Errorf("trunk %q: %w", t.Trunk, ErrNotFound)
	}
	for _, s := range b.steps {
		if !yield(s) {
			return nil
		}
	}
	return b.stop
}

func (b *fakeBox) Link(context.Context) (LinkStatus, error) { return b.link, nil }

func (b *fakeBox) Enrol(_ context.Context, e Enrolment) (LinkStatus, error) {
	if e.Claim != "0123-4567-89AB" {
		return LinkStatus{}, &LinkError{Code: "claim.unknown", Sentence: "the console does not know this claim code", Remedy: "ask for a new one"}
	}
	b.link = LinkStatus{Enrolled: true, Server: e.Server}
	return b.link, nil
}

func (b *fakeBox) Leave(context.Context) error {
	b.link = LinkStatus{}
	return nil
}

func (b *fakeBox) AdminCode(_ context.Context, by string) (AdminCode, error) {
	return AdminCode{Code: "for " + by}, nil
}

func (b *fakeBox) People(context.Context) ([]Person, error) {
	return []Person{{ID: "ana", Name: "Ana", Roles: []string{"agent"}}}, nil
}

func (b *fakeBox) Invite(_ context.Context, id, by string) (Invitation, error) {
	if id != "ana" {
		return Invitation{}, fmt.Errorf("nobody is named %q: %w", id, ErrNotFound)
	}
	return Invitation{ID: id, Code: "for " + by}, nil
}

func (b *fakeBox) Forget(_ context.Context, id, _ string) error {
	_, err := b.Invite(context.Background(), id, "")
	return err
}

func (b *fakeBox) Status(context.Context) (Status, error) { return Status{Version: "test"}, nil }

func (b *fakeBox) Facts(ctx context.Context, after fact.Address, follow bool, yield func(fact.Entry) bool) error {
	for _, e := range b.entries {
		if after.Before(e.Address) && !yield(e) {
			return nil
		}
	}
	if follow {
		<-ctx.Done()
	}
	return nil
}

func (b *fakeBox) Command(_ context.Context, c Command) error {
	if b.refuse != nil {
		return b.refuse
	}
	b.commands <- c
	return nil
}

func (b *fakeBox) Order(_ context.Context, o Order) (Done, error) {
	if b.refuse != nil {
		return Done{}, b.refuse
	}
	b.orders = append(b.orders, o)
	return Done{Slot: "701"}, nil
}

func (b *fakeBox) Trace(_ context.Context, call string) (Trace, error) {
	return Trace{}, fmt.Errorf("call %q: %w", call, ErrNotFound)
}

func (b *fakeBox) Reload(context.Context) (Reloaded, error) {
	return Reloaded{Revision: "r2"}, b.reloadErr
}

func (b *fakeBox) ReadRecording(ctx context.Context, id, by, how string, w io.Writer) error {
	if b.wav == nil && b.wavErr == nil {
		return b.fakeRecords.ReadRecording(ctx, id, by, how, w)
	}
	if len(b.wav) > 0 {
		if _, err := w.Write(b.wav); err != nil {
			return err
		}
	}
	return b.wavErr
}

func serve(t *testing.T, box Box) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "console.sock")
	s, err := Serve(path, box, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := Dial(path)
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, goleak.IgnoreCurrent())
	})
	return c
}

func TestCommandCarriesWhoAsked(t *testing.T) {
	box := &fakeBox{commands: make(chan Command, 1)}
	c := serve(t, box)
	if err := c.Command(t.Context(), Command{Verb: VerbLogIn, Agent: "ana", By: "somebody else"}); err != nil {
		t.Fatal(err)
	}
	got := <-box.commands
	if got.Agent != "ana" || got.By == "somebody else" || got.By == "" {
		t.Fatalf("got %+v", got)
	}
}

func TestRefusalKeepsItsReasons(t *testing.T) {
	c := serve(t, &fakeBox{refuse: &Refused{Reasons: []fact.Reason{{Code: "agent.unknown", Detail: "zoe"}}}})
	err := c.Command(t.Context(), Command{Verb: VerbLogIn, Agent: "zoe"})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Reasons[0].Code != "agent.unknown" || !strings.Contains(err.Error(), "zoe") {
		t.Fatalf("got %v", err)
	}
}

func TestFactsFollowUntilTheReaderHasEnough(t *testing.T) {
	box := &fakeBox{}
	for n := range uint64(5) {
		box.entries = append(box.entries, fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: n + 1}, Fact: fact.LegRinging{Call: "1-1", Leg: fmt.Sprint(n)}})
	}
	c := serve(t, box)
	var got []uint64
	err := c.Facts(t.Context(), fact.Address{Stream: "box", Epoch: 1, N: 2}, true, func(e fact.Entry) bool {
		got = append(got, e.Address.N)
		return len(got) < 3
	})
	if err != nil || fmt.Sprint(got) != "[3 4 5]" {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestUnknownCallIsNotFound(t *testing.T) {
	c := serve(t, &fakeBox{})
	if _, err := c.Trace(t.Context(), "9-9"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "9-9") {
		t.Fatalf("got %v", err)
	}
}

func TestExportThatBreaksIsNeverTakenForWhole(t *testing.T) {
	c := serve(t, &fakeBox{wav: bytes.Repeat([]byte("RIFF"), 10_000), wavErr: errors.New("torn")})
	var out bytes.Buffer
	if err := c.ReadRecording(t.Context(), "r1", "export", &out); err == nil {
		t.Fatal("half a recording was taken for a whole one")
	}
	c = serve(t, &fakeBox{wavErr: fmt.Errorf("recording r1: %w", ErrNotFound)})
	if err := c.ReadRecording(t.Context(), "r1", "export", &out); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestBadDocumentIsRecognisedAndKeepsItsProblems(t *testing.T) {
	c := serve(t, &fakeBox{reloadErr: fmt.Errorf("%w: queues[1].overflow: there is no queue", ErrDocument)})
	if _, err := c.Reload(t.Context()); !errors.Is(err, ErrDocument) || !strings.Contains(err.Error(), "queues[1].overflow") {
		t.Fatalf("got %v", err)
	}
}

func TestNoBoxIsSaidInWords(t *testing.T) {
	_, err := Dial(filepath.Join(t.TempDir(), "nothing.sock")).Status(t.Context())
	if !errors.Is(err, ErrNoBox) || !strings.Contains(err.Error(), "is the core running") {
		t.Fatalf("got %v", err)
	}
}

func TestSecondCoreIsRefusedAndALeftSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.sock")
	log := slog.New(slog.DiscardHandler)
	first, err := Serve(path, &fakeBox{}, log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(path, &fakeBox{}, log); err == nil || !strings.Contains(err.Error(), "another core") {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	again, err := Serve(path, &fakeBox{}, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestStrangersAndGarbageAreRefused(t *testing.T) {
	box := &fakeBox{}
	h := handler{box: box, allowed: map[uint32]bool{4242: true}, slots: make(chan struct{}, 1), log: slog.New(slog.DiscardHandler)}
	rec := newRecorder()
	req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), peerKey{}, peer{uid: 99}), http.MethodGet, "/v1/status", nil)
	h.routes().ServeHTTP(rec, req)
	if rec.status != http.StatusForbidden {
		t.Fatalf("a stranger got %d", rec.status)
	}
	rec = newRecorder()
	req, _ = http.NewRequestWithContext(context.WithValue(t.Context(), peerKey{}, peer{uid: 4242}), http.MethodPost, "/v1/command", strings.NewReader(`{"verb":"login","surprise":1}`))
	h.routes().ServeHTTP(rec, req)
	if rec.status != http.StatusBadRequest {
		t.Fatalf("garbage got %d", rec.status)
	}
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder                    { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func TestEnrolmentAndItsRefusalComeBackInWords(t *testing.T) {
	box := &fakeBox{}
	c := serve(t, box)
	if _, err := c.Enrol(t.Context(), Enrolment{Server: "https://console.example", Claim: "wrong"}); err == nil || !strings.Contains(err.Error(), "ask for a new one") {
		t.Fatalf("got %v", err)
	}
	_, err := c.Enrol(t.Context(), Enrolment{Claim: "wrong"})
	if known, ok := errors.AsType[*LinkError](err); !ok || known.Code != "claim.unknown" {
		t.Fatalf("the code of a refusal was lost: %v", err)
	}
	if s, err := c.Link(t.Context()); err != nil || s.Enrolled {
		t.Fatalf("a refused enrolment left %+v, %v", s, err)
	}
	if s, err := c.Enrol(t.Context(), Enrolment{Server: "https://console.example", Claim: "0123-4567-89AB"}); err != nil || !s.Enrolled {
		t.Fatalf("got %+v, %v", s, err)
	}
	if err := c.Leave(t.Context()); err != nil || box.link.Enrolled {
		t.Fatalf("got %v, %+v", err, box.link)
	}
	if code, err := c.AdminCode(t.Context()); err != nil || !strings.HasPrefix(code.Code, "for ") || code.Code == "for uid:unknown" {
		t.Fatalf("got %+v, %v", code, err)
	}
}
