package console

// becauseOfTheLines says what was refused because of numbers, lines, limits and room.
func becauseOfTheLines(code string) string {
	switch code {
	case "box.full":
		return "the box carries as many calls as it may"
	case "disk.low":
		return "the disk is too full for another recording: export and erase some"
	case "exchange.fault":
		return "the box made a mistake there: its journal says which (call.faulted)"
	case "trunk.channels_full":
		return "every channel of that line is taken"
	case "trunk.down":
		return "that line cannot be used now"
	case "trunk.none_serves":
		return "no line of the site document serves that number"
	case "trunk.to_trunk":
		return "a call from outside does not lead outside again"
	case "toll.calls", "toll.calls_each":
		return "as many calls outside as the site allows are under way"
	case "toll.class", "toll.country":
		return "the site lets nobody call such numbers"
	case "toll.night":
		return "the lines outside are locked for the night"
	case "outbound.denied", "transfer.denied":
		return "a list of the site, the queue or the agent bans that number"
	case "outbound.not_listed", "transfer.not_listed":
		return "a list of the site, the queue or the agent does not name that number"
	case "agent.no_outside_right":
		return "that agent may not call outside"
	case "number.not_ours":
		return "nobody has that number here"
	case "number.not_outside":
		return "that is no number outside"
	case "number.outside_prefix_missing":
		return "dial the prefix for outside first"
	case "number.desk":
		return "that is a code for phones, not a number"
	case "service.suspended":
		return "that service is suspended"
	case "extension.self":
		return "that is the same phone"
	case "section.unknown":
		return "there is no such section"
	case "call.merged":
		return "that call has become part of another"
	case "call.not_lifted":
		return "nobody lifted the phone that was rung first"
	case "call.too_many_hops":
		return "that call goes round in a circle"
	case "queue.full":
		return "the queue has no place left"
	case "queue.nobody_there":
		return "nobody is there for that queue"
	case "queue.waited_too_long":
		return "the caller waited as long as the queue lets them"
	case "callback.unknown":
		return "there is no such callback"
	case "callback.no_subject":
		return "nobody can be called back whose number is not known"
	case "callback.too_many", "callback.too_far":
		return "there are too many callbacks already, or that one is too far ahead"
	case "callback.slot":
		return "that slot is over before it begins: choose an end after its beginning"
	case "callback.throttle":
		return "that number has asked to be called back often enough for today"
	case "replaces.gone", "replaces.not_ours", "replaces.not_replaceable", "replaces.trunk", "transfer.no_consultation":
		return "that call cannot be taken over: it is gone, or not one of this house"
	case "transfer.kind":
		return "there is no such kind of transfer"
	case "transfer.none", "transfer.nobody", "transfer.not_now":
		return "nobody is being handed over, or not in that way now"
	case "transfer.no_word":
		return "that is done only once the target was spoken with"
	case "transfer.nobody_took_it":
		return "nobody took the caller"
	case "transfer.party_left":
		return "the caller has hung up"
	case "code.wrong", "code.too_many_tries":
		return "that code is wrong, or was wrong too often"
	default:
		return ""
	}
}
