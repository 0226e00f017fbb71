package appliance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/journal"
)

// Campaigns outlive a cold start: their lists, and the attempts, refusals and revocations the law counts (decree 2022-1313, art. L. 223-1). The file is
// large and written seldom; it says up to which fact it goes, and the journal, which is on the disk within 50 ms, has the rest. A number is not in the
// file: its subject is. What else a list says of a contact is sealed. Who refused and was erased is known by a mark of the number alone.

const (
	// refusalKept is how long a refusal is remembered of somebody who was erased: longer than the law asks (policy.RuleRefusal, 60 days).
	refusalKept = 90 * 24 * time.Hour
	// factsBehind is how many facts a file that says the same may be behind: a start reads them again.
	factsBehind = 2000
)

// lastingLists keeps the file of campaigns. Its own goroutine writes.
type lastingLists struct {
	path    string
	log     *slog.Logger
	journal *journal.Journal
	ask     func(context.Context) (campaign.Kept, fact.Address, error)
	write   func(path string, text []byte) error
	alarm   func(words string) // tells people
	sure    func() bool        // the clock may decide what is old (decisions/0009)
	news    chan struct{}

	mu       sync.Mutex
	found    *campaignsFile       // what stood there at the start, until it is loaded
	last     []byte               // what was written last, but how far it goes
	after    fact.Address         // how far it goes
	size     int                  // in bytes
	cards    map[string]card      // what is sealed, by contact
	refusals map[string]doNotCall // by mark
	people   []campaign.Person    // as they were written last
}

// campaignsFile is what stands in the file.
type campaignsFile struct {
	Version  int               `json:"version"`
	After    fact.Address      `json:"after,omitzero"` // the last fact that is in it
	Kept     campaign.Kept     `json:"kept"`
	Cards    map[string][]byte `json:"cards,omitempty"` // by contact
	Refusals []doNotCall       `json:"refusals,omitempty"`
}

// doNotCall is that somebody does not want to be called, whom nobody can name.
type doNotCall struct {
	Mark    string `json:"mark"`
	Refused int64  `json:"refused,omitempty"` // Unix ms
	Revoked int64  `json:"revoked,omitempty"` // Unix ms
}

// card is what a list says of a contact.
type card struct {
	plain  string
	of     fact.Subject
	sealed []byte
}

// written is a card before it is sealed.
type written struct {
	Name    string         `json:"name,omitempty"`
	Custom  []campaign.Var `json:"custom,omitempty"`
	Consent policy.Consent `json:"consent,omitzero"`
}

func newLastingLists(c *core) *lastingLists {
	return &lastingLists{
		path: c.layout.campaigns(), log: c.log, journal: c.journal, write: writeWhole, news: make(chan struct{}, 1), sure: c.clockSure,
		alarm: func(words string) { c.warnUntil("campaigns", time.Now().Add(alarmFor), words) },
		ask: func(ctx context.Context) (k campaign.Kept, at fact.Address, err error) {
			err = c.loop.ask(ctx, func(s *exchange.State, _ fact.Moment) { k, at = s.LastingCampaigns(), c.told })
			return k, at, err
		},
	}
}

// hear has the file written when somebody decided something. Attempts are in the journal, and wait for the next time.
func (l *lastingLists) hear(f fact.Fact) {
	switch f.(type) {
	case fact.CampaignImported, fact.CampaignChanged, fact.ContactMarked, fact.ConsentChanged:
		wake(l.news)
	default: // the journal has it
	}
}

