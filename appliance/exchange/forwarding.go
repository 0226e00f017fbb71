package exchange

import (
	"slices"
	"strings"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/exchange/routing"
)

// What an extension does with its calls: do not disturb, and where they go instead (FEATURES §1, §5 and §13 point 15: only what the box knows of
// can be trusted). A queue's offer is never forwarded, and an agent whose phone takes no calls is offered none.

// Setting is what an extension's owner asked for.
type Setting struct {
	Extension string       `json:"extension"`
	DND       bool         `json:"dnd,omitempty"`
	Forward   string       `json:"forward,omitempty"` // as dialled
	When      ForwardWhen  `json:"when,omitempty"`
	Subject   fact.Subject `json:"subject,omitempty"`
}

// mostForwards bounds how often one call is sent on from extension to extension.
const mostForwards = 5

func (s *State) setting(extension string) Setting {
	i, ok := slices.BinarySearchFunc(s.settings, extension, func(t Setting, x string) int { return strings.Compare(t.Extension, x) })
	if !ok {
		return Setting{Extension: extension}
	}
	return s.settings[i]
}

// setExtension changes what an extension does with its calls.
func (s *State) setExtension(in ExtensionSet) {
	t := Setting{Extension: in.Extension, DND: in.DND, Forward: in.Forward, When: in.When, Subject: in.Subject}
	if t.Forward == "" {
		t.When, t.Subject = "", ""
	}
	why := s.maySet(in.By, in.Extension)
	d := routing.Decision{}
	if why == nil && t.Forward != "" {
		d, why = s.mayForward(t)
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.applySetting(t, d, in.By)
	s.done(in)
}

// applySetting has an extension do from here on what was asked for; d is where its forward leads.
func (s *State) applySetting(t Setting, d routing.Decision, by string) {
	list := slices.DeleteFunc(slices.Clone(s.settings), func(o Setting) bool { return o.Extension == t.Extension })
	if t.DND || t.Forward != "" {
		at, _ := slices.BinarySearchFunc(list, t.Extension, func(o Setting, x string) int { return strings.Compare(o.Extension, x) })
		list = slices.Insert(list, at, t)
	}
	s.settings = list
	f := fact.ExtensionSet{Extension: t.Extension, By: by, DND: t.DND, When: string(t.When)}
	if d.To == routing.ToTrunk { // a number outside is told by its subject only
		f.Subject = t.Subject
	} else {
		f.Forward = d.Number
	}
	s.tell(f)
	s.look(t.Extension)
	s.lineChanged(t.Extension)
}

// maySet says why somebody may not change what an extension does; nil when they may. An agent changes the one they sit at, a supervisor that of
// an agent of theirs.
func (s *State) maySet(by, extension string) []fact.Reason {
	if _, ok := s.site.extension(extension); !ok {
		return []fact.Reason{{Code: "extension.unknown", Detail: extension}}
	}
	sits := ""
	if a := s.agentAt(extension); a != nil {
		sits = a.ID
	}
	switch {
	case strings.HasPrefix(by, byAgent) && by != byAgent+sits:
		return []fact.Reason{{Code: "extension.not_theirs", Detail: extension}}
	case strings.HasPrefix(by, byAgent):
		return nil
	case strings.HasPrefix(by, bySupervisor) && sits == "":
		return []fact.Reason{{Code: "rights.other_agent", Detail: extension}}
	}
	return s.mayAct(by, MayForce, sits, "")
}

// mayForward says why calls of an extension cannot go where it asks; nil when they can. Never to an emergency number, never round in a ring, and
// outside only where the extension may hand callers there.
func (s *State) mayForward(t Setting) (routing.Decision, []fact.Reason) {
	switch t.When {
	case ForwardAlways, ForwardBusy, ForwardNoAnswer, ForwardUnreachable:
	default:
		return routing.Decision{}, []fact.Reason{{Code: "forward.no_such_condition", Detail: string(t.When)}}
	}
	d := s.site.table.FromExtension(t.Extension, t.Forward)
	switch d.To {
	case routing.ToRefused:
		return d, d.Reasons
	case routing.ToEmergency:
		return d, []fact.Reason{{Code: "forward.emergency", Detail: d.Number}}
	case routing.ToTrunk:
		return d, policy.Gate(s.asks(s.site, policy.PathForward, t.Extension, "", d.Number))
	case routing.ToService:
		return d, nil
	case routing.ToExtension, routing.ToDesk:
	}
	next := d.Number
	for range mostForwards {
		if next == t.Extension {
			return d, []fact.Reason{{Code: "forward.loop", Detail: d.Number}}
		}
		o := s.setting(next)
		to := s.site.table.FromExtension(next, o.Forward)
		if o.Forward == "" || to.To != routing.ToExtension {
			return d, nil
		}
		next = to.Number
	}
	return d, []fact.Reason{{Code: "forward.too_many", Detail: d.Number}}
}

// takesCalls says why an extension's phone is not rung for a call, as the refusal the caller would be told; empty when it is.
func (s *State) takesCalls(ext Extension) (Refusal, fact.Reason) {
	if p, known := s.phone(ext.Number); known && !p.Reachable {
		return RefusedUnreachable, fact.Reason{Code: "line.unregistered", Detail: ext.Number}
	}
	if s.setting(ext.Number).DND {
		return RefusedBusy, fact.Reason{Code: "line.dnd", Detail: ext.Number}
	}
	// FEATURES §3.3: with call waiting a phone rings instead of being busy, and « occupé » never happens. Our own count of its calls is the truth.
	if (ext.NoWaiting || s.agentAt(ext.Number) != nil) && s.engaged(ext.Number) {
		return RefusedBusy, fact.Reason{Code: "line.in_use", Detail: ext.Number}
	}
	return "", fact.Reason{}
}

// engaged reports whether an extension has a call that is not being ended.
func (s *State) engaged(extension string) bool {
	if s.lines[extension] == 0 {
		return false
	}
	return slices.ContainsFunc(s.order, func(c *call.Call) bool {
		return slices.ContainsFunc(c.Legs, func(l call.Leg) bool { return l.Extension == extension && l.State != call.Ending })
	})
}

// forwardFor is which rule a refusal calls for.
func forwardFor(r Refusal) ForwardWhen {
	switch r {
	case RefusedBusy:
		return ForwardBusy
	case RefusedNoAnswer:
		return ForwardNoAnswer
	case RefusedUnreachable:
		return ForwardUnreachable
	default:
		return ""
	}
}

// forwarded sends a call on whose extension cannot be had, or wants none. It reports false when nothing is asked for, or it may not be.
func (s *State) forwarded(c *call.Call, extension string, when ForwardWhen) bool {
	t := s.setting(extension)
	if t.Forward == "" || when == "" || t.When != when || c.Target.Aside != "" || c.Target.Emergency() {
		return false
	}
	x := s.siteOf(c)
	d := x.table.FromExtension(extension, t.Forward)
	why := []fact.Reason{{Code: "extension.forwarded", Detail: extension + " " + string(when)}}
	via := append(slices.Clone(c.Target.Via), extension)
	party := c.CallerLeg()
	switch {
	case d.To == routing.ToRefused || d.To == routing.ToEmergency || d.To == routing.ToDesk || d.To == routing.ToExtension && d.Number == extension:
		return false // the branch changed since it was asked for
	case slices.Contains(c.Target.Via, extension) || len(via) > mostForwards:
		s.tell(fact.CallRouted{Call: string(c.ID), To: string(routing.ToRefused), Target: extension, Reasons: []fact.Reason{{Code: "forward.loop", Detail: extension}}})
		return false
	case d.To == routing.ToTrunk:
		if no := s.handsOut(c, policy.PathForward, extension, party, d.Number); no != nil {
			s.tell(fact.CallRouted{Call: string(c.ID), To: string(routing.ToRefused), Target: extension, Reasons: no})
			return false
		}
		c.Payer = extension
	}
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(d.To), Target: routedTarget(d), Reasons: append(why, d.Reasons...)})
	c.Target = call.Target{Kind: string(d.To), Via: via, Forward: string(when)}
	s.follow(c, x, d)
	return true
}

// notHad goes on with a call whose extension cannot be had: where its owner wants it, or the caller is told.
func (s *State) notHad(c *call.Call, extension string, r Refusal, why ...fact.Reason) {
	if extension == "" || !s.forwarded(c, extension, forwardFor(r)) {
		s.notPossible(c, r, why...)
	}
}

// diversionOf is why a call that was forwarded comes another way (RFC 5806 §6.2), as its target is told.
func diversionOf(when string) string {
	switch ForwardWhen(when) {
	case ForwardBusy:
		return "user-busy"
	case ForwardNoAnswer:
		return "no-answer"
	case ForwardAlways:
		return "unconditional"
	case ForwardUnreachable:
		return "unavailable"
	default:
		return ""
	}
}
