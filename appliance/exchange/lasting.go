package exchange

import (
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/routing"
)

// byBox is the author of what the box does by itself.
const byBox = "box"

// What outlives a cold start of the box, when no call does: what extensions do with their calls, and who spoke with whom. Everything else of an
// exchange is of its calls, or is of the site document, or ends with the process (FEATURES §3.3: open sessions and pauses are closed by a restart).

// Lasting is that. The rim keeps it.
type Lasting struct {
	Extensions []Setting      `json:"extensions,omitempty"`
	Known      []Acquaintance `json:"known,omitempty"`
}

// Lasting is what is to be kept now. Who spoke with whom is left out once no queue can want it.
func (s *State) Lasting() Lasting {
	old := func(k Acquaintance) bool { return s.utc-k.At > longestOwn }
	return Lasting{Extensions: slices.Clone(s.settings), Known: slices.DeleteFunc(s.acquaintances(), old)}
}

// Remembered brings back what was kept, to an exchange that has its branch and nothing else.
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
}
