package policy

import (
	"slices"
	"strconv"
	"strings"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/hours"
)

// Legal is why somebody is called, as the law sees it.
type Legal string

// The kinds. An unknown one is prospecting.
const (
	Prospecting     Legal = "prospecting"
	RunningContract Legal = "running_contract" // within a contract that runs, and about its object
	CallbackAsked   Legal = "callback_asked"   // the person asked for it
)

// Sector is a trade for which prospecting is forbidden altogether.
type Sector string

// The sectors.
const (
	SectorAny    Sector = ""
	SectorEnergy Sector = "energy_renovation"
	SectorHome   Sector = "home_adaptation"
)

// Consent is a person's agreement to be solicited by telephone, and its proof.
type Consent struct {
	Source  string `json:"source,omitempty"`  // where it was given: "web form", "contract 4711"
	Text    string `json:"text,omitempty"`    // what the person agreed to, word for word
	At      int64  `json:"at,omitempty"`      // Unix ms
	Revoked int64  `json:"revoked,omitempty"` // Unix ms; 0: it stands
}

// Holds reports whether it is given, proven and not taken back at an instant (Unix ms).
func (c Consent) Holds(at int64) bool {
	return c.Source != "" && c.Text != "" && c.At > 0 && c.At <= at && (c.Revoked == 0 || c.Revoked > at)
}

// Solicitation is what the law asks about a call of a campaign.
type Solicitation struct {
	Legal   Legal
	Sector  Sector
	Consent Consent
	Past    []int64 // Unix ms: when this house solicited this person, tries with them
	Refused int64   // Unix ms: when the person last said no; 0: never

	Automated bool     // the box chooses the moment and dials (progressive), nobody launches the call
	Reached   int      // different numbers this system dialled within the last 30 days, this one with them
	Presented string   // E.164, the number that will be shown; empty: the line's own, judged when the line is chosen
	Allowed   []string // numbers the line's contract lets us show
}

// refused says which rules a solicitation breaks.
func (s Solicitation) refused(country, number string, at int64) []fact.Reason {
	p := LawOf(country, number)
	zone, _ := hours.ZoneOf(p.Zone)
	now := zone.Civil(at)
	day := now.Date.String()
	var why []fact.Reason
	broken := func(id RuleID, detail string) { why = append(why, fact.Reason{Code: string(id), Detail: detail}) }

	asked, contract := false, false
	switch s.Legal {
	case CallbackAsked:
		_, asked = inForce(p.Country, RuleCallback, day)
	case RunningContract:
		_, contract = inForce(p.Country, RuleContract, day)
	case Prospecting:
	}
	if !asked {
		if _, ok := inForce(p.Country, RuleConsent, day); ok && !contract && !s.Consent.Holds(at) {
			broken(RuleConsent, consentDetail(s.Consent, at))
		}
		if r, ok := inForce(p.Country, RuleSector, day); ok && !contract && s.Sector != SectorAny && slices.Contains(r.Names, string(s.Sector)) {
			broken(RuleSector, string(s.Sector))
		}
		if r, ok := inForce(p.Country, RuleDays, day); ok && !slices.Contains(r.Week, now.Date.Weekday()) {
			broken(RuleDays, strings.ToLower(now.Date.Weekday().String()))
		}
		if _, ok := inForce(p.Country, RuleHolidays, day); ok {
			if name, feast := hours.IsHoliday(p.Region, now.Date); feast {
				broken(RuleHolidays, name)
			}
		}
		if r, ok := inForce(p.Country, RuleHours, day); ok && !slices.ContainsFunc(r.Hours, func(h hours.Range) bool { return now.Minute() >= h.From && now.Minute() < h.To }) {
			broken(RuleHours, hours.Clock(now.Minute())+" "+p.Zone)
		}
		if r, ok := inForce(p.Country, RuleFrequency, day); ok {
			if n := within(zone, s.Past, at, r.Days); n >= r.Count {
				broken(RuleFrequency, strconv.Itoa(n)+" in "+strconv.Itoa(r.Days)+" days")
			}
		}
		if r, ok := inForce(p.Country, RuleRefusal, day); ok { // who never refused did so in 1970
			if n := hours.Days(zone.Civil(s.Refused).Date, now.Date); n <= r.Days {
				broken(RuleRefusal, strconv.Itoa(n)+" of "+strconv.Itoa(r.Days)+" days")
			}
		}
	}
	if s.Presented != "" {
		why = append(why, Presentable(p.Country, s.Presented, s.Allowed, s.Automated, s.Reached, day)...)
	}
	return why
}

// consentDetail says what is wrong with a consent, without its words.
func consentDetail(c Consent, at int64) string {
	switch {
	case c.Revoked > 0 && c.Revoked <= at:
		return "revoked"
	case c.At == 0:
		return "none"
	case c.At > at:
		return "later"
	default:
		return "no proof"
	}
}

// within counts the instants of the last so many calendar days, today with them.
func within(zone hours.Zone, past []int64, at int64, days int) int {
	today := zone.Civil(at).Date
	n := 0
	for _, p := range past {
		if hours.Days(zone.Civil(p).Date, today) < days {
			n++
		}
	}
	return n
}

// Presentable says why a number may not be shown on a call, on a day (ISO 8601): one that the line's contract does not allow, or, for a box that
// dials by itself and reaches many, one that is no verified number. Number and allowed are E.164.
func Presentable(country, number string, allowed []string, automated bool, reached int, day string) []fact.Reason {
	var why []fact.Reason
	if !slices.Contains(allowed, number) { // held also where no law says so: a carrier cuts what it does not know
		why = append(why, fact.Reason{Code: string(RuleOwned), Detail: number})
	}
	if r, ok := inForce(country, RuleVerified, day); ok && automated {
		if few, some := inForce(country, RuleFew, day); some && reached <= few.Count {
			return why
		}
		if !slices.ContainsFunc(r.Names, func(p string) bool { return strings.HasPrefix(number, p) }) {
			why = append(why, fact.Reason{Code: string(RuleVerified), Detail: number})
		}
	}
	return why
}
