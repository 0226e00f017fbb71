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
	maxLine        = 160 // bytes of a line that are kept
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
	rungs []Rung
	next  int // where the oldest rung is, once rungs is full
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
	rung, id, method := redact(raw)
	if id == "" {
		return
	}
	rung.At, rung.Sent, rung.Remote = at, sent, remote
	l.mu.Lock()
	defer l.mu.Unlock()
	set := &l.others
	if l.calls.byID[id] != nil || method == "INVITE" {
		set = &l.calls
	}
	set.add(id, rung)
}

func (s *ladderSet) add(id string, r Rung) {
	e := s.byID[id]
	if e == nil {
		if len(s.byID) >= s.max {
			oldest := s.age.Back()
			delete(s.byID, s.age.Remove(oldest).(*ladder).id)
		}
		e = s.age.PushFront(&ladder{id: id})
		s.byID[id] = e
	} else {
		s.age.MoveToFront(e)
	}
	d := e.Value.(*ladder)
	if len(d.rungs) < s.depth {
		d.rungs = append(d.rungs, r)
		return
	}
	d.rungs[d.next] = r
	d.next = (d.next + 1) % s.depth
}

// Trace is the ladder of a Call-ID, oldest message first, or nil when it is not remembered.
func (s *Stack) Trace(callID string) []Rung {
	s.ladder.mu.Lock()
	defer s.ladder.mu.Unlock()
	for _, set := range []*ladderSet{&s.ladder.calls, &s.ladder.others} {
		if e := set.byID[callID]; e != nil {
			d := e.Value.(*ladder)
			return append(append([]Rung(nil), d.rungs[d.next:]...), d.rungs[:d.next]...)
		}
	}
	return nil
}

// redact keeps of a message its first line and the headers of an allow-list: never credentials, never a body (the digits of an INFO are there).
func redact(raw []byte) (r Rung, callID, method string) {
	first := true
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\r\n"))
		raw = rest
		if len(line) == 0 {
			break
		}
		if first {
			r.First, first = cut(line), false
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		full := toldHeader(string(bytes.TrimSpace(name)))
		if full == "" {
			continue
		}
		value = bytes.TrimSpace(value)
		switch full {
		case "Call-ID":
			callID = string(value)
			continue
		case "CSeq":
			if f := bytes.Fields(value); len(f) == 2 {
				method = string(f[1])
			}
		}
		r.Headers = append(r.Headers, full+": "+cut(value))
	}
	return r, callID, method
}

func cut(line []byte) string {
	if len(line) > maxLine {
		return string(line[:maxLine]) + "…"
	}
	return string(line)
}

// toldHeader gives the full name of a header worth telling, or nothing.
func toldHeader(name string) string {
	switch strings.ToLower(name) {
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
