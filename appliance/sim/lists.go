package sim

import (
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
)

// paper is campaigns as a real box keeps them: written seldom, with the journal for what happened since.
type paper struct {
	written campaign.Kept
	since   []fact.Entry
}

// learn writes them when a list came or a campaign was started or held, and remembers what happens otherwise. The exchange's goroutine calls it.
func (l *paper) learn(s *exchange.State, at fact.Moment, facts []fact.Fact) {
	for _, f := range facts {
		switch f.(type) {
		case fact.CampaignImported, fact.CampaignChanged:
			l.written, l.since = s.LastingCampaigns(), nil
			return
		default:
			l.since = append(l.since, fact.Entry{At: at, Fact: f})
		}
	}
}

// read is what a cold start finds. A journal would name the people; here a subject is what somebody typed, so a contact's number does.
func (l *paper) read() campaign.Kept {
	k := l.written
	k.Catch(l.since)
	numbers := map[fact.Subject]string{}
	for _, b := range k.Books {
		for _, c := range b.Contacts {
			numbers[c.Subject] = c.Number
		}
	}
	for i := range k.People {
		if p := &k.People[i]; p.Number == "" {
			p.Number = numbers[p.Subject]
		}
	}
	return k
}
