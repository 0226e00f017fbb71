package exchange

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// Progressive campaigns: when an agent is free and nobody waits for them, a contact is given to them and a call stands in the campaign's queue for that
// agent alone. Their phone rings as for any caller of the queue, and the contact is dialled once they have lifted: there is never a call without an
// agent.

// prospect is what campaigns do at the end of a step.
func (s *State) prospect() {
	if len(s.desk.Books) == 0 || !s.stirred {
		s.stirred = false
		return
	}
	s.guarded("campaigns", "", "", s.cardsBack, nil)
	s.guarded("campaigns", "", "", s.standDown, nil)
	var h hunt
	for range len(s.agents) + 1 {
		called := false
		s.guarded("campaigns", "", "", func() { called = s.canvassOne(&h) }, nil)
		if !called {
			break
		}
		s.dispatch()
	}
	for _, c := range s.waiting { // a slice that is replaced, never changed
		if unreached(c) && c.Contact != "" && !c.Offering() {
			s.guarded("campaigns", c.ID, "", func() { s.agentMissing(s.touch(c)) }, nil)
		}
	}
	s.guarded("campaigns", "", "", func() { s.armCampaigns(h.cut) }, nil)
	s.dispatch()
	s.stirred = false
}

// cardsBack frees the contacts of agents who went, paused, or took another call.
func (s *State) cardsBack() {
	for _, k := range s.desk.Cards() {
		if k.State != campaign.Allocated {
			continue
		}
		code := ""
		switch a := s.agent(k.Agent); {
		case a == nil || a.Session != agent.LoggedIn:
			code = "agent.logged_out"
		case a.Declared != agent.Available && a.Call == "":
			code = "agent.paused"
		case a.Call != "" && (s.calls[a.Call] == nil || s.calls[a.Call].Contact != k.Contact):
			code = a.Activity.Reason()
		}
		if code != "" {
			s.desk.GiveBack(s.utc, k.Agent)
			s.tellContacts("", fact.Reason{Code: code, Detail: k.Agent})
		}
	}
}

// standDown ends calls that ring an agent for a contact they may not dial any more: the person said no, took a consent back, is forgotten or was
// reached otherwise, the card is not theirs any more, or the campaign is held.
func (s *State) standDown() {
	for _, c := range slices.Clone(s.order) {
		if c.Contact == "" || c.Verdict.Outcome != "" || c.Phase != call.Lifting && (c.Phase != call.Queued || !unreached(c)) {
			continue
		}
		if code := s.heldBack(c); code != "" {
			s.endAttempts([]string{c.Contact}, nil, code)
		}
	}
}

// heldBack is the code of why the contact of a call may not be dialled by its agent any more; empty when it may.
func (s *State) heldBack(c *call.Call) string {
	p, k, ok := s.desk.Contact(c.Contact)
	switch {
	case !ok:
		return "person.erased"
	case k.Paused:
		return "campaign.paused"
	case p.State == campaign.Allocated && p.Agent == c.Placer:
		return ""
	case !p.Open() && p.Why != "":
		return p.Why
	default:
		return "contact.given_back"
	}
}

// hunt is what one step found out about campaigns in looking for somebody to call.
type hunt struct {
	nobody []string // campaigns with nobody to be called now, whoever would call
	cut    bool     // a list was not looked at to its end: there may be somebody
}

// canvassOne places one call of a progressive campaign, when there is one to place for somebody.
func (s *State) canvassOne(found *hunt) bool {
	x := s.site
	running := func(k *campaign.Campaign) bool { return k.Mode == campaign.Progressive && !k.Paused }
	if !slices.ContainsFunc(s.desk.Books, func(b campaign.Book) bool { return running(&b.Campaign) && len(b.Contacts) > 0 }) {
		return false
	}
	if x.MaxCalls > 0 && len(s.order) >= x.MaxCalls {
		return false
	}
	agents := slices.DeleteFunc(slices.Clone(s.agents), func(a *agent.Agent) bool { return a.Activity != agent.Idle })
	slices.SortStableFunc(agents, func(a, b *agent.Agent) int { return cmp.Compare(a.Since, b.Since) })
	h := s.house(x)
	for _, a := range agents {
		queues := s.freeIn(a)
		if len(queues) == 0 {
			continue
		}
		var asked []campaign.Book
		id, ok := s.desk.NextOf(s.utc, a.ID, queues, h, func(k *campaign.Campaign) bool {
			mine := running(k) && k.Has(a.ID, queues) && !slices.Contains(found.nobody, k.ID)
			if mine {
				asked = append(asked, s.desk.Books[s.book(k.ID)])
			}
			return mine
		})
		if !ok {
			for _, was := range asked {
				found.nobody = append(found.nobody, was.Campaign.ID)
				look := s.desk.Books[s.book(was.Campaign.ID)].Look
				found.cut = found.cut || look != was.Look && look != [2]int{}
			}
			continue
		}
		p, k, _ := s.desk.Contact(id)
		q, there := x.queue(k.Queue)
		if !there || !s.lineFree(x, p.Number) || s.desk.Allocate(s.utc, id, a.ID, queues, h) != nil {
			continue
		}
		s.desk.Keep(id, s.utc+ringTime(q.RingMS)+leaseMargin)
		s.tellContacts("", fact.Reason{Code: "contact.given", Detail: "box"})
		c := s.attempt(x, p, k, a.ID)
		c.Caller = call.Party{Subject: p.Subject, Number: p.Number, Name: p.Name}
		s.addCall(c)
		s.tell(fact.CallOpened{Call: string(c.ID), Flow: string(c.Flow), Callee: p.Subject, Revision: c.Revision, Campaign: k.ID, Contact: p.ID})
		s.stand(c, q, "campaign")
		c.Visit.Required = a.ID
		return true
	}
	return false
}

