package agent

import "fmt"

// Audit names every promise about one agent that does not hold; it is empty for a sound one.
func (a *Agent) Audit() (bad []string) {
	say := func(broken bool, format string, args ...any) {
		if broken {
			bad = append(bad, fmt.Sprintf("agent %s: ", a.ID)+fmt.Sprintf(format, args...))
		}
	}
	say(a.Lock != Unlocked && a.Declared == Unavailable, "locked in %s, which no supervisor chose", a.Declared)
	say(a.Rest != 0 && !a.Activity.Busy(), "has a wrap-up broken off, and no call that did it")
	say(a.Lock != Unlocked && a.Activity == WrapUp, "locked, and writes up a call")
	say(a.Lock != Unlocked && a.Next.Chosen() && !a.Next.Forced(), "locked, and will be in %s by no supervisor's word", a.Next.Declared)
	say(a.Lock == Unlocked && (a.LockBy != "" || a.LockNote != ""), "not locked, by %q", a.LockBy)
	say(a.Next.Chosen() && (a.Activity == Idle || a.Session != LoggedIn), "%s, %s, and waits for the end of a call", a.Session, a.Activity)
	say(a.Declared == Available && a.Pause != "", "available for the reason %q", a.Pause)
	say(a.Declared == Unavailable && a.Pause == "", "unavailable for no reason")
	say((a.Toolbar == ToolbarLost) != (a.Grace != 0), "toolbar %s with grace timer %d", a.Toolbar, a.Grace)
	say(a.Toolbar == ToolbarDue && a.Activity == Idle, "idle, and the end of a call is awaited")
	say((a.Off != 0) != (a.OffUntil != 0), "busy elsewhere until %d with timer %d", a.OffUntil, a.Off)
	return bad
}
