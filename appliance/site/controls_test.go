package site

import (
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange"
)

// TestControlsOfTheExample: what agents and supervisors may do within calls reaches the exchange.
func TestControlsOfTheExample(t *testing.T) {
	text := example(t)
	for _, c := range [][2]string{
		{"    sampled: 0 ", "    sampled: 20 "},
		{"    record_out: false ", "    record_out: true "},
		{"    discard: false ", "    discard: true "},
		{"    agents_stop: false ", "    agents_stop: true "},
		{"    agents_keep: false ", "    agents_keep: true "},
		{"    call_waiting: true ", "    call_waiting: false "},
		{"  silent: false ", "  silent: true "},
		{"  basis: \"\" ", "  basis: \"formation\" "},
	} {
		if !strings.Contains(text, c[0]) {
			t.Fatalf("the example has no %q", c[0])
		}
		text = strings.Replace(text, c[0], c[1], 1)
	}
	doc, problems := Parse([]byte(text))
	if problems = append(problems, Check(doc)...); len(problems) > 0 {
		t.Fatal(problems)
	}
	b := doc.Branch()
	if q := b.Queues[0]; q.Sampled != 20 || !q.RecordOut || !q.Discard || !q.AgentStops || !q.AgentKeeps {
		t.Errorf("%+v", q)
	}
	if !b.Extensions[0].NoWaiting || b.Extensions[1].NoWaiting || !b.Listening.Silent {
		t.Errorf("%+v %+v", b.Extensions, b.Listening)
	}
	if b.Parking != (exchange.Parking{First: "700", Slots: 10, MaxMS: 120_000}) {
		t.Errorf("%+v", b.Parking)
	}
}

func TestControlsThatCannotBe(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{"  first: \"700\" ", "  first: \"7\" ", "parking.first"},
		{"  first: \"700\" ", "  first: \"7a\" ", "parking.first"},
		{"  first: \"700\" ", "  first: \"200\" ", "parking.first"}, // 201 is Ana
		{"  first: \"700\" ", "  first: \"110\" ", "parking.first"}, // 112
		{"  first: \"700\" ", "  first: \"017\" ", "parking.first"}, // 0 17
		{"  first: \"700\" ", "  first: \"995\" ", "parking.slots"},
		{"  slots: 10 ", "  slots: 0 ", "parking.slots"},
		{"  max: 2m ", "  max: 2s ", "parking.max"},
		{"    sampled: 0 ", "    sampled: 101 ", "queues[0].sampled"},
		{"    sampled: 0 ", "    sampled: 5 ", "queues[0].sampled"}, // without a basis
		{"    record_out: false ", "    record_out: true ", "queues[0].record_out"},
	} {
		text := example(t)
		if !strings.Contains(text, c.from) {
			t.Fatalf("the example has no %q", c.from)
		}
		doc, problems := Parse([]byte(strings.Replace(text, c.from, c.to, 1)))
		problems = append(problems, Check(doc)...)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Path == c.path && p.Remedy != "" }) {
			t.Errorf("%s instead of %s: %v, want %s", c.to, c.from, problems, c.path)
		}
	}
}
