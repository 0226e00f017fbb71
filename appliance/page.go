package appliance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/httpapi"
	"autocom/appliance/httpapi/identity"
	"autocom/appliance/site"
)

// errNoPage answers who asks for a code that could be typed nowhere.
var errNoPage = errors.New("this box shows no page of its own: name an address for it under network.web in the site document, and restart it")

// openPage serves the box's own page where the document says. A box without its page is a box all the same: what is wrong is told.
func (c *core) openPage() {
	doc := c.keeper.Current()
	at := doc.Network.Web
	if at == "" {
		return
	}
	err := func() (err error) {
		if c.codes, err = identity.OpenAdminCode(filepath.Join(c.layout.State, "admin")); err != nil {
			return err
		}
		api, err := c.openAPI()
		if err != nil {
			return err
		}
		c.page, err = httpapi.Listen(at, httpapi.Options{Box: pageBox{c}, Codes: c.codes, Link: pageLink{c}, API: api, TLS: c.certs.TLS(), Deed: c.deed})
		return err
	}()
	if err != nil {
		c.codes = nil
		c.warn("network.web", fmt.Sprintf("network.web: the box's own page cannot be served on %s: is another program there? (%v)", at, err))
	}
}

// deed keeps in the log what was done at the page.
func (c *core) deed(d httpapi.Deed) {
	c.log.Info("the box's own page", "deed", string(d.Kind), "from", d.From.String(), "by", d.By, "why", d.Why)
}

// pageURL is where people find the page.
func (c *core) pageURL(doc *site.Document) string {
	at, err := netip.ParseAddrPort(c.page.Addr().String())
	if err != nil {
		return ""
	}
	host := at.Addr()
	if host.IsUnspecified() {
		if host, err = advertised(doc); err != nil {
			return ""
		}
	}
	if at.Port() == 443 {
		return "https://" + host.String()
	}
	return "https://" + netip.AddrPortFrom(host, at.Port()).String()
}

// AdminCode makes a code with which one person may sign in at the box's page.
func (b *box) AdminCode(_ context.Context, by string) (console.AdminCode, error) {
	if b.page == nil {
		return console.AdminCode{}, errNoPage
	}
	code, until, err := b.codes.New(by)
	return console.AdminCode{Code: code, Until: until, Page: b.pageURL(b.keeper.Current())}, err
}

// pageLink is the link to the central console as the page sees it.
type pageLink struct{ c *core }

func (p pageLink) State(ctx context.Context) (httpapi.LinkState, error) {
	s, err := p.c.partner.Link(ctx)
	return httpapi.LinkState{
		Enrolled: s.Enrolled, Server: s.Server, Tenant: s.Tenant, Site: s.Site, Up: s.Up, Since: s.Since, Trouble: s.Trouble,
		Code: s.Code, Detail: s.Detail, Revoked: s.Revoked, Waiting: s.Waiting, Oldest: s.Oldest, Expires: s.Expires,
	}, err
}

func (p pageLink) Enrol(ctx context.Context, server, claim string) error {
	_, err := p.c.partner.Enrol(ctx, console.Enrolment{Server: server, Claim: claim})
	return forPage(err)
}

func (p pageLink) Leave(ctx context.Context) error { return forPage(p.c.partner.Leave(ctx)) }

func forPage(err error) error {
	if e, ok := errors.AsType[*console.LinkError](err); ok {
		return &httpapi.Refused{Code: e.Code, Sentence: e.Sentence, Remedy: e.Remedy, Detail: e.Detail}
	}
	return err
}

// pageBox is the box as the page sees it.
type pageBox struct{ c *core }

func (p pageBox) Status(ctx context.Context) (httpapi.Status, error) {
	b := &box{p.c}
	s, err := b.Status(ctx)
	if err != nil {
		return httpapi.Status{}, err
	}
	findings, err := b.Doctor(ctx)
	if err != nil {
		return httpapi.Status{}, err
	}
	link, err := p.c.partner.Link(ctx)
	if err != nil {
		return httpapi.Status{}, err
	}
	doc := p.c.keeper.Current()
	zone, err := time.LoadLocation(doc.Site.Timezone)
	if err != nil {
		zone = time.UTC // Check does not let it through
	}
	out := httpapi.Status{
		Site: s.Site.Name, Serial: p.c.machine.board.Serial, Version: s.Version, Now: time.Now().In(zone), Started: s.Started, SIP: s.SIP,
		Media: s.Media.Up, Journal: s.Journal.Trouble, Calls: len(s.Calls), Document: p.c.pageDocument(s.Site, link),
	}
	if link.Clock == "unsynced" {
		out.Clock = httpapi.ClockUnset
	}
	for _, t := range s.Trunks {
		out.Trunks = append(out.Trunks, httpapi.Trunk{Name: t.Name, Up: t.Up, InUse: t.InUse, Channels: t.Channels})
	}
	for _, x := range s.Extensions {
		out.Phones = append(out.Phones, httpapi.Phone{Number: x.Number, Name: x.Name, Up: x.Reachable})
	}
	for _, q := range s.Queues {
		out.Queues = append(out.Queues, httpapi.Queue{
			Name: q.Name, Waiting: q.Waiting, Longest: time.Duration(q.LongestMS) * time.Millisecond, Talking: q.Talking, Free: q.Free, Agents: q.Agents,
		})
	}
	for _, f := range findings {
		if f.Gravity == console.Good {
			continue
		}
		n := httpapi.Notice{Code: f.Code, About: f.About, Sentence: f.Sentence, Remedy: f.Remedy}
		if f.Gravity == console.Trouble {
			n.Gravity = httpapi.Attention
		}
		out.Notices = append(out.Notices, n)
	}
	return out, nil
}

func (c *core) pageDocument(s console.SiteStatus, link console.LinkStatus) httpapi.Document {
	d := httpapi.Document{Origin: httpapi.FromFile, Name: s.Revision, Failed: c.failed.last()}
	switch {
	case s.LastGood:
		d.Origin = httpapi.LastGood
	case link.Trial > 0:
		d.Origin, d.Revision, d.Trial = httpapi.FromConsole, link.Trial, true
	case link.Revision > 0:
		d.Origin, d.Revision = httpapi.FromConsole, link.Revision
	}
	return d
}

// failedDocument remembers the last document of the console that did not stay, until another does.
type failedDocument struct {
	mu sync.Mutex
	d  *httpapi.FailedDocument
}

func (f *failedDocument) last() *httpapi.FailedDocument {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.d
}

// hear learns from a box fact what became of a document.
func (f *failedDocument) hear(e fact.Fact) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := e.(type) {
	case fact.SiteRefused:
		f.d = &httpapi.FailedDocument{Revision: e.Revision, At: time.Now(), Reason: e.Reason, Mistakes: e.Problems}
	case fact.SiteReverted:
		f.d = &httpapi.FailedDocument{Revision: e.Revision, Reverted: true, At: time.Now(), Reason: e.Reason}
	default: // says nothing of documents
	}
}
