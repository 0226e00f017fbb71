package site

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/exchange/hours"
	"autocom/appliance/exchange/policy"
)

// Problem is one thing that is wrong with a document: where, what, and what to do.
type Problem struct {
	Path     string `json:"path,omitempty"` // "queues[1].overflow"
	Sentence string `json:"sentence"`
	Remedy   string `json:"remedy"`
	Line     int    `json:"line,omitempty"` // of the text, from 1, where the text itself cannot be read; 0: see Path
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Sentence + ": " + p.Remedy
	}
	return p.Path + ": " + p.Sentence + ": " + p.Remedy
}

// Check names everything that is wrong with a document. None: the box can live by it.
func Check(d Document) []Problem {
	c := checker{doc: d}
	c.general()
	c.network()
	c.trunks()
	c.emergency()
	c.extensions()
	c.sounds()
	c.queues()
	c.services()
	c.sections()
	c.agents()
	c.desk()
	c.campaigns()
	c.parking()
	c.toll()
	c.outbound()
	c.cloud()
	c.oneOf("transfers.outside", c.doc.Transfers.Outside, "by_right", "one_outside", "never")
	c.between("transfers.alone", c.doc.Transfers.Alone, time.Minute, 24*time.Hour)
	return c.problems
}

// setting is one text of the document and where it stands.
type setting struct{ path, value string }

type checker struct {
	doc      Document
	problems []Problem
}

func (c *checker) add(path, remedy, sentence string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Sentence: fmt.Sprintf(sentence, args...), Remedy: remedy})
}

// unique reports a name given twice, or not at all.
func (c *checker) unique(seen map[string]string, path, name, what string) {
	if name == "" {
		c.add(path, "give it one", "this %s has no name", what)
		return
	}
	if first, taken := seen[name]; taken {
		c.add(path, "give each its own", "%s %q is already at %s", what, name, first)
		return
	}
	seen[name] = path
}

func (c *checker) between(path string, d Duration, low, high time.Duration) {
	if time.Duration(d) < low || time.Duration(d) > high {
		c.add(path, fmt.Sprintf("choose between %s and %s", low, high), "%s is out of range", d)
	}
}

var (
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)
	extension = regexp.MustCompile(`^[1-9][0-9]{1,5}$`)
	name      = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	digits    = regexp.MustCompile(`^[0-9]{2,6}$`)
	prefix    = regexp.MustCompile(`^\+[0-9]{1,14}$`)
	domain    = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)
)

func (c *checker) number(path, number string) {
	if !e164.MatchString(number) {
		c.add(path, "write it with its country: +33140506070", "%q is no international number", number)
	}
}

func (c *checker) name(path, n string) {
	if n != "" && !name.MatchString(n) {
		c.add(path, "use a-z, 0-9, - and _, 40 characters at most", "%q cannot be a name", n)
	}
}

func (c *checker) general() {
	d := c.doc
	if d.Version != 1 {
		c.add("version", "write version: 1", "version %d of the document is not known to this box", d.Version)
	}
	if d.Site.Name == "" {
		c.add("site.name", "name the branch", "the site has no name")
	}
	if !slices.Contains([]string{"fr", "ch", "es", "gb", "it"}, d.Site.Country) {
		c.add("site.country", "use fr, ch, es, gb or it", "%q is no country whose numbers this box can read", d.Site.Country)
	}
	if !slices.Contains([]string{"fr", "en"}, d.Site.Language) {
		c.add("site.language", "use fr or en", "%q is no language of this box", d.Site.Language)
	}
	if _, err := time.LoadLocation(d.Site.Timezone); err != nil || d.Site.Timezone == "" || d.Site.Timezone == "Local" {
		c.add("site.timezone", "use an IANA name such as Europe/Paris", "%q is no time zone", d.Site.Timezone)
	} else if _, ok := hours.ZoneOf(d.Site.Timezone); !ok {
		c.add("site.timezone", "use the zone of the branch's own country, such as Europe/Paris or Indian/Reunion", "the box knows no opening hours for %q", d.Site.Timezone)
	}
	if p := d.Numbers.Outside; p != "" && !regexp.MustCompile(`^[0-9]$`).MatchString(p) {
		c.add("numbers.outside", "use one digit, usually 0, or leave it empty", "%q cannot be the outside prefix", p)
	}
	if days, most := d.Recording.Days, policy.RetentionDays(); days < 1 || days > most {
		c.add("recording.days", fmt.Sprintf("keep recordings 1 to %d days", most), "%d days is not lawful by default", days)
	}
	if d.Recording.Pause != 0 {
		c.between("recording.pause", d.Recording.Pause, 10*time.Second, time.Hour)
	}
	if least := d.Recording.Least; least < 0 || least > d.Recording.Days {
		c.add("recording.least", "choose 0 to recording.days", "a full disk would spare recordings for %d days, and they are kept for %d", least, d.Recording.Days)
	}
	c.voicemail(d.Voicemail)
}

