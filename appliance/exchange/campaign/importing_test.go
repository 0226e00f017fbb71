package campaign_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// list is as people save it: a mark of UTF-8, semicolons, CRLF, accents, quotes, a name with a line break in it.
const list = "\ufeffN°;Nom;Dossier;Consentement source;Consentement texte;Consentement date\r\n" +
	"01 40 50 60 70;Éléonore Brûlé;A-1;formulaire web;« J’accepte »;23/11/2026\r\n" + // 2
	"+33 6 12 34 56 78;\"Durand; Ben\";A-2;contrat;\"J’ai dit \"\"oui\"\"\";2026-10-01\r\n" + // 3
	"\r\n" +
	"0033140506070;Doublon;A-3;;;\r\n" + // 5: of line 2
	"pas un numéro;X;A-4;;;\r\n" + // 6
	"15;Secours;A-5;;;\r\n" + // 7
	"0899123456;Surtaxé;A-6;;;\r\n" + // 8
	"01 40 50 60 72;trop court\r\n" + // 9
	"01 40 50 60 73;Ren\xe9;A-8;;;\r\n" + // 10: Latin-1
	"01 40 50 60 74;Z;A-9;form;ok;31/02/2026\r\n" + // 11
	"00 41 22 345 67 89;\"Deux\nlignes\";A-10;form;ok;2026-11-01\r\n" + // 12 and 13
	"00 1 202 555 01 43;Loin;A-11;form;ok;2026-11-01\r\n" + // 14: a country nobody calls
	"0692 12 34 56;Réunion;A-12;form;ok;2026-11-01" // 15, without an end of line

// Proves FEATURES §9.1, "numbers typed or by CSV": good lines are taken, every other one is reported with its line and why.
func TestImportCSV(t *testing.T) {
	d, h, now := bench(t, autumn())
	rows, bad, err := campaign.ReadCSV([]byte(list), h.Zone)
	if err != nil {
		t.Fatal(err)
	}
	r, why := d.Import(now, "autumn", rows, bad, h)
	if why != nil {
		t.Fatal(why)
	}
	var got []string
	for _, x := range r.Rejected {
		got = append(got, strings.TrimSpace(fmt.Sprint(x.Line, " ", x.Code, " ", x.Detail)))
	}
	want := []string{
		"5 list.duplicate line 2",
		"6 number.unreadable holds a character that is not on a telephone",
		"7 outbound.emergency",
		"8 toll.class premium",
		"9 list.columns 2 of 6",
		"10 list.encoding Nom",
		"11 list.date Consentement date",
		"14 toll.country",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rejected\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Taken != 4 || len(r.IDs) != 4 {
		t.Errorf("took %d", r.Taken)
	}
	c, _, _ := d.Contact(r.IDs[1])
	if c.Number != "+33612345678" || c.Name != "Durand; Ben" || c.Consent.Text != `J’ai dit "oui"` || c.Custom[0] != (campaign.Var{Name: "Dossier", Value: "A-2"}) {
		t.Errorf("%+v", c)
	}
	if c.Consent.At != unix(t, "2026-10-01T00:00:00+02:00") || c.Consent.Source != "contrat" {
		t.Errorf("%+v", c.Consent)
	}
	if c, _, _ := d.Contact(r.IDs[2]); c.Name != "Deux\nlignes" || c.Number != "+41223456789" {
		t.Errorf("%+v", c)
	}
	if c, _, _ := d.Contact(r.IDs[3]); c.Number != "+262692123456" {
		t.Errorf("%+v", c)
	}
	again, why := d.Import(now, "autumn", rows, nil, h)
	if why != nil || again.Taken != 0 || again.Rejected[0].Code != "list.duplicate" || again.Rejected[0].Detail != "in the campaign already" {
		t.Errorf("a second time: %+v %v", again, why)
	}
	for _, x := range append(r.Rejected, again.Rejected...) {
		if strings.Contains(x.Detail, "40506") || strings.Contains(x.Detail, "899123456") {
			t.Errorf("a report holds a number: %+v", x)
		}
	}
	if _, why := d.Import(now, "winter", rows, nil, h); codes(why) != "campaign.unknown" {
		t.Error(why)
	}
}

func TestListsThatCannotBeRead(t *testing.T) {
	h := house(t)
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"empty":     {"", campaign.ErrListColumns},
		"no number": {"nom;ville\nA;B\n", campaign.ErrListColumns},
		"UTF-16":    {"\xff\xfen\x00", campaign.ErrListEncoding},
		"too long":  {"numéro\n" + strings.Repeat("0140506070\n", campaign.MaxListLines+1), campaign.ErrListSize},
		"too big":   {strings.Repeat("x", campaign.MaxListBytes+1), campaign.ErrListSize},
	} {
		if _, _, err := campaign.ReadCSV([]byte(c.data), h.Zone); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rows, bad, err := campaign.ReadCSV([]byte("phone,name\n0140506070,\"open\n0140506071,x\n"), h.Zone)
	if err != nil || len(rows) != 0 || len(bad) != 1 || bad[0] != (campaign.Rejected{Line: 2, Code: "list.quotes", Detail: "a quote is not closed"}) {
		t.Errorf("%v %v %v", rows, bad, err)
	}
	// The last two characters are a quote within the field, which so has no end.
	rows, bad, err = campaign.ReadCSV([]byte("phone,name\n0140506070,\"open\"\""), h.Zone)
	if err != nil || len(rows) != 0 || len(bad) != 1 || bad[0].Code != "list.quotes" {
		t.Errorf("%v %v %v", rows, bad, err)
	}
	if rows, _, err := campaign.ReadCSV([]byte("phone,name\n0140506070,\"\"\"A\"\"\""), h.Zone); err != nil || len(rows) != 1 || rows[0].Name != `"A"` {
		t.Errorf("%+v %v", rows, err)
	}
	if rows, _, err := campaign.ReadCSV([]byte("Téléphone\tNom\n01 40 50 60 70\tAda\n"), h.Zone); err != nil || len(rows) != 1 || rows[0].Name != "Ada" {
		t.Errorf("tabs: %v %v", rows, err)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte("numéro;nom\n\"0140506070\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := house(t)
		rows, bad, err := campaign.ReadCSV(data, h.Zone)
		if err != nil {
			return
		}
		d := &campaign.Desk{}
		if d.Put(autumn()) != nil {
			t.Fatal("put")
		}
		r, why := d.Import(1, "autumn", rows, bad, h)
		if why != nil {
			t.Fatal(why)
		}
		if r.Taken+len(r.Rejected) != len(rows)+len(bad) {
			t.Errorf("of %d lines %d were taken and %d rejected", len(rows)+len(bad), r.Taken, len(r.Rejected))
		}
		for _, id := range r.IDs {
			c, _, _ := d.Contact(id)
			if why := policy.Gate(policy.Ask{Path: policy.PathRoute, Country: "FR", Number: c.Number, Forbidden: h.Ask.Forbidden}); why != nil {
				t.Errorf("%s was taken: %v", c.Number, why)
			}
		}
	})
}
