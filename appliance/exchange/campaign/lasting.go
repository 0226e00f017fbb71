package campaign

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What of a desk outlives a cold start of the box: the lists with where their contacts stand, and what the law wants remembered of people. Who was at
// work does not.

// Kept is a desk as it is to be brought back.
type Kept struct {
	Books  []Book   `json:"books,omitempty"`
	People []Person `json:"people,omitempty"`
	Serial uint64   `json:"serial,omitempty"` // of the last contact: no name is given twice
	Cuts   []Cut    `json:"cuts,omitempty"`   // of contacts that are Dialling
}

// Cut is an attempt that is being made. If nothing else is heard of it, it was cut.
type Cut struct {
	Contact string `json:"contact"`
	Call    string `json:"call"`
	Spoke   bool   `json:"spoke,omitempty"` // somebody talked
}

// Kept is what is to be kept now. It shares nothing that changes with the desk.
func (d *Desk) Kept() Kept {
	k := Kept{Books: slices.Clone(d.Books), People: slices.Clone(d.People), Serial: d.Serial}
	for i := range k.Books {
		k.Books[i].Contacts = slices.Clone(k.Books[i].Contacts)
		k.Books[i].Look = [2]int{}
	}
	return k
}

// Check says what cannot be true of something that was kept: it was damaged, and none of it is to be believed.
func (k Kept) Check() error {
	seen := map[string]bool{}
	var bad []string
	for i := range k.Books {
		b := &k.Books[i]
		if b.Campaign.ID == "" {
			bad = append(bad, "a campaign has no id")
		}
		for j := range b.Contacts {
			c := &b.Contacts[j]
			n, err := strconv.ParseUint(strings.TrimPrefix(c.ID, "p"), 10, 64)
			switch {
			case err != nil, !strings.HasPrefix(c.ID, "p"), n > k.Serial, seen[c.ID]:
				bad = append(bad, fmt.Sprintf("contact %q of %d", c.ID, k.Serial))
			case !slices.Contains(States(), c.State):
				bad = append(bad, fmt.Sprintf("contact %s has the state %d", c.ID, c.State))
			}
			seen[c.ID] = true
		}
	}
	whole := Desk{Books: k.Books, People: k.People}
	if bad = append(bad, whole.Audit()...); len(bad) > 0 {
		return errors.New(strings.Join(bad[:min(3, len(bad))], "; "))
	}
	return nil
}

// Recall brings back what was kept, to a desk that knows the branch's campaigns. A contact whom an agent had waits for another one; an attempt that
// was cut was an attempt. Contacts without a number are people whom nobody can name any more: they are not called. A campaign goes on as somebody
// left it; one the branch has no more keeps its list and calls nobody.
func (d *Desk) Recall(now int64, k Kept) {
	d.recallPeople(k.People)
	changed(d, &d.Serial)
	d.Serial = max(d.Serial, k.Serial)
	there := map[string]bool{}
	for i := range d.Books {
		for j := range d.Books[i].Contacts {
			there[d.Books[i].Contacts[j].ID] = true
		}
	}
	for _, old := range k.Books {
		d.recallBook(now, old, there)
	}
	spoke := map[string]bool{}
	for _, c := range k.Cuts {
		spoke[c.Contact] = c.Spoke
	}
	for i := range d.Books {
		for j := range d.Books[i].Contacts {
			c := &d.Books[i].Contacts[j]
			switch {
			case there[c.ID]:
			case c.State == Allocated:
				d.move(c, Back, now)
			case c.State == Dialling && spoke[c.ID]:
				d.Ended(now, c.ID, Answered)
			case c.State == Dialling:
				d.Ended(now, c.ID, Failed)
			}
		}
	}
}

// recallBook brings back one list.
func (d *Desk) recallBook(now int64, old Book, there map[string]bool) {
	b := d.book(old.Campaign.ID)
	if b == nil {
		old.Campaign.Paused = true
		changed(d, &d.Books)
		d.Books = append(slices.Clip(slices.Clone(d.Books)), Book{Campaign: old.Campaign})
		b = &d.Books[len(d.Books)-1]
	}
	changed(d, b)
	b.Campaign.Paused, b.Last = old.Campaign.Paused, max(b.Last, old.Last)
	list := slices.Grow(slices.Clone(b.Contacts), len(old.Contacts))
	for _, c := range old.Contacts {
		switch {
		case there[c.ID]:
			continue
		case c.Number == "" && !c.Open():
			continue
		case c.Number == "":
			c.State, c.Since, c.Agent, c.Until, c.Why = Cancelled, now, "", 0, "person.erased"
			c.Name, c.Custom, c.Consent.Source, c.Consent.Text = "", nil, "", ""
			d.Moved = append(d.Moved, c.ID)
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, c Contact) int { return inOrder(a.ID, c.ID) })
	b.Contacts = list
}

// recallPeople brings back what is remembered of people, beside what is known already.
func (d *Desk) recallPeople(kept []Person) {
	all := slices.DeleteFunc(slices.Concat(d.People, kept), func(p Person) bool { return p.Number == "" })
	slices.SortStableFunc(all, func(a, b Person) int { return cmp.Compare(a.Number, b.Number) })
	var out []Person
	for _, p := range all {
		if len(out) == 0 || out[len(out)-1].Number != p.Number {
			out = append(out, p)
			continue
		}
		o := &out[len(out)-1]
		past := slices.Concat(o.Past, p.Past)
		slices.Sort(past)
		o.Past = slices.Compact(past)
		o.Subject = cmp.Or(o.Subject, p.Subject)
		o.Refused, o.Revoked, o.Spoke = max(o.Refused, p.Refused), max(o.Revoked, p.Revoked), max(o.Spoke, p.Spoke)
		o.Auto = max(o.Auto, p.Auto)
	}
	changed(d, &d.People)
	d.People = out
}
