package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/site"
)

// phone finds a party's phone: by its name, by its extension, or by the agent who sits there.
func (w *World) phone(who string) *peer {
	for _, a := range w.set.Site.Agents {
		if a.ID == who {
			who = a.Extension
		}
	}
	for _, p := range w.phones {
		if p.name == who {
			return p
		}
	}
	return nil
}

// party is the name under which somebody's call is kept.
func (w *World) party(who string) string {
	if p := w.phone(who); p != nil {
		return p.name
	}
	return who
}

// dialog is the last call of a party.
func (w *World) dialog(who string) *dialog {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[w.party(who)]
}

// act lets somebody do something.
func (w *World) act(text string) error {
	who, what, _ := strings.Cut(text, " ")
	words := strings.Fields(what)
	if len(words) == 0 {
		return fmt.Errorf("%q: who does what?", text)
	}
	if box, is := strings.CutPrefix(text, "the mailbox "); is { // of a queue: "is full", "has room"
		id, _, _ := strings.Cut(box, " ")
		full := exchange.MailboxesFull{}
		if strings.HasSuffix(box, " is full") {
			full.Boxes = []string{"queue:" + id}
		}
		w.box.tell(full)
		return nil
	}
	if text == "night falls" || text == "night ends" {
		w.box.lock(text == "night falls")
		return nil
	}
	if done, err := w.wish(text); done {
		return err
	}
	if done, err := w.canvass(who, what); done {
		return err
	}
	if done, err := w.turn(text); done {
		return err
	}
	if words[0] == "dials" || len(words) > 1 && words[1] == "dials" {
		return w.dial(who, words)
	}
	if done, err := w.handingOver(who, what); done {
		return err
	}
	if done, err := w.several(who, what); done {
		return err
	}
	if done, err := w.command(who, what); done {
		return err
	}
	if w.control(who, what) {
		return nil
	}
	if done, err := w.supervisorCommand(who, what); done {
		return err
	}
	if p := w.phone(who); p != nil {
		if done, err := p.habit(what); done {
			return err
		}
	}
	if t := w.trunk(who); t != nil {
		if done, err := t.habit(what); done {
			return err
		}
	}
	d := w.dialog(who)
	if d == nil {
		return fmt.Errorf("%s has no call", who)
	}
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	return d.gesture(what)
}

func (w *World) trunk(name string) *peer {
	for _, t := range w.trunks {
		if t.name == name {
			return t
		}
	}
	return nil
}

// dial places a call: of a phone, or of a caller outside ("caller 0612345678 dials 0140506070 through secours", "caller withheld dials …").
func (w *World) dial(who string, words []string) error {
	if p := w.phone(who); p != nil {
		number := strings.Join(words[1:], "")
		p.mu.Lock()
		defer p.mu.Unlock()
		d := p.call(p.name, p.account(), number)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls[p.name] = d
		return nil
	}
	if len(words) < 3 || words[1] != "dials" {
		return fmt.Errorf("%s dials nothing", who)
	}
	t := w.trunks[0]
	if len(words) == 5 && words[3] == "through" {
		if t = w.trunk(words[4]); t == nil {
			return fmt.Errorf("no trunk %s", words[4])
		}
	}
	from := fmt.Sprintf("<sip:%s@%s>", words[0], t.at.Addr())
	var more []string
	if words[0] == "withheld" {
		from, more = "\"Anonymous\" <sip:anonymous@anonymous.invalid>", []string{"Privacy: id"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pitch = w.voice(who)
	d := t.call(who, from, words[2], more...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[who] = d
	return nil
}

// command is what an agent asks of the box. done says that it was one.
func (w *World) command(who, what string) (done bool, err error) {
	if !slices.ContainsFunc(w.set.Site.Agents, func(a site.Agent) bool { return a.ID == who }) {
		return false, nil
	}
	return w.agentCommand(who, what), nil
}

// habit is how a peer will behave from now on. done says that the words are one.
func (p *peer) habit(what string) (done bool, err error) {
	if what == "vanishes" {
		p.vanish()
		return true, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case what == "refreshes its calls":
		p.modern, p.refreshes = true, "uas"
	case strings.HasPrefix(what, "watches "):
		p.watch(strings.TrimPrefix(what, "watches "), 600)
	case what == "is plugged in":
		p.gone = false
		p.register(3600)
	case what == "is busy":
		p.refusal = 486
	case what == "is free":
		p.refusal = 0
	case strings.HasPrefix(what, "refuses calls with "):
		p.refusal, err = strconv.Atoi(strings.TrimPrefix(what, "refuses calls with "))
	case what == "answers nonsense":
		p.nonsense = true
	case what == "speaks only µ-law":
		p.codecs = "0 101"
	case what == "speaks only G.722":
		p.codecs = "9"
	case what == "unregisters":
		p.register(0)
	default:
		return false, nil
	}
	return true, err
}

// gesture is what somebody does in a call. The peer's lock is held.
func (d *dialog) gesture(what string) error {
	need := func(want phase) error {
		if d.state != want {
			return fmt.Errorf("%s cannot: the telephone %s", d.party, d.state)
		}
		return nil
	}
	if key, ok := strings.CutPrefix(what, "presses "); ok {
		if err := need(talking); err != nil {
			return err
		}
		d.press(key)
		return nil
	}
	switch what {
	case "stops refreshing":
		d.idle = true
	case "answers":
		if err := need(ringing); err != nil {
			return err
		}
		d.answer()
	case "declines":
		if err := need(ringing); err != nil {
			return err
		}
		d.refuse(603)
	case "hangs up":
		d.hangUp()
	case "holds", "resumes":
		if err := need(talking); err != nil {
			return err
		}
		d.hold(what == "holds")
	case "falls silent":
		d.mic.quiet()
	case "never acknowledges":
		d.deaf = true
	default:
		return fmt.Errorf("nobody %q", what)
	}
	return nil
}
