package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/site"
)

// holds reports whether an expectation is true now; why says what is true instead. An error is a sentence that means nothing.
func (w *World) holds(text string) (ok bool, why string, err error) {
	who, what, _ := strings.Cut(text, " ")
	if is, ok, why := w.wished(text); is {
		return ok, why, nil
	}
	switch {
	case who == "contact":
		ok, why := w.stands(what)
		return ok, why, nil
	case strings.HasPrefix(what, "is announced "):
		return w.announced(who, strings.TrimPrefix(what, "is announced "))
	case strings.HasSuffix(text, " hear each other"):
		return w.together(strings.TrimSuffix(text, " hear each other"))
	case strings.HasPrefix(what, "hears ") && what != "hears it ring":
		return w.hearing(who, strings.TrimPrefix(what, "hears "))
	case strings.HasPrefix(what, "is told "):
		d := w.dialog(who)
		if d == nil {
			return false, who + " has no call", nil
		}
		d.p.mu.Lock()
		defer d.p.mu.Unlock()
		return fmt.Sprint(d.status) == strings.TrimPrefix(what, "is told "), fmt.Sprintf("%s was told %s", who, orElse(strings.TrimPrefix(fmt.Sprint(d.status), "0"), "nothing yet")), nil
	case what == "is not registered", what == "is registered":
		return w.registered(who, what == "is registered")
	case strings.HasPrefix(what, "receives keys "):
		return w.received(who, strings.TrimPrefix(what, "receives keys "))
	case strings.HasPrefix(what, "learns "):
		return w.learns(who, strings.TrimPrefix(what, "learns "))
	case strings.HasPrefix(what, "shows "):
		return w.lamp(who, strings.TrimPrefix(what, "shows "))
	case strings.HasPrefix(what, "sees "):
		return w.sees(who, strings.TrimPrefix(what, "sees "))
	case who == "it" && strings.HasPrefix(what, "is "):
		return w.clock(strings.TrimPrefix(what, "is "))
	case strings.HasPrefix(text, "statistics of "):
		of, want, _ := strings.Cut(strings.TrimPrefix(text, "statistics of "), ": ")
		return w.counted(of, want)
	case who == "call":
		return w.outcome(what)
	case strings.HasPrefix(what, "waits in "):
		return w.waits(who, strings.TrimPrefix(what, "waits in "))
	case strings.HasPrefix(what, "is asked for "):
		return w.asked(who, strings.TrimPrefix(what, "is asked for "))
	}
	if state, found := strings.CutPrefix(what, "is "); found {
		return w.agent(who, state)
	}
	return w.telephone(who, what)
}

// telephone is what one can see of a phone.
func (w *World) telephone(who, what string) (bool, string, error) {
	d := w.dialog(who)
	if d == nil && w.phone(who) == nil && !strings.HasPrefix(who, called) {
		return false, "", fmt.Errorf("there is no phone, no agent and no caller %q", who)
	}
	state, early, reason := ended, false, ""
	if d != nil {
		d.p.mu.Lock()
		state, early, reason = d.state, d.early, d.reason
		d.p.mu.Unlock()
	}
	seen := state.String()
	if p := w.phone(who); p != nil && p.name != who { // an agent: idle is the phone, not ana
		who += "'s phone"
	}
	switch what {
	case "rings":
		return state == ringing, who + " " + seen, nil
	case "does not ring":
		return state != ringing, who + " " + seen, nil
	case "hears it ring":
		return state == calling && early, who + " " + seen, nil
	case "talks":
		return state == talking, who + " " + seen, nil
	case "has hung up":
		return d != nil && state == ended, who + " " + seen, nil
	case "stopped: answered elsewhere":
		return state == ended && strings.Contains(reason, "cause=200"), fmt.Sprintf("%s %s, and its phone was told %q", who, seen, reason), nil
	default:
		return false, "", fmt.Errorf("%q cannot be seen", what)
	}
}

