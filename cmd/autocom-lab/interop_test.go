//go:build interop

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/box"
	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/phone"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

// program builds the box once for all tests of this package.
func program(t *testing.T) string {
	t.Helper()
	if p := os.Getenv("AUTOCOM_BIN"); p != "" {
		return p
	}
	p := built()
	if _, err := os.Stat(p); err != nil {
		cmd := exec.Command("go", "build", "-o", p, "autocom/cmd/autocom")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("the box cannot be built: %v\n%s", err, out)
		}
	}
	return p
}

// An office is a box of its own for one test.
type office struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // of the one test that the office is for
	box *box.Box
	dir string
	branch.Branch
}

const serviceNumber = "+33472000000"

// open starts a box with three agents in one queue; a queue's ring time is
// short, so that a test is.
func open(t *testing.T, welcome string, ring time.Duration) *office {
	t.Helper()
	o := office{}
	o.Branch = branch.Demo(free(t, "127.0.0.1"), free(t, "127.0.0.2"))
	o.Queues = []branch.Queue{{ID: "accueil", Name: "Accueil", Ring: ring, Retry: 500 * time.Millisecond, CoolDown: 30 * time.Second, Record: true}}
	o.Services = []branch.Service{
		{Number: serviceNumber, Name: "Accueil", Queue: "accueil", Welcome: welcome},
		{Number: "+33472000205", Name: "Direct", Extension: "205"},
	}
	for i := range o.Phones {
		o.Phones[i].Queues = ""
		if i < 3 {
			o.Phones[i].Queues = "[accueil]"
		}
	}
	return start(t, o.Branch, t.TempDir())
}

// start starts the box of a branch with its state in dir.
func start(t *testing.T, b branch.Branch, dir string) *office {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 55*time.Second)
	t.Cleanup(cancel)
	o := &office{t: t, ctx: ctx, dir: dir, Branch: b}
	document, err := o.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if o.box, err = box.Start(program(t), dir, document, "info"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			all, err := o.box.Facts(context.Background())
			t.Log("facts:", facts(all), err)
		}
		o.box.Close()
		if t.Failed() {
			t.Log("the box's last words:\n" + o.box.LastWords())
		}
	})
	if _, err := o.box.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return o
}

func free(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	ap, _, err := branch.FreePort(netip.AddrPortFrom(netip.MustParseAddr(addr), 0))
	if err != nil {
		t.Fatal(err)
	}
	return ap
}

// phone registers a lab telephone.
func (o *office) phone(number string, m phone.Manners) *phone.Phone {
	o.t.Helper()
	p, _ := o.Phone(number)
	ph, err := phone.Open(netip.MustParseAddrPort("127.0.0.12:0"), o.SIP, ua.Account{User: number, Secret: p.Secret}, m, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(ph.Close)
	if err := ph.Registered(o.ctx); err != nil {
		o.t.Fatal(err)
	}
	return ph
}

// baresip registers a softphone of others that answers by itself and echoes. Its sound leaves from 127.0.0.1 whatever it is told, and the box
// hears nobody but whom signalling names: so it lives there.
func (o *office) baresip(number string) *peers.Child {
	o.t.Helper()
	return o.softphone(peers.Softphone{Extension: number})
}

// softphone registers a baresip; what of it is not said is filled in.
func (o *office) softphone(s peers.Softphone) *peers.Child {
	o.t.Helper()
	p, _ := o.Phone(s.Extension)
	s.Listen, s.Secret = free(o.t, "127.0.0.1"), p.Secret
	if !s.Box.IsValid() {
		s.Box = o.SIP
	}
	b, err := peers.Baresip(o.t.TempDir(), s)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		b.Stop()
		if o.t.Failed() {
			o.t.Log("baresip said:\n" + b.Said())
		}
	})
	o.reachable(s.Extension)
	return b
}

