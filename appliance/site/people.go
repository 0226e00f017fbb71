package site

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
)

// The people of a branch: who answers, who watches, and what their day is made of.

// Agent is a person who answers.
type Agent struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"extension"`
	Queues    []string `json:"queues"`
	LoggedIn  bool     `json:"logged_in"` // logged in and available when the box starts

	Skills  []Skill `json:"skills"`  // asked for by queues
	Outside string  `json:"outside"` // E.164: without an extension they answer there, by pressing 1

	Code      Secret   `json:"code"`      // digits, to log in from any phone; empty: none
	Pauses    []string `json:"pauses"`    // the reasons they may give; none: every one of the branch
	Presented string   `json:"presented"` // shown on calls they place without a queue: extension, trunk, direct, anonymous or custom
	Custom    string   `json:"custom"`    // the number for presented: custom

	CallsOut     bool     `json:"calls_out"`     // may call outside; emergency numbers always
	TransfersOut bool     `json:"transfers_out"` // may hand callers to a number outside
	Records      bool     `json:"records"`       // may start recordings
	Dial         Prefixes `json:"dial"`          // numbers they may call
	Transfer     Prefixes `json:"transfer"`      // numbers they may hand callers to
}

// Pause is a reason for a pause (« motif de pause »). Its id stays, its name may change.
type Pause struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Desk is what an agent's day is made of.
type Desk struct {
	Grace  Duration `json:"grace"`   // how long a lost toolbar leaves an idle agent available
	LogIn  string   `json:"log_in"`  // dialled at any phone before an agent's code; empty: nobody logs in from phones
	LogOut string   `json:"log_out"` // dialled at a phone to log out who sits there
}

// Supervisor is a person who watches queues and acts on what happens there.
type Supervisor struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Extension string   `json:"extension"` // their phone; empty: none
	Queues    []string `json:"queues"`    // which they see: their agents are those who serve one of them
	Rights    []string `json:"rights"`    // listen, whisper, barge, force, move
}

// Administrator is a person who may do everything at the box's own page.
type Administrator struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// What an agent's calls without a queue show.
const (
	presentExtension = "extension" // what the extension shows
	presentTrunk     = "trunk"
	presentCustom    = "custom"
)

func (a Agent) branch() exchange.Agent {
	b := exchange.Agent{
		ID: a.ID, Name: a.Name, Extension: a.Extension, Queues: slices.Clone(a.Queues), LoggedIn: a.LoggedIn,
		Code: string(a.Code), Pauses: slices.Clone(a.Pauses), Custom: a.Custom, NoRecord: !a.Records, Outside: a.Outside,
	}
	if a.Presented != presentExtension {
		b.Presented = exchange.Presented(a.Presented)
	}
	return b
}

func (d Document) people(b *exchange.Branch) {
	for _, a := range d.Agents {
		b.Agents = append(b.Agents, a.branch())
	}
	for i, q := range d.Queues {
		b.Queues[i].Presented, b.Queues[i].OnTransfer = q.Presented, q.OnTransfer
	}
	for _, p := range d.Pauses {
		b.Pauses = append(b.Pauses, exchange.Pause(p))
	}
	for _, v := range d.Supervisors {
		s := exchange.Supervisor{ID: v.ID, Name: v.Name, Extension: v.Extension, Queues: slices.Clone(v.Queues)}
		for _, r := range v.Rights {
			s.Rights = append(s.Rights, exchange.Right(r))
		}
		b.Supervisors = append(b.Supervisors, s)
	}
	b.Desk = exchange.Desk{GraceMS: d.Desk.Grace.MS(), LogIn: d.Desk.LogIn, LogOut: d.Desk.LogOut}
}

var (
	deskCode  = regexp.MustCompile(`^[*#][0-9*]{1,4}$`)
	agentCode = regexp.MustCompile(`^[0-9]{4,10}$`)
)

func (c *checker) agents() {
	seen, phones, codes := map[string]string{}, map[string]string{}, map[string]string{}
	for i, a := range c.doc.Agents {
		at := fmt.Sprintf("agents[%d]", i)
		c.unique(seen, at+".id", a.ID, "agent")
		c.name(at+".id", a.ID)
		if a.Extension != "" && !c.hasExtension(a.Extension) {
			c.add(at+".extension", "name an extension of this document", "there is no extension %q", a.Extension)
		}
		if a.LoggedIn {
			if a.Extension == "" && a.Outside == "" {
				c.add(at+".extension", "name the phone, or set logged_in: false", "agent %q cannot be logged in without a phone", a.ID)
			} else if a.Extension != "" {
				c.unique(phones, at+".extension", a.Extension, "phone of a logged-in agent")
			}
		}
		c.queuesOf(at+".queues", a.Queues)
		c.skills(at, a)
		if a.Outside != "" {
			c.number(at+".outside", a.Outside)
		}
		c.profile(at, a)
		if a.Code == "" {
			continue
		}
		if !agentCode.MatchString(string(a.Code)) {
			c.add(at+".code", "use 4 to 10 digits", "the code of agent %q cannot be typed on a phone, or is guessed too soon", a.ID)
		}
		if first, taken := codes[string(a.Code)]; taken { // never said: it is a secret
			c.add(at+".code", "give each agent another code", "agent %q has the same code as %s", a.ID, first)
		} else {
			codes[string(a.Code)] = at
		}
		if c.doc.Desk.LogIn == "" {
			c.add("desk.log_in", "choose what is dialled before a code: \"*11\"", "agent %q has a code, and no phone takes it", a.ID)
		}
	}
}

