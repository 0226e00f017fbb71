package leg

import "sync"

// cell is what one input does in one phase. A cell without do is ignored, for the reason in why.
type cell struct {
	do  func(*step, Input)
	why string
}

type cells = [kinds][phases]cell

// on adapts a handler of one input type to a cell.
func on[T Input](why string, do func(*step, T)) cell {
	return cell{why: why, do: func(s *step, in Input) {
		if t, ok := in.(T); ok {
			do(s, t)
		}
	}}
}

func ignored(why string) cell { return cell{why: why} }

// fill sets one input's row: the rest of the phases get other.
func fill(t *cells, k Kind, other cell, some map[Phase]cell) {
	for p := range phases {
		if c, ok := some[p]; ok {
			t[k][p] = c
		} else {
			t[k][p] = other
		}
	}
}

// same gives several phases one cell.
func same(c cell, ps ...Phase) map[Phase]cell {
	m := make(map[Phase]cell, len(ps))
	for _, p := range ps {
		m[p] = c
	}
	return m
}

func with(m map[Phase]cell, c cell, ps ...Phase) map[Phase]cell {
	for _, p := range ps {
		m[p] = c
	}
	return m
}

// table is every phase and every input. It is printed to docs/leg-states.md.
//
//nolint:gochecknoglobals // a function value computed once; never assigned again
var table = sync.OnceValue(func() *cells {
	t := &cells{}
	requests(t)
	answers(t)
	rim(t)
	commands(t)
	return t
})

func requests(t *cells) {
	fill(t, KindInvite, ignored("the owner makes a new leg for each INVITE without a To tag"), same(on("open a media port", (*step).invited), New))

	gone := func(s *step, tx Tx) { s.answer(tx, 481, "Call/Transaction Does Not Exist") }
	fill(t, KindReinvite, on("481: no dialog to change", func(s *step, in ReinviteReceived) { gone(s, in.Tx) }),
		with(with(with(same(
			on("answer it, hold or change the media (RFC 3261 §14.2)", (*step).reinvited), Up),
			on("491: our own is out (RFC 3261 §14.2)", func(s *step, in ReinviteReceived) { s.glare(in.Tx, in.Msg) }), Modifying),
			on("491: the one before is not acknowledged", func(s *step, in ReinviteReceived) { s.glare(in.Tx, in.Msg) }), Answering, Parting, Reanswering),
			on("500 with Retry-After: the INVITE before it is not answered (RFC 3261 §14.2)", func(s *step, in ReinviteReceived) { s.tooEarly(in.Tx, in.Msg) }), Offered, Alerting, Accepting))

	fill(t, KindAck, ignored("nothing of ours waits for an ACK"),
		with(with(same(
			on("confirmed: tell the exchange", (*step).confirmed), Answering),
			on("now BYE may go", (*step).acknowledgedParting), Parting),
			on("stop repeating, back to Up", (*step).reacknowledged), Reanswering))

	fill(t, KindCancel, ignored("too late: the INVITE has its final response (RFC 3261 §9.2)"),
		with(with(same(
			on("487 and tell the exchange", (*step).cancelled), Offered, Alerting, Accepting),
			on("487; the exchange never knew", (*step).cancelledUnheard), Opening),
			ignored("not ours to receive: the leg goes out, or none is there"), New, Placing, Calling, Withdrawing))

	fill(t, KindBye, on("481: no such dialog", func(s *step, in ByeReceived) { gone(s, in.Tx) }),
		with(with(with(with(same(
			on("200, the leg ended", (*step).byed), Up, Modifying, Reanswering, Answering),
			on("200 and 487 to the INVITE (RFC 3261 §15.1.2)", (*step).byedEarly), Offered, Alerting, Accepting),
			on("200, tell the exchange, over", (*step).byedParting), Parting),
			on("200, tell the exchange: both hung up", (*step).byedEnding), Ending),
			on("200: it came again after the end", func(s *step, in ByeReceived) { s.answer(in.Tx, 200, "OK") }), Over))

	fill(t, KindUpdate, on("481: no dialog", func(s *step, in UpdateReceived) { gone(s, in.Tx) }),
		with(with(with(with(same(
			on("answer its offer, or refresh; 491 while an offer of ours is out (RFC 3311 §5.2)", (*step).updated), Up, Answering, Reanswering),
			on("refresh; 491 to an offer: ours is out (RFC 3311 §5.2)", (*step).updated), Modifying),
			on("refresh; its offer once the first is answered reliably, before 500 (RFC 3311 §5.2)", (*step).updated), Offered, Alerting, Accepting),
			on("in an early dialog: refresh; 491 to an offer before ours is answered reliably (RFC 3311 §5.2)", (*step).updatedEarly), Calling),
			on("481: the leg is being ended", func(s *step, in UpdateReceived) { gone(s, in.Tx) }), Parting, Ending))

	fill(t, KindInfo, on("481: no dialog", func(s *step, in InfoReceived) { gone(s, in.Tx) }),
		with(same(on("200 and tell the digit", (*step).informed), Offered, Alerting, Accepting, Answering, Up, Modifying, Reanswering),
			on("200: nobody to tell", func(s *step, in InfoReceived) { s.answer(in.Tx, 200, "OK") }), Calling, Parting, Ending))

	fill(t, KindOptions, on("481: no dialog (RFC 3261 §11.2)", func(s *step, in OptionsReceived) { gone(s, in.Tx) }),
		same(on("200", func(s *step, in OptionsReceived) { s.ordered(in.Tx, in.Msg, func() { s.answer(in.Tx, 200, "OK") }) }),
			Offered, Alerting, Accepting, Answering, Parting, Calling, Up, Modifying, Reanswering, Ending))

	fill(t, KindPrack, on("481: no reliable response of ours is out (RFC 3262 §3)", func(s *step, in PrackReceived) { gone(s, in.Tx) }),
		same(on("200 to the PRACK of our response, its offer answered; then what waited; else 481 (RFC 3262 §3)", (*step).pracked),
			Offered, Alerting, Accepting, Answering, Parting, Up, Modifying, Reanswering))

	fill(t, KindOther, on("481: no dialog", func(s *step, in OtherReceived) { gone(s, in.Tx) }),
		same(on("405", func(s *step, in OtherReceived) { s.answer(in.Tx, 405, "Method Not Allowed") }),
			Offered, Alerting, Accepting, Answering, Parting, Calling, Up, Modifying, Reanswering, Ending))

	fill(t, KindRefer, on("481: no dialog", func(s *step, in ReferReceived) { gone(s, in.Tx) }),
		with(same(on("tell the exchange, which answers; 202 and NOTIFY 481 when what it names is gone (RFC 3515, RFC 5589)", (*step).referred), Up, Modifying, Reanswering),
			on("403: only a call that was answered is transferred", func(s *step, in ReferReceived) { s.answer(in.Tx, 403, "Forbidden") }),
			Offered, Alerting, Accepting, Answering, Calling))
}

