package site

import (
	"strings"
	"testing"
	"time"
)

// Each mistake of a campaign is named at its place, with a remedy, and at no other.
func TestMistakesOfCampaigns(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{"  - id: relance", "  - id: 2 devis", "campaigns[0].id"},
		{"name: Relance des devis", `name: ""`, "campaigns[0].name"},
		{"name: Relance des devis", "name: " + strings.Repeat("é", 33), "campaigns[0].name"},
		{"mode: preview ", "mode: predictive ", "campaigns[0].mode"},
		{"    queue: accueil                # whose", "    queue: nulle                # whose", "campaigns[0].queue"},
		{"    queue: accueil                # whose", `    queue: ""                # whose`, "campaigns[0].queue"},
		{"agents: [] ", "agents: [ana] ", "campaigns[0].queue"},
		{"    queue: accueil                # whose agents call, or agents: [ana]; a progressive campaign has a queue\n    agents: [] ", "    agents: [zoe] ", "campaigns[0].agents[0]"},
		{"    mode: preview                 # default    manual: the agent picks; preview: the agent sees the card and dials; progressive: the box dials for an agent who is free\n    queue: accueil                # whose agents call, or agents: [ana]; a progressive campaign has a queue\n    agents: [] ", "    mode: progressive\n    agents: [ana] ", "campaigns[0].queue"},
		{"    priority: 60 ", "    priority: 101 ", "campaigns[0].priority"},
		{`    start: "" `, `    start: "23/11/2026" `, "campaigns[0].start"},
		{`    end: "" `, `    end: "2026-11-31" `, "campaigns[0].end"},
		{"    start: \"\"                     # default    first day, 2026-11-23\n    end: \"\" ", "    start: \"2026-11-23\"\n    end: \"2026-11-22\" ", "campaigns[0].end"},
		{"\n    days: [] ", "\n    days: [mon, lundi] ", "campaigns[0].days[1]"},
		{"\n    hours: [] ", "\n    hours: [\"10:00-13:00\", \"22:00-06:00\"] ", "campaigns[0].hours[1]"},
		{"\n    hours: [] ", "\n    hours: [\"9:00-12:00\"] ", "campaigns[0].hours[0]"},
		{"    attempts: 3 ", "    attempts: 21 ", "campaigns[0].attempts"},
		{"    retry: 1h                     # default    rest", "    retry: 10s                     # default    rest", "campaigns[0].retry"},
		{"    ring: 40s                     # default    how long the contact", "    ring: 3m                     # default    how long the contact", "campaigns[0].ring"},
		{"    hold: 2m ", "    hold: 2h ", "campaigns[0].hold"},
		{"    gap: 0s ", "    gap: 2h ", "campaigns[0].gap"},
		{"    recent: 24h ", "    recent: 800h ", "campaigns[0].recent"},
		{`    presented: ""                 # default    shown to contacts`, `    presented: "+33162000000"                 # default    shown to contacts`, "campaigns[0].presented"},
		{`    sound: ""                     # default    of a prog`, `    sound: nowhere                # default    of a prog`, "campaigns[0].sound"},
		{"    legal: running_contract ", "    legal: friendly ", "campaigns[0].legal"},
		{`    sector: "" `, `    sector: windows `, "campaigns[0].sector"},
		{"      days: [] ", "      days: [lundi] ", "queues[0].callback.days[0]"},
		{"      hours: [] ", `      hours: ["12:30-09:00"] `, "queues[0].callback.hours[0]"},
		{"      per_day: 3 ", "      per_day: 0 ", "queues[0].callback.per_day"},
		{"  requests: 60 ", "  requests: 0 ", "outbound.requests"},
	} {
		text := example(t)
		if strings.Count(text, c.from) != 1 {
			t.Fatalf("%q is in the example %d times", c.from, strings.Count(text, c.from))
		}
		_, problems := Parse([]byte(strings.Replace(text, c.from, c.to, 1)))
		if len(problems) != 1 || problems[0].Path != c.path || problems[0].Remedy == "" {
			t.Errorf("%s: %v", c.to, problems)
		}
	}
}

// A campaign calls from the first midnight of its first day to the last of its last, also where that day has 23 or 25 hours.
func TestDaysOfACampaign(t *testing.T) {
	for _, c := range []struct{ start, end, from, until string }{
		{"2026-11-23", "2026-11-23", "2026-11-23T00:00:00+01:00", "2026-11-24T00:00:00+01:00"},
		{"2026-10-25", "2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"2026-03-29", "2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
	} {
		text := strings.Replace(example(t), `    start: "" `, `    start: "`+c.start+`" `, 1)
		doc, problems := Parse([]byte(strings.Replace(text, `    end: "" `, `    end: "`+c.end+`" `, 1)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		k := doc.Branch().Campaigns[0]
		for what, p := range map[string]struct {
			got  int64
			want string
		}{"start": {k.Start, c.from}, "end": {k.End, c.until}} {
			at, err := time.Parse(time.RFC3339, p.want)
			if err != nil {
				t.Fatal(err)
			}
			if p.got != at.UnixMilli() {
				t.Errorf("%s of %s: %s", what, c.start, time.UnixMilli(p.got).UTC())
			}
		}
	}
}
