package sipedge

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/locate"
	"autocom/appliance/sipedge/nat"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// Finding is one thing that an installer should know of SIP at this box. No finding holds a secret or an outside number.
type Finding struct {
	About string `json:"about"` // "box", "phone 201", "trunk operateur"
	nat.Finding
}

// The findings that are the edge's own.
const (
	Listens       nat.Code = "sip.listens"
	ListensNot    nat.Code = "sip.listens-nowhere"
	Banned        nat.Code = "sip.banned"
	WrongPassword nat.Code = "phone.password"
	TrunkDown     nat.Code = "trunk.down"
	TrunkUp       nat.Code = "trunk.up"
	NameStale     nat.Code = "dns.stale"
	NameProblem   nat.Code = "dns.problem"
	ClockWrong    nat.Code = "clock.past"
)

// What is remembered of what messages showed.
const (
	maxSights = 512
	sightFor  = 24 * time.Hour
)

// sights is what the messages of peers showed lately. Its methods are called on the goroutines that read messages, and do not block.
type sights struct {
	mu      sync.Mutex
	seen    map[sightKey]sight
	outside nat.Outside
}

type sightKey struct {
	about string
	code  nat.Code
}

type sight struct {
	nat.Finding
	last  time.Time
	times int
}

func newSights() *sights { return &sights{seen: make(map[sightKey]sight)} }

// note remembers findings about somebody.
func (s *sights) note(now time.Time, about string, list ...nat.Finding) {
	if len(list) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range list {
		key := sightKey{about, f.Code}
		old, known := s.seen[key]
		if !known && len(s.seen) >= maxSights {
			s.forget()
		}
		s.seen[key] = sight{f, now, old.times + 1}
	}
}

// forget drops the oldest; s.mu is held.
func (s *sights) forget() {
	var oldest sightKey
	var at time.Time
	for k, v := range s.seen {
		if at.IsZero() || v.last.Before(at) {
			oldest, at = k, v.last
		}
	}
	delete(s.seen, oldest)
}

// clear takes back what was seen of somebody, when all is well now.
func (s *sights) clear(about string, code nat.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, sightKey{about, code})
}

// refused notes a password that was wrong. Only devices of the site's own networks are worth telling of: others are turned away every minute.
func (e *Edge) refused(from netip.Addr) {
	if !e.stack.Trusts(from) {
		return
	}
	e.sights.note(time.Now(), "device at "+from.String(), nat.Finding{
		Code: WrongPassword, Grade: nat.Trouble, Sentence: "A device of the site gives a wrong password, so it cannot register.",
		Remedy: "Type the extension and its password into the device again, as the console shows them.",
	})
}

// observeRequest looks at a REGISTER or an INVITE of a phone that gave its password.
func (e *Edge) observeRequest(r *stack.Request, extension string) {
	now := time.Now()
	e.sights.clear("device at "+r.Flow.Remote.Addr().String(), WrongPassword)
	c := nat.Came{Transport: r.Flow.Transport, Source: r.Flow.Remote, Declared: -1, Body: len(r.Body())}
	if n := r.ContentLength(); n != nil {
		c.Declared = int(*n)
	}
	if vias := r.GetHeaders("Via"); len(vias) > 0 {
		if via, ok := vias[len(vias)-1].(*sip.ViaHeader); ok {
			c.Via = hostPort(via.Host, via.Port)
		}
	}
	if h, ok := r.GetHeader("Contact").(*sip.ContactHeader); ok {
		c.Contact = hostPort(h.Address.Host, h.Address.Port)
	}
	c.Origin, c.Sound = soundOf(r.Body())
	e.sights.note(now, "phone "+extension, nat.Inspect(c)...)
}

// observeResponse looks at what a peer repeats of our request.
func (e *Edge) observeResponse(r *stack.Response) {
	via := r.Via()
	if via == nil || r.Transaction == nil || r.StatusCode < 200 || r.Flow.Transport.Stream() && r.CSeq().MethodName != sip.REGISTER {
		return
	}
	f := r.Transaction.Flow()
	own := e.host(f)
	b := nat.Back{Via: hostPort(via.Host, via.Port), CallID: r.CallID().Value(), FromTag: tagOf(r.From().Params), Declared: -1, Body: len(r.Body())}
	s := nat.Sent{Via: own, CallID: r.Transaction.CallID(), FromTag: r.Transaction.FromTag()}
	if n := r.ContentLength(); n != nil {
		b.Declared = int(*n)
	}
	seen, told := seenAt(via, own)
	if told && e.carriers.belongs(f.Remote.Addr()) != nil { // what a phone sees of us says nothing of the way outside
		e.sights.mu.Lock()
		e.sights.outside.Seen(time.Now(), f.Remote.Addr().String(), addrPort(own), seen)
		e.sights.mu.Unlock()
		e.pulse.seen(r.CallID().Value(), f, seen)
	}
	if r.CSeq().MethodName == sip.REGISTER && r.StatusCode == 200 {
		s.Contact = own
		for _, h := range r.GetHeaders("Contact") {
			if c, ok := h.(*sip.ContactHeader); ok && len(b.Contacts) < maxHeaders {
				at := hostPort(c.Address.Host, c.Address.Port)
				if told && at == seen.String() {
					at = own // we may have told it where we are seen
				}
				b.Contacts = append(b.Contacts, at)
			}
		}
	}
	if list := nat.Compare(s, b); len(list) > 0 {
		about := "peer at " + f.Remote.Addr().String()
		if t := e.carriers.belongs(f.Remote.Addr()); t != nil {
			about = "trunk " + t.Name
		}
		e.sights.note(time.Now(), about, list...)
	}
}