func (c *checker) voicemail(v Voicemail) {
	if v.Messages < 1 || v.Messages > 10_000 {
		c.add("voicemail.messages", "choose 1 to 10000", "%d messages in a mailbox", v.Messages)
	}
	if v.Seconds < 60 || v.Seconds > 360_000 {
		c.add("voicemail.seconds", "choose 60 to 360000", "%d seconds in a mailbox", v.Seconds)
	}
	c.between("voicemail.longest", v.Longest, 10*time.Second, 30*time.Minute)
	if v.Days < 1 || v.Days > 180 {
		c.add("voicemail.days", "keep messages 1 to 180 days", "%d days is longer than a message is needed", v.Days)
	}
}

func (c *checker) network() {
	n := c.doc.Network
	if _, err := netip.ParseAddrPort(n.SIP); err != nil {
		c.add("network.sip", "write an IP address and a port: 0.0.0.0:5060", "%q is no address to listen on", n.SIP)
	}
	for _, f := range []setting{{"network.sip_tcp", n.SIPTCP}, {"network.sip_tls", n.SIPTLS}, {"network.sip_ws", n.SIPWS}, {"network.sip_wss", n.SIPWSS}} {
		if _, err := netip.ParseAddrPort(f.value); err != nil && f.value != "" && (f.value != "off" || f.path != "network.sip_tcp") {
			c.add(f.path, "write an IP address and a port: 0.0.0.0:5061", "%q is no address to listen on", f.value)
		}
	}
	if _, err := netip.ParseAddrPort(n.Web); err != nil && n.Web != "" {
		c.add("network.web", "write an IP address and a port: 0.0.0.0:443", "%q is no address to listen on", n.Web)
	}
	if (n.TLSCert == "") != (n.TLSKey == "") {
		c.add("network.tls_cert", "give both files or neither", "a certificate and its key go together")
	}
	for i, at := range n.DNS {
		if _, err := netip.ParseAddr(at); err != nil {
			if _, err := netip.ParseAddrPort(at); err != nil {
				c.add(fmt.Sprintf("network.dns[%d]", i), "write its IP address", "%q is no name server", at)
			}
		}
	}
	if n.Advertised != "" {
		if a, err := netip.ParseAddr(n.Advertised); err != nil || a.IsUnspecified() {
			c.add("network.advertised", "write the box's IP address as phones see it", "%q is no address", n.Advertised)
		}
	}
	if n.RTP.First < 1024 || n.RTP.Last > 65535 || n.RTP.Last-n.RTP.First < 3 {
		c.add("network.rtp", "choose ports from 1024 to 65535, four for each call", "ports %d to %d cannot carry a call", n.RTP.First, n.RTP.Last)
	} else if need := n.MaxCalls * 4; n.RTP.Last-n.RTP.First+1 < need {
		c.add("network.rtp", fmt.Sprintf("widen the range to %d ports, or lower network.max_calls", need), "%d ports are too few for %d calls", n.RTP.Last-n.RTP.First+1, n.MaxCalls)
	}
	if n.MaxCalls < 1 || n.MaxCalls > 2000 {
		c.add("network.max_calls", "choose 1 to 2000", "%d calls at once", n.MaxCalls)
	}
	for i, p := range n.Phones {
		if !isNetwork(p) {
			c.add(fmt.Sprintf("network.phones[%d]", i), "write 192.168.1.0/24", "%q is no network", p)
		}
	}
	for i, p := range n.Remote {
		if !isNetwork(p) {
			c.add(fmt.Sprintf("network.remote[%d]", i), "write 203.0.113.0/24", "%q is no network", p)
		}
	}
	c.between("network.media_lost", n.MediaLost, 2*time.Second, time.Hour)
	c.between("network.media_first", n.MediaFirst, 2*time.Second, time.Hour)
}

