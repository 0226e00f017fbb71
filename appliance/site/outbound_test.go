package site

import (
	"strings"
	"testing"

	"autocom/appliance/exchange"

	"github.com/google/go-cmp/cmp"
)

// withLists is the example with lists at the site, the first queue and the first agent.
func withLists(t *testing.T) string {
	t.Helper()
	text := example(t)
	for _, c := range [][2]string{
		{`  dial: {allow: [], deny: []} `, `  dial: {allow: ["+33", "+41"], deny: ["+3389", "118"]} `},
		{`  transfer: {allow: [], deny: []} `, `  transfer: {allow: ["+334"], deny: []} `},
		{`    dial: {allow: [], deny: []} `, `    dial: {allow: [], deny: ["+337"]} `},
		{`    calls_out: true `, `    calls_out: false `},
	} {
		if !strings.Contains(text, "\n"+c[0]) {
			t.Fatalf("the example has no %q", c[0])
		}
		text = strings.Replace(text, "\n"+c[0], "\n"+c[1], 1)
	}
	return text
}

func TestListsReachTheBranch(t *testing.T) {
	doc, problems := Parse([]byte(withLists(t)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b := doc.Branch()
	want := exchange.Outbound{
		Dial: exchange.Prefixes{Allow: []string{"+33", "+41"}, Deny: []string{"+3389", "118"}}, Transfer: exchange.Prefixes{Allow: []string{"+334"}}, Requests: 60,
	}
	if diff := cmp.Diff(want, b.Outbound); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(exchange.Prefixes{Deny: []string{"+337"}}, b.Queues[0].Dial); diff != "" {
		t.Error(diff)
	}
	if !b.Agents[0].NoOutside || b.Agents[0].NoTransfer || b.Agents[1].NoOutside {
		t.Errorf("rights: %+v", b.Agents)
	}
}

// Each mistake is named at its place, and at no other.
func TestMistakesOfLists(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{`deny: ["+3389", "118"]`, `deny: ["0899"]`, "outbound.dial.deny[0]"},
		{`deny: ["+3389", "118"]`, `deny: ["+3389", "11"]`, "outbound.dial.deny[1]"},
		{`allow: ["+33", "+41"]`, `allow: ["+33", "+3389"]`, "outbound.dial.allow[1]"},
		{`allow: ["+334"]`, `allow: ["33 4"]`, "outbound.transfer.allow[0]"},
		{`deny: ["+337"]`, `deny: ["mobile"]`, "queues[0].dial.deny[0]"},
	} {
		text := withLists(t)
		if !strings.Contains(text, c.from) {
			t.Fatalf("no %q", c.from)
		}
		_, problems := Parse([]byte(strings.Replace(text, c.from, c.to, 1)))
		if len(problems) != 1 || problems[0].Path != c.path || problems[0].Remedy == "" {
			t.Errorf("%s: %v", c.to, problems)
		}
	}
}

func TestZonesWithoutHoursAreRefused(t *testing.T) {
	text := example(t)
	_, problems := Parse([]byte(strings.Replace(text, "timezone: Europe/Paris ", "timezone: Asia/Tokyo ", 1)))
	compareProblems(t, problems, []string{"site.timezone: the box knows no opening hours"})
	if _, problems := Parse([]byte(strings.Replace(text, "timezone: Europe/Paris ", "timezone: Indian/Reunion ", 1))); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestRecordingsAreKeptNoLongerThanTheLawLets(t *testing.T) {
	_, problems := Parse([]byte(strings.Replace(example(t), "days: 180 ", "days: 181 ", 1)))
	compareProblems(t, problems, []string{"recording.days: 181 days is not lawful"})
}
