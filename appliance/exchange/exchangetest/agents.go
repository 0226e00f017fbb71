package exchangetest

import (
	"strings"

	"autocom/appliance/exchange"
)

// What agents and supervisors ask for on a random day, beside calls.

// logsIn logs somebody in, anywhere, with any status.
func (w *World) logsIn(r exchange.RequestID, who string) {
	d := w.Dice
	w.Step(exchange.AgentLogIn{
		Request: r, By: "console", Agent: who, Extension: Of(d, "", w.extension()), Pause: Of(d, "", "", "lunch"),
		Status: Of(d, exchange.StatusAvailable, exchange.StatusAvailable, exchange.StatusAvailable, exchange.StatusLater, exchange.StatusLast, exchange.StatusPause),
	})
}

// agentCommand is a supervisor's word, or a toolbar's.
func (w *World) agentCommand(r exchange.RequestID, who string) {
	d := w.Dice
	by := Of(d, "supervisor:v1", "supervisor:v1", "supervisor:v2", "console", "console", "agent:"+who, "supervisor:nobody")
	switch d.N(6) {
	case 0:
		w.Step(exchange.AgentForce{Request: r, By: by, Agent: who, Pause: Of(d, "", "", "lunch", "coffee", "golf"), Note: Of(d, "", "réunion", "a\x00b")})
	case 1:
		w.Step(exchange.AgentLock{Request: r, By: by, Agent: who, On: d.Percent(50), Note: Of(d, "", "formation")})
	case 2:
		w.Step(exchange.AgentMessage{Request: r, By: by, Agent: who, Text: Of(d, "Bonjour", "", strings.Repeat("é", 501))})
	case 3:
		w.Step(exchange.AgentLogOut{Request: r, By: by, Agent: who})
	default:
		w.toolbars(who)
		w.replies[r] = 1 // a toolbar asks for nothing
	}
}

// toolbars lets toolbars come and go.
func (w *World) toolbars(who string) {
	d := w.Dice
	w.Step(exchange.AgentToolbar{Agent: who, Toolbar: Of(d, "", "t1", "t2"), Up: d.Percent(60)})
}

// Staff lets one thing of an agent's day happen that is no call: days in which people come and go more than telephones ring.
func (w *World) Staff() {
	d := w.Dice
	w.requests++
	r := exchange.RequestID(w.requests)
	who := w.Branch.Agents[d.N(len(w.Branch.Agents))].ID
	switch p := d.N(100); {
	case p < 15:
		w.logsIn(r, who)
	case p < 25:
		w.Step(exchange.AgentLogOut{Request: r, By: Of(d, "agent:"+who, "supervisor:v1"), Agent: who})
	case p < 50:
		w.Step(exchange.AgentDeclare{Request: r, By: "agent:" + who, Agent: who, Pause: Of(d, "", "", "lunch")})
	default:
		w.agentCommand(r, who)
	}
	w.answered(r)
}
