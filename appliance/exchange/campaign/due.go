package campaign

import (
	"cmp"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
)

// Held says why a contact cannot be called at an instant, for an agent or anybody; nil when it can. The gate of package policy has the last word.
func (d *Desk) Held(now int64, b *Book, c *Contact, h House) []fact.Reason {
	if c.State != Waiting && c.State != Allocated {
		return []fact.Reason{{Code: "contact." + c.State.String(), Detail: c.ID}}
	}
	if why := b.Campaign.closed(now, h.Zone); why != nil {
		return why
	}
	if c.Attempts >= b.Campaign.attempts() {
		return []fact.Reason{{Code: "contact.attempts", Detail: c.ID}}
	}
	if s := d.Known(c.Number).Spoke; s != c.Spoke && now-s < b.Campaign.RecentMS {
		return []fact.Reason{{Code: "contact.spoke", Detail: c.ID}}
	}
	if h.Busy != nil && c.State != Dialling && h.Busy(c.Number) {
		return []fact.Reason{{Code: "contact.on_the_line", Detail: c.ID}}
	}
	return policy.Gate(d.asks(now, &b.Campaign, c, h))
}

// asks is the gate's question about a contact.
func (d *Desk) asks(now int64, k *Campaign, c *Contact, h House) policy.Ask {
	known := d.Known(c.Number)
	a := h.Ask
	a.Path, a.Number, a.At = policy.PathCampaign, c.Number, now
	if h.Lists != nil {
		a.Lists = append(slices.Clip(a.Lists), h.Lists(k.Queue)...)
	}
	line, allowed := h.Line, h.Allowed
	if h.LineTo != nil {
		line, allowed = h.LineTo(c.Number)
	}
	a.Solicit = policy.Solicitation{
		Legal: k.Legal, Sector: k.Sector, Consent: c.Consent, Past: known.Past, Refused: known.Refused,
		Automated: k.automated(), Presented: cmp.Or(k.Presented, line), Allowed: allowed,
	}
	if c.State == Dialling && len(known.Past) > 0 { // the attempt that is being made does not count against itself
		a.Solicit.Past = known.Past[:len(known.Past)-1]
	}
	if r := known.Revoked; r != 0 && r >= c.Consent.At && (a.Solicit.Consent.Revoked == 0 || r < a.Solicit.Consent.Revoked) {
		a.Solicit.Consent.Revoked = r // one that is older than the taking back, whichever list it came with
	}
	if k.automated() {
		a.Solicit.Reached = d.reached(now, c.Number)
	}
	return a
}

// Standing is one contact and why it is not called; no reason: it is next.
type Standing struct {
	Contact string        `json:"contact"`
	State   State         `json:"state"`
	Why     []fact.Reason `json:"why,omitempty"`
}

// Explain says of every contact of a campaign whether it may be called now, and why not.
func (d *Desk) Explain(now int64, id string, h House) []Standing {
	b := d.book(id)
	if b == nil {
		return nil
	}
	out := make([]Standing, 0, len(b.Contacts))
	for i := range b.Contacts {
		c := &b.Contacts[i]
		out = append(out, Standing{c.ID, c.State, d.Held(now, b, c, h)})
	}
	return out
}

// holding is the contact an agent has, or empty.
func (d *Desk) holding(agent string) string {
	cards := d.indexed().cards
	if i := slices.IndexFunc(cards, func(k Card) bool { return k.Agent == agent }); i >= 0 {
		return cards[i].Contact
	}
	return ""
}

// given reports whether an agent has a contact of a campaign and has not called.
func (d *Desk) given(book int) bool {
	return slices.ContainsFunc(d.indexed().cards, func(k Card) bool { return k.book == book && k.State == Allocated })
}

// NextOf is the contact an agent who is free should call, across some campaigns: the highest priority first, then the one that was to be called
// again, then the order of the list. false when there is none.
func (d *Desk) NextOf(now int64, agent string, queues []string, h House, of func(*Campaign) bool) (string, bool) {
	if d.holding(agent) != "" {
		return "", false
	}
	for _, n := range d.byPriority() {
		b := &d.Books[n]
		k := &b.Campaign
		if !of(k) || !k.Has(agent, queues) || k.closed(now, h.Zone) != nil || k.automated() && (now < b.Last+k.GapMS || k.GapMS > 0 && d.given(n)) {
			continue
		}
		for pass := range b.Look {
			if id, ok := d.search(now, n, pass, h); ok {
				return id, true
			}
		}
	}
	return "", false
}

// mostAsked bounds how many contacts of a campaign one search asks the gate about, so that a step of the exchange is short however long the list of
// those who may not be called.
const mostAsked = 100

// search looks for a contact that may be called now: in the first pass among those that were called before, in the second among the
// others. It goes by the order of the list; when it has to stop, the next search begins there, so that nobody is passed over for ever.
func (d *Desk) search(now int64, book, pass int, h House) (string, bool) {
	b, shelf := &d.Books[book], &d.indexed().books[book]
	kind := fresh
	if pass == 0 {
		kind = again
	}
	from := b.Look[pass]
	if from >= len(b.Contacts) {
		from = 0
	}
	asked := 0
	for _, part := range [][2]int{{from, len(b.Contacts)}, {0, from}} {
		for i := part[0]; ; i++ {
			if i = shelf.after(kind, i, part[1]); i < 0 {
				break
			}
			if asked++; asked > mostAsked {
				changed(d, &b.Look)
				b.Look[pass] = i
				return "", false
			}
			if c := &b.Contacts[i]; d.Held(now, b, c, h) == nil {
				return c.ID, true
			}
		}
	}
	if b.Look[pass] != 0 { // the whole list was looked at: from the top again
		changed(d, &b.Look)
		b.Look[pass] = 0
	}
	return "", false
}

// byPriority lists where the campaigns are, the most urgent first.
func (d *Desk) byPriority() []int {
	out := make([]int, len(d.Books))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(d.Books[b].Campaign.priority(), d.Books[a].Campaign.priority()) })
	return out
}
