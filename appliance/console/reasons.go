package console

import (
	"cmp"
	"strings"

	"autocom/appliance/exchange/fact"
)

// Because is a reason in words, with its code and detail behind them for who looks it up. Codes without words of their own speak for themselves.
func Because(r fact.Reason) string {
	words := because(r.Code)
	switch {
	case words == "" && r.Detail == "":
		return r.Code
	case words == "":
		return r.Code + " (" + r.Detail + ")"
	case r.Detail == "":
		return words + " (" + r.Code + ")"
	default:
		return words + " (" + r.Code + ": " + r.Detail + ")"
	}
}

// because says what a command was refused for, as the person at the keyboard may mend it.
func because(code string) string {
	if words := cmp.Or(becauseOfTheLines(code), becauseOfACampaign(code)); words != "" {
		return words
	}
	switch code {
	case "agent.unknown":
		return "there is no such agent"
	case "agent.logged_out":
		return "the agent is not logged in"
	case "agent.locked":
		return "a supervisor has locked the agent's status"
	case "agent.forced":
		return "a supervisor has decided what the agent is after this call"
	case "agent.not_locked":
		return "the agent's status is not locked"
	case "agent.unavailable":
		return "the agent has no status yet: put them into one first"
	case "pause.unknown":
		return "there is no such pause"
	case "pause.not_allowed":
		return "that pause is not one of the agent's"
	case "message.empty", "message.unreadable", "note.unreadable":
		return "write up to 500 characters, a note up to 200, and none that cannot be shown"
	case "extension.taken":
		return "somebody else is logged in there"
	case "agent.no_call", "agent.not_talking":
		return "the agent is in no call"
	case "agent.busy", "agent.talking":
		return "the agent is on the telephone"
	case "agent.not_available":
		return "the agent is not available"
	case "agent.not_in_queue":
		return "the agent does not serve that queue"
	case "call.unknown", "call.gone":
		return "there is no such call"
	case "call.not_talking":
		return "nobody talks in that call"
	case "call.not_recorded":
		return "the call is not recorded"
	case "call.recorded_already":
		return "the call is recorded already"
	case "call.no_outside_leg":
		return "nobody outside is in that call"
	case "call.held", "call.held_already", "call.not_held":
		return "the call is on hold already, or is not: nothing changes"
	case "call.not_theirs":
		return "that is somebody else's call"
	case "call.not_waiting":
		return "that caller does not wait in a queue"
	case "call.pulled":
		return "a phone rings for that caller already"
	case "call.emergency":
		return "a call for help is left alone"
	case "keys.hidden_already", "keys.not_hidden":
		return "the caller's keys are hidden already, or are not: nothing changes"
	case "digits.unreadable":
		return "write 1 to 32 of 0-9, * and #"
	case "recording.queue_rules", "recording.queue_keeps", "agent.no_record":
		return "the queue's or the agent's rules for recordings do not let them"
	case "recording.paused_already", "recording.not_paused":
		return "the recording is paused already, or is not: nothing changes"
	case "park.none", "park.no_such_slot", "park.taken", "park.full", "park.empty":
		return "there is no such parking place, or none that is free, or nobody in it"
	case "pickup.not_in_queue", "pickup.nothing":
		return "that call is not theirs to take, or does not ring"
	case "supervise.no_queue_call", "supervise.colleagues", "supervise.conference", "supervise.consultation":
		return "only a queue's conversation with a caller from outside may be listened to"
	case "supervise.listened_already":
		return "a supervisor listens to that conversation already"
	case "supervise.nobody", "supervise.elsewhere", "supervise.no_such_mode":
		return "that supervisor does not take part in it, or takes part in another call"
	case "rights.other_supervisor":
		return "nobody acts in the name of another supervisor"
	case "extension.not_theirs":
		return "that is somebody else's extension"
	case "forward.loop", "forward.too_many", "forward.emergency", "forward.no_such_condition":
		return "calls cannot be forwarded there: it is a circle, an emergency number, a code, or there is no such condition"
	case "queue.same":
		return "the caller waits in that queue already"
	case "command.unserved":
		return "this box does not do that"
	case "extension.unknown", "number.no_extension":
		return "there is no such extension"
	case "extension.no_outside_right":
		return "that extension may not call outside"
	case "extension.no_transfer_outside", "transfer.outside":
		return "nobody may be handed over to a number outside from there"
	case "line.in_use":
		return "that phone is in use"
	case "line.unregistered":
		return "that phone is not there"
	case "line.dnd":
		return "that phone does not want to be disturbed"
	case "number.unreadable":
		return "that is no telephone number"
	case "number.banned":
		return "that number is banned"
	case "queue.unknown":
		return "there is no such queue"
	case "rights.missing":
		return "the supervisor does not have that right"
	case "rights.no_supervisor":
		return "only a supervisor may do that"
	case "rights.other_agent":
		return "that agent serves none of the supervisor's queues"
	case "rights.other_queue":
		return "that queue is none of the supervisor's"
	case "statistics.future":
		return "that day has not begun"
	case "statistics.forgotten":
		return "the box keeps no figures of so long ago"
	case "supervisor.unknown":
		return "there is no such supervisor"
	case "transfer.emergency":
		return "an emergency number is no target of a transfer"
	case "transfer.from_trunk":
		return "somebody outside hands nobody over"
	default:
		return ""
	}
}

// becauseOf joins reasons.
func becauseOf(all []fact.Reason) string {
	words := make([]string, 0, len(all))
	for _, r := range all {
		words = append(words, Because(r))
	}
	return strings.Join(words, "; ")
}