// seenAt is where a peer saw our request come from, as its response tells (RFC 3581 §4).
func seenAt(via *sip.ViaHeader, own string) (netip.AddrPort, bool) {
	received, has := via.Params.Get("received")
	rport, with := via.Params.Get("rport")
	if !has && rport == "" {
		return netip.AddrPort{}, false
	}
	at := addrPort(own)
	addr, port := at.Addr(), at.Port()
	if has {
		a, err := netip.ParseAddr(strings.Trim(received, "[]"))
		if err != nil {
			return netip.AddrPort{}, false
		}
		addr = a.Unmap()
	}
	if with && rport != "" {
		p, err := netip.ParseAddrPort("0.0.0.0:" + rport)
		if err != nil {
			return netip.AddrPort{}, false
		}
		port = p.Port()
	}
	return netip.AddrPortFrom(addr, port), addr.IsValid()
}

func addrPort(s string) netip.AddrPort {
	at, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

func hostPort(host string, port int) string {
	if host == "" {
		return ""
	}
	if port <= 0 || port > 65535 {
		port = 5060
	}
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// soundOf reads the addresses of o= and of the first c= of an SDP, empty without one.
func soundOf(body []byte) (origin, sound string) {
	for line := range strings.Lines(string(body[:min(len(body), 4096)])) {
		words := strings.Fields(line)
		switch {
		case len(words) == 6 && strings.HasPrefix(line, "o=") && origin == "":
			origin = words[5]
		case len(words) == 3 && strings.HasPrefix(line, "c=IN") && sound == "":
			sound = words[2]
		}
	}
	return origin, sound
}

// plausible is a time that this program cannot run before: an earlier clock is wrong.
func plausible() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Findings is what the edge knows to be wrong, or worth knowing, by whom it is about. It may be called from any goroutine and does not block.
func (e *Edge) Findings() []Finding {
	now := time.Now()
	list := slices.Concat(e.boxFindings(now), e.trunkFindings(), e.pulse.findings())
	e.sights.mu.Lock()
	for _, f := range e.sights.outside.Findings(now) {
		list = append(list, Finding{"box", f})
	}
	for k, s := range e.sights.seen {
		if now.Sub(s.last) > sightFor {
			delete(e.sights.seen, k)
			continue
		}
		f := s.Finding
		often := fmt.Sprintf("%d times, last %s ago", s.times, now.Sub(s.last).Round(time.Second))
		f.Evidence = strings.TrimPrefix(f.Evidence+"; "+often, "; ")
		list = append(list, Finding{k.about, f})
	}
	e.sights.mu.Unlock()
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.About, b.About), cmp.Compare(a.Code, b.Code), strings.Compare(a.Evidence, b.Evidence))
	})
	return list
}

func (e *Edge) boxFindings(now time.Time) []Finding {
	var list []Finding
	add := func(code nat.Code, g nat.Grade, sentence, remedy, evidence string) {
		list = append(list, Finding{"box", nat.Finding{Code: code, Grade: g, Sentence: sentence, Remedy: remedy, Evidence: evidence}})
	}
	e.mu.Lock()
	ways := slices.Clone(e.ways)
	e.mu.Unlock()
	ways = slices.DeleteFunc(ways, func(w way) bool { return w.dials })
	for _, w := range ways {
		f := leg.Flow{Transport: w.transport, Local: w.local}
		add(Listens, nat.Good, "The box takes SIP messages.", "", fmt.Sprintf("%s %s, known to peers as %s", w.transport, w.local, e.host(f)))
	}
	if len(ways) == 0 {
		add(ListensNot, nat.Trouble, "The box takes no SIP messages at all.", "Set at least one address to listen on in the site document, and look in the log for why it cannot be opened.", "")
	}
	for _, b := range e.stack.Bans() {
		add(Banned, nat.Notice, "An address is shut out.", "If it is a device of yours, correct its password, then let it in again: autocom bans.",
			fmt.Sprintf("%s until %s", b.Addr, b.Until.UTC().Format(time.DateTime)))
	}
	if now.Before(plausible()) {
		add(ClockWrong, nat.Trouble, "The clock of the box is wrong: certificates are taken for not valid yet, so TLS to carriers fails.",
			"Connect the box to the Internet or to a time server, or set the time by hand.", now.UTC().Format(time.DateTime))
	}
	if r, ok := e.cfg.Locate.(interface{ Names() []locate.Name }); ok {
		for _, n := range r.Names() {
			switch {
			case n.Hosts == 0 && n.Problem != nil:
				add(NameProblem, nat.Trouble, n.Problem.Sentence(), n.Problem.Remedy(), "")
			case n.Stale:
				add(NameStale, nat.Notice, "DNS does not confirm a carrier's name; the addresses it had are used on.",
					"Check the box's Internet line and its DNS servers.", fmt.Sprintf("%s, confirmed %s ago", n.Name, n.Age.Round(time.Minute)))
			}
		}
	}
	return list
}

func (e *Edge) trunkFindings() []Finding {
	var list []Finding
	for _, c := range e.Carriers() {
		f := nat.Finding{Code: TrunkUp, Grade: nat.Good, Sentence: "The carrier's line is usable."}
		if !c.Up {
			f = nat.Finding{
				Code: TrunkDown, Grade: nat.Trouble, Sentence: "The carrier's line cannot be used.",
				Remedy: "Check the trunk's name, transport and password against the carrier's letter; then: autocom trunk test.", Evidence: c.Problem,
			}
		}
		list = append(list, Finding{"trunk " + c.Trunk, f})
	}
	return list
}
