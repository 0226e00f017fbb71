// Package routing says where a call goes from the number that was dialled and the side it came from, and why.
package routing

import (
	"errors"
	"slices"
	"sort"
	"strings"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
)

// Directory is what routing needs to know of a branch, in document order.
type Directory struct {
	Country    string
	Outside    string // prefix for an outside line
	Extensions []Extension
	Trunks     []Trunk
	Services   []Service
	Emergency  []string
}

// Extension is a desk phone's number and whether it may call outside.
type Extension struct {
	Number  string
	Outside bool
}

// Trunk is a line outside and the E.164 prefixes it serves; none serves all.
type Trunk struct {
	Name     string
	Prefixes []string
}

// Service is a number of ours.
type Service struct {
	Number string // E.164
	Active bool
}

// To is where a call goes.
type To string

// The destinations.
const (
	ToService   To = "service"
	ToExtension To = "extension"
	ToTrunk     To = "trunk"
	ToEmergency To = "emergency"
	ToRefused   To = "refused"
	ToDesk      To = "desk" // logs an agent in or out at the phone that dials; the exchange's own
)

// Why says which kind of refusal it is.
type Why string

// The kinds.
const (
	WhyNoNumber  Why = "no_number"
	WhyForbidden Why = "forbidden"
	WhySuspended Why = "suspended"
)

// Decision is where a call goes, with all reasons.
type Decision struct {
	To      To
	Service int      // index in Directory.Services
	Number  string   // extension, E.164, or an emergency number as it is
	Lines   []string // trunks to try, best first
	Why     Why      // for ToRefused
	Reasons []fact.Reason
}

// Table answers for one branch. It does not change once made.
type Table struct {
	d          Directory
	extensions map[string]Extension
	services   map[string]int
	emergency  map[string]bool
}

// New makes the table.
func New(d Directory) *Table {
	t := &Table{
		d:          d,
		extensions: make(map[string]Extension, len(d.Extensions)),
		services:   make(map[string]int, len(d.Services)),
		emergency:  make(map[string]bool, len(d.Emergency)),
	}
	for _, x := range d.Extensions {
		t.extensions[x.Number] = x
	}
	for i, s := range d.Services {
		if _, twice := t.services[s.Number]; !twice {
			t.services[s.Number] = i
		}
	}
	for _, n := range d.Emergency {
		t.emergency[n] = true
	}
	return t
}

// IsEmergency reports whether an extension that dials this wants help, with or without the outside prefix, and whom.
func (t *Table) IsEmergency(dialled string) (string, bool) {
	s, err := number.Clean(dialled)
	if err != nil {
		return "", false
	}
	if t.emergency[s] {
		return s, true
	}
	if rest, ok := strings.CutPrefix(s, t.d.Outside); ok && t.d.Outside != "" && t.emergency[rest] {
		return rest, true
	}
	return "", false
}

// FromExtension routes what an extension dialled: emergency before everything, then an extension, then outside.
func (t *Table) FromExtension(extension, dialled string) Decision {
	if n, ok := t.IsEmergency(dialled); ok {
		return Decision{To: ToEmergency, Number: n, Reasons: []fact.Reason{{Code: "number.emergency", Detail: n}}}
	}
	s, err := number.Clean(dialled)
	if err != nil {
		return refuse(WhyNoNumber, fact.Reason{Code: "number.unreadable", Detail: cause(err)})
	}
	if _, ok := t.extensions[s]; ok {
		return Decision{To: ToExtension, Number: s, Reasons: []fact.Reason{{Code: "number.extension", Detail: s}}}
	}
	notHere := fact.Reason{Code: "number.no_extension"}
	// "+" can only mean outside, so a number from a directory needs no prefix before it.
	outside := strings.HasPrefix(s, "+") || t.d.Outside == ""
	if rest, ok := strings.CutPrefix(s, t.d.Outside); !outside && ok {
		s, outside = rest, true
	}
	if !outside {
		return refuse(WhyNoNumber, notHere, fact.Reason{Code: "number.outside_prefix_missing", Detail: t.d.Outside})
	}
	full, err := number.E164(t.d.Country, s)
	if err != nil {
		return refuse(WhyNoNumber, notHere, fact.Reason{Code: "number.unreadable", Detail: cause(err)})
	}
	if i, ok := t.services[full]; ok { // our own number dialled the long way round stays in the house
		return t.service(i)
	}
	if x, ok := t.extensions[extension]; !ok || !x.Outside {
		return refuse(WhyForbidden, fact.Reason{Code: "extension.no_outside_right", Detail: extension})
	}
	lines, reasons := t.lines(full)
	if len(lines) == 0 {
		return refuse(WhyNoNumber, fact.Reason{Code: "trunk.none_serves"})
	}
	return Decision{To: ToTrunk, Number: full, Lines: lines, Reasons: reasons}
}

