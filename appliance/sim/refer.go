package sim

import (
	"fmt"
	"strconv"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"

	"github.com/emiago/sipgo/sip"
)

// What phones do with more than one call: they hand their party over (REFER, RFC 3515), blind or after a word (RFC 5589), and take the place of
// other phones (INVITE with Replaces, RFC 3891). The peer's lock is held throughout.

// refer asks the box to hand the party over to whatever a URI's user part names. replaces is the value of its Replaces, or empty.
func (d *dialog) refer(to, replaces string) {
	branch, l := d.ask("REFER")
	uri := fmt.Sprintf("sip:%s@%s", to, boxHost)
	if replaces != "" {
		uri += "?Replaces=" + strings.NewReplacer(";", "%3B", "=", "%3D", "@", "%40").Replace(replaces)
	}
	l.add("Refer-To", "<%s>", uri)
	d.referred = 0
	d.p.transact(branch, "REFER", l.bytes(), func(r *sip.Response) {
		switch {
		case r == nil:
			d.referred = 408
		case r.StatusCode >= 300:
			d.referred = r.StatusCode
		}
	})
}

// named is this dialog as another message names it: to-tag is the tag of whom the message goes to.
func (d *dialog) named(toTag, fromTag string) string {
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.callID, toTag, fromTag)
}

// join hands the party of a phone's first call to that of its last one.
func (p *peer) join() error {
	var live []*dialog
	for _, d := range p.dialogs {
		if d.state != ended {
			live = append(live, d)
		}
	}
	if len(live) < 2 {
		return fmt.Errorf("%s has %d calls and can join none", p.name, len(live))
	}
	first, last := live[0], live[len(live)-1]
	tag := last.remoteTag
	if tag == "" {
		tag = last.earlyTag
	}
	user, _, _ := strings.Cut(strings.TrimPrefix(strings.Trim(last.remote, "<>"), "sip:"), "@")
	first.refer(user, last.named(tag, last.localTag))
	return nil
}

// notified takes what became of a REFER: a status line in the body (RFC 3515 §2.4.5).
func (d *dialog) notified(r *sip.Request) {
	words := strings.Fields(string(r.Body()))
	if len(words) > 1 {
		d.referred, _ = strconv.Atoi(words[1])
	}
}

// replace calls with the wish to take the place of another phone: where it rings, or where it talks.
func (w *World) replace(p *peer, whose string, early bool) error {
	value := "nobody@nowhere;to-tag=a;from-tag=b"
	if whose != "nobody" {
		o := w.dialog(whose)
		if o == nil {
			return fmt.Errorf("%s has no call", whose)
		}
		o.p.mu.Lock()
		value = o.named(o.localTag, o.remoteTag)
		o.p.mu.Unlock()
	}
	if early {
		value += ";early-only"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.call(p.name, p.account(), w.party(whose), "Replaces: "+value)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[p.name] = d
	return nil
}

// several is what somebody does with more than one call, or has the box do. done says that the words are one of these.
func (w *World) several(who, what string) (done bool, err error) {
	p := w.phone(who)
	if p == nil {
		return false, nil
	}
	verb, rest, _ := strings.Cut(what, " ")
	switch {
	case verb == "asks" && strings.HasPrefix(rest, "for "):
		number, from, _ := strings.Cut(strings.TrimPrefix(rest, "for "), " from ")
		number = strings.ReplaceAll(number, " ", "")
		in := exchange.CallPlace{By: "console", Extension: p.user, Number: number, Queue: from, AutoAnswer: true, Callee: fact.Subject(number)}
		for _, a := range w.set.Site.Agents {
			if a.ID == who {
				in.By, in.Agent, in.Extension = "agent:"+who, who, ""
			}
		}
		w.box.tell(in)
	case verb == "transfers" && strings.HasPrefix(rest, "to "):
		d := w.dialog(who)
		if d == nil {
			return true, fmt.Errorf("%s has no call", who)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		d.refer(strings.ReplaceAll(strings.TrimPrefix(rest, "to "), " ", ""), "")
	case what == "hangs up everywhere":
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, d := range p.dialogs {
			d.hangUp()
		}
	case what == "joins both calls":
		p.mu.Lock()
		defer p.mu.Unlock()
		return true, p.join()
	case verb == "picks" && strings.HasPrefix(rest, "up "):
		return true, w.replace(p, strings.TrimPrefix(rest, "up "), true)
	case verb == "takes" && strings.HasPrefix(rest, "over "):
		return true, w.replace(p, strings.TrimPrefix(rest, "over "), false)
	default:
		return false, nil
	}
	return true, nil
}

// learns compares what a phone was told of its last transfer.
func (w *World) learns(who, want string) (bool, string, error) {
	p := w.phone(who)
	if p == nil {
		return false, "", fmt.Errorf("no phone %s", who)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	got := 0
	for _, d := range p.dialogs {
		if d.referred != 0 {
			got = d.referred
		}
	}
	return fmt.Sprint(got) == want, fmt.Sprintf("%s learnt %d", who, got), nil
}
