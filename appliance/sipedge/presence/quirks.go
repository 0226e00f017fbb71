package presence

import "strings"

// Quirks is how a make of phone wants to be told. The zero value is a phone that reads RFC 4235 as it is written.
type Quirks struct {
	// IdleFirst: a key that shows talking does not take ringing for an answer; it has to be idle in between. Such a phone gets a NOTIFY with no
	// call first, and the truth right after.
	IdleFirst bool
	// OneDialog: the phone looks at one call only. It gets the one a person can do most with.
	OneDialog bool
	// IdleDialog: a document without a dialog element does not put the lamp out. It gets one in the state terminated.
	IdleDialog bool
	// Parties: the key needs to see both parties, with a target each, to offer the call for pick-up. An outside party is anonymous.
	Parties bool
	// NoPickup: the phone dials a code to take a call and stumbles over the ids that Replaces needs.
	NoPickup bool
	// AwayAsBusy: an extension without a phone is shown as busy, and not as idle. No make needs it; it is there for a site that wants it.
	AwayAsBusy bool
}

// QuirksOf is the table, by the User-Agent of a SUBSCRIBE.
func QuirksOf(agent string) Quirks {
	agent = strings.ToLower(agent)
	for _, m := range makes() {
		if strings.Contains(agent, m.agent) {
			return m.quirks
		}
	}
	return Quirks{}
}

type model struct {
	agent  string // in the User-Agent, in small letters; the first that fits counts
	quirks Quirks
}

// makes is the table. Each line says where the knowledge comes from. What is not there follows the RFC: Yealink and Snom read several dialogs,
// and take the call-id and the tags of an early one for their Replaces (Yealink: Administrator's Guide, "Dialog Info Call Pickup",
// https://easymanua.ls/yealink/sip-t2-series/manual?p=497; Snom: direction and state together, "BLF-XML monitoring translation").
func makes() []model {
	return []model{
		// A Polycom key ignores ringing after in use (asterisk/asterisk #2159 and #2160), wants one dialog that is there when idle too (sipXecs'
		// presence_dialoginfo, "support for polycom aggregation"), and without a target URI shows no caller and offers no pick-up (Polycom's
		// FAQ "Busy Lamp Field for SoundPoint IP", https://community.polycom.com/t5/VoIP-SIP-Phones/FAQ-Busy-Lamp-Field-for-SoundPoint-IP-supported-Phones-on-a/m-p/84960).
		{"polycom", Quirks{IdleFirst: true, OneDialog: true, IdleDialog: true, Parties: true}},
		{"polyedge", Quirks{IdleFirst: true, OneDialog: true, IdleDialog: true, Parties: true}}, // the same firmware line under its later name

		// Grandstream wants the dialog element, with its id, in every document (kamailio/kamailio #97 and #99, "rfc4235 in dummy dialog").
		{"grandstream", Quirks{IdleDialog: true}},

		// Yealink shows who rings from the remote identity and needs it for its pick-up prompt (Administrator's Guide, "Visual Alert and Audio
		// Alert for BLF Pickup"; mikopbx/Core #1059).
		{"yealink", Quirks{Parties: true}},
		{"snom", Quirks{Parties: true}},

		// Linksys and the Cisco SPA after it show one dialog only (Kamailio and OpenSIPS, presence_dialoginfo, "force_single_dialog": for phones
		// that do not support several), and put the lamp out only when told of a dialog that is terminated.
		{"linksys", Quirks{OneDialog: true, IdleDialog: true, NoPickup: true}},
		{"cisco/spa", Quirks{OneDialog: true, IdleDialog: true, NoPickup: true}},
		{"sipura", Quirks{OneDialog: true, IdleDialog: true, NoPickup: true}},

		// Avaya J100 keeps a lamp lit while any dialog is named (signalwire/freeswitch #156): nothing may be left over, which full state gives.
		{"avaya", Quirks{OneDialog: true, IdleDialog: true}},

		// Fanvil reads the dialog element as Grandstream does; it is safe with an idle one.
		{"fanvil", Quirks{IdleDialog: true, Parties: true}},
	}
}
