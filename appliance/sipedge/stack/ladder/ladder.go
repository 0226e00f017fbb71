package ladder

import (
	"bytes"
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"

	"autocom/appliance/sipedge/stack/spelling"
)

// Bounds are those of the memory. Zero fields stand for the defaults.
type Bounds struct {
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

// Book keeps the last messages of the last calls. Registrations have a ring of their own, or they would wash the calls out. It may be used
// from any goroutine.
type Book struct {
	mu     sync.Mutex
	calls  set
	others set
}

type set struct {
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

// New makes an empty book.
func New(cfg Bounds) *Book {
	orDefault := func(n, def int) int {
		if n <= 0 {
			return def
		}
		return n
	}
	return &Book{
		calls:  set{max: orDefault(cfg.Calls, 256), depth: orDefault(cfg.Messages, 48), byID: make(map[string]*list.Element)},
		others: set{max: orDefault(cfg.Others, 256), depth: othersMessages, byID: make(map[string]*list.Element)},
	}
}

// Note remembers a message by its bytes, so that no message is touched that another goroutine may own. raw is not kept.
func (l *Book) Note(at time.Time, sent bool, remote netip.AddrPort, raw []byte) {
	var room [noteRoom]byte
	text, id, invite := redact(room[:0], raw)
	if len(id) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	in := &l.others
	if invite || l.calls.byID[string(id)] != nil {
		in = &l.calls
	}
	in.add(id, noted{at, sent, remote, string(text)})
}

func (s *set) add(id []byte, n noted) {
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
func (l *Book) Trace(callID string) []Rung {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range []*set{&l.calls, &l.others} {
		if e := in.byID[callID]; e != nil {
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
		full := spelling.Name(bytes.TrimSpace(name))
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
	from := len(text)
	text = append(text, line[:end]...)
	veil(text[from:])
	if end < len(line) {
		text = append(text, "…"...)
	}
	return text
}

// veil hides what is dialled after the first digits of a feature code, in place: an agent's code follows "*11". A user part begins with * or #, as it
// is or escaped (RFC 3261 §19.1.2).
func veil(line []byte) {
	for {
		i := bytes.IndexByte(line, ':') // sip:, sips:, tel:
		if i < 0 {
			return
		}
		line = line[i+1:]
		shown := 0
		switch {
		case len(line) == 0:
			return
		case line[0] == '*' || line[0] == '#':
			shown = 3
		case len(line) > 2 && line[0] == '%' && line[1] == '2' && (line[2] == 'A' || line[2] == 'a' || line[2] == '3'):
			shown = 5
		default:
			continue
		}
		for j := range line {
			if c := line[j]; c == '@' || c == ';' || c == '>' || c == '"' || c == ' ' {
				break
			}
			if j >= shown {
				line[j] = '.'
			}
		}
	}
}
