package consoleapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"
	"autocom/cloud-sync/central"
)

const (
	mostCalls  = 200
	someCalls  = 50
	mostStory  = 100
	mostSteps  = 2000 // facts of one call
	mostVisits = 200_000
	afterDay   = time.Hour // facts after a day that may still close its visits
)

// calls is the answer of GET /api/sites/{site}/calls.
type calls struct {
	Calls []CallRow `json:"calls"`
	More  bool      `json:"more"`
}

// queues is the answer of GET /api/sites/{site}/queues.
type queues struct {
	Queues []QueueView `json:"queues"`
}

func (a *api) historyRoutes(r router) {
	handle(r, route{"GET", "/api/sites/{site}/calls", "Its calls, newest first", reads, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Before int64 `query:"before" minimum:"0" maximum:"9007199254740991" doc:"opened before this Unix time in ms; 0: any"`
		Limit  int   `query:"limit" minimum:"0" maximum:"200" doc:"0: 50"`
	},
	) (calls, error) {
		return a.calls(ctx, who, in.id(), in.Before, in.Limit)
	})
	handle(r, route{"GET", "/api/sites/{site}/calls/{call}", "One call, fact by fact", reads, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Call string `path:"call" maxLength:"100"`
	},
	) (CallStory, error) {
		return a.callStory(ctx, who, in.id(), in.Call)
	})
	handle(r, route{"GET", "/api/sites/{site}/queues", "Its queues now and on one day of its time zone", reads, 0}, func(ctx context.Context, who caller, in *struct {
		SitePath
		Day string `query:"day" maxLength:"10" doc:"2026-11-23; empty: today"`
	},
	) (queues, error) {
		return a.queues(ctx, who, in.id(), in.Day)
	})
}

// calls is a page of calls. It is cut between two times, so that no call is between two pages.
func (a *api) calls(ctx context.Context, who caller, id central.SiteID, before int64, limit int) (calls, error) {
	if limit <= 0 {
		limit = someCalls
	}
	limit = min(limit, mostCalls)
	q := central.Question{Kinds: []fact.Kind{fact.CallOpened{}.Kind()}, Newest: true, Limit: limit + mostCalls}
	if before > 0 {
		q.Until = time.UnixMilli(before)
	}
	opened, err := a.History.Facts(ctx, who.Tenant, id, q)
	if err != nil {
		return calls{}, err
	}
	end := min(limit, len(opened))
	for end < len(opened) && opened[end].At.UTC == opened[end-1].At.UTC {
		end++
	}
	out := calls{Calls: make([]CallRow, 0, end), More: len(opened) > end}
	for _, e := range opened[:end] {
		call, ok := tally.CallOf(e.Fact)
		if !ok {
			continue
		}
		facts, err := a.factsOf(ctx, who, id, call)
		if err != nil {
			return calls{}, err
		}
		for _, c := range tally.Calls(slices.Values(facts)) {
			if c.ID == call {
				out.Calls = append(out.Calls, callRow(c))
			}
		}
	}
	return out, nil
}

// factsOf is the facts of one call, in the order the box wrote them.
func (a *api) factsOf(ctx context.Context, who caller, id central.SiteID, call string) ([]fact.Entry, error) {
	facts, err := a.History.Facts(ctx, who.Tenant, id, central.Question{Call: call, Limit: mostSteps})
	slices.SortStableFunc(facts, byAddress)
	return facts, err
}

func byAddress(x, y fact.Entry) int {
	return cmp.Or(cmp.Compare(x.Address.Epoch, y.Address.Epoch), cmp.Compare(x.Address.N, y.Address.N))
}

func callRow(c tally.Call) CallRow {
	return CallRow{
		Call: c.ID, At: c.At.UTC, Flow: c.Flow, Extension: c.Extension, Dialled: c.Dialled, Subject: string(c.Subject), Withheld: c.Withheld,
		Queue: c.Queue, Agent: c.Agent, Outcome: string(c.Outcome), Stage: string(c.Stage), WaitMS: c.WaitMS, TalkMS: c.TalkMS, TotalMS: c.TotalMS, HungUpBy: c.HungUpBy,
	}
}

func (a *api) callStory(ctx context.Context, who caller, id central.SiteID, call string) (CallStory, error) {
	if _, err := a.Fleet.Site(ctx, who.Tenant, id); err != nil {
		return CallStory{}, err
	}
	facts, err := a.factsOf(ctx, who, id, call)
	if err != nil {
		return CallStory{}, err
	}
	for _, c := range tally.Calls(slices.Values(facts)) {
		if c.ID != call {
			continue
		}
		s := CallStory{Row: callRow(c), Steps: []Step{}}
		for _, e := range facts {
			s.Steps = append(s.Steps, Step{MS: e.At.Since(c.At), Code: string(e.Fact.Kind()), Args: argsOf(e.Fact, "call")})
		}
		return s, nil
	}
	return CallStory{}, central.ErrNotFound
}

