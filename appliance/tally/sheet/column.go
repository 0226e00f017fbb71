package sheet

import (
	"strings"

	"autocom/appliance/tally/kpi"
)

// Column is a counter or a figure, by its code; a pause's time is "pause:" and the id of its reason.
type Column string

// pausePrefix begins the columns of pauses: their reasons are the branch's own.
const pausePrefix = "pause:"

// column is what a code stands for.
type column struct {
	french, english string
	scope           kpi.Scope
	count           func(kpi.Sums) int64 // nil: a figure
	span            bool                 // the count is a time, in ms
	figure          kpi.Definition
}

// counter is a column that is read from the sums as it is.
type counter struct {
	code Column
	column
}

func counters() []counter {
	n := func(code Column, scope kpi.Scope, french, english string, of func(kpi.Sums) int64) counter {
		return counter{code, column{french: french, english: english, scope: scope, count: of}}
	}
	ms := func(code Column, french, english string, of func(kpi.Sums) int64) counter {
		return counter{code, column{french: french, english: english, scope: kpi.OfAgents, count: of, span: true}}
	}
	return []counter{
		n("received", kpi.OfQueues, "Reçus", "Received", func(s kpi.Sums) int64 { return s.Visits.Received }),
		n("answered", kpi.OfQueues, "Répondus", "Answered", func(s kpi.Sums) int64 { return s.Visits.Answered }),
		n("abandoned", kpi.OfQueues, "Abandonnés", "Abandoned", func(s kpi.Sums) int64 { return s.Visits.Abandoned }),
		n("cancelled", kpi.OfQueues, "Annulés", "Cancelled", func(s kpi.Sums) int64 { return s.Visits.Cancelled }),
		n("closed", kpi.OfQueues, "Fermés", "Closed", func(s kpi.Sums) int64 { return s.Visits.Closed }),
		n("full", kpi.OfQueues, "File pleine", "Queue full", func(s kpi.Sums) int64 { return s.Visits.Full }),
		n("nobody_fit", kpi.OfQueues, "Aucun agent possible", "Nobody fit", func(s kpi.Sums) int64 { return s.Visits.NobodyFit }),
		n("waited_too_long", kpi.OfQueues, "Attente maximale", "Waited too long", func(s kpi.Sums) int64 { return s.Visits.WaitedTooLong }),
		n("exited_callback", kpi.OfQueues, "Sortis : rappel", "Exited: callback", func(s kpi.Sums) int64 { return s.Visits.ExitedCallback }),
		n("exited_voicemail", kpi.OfQueues, "Sortis : messagerie", "Exited: voicemail", func(s kpi.Sums) int64 { return s.Visits.ExitedVoicemail }),
		n("exited_key", kpi.OfQueues, "Sortis : touche", "Exited: key", func(s kpi.Sums) int64 { return s.Visits.ExitedKey }),
		n("moved", kpi.OfQueues, "Déplacés", "Moved", func(s kpi.Sums) int64 { return s.Visits.Moved }),
		n("failed", kpi.OfQueues, "En échec", "Failed", func(s kpi.Sums) int64 { return s.Visits.Failed }),
		n("interrupted", kpi.OfQueues, "Interrompus", "Interrupted", func(s kpi.Sums) int64 { return s.Visits.Interrupted }),
		n("other", kpi.OfQueues, "Autres", "Other", func(s kpi.Sums) int64 { return s.Visits.Other }),
		n("in_progress", kpi.OfQueues, "En cours", "In progress", func(s kpi.Sums) int64 { return s.Visits.InProgress }),
		n("short", kpi.OfQueues, "dont abandons courts", "of which short abandons", func(s kpi.Sums) int64 { return s.Visits.Short() }),
		n("missed_then_left", kpi.OfQueues, "dont partis après un appel manqué", "of which left after a missed offer", func(s kpi.Sums) int64 { return s.Visits.Missed }),
		n("calls_received", kpi.OfQueues, "Appels entrants", "Inbound calls", func(s kpi.Sums) int64 { return s.Inbound.Received }),
		n("calls_answered", kpi.OfQueues, "Appels entrants répondus", "Inbound calls answered", func(s kpi.Sums) int64 { return s.Inbound.Answered }),
		n("calls_lost", kpi.OfQueues, "Appels entrants perdus", "Inbound calls lost", func(s kpi.Sums) int64 { return s.Inbound.Lost() }),
		n("calls_lost_svi", kpi.OfQueues, "dont perdus dans le SVI", "of which lost in the IVR", func(s kpi.Sums) int64 { return s.Inbound.AbandonedSVI }),
		n("calls_placed", kpi.OfQueues, "Appels sortants", "Outbound calls", func(s kpi.Sums) int64 { return s.Outbound.Received }),
		n("calls_placed_answered", kpi.OfQueues, "Appels sortants répondus", "Outbound calls answered", func(s kpi.Sums) int64 { return s.Outbound.Answered }),
		n("offers", kpi.OfBoth, "Présentations", "Offers", func(s kpi.Sums) int64 { return s.Agents.Made }),
		n("offers_answered", kpi.OfBoth, "Présentations répondues", "Offers answered", func(s kpi.Sums) int64 { return s.Agents.Answered }),
		n("offers_not_answered", kpi.OfBoth, "Présentations non répondues", "Offers not answered", func(s kpi.Sums) int64 { return s.Agents.NotAnswered }),
		n("offers_busy", kpi.OfBoth, "Présentations occupées", "Offers busy", func(s kpi.Sums) int64 { return s.Agents.Busy }),
		n("offers_declined", kpi.OfBoth, "Présentations refusées", "Offers declined", func(s kpi.Sums) int64 { return s.Agents.Declined }),
		n("offers_unreachable", kpi.OfBoth, "Présentations sans téléphone", "Offers unreachable", func(s kpi.Sums) int64 { return s.Agents.Unreachable }),
		n("offers_cancelled", kpi.OfBoth, "Présentations annulées", "Offers cancelled", func(s kpi.Sums) int64 { return s.Agents.Cancelled }),
		n("offers_lost_race", kpi.OfBoth, "Présentations prises par un autre", "Offers taken by another", func(s kpi.Sums) int64 { return s.Agents.LostRace }),
		n("conversations", kpi.OfBoth, "Conversations", "Conversations", func(s kpi.Sums) int64 { return s.Agents.Segments }),
		n("callbacks", kpi.OfQueues, "Rappels demandés", "Callbacks asked for", func(s kpi.Sums) int64 { return s.Wishes.Asked }),
		n("callbacks_reached", kpi.OfQueues, "Rappels aboutis", "Callbacks reached", func(s kpi.Sums) int64 { return s.Wishes.Reached }),
		n("callback_attempts", kpi.OfQueues, "Tentatives de rappel", "Callback attempts", func(s kpi.Sums) int64 { return s.Backs.Received }),
		n("callback_attempts_answered", kpi.OfQueues, "Tentatives de rappel prises par un agent", "Callback attempts taken by an agent", func(s kpi.Sums) int64 { return s.Backs.Answered }),
		n("campaign_contacts", kpi.OfCampaigns, "Fiches de campagne appelées", "Campaign contacts called", func(s kpi.Sums) int64 { return s.Campaign.Asked }),
		n("campaign_reached", kpi.OfCampaigns, "Fiches jointes", "Campaign contacts reached", func(s kpi.Sums) int64 { return s.Campaign.Reached }),
		n("campaign_converted", kpi.OfCampaigns, "Fiches converties", "Campaign contacts converted", func(s kpi.Sums) int64 { return s.Campaign.Converted }),
		ms("logged_in", "Connecté", "Logged in", func(s kpi.Sums) int64 { return s.Work.LoggedMS }),
		ms("idle", "Disponible sans appel", "Available and idle", func(s kpi.Sums) int64 { return s.Work.IdleMS }),
		ms("paused", "En pause", "In a pause", func(s kpi.Sums) int64 { return s.Work.PausedMS }),
		ms("unreachable", "Téléphone absent", "Phone not there", func(s kpi.Sums) int64 { return s.Work.UnreachableMS }),
		ms("ringing", "Sonnerie", "Ringing", func(s kpi.Sums) int64 { return s.Work.RingingMS }),
		ms("dialing", "Numérotation", "Dialling", func(s kpi.Sums) int64 { return s.Work.DialingMS }),
		ms("talking", "Parole", "Talking", func(s kpi.Sums) int64 { return s.Work.TalkingMS }),
		ms("holding", "Garde", "Holding", func(s kpi.Sums) int64 { return s.Work.HoldingMS }),
		ms("wrap_up", "Post-appel", "Wrap-up", func(s kpi.Sums) int64 { return s.Work.WrapUpMS }),
	}
}

