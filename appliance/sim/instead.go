package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
)

// instead says what is true where an expectation is not: first why it does not hold, then how those it names are, then what callers hear
// meanwhile. It is for somebody who reads the story and not the code.
func (w *World) instead(text, why string) string {
	clauses := []string{why}
	add := func(clause string) {
		if clause != "" && !slices.Contains(clauses, clause) {
			clauses = append(clauses, clause)
		}
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		add(w.agentNow(word))
	}
	for _, p := range w.phones {
		d := w.dialog(p.name)
		if d == nil || slices.Contains(strings.Fields(text), p.name) {
			continue
		}
		p.mu.Lock()
		state := d.state
		p.mu.Unlock()
		if state != ended {
			add(p.name + " " + state.String())
		}
	}
	for _, who := range w.callersNow() {
		d := w.dialog(who)
		d.p.mu.Lock()
		state := d.state
		d.p.mu.Unlock()
		if state == ended {
			continue
		}
		if _, hears, err := w.hearing(who, "nothing"); err == nil {
			add(hears)
		}
	}
	return strings.Join(clauses, "; ")
}

// agentNow is one clause about an agent, or about the agent at a phone: "ana is in pause déjeuner since 3s, not fit because agent.pause".
func (w *World) agentNow(who string) (clause string) {
	p := w.phone(who)
	w.box.ask(func(s *exchange.State) {
		for _, a := range s.Agents() {
			if a.ID == who || p != nil && a.Extension == p.user && a.Session == "logged_in" {
				clause = agentWords(a)
			}
		}
	})
	return clause
}

func agentWords(a exchange.AgentView) string {
	if a.Session != "logged_in" {
		return a.ID + " is logged out"
	}
	state := a.Declared
	if a.Pause != "" {
		state = "in pause " + a.Pause
	}
	words := fmt.Sprintf("%s is %s since %s, %s", a.ID, state, seconds(a.TurnMS), a.Activity)
	if a.Line != "registered" {
		words += ", line " + a.Line
	}
	if a.Fit {
		return words + ", fit"
	}
	codes := make([]string, 0, len(a.Reasons))
	for _, r := range a.Reasons {
		codes = append(codes, r.Code)
	}
	return words + ", not fit because " + strings.Join(codes, ", ")
}

// callersNow are those who called from outside or were called there, by name.
func (w *World) callersNow() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var who []string
	for name := range w.calls {
		if w.phone(name) == nil {
			who = append(who, name)
		}
	}
	slices.Sort(who)
	return who
}

// Compare holds the facts that came out to those that are written. The error names each that was expected and what came in its place.
func (s *Story) Compare(facts []string) error {
	var wrong []string
	for _, d := range differences(s.Golden, facts) {
		for len(d.want) > 1 && len(d.want) == len(d.got) { // line by line
			wrong = append(wrong, fmt.Sprintf("expected %s; instead: %s", quoted(d.want[:1]), quoted(d.got[:1])))
			d = difference{d.want[1:], d.got[1:]}
		}
		switch {
		case len(d.want) == 0:
			wrong = append(wrong, fmt.Sprintf("nobody expected %s", quoted(d.got)))
		case len(d.got) == 0:
			wrong = append(wrong, fmt.Sprintf("expected %s; it did not happen", quoted(d.want)))
		default:
			wrong = append(wrong, fmt.Sprintf("expected %s; instead: %s", quoted(d.want), quoted(d.got)))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s: the facts are others:\n  %s", s.Name, strings.Join(wrong, "\n  "))
}

func quoted(lines []string) string {
	short := make([]string, 0, len(lines))
	for _, l := range lines {
		short = append(short, fmt.Sprintf("%q", strings.Join(strings.Fields(l), " ")))
	}
	return strings.Join(short, ", ")
}

// difference is some lines where others were expected.
type difference struct{ want, got []string }

// differences lays two lists beside each other along their longest common part.
func differences(want, got []string) (all []difference) {
	longest := make([][]int, len(want)+1) // of the rests from i and j on
	for i := range longest {
		longest[i] = make([]int, len(got)+1)
	}
	for i := range slices.Backward(want) {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		var d difference
		for i < len(want) || j < len(got) {
			if i < len(want) && j < len(got) && want[i] == got[j] {
				break
			}
			if j == len(got) || i < len(want) && longest[i+1][j] >= longest[i][j+1] {
				d.want = append(d.want, want[i])
				i++
			} else {
				d.got = append(d.got, got[j])
				j++
			}
		}
		if len(d.want)+len(d.got) > 0 {
			all = append(all, d)
		}
		for i < len(want) && j < len(got) && want[i] == got[j] {
			i, j = i+1, j+1
		}
	}
	return all
}
