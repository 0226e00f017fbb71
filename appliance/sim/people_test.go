package sim

import (
	"fmt"
	"log/slog"
	"time"

	"autocom/appliance/exchange"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// What people do: whoever is called lifts or does not, whoever talks hangs up some time, and meanwhile holds or hands over. The peer's lock is held
// where a dialog is given.

// after lets somebody do something in a call some time later, if the call is still there.
func (w *week) after(d *dialog, wait time.Duration, do func()) {
	time.AfterFunc(wait, func() {
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		if d.state != ended && !d.p.gone {
			do()
		}
	})
}

// span is some time between two.
func (w *week) span(from, to time.Duration) time.Duration {
	return from + time.Duration(w.roll(int((to-from)/time.Millisecond)))*time.Millisecond
}

// rings is a call that comes to somebody.
func (w *week) rings(d *dialog) {
	lift := func() {
		if d.state == ringing {
			d.answer()
		}
	}
	refuse := func(status int) func() {
		return func() {
			if d.state == ringing {
				d.refuse(status)
			}
		}
	}
	if d.p.user == "" { // somebody outside
		d.party = "outside"
		switch r := w.roll(100); {
		case r < 6:
			w.after(d, w.span(100*time.Millisecond, 3*time.Second), refuse(486))
		case r < 10:
			w.after(d, w.span(0, time.Second), refuse(404))
		case r < 12:
			w.after(d, w.span(0, time.Second), refuse(503))
		case r < 20: // nobody is at home
		default:
			w.after(d, w.span(time.Second, 15*time.Second), lift)
		}
		return
	}
	if w.roll(16) == 0 {
		time.AfterFunc(w.span(time.Second, 5*time.Second), func() { w.picksUp(d) })
	}
	switch r := w.roll(100); {
	case r < 4:
		w.after(d, w.span(time.Second, 4*time.Second), refuse(603))
	case r < 14: // away from the desk
	case r < 17:
		w.after(d, w.span(0, 50*time.Millisecond), lift)
	default:
		w.after(d, w.span(time.Second, 14*time.Second), lift)
	}
}

// waits is how long a caller has patience.
func (w *week) waits(d *dialog) {
	patience := w.span(15*time.Second, 3*time.Minute)
	switch w.roll(20) {
	case 0:
		patience = w.span(0, 60*time.Millisecond)
	case 1:
		patience = w.span(0, 4*time.Second)
	case 2:
		patience = w.span(4*time.Second, 20*time.Second)
	}
	w.after(d, patience, func() {
		if d.state == calling {
			d.hangUp()
		}
	})
}

// talks is a call that was answered, on either side.
func (w *week) talks(d *dialog) {
	w.mu.Lock()
	first := w.consults[d]
	delete(w.consults, d)
	w.mu.Unlock()
	long := min(w.span(2*time.Second, 5*time.Minute), w.span(2*time.Second, 10*time.Minute))
	if w.roll(60) == 0 {
		long = 40 * time.Minute
		w.count("calls of forty minutes")
	}
	if !d.incoming && w.roll(100) < 60 { // who called leaves it to the other to end the call
		long = 55 * time.Minute
	}
	w.after(d, long, d.hangUp)
	if first != nil {
		w.after(d, w.span(500*time.Millisecond, 8*time.Second), func() { w.join(d.p) })
		return
	}
	part := func(percent int) time.Duration { return long * time.Duration(percent) / 100 }
	still := func(do func()) func() {
		return func() {
			if d.state == talking {
				do()
			}
		}
	}
	switch r := w.roll(100); {
	case r < 10:
		w.count("holds")
		w.after(d, part(30), still(func() { d.hold(true) }))
		w.after(d, part(60), still(func() { d.hold(false) }))
	case r < 13:
		w.after(d, part(20), still(func() { w.count("keys by INFO"); d.press("5") }))
	case d.p.user == "":
	case r < 19:
		w.after(d, part(40), still(func() { w.count("REFER, blind"); d.refer(w.somewhere(), "") }))
	case r < 25:
		w.after(d, part(20), still(func() { d.hold(true) }))
		w.after(d, part(20)+time.Second, still(func() { w.consult(d) }))
	}
}

// consult calls somebody to whom a party shall be handed over.
func (w *week) consult(d *dialog) {
	c := d.p.call(d.p.name, d.p.account(), w.somewhere())
	w.mu.Lock()
	w.consults[c] = d
	w.mu.Unlock()
	semi := w.roll(4) == 0
	w.after(c, w.span(3*time.Second, 20*time.Second), func() {
		if c.state != calling {
			return
		}
		if semi && c.early {
			w.join(c.p)
			return
		}
		c.hangUp()
		if d.state == talking {
			d.hold(false)
		}
	})
}

func (w *week) join(p *peer) {
	if p.join() == nil {
		w.count("REFER, attended")
	}
}

// somewhere is a number that people call or hand over to.
func (w *week) somewhere() string {
	switch r := w.roll(20); {
	case r < 11:
		return fmt.Sprint(201 + w.roll(20))
	case r < 15:
		return fmt.Sprintf("006%08d", w.roll(100_000_000))
	case r < 16:
		return "00041223456789"
	case r < 17:
		return fmt.Sprintf("01405060%d", 70+w.roll(4))
	case r < 18:
		return "0" + []string{"0899123456", "0012125550123", "999"}[w.roll(3)] // costs too much, too far, nobody's
	default:
		return fmt.Sprintf("001%08d", 40000000+w.roll(1_000_000))
	}
}

// somebodyCalls is one call of the day, whichever.
func (w *week) somebodyCalls() {
	switch r := w.roll(100); {
	case r < 42:
		w.calledFromOutside(w.carriers[w.roll(2)], fmt.Sprintf("+331405060%d", 70+w.roll(3)))
	case r < 48:
		w.calledFromOutside(w.carriers[w.roll(2)], "+33140506073")
	case r < 54:
		w.calledFromOutside(w.carriers[2], "+33140506080")
	case r < 72:
		w.dials(w.anyPhone(), fmt.Sprint(201+w.roll(20)))
	case r < 94:
		w.dials(w.anyPhone(), w.somewhere())
	case r < 98:
		p := w.anyPhone()
		w.count("calls placed")
		w.box.tell(exchange.CallPlace{By: "console", Extension: p.user, Number: w.somewhere(), AutoAnswer: w.roll(2) == 0, Callee: "s3"})
	case r < 99:
		if w.roll(3) == 0 {
			w.dials(w.anyPhone(), "112")
			w.count("calls for help")
		}
	default:
		w.calledFromOutside(w.carriers[w.roll(2)], "+33140509999") // nobody's number
	}
}

func (w *week) anyPhone() *peer { return w.phones[w.roll(len(w.phones))] }

// calledFromOutside is a carrier's caller.
func (w *week) calledFromOutside(t *peer, number string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.office != nil && !t.office.knows() {
		w.count("calls a carrier could not bring: the box was not signed on")
		return
	}
	from := fmt.Sprintf("<sip:+336%08d@%s>", w.roll(100_000_000), t.at.Addr())
	var more []string
	if w.roll(12) == 0 {
		from, more = "\"Anonymous\" <sip:anonymous@anonymous.invalid>", []string{"Privacy: id"}
	}
	t.offerless = w.roll(10) == 0
	if t.offerless {
		w.count("delayed offers")
	}
	w.waits(t.call("caller", from, number, more...))
	t.offerless = false
	w.count("calls in")
}

// dials is somebody at a phone who calls, if it is free.
func (w *week) dials(p *peer, number string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || p.busy() {
		return
	}
	p.offerless = w.roll(15) == 0
	w.waits(p.call(p.name, p.account(), number))
	p.offerless = false
	w.count("calls by phones")
}

// picksUp is somebody who answers a neighbour's phone while it rings.
func (w *week) picksUp(d *dialog) {
	d.p.mu.Lock()
	value, whose, still := d.named(d.localTag, d.remoteTag), d.p, d.state == ringing && !d.p.gone
	d.p.mu.Unlock()
	by := w.anyPhone()
	if !still || by == whose {
		return
	}
	by.mu.Lock()
	defer by.mu.Unlock()
	if !by.gone && !by.busy() {
		w.waits(by.call(by.name, by.account(), whose.user, "Replaces: "+value+";early-only"))
		w.count("pick-ups")
	}
}
