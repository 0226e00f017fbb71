package menu

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/appliance/console/menu/vt"
)

// actWithin bounds what the steward does at the installer's word.
const actWithin = 20 * time.Second

// networkPage shows the settings in force.
type networkPage struct{}

// openNetwork shows the settings, or the trial that another session left running.
func (s *session) openNetwork() {
	s.push(&networkPage{})
	if s.state.netErr == nil && s.state.net.Trial != nil {
		s.push(newTrialPage(s))
	}
}

// setting is one line of the network screens.
type setting struct{ label, value string }

func (s *session) settings(n NetworkSettings) []setting {
	w := s.words.Net
	address := s.addressOf(n)
	if n.DHCP {
		address = fmt.Sprintf(w.Automatic, address)
	}
	gateway, vlan := w.NoGateway, w.None
	if n.Gateway.IsValid() {
		gateway = n.Gateway.String()
	}
	if n.VLAN > 0 {
		vlan = strconv.Itoa(n.VLAN)
	}
	return []setting{
		{w.Address, address},
		{w.Gateway, gateway},
		{w.VLAN, vlan},
		{w.DNS, s.orNone(spelled(n.DNS))},
		{w.NTP, s.orNone(strings.Join(n.NTP, " "))},
	}
}

func (s *session) addressOf(n NetworkSettings) string {
	if !n.Address.IsValid() {
		return "?"
	}
	return n.Address.String()
}

func (s *session) orNone(text string) string {
	if text == "" {
		return s.words.Net.None
	}
	return text
}

func (s *session) speed(n NetworkState) string {
	switch {
	case !n.Cable:
		return s.words.Net.NotPlugged
	case n.Mbit >= 1000 && n.Mbit%1000 == 0:
		return fmt.Sprintf("%d Gbit/s", n.Mbit/1000)
	case n.Mbit > 0:
		return fmt.Sprintf("%d Mbit/s", n.Mbit)
	default:
		return good
	}
}

func spelled(list []netip.Addr) string {
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = a.String()
	}
	return strings.Join(all, " ")
}

func (p *networkPage) draw(s *session, f *vt.Frame) {
	s.entry(f, 1)
	if s.state.netErr != nil {
		f.Box(bodyRow+2, f.Sign(bodyRow+2, 3, trouble), vt.Columns-7, vt.Plain, s.failure(s.state.netErr))
		return
	}
	lines := append(s.settings(s.state.net.Settings), setting{s.words.Net.Cable, strings.TrimSpace(s.speed(s.state.net) + "  " + s.state.net.Interface)})
	for i, l := range lines {
		f.Put(bodyRow+2+i, 3, vt.Plain, l.label)
		f.Box(bodyRow+2+i, 22, vt.Columns-23, vt.Bold, l.value)
	}
	f.Choice(bodyRow+9, "1", s.words.Net.Change, "")
}

func (p *networkPage) hint(s *session) string {
	if s.state.netErr != nil {
		return s.words.Prompt.Back
	}
	return s.words.Prompt.Keys
}
func (p *networkPage) prompt(s *session) string { return s.words.Prompt.Line }

func (p *networkPage) line(s *session, text string) {
	switch {
	case text == "1" && s.state.netErr == nil:
		s.push(&networkForm{to: cloneSettings(s.state.net.Settings), from: s.state.net.Settings, base: p})
	default:
		s.unknown(text)
	}
}

func cloneSettings(n NetworkSettings) NetworkSettings {
	n.DNS, n.NTP = slices.Clone(n.DNS), slices.Clone(n.NTP)
	return n
}

// networkForm asks for new settings one after the other, shows them beside the old ones, and puts them on trial.
type networkForm struct {
	base     *networkPage
	from, to NetworkSettings
	asked    int // the question under way
}

// question is one thing the form asks. take puts an answer into the settings, or tells what is wrong with it.
type question struct {
	ask, value string
	take       func(answer string) (problem string)
}

