package exchange

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/queue"
	"autocom/appliance/exchange/transfer"
)

//go:generate go test -run ^TestStateTablesAreWrittenDown$ -update .

var update = flag.Bool("update", false, "write docs/states.md again")

const statesPage = "../../docs/states.md"

// table prints one state machine; a cell that the machine does not know is a fault.
type table struct {
	title, intro string
	states       []fmt.Stringer
	events       []fmt.Stringer
	cell         func(state, event int) (does, ignored string)
}

// deeds are what the cells of a table say when they name no state.
func deeds(tb table) []fmt.Stringer {
	if tb.title == "An agent's status" {
		return stringers(agent.Deeds())
	}
	return nil
}

func stringers[T fmt.Stringer](all []T) []fmt.Stringer {
	out := make([]fmt.Stringer, len(all))
	for i, x := range all {
		out[i] = x
	}
	return out
}

func tables() []table {
	return []table{
		{
			"A leg", "One SIP or WebRTC dialog (`appliance/exchange/call`). *Peer* is what the far end did, *we* what the exchange did.",
			stringers(call.LegStates()), stringers(call.LegEvents()), func(s, e int) (string, string) {
				m := call.StepLeg(call.LegStates()[s], call.LegEvents()[e])
				does := m.Next.String()
				if m.Again {
					does += ", hang up again"
				}
				if m.Next == 0 {
					does = ""
				}
				return does, m.Ignore
			},
		},
		{
			"An agent's activity", "What an agent does on the telephone (`appliance/exchange/agent`), one of five dimensions of an agent's state.",
			stringers(agent.Activities()), stringers(agent.Events()), func(s, e int) (string, string) {
				m := agent.Step(agent.Activities()[s], agent.Events()[e])
				if m.Next == 0 {
					return "", m.Ignore
				}
				return m.Next.String(), m.Ignore
			},
		},
		{
			"An agent's status", "What becomes of a wish about what an agent declares (`appliance/exchange/agent`), by where it finds them. *At once* ends a wrap-up; *afterwards* is when the telephone is over. " +
				"When several wishes wait for that, a forced status goes before a lock, before what the agent chose (PPA), before an auto-pause, before the wrap-up, before the status of before.",
			stringers(agent.Standings()), stringers(agent.Wishes()), func(s, e int) (string, string) {
				a := agent.Weigh(agent.Standings()[s], agent.Wishes()[e])
				switch {
				case a.Deed == 0:
					return "", a.Ignore
				case a.Why != "":
					return a.Deed.String() + " (" + a.Why + ")", a.Ignore
				}
				return a.Deed.String(), a.Ignore
			},
		},
		{
			"An agent's toolbar", "Whether the agent's toolbar is connected (`appliance/exchange/agent`). After a comma: what the exchange does.",
			stringers(agent.Toolbars()), stringers(agent.ToolbarEvents()), func(s, e int) (string, string) {
				m := agent.StepToolbar(agent.Toolbars()[s], agent.ToolbarEvents()[e])
				does := m.Next.String()
				switch {
				case m.Ignore == "" && m.Do == 0:
					does = ""
				case m.Ignore == "" && m.Do != agent.BarNothing:
					does += ", " + m.Do.String()
				}
				return does, m.Ignore
			},
		},
		{
			"An offer", "One presentation of a call to one agent (`appliance/exchange/queue`). The word in parentheses is its outcome.",
			stringers(queue.OfferStates()), stringers(queue.OfferEvents()), func(s, e int) (string, string) {
				m := queue.StepOffer(queue.OfferStates()[s], queue.OfferEvents()[e])
				does := m.Next.String()
				switch {
				case m.Next == 0:
					does = ""
				case m.Outcome != "":
					does += " (" + string(m.Outcome) + ")"
				}
				return does, m.Ignore
			},
		},
		{
			"A transfer", "A party being handed over (`appliance/exchange/transfer`). *Alone* means that whoever hands over has left. After a comma: what the exchange does.",
			stringers(transfer.States()), stringers(transfer.Events()), func(s, e int) (string, string) {
				m := transfer.Step(transfer.States()[s], transfer.Events()[e])
				does := m.Next.String()
				switch {
				case m.Next == transfer.None:
					does = ""
				case m.Do != transfer.Nothing:
					does += ", " + m.Do.String()
				}
				return does, m.Ignore
			},
		},
		{
			"A contact of a campaign", "A person to be called (`appliance/exchange/campaign`). *No* is a refusal or a consent taken back.",
			stringers(campaign.States()), stringers(campaign.Events()), func(s, e int) (string, string) {
				m := campaign.Step(campaign.States()[s], campaign.Events()[e])
				does := m.Next.String()
				switch {
				case m.Next == 0:
					does = ""
				case m.HangUp:
					does += ", hang up"
				}
				return does, m.Ignore
			},
		},
	}
}

