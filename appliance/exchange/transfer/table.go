package transfer

// Step is the whole life of a transfer: the next state for every state and event.
func Step(s State, e Event) Move {
	if s < Calling || s > Over || e < TargetRang || e > CallOver {
		return Move{Next: s, Ignore: "no such state or event"}
	}
	m := moves[s][e]
	if m.Ignore != "" {
		m.Next = s
	}
	return m
}

const (
	ringsAlready = "it rings already"
	talksAlready = "it has answered: it may leave, it is not lost"
	hasLeft      = "whoever hands over has left"
	noRecall     = "nobody is rung back"
	noTarget     = "the target was given up"
	notYet       = "the target has not answered"
	itself       = "the party is handed over as soon as the target answers"
	noWord       = "nobody talks with the target: the call ends with the party"
	talks        = "they talk with the target: the party goes nowhere by itself"
	threeTalk    = "all three talk already"
	over         = "the first end won"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var moves = [Over + 1][CallOver + 1]Move{
	Calling: {
		TargetRang: {Next: Ringing, Do: SayRinging}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Over, Do: GiveBack},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: CallingAlone}, Completed: {Ignore: itself}, Conferred: {Ignore: notYet},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Ringing: {
		TargetRang: {Ignore: ringsAlready}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Over, Do: GiveBack},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: RingingAlone}, Completed: {Ignore: itself}, Conferred: {Ignore: notYet},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	CallingAlone: {
		TargetRang: {Next: RingingAlone}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Recalling, Do: Recall},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Ignore: hasLeft}, Completed: {Ignore: hasLeft}, Conferred: {Ignore: hasLeft},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Ignore: hasLeft},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	RingingAlone: {
		TargetRang: {Ignore: ringsAlready}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Recalling, Do: Recall},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Ignore: hasLeft}, Completed: {Ignore: hasLeft}, Conferred: {Ignore: hasLeft},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Ignore: hasLeft},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	CallingFirst: {
		TargetRang: {Next: RingingFirst}, TargetAnswered: {Next: Consulting, Do: Consult}, TargetLost: {Next: Keeping, Do: Keep},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: Recalling, Do: Recall}, Completed: {Next: Calling, Do: GoBlind}, Conferred: {Ignore: notYet},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	RingingFirst: {
		TargetRang: {Ignore: ringsAlready}, TargetAnswered: {Next: Consulting, Do: Consult}, TargetLost: {Next: Keeping, Do: Keep},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: Recalling, Do: Recall}, Completed: {Next: Ringing, Do: GoBlind}, Conferred: {Ignore: notYet},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: notYet}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Consulting: {
		TargetRang: {Ignore: talksAlready}, TargetAnswered: {Ignore: talksAlready}, TargetLost: {Ignore: talksAlready}, Queued: {Ignore: talks},
		ReferrerLeft: {Next: Over, Do: Join}, Completed: {Next: Over, Do: Join}, Conferred: {Next: Conferring, Do: Confer},
		PartyLeft: {Next: Over, Do: Split}, TargetLeft: {Next: Keeping, Do: Keep}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Keeping: {
		TargetRang: {Ignore: noTarget}, TargetAnswered: {Ignore: noTarget}, TargetLost: {Ignore: noTarget}, Queued: {Ignore: noTarget},
		ReferrerLeft: {Next: Recalling, Do: Recall}, Completed: {Ignore: noTarget}, Conferred: {Ignore: noTarget},
		PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: noTarget}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Conferring: {
		TargetRang: {Ignore: talksAlready}, TargetAnswered: {Ignore: talksAlready}, TargetLost: {Ignore: talksAlready}, Queued: {Ignore: talks},
		ReferrerLeft: {Next: Over, Do: Join}, Completed: {Next: Over, Do: Join}, Conferred: {Ignore: threeTalk},
		PartyLeft: {Next: Over, Do: Split}, TargetLeft: {Next: Over, Do: GiveBack}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Recalling: {
		TargetRang: {Ignore: noTarget}, TargetAnswered: {Ignore: noTarget}, TargetLost: {Ignore: noTarget}, Queued: {Ignore: noTarget},
		ReferrerLeft: {Ignore: hasLeft}, Completed: {Ignore: hasLeft}, Conferred: {Ignore: hasLeft}, PartyLeft: {Ignore: noWord}, TargetLeft: {Ignore: noTarget},
		TakenBack: {Ignore: hasLeft}, RecallAnswered: {Next: Over, Do: GiveBack}, RecallLost: {Next: Over, Do: Return}, CallOver: {Next: Over, Do: End},
	},
	Over: {
		TargetRang: {Ignore: over}, TargetAnswered: {Ignore: over}, TargetLost: {Ignore: over}, Queued: {Ignore: over}, ReferrerLeft: {Ignore: over},
		Completed: {Ignore: over}, Conferred: {Ignore: over}, PartyLeft: {Ignore: over}, TargetLeft: {Ignore: over},
		TakenBack: {Ignore: over}, RecallAnswered: {Ignore: over}, RecallLost: {Ignore: over}, CallOver: {Ignore: over},
	},
}