// freeIn lists the queues for which an agent could be offered a call now and where nobody waits; none when somebody waits anywhere they serve.
func (s *State) freeIn(a *agent.Agent) []string {
	var out []string
	for _, q := range a.Queues {
		if slices.ContainsFunc(s.waiting, func(c *call.Call) bool { return c.Visit.Queue == q && !c.Offering() }) {
			return nil
		}
		if s.judge(a, agent.Ask{Queue: q, Named: true}) == 0 && a.CoolDown(q) == nil {
			out = append(out, q)
		}
	}
	return out
}

// lineFree reports whether a line could take a call to a number outside now.
func (s *State) lineFree(x *site, full string) bool {
	d := x.table.Outside(full)
	return d.To == routing.ToTrunk && slices.ContainsFunc(d.Lines, func(name string) bool {
		t, ok := x.trunk(name)
		return ok && !s.isDown(name) && (t.Channels == 0 || !s.carriesMore(name, t.Channels-1))
	})
}

// campaignsDue does what is due: cards that were not called go back, rests end.
func (s *State) campaignsDue() {
	s.desk.Tick(s.utc)
	s.desk.Prune(s.utc)
	s.tellContacts("", fact.Reason{Code: "contact.time"})
	s.stirred = true
}

// minuteMS is how often a progressive campaign that waits is looked at: windows of campaigns and of the law begin on whole minutes.
const minuteMS = 60_000

// cutMS is when a list is looked at further that was too long for one step.
const cutMS = 1000

// armCampaigns sees that campaigns are looked at when something is due next, or soon when a list was not looked at to its end.
func (s *State) armCampaigns(cut bool) {
	at, ok := s.desk.Due()
	for i := range s.desk.Books {
		b := &s.desk.Books[i]
		k := &b.Campaign
		if k.Paused || k.Mode != campaign.Progressive || !s.desk.Waits(k.ID) {
			continue
		}
		next := s.utc - s.utc%minuteMS + minuteMS
		if gap := b.Last + k.GapMS; gap > s.utc {
			next = min(next, gap)
		}
		if !ok || next < at {
			at, ok = next, true
		}
	}
	if soon := s.utc + cutMS; cut && (!ok || soon < at) {
		at, ok = soon, true
	}
	due := s.clock + max(1, at-s.utc)
	if t, runs := s.timers[s.canvass]; runs && ok && t.At == due {
		return
	}
	if s.canvass != 0 {
		s.stopTimer(s.canvass)
		s.canvass = 0
	}
	if ok {
		s.canvass = s.startTimer(timer{At: due, For: forCampaigns})
	}
}

// auditCampaigns names promises about campaigns that do not hold.
func (s *State) auditCampaigns(say func(string, ...any)) {
	for _, bad := range s.desk.Audit() {
		say("%s", bad)
	}
	if len(s.desk.Moved) > 0 {
		say("contacts %v changed and nobody told of it", s.desk.Moved)
	}
	in := map[string]*call.Call{}
	for _, c := range s.order {
		if c.Contact == "" || c.Verdict.Outcome != "" {
			continue
		}
		p, k, ok := s.desk.Contact(c.Contact)
		if unreached(c) && c.Phase == call.Queued && (!c.Offering() || !ok || p.State != campaign.Allocated || c.Offer(c.Out[0].Leg).Agent != p.Agent) {
			say("call %s stands for contact %s without the agent who has it", c.ID, c.Contact)
		}
		if !ok || p.State != campaign.Dialling || p.Agent != c.Placer || c.Phase == call.Lifting || c.Phase == call.Queued && unreached(c) {
			continue
		}
		if o := in[c.Contact]; o != nil {
			say("contact %s is in calls %s and %s", c.Contact, o.ID, c.ID)
		}
		in[c.Contact] = c
		if a := s.agent(c.Placer); k.Mode == campaign.Progressive && !c.Spoke() && (a == nil || a.Call != c.ID) {
			say("contact %s is dialled for agent %s, who is not there", c.Contact, c.Placer)
		}
	}
	for _, b := range s.desk.Books {
		for _, p := range b.Contacts {
			if p.State == campaign.Dialling && in[p.ID] == nil {
				say("contact %s is dialled in no call", p.ID)
			}
		}
	}
}
