package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// A conversation is taken over (RFC 3891) at a phone of its own extension, by who serves its queue, by a supervisor of it with the right to, and outside
// any queue by who may watch the extension; by nobody else, whose phone learns no more than that it may not (R17; FEATURES §6).
func TestWhoMayTakeAConversationOver(t *testing.T) {
	unwatched := func(x *Branch) { x.Extensions[2].Unwatched = true }
	cannotMove := func(x *Branch) { x.Supervisors[0].Rights = []Right{MayListen, MayBarge} }
	elsewhere := func(x *Branch) { x.Supervisors[0].Queues = []string{"rescue"} }
	gone := func(x *Branch) { x.Agents[1].LoggedIn = false }
	for _, c := range []struct {
		name   string
		change func(*Branch)
		direct bool // 204 talks with 203 outside any queue; else ana with a caller of sales
		at     string
		code   string // empty: it goes on there
	}{
		{name: "another phone of the extension", at: "201"},
		{name: "who serves the queue", at: "202"},
		{name: "who serves it and is not at work", change: gone, at: "202", code: "pickup.not_in_queue"},
		{name: "a supervisor", at: "203"},
		{name: "a supervisor without the right", change: cannotMove, at: "203", code: "pickup.not_in_queue"},
		{name: "a supervisor of another queue", change: elsewhere, at: "203", code: "pickup.not_in_queue"},
		{name: "anybody of the house", at: "205", code: "pickup.not_in_queue"},
		{name: "outside any queue, who may watch it", direct: true, at: "205"},
		{name: "whom nobody may watch", change: unwatched, direct: true, at: "205", code: "replaces.unwatched"},
		{name: "whom nobody may watch, at a phone of theirs", change: unwatched, direct: true, at: "203"},
	} {
		b := newBench(t, supervised, func(x *Branch) {
			x.Extensions = append(x.Extensions, Extension{Number: "204", RingMS: 20_000}, Extension{Number: "205", RingMS: 20_000})
			if c.change != nil {
				c.change(x)
			}
		})
		if c.direct {
			b.fromExtension("i1", "204", "203")
		} else {
			b.queued("i1")
		}
		old := ringOf(b).Leg
		b.step(LegAnswered{Leg: old})
		b.step(LegOffered{Leg: "i9", Origin: Origin{FromExtension, c.at}, Replaces: old})
		if c.code == "" {
			if h := b.hearing(); h["i1"] != "i9" {
				t.Errorf("%s: the conversation does not go on there: %v", c.name, h)
			}
			continue
		}
		if r := effect[Refuse](b); r.Leg != "i9" || r.Reason != RefusedForbidden || !hasCode(lastTold[fact.CallRouted](b).Reasons, c.code) {
			t.Errorf("%s: %+v %+v", c.name, r, lastTold[fact.CallRouted](b))
		}
		none[SetPlan](b) // the conversation goes on undisturbed
	}
}
