package agent

// Line is what is known of the agent's phone.
type Line string

// The lines. Only the first can be called for a queue.
const (
	Registered   Line = "registered"
	Unregistered Line = "unregistered"
	DoNotDisturb Line = "dnd"               // its extension takes no calls, by choice
	OffPlatform  Line = "off_platform_busy" // it said busy while we had no call on it (the guide: « il a un appel hors Voice Management […] »)
)

// Reason is the code of why a phone in that state is not called.
func (l Line) Reason() string {
	switch l {
	case Registered:
		return ""
	case DoNotDisturb:
		return "line.dnd"
	case OffPlatform:
		return "line.off_platform_busy"
	default:
		return "line.unregistered"
	}
}

// LineOf is an extension's line: a phone that is not there goes before what it would do.
func LineOf(reachable, dnd, offPlatform bool) Line {
	switch {
	case !reachable:
		return Unregistered
	case dnd:
		return DoNotDisturb
	case offPlatform:
		return OffPlatform
	default:
		return Registered
	}
}
