package console

import (
	"encoding/json"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
)

// Every kind of fact is told in words of its own, and every fact that names a call is found under it.
func TestEveryFactHasWords(t *testing.T) {
	seen := map[string]fact.Kind{}
	for _, k := range fact.Kinds() {
		f, err := fact.Decode(k, 1, json.RawMessage(`{"call":"3-000017"}`))
		if err != nil {
			t.Fatal(err)
		}
		words, _ := Words(f)
		if words == "" || words == string(k) {
			t.Errorf("%s has no words", k)
		}
		if other, taken := seen[words]; taken {
			t.Errorf("%s and %s have the same words: %s", k, other, words)
		}
		seen[words] = k
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(text), "3-000017"); has != (CallOf(f) == "3-000017") {
			t.Errorf("%s names a call: %v, and is found under it: %v", k, has, !has)
		}
	}
}

func TestReasonsAreTold(t *testing.T) {
	_, why := Words(fact.NobodyOffered{Queue: "accueil", Candidates: []fact.Candidate{
		{Agent: "ana", Reasons: []fact.Reason{{Code: "agent.talking", Detail: "3-000017"}, {Code: "line.in_use"}}},
		{Agent: "ben", Fit: true},
	}})
	if got := strings.Join(why, "; "); got != "ana is not fit: agent.talking: 3-000017, line.in_use; ben is fit" {
		t.Fatalf("got %s", got)
	}
}
