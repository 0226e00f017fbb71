package policy

import (
	"slices"
	"strings"
)

// List allows or denies numbers by how they begin: E.164 with "+", or the first digits of a short number (118). What is denied is refused; when
// anything is allowed, the rest is refused too; a number that is both is refused.
type List struct {
	Allow []string
	Deny  []string
}

// judge says what a list says of a number: a code of a refusal ("denied", "not_listed") and the prefix that says so; empty when it lets it pass.
func (l List) judge(number string) (code, prefix string) {
	begins := func(p string) bool { return p != "" && strings.HasPrefix(number, p) }
	if i := slices.IndexFunc(l.Deny, begins); i >= 0 {
		return "denied", l.Deny[i]
	}
	if len(l.Allow) > 0 && !slices.ContainsFunc(l.Allow, begins) {
		return "not_listed", ""
	}
	return "", ""
}

// Lists are the lists of one level: the site, a queue or an agent. Every level must let a number pass: none gives back what another takes.
type Lists struct {
	Of       string // "site", "queue rouge", "agent ana": as reasons say it
	Dial     List   // for every call outside
	Transfer List   // for those that hand somebody over, besides
}
