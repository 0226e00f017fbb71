package site

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// Campaign is an outbound campaign (« campagne d'appels sortants »). It calls nobody until somebody starts it.
type Campaign struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`     // 1 to 32 characters
	Mode     string   `json:"mode"`     // manual, preview or progressive
	Queue    string   `json:"queue"`    // whose agents call, or
	Agents   []string `json:"agents"`   // these agents; a progressive campaign has a queue
	Priority int      `json:"priority"` // 1 to 100, among campaigns

	Start string   `json:"start"` // first day, 2026-11-23; empty: at once
	End   string   `json:"end"`   // last day; empty: none
	Days  []string `json:"days"`  // mon, tue, wed, thu, fri, sat, sun; none: every day
	Hours []string `json:"hours"` // "10:00-13:00" of such a day, by the branch's clock; none: all day

	Attempts int      `json:"attempts"` // per contact
	Retry    Duration `json:"retry"`    // rest after an attempt that reached nobody
	Ring     Duration `json:"ring"`     // how long the contact's phone rings
	Hold     Duration `json:"hold"`     // how long an agent may keep a contact without calling
	Gap      Duration `json:"gap"`      // between two calls the box dials by itself
	Recent   Duration `json:"recent"`   // who spoke with somebody of ours is not called for so long; 0: no such rule
	Recorded bool     `json:"recorded"` // needs recording.basis

	Sound     string `json:"sound"`     // of a progressive campaign: played to the agent before each call, ten seconds at most; empty: what the queue whispers
	Presented string `json:"presented"` // shown to contacts, one that the line allows; empty: the line's
	Legal     string `json:"legal"`     // prospecting, running_contract or callback_asked: what the law sees in these calls
	Sector    string `json:"sector"`    // energy_renovation, home_adaptation; empty: any other
}

func blankCampaign() Campaign {
	return Campaign{
		Mode: string(campaign.Preview), Priority: 50, Attempts: 3, Retry: Duration(time.Hour), Ring: Duration(40 * time.Second), Hold: Duration(2 * time.Minute),
		Legal: string(policy.Prospecting), Recent: Duration(24 * time.Hour),
	}
}

func (d Document) campaigns(b *exchange.Branch) {
	b.Zone = d.Site.Timezone
	zone, _ := hours.ZoneOf(d.Site.Timezone)
	for _, k := range d.Campaigns {
		b.Campaigns = append(b.Campaigns, k.branch(zone))
	}
}

func (k Campaign) branch(zone hours.Zone) campaign.Campaign {
	out := campaign.Campaign{
		ID: k.ID, Name: k.Name, Mode: campaign.Mode(k.Mode), Queue: k.Queue, Agents: slices.Clone(k.Agents), Priority: k.Priority, Attempts: k.Attempts,
		RingMS: k.Ring.MS(), HoldMS: k.Hold.MS(), GapMS: k.Gap.MS(), RecentMS: k.Recent.MS(), Recorded: k.Recorded, Sound: PlanSound(k.Sound), Presented: k.Presented,
		Legal: policy.Legal(k.Legal), Sector: policy.Sector(k.Sector),
	}
	for _, r := range []campaign.Result{campaign.NoAnswer, campaign.Busy, campaign.Declined, campaign.Unreachable, campaign.Failed} {
		out.Retry = append(out.Retry, campaign.Retry{After: r, DelayMS: k.Retry.MS()})
	}
	if day, err := hours.ParseDate(k.Start); err == nil {
		out.Start = firstOf(day, zone)
	}
	if day, err := hours.ParseDate(k.End); err == nil {
		out.End = firstOf(day.Add(1), zone) // a day of 23 or 25 hours is called to its end
	}
	out.Days, out.Daily = weekOf(k.Days, k.Hours)
	return out
}

// weekOf reads days of the week and parts of such a day.
func weekOf(days, parts []string) (on []time.Weekday, daily []hours.Range) {
	for _, d := range days {
		on = append(on, time.Weekday(slices.Index(weekdays(), d)))
	}
	for _, h := range parts {
		if r, ok := rangeOf(h); ok {
			daily = append(daily, r)
		}
	}
	return on, daily
}

// firstOf is the first instant of a day (Unix ms).
func firstOf(d hours.Date, zone hours.Zone) int64 {
	for m := range int64(24 * 60) { // midnight is left out on some nights, somewhere
		if at := zone.Instants(hours.Civil{Date: d, Clock: m * 60_000}); len(at) > 0 {
			return at[0]
		}
	}
	return 0
}

// rangeOf reads "10:00-13:00".
func rangeOf(s string) (hours.Range, bool) {
	from, to, ok := strings.Cut(s, "-")
	a, okA := minuteOf(from)
	b, okB := minuteOf(to)
	return hours.Range{From: a, To: b}, ok && okA && okB && a < b
}

// minuteOf reads "13:00": minutes from midnight, 24:00 with them.
func minuteOf(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, errH := strconv.Atoi(h)
	minute, errM := strconv.Atoi(m)
	return 60*hour + minute, ok && len(s) == 5 && errH == nil && errM == nil && hour >= 0 && minute >= 0 && minute < 60 && 60*hour+minute <= 24*60
}

func (c *checker) campaigns() {
	seen := map[string]string{}
	for i, k := range c.doc.Campaigns {
		at := fmt.Sprintf("campaigns[%d]", i)
		c.unique(seen, at+".id", k.ID, "campaign")
		c.name(at+".id", k.ID)
		if n := utf8.RuneCountInString(k.Name); n == 0 || n > 32 {
			c.add(at+".name", "use 1 to 32 characters", "a campaign's name of %d characters", n)
		}
		c.oneOf(at+".mode", k.Mode, string(campaign.Manual), string(campaign.Preview), string(campaign.Progressive))
		c.oneOf(at+".legal", k.Legal, string(policy.Prospecting), string(policy.RunningContract), string(policy.CallbackAsked))
		c.oneOf(at+".sector", k.Sector, "", string(policy.SectorEnergy), string(policy.SectorHome))
		switch {
		case (k.Queue == "") == (len(k.Agents) == 0), k.Queue == "" && k.Mode == string(campaign.Progressive):
			c.add(at+".queue", "name a queue, or agents: not both, and a queue for progressive", "it is not known who calls for campaign %q", k.ID)
		case k.Queue != "" && !c.hasQueue(k.Queue):
			c.add(at+".queue", "name a queue of this document", "there is no queue %q", k.Queue)
		}
		for j, a := range k.Agents {
			if !slices.ContainsFunc(c.doc.Agents, func(x Agent) bool { return x.ID == a }) {
				c.add(fmt.Sprintf("%s.agents[%d]", at, j), "name an agent of this document", "there is no agent %q", a)
			}
		}
		c.window(at, k)
		if k.Priority < 1 || k.Priority > 100 {
			c.add(at+".priority", "choose 1 to 100", "a campaign's priority of %d", k.Priority)
		}
		if k.Attempts < 1 || k.Attempts > 20 {
			c.add(at+".attempts", "choose 1 to 20", "%d tries", k.Attempts)
		}
		c.between(at+".retry", k.Retry, time.Minute, 30*24*time.Hour)
		c.between(at+".ring", k.Ring, 10*time.Second, 2*time.Minute)
		c.between(at+".hold", k.Hold, 10*time.Second, time.Hour)
		c.between(at+".gap", k.Gap, 0, time.Hour)
		c.between(at+".recent", k.Recent, 0, 30*24*time.Hour)
		c.sound(at+".sound", k.Sound)
		if k.Presented != "" {
			c.presented(at+".presented", k.Presented)
		}
		if k.Recorded && c.doc.Recording.Basis == "" {
			c.add(at+".recorded", "write the purpose and legal basis into recording.basis", "campaign %q records its calls without a legal basis", k.ID)
		}
	}
}

// window checks when a campaign calls.
func (c *checker) window(at string, k Campaign) {
	for _, f := range []setting{{at + ".start", k.Start}, {at + ".end", k.End}} {
		if _, err := hours.ParseDate(f.value); f.value != "" && err != nil {
			c.add(f.path, "write it as 2026-11-23", "%q is no day", f.value)
		}
	}
	if k.Start != "" && k.End != "" && k.End < k.Start {
		c.add(at+".end", "end it after it starts", "campaign %q ends before it starts", k.ID)
	}
	c.week(at, k.Days, k.Hours)
}

// week checks days of the week and parts of such a day.
func (c *checker) week(at string, days, parts []string) {
	for j, d := range days {
		c.oneOf(fmt.Sprintf("%s.days[%d]", at, j), d, weekdays()...)
	}
	for j, h := range parts {
		if _, ok := rangeOf(h); !ok {
			c.add(fmt.Sprintf("%s.hours[%d]", at, j), "write from and to: \"10:00-13:00\"", "%q is no part of a day", h)
		}
	}
}
