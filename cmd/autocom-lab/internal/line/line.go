// Package line joins a lab telephone's signalling to its sound: one Line is one
// call with its RTP, kept in step with what the two sides agree.
package line

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/cmd/autocom-lab/internal/rtpflow"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/ua"
	"autocom/dsp/g711"
	"autocom/dsp/tone"
)

// Options say how a line sounds.
type Options struct {
	Media  netip.Addr     // address of RTP; the agent's when unset
	Codecs []uint8        // payload types in order of wish; 8 then 0 when empty
	Sound  rtpflow.Source // what is said; silence when nil
}

// Tone is a source of one sine at −16 dBm0.
func Tone(hz float64) rtpflow.Source { return tone.NewGenerator(tone.Sine(hz, -16)) }

// A Line is a call with its sound. It owns one goroutine and its flow; Close
// ends them, and HangUp with the far end's consent.
type Line struct {
	Call *ua.Call
	Flow *rtpflow.Flow

	reached netip.AddrPort // where the far end sends sound
	codecs  []uint8
	events  chan ua.Event
	wg      sync.WaitGroup

	mu      sync.Mutex
	version uint64
	agreed  sdp.Session   // the far end's last description
	own     sdp.Direction // ours, as last written
	event   uint8
	law     g711.Law
}

const eventType = 101 // payload type offered for digits

func open(a *ua.Agent, o Options) (*Line, error) {
	if !o.Media.IsValid() {
		o.Media = a.Addr().Addr()
	}
	if len(o.Codecs) == 0 {
		o.Codecs = []uint8{8, 0}
	}
	f, err := rtpflow.Open(o.Media)
	if err != nil {
		return nil, err
	}
	f.Play(o.Sound)
	return &Line{Flow: f, reached: a.Reached(f.Addr()), codecs: o.Codecs, own: sdp.SendRecv, events: make(chan ua.Event, 64)}, nil
}

// Place calls. The offer is made here; in.Body is not looked at.
func Place(a *ua.Agent, in ua.Invite, o Options) (*Line, error) {
	l, err := open(a, o)
	if err != nil {
		return nil, err
	}
	in.Body = l.describe(sdp.SendRecv, l.codecs, eventType)
	if l.Call, err = a.Place(in); err != nil {
		l.Flow.Close()
		return nil, err
	}
	l.follow()
	return l, nil
}

// Take gives a received call its sound; Ring, Answer or Refuse comes next.
func Take(a *ua.Agent, c *ua.Call, o Options) (*Line, error) {
	l, err := open(a, o)
	if err != nil {
		return nil, err
	}
	l.Call = c
	if len(c.Offer()) > 0 {
		if err := l.apply(c.Offer()); err != nil {
			l.Flow.Close()
			_ = c.Refuse(488)
			return nil, err
		}
		l.Flow.Sending(false) // not before the answer
	}
	l.follow()
	return l, nil
}

func (l *Line) follow() {
	l.Call.OnReoffer(l.reoffered)
	l.wg.Go(func() {
		defer close(l.events)
		for e := range l.Call.Events() {
			switch e.Kind {
			case ua.Progress, ua.Answered, ua.Agreed:
				if len(e.Body) > 0 {
					_ = l.apply(e.Body) // an answer that cannot be read leaves the line as it was
				}
			default: // no description comes with it
			}
			if e.Kind.Final() {
				l.Flow.Sending(false)
			}
			select {
			case l.events <- e:
			default: // as many as the call itself keeps
			}
		}
	})
}

// Events delivers what happens, after the sound has been put in step.
func (l *Line) Events() <-chan ua.Event { return l.events }

// Wait reads events until one of those kinds; the call's end is an error
// unless it is asked for.
func (l *Line) Wait(ctx context.Context, kinds ...ua.Kind) (ua.Event, error) {
	for {
		select {
		case e, ok := <-l.events:
			if !ok {
				return l.Call.Last(), fmt.Errorf("line: the call is over: %s", l.Call.Last())
			}
			if slices.Contains(kinds, e.Kind) {
				return e, nil
			}
			if e.Kind.Final() {
				return e, fmt.Errorf("line: waiting for %v, but: %s", kinds, e)
			}
		case <-ctx.Done():
			return ua.Event{}, fmt.Errorf("line: waiting for %v: %w", kinds, context.Cause(ctx))
		}
	}
}

// Close ends the sound, and hangs up when the call still lives.
func (l *Line) Close() {
	l.Call.HangUp()
	select {
	case <-l.Call.Done():
	case <-time.After(2 * time.Second): // the far end does not answer; its BYE goes on without us
		l.Call.Vanish()
		l.Call.HangUp()
		<-l.Call.Done()
	}
	l.Flow.Close()
	l.wg.Wait()
}

