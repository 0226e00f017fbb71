package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// Rescuers call back: for a while after an emergency call, who calls the number that was shown reaches the phone that called for help, past
// queues, opening hours and services that are switched off. Not lifted in time, or busy with another such call, it goes its usual way: nothing
// is lost for a customer who called the same number.

// rescue is an extension that called for help.
type rescue struct {
	Extension string `json:"extension"`
	Until     int64  `json:"until"` // ms since boot
}

// maxRescues bounds how many are remembered; the oldest is forgotten.
const maxRescues = 16

// helpCalled notes that an extension calls for help.
func (s *State) helpCalled(x *site, extension string) {
	if x.Emergency.CallBackMS <= 0 || extension == "" {
		return
	}
	list := slices.DeleteFunc(slices.Clone(s.rescues), func(r rescue) bool { return r.Extension == extension || r.Until <= s.clock })
	if len(list) >= maxRescues {
		list = list[1:]
	}
	s.rescues = append(list, rescue{Extension: extension, Until: s.clock + x.Emergency.CallBackMS})
}

// callsBack is where a call from a trunk goes when it may be the rescuers': to the extension that called for help last and that no other
// such call has.
func (s *State) callsBack(x *site, in LegOffered) (routing.Decision, bool) {
	if in.Origin.Kind != FromTrunk || len(s.rescues) == 0 || !slices.Contains(routing.Spellings(x.Country, in.Dialled), x.Emergency.Presented) {
		return routing.Decision{}, false
	}
	for _, r := range slices.Backward(s.rescues) {
		taken := slices.ContainsFunc(s.order, func(c *call.Call) bool { return c.Target.Aside != "" && c.Target.Extension == r.Extension })
		if _, here := x.extension(r.Extension); here && r.Until > s.clock && !taken {
			return routing.Decision{
				To: routing.ToExtension, Number: r.Extension, Reasons: []fact.Reason{{Code: "emergency.call_back", Detail: r.Extension}},
			}, true
		}
	}
	return routing.Decision{}, false
}

// backToUsual sends a call that was taken for the rescuers' on its usual way. It reports false for any other call.
func (s *State) backToUsual(c *call.Call, why fact.Reason) bool {
	dialled := c.Target.Aside
	if dialled == "" || c.CallerLeg() == nil {
		return false
	}
	x := s.siteOf(c)
	d := x.table.FromTrunk(dialled)
	c.Target = call.Target{Kind: string(d.To)}
	s.tell(fact.CallRouted{Call: string(c.ID), To: string(d.To), Target: routedTarget(d), Reasons: append([]fact.Reason{why}, d.Reasons...)})
	s.follow(c, x, d)
	return true
}
