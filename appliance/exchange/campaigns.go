package exchange

import (
	"slices"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/number"
	"autocom/appliance/exchange/policy"
)

// Outbound campaigns (FEATURES §9). What they are stands in the site document; that one calls is somebody's decision, taken here. Their contacts are
// values of package campaign, which asks the gate of package policy before each call; the exchange asks it again when a line is chosen.

// campaigns brings the desk in line with the document. A campaign that is new calls nobody until somebody starts it; one that is gone calls nobody any
// more, and keeps its list in case it comes back.
func (s *State) campaigns(x *site) {
	for _, k := range x.Campaigns {
		k.Paused = true
		if i := s.book(k.ID); i >= 0 {
			k.Paused = s.desk.Books[i].Campaign.Paused
		}
		s.desk.Put(k) // site.Check has told what is wrong: such a one is not there
	}
	for _, b := range slices.Clone(s.desk.Books) {
		if !b.Campaign.Paused && !slices.ContainsFunc(x.Campaigns, func(k campaign.Campaign) bool { return k.ID == b.Campaign.ID }) {
			s.desk.Pause(b.Campaign.ID, true)
			s.tell(fact.CampaignChanged{Campaign: b.Campaign.ID, By: "site", State: "paused"})
		}
	}
}

// book is where a campaign is among the desk's; -1: nowhere.
func (s *State) book(id string) int {
	return slices.IndexFunc(s.desk.Books, func(b campaign.Book) bool { return b.Campaign.ID == id })
}

// campaignOf is the campaign a call is placed for; the zero Campaign when it is for none.
func (s *State) campaignOf(c *call.Call) campaign.Campaign {
	if c.Contact == "" {
		return campaign.Campaign{}
	}
	_, k, _ := s.desk.Contact(c.Contact)
	return k
}

// house is what the branch says about a call of a campaign.
func (s *State) house(x *site) campaign.House {
	return campaign.House{
		Ask: s.asks(x, policy.PathCampaign, "", "", ""), Zone: x.clock(), Busy: s.onTheLine,
		LineTo: func(n string) (string, []string) {
			for _, name := range x.table.Outside(n).Lines {
				if t, ok := x.trunk(name); ok {
					return t.Presented, allowedOn(t)
				}
			}
			return "", nil
		},
		Lists: func(queue string) []policy.Lists {
			q, _ := x.queue(queue)
			return []policy.Lists{{Of: "queue " + queue, Dial: policy.List(q.Dial), Transfer: policy.List(q.Transfer)}}
		},
	}
}

// allowedOn are the numbers that may be shown on a line.
func allowedOn(t Trunk) []string { return append(slices.Clip(t.Allowed), t.Presented) }

// onTheLine reports whether somebody outside (E.164) is in a call of ours, or waits for one.
func (s *State) onTheLine(full string) bool {
	return slices.ContainsFunc(s.order, func(c *call.Call) bool {
		return c.Phase != call.Closing && (c.Target.Number == full && c.Phase != call.Lifting && !unreached(c) || outsideNumber(s.siteOf(c), c) == full)
	})
}

// outsideNumber is the number (E.164) of a caller from outside; empty for others, and for who withholds it.
func outsideNumber(x *site, c *call.Call) string {
	if c.Flow != call.Inbound || c.Caller.Withheld {
		return ""
	}
	full, err := number.E164(x.Country, c.Caller.Number)
	if err != nil {
		return ""
	}
	return full
}

// mayShow says why a call of a campaign cannot leave by a line: the number it would show there is not allowed (ARCEP 2022-1583); nil when it can.
func (s *State) mayShow(x *site, c *call.Call, t Trunk) []fact.Reason {
	if c.Contact == "" {
		return nil
	}
	a, ok := s.desk.Asks(s.utc, c.Contact, s.house(x))
	if !ok {
		return []fact.Reason{{Code: "contact.unknown", Detail: c.Contact}}
	}
	return policy.Presentable(x.Country, shown(x, c, t).Number, allowedOn(t), a.Solicit.Automated, a.Solicit.Reached, policy.DayAt(s.utc))
}

// runs says why somebody may not rule a campaign; nil when they may: its supervisors, with the right over agents.
func (s *State) runs(by, id string) []fact.Reason {
	i := s.book(id)
	if i < 0 {
		return []fact.Reason{{Code: "campaign.unknown", Detail: id}}
	}
	k := s.desk.Books[i].Campaign
	if k.Queue != "" {
		return s.mayAct(by, MayForce, "", k.Queue)
	}
	for _, who := range k.Agents {
		if why := s.mayAct(by, MayForce, who, ""); why != nil {
			return why
		}
	}
	return nil
}

