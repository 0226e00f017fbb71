//go:build interop

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/peers"
	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
	"autocom/dsp/wav"
)

// The stories of a call centre over real SIP: who is told apart by tones. Callers are SIPp with the lab's ear and mouth, agents are baresip and the
// lab's own telephones, and music is a tone of its own in each queue.
const (
	visitorHz = 1230.0 // the first caller
	secondHz  = 1350.0
	redHz     = 2000.0 // music of the queue rouge
	blueHz    = 2400.0 // music of the queue bleu
	ringingHz = 440.0  // the tone of ringing in France
)

const blueNumber = "+33472000001"

// A centre is a branch of agents in the queue rouge, with music of its own.
type centre struct {
	*office
	sounds string // directory
}

// callCentre opens a centre of that many phones; the first agents of them sit in the queue rouge. change may alter the branch first.
func callCentre(t *testing.T, phones, agents int, change func(*branch.Branch)) *centre {
	t.Helper()
	sounds := t.TempDir()
	red, blue := melody(t, sounds, redHz, 10*time.Second), melody(t, sounds, blueHz, 10*time.Second)
	return &centre{sounds: sounds, office: cabinet(t, phones, func(b *branch.Branch) {
		for i := range agents {
			b.Phones[i].Queues = "[rouge]"
		}
		b.Queues = []branch.Queue{
			{ID: "rouge", Name: "Rouge", Ring: 20 * time.Second, Retry: 500 * time.Millisecond, CoolDown: time.Second, More: []string{"music: rouge", "strategy: linear"}},
			{ID: "bleu", Name: "Bleu", Ring: 20 * time.Second, Retry: 500 * time.Millisecond, CoolDown: time.Second, More: []string{"music: bleu"}},
		}
		b.Services = append(b.Services,
			branch.Service{Number: serviceNumber, Name: "Rouge", Queue: "rouge"}, branch.Service{Number: blueNumber, Name: "Bleu", Queue: "bleu"})
		b.More = fmt.Sprintf("sounds:\n  - {name: rouge, file: %q}\n  - {name: bleu, file: %q}\n", red, blue)
		if change != nil {
			change(b)
		}
	})}
}

// melody writes a file of one tone.
func melody(t *testing.T, dir string, hz float64, d time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%.0f.wav", hz))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // the writer's end tells whether all is there
	w, err := wav.NewWriter(f, wav.Format{Encoding: wav.PCM16, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, d.Milliseconds()*tone.Rate/1000)
	line.Tone(hz).Next(samples)
	if err := w.WriteSamples(samples); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// agent is the id of who sits at a desk.
func agent(i int) string { return "agent" + desk(i) }

// voice is the tone of who sits at a desk.
func voice(i int) float64 { return branch.Tone(desk(i)) }

// order gives one of the box's commands, which must take it.
func (o *office) order(args ...string) string {
	o.t.Helper()
	a := o.box.Do(o.ctx, args...)
	if a.Code != 0 {
		o.t.Fatalf("%v: %+v", args, a)
	}
	return a.Out
}

// A visitor is a caller: SIPp's signalling, which stays until the box says BYE, with the lab's ear and mouth.
type visitor struct {
	*peers.Child
	*rtpflow.Flow
}

// visits lets somebody call the centre, who speaks with that tone.
func (c *centre) visits(to, from string, hz float64) *visitor {
	c.t.Helper()
	f, err := rtpflow.Open(c.Carrier.Addr())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(f.Close)
	s, err := peers.SIPp(c.t.TempDir(), peers.SIPpCall{Listen: free(c.t, c.Carrier.Addr().String()), Box: c.SIP, To: to, From: from, RTP: f.Addr(), Stays: true})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		s.Stop()
		if c.t.Failed() {
			c.t.Logf("SIPp of %s said:\n%s", from, s.Said())
		}
	})
	for !f.Stats().From.IsValid() {
		c.pause("sound for " + from)
	}
	f.Play(line.Tone(hz))
	f.Start(f.Stats().From, g711.ALaw, 101)
	return &visitor{s, f}
}

// leaves wants a visitor to be let go by the box, with every message in its order.
func (c *centre) leaves(v *visitor) {
	c.t.Helper()
	if err := v.Wait(c.ctx); err != nil {
		c.t.Fatalf("SIPp is not content: %v\n%s", err, v.Said())
	}
}

// A softphone is a baresip with a tone of its own, and what it hears.
type softphone struct {
	*peers.Remote
	peers.Ear
	c *centre
}

// soft registers a baresip at a desk; it answers by itself unless it rings.
func (c *centre) soft(i int, rings bool) *softphone {
	c.t.Helper()
	control := free(c.t, "127.0.0.1")
	s := peers.Softphone{Extension: desk(i), Control: control, Rings: rings, Voice: melody(c.t, c.sounds, voice(i), time.Minute)}
	dir := c.office.softphone(s).Dir()
	remote, err := peers.Reach(control)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(remote.Close)
	return &softphone{remote, peers.Ear{Dir: dir}, c}
}

// does gives baresip a command.
func (s *softphone) does(command, params string) {
	s.c.t.Helper()
	if _, err := s.Do(command, params); err != nil {
		s.c.t.Fatal(err)
	}
}

// rings waits until a call is offered to the softphone.
func (s *softphone) rings() {
	s.c.t.Helper()
	s.calls("INCOMING")
}