func (l *Line) describe(d sdp.Direction, codecs []uint8, event uint8) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	l.own = d
	return sdp.Session{Addr: l.reached, Codecs: codecs, Event: event, Direction: d, Version: l.version}.Bytes()
}

// apply sends where and what the far end's description asks.
func (l *Line) apply(body []byte) error {
	s, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	pt, ok := sdp.Common(l.codecs, s.Codecs)
	if !ok {
		return fmt.Errorf("line: the far end speaks neither of the codecs %v", l.codecs)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.agreed, l.event, l.law = s, s.Event, g711.ALaw
	if pt == 0 {
		l.law = g711.ULaw
	}
	l.Flow.Start(s.Addr, l.law, s.Event)
	l.Flow.Sending(s.Direction != sdp.SendOnly && s.Direction != sdp.Inactive && l.own.Sends() && s.Addr.Port() != 0 && !s.Addr.Addr().IsUnspecified())
	return nil
}

// answer describes this side within what the far end offered.
func (l *Line) answer() []byte {
	l.mu.Lock()
	s, law := l.agreed, l.law
	l.mu.Unlock()
	if !s.Addr.IsValid() { // delayed offer: ours comes in the 200
		return l.describe(sdp.SendRecv, l.codecs, eventType)
	}
	return l.describe(s.Direction.Answer(), []uint8{law.PayloadType()}, s.Event)
}

// reoffered answers a re-INVITE. It runs under the agent's lock.
func (l *Line) reoffered(offer []byte) ([]byte, int) {
	if len(offer) == 0 {
		return l.describe(sdp.SendRecv, l.codecs, eventType), 200
	}
	l.mu.Lock()
	l.own = sdp.SendRecv
	l.mu.Unlock()
	if err := l.apply(offer); err != nil {
		return nil, 488
	}
	return l.answer(), 200
}

// Ring says 180; with sound it says 183 and sends early media.
func (l *Line) Ring(early bool) error {
	if !early {
		return l.Call.Ring(nil)
	}
	body := l.answer()
	if err := l.Call.Ring(body); err != nil {
		return err
	}
	l.Flow.Sending(true)
	return nil
}

// Answer accepts the call and speaks.
func (l *Line) Answer() error {
	if err := l.Call.Answer(l.answer()); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.agreed.Addr.IsValid() {
		l.Flow.Sending(l.own.Sends())
	}
	return nil
}

// Hold asks the far end to be silent to us (sendonly, RFC 3264 §8.4) and waits
// for its consent; Resume undoes it.
func (l *Line) Hold(ctx context.Context) error { return l.redirect(ctx, sdp.SendOnly) }

// Resume takes a held call back.
func (l *Line) Resume(ctx context.Context) error { return l.redirect(ctx, sdp.SendRecv) }

func (l *Line) redirect(ctx context.Context, d sdp.Direction) error {
	l.mu.Lock()
	law, event := l.law, l.event
	l.mu.Unlock()
	if err := l.Call.Reinvite(l.describe(d, []uint8{law.PayloadType()}, event)); err != nil {
		return err
	}
	e, err := l.Wait(ctx, ua.Agreed, ua.Rejected)
	if err == nil && e.Kind == ua.Rejected {
		err = fmt.Errorf("line: the far end refused the change: %d %s", e.Code, e.Reason)
	}
	return err
}

// Direction is what the far end last said of itself.
func (l *Line) Direction() sdp.Direction {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.agreed.Direction
}

// Listen waits until something has been heard for d after now and says what it was.
func (l *Line) Listen(ctx context.Context, d time.Duration) (rtpflow.Sound, error) {
	_, start := l.Flow.Heard(0)
	want := start + uint64(d.Milliseconds())*8
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, n := l.Flow.Heard(0); n >= want {
			s, _ := l.Flow.Heard(d)
			return rtpflow.Analyse(s), nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			_, n := l.Flow.Heard(0)
			return rtpflow.Sound{DBm0: -100}, fmt.Errorf("line: heard %d ms of sound while waiting for %s: %w", (n-start)/8, d, context.Cause(ctx))
		}
	}
}

// Expect waits until one of those tones (Hz) is heard, alone, for 200 ms.
func (l *Line) Expect(ctx context.Context, hz ...float64) (rtpflow.Sound, error) {
	for {
		s, err := l.Listen(ctx, 200*time.Millisecond)
		if err != nil {
			return s, fmt.Errorf("no tone of %.0f Hz: %w", hz, err)
		}
		if slices.ContainsFunc(hz, s.Near) {
			return s, nil
		}
		if ctx.Err() != nil {
			return s, fmt.Errorf("no tone of %.0f Hz, but %.0f Hz at %.0f dBm0: %w", hz, s.Hz, s.DBm0, context.Cause(ctx))
		}
	}
}
