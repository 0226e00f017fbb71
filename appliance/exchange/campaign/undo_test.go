package campaign_test

import (
	"encoding/json"
	"slices"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// Whatever changes a desk announces each change with what takes it back: taken back in reverse, nothing of it remains.
func TestEveryChangeCanBeTakenBack(t *testing.T) {
	other := autumn()
	other.ID = "other"
	renamed := autumn()
	renamed.Name = "Hiver"
	row := func(line int) campaign.Row { return consent(line, "01 40 50 60 79") }
	gap := autumn()
	gap.Mode, gap.GapMS = campaign.Progressive, 1
	for name, c := range map[string]struct {
		of      campaign.Campaign
		prepare func(d *campaign.Desk, h campaign.House, now int64)
		act     func(d *campaign.Desk, h campaign.House, now int64)
	}{
		"a new campaign":     {autumn(), nil, func(d *campaign.Desk, _ campaign.House, _ int64) { d.Put(other) }},
		"a changed campaign": {autumn(), nil, func(d *campaign.Desk, _ campaign.House, _ int64) { d.Put(renamed) }},
		"pause":              {autumn(), nil, func(d *campaign.Desk, _ campaign.House, _ int64) { d.Pause("autumn", true) }},
		"stop":               {autumn(), nil, func(d *campaign.Desk, _ campaign.House, now int64) { d.Stop(now, "autumn") }},
		"import": {autumn(), nil, func(d *campaign.Desk, h campaign.House, now int64) {
			d.Import(now, "autumn", []campaign.Row{row(1)}, nil, h)
		}},
		"a card":            {autumn(), nil, func(d *campaign.Desk, h campaign.House, now int64) { d.Allocate(now, "p1", "ana", rouge, h) }},
		"a card kept":       {autumn(), given, func(d *campaign.Desk, _ campaign.House, now int64) { d.Keep("p1", now+hour) }},
		"a card put aside":  {autumn(), given, func(d *campaign.Desk, _ campaign.House, now int64) { d.Skip(now, "p1", "ana") }},
		"a card given back": {autumn(), given, func(d *campaign.Desk, _ campaign.House, now int64) { d.GiveBack(now, "ana") }},
		"a call":            {gap, given, func(d *campaign.Desk, h campaign.House, now int64) { d.Dial(now, "p1", "ana", h) }},
		"a call that ended": {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) { d.Ended(now, "p1", campaign.Answered) }},
		"a call in vain":    {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) { d.Ended(now, "p1", campaign.Busy) }},
		"a mark": {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) {
			d.MarkAs(now, "p1", "ana", campaign.MarkConverted, 0)
		}},
		"a no": {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) {
			d.MarkAs(now, "p1", "ana", campaign.MarkRefused, 0)
		}},
		"a consent": {autumn(), nil, func(d *campaign.Desk, _ campaign.House, now int64) {
			d.Consent("+33140506070", policy.Consent{Source: "x", Text: "y", At: now})
		}},
		"a consent taken back": {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) { d.Revoke(now, "+33140506070", "s1") }},
		"somebody spoke":       {autumn(), nil, func(d *campaign.Desk, _ campaign.House, now int64) { d.CancelRecent(now, "+33140506070", "s1") }},
		"a stranger spoke":     {autumn(), nil, func(d *campaign.Desk, _ campaign.House, now int64) { d.Spoke(now, "+33140506099", "s9") }},
		"a person forgotten":   {autumn(), dialled, func(d *campaign.Desk, _ campaign.House, now int64) { d.Erase(now, "+33140506070") }},
		"a refusal kept": {autumn(), func(d *campaign.Desk, h campaign.House, now int64) {
			dialled(d, h, now)
			d.SaidNo(now, "+33140506070", "s1")
		}, func(d *campaign.Desk, _ campaign.House, now int64) { d.Erase(now, "+33140506070") }},
		"time":       {autumn(), given, func(d *campaign.Desk, _ campaign.House, now int64) { d.Tick(now + hour) }},
		"the memory": {autumn(), func(d *campaign.Desk, _ campaign.House, now int64) { d.Spoke(now, "+33140506099", "s9") }, func(d *campaign.Desk, _ campaign.House, now int64) { d.Tick(now + 91*day) }},
		"old contacts": {autumn(), func(d *campaign.Desk, h campaign.House, now int64) {
			dialled(d, h, now)
			d.Ended(now, "p1", campaign.Answered)
		}, func(d *campaign.Desk, _ campaign.House, now int64) { d.Prune(now + 31*day) }},
	} {
		d, h, now := bench(t, c.of, "01 40 50 60 70", "01 40 50 60 71")
		if c.prepare != nil {
			c.prepare(d, h, now)
		}
		before := written(t, d)
		var undo []func()
		d.OnChange = func(back func()) { undo = append(undo, back) }
		c.act(d, h, now)
		if written(t, d) == before {
			t.Errorf("%s changes nothing", name)
		}
		for _, back := range slices.Backward(undo) {
			back()
		}
		if after := written(t, d); after != before {
			t.Errorf("%s was taken back and left a trace:\n%s\n%s", name, before, after)
		}
	}
}

