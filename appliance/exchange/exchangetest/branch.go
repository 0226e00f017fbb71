package exchangetest

import (
	"fmt"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// waiting lets a queue talk to its callers, and lets them leave it by keys.
func waiting(d *Dice, q *exchange.Queue, queues int) {
	if d.Percent(50) {
		q.Announce = exchange.Announce{
			Welcome: Of(d, plan.Sound(""), "sound:bonjour"), Periodic: Of(d, plan.Sound(""), "sound:patience"), EveryMS: Of(d, int64(0), 15_000),
			Position: d.Percent(50), Wait: d.Percent(50),
		}
	}
	if d.Percent(40) {
		q.Exits = []exchange.Exit{
			{Key: "1", To: exchange.ExitCallback},
			{Key: "2", To: exchange.ExitVoicemail},
			{Key: "3", To: exchange.ExitExtension, Target: "201"},
			{Key: "4", To: exchange.ExitQueue, Target: fmt.Sprintf("q%d", 1+d.N(queues))},
			{Key: "5", To: exchange.ExitSection, Target: Of(d, "s1", "gone")},
		}
	}
	q.Callback = exchange.Callback{Tries: 2, RetryMS: 30_000, KeepMS: 300_000, RingMS: 15_000}
}

// Branch makes a small random branch: few agents and tight queues, so that everything happens within a short day.
func Branch(d *Dice, revision string) exchange.Branch {
	b := exchange.Branch{
		Revision: revision, Country: "FR", Outside: Of(d, "0", "0", ""),
		Trunks: []exchange.Trunk{
			{Name: "carrier", Channels: int(d.In(2, 12)), Presented: "+33140506070", Allowed: []string{"+33140506071"}},
			{Name: "backup", Channels: int(d.In(1, 3)), Presented: "+33140506090"},
			{Name: "alps", Channels: 2, Presented: "+33140506091", Prefixes: []string{"+41", "+3345"}},
		},
		Emergency: exchange.Emergency{
			Numbers: []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116117"},
			Trunk:   Of(d, "carrier", "backup"), Presented: "+33140506070",
		},
	}
	for i := range int(d.In(2, 6)) {
		b.Extensions = append(b.Extensions, exchange.Extension{
			Number: fmt.Sprint(201 + i), Name: fmt.Sprintf("Poste %d", i+1), RingMS: d.In(5_000, 30_000), Outside: d.Percent(80),
			Presented: Of(d, "", "+33140506071"),
		})
	}
	if d.Percent(10) {
		b.Outbound = exchange.Outbound{Dial: exchange.Prefixes{Deny: []string{"+3389", "118"}}, Transfer: exchange.Prefixes{Allow: []string{"+33"}}}
	}
	queues := int(d.In(1, 3))
	for i := range queues {
		q := exchange.Queue{
			ID: fmt.Sprintf("q%d", i+1), Name: fmt.Sprintf("File %d", i+1), RingMS: d.In(5_000, 20_000), RetryMS: Of(d, int64(0), 1_000, 5_000),
			CoolDownMS: Of(d, int64(0), 10_000, 60_000), MaxWaitMS: Of(d, int64(0), 20_000, 90_000), MaxLength: Of(d, 0, 2, 4),
			WrapUpMS: Of(d, int64(0), 3_000, 20_000), Music: Of(d, plan.Sound(""), "music:default", "music:sales"), Record: d.Percent(30),
		}
		q.Strategy = Of(d, exchange.LongestAvailable, exchange.Linear, exchange.Random, exchange.RoundRobin, exchange.RingAll, exchange.RingAll, "")
		q.Priority, q.AgeingMS = Of(d, 0, 0, 1, 50, 100), Of(d, int64(0), 0, 1_000, 30_000)
		if d.Percent(40) {
			q.Members = []string{fmt.Sprintf("a%d", d.In(1, 5)), fmt.Sprintf("a%d", d.In(1, 5)), "a99"}
		}
		q.JoinEmpty, q.LeaveEmpty = holds(d), holds(d)
		if d.Percent(30) {
			q.OnEmpty = fmt.Sprintf("q%d", 1+d.N(queues))
		}
		q.AutoPause = exchange.AutoPause{Scope: Of(d, exchange.AutoPauseNone, exchange.AutoPauseQueue, exchange.AutoPauseAll), After: int(d.In(0, 3)), Pause: "missed"}
		if d.Percent(30) {
			q.Whisper = "prompt:whisper"
		}
		if d.Percent(30) {
			q.Needs = append(q.Needs, exchange.Need{Skill: "english", Level: int(d.In(1, 6)), RelaxMS: Of(d, int64(0), 5_000, 7_000)})
		}
		if d.Percent(15) {
			q.Needs = append(q.Needs, exchange.Need{Skill: "billing", Level: int(d.In(1, 3)), RelaxMS: Of(d, int64(0), 3_000)})
		}
		q.Sampled, q.Discard, q.AgentStops, q.AgentKeeps = Of(d, 0, 0, 50), d.Percent(30), d.Percent(50), d.Percent(50)
		if d.Percent(60) {
			q.Overflow = fmt.Sprintf("q%d", 1+d.N(queues))
		}
		q.OwnMS, q.OwnWithinMS = Of(d, int64(0), 0, 15_000, 60_000), Of(d, int64(0), 600_000)
		waiting(d, &q, queues)
		b.Queues = append(b.Queues, q)
	}
	for i := range int(d.In(1, 5)) {
		a := exchange.Agent{
			ID: fmt.Sprintf("a%d", i+1), Name: fmt.Sprintf("Agent %d", i+1),
			Extension: b.Extensions[i%len(b.Extensions)].Number, LoggedIn: d.Percent(90),
		}
		if d.Percent(15) {
			a.Extension, a.Outside = "", "+33698765432"
		}
		for _, skill := range []string{"english", "billing"} {
			if d.Percent(70) {
				a.Skills = append(a.Skills, exchange.Skill{Name: skill, Level: int(d.In(1, 10))})
			}
		}
		for j := range queues {
			if d.Percent(70) {
				a.Queues = append(a.Queues, fmt.Sprintf("q%d", j+1))
			}
		}
		b.Agents = append(b.Agents, a)
	}
	b.Sections = []exchange.Section{{ID: "s1", Name: "Factures", Welcome: Of(d, plan.Sound(""), "sound:factures"), Queue: b.Queues[0].ID}}
	if d.Percent(40) {
		b.Pauses = []exchange.Pause{{ID: "lunch", Name: "Déjeuner"}, {ID: "coffee", Name: "Café"}}
	}
	b.Desk.LogIn, b.Desk.LogOut = Of(d, "*11", "*11", ""), "*12"
	for i := range b.Agents {
		b.Agents[i].Code = fmt.Sprintf("471100771%d", i+1)
		b.Agents[i].Presented, b.Agents[i].Custom = Of(d, exchange.PresentExtension, exchange.PresentTrunk, exchange.PresentDirect, exchange.PresentAnonymous, exchange.PresentCustom), "+33140506071"
		b.Agents[i].NoOutside = d.Percent(10)
	}
	for i := range b.Queues {
		b.Queues[i].Presented, b.Queues[i].RecordOut = Of(d, "", "+33140506071"), d.Percent(30)
	}
	b.Desk.GraceMS = Of(d, int64(0), 1_000, 10_000)
	for i := range int(d.In(1, 4)) {
		v := exchange.Service{Number: fmt.Sprintf("+3314050607%d", i), Name: "Service", Active: d.Percent(95), Welcome: Of(d, plan.Sound(""), "prompt:welcome")}
		if d.Percent(80) {
			v.Queue = b.Queues[d.N(queues)].ID
		} else {
			v.Exten = b.Extensions[d.N(len(b.Extensions))].Number
		}
		b.Services = append(b.Services, v)
	}
	for i := range 3 {
		v := exchange.Section{ID: fmt.Sprintf("s%d", i+1), Name: "Rubrique", Welcome: Of(d, plan.Sound(""), "prompt:welcome"), Queue: b.Queues[d.N(queues)].ID}
		if d.Percent(30) {
			v.Queue, v.Exten = "", b.Extensions[d.N(len(b.Extensions))].Number
		}
		b.Sections = append(b.Sections, v)
	}
	rights := []exchange.Right{exchange.MayListen, exchange.MayWhisper, exchange.MayBarge, exchange.MayForce, exchange.MayMove}
	b.Supervisors = []exchange.Supervisor{
		{ID: "v1", Name: "Chef", Extension: b.Extensions[len(b.Extensions)-1].Number, Queues: []string{"q1", "q2", "q3"}, Rights: rights},
		{ID: "v2", Name: "Adjoint", Extension: b.Extensions[0].Number, Queues: []string{"q1"}, Rights: rights[:d.In(0, 2)]},
	}
	b.Campaigns = campaigns(d, queues)
	b.Parking = exchange.Parking{First: Of(d, "701", "701", ""), Slots: int(d.In(1, 3)), MaxMS: Of(d, int64(0), 10_000)}
	b.Listening.Silent = d.Percent(50)
	return b
}

// holds names what makes agents of a queue count as absent: often nothing.
func holds(d *Dice) (out []exchange.Hold) {
	if d.Percent(75) {
		return nil
	}
	for _, h := range queue.Holds() {
		if d.Percent(40) {
			out = append(out, h)
		}
	}
	return out
}
