package campaign

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// index is what is asked of the lists at each step of the exchange, kept so that a step does not grow with them: who has a card, who may be called
// next, when something is due, whose contacts they are. It follows from the lists: it is never written, it is made anew when a list was replaced, and
// Audit compares it with them.
type index struct {
	books   []shelf
	cards   []Card              // who has a contact, by campaign and place
	numbers map[string][]string // the contacts of a number, by campaign and place; nil until somebody asks
}

// shelf is what is kept of one book.
type shelf struct {
	list  []Contact // what the rest is of
	kinds []byte    // of each contact, what a search sees of it
	due   []int64   // Unix ms, of each contact: when Tick has something to do with it; 0: never
	many  [3]int    // contacts of each kind
	next  int64     // the least of due; 0: none; unsure: to be looked for
}

// What a search sees of a contact.
const (
	notNow byte = iota // not waiting
	fresh              // to be called for the first time
	again              // to be called once more
)

// unsure stands for the least of some instants, when the one that was it changed.
const unsure = -1

// Card says that an agent has a contact.
type Card struct {
	Contact string
	Agent   string
	State   State // Allocated or Dialling

	book, at int
}

func kindOf(c *Contact) byte {
	switch {
	case c.State != Waiting:
		return notNow
	case c.Attempts > 0:
		return again
	default:
		return fresh
	}
}

// mostStale bounds how many contacts are looked at again one by one.
const mostStale = 1000

// edit announces a change of a contact, and that the index must look at it again.
func (d *Desk) edit(c *Contact) {
	d.spoil(c.ID)
	if d.OnChange != nil {
		was := *c
		d.OnChange(func() {
			*c = was
			d.spoil(was.ID)
		})
	}
}

func (d *Desk) spoil(id string) {
	if len(d.stale) >= mostStale {
		d.index, d.stale = nil, d.stale[:0]
	}
	d.stale = append(d.stale, id)
}

// indexed is the index as the lists are now.
func (d *Desk) indexed() *index {
	if d.index == nil || !d.index.fits(d.Books) {
		d.index, d.stale = newIndex(d.Books), d.stale[:0]
	}
	for _, id := range d.stale {
		if i, j, ok := d.place(id); ok {
			d.index.read(d.Books, i, j)
		}
	}
	d.stale = d.stale[:0]
	return d.index
}

// sameList reports whether two slices are one.
func sameList[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// fits reports whether it is of these lists: those that replaced them are others.
func (x *index) fits(books []Book) bool {
	if len(x.books) != len(books) {
		return false
	}
	for i := range books {
		if !sameList(x.books[i].list, books[i].Contacts) {
			return false
		}
	}
	return true
}

func newIndex(books []Book) *index {
	x := &index{books: make([]shelf, len(books))}
	for i := range books {
		list := books[i].Contacts
		s := &x.books[i]
		*s = shelf{list: list, kinds: make([]byte, len(list)), due: make([]int64, len(list)), next: unsure}
		s.many[notNow] = len(list)
		for j := range list {
			x.read(books, i, j)
		}
	}
	return x
}

// read takes in what a contact is now.
func (x *index) read(books []Book, i, j int) {
	s, c := &x.books[i], &books[i].Contacts[j]
	kind, due := kindOf(c), c.Until
	s.many[s.kinds[j]]--
	s.many[kind]++
	s.kinds[j] = kind
	if was := s.due[j]; was != due {
		s.due[j] = due
		switch {
		case s.next == unsure:
		case was != 0 && was == s.next:
			s.next = unsure
		case due != 0 && (s.next == 0 || due < s.next):
			s.next = due
		}
	}
	card := Card{Contact: c.ID, Agent: c.Agent, State: c.State, book: i, at: j}
	n, has := slices.BinarySearchFunc(x.cards, card, func(a, b Card) int { return cmp.Or(cmp.Compare(a.book, b.book), cmp.Compare(a.at, b.at)) })
	switch {
	case has && c.Agent == "":
		x.cards = slices.Delete(x.cards, n, n+1)
	case has:
		x.cards[n] = card
	case c.Agent != "":
		x.cards = slices.Insert(x.cards, n, card)
	}
}

// soonest is the least of due; 0: none.
func (s *shelf) soonest() int64 {
	if s.next == unsure {
		s.next = 0
		for _, at := range s.due {
			if at != 0 && (s.next == 0 || at < s.next) {
				s.next = at
			}
		}
	}
	return s.next
}

// after is the next contact of a kind from a place on and before another; -1: there is none.
func (s *shelf) after(kind byte, at, end int) int {
	if i := bytes.IndexByte(s.kinds[at:end], kind); i >= 0 {
		return at + i
	}
	return -1
}

// place finds a contact: contacts have rising numbers and stand in the order they came. false when there is none.
func (d *Desk) place(id string) (book, at int, ok bool) {
	for i := range d.Books {
		if j, found := slices.BinarySearchFunc(d.Books[i].Contacts, id, func(c Contact, id string) int { return inOrder(c.ID, id) }); found {
			return i, j, true
		}
	}
	return 0, 0, false
}

// inOrder compares two contacts by when they came: p9 before p10.
func inOrder(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

// Cards lists who has which contact, by campaign and place.
func (d *Desk) Cards() []Card { return slices.Clone(d.indexed().cards) }

// Waits reports whether a campaign has somebody to be called.
func (d *Desk) Waits(id string) bool {
	i := slices.IndexFunc(d.Books, func(b Book) bool { return b.Campaign.ID == id })
	return i >= 0 && d.indexed().books[i].many[notNow] < len(d.Books[i].Contacts)
}

// of lists the contacts of a number, by campaign and place.
func (d *Desk) of(number string) []string {
	x := d.indexed()
	if x.numbers == nil {
		x.numbers = map[string][]string{}
		for i := range d.Books {
			for j := range d.Books[i].Contacts {
				c := &d.Books[i].Contacts[j]
				x.numbers[c.Number] = append(x.numbers[c.Number], c.ID)
			}
		}
	}
	return x.numbers[number]
}

// Of lists somebody's contacts in all campaigns, by their number.
func (d *Desk) Of(number string) []Contact {
	all := []Contact{}
	for _, id := range d.of(number) {
		_, c := d.find(id)
		all = append(all, *c)
	}
	return all
}

// auditIndex names what the index says and the lists do not.
func (d *Desk) auditIndex(say func(string, ...any)) {
	kept, made := d.indexed(), newIndex(d.Books)
	if !slices.Equal(kept.cards, made.cards) {
		say("cards are kept as %v and are %v", kept.cards, made.cards)
	}
	for i := range d.Books {
		b, k, w := &d.Books[i], &kept.books[i], &made.books[i]
		if !slices.Equal(k.kinds, w.kinds) || !slices.Equal(k.due, w.due) || k.many != w.many || k.soonest() != w.soonest() {
			say("campaign %s: what is kept of its list is not what the list says", b.Campaign.ID)
		}
		if !slices.IsSortedFunc(b.Contacts, func(a, c Contact) int { return inOrder(a.ID, c.ID) }) {
			say("campaign %s: its contacts do not stand in the order they came", b.Campaign.ID)
		}
	}
	for i := range d.Books {
		for _, c := range d.Books[i].Contacts {
			if kept.numbers != nil && !slices.Contains(kept.numbers[c.Number], c.ID) {
				say("contact %s is not kept under its number", c.ID)
			}
		}
	}
}
