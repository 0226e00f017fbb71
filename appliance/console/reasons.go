package console

import (
	"cmp"
	"strings"

	"autocom/appliance/exchange/fact"
)

// Language is one that people are told in what they were refused.
type Language int

// The languages. English is what logs and programs see.
const (
	English Language = iota
	French
)

// bilingual is a sentence in both languages.
type bilingual struct{ english, french string }

func (s bilingual) in(l Language) string {
	if l == French {
		return s.french
	}
	return s.english
}

// Because is a reason in words, with its code and detail behind them for who looks it up. Codes without words of their own speak for themselves.
func Because(r fact.Reason) string { return BecauseIn(English, r) }

// BecauseIn is a reason in the words of a language.
func BecauseIn(l Language, r fact.Reason) string {
	words := because(r.Code).in(l)
	colon := bilingual{": ", "\u00a0: "}.in(l)
	switch {
	case words == "" && r.Detail == "":
		return r.Code
	case words == "":
		return r.Code + " (" + r.Detail + ")"
	case r.Detail == "":
		return words + " (" + r.Code + ")"
	default:
		return words + " (" + r.Code + colon + r.Detail + ")"
	}
}

// because says what a command was refused for, as the person at the keyboard may mend it.
func because(code string) bilingual {
	if words := cmp.Or(becauseOfTheLines(code), becauseOfACampaign(code), becauseOfARecording(code)); words != (bilingual{}) {
		return words
	}
	switch code {
	case "agent.unknown":
		return bilingual{"there is no such agent", "cet agent n’existe pas"}
	case "agent.logged_out":
		return bilingual{"the agent is not logged in", "l’agent n’est pas connecté"}
	case "agent.locked":
		return bilingual{"a supervisor has locked the agent's status", "un superviseur a verrouillé l’état de l’agent"}
	case "agent.forced":
		return bilingual{"a supervisor has decided what the agent is after this call", "un superviseur a décidé de l’état de l’agent après cet appel"}
	case "agent.not_locked":
		return bilingual{"the agent's status is not locked", "l’état de l’agent n’est pas verrouillé"}
	case "agent.unavailable":
		return bilingual{"the agent has no status yet: put them into one first", "l’agent n’a pas encore d’état\u00a0: donnez-lui-en un d’abord"}
	case "pause.unknown":
		return bilingual{"there is no such pause", "cette pause n’existe pas"}
	case "pause.not_allowed":
		return bilingual{"that pause is not one of the agent's", "l’agent n’a pas droit à cette pause"}
	case "message.empty", "message.unreadable", "note.unreadable":
		return bilingual{"write up to 500 characters, a note up to 200, and none that cannot be shown", "500 caractères au plus, 200 pour une note, et tous affichables"}
	case "extension.taken":
		return bilingual{"somebody else is logged in there", "quelqu’un d’autre est connecté à ce poste"}
	case "agent.no_call", "agent.not_talking":
		return bilingual{"the agent is in no call", "l’agent n’est pas en communication"}
	case "agent.busy", "agent.talking":
		return bilingual{"the agent is on the telephone", "l’agent est au téléphone"}
	case "agent.not_available":
		return bilingual{"the agent is not available", "l’agent n’est pas disponible"}
	case "agent.not_in_queue":
		return bilingual{"the agent does not serve that queue", "l’agent ne sert pas cette file"}
	case "call.unknown", "call.gone":
		return bilingual{"there is no such call", "cet appel n’existe pas"}
	case "call.not_talking":
		return bilingual{"nobody talks in that call", "personne ne parle dans cet appel"}
	case "call.not_recorded":
		return bilingual{"the call is not recorded", "l’appel n’est pas enregistré"}
	case "call.recorded_already":
		return bilingual{"the call is recorded already", "l’appel est déjà enregistré"}
	case "call.no_outside_leg":
		return bilingual{"nobody outside is in that call", "personne de l’extérieur n’est dans cet appel"}
	case "call.held", "call.held_already", "call.not_held":
		return bilingual{"the call is on hold already, or is not: nothing changes", "l’appel est déjà en garde, ou ne l’est pas\u00a0: rien ne change"}
	case "call.not_theirs":
		return bilingual{"that is somebody else's call", "c’est l’appel de quelqu’un d’autre"}
	case "call.not_waiting":
		return bilingual{"that caller does not wait in a queue", "cet appelant n’attend pas dans une file"}
	case "call.pulled":
		return bilingual{"a phone rings for that caller already", "un poste sonne déjà pour cet appelant"}
	case "call.emergency":
		return bilingual{"a call for help is left alone", "on ne touche pas à un appel d’urgence"}
	case "keys.hidden_already", "keys.not_hidden":
		return bilingual{"the caller's keys are hidden already, or are not: nothing changes", "la saisie de l’appelant est déjà masquée, ou ne l’est pas\u00a0: rien ne change"}
	case "digits.unreadable":
		return bilingual{"write 1 to 32 of 0-9, * and #", "tapez de 1 à 32 touches parmi 0-9, * et #"}
	case "recording.queue_rules", "recording.queue_keeps", "agent.no_record":
		return bilingual{"the queue's or the agent's rules for recordings do not let them", "les règles d’enregistrement de la file ou de l’agent ne le permettent pas"}
	case "recording.paused_already", "recording.not_paused":
		return bilingual{"the recording is paused already, or is not: nothing changes", "l’enregistrement est déjà suspendu, ou ne l’est pas\u00a0: rien ne change"}
	case "park.none", "park.no_such_slot", "park.taken", "park.full", "park.empty":
		return bilingual{"there is no such parking place, or none that is free, or nobody in it", "cette place de parcage n’existe pas, ou aucune n’est libre, ou personne n’y est"}
	case "pickup.not_in_queue", "pickup.nothing":
		return bilingual{"that call is not theirs to take, or does not ring", "cet appel n’est pas à lui, ou ne sonne pas"}
	case "supervise.no_queue_call", "supervise.colleagues", "supervise.conference", "supervise.consultation":
		return bilingual{"only a queue's conversation with a caller from outside may be listened to", "seule la conversation d’une file avec un appelant de l’extérieur peut être écoutée"}
	case "supervise.listened_already":
		return bilingual{"a supervisor listens to that conversation already", "un superviseur écoute déjà cette conversation"}
	case "supervise.nobody", "supervise.elsewhere", "supervise.no_such_mode":
		return bilingual{"that supervisor does not take part in it, or takes part in another call", "ce superviseur n’y prend pas part, ou est dans un autre appel"}
	case "rights.other_supervisor":
		return bilingual{"nobody acts in the name of another supervisor", "personne n’agit au nom d’un autre superviseur"}
	case "extension.not_theirs":
		return bilingual{"that is somebody else's extension", "c’est le poste de quelqu’un d’autre"}
	case "forward.loop", "forward.too_many", "forward.emergency", "forward.no_such_condition":
		return bilingual{"calls cannot be forwarded there: it is a circle, an emergency number, a code, or there is no such condition", "on ne peut pas renvoyer les appels là\u00a0: c’est une boucle, un numéro d’urgence, un code, ou cette condition n’existe pas"}
	case "queue.same":
		return bilingual{"the caller waits in that queue already", "l’appelant attend déjà dans cette file"}
	case "command.unserved":
		return bilingual{"this box does not do that", "ce boîtier ne sait pas le faire"}
	case "extension.unknown", "number.no_extension":
		return bilingual{"there is no such extension", "ce poste n’existe pas"}
	case "extension.no_outside_right":
		return bilingual{"that extension may not call outside", "ce poste n’a pas le droit d’appeler l’extérieur"}
	case "extension.no_transfer_outside", "transfer.outside":
		return bilingual{"nobody may be handed over to a number outside from there", "de là, on ne peut transférer personne vers l’extérieur"}
	case "line.in_use":
		return bilingual{"that phone is in use", "ce poste est occupé"}
	case "line.unregistered":
		return bilingual{"that phone is not there", "ce poste n’est pas joignable"}
	case "line.dnd":
		return bilingual{"that phone does not want to be disturbed", "ce poste ne veut pas être dérangé"}
	case "number.unreadable":
		return bilingual{"that is no telephone number", "ce n’est pas un numéro de téléphone"}
	case "number.banned":
		return bilingual{"that number is banned", "ce numéro est interdit"}
	case "queue.unknown":
		return bilingual{"there is no such queue", "cette file n’existe pas"}
	case "rights.missing":
		return bilingual{"the supervisor does not have that right", "le superviseur n’a pas ce droit"}
	case "rights.no_supervisor":
		return bilingual{"only a supervisor may do that", "seul un superviseur peut le faire"}
	case "rights.other_agent":
		return bilingual{"that agent serves none of the supervisor's queues", "cet agent ne sert aucune file du superviseur"}
	case "rights.other_queue":
		return bilingual{"that queue is none of the supervisor's", "cette file n’est pas une de celles du superviseur"}
	case "statistics.future":
		return bilingual{"that day has not begun", "ce jour n’a pas commencé"}
	case "statistics.forgotten":
		return bilingual{"the box keeps no figures of so long ago", "le boîtier ne garde pas de chiffres aussi anciens"}
	case "supervisor.unknown":
		return bilingual{"there is no such supervisor", "ce superviseur n’existe pas"}
	case "transfer.emergency":
		return bilingual{"an emergency number is no target of a transfer", "on ne transfère pas vers un numéro d’urgence"}
	case "transfer.from_trunk":
		return bilingual{"somebody outside hands nobody over", "quelqu’un de l’extérieur ne transfère personne"}
	default:
		return bilingual{}
	}
}

// In is what was refused, in the words of a language.
func (r *Refused) In(l Language) string {
	if len(r.Reasons) == 0 {
		return bilingual{"refused", "refusé"}.in(l)
	}
	words := make([]string, 0, len(r.Reasons))
	for _, x := range r.Reasons {
		words = append(words, BecauseIn(l, x))
	}
	return bilingual{"refused: ", "refusé\u00a0: "}.in(l) + strings.Join(words, bilingual{"; ", "\u00a0; "}.in(l))
}