func (c *checker) cloud() {
	proxy := c.doc.Cloud.Proxy
	if proxy == "" {
		return
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		c.add("cloud.proxy", "write http://proxy.example:3128, or leave it empty", "this is no HTTP proxy") // its words may hold a password
	}
}

func isNetwork(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

func (c *checker) trunks() {
	seen, sources := map[string]string{}, map[string]string{}
	for i, t := range c.doc.Trunks {
		at := fmt.Sprintf("trunks[%d]", i)
		c.unique(seen, at+".name", t.Name, "trunk")
		c.name(at+".name", t.Name)
		if !isTarget(t.Address) {
			c.add(at+".address", "write a domain, or host:port, as the carrier gave it", "%q is nowhere to send calls", t.Address)
		}
		for _, f := range []setting{{"proxy", t.Proxy}, {"registrar", t.Registrar}} {
			if f.value != "" && !isTarget(f.value) {
				c.add(at+"."+f.path, "write a domain, or host:port, as the carrier gave it", "%q is no address", f.value)
			}
		}
		if len(t.Sources) == 0 && t.Register != "yes" && t.Profile == "generic-ip" {
			c.add(at+".sources", "list the carrier's addresses", "nobody could call in by this trunk")
		}
		for j, s := range t.Sources {
			if !isNetwork(s) {
				c.add(fmt.Sprintf("%s.sources[%d]", at, j), "write an IP address or a network", "%q is no address", s)
			}
			c.unique(sources, fmt.Sprintf("%s.sources[%d]", at, j), s, "source")
		}
		if t.Channels < 1 || t.Channels > 2000 {
			c.add(at+".channels", "write how many calls the contract allows", "%d channels", t.Channels)
		}
		if t.Presented == "" {
			c.add(at+".presented", "write the number the carrier shows for this line", "the trunk has no number of its own")
		}
		for j, n := range t.Allowed {
			if n == t.Presented {
				c.number(at+".presented", n)
			} else {
				c.number(fmt.Sprintf("%s.allowed[%d]", at, j), n)
			}
		}
		for j, p := range t.Prefixes {
			if !prefix.MatchString(p) {
				c.add(fmt.Sprintf("%s.prefixes[%d]", at, j), "write +33 or longer", "%q is no prefix", p)
			}
		}
		c.oneOf(at+".identity", t.Identity, "", "from", "pai", "ppi", "rpid")
		c.oneOf(at+".dialled", t.Dialled, "", "request", "to", "called")
		c.oneOf(at+".format", t.Format, "", "e164", "plain", "00", "national")
		c.oneOf(at+".transport", t.Transport, "", "udp", "tcp", "tls")
		c.oneOf(at+".register", t.Register, "", "yes", "no")
		c.oneOf(at+".srtp", t.SRTP, "", "never", "allowed", "required")
		c.oneOf(at+".caller", t.ShowCaller, "", "none", "ours", "caller")
		if t.SRTP == "required" && t.Transport != "tls" {
			c.add(at+".srtp", "set transport: tls, or srtp: allowed", "keys of encrypted sound never travel in the clear")
		}
		if t.Register == "yes" && t.Username == "" {
			c.add(at+".username", "write the name and password of the contract", "the trunk cannot sign on without a name")
		}
		if (t.Username == "") != (t.Password == "") {
			c.add(at+".username", "give both or neither", "a user name and a password go together")
		}
		if t.Qualify != 0 {
			c.between(at+".qualify", t.Qualify, 10*time.Second, time.Hour)
		}
	}
}

// isTarget tells what can be looked up: a domain, host:port, or an address.
func isTarget(s string) bool {
	host, port := s, ""
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return domain.MatchString(host)
}

// toll checks the limits.
func (c *checker) toll() {
	t := c.doc.Toll
	for _, f := range []struct {
		path  string
		n, to int
	}{{"toll.calls", t.Calls, 2000}, {"toll.calls_each", t.CallsEach, 100}, {"toll.alert", t.Alert, 1000}} {
		if f.n < 0 || f.n > f.to {
			c.add(f.path, fmt.Sprintf("choose 0 to %d", f.to), "%d is out of range", f.n)
		}
	}
	for i, class := range t.Forbidden {
		c.oneOf(fmt.Sprintf("toll.forbidden[%d]", i), class, tollClasses()...)
	}
	for i, p := range t.Abroad {
		if !prefix.MatchString(p) {
			c.add(fmt.Sprintf("toll.abroad[%d]", i), "write +41 or longer, +3 for a part of the world", "%q is no prefix", p)
		}
	}
	c.between("toll.alert_in", t.AlertIn, time.Minute, 24*time.Hour)
	n := t.Night
	if (n.From == "") != (n.To == "") {
		c.add("toll.night", "write both from and to, or neither", "the night has only one end")
	}
	for _, f := range []setting{{"toll.night.from", n.From}, {"toll.night.to", n.To}} {
		if _, ok := ClockTime(f.value); f.value != "" && !ok {
			c.add(f.path, "write hours and minutes: \"20:00\"", "%q is no time of day", f.value)
		}
	}
	for i, d := range n.Days {
		c.oneOf(fmt.Sprintf("toll.night.days[%d]", i), d, weekdays()...)
	}
}

// tollClasses are the classes of numbers, by what they cost.
func tollClasses() []string {
	var names []string
	for _, class := range policy.Classes() {
		names = append(names, string(class))
	}
	return names
}

func (c *checker) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.add(path, "use "+strings.TrimPrefix(strings.Join(allowed, ", "), ", "), "%q is no choice here", value)
	}
}