func (o *office) reachable(number string) {
	o.t.Helper()
	for {
		s, err := o.box.Status(o.ctx)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, e := range s.Extensions {
			if e.Number == number && e.Reachable {
				return
			}
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("extension %s never became reachable", number)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// A caller is SIPp's signalling with the lab's ear and mouth.
type caller struct {
	o    *office
	sipp *peers.Child
	flow *rtpflow.Flow
}

// call lets SIPp, as the carrier, call a number and hang up hold after the answer.
func (o *office) call(to string, hold time.Duration, cancel bool) *caller {
	o.t.Helper()
	f, err := rtpflow.Open(o.Carrier.Addr())
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(f.Close)
	s, err := peers.SIPp(o.t.TempDir(), peers.SIPpCall{
		Listen: o.Carrier, Box: o.SIP, To: to, From: "0612345678", RTP: f.Addr(), Hold: hold, Leave: cancel,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(s.Stop)
	return &caller{o, s, f}
}

// hears waits until a sound that pleases comes, and answers the box from its
// first packet on.
func (c *caller) hears(what string, pleases func(rtpflow.Sound) bool) {
	c.o.t.Helper()
	var last rtpflow.Sound
	for {
		if st := c.flow.Stats(); st.From.IsValid() && st.Sent == 0 {
			c.flow.Play(line.Tone(1230))
			c.flow.Start(st.From, g711.ALaw, 101)
		}
		if s, n := c.flow.Heard(200 * time.Millisecond); n >= 1600 {
			if last = rtpflow.Analyse(s); pleases(last) {
				return
			}
		}
		select {
		case <-c.o.ctx.Done():
			c.o.t.Fatalf("the caller never heard %s, but at last %+v; %+v\nSIPp: %s", what, last, c.flow.Stats(), c.sipp.Said())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func music(s rtpflow.Sound) bool { return !s.Silent() && !s.Near(1230) && !s.Near(branch.Tone("203")) }
func echo(s rtpflow.Sound) bool  { return s.Near(1230) }

// over waits for SIPp's content end and for the call's last fact, and gives
// every fact.
func (c *caller) over() facts {
	c.o.t.Helper()
	if err := c.sipp.Wait(c.o.ctx); err != nil {
		c.o.t.Fatalf("SIPp is not content: %v\n%s", err, c.sipp.Said())
	}
	for {
		all, err := c.o.box.Facts(c.o.ctx)
		if err != nil {
			c.o.t.Fatal(err)
		}
		// A recording is complete when the media process has written its last second, which may be after the call.
		fs := facts(all)
		if len(fs.of("call.ended")) > 0 && len(fs.of("recording.ended")) == len(fs.of("recording.started")) {
			return fs
		}
		select {
		case <-c.o.ctx.Done():
			c.o.t.Fatal("the call has no last fact")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

type facts []box.Fact

func (fs facts) of(kind string) (out facts) {
	for _, f := range fs {
		if f.Kind == kind {
			out = append(out, f)
		}
	}
	return out
}

// one gives the only fact of a kind.
func (fs facts) one(t *testing.T, kind string) box.Fact {
	t.Helper()
	all := fs.of(kind)
	if len(all) != 1 {
		t.Fatalf("%d facts %s, want one; in all %s", len(all), kind, fs)
	}
	return all[0]
}

func (fs facts) String() string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "\n  %s %s", f.Kind, f.Body)
	}
	return b.String()
}

func want(t *testing.T, f box.Fact, name, value string) {
	t.Helper()
	if got := f.Field(name); got != value {
		t.Errorf("%s: %s is %q, want %q: %s", f.Kind, name, got, value, f.Body)
	}
}

func between(t *testing.T, f box.Fact, name string, least, most time.Duration) {
	t.Helper()
	n, err := strconv.ParseInt(f.Field(name), 10, 64)
	if d := time.Duration(n) * time.Millisecond; err != nil || d < least || d > most {
		t.Errorf("%s: %s is %s, want %s to %s", f.Kind, name, d, least, most)
	}
}

// A carrier's call waits with music, rings an agent's phone, and both hear each other.
func TestInteropCallReachesAnAgent(t *testing.T) {
	o := open(t, "", 10*time.Second)
	c := o.call(serviceNumber, 7*time.Second, false)
	c.hears("music", music)
	o.baresip("203")
	c.hears("its own tone come back through the agent", echo)
	st := c.flow.Stats()
	if st.Lost > 0 || st.Sources != 1 || st.Jumps > 0 {
		t.Errorf("the caller's sound is not one stream: %+v", st)
	}
	fs := c.over()
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "answered")
	want(t, ended, "hung_up_by", "caller")
	between(t, ended, "wait_ms", 200*time.Millisecond, 6*time.Second)
	between(t, ended, "talk_ms", time.Second, 7*time.Second)
	want(t, fs.one(t, "visit.ended"), "outcome", "answered")
	// The queue tries the phones that never registered first; each is found out at once.
	if got := outcomes(fs); got[len(got)-1] != "answered" || slices.ContainsFunc(got[:len(got)-1], func(o string) bool { return o != "unreachable" }) {
		t.Errorf("offers %v", got)
	}
	// baresip gives back what it hears: both channels hold the caller's tone.
	o.recorded(ended, 1230, 1230)
}

// The first agent is busy, the second does not answer, the third does.
func TestInteropBusyThenNotAnsweredThenAnswered(t *testing.T) {
	o := open(t, "", 3*time.Second)
	o.phone("201", phone.Manners{Refuse: 486})
	o.phone("202", phone.Manners{After: time.Hour})
	c := o.call(serviceNumber, 14*time.Second, false)
	c.hears("music", music)
	for {
		all, err := o.box.Facts(o.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if missed := outcomes(all); slices.Contains(missed, "busy") && slices.Contains(missed, "not_answered") {
			break
		}
		select {
		case <-o.ctx.Done():
			t.Fatalf("want busy and not_answered: %s", facts(all))
		case <-time.After(100 * time.Millisecond):
		}
	}
	o.baresip("203")
	c.hears("its own tone come back through the third agent", echo)
	fs := c.over()
	got := outcomes(fs)
	if got[len(got)-1] != "answered" {
		t.Errorf("offers %v, want the last answered", got)
	}
	want(t, fs.one(t, "call.ended"), "outcome", "answered")
	visit := fs.one(t, "visit.ended")
	want(t, visit, "outcome", "answered")
	want(t, visit, "offers", strconv.Itoa(len(got)))
	between(t, visit, "wait_ms", 2*time.Second, 13*time.Second)
}

// recorded exports the only recording and listens to it: left the outside party, right our side, as long as the talk.
func (o *office) recorded(ended box.Fact, left, right float64) {
	t := o.t
	t.Helper()
	list := o.box.Do(o.ctx, "recordings", "list", "--json")
	var all []struct {
		ID      string `json:"id"`
		Call    string `json:"call"`
		SoundMS int64  `json:"sound_ms"`
	}
	if err := json.Unmarshal([]byte(list.Out), &all); err != nil || len(all) != 1 || all[0].Call != ended.Field("call") {
		t.Fatalf("want the one recording of call %s: %v: %+v", ended.Field("call"), err, list)
	}
	path := filepath.Join(t.TempDir(), "call.wav")
	if a := o.box.Do(o.ctx, "recordings", "export", all[0].ID, path); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	channels := stereo(t, f)
	talk, _ := strconv.ParseInt(ended.Field("talk_ms"), 10, 64)
	if ms := int64(len(channels[0]) / 8); ms < talk-1000 || ms > talk+1000 {
		t.Errorf("the recording lasts %d ms, the talk %d ms", ms, talk)
	}
	for i, hz := range []float64{left, right} {
		heard, all := 0, 0
		var last rtpflow.Sound
		const window = 1600 // 200 ms
		for at := 0; at+window <= len(channels[i]); at += window {
			all++
			if last = rtpflow.Analyse(channels[i][at : at+window]); last.Near(hz) {
				heard++
			}
		}
		// The first moment, and a frame that a busy machine sends late, are not the tone alone.
		if all == 0 || heard*10 < all*8 {
			t.Errorf("channel %d of the recording holds %.0f Hz in %d of %d windows; the last is %+v", i, hz, heard, all, last)
		}
	}
}

func stereo(t *testing.T, f *os.File) (channels [2][]int16) {
	t.Helper()
	r, err := wav.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if r.Format.Channels != 2 {
		t.Fatalf("the recording has the format %+v", r.Format)
	}
	buf := make([]int16, 1600)
	for {
		n, err := r.Read(buf)
		for i := 0; i+1 < n; i += 2 {
			channels[0], channels[1] = append(channels[0], buf[i]), append(channels[1], buf[i+1])
		}
		if errors.Is(err, io.EOF) {
			return channels
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func outcomes(fs facts) (out []string) {
	for _, f := range fs.of("offer.ended") {
		out = append(out, f.Field("outcome"))
	}
	return out
}

func TestInteropCallerLeavesDuringTheAnnouncement(t *testing.T) {
	o := open(t, "welcome", 10*time.Second)
	fs := o.call(serviceNumber, 150*time.Millisecond, false).over()
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "abandoned")
	want(t, ended, "stage", "announcement")
	if n := len(fs.of("visit.entered")); n != 0 {
		t.Errorf("%d visits", n)
	}
}

func TestInteropCallerLeavesTheQueue(t *testing.T) {
	o := open(t, "", 10*time.Second)
	c := o.call(serviceNumber, 2*time.Second, false)
	c.hears("music", music)
	fs := c.over()
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "abandoned")
	want(t, ended, "stage", "queue")
	between(t, ended, "wait_ms", 1500*time.Millisecond, 3*time.Second)
	want(t, fs.one(t, "visit.ended"), "outcome", "abandoned")
}

func TestInteropCallerLeavesWhileAnAgentRings(t *testing.T) {
	o := open(t, "", 20*time.Second)
	o.phone("201", phone.Manners{After: time.Hour}) // whom the queue chooses first
	fs := o.call(serviceNumber, 2*time.Second, false).over()
	want(t, fs.one(t, "call.ended"), "outcome", "cancelled")
	want(t, fs.one(t, "visit.ended"), "outcome", "cancelled")
	want(t, fs.one(t, "offer.ended"), "outcome", "cancelled")
}

func TestInteropCallerLeavesWhileTalking(t *testing.T) {
	o := open(t, "", 10*time.Second)
	o.phone("201", phone.Manners{})
	c := o.call(serviceNumber, 4*time.Second, false)
	c.hears("the agent", func(s rtpflow.Sound) bool { return s.Near(branch.Tone("201")) })
	fs := c.over()
	ended := fs.one(t, "call.ended")
	want(t, ended, "outcome", "answered")
	want(t, ended, "hung_up_by", "caller")
	between(t, ended, "talk_ms", 3*time.Second, 4500*time.Millisecond)
	o.recorded(ended, 1230, branch.Tone("201"))
}

// RFC 3261 §9: a carrier's CANCEL while an extension rings.
func TestInteropCarrierCancelsADirectCall(t *testing.T) {
	o := open(t, "", 10*time.Second)
	o.phone("205", phone.Manners{After: time.Hour})
	fs := o.call("+33472000205", time.Second, true).over()
	if got := fs.one(t, "call.ended").Field("outcome"); got != "cancelled" && got != "abandoned" {
		t.Errorf("outcome %q: %s", got, fs)
	}
}