func (s *State) doCampaign(in CampaignDo) {
	why := s.runs(in.By, in.Campaign)
	state := ""
	switch in.Deed {
	case CampaignStart:
		state = "running"
		if why == nil && !slices.ContainsFunc(s.site.Campaigns, func(k campaign.Campaign) bool { return k.ID == in.Campaign }) {
			why = []fact.Reason{{Code: "campaign.unknown", Detail: in.Campaign}}
		}
	case CampaignPause:
		state = "paused"
	case CampaignStop:
		state = "stopped"
	default:
		why = append(why, fact.Reason{Code: "campaign.no_deed", Detail: string(in.Deed)})
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	if in.Deed == CampaignStop {
		s.desk.Stop(s.utc, in.Campaign)
	} else {
		s.desk.Pause(in.Campaign, in.Deed == CampaignPause)
	}
	s.tell(fact.CampaignChanged{Campaign: in.Campaign, By: in.By, State: state})
	s.tellContacts("", fact.Reason{Code: "campaign." + state, Detail: in.By})
	s.done(in)
}

func (s *State) importContacts(in CampaignImport) {
	if why := s.runs(in.By, in.Campaign); why != nil {
		s.refuse(in, why...)
		return
	}
	h := s.house(s.site)
	rows, bad := in.Rows, in.Rejected
	if in.List != "" {
		var err error
		if rows, bad, err = campaign.ReadCSV([]byte(in.List), h.Zone); err != nil {
			s.refuse(in, fact.Reason{Code: "campaign.list", Detail: err.Error()})
			return
		}
	}
	report, why := s.desk.Import(s.utc, in.Campaign, rows, bad, h)
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.tell(fact.CampaignImported{Campaign: in.Campaign, By: in.By, Taken: report.Taken, Rejected: len(report.Rejected)})
	if in.Request != 0 {
		s.do(Reply{Request: in.Request, Report: &report})
	}
}

func (s *State) setConsent(in ConsentSet) {
	full, err := number.E164(s.site.Country, in.Number)
	var why []fact.Reason
	switch {
	case err != nil:
		why = []fact.Reason{{Code: "number.unreadable"}}
	case in.At > s.utc:
		why = []fact.Reason{{Code: "consent.later"}}
	case in.Revoked:
	case in.Source == "" || in.Text == "":
		why = []fact.Reason{{Code: "consent.no_proof"}} // the proof is the caller's side's (art. L. 223-1)
	default:
		why = s.mayAct(in.By, MayForce, "", "")
	}
	at := in.At
	if at == 0 {
		at = s.utc
	}
	if why == nil && !in.Revoked && s.desk.Consent(full, policy.Consent{Source: in.Source, Text: in.Text, At: at}) == 0 {
		why = []fact.Reason{{Code: "contact.unknown"}}
	}
	if why != nil {
		s.refuse(in, why...)
		return
	}
	s.tell(fact.ConsentChanged{Subject: in.Subject, By: in.By, Source: in.Source, Text: in.Text, At: at, Revoked: in.Revoked})
	if in.Revoked {
		over := s.desk.Revoke(s.utc, full, in.Subject)
		s.tellContacts("", fact.Reason{Code: "consent.revoked", Detail: in.By})
		s.endAttempts(over, nil, "consent.revoked")
	}
	s.done(in)
}

// erasePerson forgets somebody in every campaign, and ends an attempt that is being made.
func (s *State) erasePerson(in PersonErase) {
	full, err := number.E164(s.site.Country, in.Number)
	if err != nil {
		s.refuse(in, fact.Reason{Code: "number.unreadable"})
		return
	}
	s.endAttempts(s.desk.Erase(s.utc, full), nil, "person.erased")
	s.tellContacts("", fact.Reason{Code: "person.erased"})
	s.done(in)
}

// ContactsOf are somebody's contacts in all campaigns, by their number in E.164.
func (s *State) ContactsOf(number string) []campaign.Contact { return s.desk.Of(number) }

// tellContacts tells of every contact that took another state since it was told last.
func (s *State) tellContacts(id string, why ...fact.Reason) {
	moved := s.desk.Moved
	s.desk.Moved = nil
	for i, m := range moved {
		if slices.Contains(moved[:i], m) {
			continue
		}
		c, k, ok := s.desk.Contact(m)
		if !ok {
			continue
		}
		reasons := why
		if c.Why != "" && !c.Open() {
			reasons = []fact.Reason{{Code: c.Why}}
		}
		s.tell(fact.ContactChanged{
			Contact: c.ID, Campaign: k.ID, Queue: k.Queue, Subject: c.Subject, State: c.State.String(), Agent: c.Agent, Call: id, Attempts: c.Attempts,
			Automated: k.Mode == campaign.Progressive, Result: string(c.Result), Until: c.Until, Reasons: reasons,
		})
	}
}

// CampaignView is a campaign and how far its list is.
type CampaignView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Running bool   `json:"running"`
	Now     bool   `json:"now"`     // it may call at this hour, by its own window
	Open    int    `json:"open"`    // contacts who may still be called
	Calling int    `json:"calling"` // of them, whom an agent has or calls
	Done    int    `json:"done"`    // reached or given up
	Refused int    `json:"refused"` // said no
}

// Campaigns lists the campaigns.
func (s *State) Campaigns() []CampaignView {
	out := make([]CampaignView, 0, len(s.desk.Books))
	for i := range s.desk.Books {
		b := &s.desk.Books[i]
		v := CampaignView{
			ID: b.Campaign.ID, Name: b.Campaign.Name, Mode: string(b.Campaign.Mode), Running: !b.Campaign.Paused,
			Now: b.Campaign.Calls(s.utc, s.site.clock()),
		}
		for j := range b.Contacts {
			switch b.Contacts[j].State {
			case campaign.Waiting, campaign.Resting:
				v.Open++
			case campaign.Allocated, campaign.Dialling:
				v.Open++
				v.Calling++
			case campaign.Done:
				v.Done++
			case campaign.Refused:
				v.Refused++
			case campaign.Cancelled:
			}
		}
		out = append(out, v)
	}
	return out
}

// Contacts says of every contact of a campaign whether it may be called now, and why not.
func (s *State) Contacts(id string) []campaign.Standing {
	return s.desk.Explain(s.utc, id, s.house(s.site))
}