func (p *networkForm) questions(s *session) []question {
	w := s.words.Net
	q := []question{{w.AskAddress, p.addressText(), func(a string) string { return p.takeAddress(w, a) }}}
	if !p.to.DHCP {
		q = append(q, question{w.AskGateway, gatewayText(p.to.Gateway), func(a string) string { return p.takeGateway(w, a) }})
	}
	return append(q,
		question{w.AskVLAN, vlanText(p.to.VLAN), func(a string) string { return p.takeVLAN(w, a) }},
		question{w.AskDNS, spelled(p.to.DNS), func(a string) string { return p.takeDNS(w, a) }},
		question{w.AskNTP, strings.Join(p.to.NTP, " "), func(a string) string { return p.takeNTP(w, a) }},
	)
}

func gatewayText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func vlanText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (p *networkForm) addressText() string {
	if p.to.DHCP {
		return "dhcp"
	}
	if !p.to.Address.IsValid() {
		return ""
	}
	return p.to.Address.String()
}

func (p *networkForm) takeAddress(w netWords, a string) string {
	if strings.EqualFold(a, "dhcp") {
		p.to.DHCP = true
		return ""
	}
	prefix, err := netip.ParsePrefix(a)
	host := prefix.Addr()
	if err != nil || host.IsUnspecified() || host.IsMulticast() || host.IsLoopback() || prefix.Bits() == 0 || host.Is4() && prefix.Bits() < 31 && (prefix.Masked().Addr() == host || broadcast(prefix) == host) {
		return w.BadAddress
	}
	p.to.DHCP, p.to.Address = false, prefix
	return ""
}

// broadcast is the last address of an IPv4 network, which no box may have.
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

func (p *networkForm) takeGateway(w netWords, a string) string {
	if a == "" {
		p.to.Gateway = netip.Addr{}
		return ""
	}
	gateway, err := netip.ParseAddr(a)
	if err != nil || gateway.IsUnspecified() || gateway.IsMulticast() || gateway.IsLoopback() {
		return w.BadGateway
	}
	if !p.to.Address.Masked().Contains(gateway) && !gateway.IsLinkLocalUnicast() {
		return fmt.Sprintf(w.GatewayOutside, p.to.Address.Masked())
	}
	p.to.Gateway = gateway
	return ""
}

func (p *networkForm) takeVLAN(w netWords, a string) string {
	n, err := strconv.Atoi(a)
	if a == "" {
		n, err = 0, nil
	} else if n < 1 || n > 4094 {
		return w.BadVLAN
	}
	if err != nil {
		return w.BadVLAN
	}
	p.to.VLAN = n
	return ""
}

func (p *networkForm) takeDNS(w netWords, a string) string {
	var list []netip.Addr
	for _, field := range strings.FieldsFunc(a, separates) {
		server, err := netip.ParseAddr(field)
		if err != nil || server.IsUnspecified() || server.IsMulticast() {
			return w.BadDNS
		}
		list = append(list, server)
	}
	if len(list) > 3 || len(list) == 0 && !p.to.DHCP {
		return w.BadDNS
	}
	p.to.DNS = list
	return ""
}

func (p *networkForm) takeNTP(w netWords, a string) string {
	list := strings.FieldsFunc(a, separates)
	for _, name := range list {
		if len(name) > 253 || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" || strings.HasPrefix(name, "-") {
			return w.BadNTP
		}
	}
	if len(list) > 4 {
		return w.BadNTP
	}
	p.to.NTP = list
	return ""
}

func separates(r rune) bool { return r == ' ' || r == ',' || r == ';' }

func (p *networkForm) draw(s *session, f *vt.Frame) {
	w := s.words.Net
	s.entry(f, 1)
	q := p.questions(s)
	if p.asked >= len(q) {
		p.drawReview(s, f)
		return
	}
	for i, l := range s.settings(p.to) {
		f.Put(bodyRow+2+i, 3, vt.Plain, l.label)
		f.Box(bodyRow+2+i, 22, vt.Columns-23, vt.Bold, l.value)
	}
	f.Box(bodyRow+8, 3, vt.Columns-4, vt.Plain, w.Form)
	f.Headed(bodyRow+10, 3, vt.Columns-4, vt.Bold, q[p.asked].ask, " ["+vt.Fit(q[p.asked].value, 30, s.ascii)+"]")
}

