package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/mediactl"
	"autocom/appliance/prompts"
	"autocom/appliance/recording"
	"autocom/dsp/events"
)

// settleTime is how long after the last port was opened again the plans are said again, once the media process is back.
const settleTime = 100 * time.Millisecond

// soundDesk stands between the box and the media process: it gives legs their ports, and turns what the media process tells into inputs and facts.
type soundDesk struct {
	client   *mediactl.Client
	ready    chan struct{} // closed when client is set
	sounds   *prompts.Library
	speech   speech
	log      *slog.Logger
	tell     func(exchange.Input)
	note     func(fact.Fact)                       // a box fact
	lost     func(plan.LegID)                      // the sound of a leg stopped
	back     func()                                // the media process is there again: legs ask for their ports
	recorded func(plan.RecordingID, int64, string) // a recording's file is complete
	unpaused func(id plan.RecordingID, over bool)  // a recording was not paused; over: because it ended

	first chan struct{} // closed when the media process can take calls for the first time

	mu      sync.Mutex
	playing map[plan.LegID]playing    // what was last played
	codecs  map[plan.LegID]plan.Codec // what each leg was told to speak, until its counts come
	masked  map[plan.LegID]bool       // legs that are heard by nobody
	up      bool
	known   map[plan.LegID]plan.Endpoint // ports that are open there
	settle  *time.Timer                  // runs while legs come back
	closed  bool

	inherited []plan.LegID // ports that were open at the first connection
}

// newSoundDesk makes a desk that is told whom to call and then started.
func newSoundDesk(sounds *prompts.Library, language func() string, log *slog.Logger) *soundDesk {
	return &soundDesk{
		sounds: sounds, speech: speech{sounds, language}, log: log, ready: make(chan struct{}), first: make(chan struct{}),
		known: map[plan.LegID]plan.Endpoint{}, masked: map[plan.LegID]bool{}, playing: map[plan.LegID]playing{}, codecs: map[plan.LegID]plan.Codec{},
	}
}

// start reaches for the media process.
func (d *soundDesk) start(ctx context.Context, socket string) {
	d.client = mediactl.Dial(ctx, mediactl.Options{Socket: socket, Name: "core", OnEvent: func(e mediactl.Event) { <-d.ready; d.event(e) }})
	close(d.ready)
}

// playing is a sound or a phrase that a leg hears.
type playing struct {
	token uint64
	rest  []plan.Sound // of a phrase, what follows the piece being played
}

// play plays a sound, or the pieces of a phrase one after the other, once.
func (d *soundDesk) play(e exchange.Play) error {
	pieces, err := d.speech.pieces(e.Sound)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.playing[e.Leg] = playing{e.Token, pieces[1:]}
	d.mu.Unlock()
	return d.client.Play(e.Leg, pieces[0], e.Token, false)
}

// piece goes on with a phrase of which a piece has ended; false when that was the last one, or was cut short.
func (d *soundDesk) piece(leg plan.LegID, token uint64, finished bool) bool {
	d.mu.Lock()
	p := d.playing[leg]
	if p.token != token || !finished || len(p.rest) == 0 {
		d.mu.Unlock()
		return false
	}
	next := p.rest[0]
	d.playing[leg] = playing{token, p.rest[1:]}
	d.mu.Unlock()
	return d.client.Play(leg, next, token, false) == nil
}

// stopPlay cuts a sound short, unless another has taken its place.
func (d *soundDesk) stopPlay(e exchange.StopPlay) {
	d.mu.Lock()
	current := d.playing[e.Leg].token == e.Token
	d.mu.Unlock()
	if !current {
		return
	}
	if err := d.client.StopPlay(e.Leg); err != nil {
		d.log.Debug("a sound goes on", "leg", e.Leg, "err", err)
	}
}

// mask makes what a leg says and presses be heard by nobody, or ends that.
func (d *soundDesk) mask(e exchange.MaskDigits) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.masked[e.Leg] = e.Masked; !e.Masked {
		delete(d.masked, e.Leg)
	}
	d.sayMask(e.Leg, e.Masked)
}

func (d *soundDesk) sayMask(leg plan.LegID, on bool) {
	if err := d.client.Mask(leg, on); err != nil {
		d.log.Error("a leg could not be masked: what it presses may be heard", "leg", leg, "masked", on, "err", err)
	}
}

// pressTime is how long the box holds a key, as a person does.
const pressTime = 120 * time.Millisecond

// press presses keys for the peer of a leg.
func (d *soundDesk) press(e exchange.SendDigits) {
	for _, digit := range []byte(e.Digits) {
		if err := d.client.SendDigit(e.Leg, digit, pressTime); err != nil {
			d.log.Error("keys were not sent", "leg", e.Leg, "err", err)
			return
		}
	}
}