// argsOf is a fact's payload in words, without the names left out. Lists of reasons are their codes.
func argsOf(f fact.Fact, without ...string) map[string]string {
	text, err := json.Marshal(f)
	if err != nil {
		return nil
	}
	var tree map[string]any
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if dec.Decode(&tree) != nil {
		return nil
	}
	args := map[string]string{}
	for k, v := range tree {
		if s := word(v); s != "" && !slices.Contains(without, k) {
			args[k] = s
		}
	}
	return args
}

func word(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var parts []string
		for _, x := range v {
			if s := word(x); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if code, ok := v["code"].(string); ok { // a reason
			if detail := word(v["detail"]); detail != "" {
				return code + " (" + detail + ")"
			}
			return code
		}
		if agent, ok := v["agent"].(string); ok { // a candidate
			if v["fit"] == true {
				return agent + " +"
			}
			return strings.TrimSpace(agent + " − " + word(v["reasons"]))
		}
		if stream, ok := v["stream"].(string); ok { // an address
			return fmt.Sprintf("%s/%v/%v", stream, v["epoch"], v["n"])
		}
		return ""
	}
	return fmt.Sprint(v)
}

func (a *api) queues(ctx context.Context, who caller, id central.SiteID, day string) (queues, error) {
	s, err := a.Fleet.Site(ctx, who.Tenant, id)
	if err != nil {
		return queues{}, err
	}
	var at time.Time
	if day != "" {
		if at, err = time.Parse(time.DateOnly, day); err != nil || at.Year() < 2000 || at.Year() > 9000 {
			return queues{}, refuse(http.StatusUnprocessableEntity, codeRefused, strconv.Quote(day)+" is no day", "write it as 2026-11-23")
		}
	}
	live, err := a.Fleet.Live(ctx, who.Tenant, id)
	if err != nil {
		return queues{}, err
	}
	views, err := a.queueViews(ctx, who, s, live, at)
	return queues{views}, err
}

// zone is where a site's days begin, its queues' names and how fast they should answer: by its newest document.
func (a *api) zone(ctx context.Context, who caller, s central.Site) (*time.Location, map[string]string, ledger.Rules, error) {
	names, rules := map[string]string{}, ledger.DefaultRules()
	zone := "Europe/Paris"
	if s.Newest > 0 {
		r, err := a.Archive.Revision(ctx, who.Tenant, s.ID, s.Newest)
		if err != nil {
			return nil, nil, rules, err
		}
		doc, _ := Check(r.Text)
		for _, q := range doc.Queues {
			names[q.ID] = q.Name
			rules = rules.With(q.ID, q.Service.MS())
		}
		if doc.Site.Timezone != "" {
			zone = doc.Site.Timezone
		}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC // the document was checked before it was published: the zones of this program are older than its
	}
	return loc, names, rules, nil
}

// queueViews is each queue now and on the day of at in the site's time zone; zero: today.
func (a *api) queueViews(ctx context.Context, who caller, s central.Site, live central.Live, at time.Time) ([]QueueView, error) {
	loc, names, rules, err := a.zone(ctx, who, s)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = time.Now().In(loc)
	}
	from := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, loc)
	until := time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, loc) // 23 or 25 hours later when clocks change
	facts, err := a.visits(ctx, who, s.ID, from, until.Add(afterDay))
	if err != nil {
		return nil, err
	}
	figures := figuresOf(facts, count.QuarterOf(from.UnixMilli()), count.QuarterOf(until.UnixMilli()), loc, rules)
	out := []QueueView{}
	seen := map[string]int{}
	put := func(id, name string) *QueueView {
		i, ok := seen[id]
		if !ok {
			i = len(out)
			seen[id] = i
			out = append(out, QueueView{ID: id, Name: cmp.Or(name, names[id], id), Today: QueueFigures{GoalMS: rules.Goal(id), Hours: make([]int, 24)}})
		}
		return &out[i]
	}
	for _, q := range live.Status.Queues {
		v := put(q.ID, q.Name)
		v.Waiting, v.LongestMS, v.Talking, v.Free, v.Agents = q.Waiting, q.LongestMS, q.Talking, q.Free, q.Agents
	}
	for _, id := range slices.Sorted(mapKeys(names)) {
		put(id, names[id])
	}
	for _, id := range slices.Sorted(mapKeys(figures)) {
		put(id, "").Today = *figures[id]
	}
	return out, nil
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// figuresOf counts the visits of a day, by the queue they entered.
func figuresOf(facts []fact.Entry, from, until count.Quarter, loc *time.Location, rules ledger.Rules) map[string]*QueueFigures {
	book := ledger.New(rules)
	for _, e := range facts {
		book.Take(e)
	}
	counted := map[string]*count.Visits{}
	out := map[string]*QueueFigures{}
	for _, r := range book.Rows(book.Last()).Between(from, until).Visits {
		if r.At.Callback { // nobody came in
			continue
		}
		if out[r.At.Queue] == nil {
			counted[r.At.Queue], out[r.At.Queue] = &count.Visits{}, &QueueFigures{GoalMS: rules.Goal(r.At.Queue), Hours: make([]int, 24)}
		}
		counted[r.At.Queue].Add(r.N)
		out[r.At.Queue].Hours[time.UnixMilli(r.At.Quarter.UTC()).In(loc).Hour()] += int(r.N.Received)
	}
	for id, n := range counted {
		out[id].count(*n)
	}
	return out
}

