package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/policy"
	"autocom/appliance/site"
)

// canvass is what is asked of campaigns by somebody of the house ("somebody imports 0612345678 0612345679 into relance", "… who agreed 1h ago into relance", "somebody starts relance",
// "somebody notes the consent of 0612345678", "somebody takes back the consent of 0612345678") and by agents ("ana takes the next contact", "ana takes
// contact p2", "ana dials the contact", "ana gives the contact back", "ana skips the contact", "ana marks p1 refused", "ana marks p1 later in 2m").
func (w *World) canvass(who, what string) (done bool, err error) {
	words := strings.Fields(what)
	if who == "somebody" {
		return w.campaign(what, words)
	}
	if !slices.ContainsFunc(w.set.Site.Agents, func(a site.Agent) bool { return a.ID == who }) {
		return false, nil
	}
	by := "agent:" + who
	switch {
	case what == "takes the next contact":
		w.box.tell(exchange.ContactNext{By: by, Agent: who})
	case len(words) == 3 && words[0] == "takes" && words[1] == "contact":
		w.box.tell(exchange.ContactTake{By: by, Agent: who, Contact: words[2]})
	case what == "dials the contact":
		w.box.tell(exchange.ContactDial{By: by, Agent: who})
	case what == "gives the contact back", what == "skips the contact":
		w.box.tell(exchange.ContactReturn{By: by, Agent: who, Skip: words[0] == "skips"})
	case len(words) >= 3 && words[0] == "marks":
		in := exchange.ContactMark{By: by, Agent: who, Contact: words[1], Mark: campaign.Mark(words[2])}
		if len(words) == 5 {
			d, err := time.ParseDuration(words[4])
			if err != nil {
				return true, fmt.Errorf("%q is no time", words[4])
			}
			in.At = w.box.now().UTC + d.Milliseconds()
		}
		w.box.tell(in)
	default:
		return false, nil
	}
	return true, nil
}

// campaign is what somebody of the house asks.
func (w *World) campaign(what string, words []string) (done bool, err error) {
	deeds := map[string]exchange.CampaignDeed{"starts": exchange.CampaignStart, "pauses": exchange.CampaignPause, "stops": exchange.CampaignStop}
	switch {
	case len(words) == 2 && deeds[words[0]] != "":
		w.box.tell(exchange.CampaignDo{By: "console", Campaign: words[1], Deed: deeds[words[0]]})
	case len(words) > 3 && words[0] == "imports" && words[len(words)-2] == "into":
		in := exchange.CampaignImport{By: "console", Campaign: words[len(words)-1]}
		numbers, agreed, ok := strings.Cut(strings.Join(words[1:len(words)-2], " "), " who agreed ")
		consent := policy.Consent{}
		if ok {
			ago, err := time.ParseDuration(strings.TrimSuffix(agreed, " ago"))
			if err != nil {
				return true, fmt.Errorf("%q is no time: write who agreed 1h ago", agreed)
			}
			consent = policy.Consent{Source: "formulaire du site", Text: "J’accepte d’être appelé", At: w.box.now().UTC - ago.Milliseconds()}
		}
		for i, n := range strings.Fields(numbers) {
			in.Rows = append(in.Rows, campaign.Row{Line: i + 1, Typed: n, Subject: fact.Subject(n), Consent: consent})
		}
		w.box.tell(in)
	case strings.HasPrefix(what, "notes the consent of "):
		w.box.tell(exchange.ConsentSet{By: "console", Number: words[4], Subject: fact.Subject(words[4]), Source: "formulaire du site", Text: "J’accepte d’être appelé"})
	case strings.HasPrefix(what, "takes back the consent of "):
		w.box.tell(exchange.ConsentSet{By: "console", Number: words[5], Subject: fact.Subject(words[5]), Revoked: true})
	default:
		return false, nil
	}
	return true, nil
}

// stands reports where a contact stands: "contact p1 is resting".
func (w *World) stands(what string) (ok bool, why string) {
	id, want, _ := strings.Cut(what, " is ")
	got := "unknown"
	w.box.ask(func(s *exchange.State) {
		for _, k := range s.Campaigns() {
			for _, c := range s.Contacts(k.ID) {
				if c.Contact == id {
					got = c.State.String()
				}
			}
		}
	})
	return got == want, fmt.Sprintf("contact %s is %s", id, got)
}

// canvassed is the line of a fact of campaigns in a report; empty for others.
func canvassed(f fact.Fact) string {
	switch f := f.(type) {
	case fact.CampaignChanged:
		return fmt.Sprintf("campaign  %s %s by %s", f.Campaign, f.State, f.By)
	case fact.CampaignImported:
		return fmt.Sprintf("campaign  %s has %d contacts more, %d lines refused", f.Campaign, f.Taken, f.Rejected)
	case fact.ContactChanged:
		words := []string{"contact  ", f.Contact, f.State}
		if f.Agent != "" {
			words = append(words, "by", f.Agent)
		}
		if f.Attempts > 0 {
			words = append(words, fmt.Sprintf("after %d attempts", f.Attempts))
		}
		if f.Result != "" {
			words = append(words, "lastly "+f.Result)
		}
		if len(f.Reasons) > 0 {
			words = append(words, "because "+f.Reasons[0].Code)
		}
		return strings.Join(words, " ")
	case fact.ContactMarked:
		return fmt.Sprintf("contact   %s marked %s by %s", f.Contact, f.Mark, f.Agent)
	case fact.ConsentChanged:
		return fmt.Sprintf("consent   of %s, taken back %v, by %s", f.Subject, f.Revoked, f.By)
	default:
		return ""
	}
}
