package queue_test

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/queue"
)

// TestOfferTable holds the outcomes to the words of the guide (docs/decisions/0003): each cell by name.
func TestOfferTable(t *testing.T) {
	want := map[queue.OfferEvent][2]fact.OfferOutcome{ // placed, ringing
		queue.PhoneAnswered:    {fact.OfferAnswered, fact.OfferAnswered},
		queue.PhoneBusy:        {fact.OfferBusy, fact.OfferBusy},
		queue.PhoneDeclined:    {fact.OfferDeclined, fact.OfferDeclined},
		queue.PhoneUnreachable: {fact.OfferUnreachable, fact.OfferNotAnswered},
		queue.PhoneFailed:      {fact.OfferUnreachable, fact.OfferUnreachable},
		queue.RingOver:         {fact.OfferUnreachable, fact.OfferNotAnswered},
		queue.CallerLeft:       {fact.OfferCancelled, fact.OfferCancelled},
		queue.OtherFaster:      {fact.OfferLostRace, fact.OfferLostRace},
		queue.Withdrawn:        {fact.OfferCancelled, fact.OfferCancelled},
	}
	for e, outcomes := range want {
		for i, s := range []queue.OfferState{queue.OfferPlaced, queue.OfferRinging} {
			if m := queue.StepOffer(s, e); m.Next != queue.OfferOver || m.Outcome != outcomes[i] || m.Ignore != "" {
				t.Errorf("(%s, %s): %+v", s, e, m)
			}
		}
	}
	told := map[queue.OfferEvent][2]fact.OfferOutcome{ // asking outside, whispering: who hangs up now has not answered
		queue.PhoneAnswered:    {fact.OfferAnswered, fact.OfferAnswered},
		queue.PhoneBusy:        {fact.OfferNotAnswered, fact.OfferNotAnswered},
		queue.PhoneDeclined:    {fact.OfferNotAnswered, fact.OfferNotAnswered},
		queue.PhoneUnreachable: {fact.OfferNotAnswered, fact.OfferNotAnswered},
		queue.PhoneFailed:      {fact.OfferNotAnswered, fact.OfferNotAnswered},
		queue.RingOver:         {fact.OfferNotAnswered, fact.OfferAnswered}, // a mailbox presses no key; a whisper that lasts too long is over
		queue.CallerLeft:       {fact.OfferCancelled, fact.OfferCancelled},
		queue.OtherFaster:      {fact.OfferLostRace, fact.OfferLostRace},
		queue.Withdrawn:        {fact.OfferCancelled, fact.OfferCancelled},
	}
	for e, outcomes := range told {
		for i, s := range []queue.OfferState{queue.OfferAsking, queue.OfferWhispering} {
			if m := queue.StepOffer(s, e); m.Next != queue.OfferOver || m.Outcome != outcomes[i] || m.Ignore != "" {
				t.Errorf("(%s, %s): %+v", s, e, m)
			}
		}
	}
	for _, s := range []queue.OfferState{queue.OfferPlaced, queue.OfferRinging, queue.OfferAsking} {
		if m := queue.StepOffer(s, queue.PhoneLifted); m.Next != queue.OfferWhispering || m.Outcome != "" {
			t.Errorf("(%s, lifted): %+v", s, m)
		}
	}
	if m := queue.StepOffer(queue.OfferRinging, queue.PhoneLiftedOutside); m.Next != queue.OfferAsking || m.Outcome != "" {
		t.Errorf("lifted outside: %+v", m)
	}
	if m := queue.StepOffer(queue.OfferPlaced, queue.PhoneRang); m.Next != queue.OfferRinging || m.Outcome != "" {
		t.Errorf("ringing: %+v", m)
	}
	for _, e := range queue.OfferEvents() {
		if m := queue.StepOffer(queue.OfferOver, e); m.Ignore == "" || m.Next != queue.OfferOver {
			t.Errorf("an offer that is over does something with %s: %+v", e, m)
		}
	}
}

func TestRingTimeCountsFromTheFirstRing(t *testing.T) {
	if got := (queue.Offer{Made: 100}).RingMS(5_000); got != 0 {
		t.Errorf("a phone that never rang rang %d ms", got)
	}
	if got := (queue.Offer{Made: 100, RangAt: 400}).RingMS(5_000); got != 4_600 {
		t.Errorf("rang %d ms", got)
	}
}
