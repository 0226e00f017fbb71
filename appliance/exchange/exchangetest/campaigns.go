package exchangetest

import (
	"fmt"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/policy"
)

// campaigns makes one campaign of each mode, short enough that all of it happens within a day.
func campaigns(d *Dice, queues int) []campaign.Campaign {
	var out []campaign.Campaign
	for _, m := range []campaign.Mode{campaign.Manual, campaign.Preview, campaign.Progressive} {
		k := campaign.Campaign{
			ID: "c-" + string(m), Name: "Campagne", Mode: m, Queue: fmt.Sprintf("q%d", 1+d.N(queues)), Legal: Of(d, policy.CallbackAsked, policy.CallbackAsked, policy.RunningContract),
			Attempts: int(d.In(1, 3)), RingMS: 10_000, HoldMS: Of(d, int64(5_000), 60_000), GapMS: Of(d, int64(0), 10_000), RecentMS: Of(d, int64(0), 60_000),
			Retry: []campaign.Retry{{After: campaign.NoAnswer, DelayMS: 60_000}}, Recorded: d.Percent(30), Presented: Of(d, "", "", "+33140506071"),
		}
		if m == campaign.Manual && d.Percent(50) {
			k.Queue, k.Agents = "", []string{"a1", "a2"}
		}
		out = append(out, k)
	}
	return out
}

// canvassing draws what is asked of campaigns: mostly what can be done.
func (w *World) canvassing(r exchange.RequestID, which int) exchange.Input {
	d := w.Dice
	who := fmt.Sprintf("a%d", d.In(1, 5))
	by, boss := "agent:"+who, Of(d, "console", "console", "supervisor:v1", "agent:"+who)
	id := Of(d, "c-manual", "c-preview", "c-preview", "c-progressive", "c-progressive", "c-gone")
	contact := fmt.Sprintf("p%d", d.In(1, 40))
	switch which {
	case 19, 20:
		return exchange.CampaignDo{Request: r, By: boss, Campaign: id, Deed: Of(d, exchange.CampaignStart, exchange.CampaignStart, exchange.CampaignStart, exchange.CampaignPause, exchange.CampaignStop, "dance")}
	case 21, 22:
		list := []string{"numéro;nom"}
		for range d.In(1, 5) {
			list = append(list, fmt.Sprintf("%s;Nom", Of(d, fmt.Sprintf("061234%04d", d.In(0, 9999)), "0612345678", "0899123456", "112", "x")))
		}
		return exchange.CampaignImport{Request: r, By: boss, Campaign: id, List: strings.Join(list, "\n")}
	case 23:
		if d.Percent(20) { // also of who is being called
			return exchange.PersonErase{Request: r, By: "user:root", Number: w.someContact()}
		}
		return exchange.ConsentSet{Request: r, By: boss, Number: Of(d, "0612345678", "nonsense"), Subject: "s3", Source: Of(d, "", "page"), Text: "oui", Revoked: d.Percent(30)}
	case 24:
		return exchange.ContactTake{Request: r, By: by, Agent: who, Contact: contact}
	case 25:
		return exchange.ContactNext{Request: r, By: by, Agent: who, Campaign: Of(d, "", "", id)}
	case 26:
		return exchange.ContactReturn{Request: r, By: by, Agent: who, Skip: d.Percent(50)}
	case 27:
		marks := append(campaign.Marks(), "glad")
		return exchange.ContactMark{Request: r, By: by, Agent: who, Contact: w.lastDialled(contact), Mark: marks[d.N(len(marks))], At: w.Moment().UTC + d.In(-1_000, 60_000)}
	default:
		return exchange.ContactDial{Request: r, By: by, Agent: who}
	}
}

// someContact is the number of somebody who is being called for a campaign, or another.
func (w *World) someContact() string {
	for _, c := range w.S.Calls() {
		if c.Contact != "" && w.Dice.Percent(70) {
			return c.Target
		}
	}
	return Of(w.Dice, "0612345678", "nonsense", "112")
}

// lastDialled is a contact that is being called, or another.
func (w *World) lastDialled(other string) string {
	for _, c := range w.S.Calls() {
		if c.Contact != "" && w.Dice.Percent(70) {
			return c.Contact
		}
	}
	return other
}