// keepOnly closes the ports that were open when this core came and that none of its legs took over: they are left from a core that died. Ports
// that new calls opened meanwhile are not among them.
func (d *soundDesk) keepOnly(alive []plan.LegID) {
	d.mu.Lock()
	left := slices.DeleteFunc(d.inherited, func(id plan.LegID) bool { return slices.Contains(alive, id) })
	d.inherited = nil
	d.mu.Unlock()
	for _, id := range left {
		d.Close(id)
	}
}

// Open gives a leg its port: the one it has, or a new one.
func (d *soundDesk) Open(leg plan.LegID) (plan.Endpoint, error) {
	d.mu.Lock()
	at, ok := d.known[leg]
	d.mu.Unlock()
	if ok {
		d.client.Adopt(leg)
		return at, nil
	}
	at, err := d.client.Open(leg)
	if err != nil {
		return plan.Endpoint{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[leg] = at
	if d.masked[leg] { // of a media process that is gone
		d.sayMask(leg, true)
	}
	if d.settle != nil && d.settle.Stop() { // only while legs come back: an ordinary new port is no reason to say everything again
		d.settle.Reset(settleTime)
	}
	return at, nil
}

// Update says what a leg agreed with its peer.
func (d *soundDesk) Update(leg plan.LegID, m plan.Media) error {
	d.mu.Lock()
	d.codecs[leg] = m.Codec
	d.mu.Unlock()
	return d.client.Update(leg, m)
}

// Close gives the port back.
func (d *soundDesk) Close(leg plan.LegID) {
	d.mu.Lock()
	delete(d.known, leg)
	delete(d.playing, leg)
	delete(d.masked, leg)
	d.mu.Unlock()
	if err := d.client.Close(leg); err != nil {
		d.log.Debug("a port is left to its lease", "leg", leg, "err", err)
	}
}

// event takes what the media process tells. It runs on the client's goroutine.
func (d *soundDesk) event(e mediactl.Event) {
	switch e.Kind {
	case mediactl.Connected:
		d.connected(e.Legs)
	case mediactl.Disconnected:
		d.mu.Lock()
		d.up = false
		ours := d.closed
		d.mu.Unlock()
		if ours { // it is we who leave
			return
		}
		d.log.Error("the media process does not answer: no new call has sound until it is back")
		d.note(fact.MediaChanged{Reason: "it does not answer"})
	case mediactl.Digit:
		via := events.Packets
		if e.InVoice {
			via = events.Sound
		}
		d.tell(exchange.DigitPressed{Leg: e.Leg, Digit: e.Digit, Via: via.String(), LengthMS: e.Millis})
	case mediactl.PromptDone:
		if !d.piece(e.Leg, e.Token, e.Finished) {
			d.tell(exchange.PromptDone{Leg: e.Leg, Token: e.Token, Finished: e.Finished})
		}
	case mediactl.MediaLost:
		d.lost(e.Leg)
	case mediactl.LeaseExpired:
		d.mu.Lock()
		delete(d.known, e.Leg)
		d.mu.Unlock()
		d.lost(e.Leg)
	case mediactl.LegStats:
		codec := d.codec(e.Leg)
		if e.Stats != nil && e.Stats.Received+e.Stats.Sent > 0 {
			d.note(counted(e.Leg, codec, *e.Stats))
		}
	case mediactl.RecordEnded:
		problem := ""
		if e.Error != nil {
			problem = e.Error.Error()
		}
		d.recorded(e.Recording, e.Millis, problem)
	case mediactl.Refused:
		d.refused(e)
	case mediactl.Overrun:
		d.log.Error("events of the media process were lost", "count", e.Lost)
	case mediactl.FirstPacket:
	}
}

// connected takes stock of what the media process holds and loads the sounds. When it has forgotten what we had, everything is set up again;
// one that only did not hear from a core for a while goes on as it was.
func (d *soundDesk) connected(legs []mediactl.Leg) {
	d.mu.Lock()
	before := d.known
	d.known = make(map[plan.LegID]plan.Endpoint, len(legs))
	for _, l := range legs {
		d.known[l.Leg] = l.Endpoint
	}
	forgotten := false // legs we had are not there: it is another process
	for id := range before {
		if _, there := d.known[id]; !there {
			forgotten = true
		}
	}
	for id := range d.codecs { // no counts will come of what the media process does not know
		if _, there := d.known[id]; !there {
			delete(d.codecs, id)
		}
	}
	d.up = true
	if d.settle != nil {
		d.settle.Stop()
	}
	d.mu.Unlock()
	d.note(fact.MediaChanged{Up: true, Legs: len(legs)})
	if len(legs) > 0 { // calls go on through a core that begins: they need it more than they need sounds, which are loaded there
		d.begin(legs)
	}
	if err := d.load(); err != nil {
		d.log.Error("a sound cannot be played", "err", err)
	}
	d.begin(legs)
	if forgotten {
		d.again()
	}
}

// begin says, once, that calls can be taken, with the ports that were open before.
func (d *soundDesk) begin(legs []mediactl.Leg) {
	select {
	case <-d.first:
		return
	default:
	}
	d.mu.Lock()
	for _, l := range legs {
		d.inherited = append(d.inherited, l.Leg)
	}
	d.mu.Unlock()
	close(d.first) // only the client's goroutine does
}

// again lets the legs ask for ports of a media process that has forgotten them, and has the plans said again when the last one has its own: they
// ask one after another, and a plan that names a leg without a port would pass it over. The wait begins with their asking, not before: loading
// the sounds may take longer than it.
func (d *soundDesk) again() {
	d.back()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.settle = time.AfterFunc(settleTime, func() { d.tell(exchange.MediaRestarted{}) })
	}
}

// load gives every sound of the library to the media process.
func (d *soundDesk) load() error {
	var problems []error
	for _, s := range d.sounds.Sounds() {
		f, err := d.sounds.File(s)
		if err == nil {
			err = errors.Join(d.client.LoadSound(s, f, plan.PCMA), f.Close())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", s, err))
		}
	}
	return errors.Join(problems...)
}

// codec is what a leg that closed was told to speak, for the last time: its entry goes.
func (d *soundDesk) codec(leg plan.LegID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, told := d.codecs[leg]
	delete(d.codecs, leg)
	if !told {
		return "" // a leg of the core before this one
	}
	return c.String()
}

// refused handles a command that could not be carried out. Only what somebody waits for needs an answer.
func (d *soundDesk) refused(e mediactl.Event) {
	why := "refused"
	if e.Error != nil {
		why = e.Error.Text
	}
	switch e.Op {
	case mediactl.OpPlay:
		d.tell(exchange.PromptDone{Leg: e.Leg, Token: e.Token, Error: why})
	case mediactl.OpRecord:
		d.recorded(e.Recording, 0, why)
	case mediactl.OpStopRec: // it ended while nobody listened, or with the process that wrote it
		d.recorded(e.Recording, recording.LengthUnknown, "")
	case mediactl.OpPauseRec:
		// What has no room for its mark is paused all the same.
		held := e.Error != nil && (e.Error.Code == mediactl.CodeBusy || e.Error.Code == mediactl.CodeBadRequest ||
			e.Error.Code == mediactl.CodeUnknownLeg || e.Error.Code == mediactl.CodeNotRecorded)
		d.log.Warn("a recording was not paused as asked", "recording", e.Recording, "err", why)
		d.unpaused(e.Recording, held)
	case mediactl.OpMask:
		d.log.Error("a leg could not be masked: what it presses may be heard", "leg", e.Leg, "err", why)
	default:
		d.log.Debug("the media process refused a command", "op", e.Op, "leg", e.Leg, "err", why)
	}
}

// status says how the media process is.
func (d *soundDesk) status() (up bool, legs int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.up, len(d.known)
}

// close lets the media process go on alone: ports live by their leases.
func (d *soundDesk) close() {
	d.mu.Lock()
	d.closed = true
	if d.settle != nil {
		d.settle.Stop()
	}
	d.mu.Unlock()
	d.client.Shut()
}

// quality is what the port of a leg that is open has counted so far; live is false when there is none, or nobody knows.
func (d *soundDesk) quality(leg plan.LegID) (q fact.LegQuality, live bool) {
	d.mu.Lock()
	codec, known := d.codecs[leg]
	known = known && d.up
	d.mu.Unlock()
	if !known {
		return q, false
	}
	s, err := d.client.Stats(leg)
	if err != nil || s.Received+s.Sent == 0 {
		return q, false
	}
	return counted(leg, codec.String(), s), true
}

// counted is what a leg's port counted, as a fact.
func counted(leg plan.LegID, codec string, s mediactl.Stats) fact.LegQuality {
	const sampleUS = 125 // µs per sample at 8 kHz
	q := fact.LegQuality{
		Leg: string(leg), Codec: codec, Received: s.Received, Sent: s.Sent, Lost: uint64(max(0, s.Lost)), JitterUS: int64(s.MaxJitter) * sampleUS,
		Strangers: s.Strangers, Forged: s.Forged, Replayed: s.Replayed, RoundTrip: s.RoundTrip.Microseconds(),
		Late: s.Late, LossRuns: s.LossRuns, PeerMOSX10: int(s.PeerMOSX10),
	}
	if s.Speech > 0 {
		q.LevelX10, q.SpeechPercent = tenths(s.Level), int(math.Round(100*s.Speech))
	}
	q.RFactorX10, q.MOSX10 = rating(q)
	return q
}
