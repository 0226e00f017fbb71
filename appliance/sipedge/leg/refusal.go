package leg

import "autocom/appliance/exchange"

// This is the one table between refusals and SIP codes.

// RefusalOf says in the exchange's words what a final response means, by who sent it: a 404 from a carrier is a wrong number, from a phone it
// is a phone that is not there.
func RefusalOf(status int, from exchange.OriginKind) exchange.Refusal {
	switch status {
	case 300, 301, 302, 305, 380: // a phone's own forward is not followed: where calls go is the box's affair (FEATURES §13, point 15)
		if from == exchange.FromExtension {
			return exchange.RefusedUnreachable
		}
		return exchange.RefusedFailed
	case 486, 600:
		return exchange.RefusedBusy
	case 603, 607:
		return exchange.RefusedDeclined
	case 404, 484, 604:
		if from == exchange.FromTrunk {
			return exchange.RefusedNoNumber
		}
		return exchange.RefusedUnreachable
	case 408, 410, 480, 430:
		return exchange.RefusedUnreachable
	case 415, 488, 606:
		return exchange.RefusedMedia
	case 503:
		return exchange.RefusedCongestion
	case 403:
		return exchange.RefusedForbidden
	case 482, 483:
		return exchange.RefusedLoop
	default:
		return exchange.RefusedFailed
	}
}

// StatusOf is the final response that says a refusal.
func StatusOf(r exchange.Refusal) (int, string) {
	switch r {
	case exchange.RefusedBusy:
		return 486, "Busy Here"
	case exchange.RefusedDeclined:
		return 603, "Decline"
	case exchange.RefusedUnreachable, exchange.RefusedNoAnswer:
		return 480, "Temporarily Unavailable"
	case exchange.RefusedMedia:
		return 488, "Not Acceptable Here"
	case exchange.RefusedNoNumber:
		return 404, "Not Found"
	case exchange.RefusedCongestion:
		return 503, "Service Unavailable"
	case exchange.RefusedForbidden:
		return 403, "Forbidden"
	case exchange.RefusedLoop:
		return 483, "Too Many Hops"
	case exchange.RefusedGone:
		return 481, "Call/Transaction Does Not Exist"
	case exchange.RefusedFailed:
		return 500, "Server Internal Error"
	default:
		return 500, "Server Internal Error"
	}
}

// weight orders the refusals of several phones of one extension: what a person did weighs more than what a network did.
func weight(status int, from exchange.OriginKind) int {
	if status >= 600 {
		return 100
	}
	switch RefusalOf(status, from) {
	case exchange.RefusedBusy:
		return 90
	case exchange.RefusedDeclined:
		return 80
	case exchange.RefusedMedia:
		return 70
	case exchange.RefusedForbidden, exchange.RefusedNoNumber, exchange.RefusedLoop:
		return 60
	case exchange.RefusedCongestion:
		return 50
	case exchange.RefusedFailed:
		return 40
	default:
		return 10
	}
}
