package leg

import (
	"iter"
	"strings"
)

// Able is what the peer says it can do, as far as it matters to a dialog.
type Able struct {
	Reliable bool `json:"reliable,omitempty"` // 100rel (RFC 3262)
	Demands  bool `json:"demands,omitempty"`  // it requires 100rel of this INVITE
	Timer    bool `json:"timer,omitempty"`    // session timers (RFC 4028)
	Update   bool `json:"update,omitempty"`   // UPDATE (RFC 3311)
}

// The option tags a dialog knows.
const (
	tagReliable = "100rel"
	tagTimer    = "timer"
)

// tokens is the values of a header that is a list, as single words.
func tokens(list []Header, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, h := range list {
			if !strings.EqualFold(h.Name, name) {
				continue
			}
			for word := range strings.SplitSeq(h.Value, ",") {
				if word = strings.TrimSpace(word); word != "" && !yield(word) {
					return
				}
			}
		}
	}
}

func lists(list []Header, name, word string) bool {
	for w := range tokens(list, name) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// learn notes what a message of the peer says of it. What a message does not mention stays as it was.
func (a *Able) learn(extra []Header) {
	if lists(extra, "Supported", tagReliable) || lists(extra, "Require", tagReliable) {
		a.Reliable = true
	}
	if lists(extra, "Supported", tagTimer) || lists(extra, "Require", tagTimer) {
		a.Timer = true
	}
	if _, said := header(extra, "Allow"); said {
		a.Update = lists(extra, "Allow", "UPDATE")
	}
}
