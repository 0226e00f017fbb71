package sim

import (
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Peers write SIP as text and read it with sipgo's parser.

// letter is a SIP message being written.
type letter struct {
	first string
	lines []string
	body  string
	kind  string // of the body; application/sdp when empty
}

func (l *letter) add(name, format string, args ...any) {
	l.lines = append(l.lines, name+": "+fmt.Sprintf(format, args...))
}

func (l *letter) bytes() []byte {
	if l.body != "" {
		l.add("Content-Type", "%s", orElse(l.kind, "application/sdp"))
	}
	l.add("Content-Length", "%d", len(l.body))
	return []byte(l.first + "\r\n" + strings.Join(l.lines, "\r\n") + "\r\n\r\n" + l.body)
}

// answerTo begins a response: what RFC 3261 §8.2.6.2 copies, and our tag.
func answerTo(r *sip.Request, status int, reason, tag string) *letter {
	l := &letter{first: fmt.Sprintf("SIP/2.0 %d %s", status, reason)}
	for _, v := range r.GetHeaders("Via") {
		l.add("Via", "%s", v.Value())
	}
	to := r.To().Value()
	if _, ok := r.To().Params.Get("tag"); !ok && tag != "" && status > 100 {
		to += ";tag=" + tag
	}
	l.add("From", "%s", r.From().Value())
	l.add("To", "%s", to)
	l.add("Call-ID", "%s", r.CallID().Value())
	l.add("CSeq", "%s", r.CSeq().Value())
	return l
}

func branchOf(m sip.Message) string {
	if v := m.Via(); v != nil {
		b, _ := v.Params.Get("branch")
		return b
	}
	return ""
}

func tagIn(p sip.HeaderParams) string {
	t, _ := p.Get("tag")
	return t
}

// contactIn is where the sender of a message wants the dialog's requests.
func contactIn(m sip.Message) string {
	if r, ok := m.(interface{ Contact() *sip.ContactHeader }); ok && r.Contact() != nil {
		return r.Contact().Address.String()
	}
	return ""
}

// legIn is the box's name of its leg, which is the user of its Contact.
func legIn(contact string) string {
	user, _, _ := strings.Cut(strings.TrimPrefix(contact, "sip:"), "@")
	return user
}

// complete says whether a message has the headers without which a peer cannot read it.
func complete(m sip.Message) bool {
	return m.Via() != nil && m.From() != nil && m.To() != nil && m.CallID() != nil && m.CSeq() != nil
}
