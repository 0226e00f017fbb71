package stack

import (
	"bytes"
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Ladder bounds the memory of messages that [Stack.Trace] reads. Zero fields stand for the defaults.
type Ladder struct {
	Calls    int // Call-IDs of calls remembered; 256
	Others   int // Call-IDs of registrations, qualifies and the like; 256, with 8 messages each
	Messages int // last messages of each call; 48
}

// Rung is one message of a call's ladder, without its body and without anything secret.
type Rung struct {
	At      time.Time
	Sent    bool // by us; else received
	Remote  netip.AddrPort
	First   string   // the start line
	Headers []string // the headers that tell the story, "Name: value"
}

const (
	othersMessages = 8
	maxLine        = 160     // bytes of a line that are kept
	noteRoom       = 1 << 10 // bytes of a message's lines as a rule; more is no harm
)

// ladders keeps the last messages of the last calls. Registrations have a ring of their own, or they would wash the calls out.
type ladders struct {
	mu     sync.Mutex
	calls  ladderSet
	others ladderSet
}

type ladderSet struct {
	max, depth int
	byID       map[string]*list.Element
	age        list.List // of *ladder, the one heard of last in front
}

type ladder struct {
	id    string
	notes []noted
	next  int // where the oldest note is, once notes is full
}

// noted is a message as it is remembered. It is made a Rung of when somebody asks: nearly all are forgotten unread.
type noted struct {
	at     time.Time
	sent   bool
	remote netip.AddrPort
	text   string // the lines of the rung
}

func (n noted) rung() Rung {
	lines := strings.Split(n.text, "\n")
	return Rung{At: n.at, Sent: n.sent, Remote: n.remote, First: lines[0], Headers: lines[1:]}
}

func newLadders(cfg Ladder) *ladders {
	orDefault := func(n, def int) int {
		if n <= 0 {
			return def
		}
		return n
	}
	return &ladders{
		calls:  ladderSet{max: orDefault(cfg.Calls, 256), depth: orDefault(cfg.Messages, 48), byID: make(map[string]*list.Element)},
		others: ladderSet{max: orDefault(cfg.Others, 256), depth: othersMessages, byID: make(map[string]*list.Element)},
	}
}

// note remembers a message by its bytes, so that no message is touched that another goroutine may own.
func (l *ladders) note(at time.Time, sent bool, remote netip.AddrPort, raw []byte) {
	var room [noteRoom]byte
	text, id, invite := redact(room[:0], raw)
	if len(id) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	set := &l.others
	if invite || l.calls.byID[string(id)] != nil {
		set = &l.calls
	}
	set.add(id, noted{at, sent, remote, string(text)})
}

func (s *ladderSet) add(id []byte, n noted) {
	e := s.byID[string(id)]
	if e == nil {
		if len(s.byID) >= s.max {
			oldest := s.age.Back()
			delete(s.byID, s.age.Remove(oldest).(*ladder).id)
		}
		e = s.age.PushFront(&ladder{id: string(id)})
		s.byID[string(id)] = e
	} else {
		s.age.MoveToFront(e)
	}
	d := e.Value.(*ladder)
	if len(d.notes) < s.depth {
		d.notes = append(d.notes, n)
		return
	}
	d.notes[d.next] = n
	d.next = (d.next + 1) % s.depth
}

// Trace is the ladder of a Call-ID, oldest message first, or nil when it is not remembered.
func (s *Stack) Trace(callID string) []Rung {
	s.ladder.mu.Lock()
	defer s.ladder.mu.Unlock()
	for _, set := range []*ladderSet{&s.ladder.calls, &s.ladder.others} {
		if e := set.byID[callID]; e != nil {
			d := e.Value.(*ladder)
			rungs := make([]Rung, 0, len(d.notes))
			for i := range d.notes {
				rungs = append(rungs, d.notes[(d.next+i)%len(d.notes)].rung())
			}
			return rungs
		}
	}
	return nil
}

// redact keeps of a message its first line and the headers of an allow-list: never credentials, never a body (the digits of an INFO are there).
// The lines are added to text; callID is a part of raw.
func redact(text, raw []byte) (lines, callID []byte, invite bool) {
	first := true
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\r\n"))
		raw = rest
		if len(line) == 0 {
			break
		}
		if first {
			text, first = cut(text, line), false
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		full := toldHeader(bytes.TrimSpace(name))
		if full == "" {
			continue
		}
		value = bytes.TrimSpace(value)
		switch full {
		case "Call-ID":
			callID = value
			continue
		case "CSeq":
			_, method, _ := bytes.Cut(value, []byte(" "))
			invite = string(bytes.TrimSpace(method)) == "INVITE"
		}
		text = append(text, '\n')
		text = append(text, full...)
		text = append(text, ": "...)
		text = cut(text, value)
	}
	return text, callID, invite
}

// cut adds a line to text, in one piece and not too much of it.
func cut(text, line []byte) []byte {
	end := min(len(line), maxLine)
	if i := bytes.IndexByte(line[:end], '\n'); i >= 0 {
		end = i
	}
	text = append(text, line[:end]...)
	if end < len(line) {
		text = append(text, "…"...)
	}
	return text
}

// toldHeader gives the full name of a header worth telling, or nothing.
func toldHeader(name []byte) string {
	var lower [16]byte
	if len(name) > len(lower) {
		return ""
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(name)]) {
	case "call-id", "i":
		return "Call-ID"
	case "cseq":
		return "CSeq"
	case "from", "f":
		return "From"
	case "to", "t":
		return "To"
	case "contact", "m":
		return "Contact"
	case "via", "v":
		return "Via"
	case "content-type", "c":
		return "Content-Type"
	case "content-length", "l":
		return "Content-Length"
	case "user-agent":
		return "User-Agent"
	case "server":
		return "Server"
	case "reason":
		return "Reason"
	case "retry-after":
		return "Retry-After"
	case "refer-to", "r":
		return "Refer-To"
	case "replaces":
		return "Replaces"
	case "require":
		return "Require"
	case "unsupported":
		return "Unsupported"
	case "warning":
		return "Warning"
	case "expires":
		return "Expires"
	default:
		return ""
	}
}