func given(d *campaign.Desk, h campaign.House, now int64) { d.Allocate(now, "p1", "ana", rouge, h) }

func dialled(d *campaign.Desk, h campaign.House, now int64) {
	given(d, h, now)
	d.Dial(now, "p1", "ana", h)
}

func written(t *testing.T, d *campaign.Desk) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// One agent's card is given back; the others keep theirs.
func TestOnlyTheirOwnCardIsGivenBack(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70", "01 40 50 60 71", "01 40 50 60 72")
	must(t, d.Allocate(now, "p1", "ana", rouge, h))
	must(t, d.Allocate(now, "p3", "ben", rouge, h))
	d.GiveBack(now, "ana")
	if a, b, c := state(t, d, "p1"), state(t, d, "p2"), state(t, d, "p3"); a != "waiting" || b != "waiting" || c != "allocated ben" {
		t.Error(a, b, c)
	}
}

// The columns of a list by each of their names, and the fields as they are written.
func TestColumns(t *testing.T) {
	h := house(t)
	const text = "nom;tel;consent_source;consent_text;consent_date;retrait_date; Ville \nAda;0140506070;page;oui;2026-01-02;03/02/2026; Brest \nBen;0140506071;;;;;\n"
	rows, bad, err := campaign.ReadCSV([]byte(text), h.Zone)
	if err != nil || len(bad) > 0 || len(rows) != 2 {
		t.Fatal(rows, bad, err)
	}
	want := campaign.Row{
		Line: 2, Typed: "0140506070", Name: "Ada", Custom: []campaign.Var{{Name: "Ville", Value: "Brest"}},
		Consent: policy.Consent{Source: "page", Text: "oui", At: unix(t, "2026-01-02T00:00:00+01:00"), Revoked: unix(t, "2026-02-03T00:00:00+01:00")},
	}
	if got := rows[0]; got.Line != want.Line || got.Typed != want.Typed || got.Name != want.Name || got.Consent != want.Consent || !slices.Equal(got.Custom, want.Custom) {
		t.Errorf("%+v", got)
	}
	if rows[1].Consent != (policy.Consent{}) || len(rows[1].Custom) != 0 || rows[1].Line != 3 {
		t.Errorf("%+v", rows[1])
	}
	for heading, number := range map[string]bool{
		"Numéro": true, "N°": true, "number": true, "Téléphone": true, "phone": true, " TEL ": true, "name": false, "ville": false, "revoked": false,
		"consent_revoked": false, "consentement": false, "Consent-Date": false,
	} {
		_, _, err := campaign.ReadCSV([]byte(heading+"\n0140506070\n"), h.Zone)
		if (err == nil) != number {
			t.Errorf("%q: %v", heading, err)
		}
	}
	// Two columns of numbers: the first that has one; empty lines and lines of blanks are none.
	rows, bad, err = campaign.ReadCSV([]byte("tel;phone\n;0140506071\n\n   \n0140506072;0140506073\n"), h.Zone)
	if err != nil || len(bad) > 0 || len(rows) != 2 || rows[0].Typed != "0140506071" || rows[1].Typed != "0140506072" || rows[1].Line != 5 {
		t.Errorf("%+v %v %v", rows, bad, err)
	}
	// Quotes within quotes, separators and ends of line within them.
	rows, _, err = campaign.ReadCSV([]byte("tel,nom\r\n0140506070,\"a \"\"b\"\", c\nd\"\r\n0140506071,x \"y\" z\r\n"), h.Zone)
	if err != nil || len(rows) != 2 || rows[0].Name != "a \"b\", c\nd" || rows[1].Name != `x "y" z` || rows[1].Line != 4 {
		t.Errorf("%+v %v", rows, err)
	}
	if _, _, err := campaign.ReadCSV([]byte("\xfe\xff\x00n"), h.Zone); err == nil {
		t.Error("UTF-16 the other way round is read")
	}
	if _, bad, _ := campaign.ReadCSV([]byte("tel;consent_date\n0140506070;2026-13-01\n"), h.Zone); len(bad) != 1 || bad[0].Code != "list.date" || bad[0].Detail != "consent_date" {
		t.Errorf("%+v", bad)
	}
}

// A campaign is full to the line.
func TestFullCampaign(t *testing.T) {
	d, h, now := bench(t, autumn(), "01 40 50 60 70")
	rows := make([]campaign.Row, campaign.MaxListLines)
	if _, why := d.Import(now, "autumn", rows, nil, h); codes(why) != "campaign.full" {
		t.Error(why)
	}
	if r, why := d.Import(now, "autumn", rows[1:], nil, h); why != nil || r.Taken != 0 {
		t.Error(r.Taken, why)
	}
}
