package exchange_test

import (
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