func statesMarkdown(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# State tables of the exchange\n\nWritten by `go generate ./appliance/exchange`; a test holds this page to the code. ")
	b.WriteString("Every cell of every machine is here. A dash is an event that changes nothing in that state, with its reason below the table.\n")
	for _, tb := range tables() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| |", tb.title, tb.intro)
		for _, s := range tb.states {
			fmt.Fprintf(&b, " %s |", s)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(tb.states)) + "\n")
		var notes []string
		number := map[string]int{}
		for e, ev := range tb.events {
			fmt.Fprintf(&b, "| **%s** |", ev)
			for s, st := range tb.states {
				does, ignored := tb.cell(s, e)
				switch {
				case ignored == "" && does == "":
					t.Errorf("%s: the cell (%s, %s) is missing", tb.title, st, ev)
				case ignored != "":
					if number[ignored] == 0 {
						notes = append(notes, ignored)
						number[ignored] = len(notes)
					}
					fmt.Fprintf(&b, " – %d |", number[ignored])
				default:
					fmt.Fprintf(&b, " %s |", does)
				}
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
		for i, n := range notes {
			fmt.Fprintf(&b, "%d. %s\n", i+1, n)
		}
	}
	return b.String()
}

func TestStateTablesAreWrittenDown(t *testing.T) {
	got := statesMarkdown(t)
	if *update {
		if err := os.WriteFile(statesPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(statesPage)
	if err != nil {
		t.Fatalf("%v (run go generate ./appliance/exchange)", err)
	}
	if string(want) != got {
		t.Errorf("docs/states.md is not what the code says: run go generate ./appliance/exchange")
	}
}

// TestIgnoredCellsStay holds that an ignored event changes nothing, and that no machine moves outside its own states.
func TestIgnoredCellsStay(t *testing.T) {
	for _, tb := range tables() {
		names := map[string]bool{}
		for _, s := range slices.Concat(tb.states, deeds(tb)) {
			names[s.String()] = true
		}
		for s, st := range tb.states {
			for e, ev := range tb.events {
				does, ignored := tb.cell(s, e)
				if ignored != "" && does != st.String() && deeds(tb) == nil {
					t.Errorf("%s: (%s, %s) is ignored and yet goes to %s", tb.title, st, ev, does)
				}
				next, _, _ := strings.Cut(does, " (")
				next, _, _ = strings.Cut(next, ",")
				if ignored == "" && !names[next] {
					t.Errorf("%s: (%s, %s) goes to %q", tb.title, st, ev, next)
				}
			}
		}
	}
	for _, out := range []int{0, 99} {
		if call.StepLeg(call.LegState(out), call.PeerRang).Ignore == "" || agent.Step(agent.Activity(out), agent.Chosen).Ignore == "" || agent.Weigh(agent.Standing(out), agent.AgentChooses).Ignore == "" ||
			agent.StepToolbar(agent.ToolbarUp, agent.ToolbarEvent(out)).Ignore == "" ||
			queue.StepOffer(queue.OfferState(out), queue.PhoneRang).Ignore == "" || transfer.Step(transfer.State(out), transfer.TargetRang).Ignore == "" || call.StepLeg(call.Up, call.LegEvent(out)).Ignore == "" {
			t.Errorf("state or event %d, which does not exist, does something", out)
		}
	}
}
