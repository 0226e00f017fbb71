package uplink

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

// look is how often the lines and the document are looked at during a trial.
const look = time.Second

// desk deals with the documents the cloud wants the box to live by: it drives apply.Machine, on one goroutine.
type desk struct {
	l       *Link
	a       applied
	started bool         // the machine was told that the box started
	again   apply.Effect // an effect that is to be tried again: the box itself failed
	want    apply.Try    // what the trial waits for
	settled time.Time    // before this nobody looks
	over    time.Time    // when the trial ends
	confirm time.Time    // when the cloud is asked the next time
	next    time.Time    // when to look for a document
	report  time.Time    // when to try to report again
	ownAt   time.Time    // and to tell the box's own document
}

// documents is the loop of the desk.
func (l *Link) documents(ctx context.Context) {
	d := &desk{l: l}
	d.read()
	for ctx.Err() == nil {
		l.mu.Lock()
		anew := l.identify
		l.identify = false
		l.mu.Unlock()
		if anew {
			*d = desk{l: l}
			d.read()
		}
		if err := d.work(ctx); err != nil && ctx.Err() == nil {
			l.o.Log.Warn("a document from the cloud waits", "error", err)
		}
		if !wait(ctx, l.fetchNow, d.pause()) {
			return
		}
	}
}

func (d *desk) read() {
	if err := d.l.dir.readIfThere(fileApply, &d.a); err != nil {
		d.l.o.Log.Error("which revision is in force is not known any more", "error", err)
		d.a = applied{}
	}
	if d.a.Machine.State == "" {
		d.a.Machine.State = apply.Idle
	}
	d.show()
}

func (d *desk) show() {
	d.l.mu.Lock()
	d.l.machine = d.a.Machine
	d.l.mu.Unlock()
}

// pause is how long nothing need be done.
func (d *desk) pause() time.Duration {
	if d.a.Machine.State.OnTrial() || d.again != nil || !d.started {
		return look
	}
	p := time.Until(d.next)
	if len(d.a.Reports) > 0 {
		p = min(p, time.Until(d.report))
	}
	if w := time.Until(d.ownAt); w > 0 {
		p = min(p, w)
	}
	return max(p, look)
}

// work does what is due.
func (d *desk) work(ctx context.Context) error {
	if !d.started {
		text, err := d.l.o.Site.Text()
		if err != nil {
			return err
		}
		if err := d.step(ctx, apply.Restarted{Text: string(text)}, ""); err != nil {
			return err
		}
		d.started = true
	}
	if e := d.again; e != nil {
		d.again = nil
		if err := d.do(ctx, e); err != nil {
			return err
		}
	}
	if d.a.Machine.State.OnTrial() {
		if err := d.trial(ctx); err != nil {
			return err
		}
	}
	c, id, up := d.l.ready()
	if !up {
		return nil
	}
	if err := d.as(id.Device); err != nil {
		return err
	}
	if err := d.tell(ctx, c); err != nil {
		return err
	}
	d.own(ctx, c, id)
	if s := d.a.Machine.State; s == apply.Idle || s == apply.Fetched {
		return d.fetch(ctx, c, id)
	}
	return nil
}

