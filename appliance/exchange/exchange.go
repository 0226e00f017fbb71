// Package exchange is the telephone exchange itself: it decides what happens to every call, and does nothing else.
//
// It is pure. [State.Step] takes the time and one thing that happened, and gives back what to do and what to remember. There is no clock,
// goroutine, lock, network, file or log in here or below: one goroutine of the rim owns the state and feeds it.
//
// The rim drives it like this: [New], then [Started] and [SiteChanged], then every [Input] as it comes; after each step it hands the facts to
// the journal and carries out the effects in their order. A [StartTimer] asks for [TimerFired] at its time. To survive a restart of the
// process it keeps what [State.Encode] wrote; the next process calls [Restore], [State.Resume] with the dialogs it took over, and goes on.
// A [*VersionError] from Restore means that the calls cannot be resumed and are left to end.
//
// What follows from what was decided here and not elsewhere: a call of an extension to an extension or outside that was not answered is
// failed, with the refusal as its cause ("busy", "no_answer", …), unless the caller left first: cancelled while the other phone rang,
// abandoned before. A phone that was called and never rang is an unreachable offer, not a missed one. RingMS is the time phones rang,
// TalkMS includes HoldMS.
package exchange
