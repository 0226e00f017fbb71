package appliance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/journal"
	"autocom/appliance/site"
)

// replyTime bounds the wait for the exchange's answer to a command.
const replyTime = 5 * time.Second

// Warnings that pages have their words for; see warningCode.
const (
	noTrunk        = "there is no trunk: nobody can call an emergency number from here"
	journalDamaged = "the journal was damaged"
)

// box answers the command socket.
type box struct{ *core }

// Status tells how the box is.
func (b *box) Status(ctx context.Context) (console.Status, error) {
	doc := b.keeper.Current()
	s := console.Status{
		Version: b.layout.Version, Started: b.started, SIP: b.address, Site: console.SiteStatus{Name: doc.Site.Name, Zone: doc.Site.Timezone, Revision: doc.Revision()},
		Trunks: []console.TrunkStatus{}, Extensions: []console.ExtensionStatus{}, Queues: []console.QueueStatus{}, // none is [] to a program, never null
		Agents: []console.AgentStatus{}, Campaigns: []console.CampaignStatus{}, Calls: []console.CallStatus{},
	}
	var calls []exchange.CallView
	var agents []exchange.AgentView
	var queues []exchange.QueueView
	var campaigns []exchange.CampaignView
	if err := b.loop.ask(ctx, func(x *exchange.State, _ fact.Moment) {
		calls, agents, queues, campaigns = x.Calls(), x.Agents(), x.Queues(), x.Campaigns()
	}); err != nil {
		return s, err
	}
	health := b.journal.Health()
	s.Journal = journalStatus(health, clocksOf(doc))
	for _, file := range health.Broken {
		s.Warnings = append(s.Warnings, journalDamaged+": what could be read of it was kept, and the damaged file is "+file+": copy it away for support, then remove it")
	}
	s.Media.Up, s.Media.Legs = b.desk.status()
	inUse := map[string]int{}
	talking := map[string]int{}
	for _, c := range calls {
		s.Calls = append(s.Calls, callStatus(c))
		for _, l := range c.Legs {
			inUse[l.Trunk]++
		}
		if c.Phase == "talking" {
			talking[c.Queue]++
		}
	}
	for _, a := range agents {
		s.Agents = append(s.Agents, agentStatus(a))
	}
	for _, q := range queues {
		s.Queues = append(s.Queues, console.QueueStatus{ID: q.ID, Name: q.Name, Waiting: q.Waiting, LongestMS: q.LongestMS, Talking: talking[q.ID], Free: q.Fit, Agents: q.Staffed})
	}
	for _, k := range campaigns {
		s.Campaigns = append(s.Campaigns, console.CampaignStatus(k))
	}
	if b.recorder.anyLocked() { // the key may have been put back since
		if err := b.recorder.lookAtKeys(ctx); err != nil {
			b.log.Error("whether recordings and messages open is not known", "err", err)
		}
	}
	s.Firewall = map[string]uint64{}
	for why, n := range b.edge.Stack().Counts().Dropped {
		if n > 0 {
			s.Firewall[why.String()] = n
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range doc.Trunks {
		s.Trunks = append(s.Trunks, console.TrunkStatus{Name: t.Name, Up: b.trunks[t.Name], Channels: t.Channels, InUse: inUse[t.Name]})
	}
	for _, x := range doc.Extensions {
		s.Extensions = append(s.Extensions, console.ExtensionStatus{Number: x.Number, Name: x.Name, Reachable: b.phones[x.Number]})
	}
	if b.lastGood != nil {
		s.Site.LastGood = true
		s.Warnings = append(s.Warnings, b.lastGood.Error())
	}
	s.Warnings = append(s.Warnings, b.warned(time.Now())...)
	if len(doc.Trunks) == 0 {
		s.Warnings = append(s.Warnings, noTrunk)
	}
	sort.Strings(s.Warnings)
	return s, nil
}

func journalStatus(h journal.Health, zone *time.Location) console.JournalStatus {
	s := console.JournalStatus{Last: h.Committed, Healthy: h.Failing == nil}
	switch {
	case h.Failing != nil:
		s.Trouble = fmt.Sprintf("%v since %s; calls go on, %d facts wait in memory, %d are lost", h.Failing, h.Since.In(zone).Format(time.TimeOnly), h.Pending, h.Lost)
	case h.KeyLost:
		s.Trouble = "the key of callers' names was lost: callers of before cannot be named"
	}
	return s
}

func callStatus(c exchange.CallView) console.CallStatus {
	s := console.CallStatus{
		ID: string(c.ID), Flow: c.Flow, Caller: c.Caller.Number, Dialled: c.Target, State: c.Phase, Queue: c.Queue, Agent: c.Agent,
		AgeMS: c.OpenMS, TalkMS: c.TalkMS,
	}
	if c.Caller.Withheld {
		s.Caller = "withheld"
	}
	for _, l := range c.Legs {
		s.Legs = append(s.Legs, string(l.ID))
	}
	return s
}

func agentStatus(a exchange.AgentView) console.AgentStatus {
	s := console.AgentStatus{
		ID: a.ID, Name: a.Name, Extension: a.Extension, Session: a.Session, Declared: a.Declared, Pause: a.Pause, Activity: a.Activity,
		Line: a.Line, Call: string(a.Call), SinceMS: a.SinceMS, Fit: a.Fit,
	}
	if !a.Fit {
		s.WhyNot = a.Reasons
	}
	return s
}

// Facts gives what is committed, and then what happens.
func (b *box) Facts(ctx context.Context, after fact.Address, follow bool, yield func(fact.Entry) bool) error {
	if follow {
		for e, err := range b.journal.Follow(ctx, after) {
			var unreadable *journal.UnreadableError
			switch {
			case errors.As(err, &unreadable):
				b.log.Warn("a fact cannot be read", "fact", unreadable.Address.String(), "err", err)
			case err != nil:
				return err
			case !yield(e):
				return nil
			}
		}
		return nil
	}
	for {
		entries, err := b.journal.Read(ctx, after, 1000)
		for _, e := range entries {
			after = e.Address
			if !yield(e) {
				return nil
			}
		}
		var unreadable *journal.UnreadableError
		switch {
		case errors.As(err, &unreadable):
			after = unreadable.Address
		case err != nil || len(entries) == 0:
			return err
		}
	}
}

// Command does what a person asks.
func (b *box) Command(ctx context.Context, c console.Command) error {
	switch c.Verb {
	case console.VerbRestart:
		select {
		case b.orders <- HandOver:
			return nil
		default:
			return errors.New("a restart is under way")
		}
	case console.VerbClock:
		if err := b.clockCommand(c); err != nil {
			return err
		}
		return b.recorder.dateAll(ctx)
	case console.VerbNight:
		_, err := b.asked(ctx, func(id exchange.RequestID) error { return b.setNight(c, id) })
		return err
	default:
		_, err := b.asked(ctx, func(id exchange.RequestID) error {
			in, err := input(c, id)
			if err == nil {
				b.loop.tell(b.subjects(in))
			}
			return err
		})
		return err
	}
}

// Order does what an agent or a supervisor asks for.
func (b *box) Order(ctx context.Context, o console.Order) (console.Done, error) {
	if o.Name == "agent.toolbar" { // the exchange is told, not asked
		in, err := exchange.ReadCommand(o.Name, o.Fields, 0, "")
		if err != nil {
			return console.Done{}, fmt.Errorf("%w: %w", console.ErrCommand, err)
		}
		b.loop.tell(in)
		return console.Done{}, nil
	}
	r, err := b.asked(ctx, func(id exchange.RequestID) error {
		in, err := exchange.ReadCommand(o.Name, o.Fields, id, o.By)
		if err != nil {
			return fmt.Errorf("%w: %w", console.ErrCommand, err)
		}
		b.loop.tell(b.subjects(in))
		return nil
	})
	return done(r), err
}

// asked asks the exchange something under a number of its own and waits for the answer.
func (b *box) asked(ctx context.Context, ask func(exchange.RequestID) error) (exchange.Reply, error) {
	answer := make(chan exchange.Reply, 1)
	b.mu.Lock()
	b.next++
	id := b.next
	b.pending[id] = answer
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.pending, id)
		b.mu.Unlock()
	}()
	if err := ask(id); err != nil {
		return exchange.Reply{}, err
	}
	select {
	case r := <-answer:
		if len(r.Refused) > 0 {
			return r, &console.Refused{Reasons: r.Refused}
		}
		return r, nil
	case <-time.After(replyTime):
		return exchange.Reply{}, errors.New("the exchange does not answer")
	case <-ctx.Done():
		return exchange.Reply{}, ctx.Err()
	}
}