func (c *checker) emergency() {
	e := c.doc.Emergency
	for i, n := range e.Numbers {
		if !digits.MatchString(n) {
			c.add(fmt.Sprintf("emergency.numbers[%d]", i), "write digits alone", "%q is no emergency number", n)
		}
	}
	for _, n := range frenchEmergency() {
		if c.doc.Site.Country == "fr" && !slices.Contains(e.Numbers, n) {
			c.add("emergency.numbers", "leave the default list, or add it", "%s is missing: no rule of the box may block it", n)
		}
	}
	if len(c.doc.Trunks) == 0 {
		return // a branch without a trunk calls nobody outside; the status says so
	}
	if !slices.ContainsFunc(c.doc.Trunks, func(t Trunk) bool { return t.Name == e.Trunk }) {
		c.add("emergency.trunk", "name the trunk that leaves from this branch itself", "%q is no trunk: emergency calls would have no way out", e.Trunk)
	}
	c.number("emergency.presented", e.Presented)
	c.between("emergency.call_back", e.CallBack, 0, 24*time.Hour)
}

func (c *checker) extensions() {
	seen := map[string]string{}
	for i, x := range c.doc.Extensions {
		at := fmt.Sprintf("extensions[%d]", i)
		c.unique(seen, at+".number", x.Number, "extension")
		switch {
		case x.Number == "":
		case slices.Contains(c.doc.Emergency.Numbers, x.Number):
			c.add(at+".number", "give the phone another number", "%s is an emergency number", x.Number)
		case !extension.MatchString(x.Number):
			c.add(at+".number", "use 2 to 6 digits, not starting with 0", "%q cannot be an extension", x.Number)
		}
		switch {
		case x.Secret == "":
			c.add(at+".secret", "give each phone its own, 12 characters or more", "extension %s has no secret", x.Number)
		case len(x.Secret) < 12:
			c.add(at+".secret", "use 12 characters or more", "the secret of extension %s is too short", x.Number)
		case string(x.Secret) == strings.Repeat(x.Number, len(x.Secret)/max(1, len(x.Number))):
			c.add(at+".secret", "use a random one", "the secret of extension %s can be guessed", x.Number)
		}
		c.between(at+".ring", x.Ring, 5*time.Second, 5*time.Minute)
		if x.Presented != "" {
			c.presented(at+".presented", x.Presented)
		}
		c.oneOf(at+".kind", x.Kind, "phone", "fax", "terminal", "lift")
		c.oneOf(at+".srtp", x.SRTP, "never", "allowed", "required")
	}
}

// presented checks that at least one carrier lets us show a number.
func (c *checker) presented(path, number string) {
	c.number(path, number)
	for _, t := range c.doc.Trunks {
		if slices.Contains(t.Allowed, number) {
			return
		}
	}
	c.add(path, "add it to a trunk's allowed numbers, if the carrier agreed", "no trunk lets us show %s", number)
}

