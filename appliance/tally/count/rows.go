package count

import (
	"cmp"

	"autocom/appliance/exchange/fact"
)

// Place is where and when a visit is counted: always the quarter in which it entered its queue, whenever it ends.
type Place struct {
	Quarter Quarter `json:"quarter"`
	Queue   string  `json:"queue,omitempty"`   // empty: the call was in no queue
	First   string  `json:"first,omitempty"`   // the first queue of the call
	Section string  `json:"section,omitempty"` // the number of the service that was dialled
	Route   string  `json:"route,omitempty"`   // the trunk it came over, or left by

	Callback bool `json:"callback,omitempty"` // an attempt of ours to call somebody back: nobody came in
}

// Compare orders lines, by their quarter first.
func (p Place) Compare(o Place) int {
	return cmp.Or(
		cmp.Compare(p.Quarter, o.Quarter), cmp.Compare(p.Queue, o.Queue), cmp.Compare(p.First, o.First),
		cmp.Compare(p.Section, o.Section), cmp.Compare(p.Route, o.Route), yes(p.Callback)-yes(o.Callback),
	)
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Visits counts passages in queues by what became of them. All spans are in ms.
type Visits struct {
	Received        int64 `json:"received,omitempty"`
	Answered        int64 `json:"answered,omitempty"`
	Abandoned       int64 `json:"abandoned,omitempty"`
	Cancelled       int64 `json:"cancelled,omitempty"`
	Closed          int64 `json:"closed,omitempty"`
	Full            int64 `json:"full,omitempty"`
	NobodyFit       int64 `json:"nobody_fit,omitempty"`
	WaitedTooLong   int64 `json:"waited_too_long,omitempty"`
	ExitedCallback  int64 `json:"exited_callback,omitempty"`
	ExitedVoicemail int64 `json:"exited_voicemail,omitempty"`
	ExitedKey       int64 `json:"exited_key,omitempty"`
	Moved           int64 `json:"moved,omitempty"`
	Failed          int64 `json:"failed,omitempty"`
	Interrupted     int64 `json:"interrupted,omitempty"`
	Other           int64 `json:"other,omitempty"`       // an outcome that this program does not know, or one that was lost
	InProgress      int64 `json:"in_progress,omitempty"` // only in what Rows gives out

	Within         int64 `json:"within,omitempty"`          // of those answered: after no longer than the queue's goal
	LostWithin     int64 `json:"lost_within,omitempty"`     // of those abandoned or cancelled: after no longer than the goal
	ShortAbandoned int64 `json:"short_abandoned,omitempty"` // of those abandoned: before the short abandon threshold
	ShortCancelled int64 `json:"short_cancelled,omitempty"` // of those cancelled: likewise
	Missed         int64 `json:"missed,omitempty"`          // of those abandoned: somebody's phone had rung and nobody lifted
	Recovered      int64 `json:"recovered,omitempty"`       // of those abandoned or cancelled, not short: spoken with afterwards, within the window of repeat calls
	Unreached      int64 `json:"unreached,omitempty"`       // of those abandoned or cancelled, not short: withheld or of the house, so that nobody could be called back

	WaitMS         int64 `json:"wait_ms,omitempty"`          // of all that are over
	WaitAnsweredMS int64 `json:"wait_answered_ms,omitempty"` // of those answered
	WaitLostMS     int64 `json:"wait_lost_ms,omitempty"`     // of those abandoned or cancelled
	MaxWaitMS      int64 `json:"max_wait_ms,omitempty"`
	TalkMS         int64 `json:"talk_ms,omitempty"` // what followed their answers, hold included, each caller once
}

// Over is how many are over: the sum of what became of them.
func (v Visits) Over() int64 {
	return v.Answered + v.Abandoned + v.Cancelled + v.Closed + v.Full + v.NobodyFit + v.WaitedTooLong +
		v.ExitedCallback + v.ExitedVoicemail + v.ExitedKey + v.Moved + v.Failed + v.Interrupted + v.Other
}

// Short is how many left before the short abandon threshold.
func (v Visits) Short() int64 { return v.ShortAbandoned + v.ShortCancelled }

// Add counts others besides.
func (v *Visits) Add(o Visits) {
	v.Received += o.Received
	v.Answered += o.Answered
	v.Abandoned += o.Abandoned
	v.Cancelled += o.Cancelled
	v.Closed += o.Closed
	v.Full += o.Full
	v.NobodyFit += o.NobodyFit
	v.WaitedTooLong += o.WaitedTooLong
	v.ExitedCallback += o.ExitedCallback
	v.ExitedVoicemail += o.ExitedVoicemail
	v.ExitedKey += o.ExitedKey
	v.Moved += o.Moved
	v.Failed += o.Failed
	v.Interrupted += o.Interrupted
	v.Other += o.Other
	v.InProgress += o.InProgress
	v.Within += o.Within
	v.LostWithin += o.LostWithin
	v.ShortAbandoned += o.ShortAbandoned
	v.ShortCancelled += o.ShortCancelled
	v.Missed += o.Missed
	v.Recovered += o.Recovered
	v.Unreached += o.Unreached
	v.WaitMS += o.WaitMS
	v.WaitAnsweredMS += o.WaitAnsweredMS
	v.WaitLostMS += o.WaitLostMS
	v.MaxWaitMS = max(v.MaxWaitMS, o.MaxWaitMS)
	v.TalkMS += o.TalkMS
}

// Desk is where an agent's share of visits is counted: in the quarter in which the visit entered, or the call opened when it was in no queue.
type Desk struct {
	Place
	Agent string `json:"agent"`
}

// Compare orders lines, by their quarter first.
func (d Desk) Compare(o Desk) int {
	return cmp.Or(d.Place.Compare(o.Place), cmp.Compare(d.Agent, o.Agent))
}

// Offers counts presentations to agents by what became of them, and what agents did in the calls.
type Offers struct {
	Made        int64 `json:"made,omitempty"`
	Answered    int64 `json:"answered,omitempty"`
	NotAnswered int64 `json:"not_answered,omitempty"`
	Busy        int64 `json:"busy,omitempty"`
	Declined    int64 `json:"declined,omitempty"`
	Unreachable int64 `json:"unreachable,omitempty"`
	Cancelled   int64 `json:"cancelled,omitempty"`
	LostRace    int64 `json:"lost_race,omitempty"`
	Other       int64 `json:"other,omitempty"`
	InProgress  int64 `json:"in_progress,omitempty"` // only in what Rows gives out
	RingMS      int64 `json:"ring_ms,omitempty"`

	Segments int64 `json:"segments,omitempty"` // an agent's conversations: several in one call when it is transferred
	TalkMS   int64 `json:"talk_ms,omitempty"`  // without hold
	HoldMS   int64 `json:"hold_ms,omitempty"`
	WrapMS   int64 `json:"wrap_ms,omitempty"`
}

// Over is how many presentations are over.
func (o Offers) Over() int64 {
	return o.Answered + o.NotAnswered + o.Busy + o.Declined + o.Unreachable + o.Cancelled + o.LostRace + o.Other
}

// Add counts others besides.
func (o *Offers) Add(x Offers) {
	o.Made += x.Made
	o.Answered += x.Answered
	o.NotAnswered += x.NotAnswered
	o.Busy += x.Busy
	o.Declined += x.Declined
	o.Unreachable += x.Unreachable
	o.Cancelled += x.Cancelled
	o.LostRace += x.LostRace
	o.Other += x.Other
	o.InProgress += x.InProgress
	o.RingMS += x.RingMS
	o.Segments += x.Segments
	o.TalkMS += x.TalkMS
	o.HoldMS += x.HoldMS
	o.WrapMS += x.WrapMS
}

// Journey is where a call is counted: in the quarter in which it opened.
type Journey struct {
	Quarter Quarter `json:"quarter"`
	Flow    string  `json:"flow"`
	Section string  `json:"section,omitempty"`
	Route   string  `json:"route,omitempty"`
	First   string  `json:"first,omitempty"` // its first queue
	Last    string  `json:"last,omitempty"`  // its last queue
}

// Compare orders lines, by their quarter first.
func (j Journey) Compare(o Journey) int {
	return cmp.Or(
		cmp.Compare(j.Quarter, o.Quarter), cmp.Compare(j.Flow, o.Flow), cmp.Compare(j.Section, o.Section),
		cmp.Compare(j.Route, o.Route), cmp.Compare(j.First, o.First), cmp.Compare(j.Last, o.Last),
	)
}

// Calls counts calls by how they ended.
type Calls struct {
	Received          int64 `json:"received,omitempty"`
	Answered          int64 `json:"answered,omitempty"`
	AbandonedSVI      int64 `json:"abandoned_svi,omitempty"`
	AbandonedQueue    int64 `json:"abandoned_queue,omitempty"`
	AbandonedAnnounce int64 `json:"abandoned_announcement,omitempty"`
	Abandoned         int64 `json:"abandoned,omitempty"` // elsewhere, such as while an extension was dialled
	Cancelled         int64 `json:"cancelled,omitempty"`
	Closed            int64 `json:"closed,omitempty"`
	Deterred          int64 `json:"deterred,omitempty"`
	Voicemail         int64 `json:"voicemail,omitempty"`
	Callback          int64 `json:"callback,omitempty"`
	SelfServed        int64 `json:"self_served,omitempty"`
	Forwarded         int64 `json:"forwarded,omitempty"`
	Failed            int64 `json:"failed,omitempty"`
	Interrupted       int64 `json:"interrupted,omitempty"`
	Merged            int64 `json:"merged,omitempty"` // went on as part of another call, which counts for both: a word before a transfer
	Other             int64 `json:"other,omitempty"`
	InProgress        int64 `json:"in_progress,omitempty"` // only in what Rows gives out

	Queued      int64 `json:"queued,omitempty"`       // of all that are over: were in a queue
	Served      int64 `json:"served,omitempty"`       // of those answered: were in a queue
	Missed      int64 `json:"missed,omitempty"`       // of those abandoned: somebody's phone had rung and nobody lifted
	Handed      int64 `json:"handed,omitempty"`       // of those answered: handed over at least once
	Transfers   int64 `json:"transfers,omitempty"`    // begun
	HandedOver  int64 `json:"handed_over,omitempty"`  // of the transfers: completed
	NotHanded   int64 `json:"not_handed,omitempty"`   // of the transfers: failed
	Known       int64 `json:"known,omitempty"`        // came in, are over, and it is known who called
	Again       int64 `json:"again,omitempty"`        // of the known: called before within the window
	AgainHere   int64 `json:"again_here,omitempty"`   // … the same service
	AgainFirst  int64 `json:"again_first,omitempty"`  // … and the same first queue
	AgainLast   int64 `json:"again_last,omitempty"`   // … and the same last queue
	WaitMS      int64 `json:"wait_ms,omitempty"`      // all their visits, from queue entry
	WaitServed  int64 `json:"wait_served,omitempty"`  // of those answered that were in a queue, in ms
	RingMS      int64 `json:"ring_ms,omitempty"`      //
	TalkMS      int64 `json:"talk_ms,omitempty"`      // hold included
	HoldMS      int64 `json:"hold_ms,omitempty"`      //
	TotalMS     int64 `json:"total_ms,omitempty"`     //
	QueuedKnown int64 `json:"queued_known,omitempty"` // of the known: were in a queue
}

// Over is how many are over.
func (c Calls) Over() int64 {
	return c.Answered + c.Lost() + c.Closed + c.Deterred + c.Voicemail + c.Callback + c.SelfServed + c.Forwarded + c.Failed +
		c.Interrupted + c.Merged + c.Other
}

// Lost is how many callers left, wherever they were.
func (c Calls) Lost() int64 {
	return c.AbandonedSVI + c.AbandonedQueue + c.AbandonedAnnounce + c.Abandoned + c.Cancelled
}

// Add counts others besides.
func (c *Calls) Add(o Calls) {
	c.Received += o.Received
	c.Answered += o.Answered
	c.AbandonedSVI += o.AbandonedSVI
	c.AbandonedQueue += o.AbandonedQueue
	c.AbandonedAnnounce += o.AbandonedAnnounce
	c.Abandoned += o.Abandoned
	c.Cancelled += o.Cancelled
	c.Closed += o.Closed
	c.Deterred += o.Deterred
	c.Voicemail += o.Voicemail
	c.Callback += o.Callback
	c.SelfServed += o.SelfServed
	c.Forwarded += o.Forwarded
	c.Failed += o.Failed
	c.Interrupted += o.Interrupted
	c.Merged += o.Merged
	c.Other += o.Other
	c.InProgress += o.InProgress
	c.Queued += o.Queued
	c.Served += o.Served
	c.Missed += o.Missed
	c.Handed += o.Handed
	c.Transfers += o.Transfers
	c.HandedOver += o.HandedOver
	c.NotHanded += o.NotHanded
	c.Known += o.Known
	c.Again += o.Again
	c.AgainHere += o.AgainHere
	c.AgainFirst += o.AgainFirst
	c.AgainLast += o.AgainLast
	c.WaitMS += o.WaitMS
	c.WaitServed += o.WaitServed
	c.RingMS += o.RingMS
	c.TalkMS += o.TalkMS
	c.HoldMS += o.HoldMS
	c.TotalMS += o.TotalMS
	c.QueuedKnown += o.QueuedKnown
}

// Wish is where a callback is counted: in the quarter in which it was asked for.
type Wish struct {
	Place
	Source   string `json:"source"`             // "queue", "web", "campaign", "command"
	Campaign string `json:"campaign,omitempty"` // of a campaign's contact: which
}

// Compare orders lines, by their quarter first.
func (w Wish) Compare(o Wish) int {
	return cmp.Or(w.Place.Compare(o.Place), cmp.Compare(w.Source, o.Source), cmp.Compare(w.Campaign, o.Campaign))
}

// Wishes counts callbacks by what became of them.
type Wishes struct {
	Asked      int64 `json:"asked,omitempty"`
	Reached    int64 `json:"reached,omitempty"`
	Unreached  int64 `json:"unreached,omitempty"` // after all attempts
	Cancelled  int64 `json:"cancelled,omitempty"`
	Expired    int64 `json:"expired,omitempty"`
	Other      int64 `json:"other,omitempty"`
	InProgress int64 `json:"in_progress,omitempty"` // only in what Rows gives out
	Attempts   int64 `json:"attempts,omitempty"`    // of all that are over
	Converted  int64 `json:"converted,omitempty"`   // contacts of a campaign who were reached and whom their agent marked converted
}

// Over is how many are over.
func (w Wishes) Over() int64 { return w.Reached + w.Unreached + w.Cancelled + w.Expired + w.Other }

// Add counts others besides.
func (w *Wishes) Add(o Wishes) {
	w.Asked += o.Asked
	w.Reached += o.Reached
	w.Unreached += o.Unreached
	w.Cancelled += o.Cancelled
	w.Expired += o.Expired
	w.Other += o.Other
	w.InProgress += o.InProgress
	w.Attempts += o.Attempts
	w.Converted += o.Converted
}

// Posture is what an agent who is logged in was, all dimensions at once, in one quarter of the clock.
type Posture struct {
	Quarter  Quarter `json:"quarter"`
	Agent    string  `json:"agent"`
	Activity string  `json:"activity"`
	Declared string  `json:"declared"`
	Pause    string  `json:"pause,omitempty"`
	Line     string  `json:"line"`
}

// Compare orders lines, by their quarter first.
func (p Posture) Compare(o Posture) int {
	return cmp.Or(
		cmp.Compare(p.Quarter, o.Quarter), cmp.Compare(p.Agent, o.Agent), cmp.Compare(p.Activity, o.Activity),
		cmp.Compare(p.Declared, o.Declared), cmp.Compare(p.Pause, o.Pause), cmp.Compare(p.Line, o.Line),
	)
}

// Spent is how long an agent was so, in ms.
type Spent struct {
	MS int64 `json:"ms"`
}

// Add counts more of it.
func (s *Spent) Add(o Spent) { s.MS += o.MS }

// Heard is what came in of one quarter: without it nobody can tell a quiet hour from a broken import.
type Heard struct {
	Fetched int64        `json:"fetched"`        // facts, whatever they say
	Kept    int64        `json:"kept,omitempty"` // of those: statistics read them
	First   fact.Address `json:"first"`
	Last    fact.Address `json:"last"`
}

// Add counts what was heard later.
func (h *Heard) Add(o Heard) {
	if h.Fetched == 0 {
		h.First = o.First
	}
	if o.Fetched > 0 {
		h.Last = o.Last
	}
	h.Fetched += o.Fetched
	h.Kept += o.Kept
}

// Hole is a run of facts that were lost, told in the quarter when it was noticed.
type Hole struct {
	Quarter Quarter      `json:"quarter"`
	From    fact.Address `json:"from"`
	To      fact.Address `json:"to"`
	Cause   string       `json:"cause,omitempty"`
}