func (w *World) registered(who string, want bool) (bool, string, error) {
	p := w.phone(who)
	if p == nil {
		return false, "", fmt.Errorf("no phone %s", who)
	}
	_, there := w.box.edge.Phones()[p.user]
	p.mu.Lock()
	defer p.mu.Unlock()
	return there == want, fmt.Sprintf("%s was told %d when it registered", who, p.told), nil
}

// outcome looks at the last call that ended.
func (w *World) outcome(want string) (bool, string, error) {
	all := w.Facts()
	for i := range slices.Backward(all) {
		if f, ok := all[i].Fact.(fact.CallEnded); ok {
			return string(f.Outcome) == want, "the last call that ended is " + string(f.Outcome), nil
		}
	}
	return false, "no call has ended", nil
}

// waits reports whether somebody's call is in a queue.
func (w *World) waits(who, queue string) (ok bool, why string, err error) {
	if !slices.ContainsFunc(w.set.Site.Queues, func(q site.Queue) bool { return q.ID == queue }) {
		return false, "", fmt.Errorf("no queue %s", queue)
	}
	d := w.dialog(who)
	if d == nil {
		return false, who + " has no call", nil
	}
	d.p.mu.Lock()
	leg := plan.LegID(d.leg)
	d.p.mu.Unlock()
	why = who + " waits in no queue"
	w.box.ask(func(s *exchange.State) {
		for _, c := range s.Calls() {
			if c.Phase == "queued" && slices.ContainsFunc(c.Legs, func(l exchange.LegView) bool { return l.ID == leg }) {
				ok, why = c.Queue == queue, who+" waits in "+c.Queue
			}
		}
	})
	return ok, why, nil
}

// asked looks at what the last call to a peer asked for: "outside is asked for +33612345678 from +33140506070".
func (w *World) asked(who, want string) (bool, string, error) {
	d := w.dialog(who)
	if d == nil || d.asked == nil {
		return false, who + " was not called", nil
	}
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	got := d.asked.Recipient.User + " from " + d.asked.From().Address.User
	if h := d.asked.GetHeader("Priority"); h != nil {
		got += " as " + h.Value()
	}
	return got == want, who + " was asked for " + got, nil
}

// agent compares an agent's state: any of the words of the five dimensions, or "fit", "not fit because CODE".
func (w *World) agent(who, want string) (ok bool, why string, err error) {
	found := false
	w.box.ask(func(s *exchange.State) {
		for _, a := range s.Agents() {
			if a.ID != who {
				continue
			}
			found = true
			codes := make([]string, 0, len(a.Reasons))
			for _, r := range a.Reasons {
				codes = append(codes, r.Code)
			}
			why = agentWords(a)
			var known bool
			if ok, known = isSo(a, want); known {
				why += ", " + standing(a)
				continue
			}
			switch {
			case want == "fit":
				ok = a.Fit
			case strings.HasPrefix(want, "not fit because "):
				ok = !a.Fit && slices.Contains(codes, strings.TrimPrefix(want, "not fit because "))
			case strings.HasPrefix(want, "in pause "):
				ok = a.Declared == "pause" && a.Pause == strings.TrimPrefix(want, "in pause ")
			default:
				ok = slices.Contains([]string{a.Session, a.Declared, a.Activity, a.Line}, want)
			}
		}
	})
	if !found {
		return false, "", fmt.Errorf("no agent %s", who)
	}
	return ok, why, nil
}

// together: everybody named hears exactly all the others.
func (w *World) together(names string) (bool, string, error) {
	who := strings.FieldsFunc(strings.ReplaceAll(names, " and ", ","), func(r rune) bool { return r == ',' || r == ' ' })
	for _, p := range who {
		others := slices.DeleteFunc(slices.Clone(who), func(o string) bool { return o == p })
		if ok, why, err := w.hearing(p, strings.Join(others, " and ")); !ok || err != nil {
			return false, why, err
		}
	}
	return true, "", nil
}

