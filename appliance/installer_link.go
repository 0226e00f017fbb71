package appliance

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/console/menu"
	"autocom/appliance/wording"
)

// linkPort is the way to the central console, and the administrator's codes, as the installer's menu sees them.
type linkPort struct {
	client *console.Client
}

// Link is how the link is.
func (p linkPort) Link(ctx context.Context) (menu.LinkState, error) {
	s, err := p.client.Link(ctx)
	if err != nil {
		return menu.LinkState{}, err
	}
	return menu.LinkState{
		Enrolled: s.Enrolled, Server: strings.TrimPrefix(s.Server, "https://"), Site: s.Site, Connected: s.Up, Since: s.Since,
		Backlog: s.Waiting, Revision: s.Revision, Expires: s.Expires, Code: s.Code, Detail: s.Detail, Trouble: s.Trouble, Revoked: s.Revoked,
	}, nil
}

// Enrol attaches the box. A server is typed as people say it, without https://.
func (p linkPort) Enrol(ctx context.Context, server, claim string) error {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	if u, err := url.Parse(server); err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(u.Host, " _,") {
		return &menu.LinkError{Code: "server.bad"}
	}
	_, err := p.client.Enrol(ctx, console.Enrolment{Server: server, Claim: claim})
	return forMenu(err)
}

// forMenu gives a refused word with the console the code by which the menu finds its words. A code it has none for is told as it is.
func forMenu(err error) error {
	refused, ok := errors.AsType[*console.LinkError](err)
	if !ok {
		return err
	}
	if _, known := wording.Link(refused.Code); !known {
		return err
	}
	return &menu.LinkError{Code: refused.Code, Detail: refused.Detail}
}

// corePort is the core as the installer's menu sees it: what it refuses in English, the menu's reader gets in both languages.
type corePort struct{ *console.Client }

// TestTrunk places the calls that prove a line.
func (p corePort) TestTrunk(ctx context.Context, t console.TrunkTest, yield func(console.TestStep) bool) error {
	err := p.Client.TestTrunk(ctx, t, yield)
	switch {
	case err == nil:
		return nil
	case err.Error() == errProofRuns.Error(): // the socket carries its words
		return &menu.Sentence{French: "un autre appel d’essai se termine : attendre quelques secondes", English: "another test call is coming to its end: wait some seconds", Err: err}
	case strings.Contains(err.Error(), notOurNumber):
		return &menu.Sentence{French: "ce numéro n’est pas de cette ligne : l’essai n’appelle que les siens", English: "this is no number of the line: a test calls its own only", Err: err}
	case errors.Is(err, console.ErrNotFound):
		return &menu.Sentence{French: "cette ligne n’est plus dans le document du site", English: "this line is no longer in the site document", Err: err}
	}
	return err
}

// Leave detaches the box.
func (p linkPort) Leave(ctx context.Context) error { return forMenu(p.client.Leave(ctx)) }

// New gives a code with which an administrator signs in at the box's own pages once.
func (p linkPort) New(ctx context.Context) (string, time.Time, error) {
	c, err := p.client.AdminCode(ctx)
	if err != nil && err.Error() == errNoPage.Error() { // the socket carries its words
		err = &menu.Sentence{French: "ce boîtier n’a pas de pages : network.web manque à ses réglages", English: "this box has no pages: its settings lack network.web", Err: err}
	}
	return c.Code, c.Until, err
}
