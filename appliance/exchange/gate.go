package exchange

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
)

// Every call that leaves the box passes policy.Gate, after its number was read into its one form: when somebody asks for it, so that they are
// told at once, and again when it is placed, so that no way out is forgotten. A way out that has a name of its own asks with that path first.

// wayOut is by which path a call that is being placed leaves.
func wayOut(c *call.Call) policy.Path {
	switch {
	case len(c.Target.Via) > 0:
		return policy.PathForward
	case c.Phase == call.Transferring:
		return TransferKind(c.Transfer.As).path()
	case c.Callback != "":
		return policy.PathCallback
	case c.Contact != "":
		return policy.PathCampaign
	case payer(c) == "": // nobody of the house pays: the branch's own doing
		return policy.PathRoute
	case c.Asked != "":
		return policy.PathToolbar
	default:
		return policy.PathPhone
	}
}

// asks is what the gate is asked for a number outside (E.164) on the account of an extension, for a queue when one was chosen or answered from.
func (s *State) asks(x *site, p policy.Path, extension, queue, number string) policy.Ask {
	a := policy.Ask{
		Path: p, Country: x.Country, Number: number, Emergency: x.Emergency.Numbers, At: s.utc,
		Extension: extension, Night: s.night, Forbidden: x.Toll.Forbidden, Abroad: x.Toll.Abroad, Joining: policy.Joining(x.Transfer.Outside),
		Lists: []policy.Lists{{Of: "site", Dial: policy.List(x.Outbound.Dial), Transfer: policy.List(x.Outbound.Transfer)}},
	}
	if ext, ok := x.extension(extension); ok {
		a.Outside, a.KeepInside, a.Unlimited = ext.Outside, ext.KeepInside, ext.Unlimited || ext.Kind == KindLift
	}
	if q, ok := x.queue(queue); ok {
		a.Lists = append(a.Lists, policy.Lists{Of: "queue " + q.ID, Dial: policy.List(q.Dial), Transfer: policy.List(q.Transfer)})
	}
	if who := s.agentAt(extension); extension != "" && who != nil {
		if i := slices.IndexFunc(x.Agents, func(d Agent) bool { return d.ID == who.ID }); i >= 0 {
			d := x.Agents[i]
			a.Agent, a.NoOutside, a.NoTransfer = d.ID, d.NoOutside, d.NoTransfer
			a.Lists = append(a.Lists, policy.Lists{Of: "agent " + d.ID, Dial: policy.List(d.Dial), Transfer: policy.List(d.Transfer)})
		}
	}
	return a
}

// handsOut says why an extension cannot hand a party to a number outside (E.164), and notes the attempt; nil when it can. Two parties outside are
// joined by a named policy only (R17).
func (s *State) handsOut(c *call.Call, p policy.Path, extension string, party *call.Leg, number string) []fact.Reason {
	x := s.siteOf(c)
	a := s.asks(x, p, extension, c.AnsweredIn, number)
	a.Party = party.Trunk != ""
	why := policy.Gate(a)
	s.tollRefused(x, c, extension, why)
	return why
}

// joinsOut says why two parties who are there already cannot be joined by an extension, when one of them is outside; nil when they can. What it
// costs to call them was asked when they were called.
func (s *State) joinsOut(c *call.Call, extension string, a, b *call.Leg) []fact.Reason {
	if b.Trunk == "" || a.Trunk == "" && b.Way == call.In {
		return nil
	}
	queue := c.AnsweredIn
	for _, l := range []*call.Leg{a, b} {
		queue = cmp.Or(queue, s.legs[l.ID].AnsweredIn)
	}
	q := s.asks(s.siteOf(c), policy.PathRefer, extension, queue, "")
	q.Party, q.Unlimited, q.Abroad, q.Forbidden, q.Night = a.Trunk != "", true, nil, nil, false
	for _, l := range []*call.Leg{b, a} {
		if l.Trunk != "" && l.Way == call.Out {
			q.Number = s.legs[l.ID].Target.Number
			break
		}
	}
	return policy.Gate(q)
}

// mayDial says why a number outside (E.164) cannot be dialled at an extension, and notes the attempt; nil when it can.
func (s *State) mayDial(x *site, p policy.Path, extension, queue, number string) []fact.Reason {
	why := policy.Gate(s.asks(x, p, extension, queue, number))
	s.tollRefused(x, nil, extension, why)
	return why
}

// keptIn says why a call must not leave the box now; nil when it may. Emergency calls know no limit.
func (s *State) keptIn(x *site, c *call.Call) []fact.Reason {
	if c.Target.Emergency() {
		return nil
	}
	who := payer(c)
	a := s.asks(x, wayOut(c), who, cmp.Or(c.PlacedIn, c.AnsweredIn, c.Visit.Queue), c.Target.Number)
	if a.Path == policy.PathCallback { // the branch's promise: not on the account of the agent whose turn it is
		a = s.asks(x, a.Path, "", c.AnsweredIn, c.Target.Number)
	}
	if a.Path == policy.PathCampaign {
		asks, ok := s.desk.Asks(s.utc, c.Contact, s.house(x))
		if !ok {
			return []fact.Reason{{Code: "contact.unknown", Detail: c.Contact}}
		}
		a = asks
	}
	if c.Phase == call.Transferring || len(c.Target.Via) > 0 {
		l := c.CallerLeg()
		a.Party = l != nil && l.Trunk != ""
	}
	if why := policy.Gate(a); why != nil {
		return why
	}
	if a.Unlimited {
		return nil
	}
	all, each := s.outside(who)
	_, known := x.extension(who)
	switch {
	case x.Toll.Calls > 0 && all >= x.Toll.Calls:
		return []fact.Reason{{Code: "toll.calls", Detail: strconv.Itoa(all)}}
	case x.Toll.CallsEach > 0 && known && each >= x.Toll.CallsEach:
		return []fact.Reason{{Code: "toll.calls_each", Detail: strconv.Itoa(each)}}
	}
	return nil
}

// tollRefused tells of a call that was kept in by a limit or a list, and raises the alarm when that happens too often. Of several reasons the
// first that is one tells; rights that are missing are no attempt. c is nil for a call that was not opened.
func (s *State) tollRefused(x *site, c *call.Call, who string, why []fact.Reason) {
	for _, r := range why {
		limit, toll := strings.CutPrefix(r.Code, "toll.")
		if !toll && !strings.HasSuffix(r.Code, ".denied") && !strings.HasSuffix(r.Code, ".not_listed") {
			continue
		}
		f := fact.TollRefused{Extension: who, Limit: limit, Detail: r.Detail}
		if c != nil {
			f.Call = string(c.ID)
		}
		s.tell(f)
		s.strike(x, who)
		return
	}
}
