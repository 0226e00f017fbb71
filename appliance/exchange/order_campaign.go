package exchange

import (
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
)

// What people ask of campaigns (FEATURES §9): administrators and supervisors of a campaign and of consents, agents of their contacts.

// CampaignDeed is what somebody does with a campaign.
type CampaignDeed string

// The deeds.
const (
	CampaignStart CampaignDeed = "start"
	CampaignPause CampaignDeed = "pause" // calls under way go on, cards that were given may not be dialled
	CampaignStop  CampaignDeed = "stop"  // as pause, and nobody of its list is called any more
)

// CampaignDo starts, pauses or stops a campaign.
type CampaignDo struct {
	Request  RequestID    `json:"request"`
	By       string       `json:"by"`
	Campaign string       `json:"campaign"`
	Deed     CampaignDeed `json:"deed"`
}

// CampaignImport puts contacts into a campaign. Lines that cannot be taken are told in the Reply, with their number and what is wrong; the others are taken.
type CampaignImport struct {
	Request  RequestID           `json:"request"`
	By       string              `json:"by"`
	Campaign string              `json:"campaign"`
	List     string              `json:"list,omitempty"`     // CSV with headings, as campaign.ReadCSV says; or
	Rows     []campaign.Row      `json:"rows,omitempty"`     // the same, read by the rim, which knows the subjects
	Rejected []campaign.Rejected `json:"rejected,omitempty"` // lines the rim could not read
}

// ConsentSet notes that a person agreed to be solicited by telephone, with its proof, or took that back (Code de la consommation, art. L. 223-1).
type ConsentSet struct {
	Request RequestID    `json:"request"`
	By      string       `json:"by"`
	Number  string       `json:"number"` // as typed
	Subject fact.Subject `json:"subject,omitempty"`
	Source  string       `json:"source,omitempty"` // where it was given
	Text    string       `json:"text,omitempty"`   // what the person agreed to, word for word
	At      int64        `json:"at,omitempty"`     // Unix ms; 0: now
	Revoked bool         `json:"revoked,omitempty"`
}

// PersonErase forgets a person's contacts, and that they were called; that they refused, or took a consent back, stays (RGPD art. 17 and 21 §3). It is the
// box's own: no command of agents or supervisors.
type PersonErase struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Number  string    `json:"number"` // as typed
}

// ContactNext gives an agent the next contact to call; the Reply carries its card.
type ContactNext struct {
	Request  RequestID `json:"request"`
	By       string    `json:"by"`
	Agent    string    `json:"agent"`
	Campaign string    `json:"campaign,omitempty"` // empty: of any that shows cards
}

// ContactTake gives an agent the contact they chose; the Reply carries its card.
type ContactTake struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Contact string    `json:"contact"`
}

// ContactDial calls the contact an agent has: their own phone rings first.
type ContactDial struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
}

// ContactReturn gives back the contact an agent has, for anybody to call.
type ContactReturn struct {
	Request RequestID `json:"request"`
	By      string    `json:"by"`
	Agent   string    `json:"agent"`
	Skip    bool      `json:"skip,omitempty"` // put aside for a while, so that another one is next
}

// ContactMark notes how the last call with a contact went, by the agent who made it.
type ContactMark struct {
	Request RequestID     `json:"request"`
	By      string        `json:"by"`
	Agent   string        `json:"agent"`
	Contact string        `json:"contact"`
	Mark    campaign.Mark `json:"mark"`
	At      int64         `json:"at,omitempty"` // Unix ms: when to call again, for campaign.MarkLater
}

func (in CampaignDo) asked() asked     { return ask(in.Request, "campaign.do", in.By, "", "") }
func (in CampaignImport) asked() asked { return ask(in.Request, "campaign.import", in.By, "", "") }
func (in ConsentSet) asked() asked     { return ask(in.Request, "consent.set", in.By, "", "") }
func (in ContactNext) asked() asked    { return ask(in.Request, "contact.next", in.By, "", in.Agent) }

func (in PersonErase) asked() asked { return ask(in.Request, "person.erase", in.By, "", "") }

func (in ContactTake) asked() asked { return ask(in.Request, "contact.take", in.By, "", in.Agent) }

func (in ContactDial) asked() asked { return ask(in.Request, "contact.dial", in.By, "", in.Agent) }

func (in ContactReturn) asked() asked { return ask(in.Request, "contact.return", in.By, "", in.Agent) }

func (in ContactMark) asked() asked { return ask(in.Request, "contact.mark", in.By, "", in.Agent) }

func (CampaignDo) input()     {}
func (CampaignImport) input() {}
func (ConsentSet) input()     {}
func (PersonErase) input()    {}
func (ContactNext) input()    {}
func (ContactTake) input()    {}
func (ContactDial) input()    {}
func (ContactReturn) input()  {}
func (ContactMark) input()    {}

// takeCampaign is the rest of takeCommand: campaigns.
func (s *State) takeCampaign(in Input) {
	switch in := in.(type) {
	case CampaignDo:
		s.doCampaign(in)
	case CampaignImport:
		s.importContacts(in)
	case ConsentSet:
		s.setConsent(in)
	case PersonErase:
		s.erasePerson(in)
	case ContactNext:
		s.nextContact(in)
	case ContactTake:
		s.takeContact(in)
	case ContactDial:
		s.dialContact(in)
	case ContactReturn:
		s.returnContact(in)
	case ContactMark:
		s.markContact(in)
	default: // take and takeCommand have the others
	}
}

// readCampaign is ReadCommand for campaigns.
func readCampaign(name string, fields []byte, request RequestID, by string) (in Input, known bool, err error) {
	known = true
	switch name {
	case "campaign.do":
		in, err = read(name, fields, request, by, CampaignDo{})
	case "campaign.import":
		in, err = read(name, fields, request, by, CampaignImport{})
	case "consent.set":
		in, err = read(name, fields, request, by, ConsentSet{})
	case "contact.next":
		in, err = read(name, fields, request, by, ContactNext{})
	case "contact.take":
		in, err = read(name, fields, request, by, ContactTake{})
	case "contact.dial":
		in, err = read(name, fields, request, by, ContactDial{})
	case "contact.return":
		in, err = read(name, fields, request, by, ContactReturn{})
	case "contact.mark":
		in, err = read(name, fields, request, by, ContactMark{})
	default:
		known = false
	}
	return in, known, err
}