func answers(t *cells) {
	fill(t, KindResponse, on("the answer to an UPDATE, a NOTIFY or the BYE of a surplus dialog; a late 2xx: ACK and BYE", (*step).laterResponse),
		with(with(with(same(
			on("ring, answer, or note the refusal", (*step).callingResponse), Calling),
			on("CANCEL after a 1xx; a 2xx that crossed: ACK and BYE; after the last final response tell the exchange", (*step).withdrawingResponse), Withdrawing),
			on("the answer to our re-INVITE", (*step).modifyingResponse), Modifying),
			on("tell the exchange; over, once everything is answered", (*step).endingResponse), Ending))
	none(t, KindResponse)

	fill(t, KindFailed, on("what it asked is given up; a refresh nobody answered ends the dialog (RFC 4028 §10)", (*step).laterFailure),
		with(with(with(same(
			on("note it as a refusal", (*step).callingFailure), Calling),
			on("that contact is gone; after the last one tell the exchange", (*step).withdrawingFailure), Withdrawing),
			on("408 ends the dialog (RFC 3261 §12.2.1.2)", (*step).modifyingFailure), Modifying),
			on("tell the exchange; over, once everything is answered", (*step).endingFailure), Ending))
	none(t, KindFailed)

	fill(t, KindAuthorized, on("send the request again with it", (*step).authorizedPending),
		with(same(
			on("send the INVITE again with it", (*step).authorizedInvite), Calling),
			on("send the BYE of a 2xx that crossed again with it", (*step).authorizedWithdrawing), Withdrawing))
	none(t, KindAuthorized)
}

// none marks the phases in which no request of ours can be out.
func none(t *cells, k Kind) {
	for _, p := range []Phase{New, Opening, Placing} {
		t[k][p] = ignored("nothing of ours was sent")
	}
}

