package exchange

import (
	"strings"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// mostDigits is how many keys are sent at once.
const mostDigits = 32

// sendDigits presses keys for an agent to whomever they talk with: a menu outside wants an answer (FEATURES §1, in-call actions). Which keys is
// told to nobody else, and no fact holds them.
func (s *State) sendDigits(in CallDigits) {
	c, l, why := s.talkBy(in.By, in.Agent)
	var to []plan.LegID
	switch {
	case why != nil:
	case in.Digits == "" || len(in.Digits) > mostDigits || strings.Trim(in.Digits, "0123456789*#ABCD") != "":
		why = []fact.Reason{{Code: "digits.unreadable"}}
	case l.Silent():
		why = []fact.Reason{{Code: "call.held"}}
	default:
		if to = hearers(c, l); len(to) == 0 {
			why = []fact.Reason{{Code: "call.held"}}
		}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.touch(c)
	for _, id := range to {
		s.do(SendDigits{Leg: id, Digits: in.Digits})
		s.tell(fact.DigitsSent{Call: string(c.ID), Leg: string(id), Count: len(in.Digits), By: in.By})
	}
	s.done(in)
}

// hearers are those of a conversation who hear a leg now.
func hearers(c *call.Call, l *call.Leg) (ids []plan.LegID) {
	for _, id := range c.Bridged {
		if o := c.Leg(id); o != nil && o != l && !o.Silent() {
			ids = append(ids, id)
		}
	}
	return ids
}
