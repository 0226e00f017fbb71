package appliance

import (
	"encoding/json"
	"errors"
	"testing"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
)

// A list that comes over the command socket: whoever it names has a subject of their own before the exchange sees them, lines that cannot be taken are told
// with their number, and a list that cannot be read at all is refused with its reason.
func TestListsOverTheSocket(t *testing.T) {
	c, _ := recordingBox(t, nil)
	b := &box{c}
	c.loop.tell(exchange.SiteChanged{Branch: c.keeper.Current().Branch()})
	order := func(name string, fields map[string]any) (console.Done, error) {
		t.Helper()
		raw, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return b.Order(t.Context(), console.Order{Name: name, By: "console", Fields: raw})
	}
	done, err := order("campaign.import", map[string]any{
		"campaign": "relance", "list": "Téléphone;Nom;Contrat\n06 12 34 56 78;Paul Durand;4711\n112;;\n0612345678;;\nabc;;\n0612345679;Anne Petit\n0612345680;Ève;4712",
	})
	if err != nil || done.List == nil || done.List.Taken != 2 {
		t.Fatalf("%+v, %v", done.List, err)
	}
	want := map[int]string{3: "outbound.emergency", 4: "list.duplicate", 5: "number.unreadable", 6: "list.columns"}
	for _, x := range done.List.Rejected {
		if want[x.Line] != x.Code {
			t.Errorf("line %d: %s, want %s", x.Line, x.Code, want[x.Line])
		}
		delete(want, x.Line)
	}
	if len(want) > 0 {
		t.Errorf("nobody told of %v", want)
	}
	if err := c.loop.ask(t.Context(), func(s *exchange.State, _ fact.Moment) {
		for _, number := range []string{"+33612345678", "+33612345680"} {
			who, known := c.journal.Known(number)
			if all := s.ContactsOf(number); !known || len(all) != 1 || all[0].Subject != who || all[0].Custom[0].Value == "" {
				t.Errorf("%s, known as %s: %+v", number, who, all)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	for list, code := range map[string]string{"nom\nPaul": "campaign.list", "\xff\xfen": "campaign.list"} {
		_, err := order("campaign.import", map[string]any{"campaign": "relance", "list": list})
		if refused, ok := errors.AsType[*console.Refused](err); !ok || refused.Reasons[0].Code != code {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := order("campaign.import", map[string]any{"campaign": "relance", "liste": "x"}); !errors.Is(err, console.ErrCommand) {
		t.Errorf("a field that is none: %v", err)
	}

	// How far the list is stands in the box's status.
	if _, err := order("consent.set", map[string]any{"number": "0612345680", "revoked": true}); err != nil {
		t.Fatal(err)
	}
	standing := func() (v exchange.CampaignView) {
		t.Helper()
		if err := c.loop.ask(t.Context(), func(s *exchange.State, _ fact.Moment) { v = s.Campaigns()[0] }); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := standing(); got.ID != "relance" || got.Mode != "preview" || got.Running || got.Now || got.Open != 1 || got.Refused != 1 || got.Calling != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := order("campaign.do", map[string]any{"campaign": "relance", "deed": "start"}); err != nil {
		t.Fatal(err)
	}
	if got := standing(); !got.Running || !got.Now {
		t.Errorf("%+v", got)
	}
}
