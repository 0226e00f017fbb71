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
	hasLeft      = "whoever hands over has left"
	noRecall     = "nobody is rung back"
	noTarget     = "the target was given up"
	over         = "the first end won"
)

//nolint:gochecknoglobals // the table itself; never assigned again
var moves = [Over + 1][CallOver + 1]Move{
	Calling: {
		TargetRang: {Next: Ringing, Do: SayRinging}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Over, Do: GiveBack},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: CallingAlone}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Ringing: {
		TargetRang: {Ignore: ringsAlready}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Over, Do: GiveBack},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Next: RingingAlone}, TakenBack: {Next: Over, Do: GiveBack},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	CallingAlone: {
		TargetRang: {Next: RingingAlone}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Recalling, Do: Recall},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Ignore: hasLeft}, TakenBack: {Ignore: hasLeft},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	RingingAlone: {
		TargetRang: {Ignore: ringsAlready}, TargetAnswered: {Next: Over, Do: Join}, TargetLost: {Next: Recalling, Do: Recall},
		Queued: {Next: Over, Do: LetGo}, ReferrerLeft: {Ignore: hasLeft}, TakenBack: {Ignore: hasLeft},
		RecallAnswered: {Ignore: noRecall}, RecallLost: {Ignore: noRecall}, CallOver: {Next: Over, Do: End},
	},
	Recalling: {
		TargetRang: {Ignore: noTarget}, TargetAnswered: {Ignore: noTarget}, TargetLost: {Ignore: noTarget}, Queued: {Ignore: noTarget},
		ReferrerLeft: {Ignore: hasLeft}, TakenBack: {Ignore: hasLeft}, RecallAnswered: {Next: Over, Do: GiveBack},
		RecallLost: {Next: Over, Do: Return}, CallOver: {Next: Over, Do: End},
	},
	Over: {
		TargetRang: {Ignore: over}, TargetAnswered: {Ignore: over}, TargetLost: {Ignore: over}, Queued: {Ignore: over}, ReferrerLeft: {Ignore: over},
		TakenBack: {Ignore: over}, RecallAnswered: {Ignore: over}, RecallLost: {Ignore: over}, CallOver: {Ignore: over},
	},
}