func (c *checker) sounds() {
	seen := map[string]string{}
	for i, s := range c.doc.Sounds {
		at := fmt.Sprintf("sounds[%d]", i)
		c.unique(seen, at+".name", s.Name, "sound")
		c.name(at+".name", s.Name)
		if builtIn(s.Name) {
			c.add(at+".name", "choose another name", "%q is built in", s.Name)
		}
		if s.File == "" {
			c.add(at+".file", "name a sound file: WAV, MP3, FLAC, Ogg Vorbis or Opus", "sound %q has no file", s.Name)
		}
	}
}

func (c *checker) sound(path, sound string) {
	if sound == "" || builtIn(sound) || slices.ContainsFunc(c.doc.Sounds, func(s Sound) bool { return s.Name == sound }) {
		return
	}
	c.add(path, "add it to sounds, or use music or welcome", "there is no sound %q", sound)
}

func (c *checker) hasQueue(id string) bool {
	return slices.ContainsFunc(c.doc.Queues, func(q Queue) bool { return q.ID == id })
}

func (c *checker) hasExtension(n string) bool {
	return slices.ContainsFunc(c.doc.Extensions, func(x Extension) bool { return x.Number == n })
}

func (c *checker) queues() {
	seen := map[string]string{}
	for i, q := range c.doc.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		c.unique(seen, at+".id", q.ID, "queue")
		c.name(at+".id", q.ID)
		c.between(at+".ring", q.Ring, 3*time.Second, 3*time.Minute)
		c.between(at+".retry", q.Retry, 0, time.Minute)
		c.between(at+".cool_down", q.CoolDown, 0, time.Hour)
		c.between(at+".max_wait", q.MaxWait, 0, 4*time.Hour)
		c.between(at+".wrap_up", q.WrapUp, 0, time.Hour)
		if q.MaxLength < 0 || q.MaxLength > 1000 {
			c.add(at+".max_length", "choose 0 (any) to 1000", "%d callers", q.MaxLength)
		}
		if q.Overflow != "" {
			switch {
			case q.Overflow == q.ID:
				c.add(at+".overflow", "name another queue", "queue %q overflows into itself", q.ID)
			case !c.hasQueue(q.Overflow):
				c.add(at+".overflow", "name a queue of this document", "there is no queue %q", q.Overflow)
			case c.circle(q.ID):
				c.add(at+".overflow", "end the chain in a queue without overflow", "queue %q overflows in a circle", q.ID)
			}
			if q.MaxWait == 0 && q.MaxLength == 0 && len(q.JoinEmpty) == 0 && len(q.LeaveEmpty) == 0 {
				c.add(at+".max_wait", "set max_wait, max_length, join_empty or leave_empty", "queue %q would never overflow to %q", q.ID, q.Overflow)
			}
		}
		c.sound(at+".music", q.Music)
		c.waiting(at, q)
		c.recorded(at, q)
		c.served(at, q)
		if q.Record && policy.NeedsBasis(100) && strings.TrimSpace(c.doc.Recording.Basis) == "" {
			c.add(at+".record", "write recording.basis: why every call is recorded and by what right", "recording every call is not lawful without a stated basis")
		}
	}
}

func (c *checker) circle(start string) bool {
	at := start
	for range c.doc.Queues {
		i := slices.IndexFunc(c.doc.Queues, func(q Queue) bool { return q.ID == at })
		if i < 0 || c.doc.Queues[i].Overflow == "" {
			return false
		}
		if at = c.doc.Queues[i].Overflow; at == start {
			return true
		}
	}
	return false
}

func (c *checker) services() {
	seen := map[string]string{}
	for i, s := range c.doc.Services {
		at := fmt.Sprintf("services[%d]", i)
		c.unique(seen, at+".number", s.Number, "service number")
		if s.Number != "" {
			c.number(at+".number", s.Number)
		}
		c.sound(at+".welcome", s.Welcome)
		if c.leads(at, s.Queue, s.Extension) {
			c.add(at, "give it a queue or an extension, not both", "service number %s leads nowhere, or to two places", s.Number)
		}
	}
}

// leads checks where callers are sent: to a queue or an extension of the document. It reports whether that is nowhere, or two places.
func (c *checker) leads(at, queue, extension string) (astray bool) {
	switch {
	case (queue == "") == (extension == ""):
		return true
	case queue != "" && !c.hasQueue(queue):
		c.add(at+".queue", "name a queue of this document", "there is no queue %q", queue)
	case extension != "" && !c.hasExtension(extension):
		c.add(at+".extension", "name an extension of this document", "there is no extension %q", extension)
	}
	return false
}
