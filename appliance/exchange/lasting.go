package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// byBox is the author of what the box does by itself.
const byBox = "box"

// What outlives a cold start of the box, when no call does: what extensions do with their calls, who spoke with whom, who waits to be called back,
// and campaigns with what the law wants remembered of the people they call. Everything else of an exchange is of its calls, or is of the site document,
// or ends with the process (FEATURES §3.3: open sessions and pauses are closed by a restart).

// Lasting is that. The rim keeps it.
type Lasting struct {
	Extensions []Setting      `json:"extensions,omitempty"`
	Known      []Acquaintance `json:"known,omitempty"`
	Callbacks  []Wish         `json:"callbacks,omitempty"`
	Campaigns  campaign.Kept  `json:"campaigns,omitzero"`
}

// Lasting is what is to be kept now, but campaigns. Who spoke with whom is left out once no queue can want it.
func (s *State) Lasting() Lasting {
	old := func(k Acquaintance) bool { return s.utc-k.At > longestOwn }
	return Lasting{Extensions: slices.Clone(s.settings), Known: slices.DeleteFunc(s.acquaintances(), old), Callbacks: s.wishes()}
}

// LastingCampaigns is what is to be kept of campaigns now. It is much, and the journal has what happens after.
func (s *State) LastingCampaigns() campaign.Kept {
	k := s.desk.Kept()
	for _, c := range s.order {
		if c.Contact == "" || c.Phase == call.Lifting {
			continue
		}
		if p, _, ok := s.desk.Contact(c.Contact); ok && p.State == campaign.Dialling && p.Agent == c.Placer {
			k.Cuts = append(k.Cuts, campaign.Cut{Contact: c.Contact, Call: string(c.ID), Spoke: c.Spoke()})
		}
	}
	return k
}

// Remembered brings back what was kept, to an exchange that has its branch and nothing else. What it knows of people it takes in at any time.
type Remembered struct {
	Lasting Lasting `json:"lasting"`
}

func (Remembered) input() {}

// remembered takes it in. A forward that the branch no longer allows is let go of, and that is told.
func (s *State) remembered(in Remembered) {
	for _, t := range in.Lasting.Extensions {
		if _, ok := s.site.extension(t.Extension); !ok {
			continue
		}
		var d routing.Decision
		if t.Forward != "" {
			var why []fact.Reason
			if d, why = s.mayForward(t); why != nil {
				t.Forward, t.When, t.Subject, d = "", "", "", routing.Decision{}
				s.tell(fact.CommandRefused{Command: ExtensionSet{}.asked().refusal.Command, By: byBox, Reasons: why})
			}
		}
		s.applySetting(t, d, byBox)
	}
	for _, k := range in.Lasting.Known {
		if len(s.known) < mostAcquaintances {
			s.know(k)
		}
	}
	for _, w := range in.Lasting.Callbacks {
		s.recallWish(w)
	}
	s.desk.Recall(s.utc, in.Lasting.Campaigns)
	s.tellContacts("", fact.Reason{Code: "box.restarted"})
}
