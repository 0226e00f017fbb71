package exchange

import (
	"testing"

	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
)

func audited(t *testing.T, b *bench, what string) {
	t.Helper()
	for _, bad := range b.s.Audit() {
		t.Errorf("%s: %s", what, bad)
	}
}

// Whoever says no, takes a consent back, is forgotten, or whose campaign is stopped while the agent's phone still rings for them, is not called: the
// phone stops ringing at once, for a call that could not be placed any more.
func TestNobodyRingsForAContactWhoIsOut(t *testing.T) {
	for what, in := range map[string]Input{
		"consent taken back": ConsentSet{Request: 5, By: "console", Number: "0612345678", Revoked: true},
		"forgotten":          PersonErase{Request: 5, By: "console", Number: "0612345678"},
		"stopped":            CampaignDo{Request: 5, By: "console", Campaign: "relance", Deed: CampaignStop},
		"paused":             CampaignDo{Request: 5, By: "console", Campaign: "relance", Deed: CampaignPause},
		"given back":         ContactReturn{Request: 5, By: "agent:ana", Agent: "ana"},
		"skipped":            ContactReturn{Request: 5, By: "agent:ana", Agent: "ana", Skip: true},
	} {
		for _, mode := range []campaign.Mode{campaign.Progressive, campaign.Preview} {
			b := calling(t, func(k *campaign.Campaign) { k.Mode = mode }, "0612345678")
			if mode == campaign.Preview {
				b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
				b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
			}
			phone := effect[Ring](b)
			if phone.To.Extension != "201" {
				t.Fatalf("%+v", phone)
			}
			if r, ok := in.(ContactReturn); ok && !r.Skip && mode == campaign.Progressive {
				if b.step(in); b.refusedAs() != "campaign.progressive" { // the box would give it again at once
					t.Errorf("%q", b.refusedAs())
				}
				continue
			}
			b.step(in)
			audited(t, b, what+" "+string(mode))
			if c := len(b.s.order); c > 0 && b.s.order[0].Verdict.Outcome == "" {
				t.Errorf("%s, %s: the agent's phone still rings", what, mode)
			}
			b.step(LegAnswered{Leg: phone.Leg})
			none[Ring](b)
			audited(t, b, what+" "+string(mode))
		}
	}
}

// Who rings us while an agent's phone rings for them in a progressive campaign is answered, and not called besides.
func TestWhoCallsWhileTheyAreNext(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.Mode, k.RecentMS = campaign.Progressive, 3_600_000 }, "0612345678")
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	audited(t, b, "who calls")
	if p := b.contact("p1"); p.State != campaign.Cancelled {
		t.Errorf("%+v", p)
	}
	for _, c := range b.s.order {
		if c.Contact != "" && c.Verdict.Outcome == "" {
			t.Errorf("call %s stands for who is there already", c.ID)
		}
	}
}

// FEATURES §9.1, automatic-call timeout: with a gap between its calls a campaign rings one agent at a time, so that nobody lifts for a call that is
// not placed.
func TestGapRingsOneAgentAtATime(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.Mode, k.GapMS = campaign.Progressive, 30_000 }, "0612345678", "0612345679")
	ringing := 0
	for _, c := range b.s.order {
		if c.Contact != "" {
			ringing++
		}
	}
	if ringing != 1 {
		t.Errorf("%d agents are rung", ringing)
	}
	b.step(LegAnswered{Leg: b.s.order[0].Out[0].Leg})
	b.wait(29_000)
	if b.contact("p2").State != campaign.Waiting {
		t.Errorf("%+v", b.contact("p2"))
	}
	b.wait(1_500)
	if b.contact("p2").State != campaign.Allocated {
		t.Errorf("%+v", b.contact("p2"))
	}
}

// A success is one of a conversation: nobody notes it of a telephone that rings.
func TestNobodyIsConvertedBeforeTheyTalk(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	out := effect[Ring](b)
	if b.step(ContactMark{Request: 5, By: "agent:ana", Agent: "ana", Contact: "p1", Mark: campaign.MarkConverted}); b.refusedAs() != "contact.not_reached" {
		t.Errorf("%q", b.refusedAs())
	}
	b.step(LegAnswered{Leg: out.Leg})
	if b.step(ContactMark{Request: 6, By: "agent:ana", Agent: "ana", Contact: "p1", Mark: campaign.MarkConverted}); b.refusedAs() != "" {
		t.Errorf("%q", b.refusedAs())
	}
	if f := lastTold[fact.ContactMarked](b); f.Mark != "converted" || f.By != "agent:ana" {
		t.Errorf("%+v", f)
	}
}

// FEATURES §9.1, sound played to the agent before each call: the box dials once it was heard, and the person never hears it. Cards that the agent calls
// themselves have none.
func TestSoundBeforeTheCall(t *testing.T) {
	b := calling(t, func(k *campaign.Campaign) { k.Mode, k.Sound = campaign.Progressive, "sound:relance" }, "0612345678")
	phone := effect[Ring](b)
	b.step(LegAnswered{Leg: phone.Leg})
	none[Ring](b)
	play := effect[Play](b)
	if play.Leg != phone.Leg || play.Sound != "sound:relance" || b.contact("p1").Attempts != 0 {
		t.Fatalf("%+v %+v", play, b.contact("p1"))
	}
	audited(t, b, "while it plays")
	b.step(PromptDone{Leg: phone.Leg, Token: play.Token})
	if out := effect[Ring](b); out.To.Number != "+33612345678" || b.contact("p1").Attempts != 1 {
		t.Errorf("%+v", out)
	}

	b = calling(t, func(k *campaign.Campaign) { k.Mode, k.Sound = campaign.Progressive, "sound:relance" }, "0612345678")
	phone = effect[Ring](b)
	b.step(LegAnswered{Leg: phone.Leg})
	b.step(ConsentSet{Request: 5, By: "console", Number: "0612345678", Revoked: true}) // while it plays
	b.wait(15_000)
	none[Ring](b)
	audited(t, b, "taken back while it plays")
	if p := b.contact("p1"); p.State != campaign.Refused || p.Attempts != 0 {
		t.Errorf("%+v", p)
	}

	b = calling(t, func(k *campaign.Campaign) { k.Sound = "sound:relance" }, "0612345678")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	none[Play](b)
}