func (v *QueueFigures) count(n count.Visits) {
	v.Received, v.Answered, v.Within, v.Abandoned, v.Cancelled = int(n.Received), int(n.Answered), int(n.Within), int(n.Abandoned), int(n.Cancelled)
	v.Full, v.Closed, v.NobodyFit, v.TooLong, v.Moved, v.InProgress = int(n.Full), int(n.Closed), int(n.NobodyFit), int(n.WaitedTooLong), int(n.Moved), int(n.InProgress)
	v.Short = int(n.Short())
	v.Exited = int(n.ExitedCallback + n.ExitedVoicemail + n.ExitedKey)
	v.Failed = int(n.Failed + n.Interrupted + n.Other) // what the box did, not a caller: the page has one word for it
	if n.Answered > 0 {
		v.WaitMS, v.TalkMS = n.WaitAnsweredMS/n.Answered, n.TalkMS/n.Answered
	}
}

// visits is the facts that tell what became of visits, page by page, in the order the box wrote them.
func (a *api) visits(ctx context.Context, who caller, id central.SiteID, from, until time.Time) ([]fact.Entry, error) {
	kinds := []fact.Kind{fact.VisitEntered{}.Kind(), fact.VisitEnded{}.Kind(), fact.BridgeParted{}.Kind(), fact.CallEnded{}.Kind()}
	const page = 10_000
	var all []fact.Entry
	known := map[fact.Address]bool{}
	for len(all) < mostVisits {
		facts, err := a.History.Facts(ctx, who.Tenant, id, central.Question{Since: from, Until: until, Kinds: kinds, Limit: page})
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, e := range facts {
			if !known[e.Address] {
				known[e.Address] = true
				all = append(all, e)
				fresh++
			}
		}
		if len(facts) < page || fresh == 0 {
			break
		}
		from = facts[len(facts)-1].At.Time() // those of the same ms come again, and are known
	}
	slices.SortStableFunc(all, byAddress)
	return all, nil
}

// storyKinds are the facts of a box that belong in its site's story.
func storyKinds() []fact.Kind {
	return []fact.Kind{
		fact.BoxStarted{}.Kind(), fact.BoxStopped{}.Kind(), fact.BoxEnrolled{}.Kind(), fact.TrunkReachable{}.Kind(), fact.PhoneReachable{}.Kind(),
		fact.MediaChanged{}.Kind(), fact.NightLocked{}.Kind(), fact.TollAlert{}.Kind(), fact.FactsLost{}.Kind(), fact.LinkChanged{}.Kind(),
		fact.SiteApplied{}.Kind(), fact.SiteRefused{}.Kind(), fact.SiteReverted{}.Kind(),
	}
}

// story is what happened at a site, newest first: what its box told, and what was published for it.
func (a *api) story(ctx context.Context, who caller, s central.Site) ([]Event, error) {
	facts, err := a.History.Facts(ctx, who.Tenant, s.ID, central.Question{Kinds: storyKinds(), Newest: true, Limit: mostStory})
	if err != nil {
		return nil, err
	}
	events := []Event{}
	for _, e := range facts {
		events = append(events, Event{At: e.At.UTC, Code: string(e.Fact.Kind()), Args: argsOf(e.Fact)})
	}
	all, err := a.Archive.Revisions(ctx, who.Tenant, s.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		args := map[string]string{"revision": strconv.FormatUint(r.Number, 10), "by": r.ByName}
		if r.Reason != "" {
			args["reason"] = r.Reason
		}
		events = append(events, Event{At: unix(r.Published), Code: "revision.published", Args: args})
		if r.State != "" && r.State != "published" {
			events = append(events, Event{At: unix(r.StateAt), Code: "revision." + string(r.State), Args: map[string]string{"revision": args["revision"]}})
		}
	}
	slices.SortStableFunc(events, func(x, y Event) int { return cmp.Compare(y.At, x.At) })
	return events[:min(len(events), mostStory)], nil
}
