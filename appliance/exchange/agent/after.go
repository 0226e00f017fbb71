package agent

// Rule is what decided an agent's status when what they did on the telephone was over (FEATURES §2.3: forced status > lock > PPA > auto-pause >
// wrap-up > previous status).
type Rule string

// The rules, in their order; each is the code of a reason.
const (
	RuleForced      Rule = "agent.forced"
	RuleLocked      Rule = "agent.locked"
	RuleChosen      Rule = "agent.next_status" // the PPA, which takes the place of the wrap-up (FEATURES §14 b)
	RuleAutoPause   Rule = "agent.auto_pause"
	RuleWrapUp      Rule = "agent.wrapup"
	RuleToolbarLost Rule = "agent.toolbar_lost" // the toolbar went away during the call
	RulePrevious    Rule = ""
)

// After is the status an agent has when the telephone is over, and by which rule. wrapUp says that the queue gives time to write the call up.
func (a *Agent) After(wrapUp bool) (Status, Rule) {
	now := Status{a.Declared, a.Pause}
	next, rule := Status{a.Next.Declared, a.Next.Pause}, RulePrevious
	switch {
	case a.Next.Forced():
		return next, RuleForced
	case a.Lock != Unlocked:
		return now, RuleLocked
	case a.Next.Chosen() && a.Next.By == ByAgent:
		rule = RuleChosen
	case a.Next.Chosen():
		rule = RuleAutoPause
	case wrapUp && a.Session == LoggedIn:
		return now, RuleWrapUp
	default:
		next = now
	}
	if a.Toolbar == ToolbarDue && next.Declared == Available && a.Session == LoggedIn {
		return Status{Unavailable, WhyToolbarLost}, RuleToolbarLost
	}
	return next, rule
}
