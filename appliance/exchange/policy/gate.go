package policy

import (
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
)

// Path is a way by which a call leaves the box.
type Path string

// The paths (FEATURES §4.5: every one is judged by the same gate, after the number was read into its one form).
const (
	PathToolbar  Path = "toolbar"           // an agent's « Composer un numéro »
	PathPhone    Path = "phone"             // dialled at a desk phone
	PathTransfer Path = "transfer"          // « Vers N° externe »
	PathConsult  Path = "transfer_attended" // « Vers N° externe supervisé »
	PathContact  Path = "contact"           // « Vers contacts »
	PathContact2 Path = "contact_attended"  // « Vers contacts supervisé »
	PathRefer    Path = "refer"             // a phone's own transfer (RFC 3515), blind or attended
	PathRoute    Path = "route"             // a step of the menu (« acheminement »)
	PathForward  Path = "forward"           // an extension that forwards its calls
	PathCallback Path = "callback"          // a caller who asked to be called back
	PathForm     Path = "web_callback"      // the same, asked on a web page by anybody
	PathCampaign Path = "campaign"
)

// way is what holds for a path.
type way struct {
	path   Path
	french string
	rights bool // somebody of the house asks: their rights count
	hands  bool // a party is handed to somebody outside: the bans on transfers count
	help   bool // emergency numbers may be reached
	alone  bool // the box dials on its own: never what costs extra
	home   bool // the number comes from anybody: nothing abroad
	law    bool // people are solicited
}

func ways() []way {
	return []way{
		{path: PathToolbar, french: "appel du bandeau", rights: true, help: true},
		{path: PathPhone, french: "appel du téléphone", rights: true, help: true},
		{path: PathTransfer, french: "transfert vers n° externe", rights: true, hands: true},
		{path: PathConsult, french: "transfert supervisé vers n° externe", rights: true, hands: true},
		{path: PathContact, french: "transfert vers contact", rights: true, hands: true},
		{path: PathContact2, french: "transfert supervisé vers contact", rights: true, hands: true},
		{path: PathRefer, french: "transfert par le téléphone (REFER)", rights: true, hands: true},
		{path: PathRoute, french: "acheminement du SVI"},
		{path: PathForward, french: "renvoi d’un poste", rights: true, hands: true},
		{path: PathCallback, french: "rappel demandé en file", alone: true},
		{path: PathForm, french: "rappel demandé par formulaire", alone: true, home: true},
		{path: PathCampaign, french: "campagne", alone: true, law: true},
	}
}

// Paths lists the paths.
func Paths() []Path {
	var all []Path
	for _, w := range ways() {
		all = append(all, w.path)
	}
	return all
}

// wayOf is what holds for a path. One that nobody knows has every check and no right.
func wayOf(p Path) way {
	all := ways()
	if i := slices.IndexFunc(all, func(w way) bool { return w.path == p }); i >= 0 {
		return all[i]
	}
	return way{path: p, rights: true, hands: true, alone: true, home: true, law: true}
}

// Joining is when a party may be joined with somebody outside.
type Joining string

// The policies, as the site document says them.
const (
	JoinByRight    Joining = ""
	JoinOneOutside Joining = "one_outside" // never two parties outside
	JoinNever      Joining = "never"
)

// Ask is one call that wants to leave the box.
type Ask struct {
	Path      Path
	Country   string   // of the branch, ISO 3166
	Number    string   // E.164 with "+", or a short number as it is: after number.E164, never as typed; empty: nobody is called, two parties are joined
	Emergency []string // the branch's emergency numbers
	At        int64    // Unix ms

	Extension  string // who asks, for paths of the house
	Outside    bool   // may call outside
	KeepInside bool   // hands nobody to somebody outside
	Party      bool   // whoever is handed over is outside
	Agent      string // who sits there
	NoOutside  bool   // the agent places no calls outside
	NoTransfer bool   // the agent hands nobody to somebody outside
	Unlimited  bool   // no toll limit and no night lock holds

	Night     bool     // the lines outside are locked
	Forbidden []string // classes that nobody may call
	Abroad    []string // prefixes of other countries that may be called; none: every country
	Joining   Joining
	Lists     []Lists // of the site, of the queue, of the agent

	Solicit Solicitation // for campaigns
}

// Gate says why a call may not leave the box, with all reasons; none: it may. Whether a line is free and how many calls run is not its affair.
//
// Order of the reasons: emergency, rights, transfers, toll, lists (site, queue, agent), law. An emergency number passes before all of them where
// it may be reached at all, and is refused alone where it may not.
func Gate(a Ask) []fact.Reason {
	w := wayOf(a.Path)
	if slices.Contains(a.Emergency, a.Number) || slices.Contains(Emergency(a.Country), a.Number) {
		if w.help {
			return nil
		}
		return []fact.Reason{{Code: helpCode(w), Detail: a.Number}}
	}
	var why []fact.Reason
	add := func(code, detail string) { why = append(why, fact.Reason{Code: code, Detail: detail}) }
	if w.rights {
		if !a.Outside {
			add("extension.no_outside_right", a.Extension)
		}
		if a.NoOutside {
			add("agent.no_outside_right", a.Agent)
		}
	}
	if w.hands {
		if a.KeepInside {
			add("extension.no_transfer_outside", a.Extension)
		}
		if a.NoTransfer {
			add("agent.no_transfer_outside", a.Agent)
		}
		if a.Joining == JoinNever || a.Joining == JoinOneOutside && a.Party {
			add("transfer.outside", string(a.Joining))
		}
	}
	why = append(why, a.toll(w)...)
	for _, l := range a.Lists {
		if code, prefix := l.Dial.judge(a.Number); code != "" && a.Number != "" {
			add("outbound."+code, strings.TrimSpace(l.Of+" "+prefix))
		}
	}
	if w.hands {
		for _, l := range a.Lists {
			if code, prefix := l.Transfer.judge(a.Number); code != "" && a.Number != "" {
				add("transfer."+code, strings.TrimSpace(l.Of+" "+prefix))
			}
		}
	}
	if w.law {
		why = append(why, a.Solicit.refused(a.Country, a.Number, a.At)...)
	}
	return why
}

// helpCode is why an emergency number is no target.
func helpCode(w way) string {
	if w.hands && w.path != PathForward {
		return "transfer.emergency"
	}
	return "outbound.emergency"
}

// toll is what the price of a number says.
func (a Ask) toll(w way) []fact.Reason {
	var why []fact.Reason
	class := ClassOf(a.Country, a.Number, DayAt(a.At))
	if !a.Unlimited {
		if a.Night {
			why = append(why, fact.Reason{Code: "toll.night"})
		}
		if slices.Contains(a.Forbidden, string(class)) {
			why = append(why, fact.Reason{Code: "toll.class", Detail: string(class)})
		}
		if class == ClassInternational && len(a.Abroad) > 0 && !slices.ContainsFunc(a.Abroad, func(p string) bool { return strings.HasPrefix(a.Number, p) }) {
			why = append(why, fact.Reason{Code: "toll.country"})
		}
	}
	if w.alone && slices.Contains(standing(RulePremium).Names, string(class)) || w.home && class == ClassInternational {
		why = append(why, fact.Reason{Code: string(RulePremium), Detail: string(class)})
	}
	return why
}

// DayAt is the day of an instant (Unix ms) in UTC, ISO 8601: prices and rules have dates.
func DayAt(at int64) string { return time.UnixMilli(at).UTC().Format(time.DateOnly) }