// calls waits until baresip's list of calls says something.
func (s *softphone) calls(words string) {
	s.c.t.Helper()
	for said := ""; !strings.Contains(said, words); {
		var err error
		if said, err = s.Do("listcalls", ""); err != nil {
			s.c.t.Fatal(err)
		}
		if s.c.ctx.Err() != nil {
			s.c.t.Fatalf("baresip never says %q, but %s", words, said)
		}
		s.c.pause(words)
	}
}

// pause lets a moment pass.
func (o *office) pause(what string) {
	o.t.Helper()
	select {
	case <-o.ctx.Done():
		o.t.Fatalf("%s never came", what)
	case <-time.After(30 * time.Millisecond):
	}
}

// An ear remembers what it heard last, and how much it ever heard, in samples.
type ear interface {
	Heard(d time.Duration) ([]int16, uint64)
}

// hearing is how much sound is judged at once, in samples: 200 ms.
const hearing = 1600

// listens judges 200 ms after 200 ms of what is heard from now on.
func (c *centre) listens(who, what string, e ear, pleases func([]int16) bool) {
	c.t.Helper()
	_, start := e.Heard(0)
	for {
		s, n := e.Heard(200 * time.Millisecond)
		if n >= start+hearing && len(s) == hearing {
			if pleases(s) {
				return
			}
			start = n
		}
		select {
		case <-c.ctx.Done():
			c.t.Fatalf("%s never hears %s, but at last %s, after %d ms", who, what, parts(s), n/8)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// alone wants somebody to hear one tone and nothing else.
func (c *centre) alone(who string, e ear, hz float64) {
	c.t.Helper()
	c.listens(who, fmt.Sprintf("%.0f Hz alone", hz), e, func(s []int16) bool { return rtpflow.Analyse(s).Near(hz) })
}

// mixed wants somebody to hear all those tones, each plainly, and nothing else.
func (c *centre) mixed(who string, e ear, hz ...float64) {
	c.t.Helper()
	c.listens(who, fmt.Sprintf("%.0f Hz together", hz), e, func(s []int16) bool { return together(s, hz...) })
}

// together reports whether all those tones are there, none 10 dB below another, and nearly nothing besides.
func together(s []int16, hz ...float64) bool {
	sum, least, most := 0.0, 1.0, 0.0
	for _, f := range hz {
		p := tone.Purity(s, f)
		sum, least, most = sum+p, min(least, p), max(most, p)
	}
	return level.Of(s) > -40 && sum >= 0.95 && least > most/10
}

// goesOn wants somebody to hear one tone and nothing else for the whole of that time from now on, 400 ms or more. A frame that a busy machine sends late
// spoils 200 ms, or what is left of them; a sound that does not belong there lasts longer.
func (c *centre) goesOn(who string, e ear, hz float64, d time.Duration) {
	c.t.Helper()
	_, start := e.Heard(0)
	bad := 0
	for end := start + uint64(d.Milliseconds())*8; ; {
		s, n := e.Heard(200 * time.Millisecond)
		if n >= start+hearing {
			start = n
			if rtpflow.Analyse(s).Near(hz) {
				bad = 0
			} else if bad++; bad == 2 {
				c.t.Errorf("%s hears %s, not %.0f Hz alone", who, parts(s), hz)
				return
			}
		}
		if n >= end && bad == 0 {
			return
		}
		c.pause(who + "'s sound")
	}
}

// parts says of which tones of this house a sound is made.
func parts(s []int16) string {
	if len(s) < 200 {
		return "nothing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%.0f dBm0:", level.Of(s))
	for hz := 400.0; hz <= 2500; hz += 10 {
		if p := tone.Purity(s, hz); p >= 0.02 {
			fmt.Fprintf(&b, " %.0f Hz %.0f %%", hz, 100*p)
		}
	}
	return b.String()
}

// loudest is the level in dBm0 that a tone reaches at most for 400 ms of a sound: a frame that a busy machine sends late sounds like everything for less.
func loudest(s []int16, hz float64) float64 {
	most := math.Inf(-1)
	for at := 0; at+2*hearing <= len(s); at += hearing / 2 {
		most = max(most, min(tone.Level(s[at:at+hearing], hz), tone.Level(s[at+hearing:at+2*hearing], hz)))
	}
	return most
}

// talk wants two ends to hear one another, each alone.
func (c *centre) talk(a string, ears ear, aHz float64, b string, other ear, bHz float64) {
	c.t.Helper()
	c.alone(a, ears, bHz)
	c.alone(b, other, aHz)
}

// quiet wants a telephone not to have been called.
func (h *apparatus) quiet() {
	h.o.t.Helper()
	select {
	case call := <-h.Incoming():
		h.o.t.Errorf("%s is called by %s", h.acc.User, call.Caller())
	default:
	}
}

// ofAgent gives the facts of one agent.
func (fs facts) ofAgent(kind string, i int) (out facts) {
	for _, f := range fs.of(kind) {
		if f.Field("agent") == agent(i) {
			out = append(out, f)
		}
	}
	return out
}

// apparatusAt registers a telephone at a desk, which does only what it is told.
func (c *centre) apparatusAt(i int) *apparatus {
	c.t.Helper()
	return c.apparatus(desk(i), ua.Config{Listen: netip.MustParseAddrPort("127.0.0.13:0")})
}

// activity waits until an agent does something.
func (c *centre) activity(i int, does string) {
	c.t.Helper()
	for now := ""; now != does; c.pause(agent(i) + " " + does) {
		s, err := c.box.Status(c.ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, a := range s.Agents {
			if a.ID == agent(i) {
				now = a.Activity
			}
		}
	}
}

// decoded reads what a command printed as JSON.
func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