func (p *networkForm) drawReview(s *session, f *vt.Frame) {
	w := s.words.Net
	s.beforeAfter(f, bodyRow+1, p.from, p.to)
	row := bodyRow + 8
	if s.state.boxErr == nil && len(s.state.box.Calls) > 0 {
		words := w.Cut1
		if n := len(s.state.box.Calls); n > 1 {
			words = fmt.Sprintf(w.Cut, n)
		}
		f.Put(row, f.Sign(row, 3, trouble), vt.Bold, words)
	} else {
		f.Put(row, 3, vt.Plain, w.Review)
	}
	f.Choice(row+2, "1", w.Go, "")
}

// beforeAfter draws two settings side by side in seven rows, what differs in bold. A value that is too long for its column takes a second row
// where one is free, a changed one first.
func (s *session) beforeAfter(f *vt.Frame, row int, before, after NetworkSettings) {
	const first, second, width = 20, 50, 29
	f.Put(row, first, vt.Bold, s.words.Net.Before)
	f.Put(row, second, vt.Bold, s.words.Net.After)
	was, is := s.settings(before), s.settings(after)
	long := -1
	for i := range was {
		if max(vt.Wide(was[i].value), vt.Wide(is[i].value)) > width && (long < 0 || was[i] != is[i]) {
			long = i
		}
	}
	for i := range was {
		row++
		st := vt.Plain
		if was[i] != is[i] {
			st = vt.Bold
		}
		f.Put(row, 3, vt.Plain, was[i].label)
		if i != long {
			f.Box(row, first, width, vt.Plain, was[i].value)
			f.Box(row, second, width, st, is[i].value)
			continue
		}
		s.twoRows(f, row, first, width, vt.Plain, was[i].value)
		s.twoRows(f, row, second, width, st, is[i].value)
		row++
	}
}

// twoRows writes a text into two rows, broken at a space.
func (s *session) twoRows(f *vt.Frame, row, col, width int, st vt.Style, text string) {
	lines := vt.Wrap(vt.Clean(text, s.ascii), width)
	if len(lines) == 0 {
		return
	}
	f.Put(row, col, st, lines[0])
	f.Box(row+1, col, width, st, strings.Join(lines[1:], " "))
}

func (p *networkForm) hint(s *session) string { return s.words.Prompt.Back }

func (p *networkForm) prompt(s *session) string { return s.words.Prompt.Line }

func (p *networkForm) leave(s *session) bool {
	s.notice = s.words.Notice.Kept
	return true
}

func (p *networkForm) line(s *session, text string) {
	if q := p.questions(s); p.asked < len(q) {
		p.answer(s, q[p.asked], text)
		return
	}
	if text != "1" {
		s.unknown(text)
		return
	}
	to := p.to
	if s.do(p, actWithin, true, func(ctx context.Context, _ func(func())) func() {
		err := s.o.Network.Try(ctx, to)
		var now NetworkState
		var nowErr error
		if err == nil {
			now, nowErr = s.o.Network.Network(ctx)
		}
		return func() {
			if err != nil {
				s.failed(err)
				return
			}
			s.state.net, s.state.netErr, s.state.netAt = now, nowErr, time.Now()
			s.popTo(p.base)
			s.push(newTrialPage(s))
		}
	}) {
		s.notice = s.words.Net.Trying
	}
}

func (p *networkForm) answer(s *session, q question, text string) {
	switch text {
	case "":
		text = q.value
	case "-":
		text = ""
	}
	if problem := q.take(text); problem != "" {
		s.notice = problem
		return
	}
	p.asked++
	if p.asked == len(p.questions(s)) && slices.Equal(s.settings(p.from), s.settings(p.to)) {
		s.pop()
		s.notice = s.words.Net.Same
	}
}
