package campaign

// dialled counts the different numbers the box dialled by itself within 30 days: the law asks for it at each call of a progressive campaign. It follows
// from People, is never written, and is counted anew when the list of people was replaced or somebody falls out of the 30 days.
type dialled struct {
	people []Person // whom it was counted among
	at     int64    // Unix ms: when
	until  int64    // Unix ms: the first one counted falls out then
	n      int
}

// dialledWithin is how far back it counts.
const dialledWithin = 30 * 24 * hour

// never is an instant that does not come.
const never = int64(1) << 62

// recent is when a person falls out of the count (Unix ms); false when they are not in it.
func recent(p *Person, now int64) (until int64, in bool) {
	until = p.Auto + dialledWithin
	return until, p.Auto > 0 && now < until
}

func count(people []Person, now int64) dialled {
	k := dialled{people: people, at: now, until: never}
	for i := range people {
		if until, in := recent(&people[i], now); in {
			k.n++
			k.until = min(k.until, until)
		}
	}
	return k
}

// recount takes in what became of somebody.
func (d *Desk) recount(was, is Person) {
	k := &d.tally
	k.people = d.People
	if _, in := recent(&was, k.at); in {
		k.n--
	}
	if until, in := recent(&is, k.at); in {
		k.n++
		k.until = min(k.until, until)
	}
	if d.OnChange != nil {
		d.OnChange(func() { d.tally = dialled{} })
	}
}

// reached counts the different numbers the box dialled by itself within 30 days, with one more.
func (d *Desk) reached(now int64, with string) int {
	if k := &d.tally; !sameList(k.people, d.People) || now < k.at || now >= k.until {
		*k = count(d.People, now)
	}
	if i, ok := d.person(with); ok {
		if _, in := recent(&d.People[i], now); in {
			return d.tally.n
		}
	}
	return d.tally.n + 1
}

// auditDialled names a count that is not what people say.
func (d *Desk) auditDialled(say func(string, ...any)) {
	if k := d.tally; sameList(k.people, d.People) && k.at > 0 {
		if is := count(d.People, k.at); is.n != k.n || is.until < k.until {
			say("%d people were dialled by the box, and %d are kept until %d", is.n, k.n, k.until)
		}
	}
}
