package site

import (
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Branch is what the exchange needs to know of a checked document.
func (d Document) Branch() exchange.Branch {
	b := exchange.Branch{
		Revision: d.Revision(),
		Country:  strings.ToUpper(d.Site.Country), // as ISO 3166 writes it
		Outside:  d.Numbers.Outside,
		MaxCalls: d.Network.MaxCalls, PauseMS: d.Recording.Pause.MS(),
		Emergency: exchange.Emergency{
			Numbers: slices.Clone(d.Emergency.Numbers), Trunk: d.Emergency.Trunk, Presented: d.Emergency.Presented,
			CallBackMS: d.Emergency.CallBack.MS(),
		},
		Toll: exchange.Toll{
			Calls: d.Toll.Calls, CallsEach: d.Toll.CallsEach, Forbidden: slices.Clone(d.Toll.Forbidden), Abroad: slices.Clone(d.Toll.Abroad),
			Alert: d.Toll.Alert, AlertMS: d.Toll.AlertIn.MS(),
		},
	}
	if d.Transfers.Outside != "by_right" {
		b.Transfer.Outside = exchange.OutsideTransfer(d.Transfers.Outside)
	}
	b.Transfer.MaxAloneMS = d.Transfers.Alone.MS()
	for _, x := range d.Extensions {
		b.Extensions = append(b.Extensions, exchange.Extension{Number: x.Number, Name: x.Name, Presented: x.Presented, RingMS: x.Ring.MS(), Outside: x.Outside, Kind: exchange.Kind(x.Kind), Unlimited: x.Unlimited, Unwatched: !x.Watched, KeepInside: x.Inside, NoWaiting: !x.CallWaiting})
	}
	for _, t := range d.Trunks {
		b.Trunks = append(b.Trunks, exchange.Trunk{Name: t.Name, Channels: t.Channels, Presented: t.Presented, Allowed: slices.Clone(t.Allowed), Prefixes: slices.Clone(t.Prefixes)})
	}
	for _, s := range d.Services {
		b.Services = append(b.Services, exchange.Service{Number: s.Number, Name: s.Name, Welcome: PlanSound(s.Welcome), Queue: s.Queue, Exten: s.Extension, Active: s.Active})
	}
	for _, v := range d.Sections {
		b.Sections = append(b.Sections, exchange.Section{ID: v.ID, Name: v.Name, Welcome: PlanSound(v.Welcome), Queue: v.Queue, Exten: v.Extension})
	}
	for _, q := range d.Queues {
		b.Queues = append(b.Queues, exchange.Queue{
			ID: q.ID, Name: q.Name, RingMS: q.Ring.MS(), RetryMS: q.Retry.MS(), CoolDownMS: q.CoolDown.MS(), MaxWaitMS: q.MaxWait.MS(),
			MaxLength: q.MaxLength, WrapUpMS: q.WrapUp.MS(), Overflow: q.Overflow, Music: PlanSound(q.Music), Announce: q.Announce.branch(), Exits: exits(q.Exits), Callback: q.Callback.branch(),
		})
		q.records(&b.Queues[len(b.Queues)-1])
	}
	d.people(&b)
	d.campaigns(&b)
	d.controls(&b)
	d.bans(&b)
	d.serving(&b)
	return b
}

// PlanSound is the name by which the exchange and the media process know a sound of the document.
func PlanSound(name string) plan.Sound {
	switch {
	case name == "":
		return ""
	case name == SoundMusic:
		return plan.MusicDefault
	case name == SoundWelcome:
		return plan.PromptWelcome
	case shipped(name):
		return plan.Sound("prompt:" + name)
	default:
		return plan.Sound("sound:" + name)
	}
}