// profile looks at what an agent may do.
func (c *checker) profile(at string, a Agent) {
	for j, p := range a.Pauses {
		if !slices.ContainsFunc(c.doc.Pauses, func(x Pause) bool { return x.ID == p }) {
			c.add(fmt.Sprintf("%s.pauses[%d]", at, j), "name a pause of this document", "there is no pause %q", p)
		}
	}
	c.oneOf(at+".presented", a.Presented, presentExtension, presentTrunk, string(exchange.PresentDirect), string(exchange.PresentAnonymous), presentCustom)
	switch {
	case (a.Presented == presentCustom) != (a.Custom != ""):
		c.add(at+".custom", "write presented: custom and the number in custom, or neither", "agent %q shows a number of their own that is not there, or has one that is never shown", a.ID)
	case a.Custom == "":
	case !c.canShow(a.Custom):
		c.add(at+".custom", "add it to a trunk's allowed numbers, or show another", "no carrier lets agent %q show %s", a.ID, a.Custom)
	}
}

// canShow reports whether any carrier lets us show a number.
func (c *checker) canShow(number string) bool {
	return slices.ContainsFunc(c.doc.Trunks, func(t Trunk) bool { return slices.Contains(t.Allowed, number) || t.Presented == number })
}

// placedFrom looks at the numbers that queues show.
func (c *checker) placedFrom() {
	for i, q := range c.doc.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		for _, n := range []struct{ path, number string }{{".presented", q.Presented}, {".on_transfer", q.OnTransfer}} {
			if n.number != "" && !c.canShow(n.number) {
				c.add(at+n.path, "add it to a trunk's allowed numbers, or leave it empty", "no carrier lets queue %q show %s", q.ID, n.number)
			}
		}
	}
}

func (c *checker) queuesOf(at string, ids []string) {
	for j, q := range ids {
		if !c.hasQueue(q) {
			c.add(fmt.Sprintf("%s[%d]", at, j), "name a queue of this document", "there is no queue %q", q)
		}
	}
}

// desk looks at pauses, at what phones dial to log in, and at who watches.
func (c *checker) desk() {
	c.placedFrom()
	seen := map[string]string{}
	for i, p := range c.doc.Pauses {
		at := fmt.Sprintf("pauses[%d]", i)
		c.unique(seen, at+".id", p.ID, "pause")
		c.name(at+".id", p.ID)
	}
	d := c.doc.Desk
	c.between("desk.grace", d.Grace, time.Second, time.Hour)
	for _, f := range []setting{{"desk.log_in", d.LogIn}, {"desk.log_out", d.LogOut}} {
		if f.value != "" && !deskCode.MatchString(f.value) {
			c.add(f.path, "begin with * or #, so that it is nobody's number: \"*11\"", "%q cannot be dialled for that", f.value)
		}
	}
	if d.LogIn != "" && d.LogOut != "" && (strings.HasPrefix(d.LogOut, d.LogIn) || strings.HasPrefix(d.LogIn, d.LogOut)) {
		c.add("desk.log_out", "let neither begin with the other: \"*11\" and \"*12\"", "%s and %s cannot be told apart", d.LogIn, d.LogOut)
	}
	seen = map[string]string{}
	for i, v := range c.doc.Supervisors {
		at := fmt.Sprintf("supervisors[%d]", i)
		c.unique(seen, at+".id", v.ID, "supervisor")
		c.name(at+".id", v.ID)
		if v.Extension != "" && !c.hasExtension(v.Extension) {
			c.add(at+".extension", "name an extension of this document", "there is no extension %q", v.Extension)
		}
		c.queuesOf(at+".queues", v.Queues)
		for j, r := range v.Rights {
			c.oneOf(fmt.Sprintf("%s.rights[%d]", at, j), r, string(exchange.MayListen), string(exchange.MayWhisper), string(exchange.MayBarge), string(exchange.MayForce), string(exchange.MayMove))
		}
	}
	seen = map[string]string{}
	for i, v := range c.doc.Administrators {
		at := fmt.Sprintf("administrators[%d]", i)
		c.unique(seen, at+".id", v.ID, "administrator")
		c.name(at+".id", v.ID)
	}
}
