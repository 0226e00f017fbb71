//go:build interop

package main

import (
	"testing"
	"time"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/sdp"
	"autocom/cmd/autocom-lab/internal/sipmsg"
	"autocom/cmd/autocom-lab/internal/ua"
)

// RFC 3261 §9.1, §9.2, §15: CANCEL that crosses the answer, both ways, and CANCEL before anything was heard. No leg, port or channel is left.
func TestInteropRFC3261S9CancelRaces(t *testing.T) {
	t.Parallel()
	o := lineOffice(t, 4, nil)
	p := o.peer()
	d := o.desk("205")

	// In: the carrier's CANCEL comes after our 200 left. It is answered 200, and the call is up until the BYE.
	k := p.dial(ddi)
	l := d.answers()
	r := k.said("INVITE", 200)
	k.hop("CANCEL")
	p.want("200 to the CANCEL", func(m *message) bool { return m.Code == 200 && m.Header("CSeq") == "1 CANCEL" })
	k.hear(r.Body)
	k.ack(200, nil)
	d.hears(l, 1230)
	k.hears("the phone after the late CANCEL", isTone(branch.Tone("205")))
	k.bye()

	// In: CANCEL and the phone's answer at the same time, many times: either 487, or 200 which ends by the carrier's BYE.
	answered, cancelled := 0, 0
	for i := range 12 {
		k := p.dial(ddi)
		l := d.rings()
		if err := l.Ring(false); err != nil {
			t.Fatal(err)
		}
		k.said("INVITE", 180)
		if i%2 == 0 {
			_ = l.Answer()
			<-time.After(time.Duration(i) * time.Millisecond / 2)
			k.hop("CANCEL")
		} else {
			k.hop("CANCEL")
			_ = l.Answer() // too late, perhaps: the phone was cancelled
		}
		r := p.want("the end of the INVITE", func(m *message) bool {
			return m.Code >= 200 && m.Header("CSeq") == "1 INVITE" && m.Header("Call-ID") == k.id
		})
		k.hers = r.Header("To")
		switch r.Code {
		case 200:
			answered++
			k.target = sipmsg.URI(r.Header("Contact"))
			k.ack(200, nil)
			k.bye()
		case 487:
			cancelled++
			k.ack(487, nil)
		default:
			t.Errorf("the INVITE ends with %s", r)
		}
		<-l.Call.Done()
	}
	t.Logf("of 12 crossings in, %d were answered and %d cancelled", answered, cancelled)

	// In: CANCEL right behind the INVITE.
	for range 5 {
		k := p.dial(ddi)
		k.hop("CANCEL")
		k.hers = k.said("INVITE", 487).Header("To")
		k.ack(487, nil)
		p.want("200 to the CANCEL", func(m *message) bool {
			return m.Code == 200 && m.Header("CSeq") == "1 CANCEL" && m.Header("Call-ID") == k.id
		})
	}

	// Out: the phone hangs up before the carrier said anything. RFC 3261 §9.1: no CANCEL before the first provisional response.
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	d.wants(out, ua.Progress)
	out.Call.HangUp()
	p.none(400*time.Millisecond, "CANCEL before any answer", func(m *message) bool { return m.Method == "CANCEL" })
	p.answer(m, 100, nil)
	p.answer(p.asked("CANCEL"), 200, nil)
	p.answer(m, 487, nil)
	p.asked("ACK")

	// Out: the answer crosses our CANCEL. It is acknowledged and ended by BYE (RFC 3261 §9.1, §15).
	for range 6 {
		out = d.dials("00145678901")
		m = p.asked("INVITE")
		k = p.took(m)
		p.answer(m, 180, nil)
		d.wants(out, ua.Progress)
		out.Call.HangUp()
		c := p.asked("CANCEL")
		p.answer(m, 200, k.sdp(sdp.SendRecv))
		p.answer(c, 200, nil)
		k.asked("ACK")
		k.left()
	}

	// Out: CANCEL, and the carrier answers only then, with 481 to the CANCEL.
	out = d.dials("00145678901")
	m = p.asked("INVITE")
	k = p.took(m)
	p.answer(m, 180, nil)
	d.wants(out, ua.Progress)
	out.Call.HangUp()
	p.answer(p.asked("CANCEL"), 481, nil)
	p.answer(m, 200, k.sdp(sdp.SendRecv))
	k.asked("ACK")
	k.left()

	fs := o.rest()
	t.Logf("%d calls, every one ended once", len(fs.of("call.ended")))
}