// subjects gives a number outside its subject, by which facts know it.
func (b *box) subjects(in exchange.Input) exchange.Input {
	switch c := in.(type) {
	case exchange.CallPlace:
		c.Callee = b.callee(c.Number)
		return c
	case exchange.CallTransfer:
		switch c.Kind {
		case exchange.ToOutside, exchange.ToOutsideAttended, exchange.ToContact, exchange.ToContactAttended:
			c.Callee = b.callee(c.Target)
		case exchange.ToExtension, exchange.ToAgent, exchange.ToAgentAttended, exchange.ToSection: // nobody outside
		}
		return c
	case exchange.ExtensionSet:
		c.Subject = b.callee(c.Forward)
		return c
	case exchange.ConsentSet:
		c.Subject, _ = b.outside(c.Number)
		return c
	case exchange.CampaignImport:
		return b.contacts(c)
	case exchange.CallbackAsk:
		c.Subject, _ = b.outside(c.Number)
		return c
	default:
		return in
	}
}

// contacts reads a list of contacts, so that each has its subject. A list that cannot be read is left to the exchange, which says why.
func (b *box) contacts(in exchange.CampaignImport) exchange.CampaignImport {
	zone, _ := hours.ZoneOf(b.keeper.Current().Site.Timezone)
	rows, rejected, err := campaign.ReadCSV([]byte(in.List), zone)
	if err != nil {
		return in
	}
	numbers := make([]string, len(rows))
	for i := range rows {
		rows[i].Subject, numbers[i] = b.outside(rows[i].Typed)
	}
	if said := b.lists.refusedBy(numbers); len(said) > 0 { // they asked to be forgotten since, and not to be called
		b.loop.tell(exchange.Remembered{Lasting: exchange.Lasting{Campaigns: campaign.Kept{People: said}}})
	}
	in.List, in.Rows, in.Rejected = "", rows, rejected
	return in
}

