package site

import (
	"strings"
	"testing"

	"autocom/appliance/exchange"
)

const withPeople = `
version: 1
site: {name: Agence}
emergency: {trunk: t, presented: "+33472000000"}
trunks:
  - {name: t, address: "192.0.2.9:5060", sources: [192.0.2.9], presented: "+33472000000", allowed: ["+33472000001"]}
extensions:
  - {number: "201", name: Ana, secret: "long-enough-secret"}
queues:
  - {id: rouge, presented: "+33472000001", on_transfer: "+33472000000"}
pauses:
  - {id: dejeuner, name: Déjeuner}
desk: {log_in: "*11", log_out: "*12"}
agents:
  - {id: ana, name: Ana, extension: "201", queues: [rouge], code: "1234", pauses: [dejeuner], presented: custom, custom: "+33472000001", records: false}
  - {id: ben, name: Ben, queues: [rouge], code: "5678"}
supervisors:
  - {id: sam, name: Sam, extension: "201", queues: [rouge], rights: [listen, force]}
`

func TestPeopleOfADocument(t *testing.T) {
	doc, problems := Parse([]byte(withPeople))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b := doc.Branch()
	a := b.Agents[0]
	if a.Code != "1234" || a.Presented != exchange.PresentCustom || a.Custom != "+33472000001" || !a.NoRecord || len(a.Pauses) != 1 || b.Agents[1].Presented != exchange.PresentExtension {
		t.Errorf("%+v", b.Agents)
	}
	if b.Desk != (exchange.Desk{GraceMS: 60_000, LogIn: "*11", LogOut: "*12"}) || b.Pauses[0].ID != "dejeuner" || b.Queues[0].Presented != "+33472000001" || b.Queues[0].OnTransfer != "+33472000000" {
		t.Errorf("%+v %+v", b.Desk, b.Pauses)
	}
	if s := b.Supervisors[0]; s.ID != "sam" || len(s.Rights) != 2 || s.Rights[1] != exchange.MayForce || s.Queues[0] != "rouge" {
		t.Errorf("%+v", s)
	}
}

// TestPeopleMistakes spoils one thing at a time.
func TestPeopleMistakes(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{`code: "5678"`, `code: "1234"`, `agents[1].code: agent "ben" has the same code as agents[0]`},
		{`code: "5678"`, `code: "12"`, `agents[1].code: the code of agent "ben" cannot be typed`},
		{`log_in: "*11", `, ``, `desk.log_in: agent "ana" has a code, and no phone takes it`},
		{`"*11"`, `"11"`, `desk.log_in: "11" cannot be dialled for that`},
		{`"*12"`, `"*112"`, `desk.log_out: *11 and *112 cannot be told apart`},
		{`pauses: [dejeuner]`, `pauses: [golf]`, `agents[0].pauses[0]: there is no pause "golf"`},
		{`presented: custom`, `presented: mine`, `agents[0].presented: "mine"`},
		{`presented: custom, custom: "+33472000001"`, `presented: custom`, `agents[0].custom: agent "ana" shows a number`},
		{`custom: "+33472000001"`, `custom: "+33472000009"`, `agents[0].custom: no carrier lets agent "ana" show`},
		{`rouge, presented: "+33472000001"`, `rouge, presented: "+33472000009"`, `queues[0].presented: no carrier lets queue "rouge" show`},
		{`on_transfer: "+33472000000"`, `on_transfer: "+33472000009"`, `queues[0].on_transfer: no carrier lets queue "rouge" show`},
		{`rights: [listen, force]`, `rights: [listen, everything]`, `supervisors[0].rights[1]: "everything"`},
		{`name: Sam, extension: "201", queues: [rouge]`, `name: Sam, extension: "299", queues: [vert]`, `supervisors[0].extension: there is no extension "299"`},
		{`name: Sam, extension: "201", queues: [rouge]`, `name: Sam, queues: [vert]`, `supervisors[0].queues[0]: there is no queue "vert"`},
		{`desk: {`, `desk: {grace: 0s, `, `desk.grace: 0s is out of range`},
	} {
		text := strings.Replace(withPeople, c.was, c.is, 1)
		_, problems := Parse([]byte(text))
		compareProblems(t, problems, []string{c.want})
		for _, p := range problems {
			if strings.Contains(p.String(), "1234") {
				t.Errorf("a problem tells a code: %s", p)
			}
		}
	}
}
