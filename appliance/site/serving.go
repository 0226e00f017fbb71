package site

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/queue"
)

// Who is served next, and by whom: a queue's strategy, its place among the others, the skills it asks for, and what holds when nobody is there.

// serving puts what the document says of that into a branch that has its queues and agents.
func (d Document) serving(b *exchange.Branch) {
	for i, q := range d.Queues {
		x := &b.Queues[i]
		x.Colour, x.Strategy, x.Members = q.Colour, exchange.Strategy(q.Strategy), slices.Clone(q.Members)
		x.Priority, x.AgeingMS, x.ServiceMS = q.Priority, q.Ageing.MS(), q.Service.MS()
		x.JoinEmpty, x.LeaveEmpty, x.OnEmpty = holds(q.JoinEmpty), holds(q.LeaveEmpty), q.OnEmpty
		x.Whisper = PlanSound(q.Whisper)
		if x.OwnMS = q.OwnAgent.Wait.MS(); x.OwnMS > 0 {
			x.OwnWithinMS = int64(q.OwnAgent.Days) * 24 * 3_600_000
		}
		if q.AutoPause.Scope != "none" {
			x.AutoPause = exchange.AutoPause{Scope: exchange.AutoPauseScope(q.AutoPause.Scope), After: q.AutoPause.After, Pause: q.AutoPause.Pause}
		}
		for _, n := range q.Needs {
			x.Needs = append(x.Needs, exchange.Need{Skill: n.Skill, Level: n.Level, RelaxMS: n.Relax.MS()})
		}
	}
	for i, a := range d.Agents {
		for _, k := range a.Skills {
			b.Agents[i].Skills = append(b.Agents[i].Skills, exchange.Skill{Name: k.Name, Level: k.Level})
		}
	}
}

func holds(names []string) []exchange.Hold {
	var out []exchange.Hold
	for _, n := range names {
		out = append(out, exchange.Hold(n))
	}
	return out
}

// colour is how a colour is written.
var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// mostOwnDays is how long it may be known who spoke with a caller last (FEATURES §8, Redirection: a memory of 1 to 30 days).
const mostOwnDays = 30

// mostNeeds is how many skills a queue may ask for at once.
const mostNeeds = 8

// served checks who serves a queue, and when.
func (c *checker) served(at string, q Queue) {
	if q.Colour != "" && !colour.MatchString(q.Colour) {
		c.add(at+".colour", "write it as #rrggbb: \"#c0392b\"", "%q is no colour", q.Colour)
	}
	names := make([]string, 0, len(queue.Strategies()))
	for _, s := range queue.Strategies() {
		names = append(names, string(s))
	}
	c.oneOf(at+".strategy", q.Strategy, names...)
	seen := map[string]string{}
	for j, id := range q.Members {
		path := fmt.Sprintf("%s.members[%d]", at, j)
		c.unique(seen, path, id, "member")
		if !slices.ContainsFunc(c.doc.Agents, func(a Agent) bool { return a.ID == id && slices.Contains(a.Queues, q.ID) }) {
			c.add(path, "name an agent of this document who serves the queue, or take the name out", "agent %q does not serve queue %q", id, q.ID)
		}
	}
	if q.Priority < 1 || q.Priority > 100 {
		c.add(at+".priority", "choose 1 to 100", "priority %d", q.Priority)
	}
	c.between(at+".ageing", q.Ageing, time.Second, time.Hour)
	c.between(at+".service", q.Service, time.Second, time.Hour)
	c.sound(at+".whisper", q.Whisper)
	if q.OwnAgent.Wait != 0 {
		c.between(at+".own_agent.wait", q.OwnAgent.Wait, time.Second, 10*time.Minute)
	}
	if q.OwnAgent.Days < 1 || q.OwnAgent.Days > mostOwnDays {
		c.add(at+".own_agent.days", "choose 1 to 30", "agents of their own for %d days", q.OwnAgent.Days)
	}
	c.needs(at, q)
	c.whenEmpty(at, q)
	c.oneOf(at+".auto_pause.scope", q.AutoPause.Scope, "none", "queue", "all")
	if q.AutoPause.After < 1 || q.AutoPause.After > 20 {
		c.add(at+".auto_pause.after", "choose 1 to 20", "%d calls not answered in a row", q.AutoPause.After)
	}
	if p := q.AutoPause.Pause; p != "" && len(c.doc.Pauses) > 0 && !slices.ContainsFunc(c.doc.Pauses, func(x Pause) bool { return x.ID == p }) {
		c.add(at+".auto_pause.pause", "name a pause of this document", "there is no pause %q", p)
	}
}

func (c *checker) needs(at string, q Queue) {
	if len(q.Needs) > mostNeeds {
		c.add(at+".needs", fmt.Sprintf("ask for at most %d", mostNeeds), "queue %q asks for %d skills", q.ID, len(q.Needs))
	}
	skills := map[string]string{}
	for j, n := range q.Needs {
		path := fmt.Sprintf("%s.needs[%d]", at, j)
		c.unique(skills, path+".skill", n.Skill, "skill")
		c.level(path+".level", n.Level)
		if n.Relax != 0 {
			c.between(path+".relax", n.Relax, time.Second, time.Hour)
		}
		if n.Relax == 0 && !slices.ContainsFunc(c.doc.Agents, func(a Agent) bool {
			return slices.Contains(a.Queues, q.ID) && slices.ContainsFunc(a.Skills, func(k Skill) bool { return k.Name == n.Skill && k.Level >= n.Level })
		}) {
			c.add(path, "give an agent of the queue that skill, ask less, or set relax", "nobody who serves queue %q has the skill %q at level %d: its callers would wait for ever", q.ID, n.Skill, n.Level)
		}
	}
}

// whenEmpty checks what holds when nobody is there for a queue.
func (c *checker) whenEmpty(at string, q Queue) {
	names := make([]string, 0, len(queue.Holds()))
	for _, h := range queue.Holds() {
		names = append(names, string(h))
	}
	for _, l := range []struct {
		path string
		list []string
	}{{at + ".join_empty", q.JoinEmpty}, {at + ".leave_empty", q.LeaveEmpty}} {
		seen := map[string]string{}
		for j, h := range l.list {
			path := fmt.Sprintf("%s[%d]", l.path, j)
			c.unique(seen, path, h, "condition")
			c.oneOf(path, h, names...)
		}
	}
	switch {
	case q.OnEmpty == "":
	case q.OnEmpty == q.ID:
		c.add(at+".on_empty", "name another queue", "queue %q is its own way out", q.ID)
	case !c.hasQueue(q.OnEmpty):
		c.add(at+".on_empty", "name a queue of this document", "there is no queue %q", q.OnEmpty)
	case len(q.JoinEmpty) == 0 && len(q.LeaveEmpty) == 0:
		c.add(at+".on_empty", "set join_empty or leave_empty", "queue %q would never send anybody to %q", q.ID, q.OnEmpty)
	}
}

func (c *checker) level(path string, level int) {
	if level < 1 || level > 10 {
		c.add(path, "choose 1 to 10", "level %d", level)
	}
}

// skills checks what an agent can do.
func (c *checker) skills(at string, a Agent) {
	seen := map[string]string{}
	for j, k := range a.Skills {
		path := fmt.Sprintf("%s.skills[%d]", at, j)
		c.unique(seen, path+".name", k.Name, "skill")
		c.level(path+".level", k.Level)
	}
}