// step puts an input to the machine, and does what it says once that is on the disk. tag is of the envelope that was dealt with by it.
func (d *desk) step(ctx context.Context, in apply.Input, tag string) error {
	machine, effects, ignored := d.a.Machine.Step(in)
	next := d.a
	next.Machine = machine
	if tag != "" {
		next.Tag = tag
	}
	var due []apply.Effect
	var told []wire.Report
	for _, e := range effects {
		if r, is := e.(apply.Report); is {
			r.At = d.l.clock.now().UnixMilli()
			told = append(told, r.Report)
			continue
		}
		due = append(due, e)
	}
	if ignored != "" && tag == "" {
		return nil
	}
	if err := d.keep(next, told); err != nil {
		return err
	}
	for _, e := range due {
		if err := d.do(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// keep puts the state on the disk, with reports that wait, and notes what the box should remember of them.
func (d *desk) keep(next applied, told []wire.Report) error {
	next.Reports = slices.Concat(next.Reports, told)
	if next.Machine.State != apply.Idle {
		next.Told = "" // whatever comes of it, what the console knows is told anew
	}
	if err := d.l.dir.write(fileApply, next); err != nil {
		return err
	}
	d.a = next
	d.report = time.Time{}
	d.show()
	for _, r := range told {
		switch r.State {
		case wire.Refused:
			d.l.o.Teller.Note(fact.SiteRefused{Revision: r.Revision, Problems: len(r.Problems), Reason: r.Why})
		case wire.Reverted:
			d.l.o.Teller.Note(fact.SiteReverted{Revision: r.Revision, Returned: r.Returned, Reason: r.Why})
		case wire.Published, wire.Fetched, wire.Applied, wire.Kept: // nothing went wrong
		}
	}
	return nil
}

// do carries an effect out. What the box itself cannot do just now is done later.
func (d *desk) do(ctx context.Context, e apply.Effect) error {
	switch e := e.(type) {
	case apply.Prepare:
		text, err := d.l.o.Site.Text()
		if err != nil {
			d.again = e
			return err
		}
		_, _, up := d.l.ready()
		var lines []string
		for _, t := range d.l.o.Box.Trunks() {
			if t.Up {
				lines = append(lines, t.Name)
			}
		}
		return d.orAgain(e, d.step(ctx, apply.Ready{Before: string(text), Lines: lines, Cloud: up}, ""))
	case apply.Apply:
		err := d.l.o.Site.Apply(ctx, []byte(e.Text))
		if refused, is := errors.AsType[*RefusedError](err); is {
			if d.a.Machine.State == apply.Reverting {
				d.again = e
			}
			return d.orAgain(e, d.step(ctx, apply.Refused{Problems: refused.Problems, Why: refused.Why}, ""))
		}
		if err != nil {
			d.again = e
			return err
		}
		if c, _ := d.l.current(); c != nil {
			c.idle() // what comes now goes the way the document says
		}
		return d.orAgain(e, d.step(ctx, apply.TookEffect{}, ""))
	case apply.Try:
		if d.want == (apply.Try{}) || !d.over.After(time.Now()) {
			d.settled, d.over = time.Now().Add(d.l.o.Pace.Settle), time.Now().Add(d.l.o.Pace.Trial)
			d.confirm = d.settled
		}
		d.want = e
	case apply.Report: // kept with the machine
	}
	return nil
}

// orAgain has an effect carried out once more when what it led to could not be written down.
func (d *desk) orAgain(e apply.Effect, err error) error {
	if err != nil && d.again == nil {
		d.again = e
	}
	return err
}

// trial looks how the document on trial does.
func (d *desk) trial(ctx context.Context) error {
	now := time.Now()
	if now.Before(d.settled) {
		return nil
	}
	text, err := d.l.o.Site.Text()
	if err != nil {
		return err
	}
	if string(text) != d.a.Machine.Document {
		return d.end(d.step(ctx, apply.LocalChange{}, ""))
	}
	if d.want.Lines && d.linesBack() {
		if err := d.step(ctx, apply.LinesBack{}, ""); err != nil {
			return err
		}
	}
	if d.want.Cloud && d.a.Machine.State.OnTrial() && !now.Before(d.confirm) {
		d.confirm = now.Add(d.l.o.Pace.Confirm)
		err := d.confirmed(ctx)
		if err == nil {
			err = d.step(ctx, apply.Confirmed{}, "")
		}
		if err != nil {
			d.l.o.Log.Info("the cloud did not confirm the document on trial", "error", err)
			d.l.suspect(err)
		}
	}
	if d.a.Machine.State.OnTrial() && !time.Now().Before(d.over) {
		return d.end(d.step(ctx, apply.TrialOver{}, ""))
	}
	if !d.a.Machine.State.OnTrial() {
		return d.end(nil)
	}
	return nil
}

// end forgets what belonged to a trial that is over.
func (d *desk) end(err error) error {
	if err == nil {
		d.want, d.over, d.next = apply.Try{}, time.Time{}, time.Time{}
	}
	return err
}

// linesBack reports whether every trunk that was up before, and is still in the document, is up.
func (d *desk) linesBack() bool {
	for _, t := range d.l.o.Box.Trunks() {
		if !t.Up && slices.Contains(d.a.Machine.Lines, t.Name) {
			return false
		}
	}
	return true
}

// confirmed has the cloud confirm the revision on trial, over a connection made now: only the cloud that published it can repeat the nonce.
func (d *desk) confirmed(ctx context.Context) error {
	c, _ := d.l.current()
	if c == nil {
		return errors.New("the box belongs to no console")
	}
	out := wire.Confirm{Revision: d.a.Machine.Revision, Nonce: make([]byte, 16)}
	if _, err := rand.Read(out.Nonce); err != nil {
		return err
	}
	var in wire.Confirmed
	// The time of one try is bounded by the trial's: the way back must not wait for an answer that hangs.
	ctx, cancel := context.WithDeadline(ctx, d.over)
	defer cancel()
	if _, err := c.do(ctx, ask{path: wire.PathConfirm, out: out, fresh: true}, &in); err != nil {
		return err
	}
	if in.Revision != out.Revision || subtle.ConstantTimeCompare(in.Nonce, out.Nonce) != 1 {
		return portal(c.host, "its confirmation is not of what was asked", 200)
	}
	d.l.heard(in.Time)
	return nil
}

// tell brings the reports to the cloud, in order.
func (d *desk) tell(ctx context.Context, c *client) error {
	if time.Now().Before(d.report) {
		return nil
	}
	for len(d.a.Reports) > 0 {
		var in wire.Received
		_, err := c.do(ctx, ask{path: wire.PathReport, out: d.a.Reports[0]}, &in)
		if t, is := errors.AsType[*Trouble](err); is && t.Code == wire.CodeBadRequest {
			err = nil // it will never be taken: the facts tell the same
			d.l.o.Log.Warn("the cloud does not take a report", "revision", d.a.Reports[0].Revision, "error", t)
		}
		if err != nil {
			d.report = time.Now().Add(around(d.l.o.Pace.Confirm, 0.2))
			d.l.suspect(err)
			return err
		}
		next := d.a
		next.Reports = slices.Clone(d.a.Reports[1:])
		if err := d.l.dir.write(fileApply, next); err != nil {
			return err
		}
		d.a = next
	}
	return nil
}

// as makes the box the device it is. Enrolled anew at the same site, it gives the revision that it would not have another chance: to the console the box
// is a new one, of which it waits to hear. Older ones do not come back.
func (d *desk) as(device string) error {
	if d.a.Device == device {
		return nil
	}
	next := d.a
	if m := &next.Machine; next.Device != "" && m.Bad > m.Confirmed {
		m.Bad--
	}
	next.Device, next.Tag = device, ""
	if err := d.l.dir.write(fileApply, next); err != nil {
		return err
	}
	d.a = next
	d.show()
	return nil
}

// fetch looks whether the cloud has a newer document.
func (d *desk) fetch(ctx context.Context, c *client, id identity) error {
	d.l.mu.Lock()
	every := d.l.o.Pace.Poll
	if d.l.stream {
		every = d.l.o.Pace.Stream
	}
	d.l.mu.Unlock()
	d.next = time.Now().Add(around(every, 0.2))
	var raw json.RawMessage
	tag, err := c.do(ctx, ask{path: wire.PathDesired, tag: d.a.Tag}, &raw)
	if errors.Is(err, errNoChange) || errors.Is(err, errNothingYet) {
		return nil
	}
	if err != nil {
		d.l.suspect(err)
		return err
	}
	var e wire.Envelope
	err = json.Unmarshal(raw, &e)
	var desired wire.Desired
	if err == nil {
		desired, err = e.Open(id.Keys, id.Device)
	}
	if err == nil && (desired.Tenant != id.Tenant || desired.Site != id.Site) {
		err = wire.ErrOtherBox
	}
	if err != nil {
		return d.unopened(e, tag, err)
	}
	if _, _, ignored := d.a.Machine.Step(apply.Opened{Revision: desired.Revision, Document: desired.Document}); ignored != "" && desired.Revision > max(d.a.Machine.Confirmed, d.a.Machine.Bad, d.a.Machine.Revision) {
		return nil // its turn comes
	}
	return d.step(ctx, apply.Opened{Revision: desired.Revision, Document: desired.Document}, tag)
}

// unopened refuses an envelope that nobody can vouch for. The number in it is believed as far as it tells the console which one it is about.
func (d *desk) unopened(e wire.Envelope, tag string, why error) error {
	var claims struct {
		Revision uint64 `json:"revision"`
	}
	_ = json.Unmarshal(e.Payload, &claims) // unreadable: no number
	next := d.a
	next.Tag = tag
	if next.Machine.State == apply.Idle {
		next.Machine.Why = fmt.Sprintf("revision %d: %s", claims.Revision, why)
	}
	r := wire.Report{Revision: claims.Revision, State: wire.Refused, At: d.l.clock.now().UnixMilli(), Why: why.Error(), Returned: d.a.Machine.Confirmed}
	if claims.Revision == 0 {
		d.l.o.Teller.Note(fact.SiteRefused{Reason: why.Error()})
		return d.keep(next, nil)
	}
	return d.keep(next, []wire.Report{r})
}