// Outside routes a number outside, in E.164, for the branch itself.
func (t *Table) Outside(full string) Decision {
	lines, reasons := t.lines(full)
	if len(lines) == 0 {
		return refuse(WhyNoNumber, fact.Reason{Code: "trunk.none_serves"})
	}
	return Decision{To: ToTrunk, Number: full, Lines: lines, Reasons: reasons}
}

// FromTrunk routes what a carrier sent: our service numbers and nothing else. Trunk to trunk is never a route.
func (t *Table) FromTrunk(dialled string) Decision {
	for _, n := range Spellings(t.d.Country, dialled) {
		if i, ok := t.services[n]; ok {
			return t.service(i)
		}
	}
	if t.leadsOutside(dialled) { // R17: a carrier's caller never leaves by another line, whatever was dialled
		return refuse(WhyForbidden, fact.Reason{Code: "trunk.to_trunk"})
	}
	return refuse(WhyNoNumber, fact.Reason{Code: "number.not_ours"})
}

// block is how many digits of a number the carriers share out together: numbers that differ in no others belong to one customer's range, or to
// nobody (FR: ARCEP gives them out by ten thousand).
const block = 4

// leadsOutside reports whether what a carrier sent is a number of somebody else, rather than one of ours that nobody has.
func (t *Table) leadsOutside(dialled string) bool {
	s, err := number.Clean(dialled)
	if err != nil {
		return false
	}
	if t.emergency[s] {
		return true
	}
	for _, typed := range []string{s, strings.TrimPrefix(s, t.d.Outside)} { // also as a phone of ours would dial it
		full, err := number.E164(t.d.Country, typed)
		if err != nil {
			continue
		}
		return !slices.ContainsFunc(t.d.Services, func(v Service) bool {
			return len(v.Number) == len(full) && len(full) > block && v.Number[:len(full)-block] == full[:len(full)-block]
		})
	}
	return false
}

func (t *Table) service(i int) Decision {
	s := t.d.Services[i]
	if !s.Active {
		return refuse(WhySuspended, fact.Reason{Code: "service.suspended", Detail: s.Number})
	}
	return Decision{To: ToService, Service: i, Number: s.Number, Reasons: []fact.Reason{{Code: "number.service", Detail: s.Number}}}
}

// Spellings gives the E.164 forms that a number sent by a carrier may stand for: carriers send +33140506070, 33140506070,
// 0033140506070, 0140506070 and 140506070 for the same line.
func Spellings(country, dialled string) []string {
	s, err := number.Clean(dialled)
	if err != nil {
		return nil
	}
	var out []string
	for _, typed := range []string{s, "+" + s, "0" + s} {
		if n, err := number.E164(country, typed); err == nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// lines lists the trunks that serve a number: longest prefix first, then document order.
func (t *Table) lines(full string) ([]string, []fact.Reason) {
	type choice struct {
		name   string
		prefix int
	}
	var choices []choice
	for _, k := range t.d.Trunks {
		best, serves := 0, len(k.Prefixes) == 0
		for _, p := range k.Prefixes {
			if strings.HasPrefix(full, p) {
				best, serves = max(best, len(p)), true
			}
		}
		if serves {
			choices = append(choices, choice{k.Name, best})
		}
	}
	sort.SliceStable(choices, func(i, j int) bool { return choices[i].prefix > choices[j].prefix })
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.name
	}
	return names, []fact.Reason{{Code: "number.outside"}, {Code: "trunk.longest_prefix", Detail: strings.Join(names, " ")}}
}

func refuse(why Why, reasons ...fact.Reason) Decision {
	return Decision{To: ToRefused, Why: why, Reasons: reasons}
}

// cause is the words of an error without digits that were typed: reasons are facts, and facts hold no outside number.
func cause(err error) string {
	for _, known := range []error{number.ErrEmpty, number.ErrCharacter, number.ErrLength, number.ErrCountry} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return ""
}