// hearing compares what somebody hears with what they should, and nothing else.
func (w *World) hearing(who, what string) (bool, string, error) {
	d := w.dialog(who)
	if d == nil {
		return false, who + " has no call", nil
	}
	var want []string
	for name := range strings.SplitSeq(what, " and ") {
		switch {
		case name == "nothing":
		case name == "music", name == "ringback", strings.HasPrefix(name, "music "), strings.HasPrefix(name, "prompt "):
			want = append(want, name)
		default:
			want = append(want, w.party(name))
		}
	}
	got := w.heardByPlan
	if !w.set.Silent {
		got = w.heardBySound
	}
	names := got(d)
	slices.Sort(want)
	slices.Sort(names)
	return slices.Equal(want, names), fmt.Sprintf("%s hears %s", who, strings.Join(append(names, "nothing")[:max(1, len(names))], " and ")), nil
}

// nameOf is a sound's name in a story.
func (w *World) nameOf(s plan.Sound) string {
	switch s {
	case plan.MusicDefault:
		return "music"
	case plan.PromptWelcome:
		return "prompt welcome"
	case plan.ToneJoin, plan.ToneRecord:
		return "signal"
	case plan.ToneRingback, plan.ToneBusy, plan.ToneCongestion:
		return "ringback"
	}
	if name, spoken := phraseOf(s); spoken {
		return "prompt " + name
	}
	name := strings.TrimPrefix(string(s), "sound:")
	for _, q := range w.set.Site.Queues {
		if q.Music == name {
			return "music " + name
		}
	}
	return "prompt " + name
}

func (w *World) heardByPlan(d *dialog) []string {
	d.p.mu.Lock()
	leg := plan.LegID(d.leg)
	d.p.mu.Unlock()
	from, sound := w.box.sound.(*silent).hears(leg)
	if len(from) == 0 {
		if sound == "" {
			return nil
		}
		return []string{w.nameOf(sound)}
	}
	var names []string
	w.mu.Lock()
	calls := make([]*dialog, 0, len(w.calls))
	for _, c := range w.calls {
		calls = append(calls, c)
	}
	w.mu.Unlock()
	for _, c := range calls {
		c.p.mu.Lock()
		if slices.Contains(from, plan.LegID(c.leg)) && c.state != ended {
			names = append(names, c.party)
		}
		c.p.mu.Unlock()
	}
	return names
}

func (w *World) heardBySound(d *dialog) []string {
	named := map[float64]string{ringbackPitch: "ringback"}
	w.voices.Lock()
	for party, hz := range w.pitch {
		named[hz] = party
	}
	w.voices.Unlock()
	for s, hz := range w.sounds {
		named[hz] = w.nameOf(s)
	}
	pitches := make([]float64, 0, len(named))
	for hz := range named {
		pitches = append(pitches, hz)
	}
	var names []string
	for _, hz := range d.mic.hears(pitches) {
		names = append(names, named[hz])
	}
	return names
}

// lamp compares what an extension's lamp shows: red, green, orange, grey or none.
func (w *World) lamp(ext, want string) (ok bool, why string, err error) {
	w.box.ask(func(*exchange.State) {
		got, there := w.box.lamps[ext]
		ok, why = there && string(got) == want, fmt.Sprintf("%s shows %q", ext, got)
	})
	return ok, why, nil
}

// sees compares what a phone's key shows of another extension: free, dials, rings or talks; nothing where the box says nothing.
func (w *World) sees(who, what string) (bool, string, error) {
	p := w.phone(who)
	ext, want, _ := strings.Cut(what, " ")
	if p == nil {
		return false, "", fmt.Errorf("no phone %s", who)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.keys {
		if k.watched == ext {
			return orElse(k.shows, "nothing") == want, fmt.Sprintf("%s sees %s", who, k.shows), nil
		}
	}
	return false, "", fmt.Errorf("%s watches nobody of that number", who)
}
