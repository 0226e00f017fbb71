package campaign_test

import (
	"testing"

	"autocom/appliance/exchange/campaign"
)

// Every cell of the contact's state machine: where it leads, with ! when the call must be hung up; empty: nothing changes, and a reason is written.
func TestEveryCellOfAContact(t *testing.T) {
	want := map[campaign.State]string{
		//                    given  back  launched  missed  given up  reached  rest over  no  dropped  skipped  again
		campaign.Waiting:   "allocated - - - - - - refused cancelled - -",
		campaign.Allocated: "- waiting dialling - - - - refused cancelled resting -",
		campaign.Dialling:  "- - - resting done done - refused! cancelled! - -",
		campaign.Resting:   "- - - - - - waiting refused cancelled - -",
		campaign.Done:      "- - - - - - - refused - - resting",
		campaign.Refused:   "- - - - - - - - - - -",
		campaign.Cancelled: "- - - - - - - - - - -",
	}
	for _, s := range campaign.States() {
		got := ""
		for i, e := range campaign.Events() {
			m := campaign.Step(s, e)
			if (m.Next == s) == (m.Ignore == "") || m.Ignore != "" && m.HangUp {
				t.Errorf("%s, %s: %+v leads somewhere and is ignored, or neither", s, e, m)
			}
			cell := "-"
			if m.Ignore == "" {
				cell = m.Next.String()
			}
			if m.HangUp {
				cell += "!"
			}
			if i > 0 {
				got += " "
			}
			got += cell
		}
		if got != want[s] {
			t.Errorf("%s:\n got %s\nwant %s", s, got, want[s])
		}
		if (campaign.Step(s, campaign.No).Ignore != "") != (s == campaign.Refused || s == campaign.Cancelled) {
			t.Errorf("a no does not count while %s", s)
		}
	}
	if campaign.State(0).String() != "unknown" || campaign.Event(0).String() != "unknown" || campaign.Step(0, campaign.Given).Ignore == "" {
		t.Error("what is no state has a name")
	}
}
