package stack

import (
	"hash/maphash"
	"strconv"
	"time"

	"autocom/appliance/sipedge/stack/verdict"
)

// refuseText answers a request of which there is only the text, back to where it came from.
func (l *ear) refuseText(raw []byte, status int) {
	tag := strconv.FormatUint(maphash.Bytes(l.stack.tagSeed, raw), 36)
	if answer := verdict.AnswerText(raw, status, tag); answer != nil {
		// A write that fails is the peer's loss.
		_ = l.write(answer, l.remote)
	}
}

// unparsable deals with a datagram that passed the firewall and is no SIP message for sipgo.
func (l *ear) unparsable() {
	s := l.stack
	defer s.recovered("unparsable", nil)
	s.counters.drop(DropUnparsable)
	s.guard.Strike(l.remote.Addr(), ReasonUnparsable, time.Now())
	if s.parseLog.due(time.Now(), 10*time.Second) {
		s.log.Warn("SIP message could not be parsed", "from", l.remote, "bytes", len(l.raw),
			"so_far", s.counters.dropped[DropUnparsable].Load())
	}
	l.refuseText(l.raw, verdict.OfText(l.raw))
}