// keep writes the file until the context ends, and once more then.
func (l *lastingLists) keep(ctx context.Context) {
	l.mu.Lock()
	l.found = nil // a core that was handed its calls did not ask for it
	l.mu.Unlock()
	tick := time.NewTicker(lastingEvery)
	defer tick.Stop()
	save := func() {
		if err := l.save(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, errStopping) {
			l.log.Error("campaigns may not outlive a power cut", "err", err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			save()
			return
		case <-tick.C:
		case <-l.news:
		}
		save()
		if rest(ctx, l.size) {
			save()
			return
		}
	}
}

// erase writes at once what is left when somebody was forgotten, and lets go of a file that was put aside: they may be in it.
func (l *lastingLists) erase(ctx context.Context) error {
	l.mu.Lock()
	l.people = nil
	l.mu.Unlock()
	err := l.save(ctx)
	if gone := os.Remove(l.path + ".bad"); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

func (l *lastingLists) save(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, after, err := l.ask(ctx)
	if err != nil {
		return err
	}
	f := l.hide(kept, time.Now())
	if f.Kept.Serial == 0 && len(f.Kept.People) == 0 && len(f.Refusals) == 0 && l.last == nil {
		return nil // a branch without campaigns
	}
	same, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if bytes.Equal(same, l.last) && after.Epoch == l.after.Epoch && after.N < l.after.N+factsBehind {
		return nil
	}
	f.After = after
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if len(text) > mostLasting {
		return fmt.Errorf("the lists hold %d bytes, and %d can be kept: stop campaigns that are over", len(text), mostLasting)
	}
	if err := l.write(l.path, text); err != nil {
		return err
	}
	l.last, l.after, l.size = same, after, len(text)
	return nil
}

// hide is what may stand in the file: subjects in the place of numbers, cards sealed.
func (l *lastingLists) hide(kept campaign.Kept, now time.Time) campaignsFile {
	f := campaignsFile{Version: lastingVersion, Kept: kept, Cards: map[string][]byte{}}
	cards := make(map[string]card, len(l.cards))
	for i := range kept.Books {
		for j := range kept.Books[i].Contacts {
			c := &kept.Books[i].Contacts[j]
			if c.Number != "" {
				c.Subject = l.journal.Subject(c.Number, "") // and the journal keeps whom a list still names
			}
			if sealed, some := l.seal(c); some {
				cards[c.ID], f.Cards[c.ID] = sealed, sealed.sealed
			}
			c.Number, c.Name, c.Custom, c.Consent = "", "", nil, policy.Consent{}
		}
	}
	l.cards = cards
	people := kept.People[:0:0]
	for _, p := range kept.People {
		l.note(doNotCall{Refused: p.Refused, Revoked: p.Revoked}, p.Number)
		if p.Subject != "" {
			p.Subject = l.journal.Subject(p.Number, "")
		} else {
			p.Subject, _ = l.journal.Known(p.Number)
		}
		if p.Number = ""; p.Subject != "" {
			people = append(people, p)
		}
	}
	sure := l.sure()
	if !sure { // whom the exchange forgot may not be old at all
		people = l.withForgotten(people)
	}
	l.people, f.Kept.People = people, people
	f.Refusals = l.standing(now, sure)
	return f
}

// withForgotten are people, with those who were written last and are not among them.
func (l *lastingLists) withForgotten(people []campaign.Person) []campaign.Person {
	has := make(map[fact.Subject]bool, len(people))
	for _, p := range people {
		has[p.Subject] = true
	}
	for _, p := range l.people {
		if !has[p.Subject] {
			people = append(people, p)
		}
	}
	return people
}

// seal hides the card of a contact, unless it is hidden already; false when there is none.
func (l *lastingLists) seal(c *campaign.Contact) (card, bool) {
	plain, err := json.Marshal(written{c.Name, c.Custom, c.Consent})
	if err != nil || string(plain) == "{}" {
		return card{}, false
	}
	if was, ok := l.cards[c.ID]; ok && was.plain == string(plain) && was.of == c.Subject {
		return was, true
	}
	return card{string(plain), c.Subject, l.journal.Seal(c.Subject, c.ID, plain)}, true
}

// load is what was kept, with what the journal knows beside it. People whom nobody can name any more are left without a number.
func (l *lastingLists) load(ctx context.Context) campaign.Kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found == nil {
		return campaign.Kept{}
	}
	f := l.found
	l.found = nil
	kept := f.Kept
	l.people = slices.Clone(kept.People)
	l.show(&kept, f.Cards)
	if lost := kept.Catch(l.since(ctx, f.After)); lost > 0 {
		l.log.Error("a list that was taken in just before the power went is lost: import it again", "contacts", lost)
	}
	if err := l.name(ctx, &kept); err != nil {
		l.log.Error("people of campaigns cannot be named: their lists have to be imported again", "err", err)
	}
	return kept
}
