package call_test

import (
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

// heard writes a plan shortly: "a1<b1,i1 i1=m t1" is a1 hearing b1 and i1, i1 hearing the sound m, and t1 hearing nothing.
func heard(p []plan.Hearing) string {
	all := make([]string, 0, len(p))
	for _, h := range p {
		s := string(h.Leg)
		for i, from := range h.From {
			s += map[bool]string{true: "<", false: ","}[i == 0] + string(from)
		}
		if h.Sound != "" {
			s += "=" + string(h.Sound)
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// people are the caller i1, the agent a1, the supervisor b1 and a third, c1, all of whom have lifted.
func people(phase call.Phase, bridged ...plan.LegID) call.Call {
	return call.Call{
		Phase: phase, Music: "m", Bridged: bridged,
		Legs: []call.Leg{
			{ID: "i1", Way: call.In, State: call.Up},
			{ID: "a1", Way: call.Out, State: call.Up},
			{ID: "b1", Way: call.Out, State: call.Up},
			{ID: "c1", Way: call.Out, State: call.Up},
		},
	}
}

// TestSupervisorInAConversation is FEATURES §5, who hears whom while somebody listens, whispers or barges in; and while anybody holds.
func TestSupervisorInAConversation(t *testing.T) {
	monitor := func(m call.Mode) func(*call.Call) {
		return func(c *call.Call) { c.Monitor = call.Monitor{Leg: "b1", Whom: "a1", Mode: m, Since: 1} }
	}
	silent := func(id plan.LegID, phone bool) func(*call.Call) {
		return func(c *call.Call) {
			if phone {
				c.Leg(id).State = call.Held
			} else {
				c.Leg(id).Holds = true
			}
		}
	}
	gone := func(id plan.LegID) func(*call.Call) { return func(c *call.Call) { c.Drop(id) } }
	rings := func(c *call.Call) { c.Monitor.Since = 0 }
	three := func(c *call.Call) { c.Bridged = []plan.LegID{"i1", "a1", "c1"} }
	for _, c := range []struct {
		name string
		do   []func(*call.Call)
		want string
	}{
		{"nobody listens", nil, "a1<i1 i1<a1"},
		{"listens", []func(*call.Call){monitor(call.Listens)}, "a1<i1 b1<a1,i1 i1<a1"},
		{"whispers", []func(*call.Call){monitor(call.Whispers)}, "a1<b1,i1 b1<a1,i1 i1<a1"},
		{"barges in", []func(*call.Call){monitor(call.Barges)}, "a1<b1,i1 b1<a1,i1 i1<a1,b1"},
		{"listens, their phone rings", []func(*call.Call){monitor(call.Listens), rings}, "a1<i1 i1<a1"},
		{"barges in, their phone rings", []func(*call.Call){monitor(call.Barges), rings}, "a1<i1 i1<a1"},
		{"whispers, their phone rings", []func(*call.Call){monitor(call.Whispers), rings}, "a1<i1 i1<a1"},
		{"listens, the agent holds", []func(*call.Call){monitor(call.Listens), silent("a1", false)}, "a1 b1=m i1=m"},
		{"whispers, the agent holds", []func(*call.Call){monitor(call.Whispers), silent("a1", false)}, "a1<b1 b1<a1 i1=m"},
		{"whispers, the agent's phone holds", []func(*call.Call){monitor(call.Whispers), silent("a1", true)}, "a1 b1=m i1=m"},
		{"whispers, their own phone holds", []func(*call.Call){monitor(call.Whispers), silent("b1", true)}, "a1<i1 b1 i1<a1"},
		{"whispers, their own phone holds, and the agent", []func(*call.Call){monitor(call.Whispers), silent("b1", true), silent("a1", false)}, "a1 b1 i1=m"},
		{"listens, the party's phone holds", []func(*call.Call){monitor(call.Listens), silent("i1", true)}, "a1=m b1=m i1"},
		{"barges in, the party's phone holds", []func(*call.Call){monitor(call.Barges), silent("i1", true)}, "a1<b1 b1<a1 i1"},
		{"listens to whom is left", []func(*call.Call){monitor(call.Listens), gone("i1")}, "a1=m b1<a1"},
		{"whispers to whom is gone", []func(*call.Call){monitor(call.Whispers), gone("a1")}, "b1<i1 i1=m"},
		{"listens, and is gone", []func(*call.Call){monitor(call.Listens), gone("b1")}, "a1<i1 i1<a1"},
		{"three", []func(*call.Call){three}, "a1<c1,i1 c1<a1,i1 i1<a1,c1"},
		{"three, one holds", []func(*call.Call){three, silent("i1", true)}, "a1<c1 c1<a1 i1"},
		{"listens to three", []func(*call.Call){three, monitor(call.Listens)}, "a1<c1,i1 b1<a1,c1,i1 c1<a1,i1 i1<a1,c1"},
		{"listens to three, one holds", []func(*call.Call){three, monitor(call.Listens), silent("a1", false)}, "a1 b1<c1,i1 c1<i1 i1<c1"},
	} {
		k := people(call.Talking, "i1", "a1")
		for _, do := range c.do {
			do(&k)
		}
		bridged := slices.Clone(k.Bridged)
		if got := heard(k.Hearing()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if !slices.Equal(k.Bridged, bridged) {
			t.Errorf("%s: looking who hears whom changed who talks: %v", c.name, k.Bridged)
		}
	}
}

// TestHandedOver: what party i1, referrer a1 and target c1 hear at each state of a transfer.
func TestHandedOver(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   transfer.State
		target  call.LegState
		bridged []plan.LegID
		do      func(*call.Call)
		want    string
	}{
		{"called", transfer.Calling, call.Placed, nil, nil, "a1=tone:ringback i1=m"},
		{"rings", transfer.Ringing, call.Ringing, nil, nil, "a1=tone:ringback i1=m"},
		{"rings with a sound of its own", transfer.RingingFirst, call.Early, nil, nil, "a1<c1 c1 i1=m"},
		{"the same, and the referrer's phone holds", transfer.RingingFirst, call.Early, nil, func(k *call.Call) { k.Leg("a1").State = call.Held }, "a1 i1=m"},
		{"the party's phone holds", transfer.Ringing, call.Ringing, nil, func(k *call.Call) { k.Leg("i1").State = call.Held }, "a1=tone:ringback i1"},
		{"the referrer left", transfer.RingingAlone, call.Early, nil, func(k *call.Call) { k.Transfer.Referrer = "" }, "i1=m"},
		{"no target yet", transfer.CallingFirst, call.Placed, nil, func(k *call.Call) { k.Drop("c1") }, "i1=m"},
		{"not to be had", transfer.Keeping, call.Placed, nil, func(k *call.Call) { k.Drop("c1") }, "a1=tone:busy i1=m"},
		{"a word first", transfer.Consulting, call.Up, []plan.LegID{"a1", "c1"}, nil, "a1<c1 c1<a1 i1=m"},
		{"a conference", transfer.Conferring, call.Up, []plan.LegID{"i1", "a1", "c1"}, nil, "a1<c1,i1 c1<a1,i1 i1<a1,c1"},
		{"the party is gone", transfer.Ringing, call.Ringing, nil, func(k *call.Call) { k.Drop("i1") }, "a1=tone:ringback"},
		{"the party is gone from the word", transfer.Consulting, call.Up, []plan.LegID{"a1", "c1"}, func(k *call.Call) { k.Drop("i1") }, "a1<c1 c1<a1"},
	} {
		k := people(call.Transferring, c.bridged...)
		k.Leg("c1").State = c.target
		k.Transfer = transfer.Transfer{State: c.state, Referrer: "a1", Rung: "c1"}
		if c.do != nil {
			c.do(&k)
		}
		if got := heard(k.Hearing()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestHearingOfThoseWhoWait: parked, in a queue while agents are told something, turned away in words, and before anybody can be heard.
func TestHearingOfThoseWhoWait(t *testing.T) {
	offer := func(s queue.OfferState, id plan.LegID) queue.Offer { return queue.Offer{State: s, Leg: id} }
	for _, c := range []struct {
		name  string
		phase call.Phase
		do    func(*call.Call)
		want  string
	}{
		{"parked", call.Parked, nil, "i1=m"},
		{"parked, and holds", call.Parked, func(k *call.Call) { k.Leg("i1").State = call.Held }, "i1"},
		{"parked, and gone", call.Parked, func(k *call.Call) { k.Drop("i1") }, ""},
		{"queued", call.Queued, func(k *call.Call) {
			k.Out = []queue.Offer{offer(queue.OfferRinging, "c1"), offer(queue.OfferWhispering, "a1"), offer(queue.OfferAsking, "b1"), offer(queue.OfferPlaced, "c2")}
		}, "a1 b1 i1=m"},
		{"turned away", call.Dismissing, nil, "i1=tone:busy"},
		{"turned away in words", call.Dismissing, func(k *call.Call) { k.Saying = []plan.Sound{"closed"} }, "i1"},
		{"turned away, and gone", call.Dismissing, func(k *call.Call) { k.Drop("i1") }, ""},
		{"leaves a message", call.Messaging, nil, "i1"},
		{"dials, and nobody is rung", call.Dialling, nil, ""},
		{"dials, and rings again in a moment", call.Dialling, func(k *call.Call) { k.Timers = []call.Timer{{ID: 1, For: call.MaxWait}, {ID: 2, For: call.RingAgain}} }, "i1=tone:ringback"},
		{"dials, and another timer runs", call.Dialling, func(k *call.Call) { k.Timers = []call.Timer{{ID: 1, For: call.MaxWait}} }, ""},
		{"is gone, and rings again in a moment", call.Dialling, func(k *call.Call) { k.Timers = []call.Timer{{ID: 2, For: call.RingAgain}}; k.Drop("i1") }, ""},
		{"dials, and is gone", call.Dialling, func(k *call.Call) { k.Leg("a1").State = call.Early; k.Drop("i1") }, ""},
		{"dials, and was not answered", call.Dialling, func(k *call.Call) { k.Leg("a1").State, k.Leg("i1").State = call.Ringing, call.Offered }, ""},
		{"lifts", call.Lifting, nil, ""},
	} {
		k := people(c.phase)
		if c.do != nil {
			c.do(&k)
		}
		if got := heard(k.Hearing()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTogether: the party talks with somebody when they hear each other; not on hold, not while others talk about them.
func TestTogether(t *testing.T) {
	for name, c := range map[string]struct {
		bridged []plan.LegID
		do      func(*call.Call)
		want    bool
	}{
		"talk":              {[]plan.LegID{"i1", "a1"}, nil, true},
		"three":             {[]plan.LegID{"i1", "a1", "c1"}, func(k *call.Call) { k.Leg("c1").Holds = true }, true},
		"nobody talks":      {nil, nil, false},
		"others talk":       {[]plan.LegID{"a1", "c1"}, nil, false},
		"the agent holds":   {[]plan.LegID{"i1", "a1"}, func(k *call.Call) { k.Leg("a1").Holds = true }, false},
		"the party's phone": {[]plan.LegID{"i1", "a1"}, func(k *call.Call) { k.Leg("i1").State = call.Held }, false},
		"the party is gone": {[]plan.LegID{"i1", "a1"}, func(k *call.Call) { k.Drop("i1") }, false},
		"the agent is gone": {[]plan.LegID{"i1", "a1"}, func(k *call.Call) { k.Drop("a1") }, false},
	} {
		k := people(call.Talking, c.bridged...)
		if c.do != nil {
			c.do(&k)
		}
		if got := k.Together(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
