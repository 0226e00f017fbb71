package sheet

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/tally/count"
	"autocom/appliance/tally/ledger"
)

// FEATURES §11: contact, attempts and conversion by campaign, in a file. What is no campaign's has no column there, and its empty cells say so when asked for.
func TestConversionsByCampaign(t *testing.T) {
	z, _ := hours.ZoneOf("Europe/Paris")
	from := int64(1_793_000_000_000) / count.QuarterMS * count.QuarterMS
	wish := func(source, campaign string, n count.Wishes) count.Row[count.Wish, count.Wishes] {
		return count.Row[count.Wish, count.Wishes]{
			At: count.Wish{Place: count.Place{Quarter: count.QuarterOf(from), Queue: "rouge"}, Source: source, Campaign: campaign}, N: n,
		}
	}
	rows := count.Rows{Wishes: []count.Row[count.Wish, count.Wishes]{
		wish("campaign", "devis", count.Wishes{Asked: 9, Reached: 4, Unreached: 4, InProgress: 1, Attempts: 12, Converted: 1}),
		wish("campaign", "relance", count.Wishes{Asked: 2, Unreached: 2, Attempts: 6}),
		wish("web", "", count.Wishes{Asked: 5, Reached: 5}),
	}}
	r := Request{Site: "Lyon", Zone: z, From: from, Until: from + count.QuarterMS, Split: ByCampaign, Also: []string{"neuve"}}
	s, err := Make(rows, ledger.DefaultRules(), r, fact.Moment{UTC: from + count.QuarterMS})
	if err != nil {
		t.Fatal(err)
	}
	text := string(s.CSV(Spelling{Excel: true, Parts: true}))
	for _, want := range []string{
		"# campaign_conversion_rate", ";Campagne;Fiches de campagne appelées;Fiches jointes;Fiches converties;",
		";devis;9;4;1;50,0;4;8;1,50;12;8;25,0;1;4;", ";relance;2;0;0;0,0;0;2;3,00;6;2;;0;0;", ";neuve;0;0;0;;0;0;;0;0;;0;0;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Rappels") || strings.Contains(text, "Reçus") {
		t.Errorf("what is no campaign's stands by campaigns:\n%s", text)
	}
	if s.Total.Sums.Campaign.Converted != 1 || s.Total.Sums.Campaign.Asked != 11 {
		t.Errorf("%+v", s.Total.Sums.Campaign)
	}
	r.Columns = []Column{"received", "campaign_converted"}
	if s, err = Make(rows, ledger.DefaultRules(), r, fact.Moment{UTC: from + count.QuarterMS}); err != nil || s.Cells(s.Lines[0], French)[0].Value != nil {
		t.Errorf("visits by campaign: %v", err)
	}
}
