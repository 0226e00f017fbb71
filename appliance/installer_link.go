package appliance

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu"
)

// linkPort is the way to the central console, and the administrator's codes, as the installer's menu sees them.
type linkPort struct {
	client   *console.Client
	language menu.Language
}

// Link is how the link is.
func (p linkPort) Link(ctx context.Context) (menu.LinkState, error) {
	s, err := p.client.Link(ctx)
	if err != nil {
		return menu.LinkState{}, err
	}
	out := menu.LinkState{
		Enrolled: s.Enrolled, Server: strings.TrimPrefix(s.Server, "https://"), Site: s.Site, Connected: s.Up, Since: s.Since,
		Backlog: s.Waiting, Revision: s.Revision, Expires: s.Expires, Reason: s.Trouble,
	}
	if s.Revoked {
		out.Trouble = "la console a détaché ce boîtier : détacher ici, puis rattacher avec un code neuf"
		if p.language == menu.English {
			out.Trouble = "the console let this box go: detach it here, then attach it with a new code"
		}
	}
	return out, nil
}

// Enrol attaches the box. A server is typed as people say it, without https://.
func (p linkPort) Enrol(ctx context.Context, server, claim string) error {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	if u, err := url.Parse(server); err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(u.Host, " _,") {
		return &menu.EnrolError{Fault: menu.ServerMistyped}
	}
	_, err := p.client.Enrol(ctx, console.Enrolment{Server: server, Claim: claim})
	refused, ok := errors.AsType[*console.LinkError](err)
	if !ok {
		return err
	}
	for _, known := range faults() {
		if known.code == refused.Code {
			return &menu.EnrolError{Fault: known.fault, Detail: detail(known.fault, refused.Sentence)}
		}
	}
	return err // in the box's own words, with the remedy
}

// detail is what support asks for beside the menu's own words. A refused code needs none.
func detail(f menu.EnrolFault, sentence string) string {
	switch f {
	case menu.Unreachable, menu.NotTheConsole, menu.ClockIsWrong, menu.ServerTrouble:
		return sentence
	default:
		return ""
	}
}

// faults are the codes of a LinkError that the menu has words for.
func faults() []linkFault {
	return []linkFault{
		{"claim.shape", menu.ClaimMistyped},
		{"claim.unknown", menu.ClaimUnknown},
		{"claim.proof", menu.ClaimProof},
		{"too_often", menu.TooOften},
		{"server.unreachable", menu.Unreachable},
		{"server.name", menu.Unreachable},
		{"server.certificate", menu.NotTheConsole},
		{"portal", menu.NotTheConsole},
		{"clock", menu.ClockIsWrong},
		{"server.bad", menu.ServerMistyped},
		{"enrolled", menu.Already},
		{"link.cut", menu.Interrupted},
		{"busy", menu.ServerTrouble},
		{"internal", menu.ServerTrouble},
	}
}

type linkFault struct {
	code  string
	fault menu.EnrolFault
}

// Leave detaches the box.
func (p linkPort) Leave(ctx context.Context) error { return p.client.Leave(ctx) }

// New gives a code with which an administrator signs in at the box's own pages once.
func (p linkPort) New(ctx context.Context) (string, time.Time, error) {
	c, err := p.client.AdminCode(ctx)
	if err != nil && err.Error() == errNoPage.Error() { // the socket carries its words
		err = &menu.Sentence{French: "ce boîtier n’a pas de pages : network.web manque à ses réglages", English: "this box has no pages: its settings lack network.web", Err: err}
	}
	return c.Code, c.Until, err
}
