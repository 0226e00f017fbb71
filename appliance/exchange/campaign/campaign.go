// Package campaign is whom the branch calls of its own accord: outbound campaigns. People who asked on a web page to be called back are callbacks of a queue.
//
// It is values and functions only; the exchange owns a Desk, dials, and tells it what became of each call:
//
//   - Put, Pause, Stop and Import carry out what an administrator asks.
//   - When an agent becomes available (Idle, Available, nobody waiting in a queue they serve), NextOf picks a contact for them across campaigns;
//     Allocate gives it to them. A preview shows the card, and Dial is called when the agent launches it; progressive calls Dial at once; for manual the
//     agent picks the contact and the exchange calls Allocate and Dial.
//   - Dial says whether the call may be placed this very instant (the gate of package policy is asked again) and counts the attempt. The exchange then
//     rings the agent first, plays Campaign.Sound to them when the box chose the moment, and rings the contact after that with Campaign.Presented, for at most Campaign.RingMS.
//   - Ended tells how the call ended; SaidNo, Revoke and CancelRecent what a person wants or got meanwhile. Those return calls that must be hung up.
//   - Tick carries out what is due (allocations given back, rests over), Due is when it must be called next: one timer.
//   - GiveBack frees what an agent holds who logs out, pauses or takes another call.
//
// Every change is announced to Desk.OnChange before it is made, with the function that takes it back, so that the exchange's undo list holds it too. All
// instants are Unix ms: windows and laws are of the wall clock, and a campaign outlives a boot. A Desk is written and read as JSON.
package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/policy"
)

// Mode is who starts a call (FEATURES §9.2; predictive dialling is not offered, FEATURES §14 d).
type Mode string

// The modes.
const (
	Manual      Mode = "manual"      // the agent picks the contact and dials
	Preview     Mode = "preview"     // the box shows the card, the agent launches the call
	Progressive Mode = "progressive" // the box dials for an agent who is free, one call for one agent
)

// Result is how one attempt ended.
type Result string

// The results.
const (
	Answered    Result = "answered"
	NoAnswer    Result = "no_answer"
	Busy        Result = "busy"
	Declined    Result = "declined"
	Unreachable Result = "unreachable"
	Failed      Result = "failed"       // by our side: no line, no agent
	WrongNumber Result = "wrong_number" // nobody is ever reached there
)

// Results lists those that an attempt can have.
func Results() []Result {
	return []Result{Answered, NoAnswer, Busy, Declined, Unreachable, Failed, WrongNumber}
}

// Retry is how long a contact rests after an attempt that ended so.
type Retry struct {
	After   Result `json:"after"`
	DelayMS int64  `json:"delay_ms"`
}

// Campaign is one outbound campaign (FEATURES §9.1).
type Campaign struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"` // at most 32 characters
	Mode     Mode     `json:"mode"`
	Queue    string   `json:"queue,omitempty"`    // whose agents call, or
	Agents   []string `json:"agents,omitempty"`   // these agents
	Priority int      `json:"priority,omitempty"` // among campaigns, 1–100, the highest first; 0: 50

	Start  int64          `json:"start,omitempty"`  // Unix ms; 0: at once
	End    int64          `json:"end,omitempty"`    // Unix ms; 0: none
	Days   []time.Weekday `json:"days,omitempty"`   // by the branch's clock; none: every day
	Daily  []hours.Range  `json:"daily,omitempty"`  // of such a day; none: all day
	Paused bool           `json:"paused,omitempty"` //

	Attempts int     `json:"attempts,omitempty"`  // per contact; 0: three
	Retry    []Retry `json:"retry,omitempty"`     // what is not listed rests an hour
	RingMS   int64   `json:"ring_ms,omitempty"`   // how long the contact's phone rings; 0: 40 s
	HoldMS   int64   `json:"hold_ms,omitempty"`   // how long an agent may keep a contact without calling; 0: two minutes
	GapMS    int64   `json:"gap_ms,omitempty"`    // between two calls the box dials by itself; 0: none
	RecentMS int64   `json:"recent_ms,omitempty"` // who reaches somebody of ours in another call is taken out, and not called for so long; 0: never
	Recorded bool    `json:"recorded,omitempty"`  // as Queue.RecordOut; other rules may record all the same
	Custom   []Var   `json:"custom,omitempty"`    // for every contact, beside its own

	Sound     plan.Sound    `json:"sound,omitempty"`     // of progressive: played to the agent who lifted, before the contact is dialled
	Presented string        `json:"presented,omitempty"` // E.164; empty: the line's
	Legal     policy.Legal  `json:"legal"`
	Sector    policy.Sector `json:"sector,omitempty"`
}

// Var is something the customer's own application knows of a contact.
type Var struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

const (
	minute = int64(60_000) // ms
	hour   = 60 * minute
)

