package ledger_test

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"

	"github.com/google/go-cmp/cmp"
)

// caller calls a number, goes through queues, and leaves or is answered.
type caller struct {
	subject  fact.Subject
	withheld bool
	flow     string
	dialled  string
	queues   []string
	answered bool
	wait     int64
}

func (c caller) calls(t *teller, call string) {
	flow := c.flow
	if flow == "" {
		flow = "inbound"
	}
	o := fact.CallOpened{Call: call, Flow: flow, Caller: c.subject, Withheld: c.withheld, Dialled: c.dialled}
	if flow == "outbound" {
		o.Caller, o.Callee = "", c.subject
	}
	t.tell(o)
	for i, q := range c.queues {
		ended := fact.VisitEnded{Call: call, Visit: i + 1, Queue: q, WaitMS: c.wait, Outcome: fact.VisitWaitedTooLong}
		switch {
		case i < len(c.queues)-1:
		case c.answered:
			ended.Outcome = fact.VisitAnswered
		default:
			ended.Outcome = fact.VisitAbandoned
		}
		t.tell(fact.VisitEntered{Call: call, Visit: i + 1, Queue: q}).after(c.wait, ended)
	}
	ended := fact.CallEnded{Call: call, Outcome: fact.CallAbandoned, Stage: fact.StageQueue}
	if c.answered {
		ended = fact.CallEnded{Call: call, Outcome: fact.CallAnswered}
	}
	t.tell(ended)
}

// TestRepeatCalls: FEATURES §3.3, réitération of four kinds: global, same service, same first group, same last group.
func TestRepeatCalls(t *testing.T) {
	const a, b = "+33140506070", "+33140506071"
	first := caller{subject: "s1", dialled: a, queues: []string{"rouge", "bleu"}}
	cases := []struct {
		name  string
		after int64
		then  caller
		want  count.Calls // Known, Again and its kinds, of both calls
	}{
		{"everything the same", minute, first, count.Calls{Known: 2, Again: 1, AgainHere: 1, AgainFirst: 1, AgainLast: 1}},
		{"another service and other queues", minute, caller{subject: "s1", dialled: b, queues: []string{"vert"}}, count.Calls{Known: 2, Again: 1}},
		{"the same service, in no queue", minute, caller{subject: "s1", dialled: a}, count.Calls{Known: 2, Again: 1, AgainHere: 1}},
		{"the same first queue", minute, caller{subject: "s1", dialled: b, queues: []string{"rouge", "vert"}}, count.Calls{Known: 2, Again: 1, AgainFirst: 1}},
		{"the same last queue", minute, caller{subject: "s1", dialled: b, queues: []string{"vert", "bleu"}}, count.Calls{Known: 2, Again: 1, AgainLast: 1}},
		{"somebody else", minute, caller{subject: "s2", dialled: a, queues: []string{"rouge"}}, count.Calls{Known: 2}},
		{"withheld", minute, caller{subject: "s1", withheld: true, dialled: a, queues: []string{"rouge"}}, count.Calls{Known: 1}},
		{"withheld, without a subject", minute, caller{withheld: true, dialled: a, queues: []string{"rouge"}}, count.Calls{Known: 1}},
		{"at the end of the window", 24 * 60 * minute, first, count.Calls{Known: 2, Again: 1, AgainHere: 1, AgainFirst: 1, AgainLast: 1}},
		{"after the window", 24*60*minute + 1, first, count.Calls{Known: 2}},
		{"we call them", minute, caller{subject: "s1", flow: "outbound"}, count.Calls{Known: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			told := telling()
			first.calls(told, "c1")
			told.after(c.after)
			c.then.calls(told, "c2")
			n := total(told.book(t).Rows(told.now).Calls)
			got := count.Calls{Known: n.Known, Again: n.Again, AgainHere: n.AgainHere, AgainFirst: n.AgainFirst, AgainLast: n.AgainLast}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhoWasLostAndSpokenWithAfterwards is what the advanced service level credits (FEATURES §11.2).
func TestWhoWasLostAndSpokenWithAfterwards(t *testing.T) {
	lost := caller{subject: "s1", queues: []string{"rouge"}, wait: 30_000}
	cases := []struct {
		name  string
		first caller
		after int64
		then  caller
		want  count.Visits // Recovered, Unreached of both
	}{
		{"calls again and is answered", lost, minute, caller{subject: "s1", queues: []string{"rouge"}, answered: true}, count.Visits{Recovered: 1}},
		{"is called and answers", lost, minute, caller{subject: "s1", flow: "outbound", answered: true}, count.Visits{Recovered: 1}},
		{"is called in vain", lost, minute, caller{subject: "s1", flow: "outbound"}, count.Visits{}},
		{"somebody else is answered", lost, minute, caller{subject: "s2", answered: true}, count.Visits{}},
		{"two days later", lost, 48 * 60 * minute, caller{subject: "s1", answered: true}, count.Visits{}},
		{"left at once", caller{subject: "s1", queues: []string{"rouge"}, wait: 1_000}, minute, caller{subject: "s1", answered: true}, count.Visits{}},
		{"withheld", caller{withheld: true, queues: []string{"rouge"}, wait: 30_000}, minute, caller{withheld: true, answered: true}, count.Visits{Unreached: 1}},
		{"of the house", caller{flow: "internal", queues: []string{"rouge"}, wait: 30_000}, minute, caller{subject: "s1"}, count.Visits{Unreached: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			told := telling()
			c.first.calls(told, "c1")
			told.after(c.after)
			c.then.calls(told, "c2")
			n := total(told.book(t).Rows(told.now).Visits)
			if diff := cmp.Diff(c.want, count.Visits{Recovered: n.Recovered, Unreached: n.Unreached}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCallersAreForgottenAfterTheWindow(t *testing.T) {
	told := telling()
	caller{subject: "s1", queues: []string{"rouge"}, wait: 30_000}.calls(told, "c1")
	told.after(4*24*60*minute, fact.LinkChanged{})
	if _, _, people := told.book(t).Open(); people != 0 {
		t.Errorf("%d callers are remembered", people)
	}
}
