package campaign_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// wall is what the clock of a number's place shows, by the IANA files and not by our own table.
func wall(t *rapid.T, number string, at int64) time.Time {
	name := "Europe/Paris"
	switch {
	case len(number) > 4 && number[:4] == "+590":
		name = "America/Guadeloupe"
	case len(number) > 4 && number[:4] == "+262":
		name = "Indian/Reunion"
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(at).In(z)
}

// lawful says in plain words, not by the tables, whether a consumer may be solicited then.
func lawful(w time.Time) bool {
	if w.Weekday() == time.Saturday || w.Weekday() == time.Sunday {
		return false
	}
	switch w.Format("01-02") {
	case "01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25":
		return false
	}
	switch w.Format(time.DateOnly) { // Easter Monday, Ascension and Whit Monday of 2026 and 2027
	case "2026-04-06", "2026-05-14", "2026-05-25", "2027-03-29", "2027-05-06", "2027-05-17":
		return false
	}
	h := w.Hour()
	return h >= 10 && h < 13 || h >= 14 && h < 20
}

// Whatever happens in whatever order: no call outside a window, no more attempts than allowed and no more than four in thirty days, no contact with two
// agents, contacts that were not called come back, a consent taken back stops everything at once, and every change can be taken back.
func TestPromisesOfTheDesk(t *testing.T) {
	numbers := []string{"+33140506070", "+33612345678", "+590590123456", "+262262123456"}
	agents := []string{"ana", "ben", "chloe"}
	base := unix(t, "2026-10-20T06:00:00+02:00")
	dials := 0
	ops := []string{"import", "import", "next", "dial", "open", "open", "back", "no", "revoke", "spoke", "allocate"}
	results := append(campaign.Results(), campaign.Busy, campaign.Busy, campaign.Busy, campaign.Busy, campaign.NoAnswer)
	for range 8 {
		ops = append(ops, "call", "end", "end")
	}
	rapid.Check(t, func(t *rapid.T) {
		z, _ := hours.ZoneOf("Europe/Paris")
		h := campaign.House{Ask: policy.Ask{Country: "FR"}, Zone: z}
		d := &campaign.Desk{}
		now := base + rapid.Int64Range(0, 200*day).Draw(t, "start")
		limits := map[string]int{}
		for _, id := range []string{"a", "b"} {
			k := autumn()
			k.ID, k.Attempts = id, rapid.IntRange(2, 8).Draw(t, "attempts")
			k.Mode = rapid.SampledFrom([]campaign.Mode{campaign.Manual, campaign.Preview, campaign.Progressive}).Draw(t, "mode")
			k.Retry = []campaign.Retry{{After: campaign.Busy, DelayMS: minute}, {After: campaign.NoAnswer, DelayMS: 30 * minute}}
			limits[id] = k.Attempts
			if bad := d.Put(k); bad != nil {
				t.Fatal(bad)
			}
		}
		var all []campaign.Row
		for i, n := range numbers {
			all = append(all, consent(i+1, n))
		}
		if r, why := d.Import(now, "a", all, nil, h); why != nil || r.Taken != len(all) {
			t.Fatal(r, why)
		}
		revoked, tries := map[string]int64{}, map[string][]int64{}
		contact := func() (string, bool) {
			if d.Serial == 0 {
				return "", false
			}
			return fmt.Sprintf("p%d", rapid.Uint64Range(1, d.Serial).Draw(t, "contact")), true
		}
		undoable := func(op func()) {
			if rapid.IntRange(0, 5).Draw(t, "watched") > 0 { // writing it all down is what takes time
				d.OnChange = nil
				op()
				return
			}
			before, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			var undo []func()
			d.OnChange = func(f func()) { undo = append(undo, f) }
			op()
			after, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range slices.Backward(undo) {
				f()
			}
			back, err := json.Marshal(d)
			if err != nil || string(back) != string(before) {
				t.Fatalf("not taken back: %v\n%s\n%s", err, before, back)
			}
			if *d = (campaign.Desk{}); json.Unmarshal(after, d) != nil { // and on, from what was written
				t.Fatal("cannot be read")
			}
		}
		for range rapid.IntRange(60, 140).Draw(t, "steps") {
			now += rapid.SampledFrom([]int64{0, 1000, minute, 5 * minute, 20 * minute, hour}).Draw(t, "wait")
			undoable(func() { d.Tick(now) })
			if at, ok := d.Due(); ok && at <= now {
				t.Fatalf("due at %d is not done at %d", at, now)
			}
			who := rapid.SampledFrom(agents).Draw(t, "agent")
			number := rapid.SampledFrom(numbers).Draw(t, "number")
			switch op := rapid.SampledFrom(ops).Draw(t, "op"); op {
			case "import":
				row := consent(1, number)
				row.Consent.At = now - rapid.Int64Range(0, 100*day).Draw(t, "consent")
				undoable(func() {
					_, _ = d.Import(now, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "to"), []campaign.Row{row}, nil, h)
				})
			case "next", "allocate":
				undoable(func() {
					id, ok := next(d, now, who, rouge, h)
					if op == "allocate" {
						id, ok = contact()
					}
					if ok {
						if why := d.Allocate(now, id, who, rouge, h); op == "next" && why != nil {
							t.Fatalf("%s was next and is refused: %v", id, why)
						}
					}
				})
			case "open": // on to the next morning, or past the midday pause
				now += rapid.SampledFrom([]int64{0, 3 * hour, day, 9 * day}).Draw(t, "days")
				for !lawful(wall(t, number, now)) {
					now += 15 * minute
				}
			case "dial", "call":
				undoable(func() {
					id, ok := contact()
					if op == "call" {
						if id, ok = next(d, now, who, rouge, h); ok && d.Allocate(now, id, who, rouge, h) != nil {
							t.Fatalf("%s was next and is refused", id)
						}
					}
					if !ok {
						return
					}
					c, k, _ := d.Contact(id)
					if d.Dial(now, id, who, h) != nil {
						return
					}
					dials++
					if c.Agent != who || c.State != campaign.Allocated {
						t.Fatalf("%s dials %+v", who, c)
					}
					if w := wall(t, c.Number, now); !lawful(w) {
						t.Fatalf("%s is called at %s", c.Number, w)
					}
					if c.Attempts >= limits[k.ID] {
						t.Fatalf("attempt %d of %d", c.Attempts+1, limits[k.ID])
					}
					if at, ok := revoked[c.Number]; ok && c.Consent.At <= at {
						t.Fatalf("%s took back a consent of %d at %d and is called at %d", c.Number, c.Consent.At, at, now)
					}
					recent := 0
					for _, at := range tries[c.Number] {
						if wall(t, c.Number, now).AddDate(0, 0, -30).Format(time.DateOnly) < wall(t, c.Number, at).Format(time.DateOnly) {
							recent++
						}
					}
					if recent >= 4 {
						t.Fatalf("%s is called a %dth time in 30 days", c.Number, recent+1)
					}
					tries[c.Number] = append(tries[c.Number], now)
				})
			case "end":
				undoable(func() {
					id, ok := contact()
					for _, b := range d.Books {
						for _, c := range b.Contacts {
							if c.State == campaign.Dialling {
								id = c.ID
							}
						}
					}
					if ok {
						d.Ended(now, id, rapid.SampledFrom(results).Draw(t, "result"))
					}
				})
			case "back":
				undoable(func() { d.GiveBack(now, who) })
			case "no":
				undoable(func() { d.SaidNo(now, number, "s") })
			case "revoke":
				undoable(func() { d.Revoke(now, number, "s") })
				revoked[number] = now
				for _, b := range d.Books {
					for _, c := range b.Contacts {
						if c.Number == number && c.Open() {
							t.Fatalf("%+v goes on", c)
						}
					}
				}
			case "spoke":
				undoable(func() { d.CancelRecent(now, number, "s") })
			}
			if bad := d.Audit(); len(bad) > 0 {
				t.Fatal(bad)
			}
		}
		now += day // contacts that nobody called come back
		d.Tick(now)
		for _, b := range d.Books {
			for _, c := range b.Contacts {
				if c.State == campaign.Allocated || c.State == campaign.Resting {
					t.Fatalf("a day later: %+v", c)
				}
			}
		}
	})
	t.Logf("%d calls", dials)
	if dials < 50 {
		t.Errorf("only %d calls: the days are too tame", dials)
	}
}