// find says what a code stands for.
func (c Column) find() (column, bool) {
	if reason, ok := strings.CutPrefix(string(c), pausePrefix); ok {
		return column{french: "Pause " + reason, english: "Pause " + reason, scope: kpi.OfAgents, span: true, count: func(s kpi.Sums) int64 {
			for _, p := range s.Work.Pauses {
				if p.Reason == reason {
					return p.MS
				}
			}
			return 0
		}}, true
	}
	for _, x := range counters() {
		if x.code == c {
			return x.column, true
		}
	}
	d, ok := kpi.Define(kpi.ID(c))
	return column{french: d.French, english: d.English, scope: d.Scope, figure: d}, ok
}

// Columns lists every column but those of pauses, whose reasons are the branch's.
func Columns() []Column {
	var all []Column
	for _, x := range counters() {
		all = append(all, x.code)
	}
	for _, id := range kpi.IDs() {
		all = append(all, Column(id))
	}
	return all
}

// says reports whether a column tells anything of the lines of a table: time at work is of no queue, visits are of no agent. What a filter cannot choose is
// not told either: everybody's figure would stand under the name of one.
func (c column) says(s Split, f kpi.Filter) bool {
	if s == ByCampaign {
		return c.scope == kpi.OfCampaigns
	}
	ofAgents := s == ByAgent || len(f.Agents) > 0
	ofQueues := s == ByQueue || s == BySection || s == ByRoute || len(f.Queues)+len(f.Sections)+len(f.Routes) > 0
	return (!ofAgents || c.scope == kpi.OfAgents || c.scope == kpi.OfBoth) && (!ofQueues || c.scope != kpi.OfAgents)
}

// DefaultColumns are all that say something of the lines of a table.
func DefaultColumns(s Split, f kpi.Filter) []Column {
	var out []Column
	for _, code := range Columns() {
		if c, _ := code.find(); c.says(s, f) {
			out = append(out, code)
		}
	}
	return out
}