func rim(t *cells) {
	fill(t, KindPortOpened, ignored("no port was asked for"),
		with(with(with(same(
			on("tell the exchange", (*step).portForOffer), Opening),
			on("send the INVITEs of the first turn", (*step).portForPlace), Placing),
			on("the media process restarted: re-INVITE if the port moved", (*step).portAgain), Up),
			on("the media process restarted: the peer is told when the leg is up", (*step).portMoved), Offered, Alerting, Accepting, Answering, Calling, Modifying, Reanswering))
	fill(t, KindPortFailed, ignored("no port is needed any more"),
		with(with(with(same(
			on("503", (*step).noPortForOffer), Opening),
			on("refused: media", (*step).noPortForPlace), Placing),
			on("try again in a second, for half a minute", (*step).portLate), Answering, Parting, Up, Modifying, Reanswering),
			on("try again in a second: early sound only", (*step).portLate), Offered, Alerting, Accepting, Calling))
	fill(t, KindTimer, ignored("no timer runs"), map[Phase]cell{
		Offered:     on("provisional response again (RFC 3261 §13.3.1.1, RFC 3262 §3); without PRACK: 504", (*step).fired),
		Alerting:    on("provisional response again (RFC 3261 §13.3.1.1, RFC 3262 §3); without PRACK: 504", (*step).fired),
		Accepting:   on("reliable response again; without PRACK: 504 (RFC 3262 §3)", (*step).fired),
		Answering:   on("200 again; without ACK: BYE (RFC 3261 §13.3.1.4)", (*step).fired),
		Parting:     on("200 again; without ACK: BYE (RFC 3261 §13.3.1.4); after 2 s tell the exchange", (*step).fired),
		Calling:     on("timer C: CANCEL; nobody said anything: the next turn (RFC 3263 §4.3), or refused", (*step).fired),
		Withdrawing: on("timer C or no final response: that contact is gone; after 2 s tell the exchange", (*step).fired),
		Up:          on("re-INVITE after glare; media port again; other contacts; refresh the session, or BYE when nobody did (RFC 4028 §10)", (*step).fired),
		Modifying:   on("media port again; other contacts; BYE when nobody refreshed the session (RFC 4028 §10)", (*step).fired),
		Reanswering: on("200 again; without ACK: BYE; BYE when nobody refreshed the session (RFC 4028 §10)", (*step).fired),
		Ending:      on("other contacts; after 2 s tell the exchange", (*step).fired),
		Over:        on("forget", (*step).fired),
	})
}

func commands(t *cells) {
	fill(t, KindPlace, ignored("the leg exists: the exchange places each once"), same(on("open a media port", (*step).place), New))
	fill(t, KindProgress, ignored("not a leg that waits for an answer: it crossed with its end or its answer"),
		with(same(on("180, or 183 with sound", (*step).progress), Offered, Alerting),
			ignored("the answer waits only for a PRACK"), Accepting))
	fill(t, KindAnswer, ignored("not a leg that waits for an answer: it crossed with its end"),
		with(same(on("200; it waits for the PRACK of a description (RFC 3262 §3)", (*step).accept), Offered, Alerting),
			ignored("answered already: it waits for a PRACK"), Accepting))
	fill(t, KindRefuse, ignored("already answered or over: it crossed with its end"),
		with(with(with(with(same(on("the final response of the table", (*step).refuse), Offered, Alerting, Accepting, Opening),
			on("as HangUp: the exchange gives the leg up", func(s *step, _ Refuse) { s.hangUpAnswering(HangUp{}) }), Answering),
			on("as HangUp: the exchange gives the leg up", func(s *step, _ Refuse) { s.hangUpPlacing(HangUp{}) }), Placing),
			on("as HangUp: the exchange gives the leg up", func(s *step, _ Refuse) { s.hangUpCalling(HangUp{}) }), Calling),
			on("as HangUp: the exchange gives the leg up", func(s *step, _ Refuse) { s.hangUp(HangUp{}) }), Up, Modifying, Reanswering))
	fill(t, KindHangUp, ignored("already ended"),
		with(with(with(with(with(same(
			on("487 to the INVITE", (*step).hangUpOffered), Opening, Offered, Alerting, Accepting),
			on("BYE has to wait for the ACK (RFC 3261 §15)", (*step).hangUpAnswering), Answering),
			on("nothing was sent yet: gone", (*step).hangUpPlacing), Placing),
			on("CANCEL (RFC 3261 §9.1)", (*step).hangUpCalling), Calling),
			on("BYE", (*step).hangUp), Up, Modifying, Reanswering),
			ignored("hung up already"), Parting, Withdrawing, Ending))
	fill(t, KindReferTold, ignored("the dialog of the REFER is not there any more, or there was none"),
		same(on("202 and NOTIFY, or the final response of the table (RFC 3515 §2.4.4)", (*step).referTold), Up, Modifying, Reanswering))
	fill(t, KindHold, ignored("only a session that stands, with nothing of ours under way, is changed"), same(on("re-INVITE (RFC 3264 §8.4)", (*step).hold), Up))
	fill(t, KindRefresh, ignored("only a session that stands is refreshed"), same(on("UPDATE, or re-INVITE (RFC 4028 §7.4)", (*step).refreshNow), Up))
	fill(t, KindReoffer, ignored("no media to speak of, or none yet"),
		same(on("open the port again", func(s *step, _ Reoffer) { s.emit(OpenPort{}) }), Up, Offered, Alerting, Accepting, Answering, Calling, Modifying, Reanswering))
	fill(t, KindResume, ignored("only confirmed dialogs go on after a restart"),
		same(on("back to Up; what was out is given up", (*step).resume), Up, Modifying, Reanswering))
}
