package presence

import (
	"slices"
	"strings"
)

// Package is what a phone wants to be told of: an event package.
type Package string

// The packages there are.
const (
	Dialogs  Package = "dialog"          // RFC 4235: lamps of BLF keys
	Presence Package = "presence"        // RFC 3856: buddies
	Summary  Package = "message-summary" // RFC 3842: messages that wait
)

// AllowEvents is the Allow-Events header (RFC 6665 §8.2.2).
const AllowEvents = string(Dialogs + ", " + Presence + ", " + Summary)

// maxEventID bounds the id of an Event header.
const maxEventID = 64

// ContentType is the media type of a package's documents.
func (p Package) ContentType() string {
	switch p {
	case Dialogs:
		return "application/dialog-info+xml"
	case Presence:
		return "application/pidf+xml"
	case Summary:
		return "application/simple-message-summary"
	default:
		return ""
	}
}

// Topic is the Event of a subscription.
type Topic struct {
	Package Package `json:"package"`
	ID      string  `json:"id,omitempty"` // the phone's, given back in each NOTIFY (RFC 6665 §8.2.1)
}

func (t Topic) known() bool { return t.Package.ContentType() != "" && token(t.ID) }

func (t Topic) header() string {
	if t.ID == "" {
		return string(t.Package)
	}
	return string(t.Package) + ";id=" + t.ID
}

// ParseTopic reads an Event header. ok is false for what the box does not have (489): packages it does not know, and the shared-line variants of
// dialog, which are no BLF ("dialog;sla", "dialog;ma").
func ParseTopic(event string) (t Topic, ok bool) {
	name, params, _ := strings.Cut(event, ";")
	t.Package = Package(strings.ToLower(strings.TrimSpace(name)))
	if t.Package.ContentType() == "" {
		return Topic{}, false
	}
	for p := range strings.SplitSeq(params, ";") {
		key, v, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "id":
			t.ID = strings.TrimSpace(v)
		case "sla", "ma", "shared":
			return Topic{}, false
		default: // a filter of RFC 4235 §3.2 narrows what the phone looks at; full state holds that too
		}
	}
	if !token(t.ID) {
		return Topic{}, false
	}
	return t, true
}

// token reports whether s is empty or a token (RFC 3261 §25.1) that is not too long.
func token(s string) bool {
	return len(s) <= maxEventID && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-.!%*_+`'~", r)
	})
}

// Accepted reports whether a phone takes what the package has, by its Accept headers (RFC 6665 §4.1.3): none means the package's default.
func (p Package) Accepted(accept []string) bool {
	if len(accept) == 0 {
		return true
	}
	return slices.ContainsFunc(accept, func(h string) bool {
		for r := range strings.SplitSeq(h, ",") {
			kind, params, _ := strings.Cut(r, ";")
			kind = strings.ToLower(strings.TrimSpace(kind))
			params = strings.ReplaceAll(params, " ", "")
			if (kind == p.ContentType() || kind == "*/*" || kind == "application/*") && params != "q=0" && params != "q=0.0" {
				return true
			}
		}
		return false
	})
}
