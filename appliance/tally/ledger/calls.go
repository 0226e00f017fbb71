package ledger

import (
	"cmp"
	"maps"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// openCall is a call that is not over, as far as it was told.
type openCall struct {
	ID       string       `json:"id"`
	Opened   fact.Moment  `json:"opened"`
	Told     bool         `json:"told,omitempty"` // its opening is among the facts; otherwise only its visits count
	Flow     string       `json:"flow,omitempty"`
	Section  string       `json:"section,omitempty"` // the service, or where its menu led
	Service  string       `json:"service,omitempty"` // that was dialled
	Leg      string       `json:"leg,omitempty"`     // the caller's
	Callback bool         `json:"callback,omitempty"`
	Route    string       `json:"route,omitempty"`
	Subject  fact.Subject `json:"subject,omitempty"`
	Withheld bool         `json:"withheld,omitempty"`
	First    string       `json:"first,omitempty"`
	Last     string       `json:"last,omitempty"`

	Visited int          `json:"visited,omitempty"` // the number of its last visit
	Visits  []openVisit  `json:"visits,omitempty"`
	Offers  []openOffer  `json:"offers,omitempty"`
	Exit    *count.Place `json:"exit,omitempty"`   // the visit that was left by a key, so far
	Chose   count.Exit   `json:"chose,omitempty"`  // what the caller chose before the visit was told to be over
	Talk    *count.Place `json:"talk,omitempty"`   // the visit whose answer the talk follows
	Bridge  *fact.Moment `json:"bridge,omitempty"` // since when people hear each other
	Talked  int64        `json:"talked,omitempty"` // told by the partings so far, in ms

	Transfers  int64 `json:"transfers,omitempty"`
	HandedOver int64 `json:"handed_over,omitempty"`
	NotHanded  int64 `json:"not_handed,omitempty"`

	Touched fact.Moment `json:"touched"` // its last fact
}

type openVisit struct {
	N       int         `json:"n"`
	Place   count.Place `json:"place"`
	Entered fact.Moment `json:"entered"`
	Missed  bool        `json:"missed,omitempty"` // somebody's phone rang and nobody lifted
}

type openOffer struct {
	N    int        `json:"n"`
	Desk count.Desk `json:"desk"`
}

// journey is where the call counts, as far as it has come.
func (c *openCall) journey() count.Journey {
	return count.Journey{Quarter: count.QuarterOf(c.Opened.UTC), Flow: c.Flow, Section: c.Section, Route: c.Route, First: c.First, Last: c.Last}
}

// openCalls lists the working set in one order on every machine.
func (b *Book) openCalls() []*openCall {
	return slices.SortedFunc(maps.Values(b.open), func(x, y *openCall) int { return cmp.Compare(x.ID, y.ID) })
}

// call finds a call of the working set, or takes one in whose opening was not told.
func (b *Book) call(id string, now fact.Moment) *openCall {
	c := b.open[id]
	if c == nil {
		c = &openCall{ID: id, Opened: now}
		b.open[id] = c
	}
	c.Touched = now
	return c
}

// takeCall counts a fact about a call, and reports whether it says anything that is counted.
func (b *Book) takeCall(e fact.Entry) bool {
	switch f := e.Fact.(type) {
	case fact.CallOpened:
		b.callOpened(f, e.At)
	case fact.VisitEntered:
		b.visitEntered(f, e.At)
	case fact.CallbackEnded:
		b.wishOver(f)
	case fact.ContactChanged:
		b.contacted(f, e.At)
	case fact.ContactMarked:
		b.marked(f)
	default:
		return b.takeKnown(e)
	}
	return true
}

// takeKnown counts a fact about a call of the working set. Of others nothing follows that could be counted.
func (b *Book) takeKnown(e fact.Entry) bool {
	id := callOf(e.Fact)
	c := b.open[id]
	if id == "" {
		if f, ok := e.Fact.(fact.CallbackRequested); ok { // asked for outside any call
			b.wished(f, e.At)
			return true
		}
		return false
	}
	if c == nil {
		return true
	}
	c.Touched = e.At
	switch f := e.Fact.(type) {
	case fact.CallRouted:
		b.routed(c, f)
	case fact.LegOpened:
		if f.Way == "out" && f.Trunk != "" && c.Flow == "outbound" {
			c.Route = f.Trunk
		}
	case fact.VisitEnded:
		b.visitEnded(c, f, e.At)
	case fact.OfferMade:
		b.offerMade(c, f)
	case fact.OfferEnded:
		b.offerEnded(c, f)
	case fact.BridgeJoined:
		if c.Bridge == nil && c.hears(f.Legs) {
			c.Bridge = &e.At
		}
	case fact.BridgeParted:
		b.parted(c, f)
	case fact.LegReplaced:
		if f.Leg == c.Leg {
			c.Leg = f.By
		}
	case fact.TransferStarted:
		c.Transfers++
	case fact.TransferCompleted:
		c.HandedOver++
	case fact.TransferFailed:
		c.NotHanded++
	case fact.CallbackRequested:
		b.wished(f, e.At)
		b.left(c, count.Callback)
	case fact.VoicemailLeft:
		b.left(c, count.Voicemail)
	case fact.CallEnded:
		b.callEnded(c, f)
	default:
	}
	return true
}

// callOf is the call of a fact that takeKnown reads; empty for all others.
func callOf(f fact.Fact) string {
	switch f := f.(type) {
	case fact.CallRouted:
		return f.Call
	case fact.LegOpened:
		return f.Call
	case fact.VisitEnded:
		return f.Call
	case fact.OfferMade:
		return f.Call
	case fact.OfferEnded:
		return f.Call
	case fact.BridgeJoined:
		return f.Call
	case fact.BridgeParted:
		return f.Call
	case fact.LegReplaced:
		return f.Call
	case fact.TransferStarted:
		return f.Call
	case fact.TransferCompleted:
		return f.Call
	case fact.TransferFailed:
		return f.Call
	case fact.CallbackRequested:
		return f.Call
	case fact.VoicemailLeft:
		return f.Call
	case fact.CallEnded:
		return f.Call
	default:
		return ""
	}
}

func (b *Book) callOpened(f fact.CallOpened, now fact.Moment) {
	c := b.call(f.Call, now)
	if c.Told {
		return
	}
	c.Opened, c.Told, c.Flow, c.Route, c.Withheld = now, true, f.Flow, f.Trunk, f.Withheld
	c.Subject, c.Leg, c.Callback = f.Caller, f.Leg, f.Callback != "" || f.Contact != ""
	switch f.Flow {
	case "inbound":
		c.Section, c.Service = f.Dialled, f.Dialled
		b.called(c)
	case "outbound":
		c.Subject = f.Callee
	default:
	}
}

// routed notes where a call goes: to a service, to an entry of its menu, or out of a queue by a key.
func (b *Book) routed(c *openCall, f fact.CallRouted) {
	switch f.To {
	case "service":
		if f.Target != "" {
			c.Section, c.Service = f.Target, f.Target
		}
	case "section":
		c.Section = f.Target
	case string(count.Callback), string(count.Voicemail):
		if c.Exit != nil {
			b.left(c, count.Exit(f.To))
		}
	default: // to somebody
	}
}

// hears reports whether the caller is among those who talk: agents have a word among themselves while the caller hears music. What is not told is
// taken for yes.
func (c *openCall) hears(legs []string) bool {
	return c.Leg == "" || len(legs) == 0 || slices.Contains(legs, c.Leg)
}

func (b *Book) parted(c *openCall, f fact.BridgeParted) {
	if c.hears(f.Legs) {
		c.Bridge = nil
		b.talked(c, f.TalkMS)
	}
}

// talked adds to what followed the answer of the call's visit.
func (b *Book) talked(c *openCall, ms int64) {
	c.Talked += ms
	if c.Talk != nil {
		b.visitsIn(*c.Talk).TalkMS += ms
	}
}

// callEnded counts a call that is over, and lets go of it.
func (b *Book) callEnded(c *openCall, f fact.CallEnded) {
	if c.Bridge != nil { // cut: nobody was there to tell that they parted
		b.talked(c, max(0, f.TalkMS-c.Talked))
	}
	b.close(c)
	if !c.Told {
		return
	}
	n := count.Calls{
		Received: 1, Transfers: c.Transfers, HandedOver: c.HandedOver, NotHanded: c.NotHanded,
		WaitMS: f.WaitMS, RingMS: f.RingMS, TalkMS: f.TalkMS, HoldMS: f.HoldMS, TotalMS: f.TotalMS,
	}
	if c.First != "" {
		n.Queued = 1
	}
	end(&n, c, f)
	b.repeats(c, &n)
	if f.Outcome == fact.CallAnswered {
		b.recovered(c)
	}
	b.callsOf(c.journey()).Add(n)
}

// end counts how a call ended, and what that tells besides. One that became part of another counts there.
func end(n *count.Calls, c *openCall, f fact.CallEnded) {
	if slices.ContainsFunc(f.Reasons, func(r fact.Reason) bool { return r.Code == "call.merged" }) {
		n.Merged++
		return
	}
	n.End(f.Outcome, f.Stage)
	switch f.Outcome {
	case fact.CallAnswered:
		if c.First != "" {
			n.Served++
			n.WaitServed += f.WaitMS
		}
		if c.HandedOver > 0 {
			n.Handed++
		}
	case fact.CallAbandoned:
		if f.LastOffer == fact.OfferNotAnswered {
			n.Missed++
		}
	default: // tells nothing more
	}
}

// close ends what is open in a call whose own facts did not: they were lost.
func (b *Book) close(c *openCall) {
	for _, v := range c.Visits {
		b.visitsIn(v.Place).Other++
	}
	for _, o := range c.Offers {
		b.offersAt(o.Desk).Other++
	}
	delete(b.open, c.ID)
}

// lose lets go of a call of which nothing more is expected.
func (b *Book) lose(c *openCall) {
	b.close(c)
	if c.Told {
		b.callsOf(c.journey()).Add(count.Calls{Received: 1, Other: 1})
	}
}
