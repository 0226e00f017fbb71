package site

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
)

func (a Announce) branch() exchange.Announce {
	return exchange.Announce{
		Welcome: PlanSound(a.Welcome), Periodic: PlanSound(a.Periodic), EveryMS: a.Every.MS(), Position: a.Position, Wait: a.Wait, MostWait: a.MostWait.MS(),
	}
}

func exits(all []Exit) []exchange.Exit {
	var out []exchange.Exit
	for _, x := range all {
		out = append(out, exchange.Exit{Key: x.Key, To: exchange.ExitTo(x.To), Target: x.Target})
	}
	return out
}

func (k Callback) branch() exchange.Callback {
	days, daily := weekOf(k.Days, k.Hours)
	return exchange.Callback{
		Tries: k.Tries, RetryMS: k.Retry.MS(), KeepMS: k.Keep.MS(), RingMS: k.Ring.MS(), Confirm: PlanSound(k.Confirm), Days: days, Daily: daily, PerDay: k.PerDay,
	}
}

func (c *checker) hasSection(id string) bool {
	return slices.ContainsFunc(c.doc.Sections, func(s Section) bool { return s.ID == id })
}

// sections checks the entries of the menu.
func (c *checker) sections() {
	seen := map[string]string{}
	for i, s := range c.doc.Sections {
		at := fmt.Sprintf("sections[%d]", i)
		c.unique(seen, at+".id", s.ID, "section")
		c.name(at+".id", s.ID)
		c.sound(at+".welcome", s.Welcome)
		if c.leads(at, s.Queue, s.Extension) {
			c.add(at, "give it a queue or an extension, not both", "section %q leads nowhere, or to two places", s.ID)
		}
	}
}

// waiting checks what callers of a queue are told and may do.
func (c *checker) waiting(at string, q Queue) {
	a := q.Announce
	c.sound(at+".announce.welcome", a.Welcome)
	c.sound(at+".announce.periodic", a.Periodic)
	if a.Every != 0 {
		c.between(at+".announce.every", a.Every, 10*time.Second, time.Hour)
	} else if a.Position || a.Wait || a.Periodic != "" {
		c.add(at+".announce.every", "write how often, for example 45s", "what queue %q tells its callers would never be told", q.ID)
	}
	c.between(at+".announce.most_wait", a.MostWait, 0, 4*time.Hour)
	seen := map[string]string{}
	for j, x := range q.Exits {
		path := fmt.Sprintf("%s.exits[%d]", at, j)
		c.unique(seen, path+".key", x.Key, "key")
		if len(x.Key) != 1 || !strings.Contains("0123456789*#", x.Key) {
			c.add(path+".key", "use one of 0 to 9, * and #", "%q is no key", x.Key)
		}
		c.oneOf(path+".to", x.To, "callback", "voicemail", "queue", "section", "extension")
		switch {
		case x.To == "queue" && x.Target == q.ID:
			c.add(path+".target", "name another queue", "this key leads back into queue %q", q.ID)
		case x.To == "queue" && !c.hasQueue(x.Target):
			c.add(path+".target", "name a queue of this document", "there is no queue %q", x.Target)
		case x.To == "section" && !c.hasSection(x.Target):
			c.add(path+".target", "name a section of this document", "there is no section %q", x.Target)
		case x.To == "extension" && !c.hasExtension(x.Target):
			c.add(path+".target", "name an extension of this document", "there is no extension %q", x.Target)
		}
	}
	k := q.Callback
	if k.Tries < 1 || k.Tries > 10 {
		c.add(at+".callback.tries", "choose 1 to 10", "%d tries", k.Tries)
	}
	c.between(at+".callback.retry", k.Retry, time.Minute, 24*time.Hour)
	c.between(at+".callback.keep", k.Keep, time.Minute, 7*24*time.Hour)
	c.between(at+".callback.ring", k.Ring, 10*time.Second, 2*time.Minute)
	c.sound(at+".callback.confirm", k.Confirm)
	c.week(at+".callback", k.Days, k.Hours)
	if k.PerDay < 1 || k.PerDay > 20 {
		c.add(at+".callback.per_day", "choose 1 to 20", "%d requests", k.PerDay)
	}
}
