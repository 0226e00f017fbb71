package presence

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"autocom/appliance/exchange"
)

// Document is a body as it is sent, and what the phone will make of it.
type Document struct {
	ContentType string
	Body        []byte
	Shown       Shown
	More        bool // the phone has to be told once more: this was only the step before (Quirks.IdleFirst)
}

// Write makes the document a subscription gets of what is known now. host is what the box calls itself towards that phone.
func (s *State) Write(k Known, host string, dialog Dialog) Document {
	d := Document{ContentType: s.Topic.Package.ContentType()}
	switch s.Topic.Package {
	case Dialogs:
		q := QuirksOf(s.Agent)
		calls := k.calls(q)
		d.Shown = sum(k.Lamp, calls)
		talked := s.Shown == Talking || s.Shown == Nothing && s.Edition > 1 // nobody knows what became of the last NOTIFY
		if q.IdleFirst && talked && d.Shown == Ringing {
			calls, d.Shown, d.More = nil, Idle, true
		}
		d.Body = dialogInfo(s, calls, host, q, dialog)
	case Presence:
		d.Shown = sum(k.Lamp, k.calls(Quirks{}))
		d.Body = pidf(s.Entity, d.Shown)
	case Summary:
		d.Body = summary(s.Entity, k)
	}
	return d
}

// dialogInfo writes a document of RFC 4235 §4: always full state, so that one that was lost is made good by the next.
func dialogInfo(s *State, calls []exchange.LampDialog, host string, q Quirks, dialog Dialog) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	fmt.Fprintf(&b, `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="%d" state="full" entity="%s">`+"\n", s.Edition, escape(s.Entity))
	if len(calls) == 0 && q.IdleDialog {
		fmt.Fprintf(&b, "<dialog id=\"%s\"><state>terminated</state></dialog>\n", escape(s.Watched))
	}
	for i, c := range calls {
		id := s.Watched // a lamp that is lit for no call we can name, and the one element some phones know
		if c.Leg != "" && !q.IdleDialog {
			id = name(c.Leg)
		} else if i > 0 {
			id = fmt.Sprintf("%s-%d", s.Watched, i)
		}
		fmt.Fprintf(&b, `<dialog id="%s"`, escape(id))
		if c.State == "early" && !c.Outgoing && c.Leg != "" && !q.NoPickup && dialog != nil {
			if callID, local, remote, ok := dialog(c.Leg); ok {
				fmt.Fprintf(&b, ` call-id="%s" local-tag="%s" remote-tag="%s"`, escape(callID), escape(local), escape(remote))
			}
		}
		switch {
		case c.Leg == "":
			b.WriteString(">\n")
		case c.Outgoing:
			b.WriteString(` direction="initiator">` + "\n")
		default:
			b.WriteString(` direction="recipient">` + "\n")
		}
		fmt.Fprintf(&b, "<state>%s</state>\n", c.State)
		party(&b, "local", s.Watched, host)
		if c.With != "" || q.Parties {
			party(&b, "remote", c.With, host)
		}
		b.WriteString("</dialog>\n")
	}
	b.WriteString("</dialog-info>\n")
	return []byte(b.String())
}

// party names one side of a call. Outside numbers are told to nobody: an extension, or anonymous.
func party(b *strings.Builder, side, extension, host string) {
	uri := "sip:anonymous@anonymous.invalid" // RFC 3323 §4.1.1.3
	if extension != "" {
		uri = "sip:" + extension + "@" + host
	}
	fmt.Fprintf(b, "<%[1]s><identity>%[2]s</identity><target uri=\"%[2]s\"/></%[1]s>\n", side, escape(uri))
}

// pidf writes a document of RFC 3863, with what RFC 4480 can say of a person.
func pidf(entity string, shown Shown) []byte {
	basic, note, activity := "", "", ""
	switch shown {
	case Idle:
		basic, note = "open", "Ready"
	case Ringing:
		basic, note, activity = "open", "Ringing", "on-the-phone"
	case Talking:
		basic, note, activity = "open", "On the phone", "on-the-phone"
	case Away:
		basic, note, activity = "closed", "Unavailable", "away"
	case NoTidings, Nothing: // RFC 3863 §4.1.4 lets the basic status go without
		note, activity = "No information", "unknown"
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	fmt.Fprintf(&b, `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="%s">`+"\n", escape(entity))
	b.WriteString(`<tuple id="phone"><status>`)
	if basic != "" {
		fmt.Fprintf(&b, "<basic>%s</basic>", basic)
	}
	fmt.Fprintf(&b, "</status><note>%s</note></tuple>\n", note)
	if activity != "" {
		fmt.Fprintf(&b, "<dm:person id=\"person\"><rpid:activities><rpid:%s/></rpid:activities></dm:person>\n", activity)
	}
	b.WriteString("</presence>\n")
	return []byte(b.String())
}

// summary writes a document of RFC 3842 §5.
func summary(entity string, k Known) []byte {
	waiting := "no"
	if k.New > 0 {
		waiting = "yes"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Messages-Waiting: %s\r\nMessage-Account: %s\r\n", waiting, line(entity))
	if k.Mailbox {
		fmt.Fprintf(&b, "Voice-Message: %d/%d (0/0)\r\n", max(0, k.New), max(0, k.Old))
	}
	return []byte(b.String())
}

// line keeps a value on its line.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// escape makes any string fit for XML text and attributes: what XML cannot hold at all is dropped (XML 1.0 §2.2).
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '"':
			b.WriteString("&#34;")
		case '\'':
			b.WriteString("&#39;")
		default:
			if r >= ' ' && r != 0x7f && r != utf8.RuneError && r != 0xFFFE && r != 0xFFFF {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
