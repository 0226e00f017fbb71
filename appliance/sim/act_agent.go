package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/site"
)

// What agents do beside their calls, and what supervisors do to them.

// agentCommand is what an agent asks of the box about their own day. done says that it was one.
func (w *World) agentCommand(who, what string) (done bool) {
	by := "agent:" + who
	verb, rest, _ := strings.Cut(what, " ")
	switch {
	case what == "logs in":
		w.box.tell(exchange.AgentLogIn{By: by, Agent: who, Status: exchange.StatusAvailable})
	case what == "logs in without a status":
		w.box.tell(exchange.AgentLogIn{By: by, Agent: who})
	case what == "logs in as before":
		w.box.tell(exchange.AgentLogIn{By: by, Agent: who, Status: exchange.StatusLast})
	case strings.HasPrefix(what, "logs in in pause "):
		w.box.tell(exchange.AgentLogIn{By: by, Agent: who, Status: exchange.StatusPause, Pause: strings.TrimPrefix(what, "logs in in pause ")})
	case strings.HasPrefix(what, "logs in on "):
		w.box.tell(exchange.AgentLogIn{By: by, Agent: who, Extension: strings.TrimPrefix(what, "logs in on "), Status: exchange.StatusAvailable})
	case what == "logs out":
		w.box.tell(exchange.AgentLogOut{By: by, Agent: who})
	case what == "chooses available":
		w.box.tell(exchange.AgentDeclare{By: by, Agent: who})
	case strings.HasPrefix(what, "chooses pause "):
		w.box.tell(exchange.AgentDeclare{By: by, Agent: who, Pause: strings.TrimPrefix(what, "chooses pause ")})
	case verb == "opens" && strings.HasPrefix(rest, "toolbar"):
		w.box.tell(exchange.AgentToolbar{Agent: who, Toolbar: strings.TrimSpace(strings.TrimPrefix(rest, "toolbar")), Up: true})
	case verb == "loses" && strings.HasPrefix(rest, "toolbar"):
		w.box.tell(exchange.AgentToolbar{Agent: who, Toolbar: strings.TrimSpace(strings.TrimPrefix(rest, "toolbar"))})
	default:
		return false
	}
	return true
}

// supervisorCommand is what a supervisor does to an agent: "sam forces ana in pause réunion because WHY". done says that it was one.
func (w *World) supervisorCommand(who, what string) (done bool, err error) {
	if !slices.ContainsFunc(w.set.Site.Supervisors, func(v site.Supervisor) bool { return v.ID == who }) {
		return false, nil
	}
	if w.oversee(who, what) {
		return true, nil
	}
	by := "supervisor:" + who
	what, note, _ := strings.Cut(what, " because ")
	verb, rest, _ := strings.Cut(what, " ")
	ana, how, _ := strings.Cut(rest, " ")
	switch {
	case verb == "forces" && how == "available":
		w.box.tell(exchange.AgentForce{By: by, Agent: ana, Note: note})
	case verb == "forces" && strings.HasPrefix(how, "in pause "):
		w.box.tell(exchange.AgentForce{By: by, Agent: ana, Pause: strings.TrimPrefix(how, "in pause "), Note: note})
	case verb == "locks", verb == "unlocks":
		w.box.tell(exchange.AgentLock{By: by, Agent: ana, On: verb == "locks", Note: note})
	case verb == "logs" && how == "out":
		w.box.tell(exchange.AgentLogOut{By: by, Agent: ana})
	case verb == "tells":
		w.box.tell(exchange.AgentMessage{By: by, Agent: ana, Text: how})
	default:
		return false, nil
	}
	return true, nil
}

// isSo compares an agent with what a story says of them; known is whether the words are about their status.
func isSo(a exchange.AgentView, want string) (ok, known bool) {
	next := strings.TrimSpace(a.Next + " " + a.NextPause)
	switch {
	case want == "locked":
		return a.Lock == "locked", true
	case want == "not locked":
		return a.Lock == "", true
	case strings.HasPrefix(want, "locked by "):
		by, note, _ := strings.Cut(strings.TrimPrefix(want, "locked by "), " because ")
		return a.LockBy == "supervisor:"+by && a.LockNote == note, true
	case strings.HasPrefix(want, "unavailable because "):
		return a.Declared == "unavailable" && a.Pause == strings.TrimPrefix(want, "unavailable because "), true
	case strings.HasPrefix(want, "next "):
		return next == strings.TrimPrefix(want, "next ") && !a.Forced, true
	case strings.HasPrefix(want, "forced next "):
		return next == strings.TrimPrefix(want, "forced next ") && a.Forced, true
	default:
		return false, false
	}
}

// standing is an agent's status in words, for an expectation that was not met.
func standing(a exchange.AgentView) string {
	return fmt.Sprintf("lock %q by %q, next %q %q forced %v, toolbar %s", a.Lock, a.LockBy, a.Next, a.NextPause, a.Forced, a.Toolbar)
}
