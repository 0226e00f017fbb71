package campaign

import (
	"slices"
	"strconv"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/policy"
)

// Form is what somebody wrote on a web page to be called back (FEATURES §10, Web callback). Anybody can write anything there.
type Form struct {
	Campaign string
	Typed    string // the number, as typed
	Subject  fact.Subject
	Name     string
	From, To int64 // Unix ms: the slot chosen; zeros: as soon as possible
	Source   string
	Text     string // what the page said they ask for, word for word
	Custom   []Var
}

// day is how long requests of one number are counted.
const day = 24 * hour

// mostNamed bounds what a page may hand over in words, in bytes.
const mostNamed = 200

// Request takes a request of a web page. It says which contact stands for it, and whether that one was there already: however often one number
// asks, it is called once. Or it says why not: a number abroad or with a surcharge, a slot in which nobody calls, too many.
func (d *Desk) Request(now int64, f Form, h House) (id string, merged bool, why []fact.Reason) {
	refuse := func(code, detail string) (string, bool, []fact.Reason) {
		return "", false, []fact.Reason{{Code: code, Detail: detail}}
	}
	b := d.book(f.Campaign)
	if b == nil || !b.Campaign.Form {
		return refuse("campaign.unknown", f.Campaign)
	}
	k := &b.Campaign
	full, err := number.E164(h.Ask.Country, f.Typed)
	if err != nil {
		return refuse("number.unreadable", "")
	}
	a := h.Ask
	a.Path, a.Number, a.At, a.Night = policy.PathForm, full, now, false
	if why := policy.Gate(a); why != nil {
		return "", false, why
	}
	if len(f.Name) > mostNamed || len(f.Source) > mostNamed || len(f.Text) > 10*mostNamed || len(f.Custom) > 20 {
		return refuse("form.too_long", "")
	}
	if code := d.slot(now, f, b, h); code != "" {
		return refuse(code, "")
	}
	open, times := 0, 0
	for i := range b.Contacts {
		c := &b.Contacts[i]
		if c.Open() {
			open++
		}
		if c.Number != full {
			continue
		}
		if c.Open() {
			return c.ID, true, nil
		}
		for _, at := range c.Asked {
			if now-at < day {
				times++
			}
		}
	}
	switch {
	case times >= k.perDay():
		return refuse("form.throttle", strconv.Itoa(times)+" in a day")
	case open >= k.slots():
		return refuse("form.full", strconv.Itoa(open))
	}
	return d.addAll(b, []Contact{{
		Subject: f.Subject, Number: full, Name: f.Name, Custom: slices.Clone(f.Custom), From: f.From, To: f.To, Asked: []int64{now},
		Consent: policy.Consent{Source: f.Source, Text: f.Text, At: now},
	}}, now)[0], false, nil
}

// slot is the code of what is wrong with the slot that was chosen; empty when somebody calls within it.
func (d *Desk) slot(now int64, f Form, b *Book, h House) string {
	k := b.Campaign
	switch {
	case f.From == 0 && f.To == 0:
		if k.End > 0 && now >= k.End {
			return "campaign.over"
		}
		return ""
	case f.From <= 0 || f.To <= f.From || f.To <= now || f.From > now+30*day:
		return "form.slot"
	}
	if k.Start > f.From {
		f.From = k.Start
	}
	if at, ok := k.schedule(h.Zone).NextOpen(max(f.From, now)); !ok || at >= f.To || k.End > 0 && at >= k.End {
		return "form.slot_closed"
	}
	return ""
}

// Prune forgets contacts that have been over for a month: the tallies have them, and a campaign that takes requests for years must not grow.
func (d *Desk) Prune(now int64) {
	for i := range d.Books {
		b := &d.Books[i]
		old := func(c Contact) bool { return !c.Open() && now-c.Since > 30*day }
		if slices.ContainsFunc(b.Contacts, old) {
			changed(d, b)
			b.Contacts = slices.DeleteFunc(slices.Clone(b.Contacts), old)
		}
	}
}