func (c *Campaign) attempts() int   { return cmp.Or(c.Attempts, 3) }
func (c *Campaign) hold() int64     { return cmp.Or(c.HoldMS, 2*minute) }
func (c *Campaign) priority() int   { return cmp.Or(c.Priority, 50) }
func (c *Campaign) automated() bool { return c.Mode == Progressive }

// rest is how long a contact is left in peace after a result.
func (c *Campaign) rest(r Result) int64 {
	if i := slices.IndexFunc(c.Retry, func(x Retry) bool { return x.After == r }); i >= 0 {
		return c.Retry[i].DelayMS
	}
	return hour
}

// Has reports whether an agent who serves some queues calls for it.
func (c *Campaign) Has(agent string, queues []string) bool {
	return slices.Contains(c.Agents, agent) || c.Queue != "" && slices.Contains(queues, c.Queue)
}

// schedule is its own hours of the day, by a clock.
func (c *Campaign) schedule(z hours.Zone) hours.Schedule {
	return hours.Weekly(z, c.Days, c.Daily)
}

// Calls reports whether it calls at an instant, by its own window and who started or held it; the law is asked of each contact.
func (c *Campaign) Calls(now int64, z hours.Zone) bool { return c.closed(now, z) == nil }

// closed says why a campaign does not call at an instant, whoever the contact is; nil when it does.
func (c *Campaign) closed(now int64, z hours.Zone) []fact.Reason {
	switch {
	case c.Paused:
		return []fact.Reason{{Code: "campaign.paused", Detail: c.ID}}
	case now < c.Start:
		return []fact.Reason{{Code: "campaign.not_begun", Detail: c.ID}}
	case c.End > 0 && now >= c.End:
		return []fact.Reason{{Code: "campaign.over", Detail: c.ID}}
	case !c.schedule(z).At(now).Open:
		return []fact.Reason{{Code: "campaign.hours", Detail: z.Civil(now).String()}}
	}
	return nil
}

// Problem is one thing that is wrong with a campaign: which field, what, and what to do.
type Problem struct {
	Path     string `json:"path"`
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy"`
}

// Check names everything that is wrong with a campaign.
func Check(c Campaign) []Problem {
	var out []Problem
	add := func(path, remedy, sentence string, args ...any) {
		out = append(out, Problem{path, fmt.Sprintf(sentence, args...), remedy})
	}
	if c.ID == "" {
		add("id", "give it one", "the campaign has no id")
	}
	if n := utf8.RuneCountInString(c.Name); n == 0 || n > 32 {
		add("name", "use 1 to 32 characters", "a name of %d characters", n)
	}
	if !slices.Contains([]Mode{Manual, Preview, Progressive}, c.Mode) {
		add("mode", "use manual, preview or progressive", "%q is no way to call", c.Mode)
	}
	if (c.Queue == "") == (len(c.Agents) == 0) {
		add("queue", "name a queue or agents, not both", "it is not known who calls")
	}
	if c.Priority < 0 || c.Priority > 100 {
		add("priority", "choose 1 to 100", "a priority of %d", c.Priority)
	}
	if c.End != 0 && c.End <= c.Start {
		add("end", "end it after it starts", "it ends before it starts")
	}
	for i, r := range c.Daily {
		if r.From < 0 || r.To > 24*60 || r.From >= r.To {
			add(fmt.Sprintf("daily[%d]", i), "write from before to, between 00:00 and 24:00", "from %s to %s", hours.Clock(r.From), hours.Clock(r.To))
		}
	}
	for i, r := range c.Retry {
		if !slices.Contains(Results(), r.After) || r.After == Answered || r.After == WrongNumber {
			add(fmt.Sprintf("retry[%d].after", i), "use no_answer, busy, declined, unreachable or failed", "nobody is called again after %q", r.After)
		}
		if r.DelayMS < minute {
			add(fmt.Sprintf("retry[%d].delay_ms", i), "leave a minute at least", "%d ms", r.DelayMS)
		}
	}
	for _, f := range []struct {
		path      string
		is, least int64
		most      int64
	}{
		{"attempts", int64(c.Attempts), 0, 20},
		{"ring_ms", c.RingMS, 0, 2 * minute},
		{"hold_ms", c.HoldMS, 0, hour},
		{"gap_ms", c.GapMS, 0, hour},
		{"recent_ms", c.RecentMS, 0, 30 * 24 * hour},
	} {
		if f.is < f.least || f.is > f.most {
			add(f.path, fmt.Sprintf("choose %d to %d", f.least, f.most), "%d is out of range", f.is)
		}
	}
	if !slices.Contains([]policy.Legal{policy.Prospecting, policy.RunningContract, policy.CallbackAsked}, c.Legal) {
		add("legal", "use prospecting, running_contract or callback_asked", "it is not said why people are called")
	}
	if !slices.Contains([]policy.Sector{policy.SectorAny, policy.SectorEnergy, policy.SectorHome}, c.Sector) {
		add("sector", "leave it empty, or use energy_renovation or home_adaptation", "%q is no sector", c.Sector)
	}
	return out
}
