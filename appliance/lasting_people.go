package appliance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/journal"
)

// open reads the file a core before wrote. Refusals of those who were erased are known from then on; the rest waits for load.
func (l *lastingLists) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals = map[string]doNotCall{}
	var f campaignsFile
	err := readLasting(l.path, &f)
	if err == nil {
		if wrong := f.Kept.Check(); wrong != nil {
			err = putAside(l.path, wrong)
		}
	}
	if err != nil {
		l.log.Error("campaigns of before are lost, with the attempts and refusals that were counted, unless the core before left them: "+
			"import only lists whose consents were asked for again", "err", err)
		l.alarm(fmt.Sprintf("campaigns of before could not be read, nor their attempts and refusals (%v): "+
			"look at the lists before somebody calls, and import only those whose consents were asked for again", err))
		return
	}
	for _, r := range f.Refusals {
		l.refusals[r.Mark] = r
	}
	if f.Version != 0 {
		l.found = &f
	}
}

// show gives contacts what their lists said of them.
func (l *lastingLists) show(kept *campaign.Kept, cards map[string][]byte) {
	unread := 0
	for i := range kept.Books {
		for j := range kept.Books[i].Contacts {
			c := &kept.Books[i].Contacts[j]
			c.Number, c.Name, c.Custom, c.Consent = "", "", nil, policy.Consent{}
			sealed, some := cards[c.ID]
			if !some {
				continue
			}
			var w written
			plain, err := l.journal.Unseal(c.Subject, c.ID, sealed)
			if err == nil {
				err = json.Unmarshal(plain, &w)
			}
			if err != nil {
				unread++
				continue
			}
			c.Name, c.Custom, c.Consent = w.Name, w.Custom, w.Consent
		}
	}
	if unread > 0 {
		l.log.Warn("what lists said of some contacts cannot be read any more: they are kept without their names and consents", "contacts", unread)
	}
}

// since are the facts after an address that say something of campaigns.
func (l *lastingLists) since(ctx context.Context, after fact.Address) (out []fact.Entry) {
	if after == (fact.Address{}) {
		return nil
	}
	for {
		entries, err := l.journal.Read(ctx, after, 1000)
		for _, e := range entries {
			after = e.Address
			switch f := e.Fact.(type) {
			case fact.ContactChanged, fact.ContactMarked, fact.ConsentChanged, fact.CampaignChanged, fact.CampaignImported, fact.BridgeJoined:
				out = append(out, e)
			case fact.FactsLost:
				l.log.Info("attempts of campaigns in the last instants before the power went may not be counted", "from", f.From, "to", f.To, "cause", f.Cause)
			default: // of something else
			}
		}
		if bad, is := errors.AsType[*journal.UnreadableError](err); is {
			l.log.Warn("an attempt of a campaign may not be counted: a fact cannot be read", "at", bad.Address)
			after = bad.Address
			continue
		}
		if err != nil {
			l.log.Error("attempts of campaigns just before the power went are not counted: the journal cannot be read", "err", err)
		}
		if err != nil || len(entries) == 0 {
			return out
		}
	}
}

// name gives contacts and people their numbers, and takes in what is known of those who were erased and are on a list again.
func (l *lastingLists) name(ctx context.Context, kept *campaign.Kept) error {
	var all []fact.Subject
	for i := range kept.Books {
		for j := range kept.Books[i].Contacts {
			all = append(all, kept.Books[i].Contacts[j].Subject)
		}
	}
	for i := range kept.People {
		all = append(all, kept.People[i].Subject)
	}
	named, err := l.journal.RevealAll(ctx, all)
	if err != nil {
		*kept = campaign.Kept{Serial: kept.Serial}
		return putAside(l.path, err) // or the next save would be of nobody
	}
	known := map[string]bool{}
	for i := range kept.People {
		p := &kept.People[i]
		p.Number = named[p.Subject].Number
		known[p.Number] = true
	}
	var listed []string
	for i := range kept.Books {
		for j := range kept.Books[i].Contacts {
			c := &kept.Books[i].Contacts[j]
			if c.Number = named[c.Subject].Number; !known[c.Number] {
				listed = append(listed, c.Number)
			}
		}
	}
	kept.People = append(kept.People, l.refused(listed)...)
	return nil
}

// refusedBy is what is remembered of some numbers (E.164) whose owners refused.
func (l *lastingLists) refusedBy(numbers []string) []campaign.Person {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused(numbers)
}

func (l *lastingLists) refused(numbers []string) (out []campaign.Person) {
	if len(l.refusals) == 0 {
		return nil
	}
	for _, n := range numbers {
		if r, ok := l.refusals[l.journal.Mark(n)]; ok && n != "" {
			out = append(out, campaign.Person{Number: n, Refused: r.Refused, Revoked: r.Revoked})
		}
	}
	return out
}

// note remembers a refusal by the mark of its number.
func (l *lastingLists) note(r doNotCall, number string) {
	if r.Refused == 0 && r.Revoked == 0 {
		return
	}
	if l.refusals == nil {
		l.refusals = map[string]doNotCall{}
	}
	r.Mark = l.journal.Mark(number)
	was := l.refusals[r.Mark]
	l.refusals[r.Mark] = doNotCall{r.Mark, max(was.Refused, r.Refused), max(was.Revoked, r.Revoked)}
}

// standing are the refusals that still count, by mark. A consent that was taken back counts for ever, and nothing is old by a clock that is not sure.
func (l *lastingLists) standing(now time.Time, sure bool) []doNotCall {
	maps.DeleteFunc(l.refusals, func(_ string, r doNotCall) bool {
		return sure && r.Revoked == 0 && now.Sub(time.UnixMilli(r.Refused)) > refusalKept
	})
	return slices.SortedFunc(maps.Values(l.refusals), func(a, b doNotCall) int { return cmp.Compare(a.Mark, b.Mark) })
}