// done is an answer of the exchange as the console tells it.
func done(r exchange.Reply) console.Done {
	d := console.Done{Call: string(r.Call), Slot: r.Slot}
	if k := r.Card; k != nil {
		d.Card = &console.Card{Contact: k.Contact, Campaign: k.Campaign, Name: k.Name, Number: k.Number, Attempts: k.Attempts, Until: k.Until}
		for _, v := range k.Custom {
			d.Card.Custom = append(d.Card.Custom, console.Var{Name: v.Name, Value: v.Value})
		}
	}
	if r.Report != nil {
		d.List = &console.List{Taken: r.Report.Taken}
		for _, x := range r.Report.Rejected {
			d.List.Rejected = append(d.List.Rejected, console.Line{Line: x.Line, Code: x.Code, Detail: x.Detail})
		}
	}
	return d
}

// input is a person's command as the exchange takes it.
func input(c console.Command, id exchange.RequestID) (exchange.Input, error) {
	switch c.Verb {
	case console.VerbLogIn:
		return exchange.AgentLogIn{Request: id, By: c.By, Agent: c.Agent, Extension: c.Extension, Status: exchange.StatusAvailable}, nil
	case console.VerbLogOut:
		return exchange.AgentLogOut{Request: id, By: c.By, Agent: c.Agent}, nil
	case console.VerbPause:
		if c.Pause == "" {
			return nil, errors.New("a pause needs a reason")
		}
		return exchange.AgentDeclare{Request: id, By: c.By, Agent: c.Agent, Pause: c.Pause}, nil
	case console.VerbReady:
		return exchange.AgentDeclare{Request: id, By: c.By, Agent: c.Agent}, nil
	case console.VerbHangUp:
		return exchange.CallHangUp{Request: id, By: c.By, Call: plan.CallID(c.Call)}, nil
	case console.VerbRecord, console.VerbUnrecd:
		return exchange.CallRecord{Request: id, By: c.By, Call: plan.CallID(c.Call), On: c.Verb == console.VerbRecord}, nil
	case console.VerbDial:
		return exchange.CallPlace{Request: id, By: c.By, Agent: c.Agent, Extension: c.Extension, Number: c.Number, AutoAnswer: true}, nil
	case console.VerbRestart, console.VerbNight, console.VerbClock:
	}
	return nil, fmt.Errorf("the box knows no command %q", c.Verb)
}

