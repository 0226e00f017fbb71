package exchange_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/exchangetest"
	"autocom/appliance/exchange/fact"
)

// TestAgentsDayProperties holds on random days what FEATURES §2.2 and §2.3 promise of every agent: one presentation and one call at a time; a lock
// that nobody but a supervisor's word moves; and that who is fit is who a model of six plain questions, asked of what facts and inputs told, takes for fit.
func TestAgentsDayProperties(t *testing.T) {
	forced, locked, unavailable, fit := 0, 0, 0, 0
	for seed := range worlds(t) / 4 {
		w := exchangetest.New(seed + 90_000)
		was := map[string]exchange.AgentView{}
		for move := range 200 {
			from := len(w.Log)
			if move%3 == 0 {
				w.Staff()
			} else {
				w.Move()
			}
			for _, p := range w.Problems {
				t.Fatalf("seed %d, move %d: %s", seed, move, p)
			}
			now := w.S.Agents()
			for _, p := range oneAtATime(w.S, now) {
				t.Fatalf("seed %d, move %d: %s", seed, move, p)
			}
			for _, a := range now {
				o, known := was[a.ID]
				if known && o.Lock != "" && a.Lock != "" && (o.Declared != a.Declared || o.Pause != a.Pause) && !o.Forced && !wasForced(w.Log[from:], a.ID) {
					t.Fatalf("seed %d, move %d: the lock of %s moved from %s %q to %s %q", seed, move, a.ID, o.Declared, o.Pause, a.Declared, a.Pause)
				}
				if want := plainlyFit(a); a.Fit && !want {
					t.Fatalf("seed %d, move %d: %s is fit and should not be: %+v", seed, move, a.ID, a)
				} else if want && !a.Fit && !slices.ContainsFunc(a.Reasons, beyondTheModel) {
					t.Fatalf("seed %d, move %d: %s should be fit: %+v", seed, move, a.ID, a)
				}
				was[a.ID] = a
				if a.Forced {
					forced++
				}
				if a.Lock != "" {
					locked++
				}
				if a.Declared == "unavailable" {
					unavailable++
				}
				if a.Fit {
					fit++
				}
			}
		}
	}
	t.Logf("forced %d, locked %d, unavailable %d, fit %d", forced, locked, unavailable, fit)
	if min(forced, locked, unavailable, fit) == 0 {
		t.Error("the days are too tame")
	}
}

// plainlyFit asks the six questions of FEATURES §2.2.
func plainlyFit(a exchange.AgentView) bool {
	return a.Session == "logged_in" && a.Declared == "available" && a.Activity == "idle" && a.Line == "registered" && a.Call == "" && len(a.Queues) > 0
}

// beyondTheModel are the reasons that the view does not show otherwise.
func beyondTheModel(r fact.Reason) bool {
	return r.Code == "agent.cooldown" || r.Code == "line.in_use" || r.Code == "agent.paused_in_queue" || r.Code == "agent.skill" ||
		r.Code == "line.none_outside"
}

// wasForced reports whether somebody forced the agent.
func wasForced(log []exchangetest.Taken, id string) bool {
	return slices.ContainsFunc(log, func(x exchangetest.Taken) bool {
		in, ok := x.Input.(exchange.AgentForce)
		return ok && in.Agent == id
	})
}

// oneAtATime names agents who are in two calls or two presentations.
func oneAtATime(s *exchange.State, all []exchange.AgentView) (bad []string) {
	seen := map[string]string{}
	for _, a := range all {
		if a.Call == "" {
			continue
		}
		for _, c := range s.Calls() {
			if c.Agent == a.ID && c.ID != a.Call && c.Phase == "talking" {
				bad = append(bad, fmt.Sprintf("%s is %s in %s and talks in %s", a.ID, a.Activity, a.Call, c.ID))
			}
		}
		if a.Session != "logged_in" || a.Extension == "" { // logged out in a call, or answering outside: another may sit there
			continue
		}
		if seen[a.Extension] != "" {
			bad = append(bad, fmt.Sprintf("%s and %s sit at %s", a.ID, seen[a.Extension], a.Extension))
		}
		seen[a.Extension] = a.ID
	}
	return bad
}

// At any moment of any day the power may go: what was kept is believed, keeps every promise, and loses nobody's attempts or refusals.
func TestThePowerMayGoAtAnyMoment(t *testing.T) {
	n, contacts, cuts, wishes := 0, 0, 0, 0
	for seed := range min(worlds(t), 80) {
		w := exchangetest.New(seed + 70_000)
		for _, k := range w.S.Campaigns() {
			w.Step(exchange.CampaignImport{By: "console", Campaign: k.ID, List: "numéro\n0612345601\n0612345602\n0612345603\n0612345604"})
			w.Step(exchange.CampaignDo{By: "console", Campaign: k.ID, Deed: exchange.CampaignStart})
		}
		for range 300 {
			if w.Dice.N(3) == 0 {
				who := exchangetest.Of(w.Dice, w.S.Agents()...).ID
				w.Step(exchangetest.Of[exchange.Input](w.Dice, exchange.ContactNext{By: "agent:" + who, Agent: who}, exchange.ContactDial{By: "agent:" + who, Agent: who}))
			}
			if w.Move(); w.Dice.N(30) != 0 {
				continue
			}
			kept := w.S.Lasting()
			kept.Campaigns = w.S.LastingCampaigns()
			if err := kept.Campaigns.Check(); err != nil {
				t.Fatalf("seed %d: what is kept would not be believed: %v", seed, err)
			}
			text, err := json.Marshal(kept)
			var read exchange.Lasting
			if err := errors.Join(err, json.Unmarshal(text, &read)); err != nil {
				t.Fatal(err)
			}
			s, now := exchange.New(), fact.Moment{UTC: w.Moment().UTC + 60_000, Boot: 5_000}
			for _, in := range []exchange.Input{exchange.Started{Epoch: 9}, exchange.SiteChanged{Branch: w.Branch}, exchange.Remembered{Lasting: read}} {
				s.Step(now, in)
			}
			if bad := s.Audit(); len(bad) > 0 {
				t.Fatalf("seed %d: %v", seed, bad)
			}
			again := s.LastingCampaigns()
			if len(again.People) != len(kept.Campaigns.People) || again.Serial != kept.Campaigns.Serial {
				t.Fatalf("seed %d: %+v became %+v", seed, kept.Campaigns, again)
			}
			for i, p := range again.People {
				if was := kept.Campaigns.People[i]; !slices.Equal(p.Past, was.Past) || p.Refused != was.Refused || p.Revoked != was.Revoked {
					t.Fatalf("seed %d: %+v became %+v", seed, was, p)
				}
			}
			for i, b := range kept.Campaigns.Books {
				contacts += len(b.Contacts)
				if len(again.Books[i].Contacts) != len(b.Contacts) {
					t.Fatalf("seed %d: %d contacts became %d", seed, len(b.Contacts), len(again.Books[i].Contacts))
				}
			}
			n, cuts, wishes = n+1, cuts+len(kept.Campaigns.Cuts), wishes+len(kept.Callbacks)
		}
	}
	if !testing.Short() && (n < 500 || contacts < 5000 || cuts < 50 || wishes < 5) {
		t.Errorf("only %d moments, with %d contacts, %d of them being called, and %d callbacks", n, contacts, cuts, wishes)
	}
}
