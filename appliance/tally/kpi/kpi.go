// Package kpi is the figures of a call centre, each with the definition that goes by its name: what is divided by what.
//
// Variants of one figure have names of their own. Figures are made of counters (appliance/tally/ledger) as late as can be, and averages are
// never averaged.
package kpi

import "autocom/appliance/tally/ledger"

// ID is a figure's stable code.
type ID string

// The figures (FEATURES §11.2), in the order they are shown.
const (
	ServiceLevelOffered  ID = "service_level_offered"
	ServiceLevelAnswered ID = "service_level_answered"
	ServiceLevelHandled  ID = "service_level_handled"
	ServiceLevelReceived ID = "service_level_received"
	ServiceLevelAdvanced ID = "service_level_advanced"
	AnswerRateQueue      ID = "answer_rate_queue"
	AnswerRateAll        ID = "answer_rate_all"
	AbandonRate          ID = "abandon_rate"
	AbandonRateMusic     ID = "abandon_rate_music"
	AbandonRateRinging   ID = "abandon_rate_ringing"
	MissedThenLeftRate   ID = "missed_then_left_rate"
	AvgSpeedOfAnswer     ID = "avg_speed_of_answer"
	AvgSpeedOfAnswerCall ID = "avg_speed_of_answer_call"
	AvgWait              ID = "avg_wait"
	MaxWait              ID = "max_wait"
	AvgTimeToAbandon     ID = "avg_time_to_abandon"
	AvgConversation      ID = "avg_conversation"
	AvgTalk              ID = "avg_talk"
	AvgHold              ID = "avg_hold"
	AvgWrapUp            ID = "avg_wrap_up"
	AvgHandle            ID = "avg_handle"
	AvgHandleSegment     ID = "avg_handle_segment"
	OfferedLoad          ID = "offered_load"
	Occupancy            ID = "occupancy"
	Utilization          ID = "utilization"
	Reachable            ID = "reachable"
	OfferAnswerRate      ID = "offer_answer_rate"
	TransferRate         ID = "transfer_rate"
	RepeatRate           ID = "repeat_rate"
	RepeatRateService    ID = "repeat_rate_service"
	RepeatRateFirstQueue ID = "repeat_rate_first_queue"
	RepeatRateLastQueue  ID = "repeat_rate_last_queue"
	FirstContactRate     ID = "first_contact_rate"
	CallbackReachedRate  ID = "callback_reached_rate"
	CampaignContactRate  ID = "campaign_contact_rate"
	CampaignAttempts     ID = "campaign_attempts"
	CampaignConversion   ID = "campaign_conversion_rate"
)

// Needs is what a figure's counters depend on besides the facts.
type Needs struct {
	Goal   bool // the service-level threshold T of each queue
	Short  bool // the short abandon threshold
	Repeat bool // the window of repeat calls
}

// Scope is what a figure can be told of.
type Scope string

// The scopes: visits and calls belong to queues, time at work to agents, presentations to both, contacts to campaigns and the queues that call them.
const (
	OfCampaigns Scope = "campaigns"

	OfQueues Scope = "queues"
	OfAgents Scope = "agents"
	OfBoth   Scope = "both"
)

// Definition is one figure: its names, its formula in words, and the counters it divides.
type Definition struct {
	ID      ID
	Unit    Unit
	Scope   Scope
	French  string // its name
	English string
	Num     string // what is counted, in French
	Den     string // by what it is divided
	NumEN   string
	DenEN   string
	Note    string // what to know before it is compared, in French; may be empty
	Needs   Needs

	of func(Sums) Ratio
}

// IDs lists the figures in the order they are shown.
func IDs() []ID {
	all := Definitions()
	ids := make([]ID, len(all))
	for i, d := range all {
		ids[i] = d.ID
	}
	return ids
}

// Define finds a figure by its code.
func Define(id ID) (Definition, bool) {
	for _, d := range Definitions() {
		if d.ID == id {
			return d, true
		}
	}
	return Definition{}, false
}

// Of is the figure of what was counted, with the thresholds it depends on.
func (d Definition) Of(s Sums) Value {
	v := Value{ID: d.ID, Ratio: d.of(s), Unit: d.Unit}
	if d.Needs.Goal {
		v.TMS, v.Goals = goals(s)
	}
	if d.Needs.Short {
		v.Short = s.Rules.ShortMS
	}
	if d.Needs.Repeat {
		v.Again = s.Rules.RepeatMS
	}
	return v
}

// goals is the one goal of all queues that were entered, or each queue's.
func goals(s Sums) (int64, []ledger.Goal) {
	if len(s.Goals) == 0 {
		return s.Rules.GoalMS, nil
	}
	for _, g := range s.Goals[1:] {
		if g.MS != s.Goals[0].MS {
			return 0, s.Goals
		}
	}
	return s.Goals[0].MS, nil
}

// All is every figure of what was counted, in their order.
func All(s Sums) []Value {
	var out []Value
	for _, d := range Definitions() {
		out = append(out, d.Of(s))
	}
	return out
}