// Link tells how the link to the central console is.
func (b *box) Link(ctx context.Context) (console.LinkStatus, error) { return b.partner.Link(ctx) }

// Enrol joins a central console.
func (b *box) Enrol(ctx context.Context, e console.Enrolment) (console.LinkStatus, error) {
	return b.partner.Enrol(ctx, e)
}

// Leave forgets the central console.
func (b *box) Leave(ctx context.Context) error { return b.partner.Leave(ctx) }

// recentFacts is how far back a call is looked for before the whole journal is read: some thousand calls.
const recentFacts = 100_000

// Trace tells one call's story.
func (b *box) Trace(ctx context.Context, call string) (console.Trace, error) {
	after := b.journal.Health().Committed
	after.N -= min(after.N, recentFacts)
	t, legs, err := b.story(ctx, call, after)
	if err == nil && len(t.Story) == 0 {
		t, legs, err = b.story(ctx, call, fact.Address{})
	}
	if err != nil {
		return t, err
	}
	if len(t.Story) == 0 {
		return t, fmt.Errorf("call %q: %w in the journal: `autocom calls` lists the calls", call, console.ErrNotFound)
	}
	for _, id := range legs {
		if q, live := b.desk.quality(id); live {
			words, _ := console.Words(q)
			t.Quality = append(t.Quality, words+", up to now")
		}
		for _, callID := range b.edge.CallIDs(id) {
			for _, r := range b.edge.Stack().Trace(callID) {
				t.Ladder = append(t.Ladder, console.LadderLine{At: r.At, Leg: string(id), Peer: r.Remote.String(), In: !r.Sent, Line: r.First})
			}
		}
	}
	slices.SortStableFunc(t.Ladder, func(x, y console.LadderLine) int { return x.At.Compare(y.At) })
	return t, nil
}

// story reads a call's facts after an address, and the names of its legs. A call that was opened before it has no story there.
func (b *box) story(ctx context.Context, call string, after fact.Address) (console.Trace, []plan.LegID, error) {
	t := console.Trace{Call: call}
	var opened fact.Moment
	var legs []plan.LegID
	err := b.Facts(ctx, after, false, func(e fact.Entry) bool {
		if q, ok := e.Fact.(fact.LegQuality); ok && slices.Contains(legs, plan.LegID(q.Leg)) {
			words, _ := console.Words(q)
			t.Quality = append(t.Quality, words)
			return true
		}
		if console.CallOf(e.Fact) != call {
			return true
		}
		switch f := e.Fact.(type) {
		case fact.CallOpened:
			opened = e.At
		case fact.LegOpened:
			legs = append(legs, plan.LegID(f.Leg))
		default: // tells no leg's name for the first time
		}
		if opened == (fact.Moment{}) {
			return true // its beginning is further back
		}
		words, why := console.Words(e.Fact)
		t.Story = append(t.Story, console.TraceLine{At: e.At.Time(), MS: e.At.Since(opened), Words: words, Why: why})
		return true
	})
	return t, legs, err
}

// Reload reads the site document again.
func (b *box) Reload(context.Context) (console.Reloaded, error) {
	out, err := b.reload()
	if _, bad := errors.AsType[*site.ProblemsError](err); bad {
		err = fmt.Errorf("%w: %w", console.ErrDocument, err)
	}
	return out, err
}
