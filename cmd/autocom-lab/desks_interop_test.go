//go:build interop

package main

import (
	"strings"
	"testing"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/line"
	"autocom/cmd/autocom-lab/internal/ua"
)

// RFC 4733 and RFC 2976: keys pressed as events, by INFO in its two forms, and both ways at once. Each is told once, and the far end hears it once.
func TestInteropKeysAreToldOnce_RFC4733_2_5(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ana := o.outside(), o.apparatus(desk(0), ua.Config{})
	caller := o.calls(carrier, direct(0))
	l := ana.lifts()
	o.both(caller, callerHz, l, branch.Tone(desk(0)))
	for _, c := range []byte("159#") {
		if err := l.Flow.Press(string(c)); err != nil {
			t.Fatal(err)
		}
		if err := l.Call.Info(c); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-caller.Flow.Digits():
			if got != c {
				t.Errorf("the caller hears %c, want %c", got, c)
			}
		case <-o.ctx.Done():
			t.Fatalf("the caller never hears %c", c)
		}
	}
	caller.Call.HangUp()
	o.over("the phone", l)
	caller = o.calls(carrier, direct(0))
	l = ana.lifts()
	o.both(caller, callerHz, l, branch.Tone(desk(0)))
	if err := l.Call.Info('7'); err != nil {
		t.Fatal(err)
	}
	o.until("the first key by INFO", func(fs facts) bool { return len(fs.of("digit.pressed")) >= 5 })
	if err := l.Call.InfoPlain('8'); err != nil {
		t.Fatal(err)
	}
	o.until("the second", func(fs facts) bool { return len(fs.of("digit.pressed")) >= 6 })
	caller.Call.HangUp()
	o.over("the phone", l)
	fs := o.ended(2)
	by := map[string]int{}
	for _, f := range fs.of("digit.pressed") {
		by[f.Field("call")]++
	}
	if len(fs.of("digit.pressed")) != 6 || len(by) != 2 { // 4 keys in the first call, told in two ways each, and 2 in the second
		t.Errorf("6 keys were told as %v", by)
	}
}

// One button (FEATURES: call from the screen): the phone is told to lift by itself, then the number is called from it.
func TestInteropDialFromTheScreen_RFC5373_4(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ana, ben := o.outside(), o.apparatus(desk(0), ua.Config{}), o.apparatus(desk(1), ua.Config{})
	if a := o.box.Do(o.ctx, "dial", desk(0), desk(1)); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	first := ana.rings()
	invite := first.Call.Invite()
	if invite.Header("Answer-Mode") != "Auto" || !strings.Contains(invite.Header("Call-Info"), "answer-after=0") || !strings.Contains(invite.Header("Alert-Info"), "auto") {
		t.Errorf("nothing tells the phone to lift: %v", invite.Headers)
	}
	ana.answers(first)
	second := ben.lifts()
	o.both(first, branch.Tone(desk(0)), second, branch.Tone(desk(1)))
	first.Call.HangUp()
	o.over("the colleague", second)
	// Outside, too.
	if a := o.box.Do(o.ctx, "dial", desk(0), "00612345678"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	first = ana.lifts()
	outside := o.takes(carrier, "0612345678")
	o.both(first, branch.Tone(desk(0)), outside, callerHz)
	outside.Call.HangUp()
	o.over("the phone", first)
	o.ended(2)
	if a := o.box.Do(o.ctx, "dial", "399", desk(1)); a.Code == 0 {
		t.Errorf("nobody's phone rings: %+v", a)
	}
}

// The night closes the lines outside, but never to help; what the branch may not call is refused and told.
func TestInteropNightAndTollLimits(t *testing.T) {
	t.Parallel()
	o := cabinet(t, 2, nil)
	carrier, ana, ben := o.outside(), o.apparatus(desk(0), ua.Config{}), o.apparatus(desk(1), ua.Config{})
	refused := func(number, limit string, n int) {
		t.Helper()
		l := ana.dial(number)
		if e, err := l.Wait(o.ctx, ua.Refused); err != nil || e.Code != 403 {
			t.Errorf("%s: %v %v, want 403", number, e, err)
		}
		fs := o.until("the refusal", func(fs facts) bool { return len(fs.of("toll.refused")) >= n }).of("toll.refused")
		want(t, fs[len(fs)-1], "limit", limit)
		want(t, fs[len(fs)-1], "extension", desk(0))
	}
	refused("00899123456", "class", 1)      // premium
	refused("00012125550123", "country", 2) // America is not on the list
	if a := o.box.Do(o.ctx, "night", "on"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	refused("00612345678", "night", 3)
	l := ana.dial(desk(1)) // inside goes on
	called := ben.lifts()
	o.both(l, branch.Tone(desk(0)), called, branch.Tone(desk(1)))
	l.Call.HangUp()
	o.over("the colleague", called)
	for _, number := range []string{"112", "0112"} {
		l := ana.dial(number)
		help := o.takes(carrier, "112")
		o.both(l, branch.Tone(desk(0)), help, callerHz)
		l.Call.HangUp()
		o.over("help", help)
	}
	if a := o.box.Do(o.ctx, "night", "off"); a.Code != 0 {
		t.Fatalf("%+v", a)
	}
	l = ana.dial("00612345678")
	outside := o.takes(carrier, "0612345678")
	o.both(l, branch.Tone(desk(0)), outside, callerHz)
	l.Call.HangUp()
	o.over("outside", outside)
	select {
	case c := <-carrier.Incoming():
		t.Errorf("a call to %s left the box", c.Called())
	default:
	}
}

// takes waits for a call that leaves the box, and answers it.
func (o *office) takes(carrier *ua.Agent, number string) *line.Line {
	o.t.Helper()
	select {
	case c := <-carrier.Incoming():
		if called := c.Called(); strings.TrimPrefix(called, "+33") != strings.TrimPrefix(number, "0") {
			o.t.Errorf("%s was dialled, %s is called", number, called)
		}
		l, err := line.Take(carrier, c, line.Options{Sound: line.Tone(callerHz)})
		if err != nil {
			o.t.Fatal(err)
		}
		o.t.Cleanup(l.Close)
		if err := l.Answer(); err != nil {
			o.t.Fatal(err)
		}
		return l
	case <-o.ctx.Done():
		o.t.Fatalf("no call to %s left the box", number)
		return nil
	}
}
