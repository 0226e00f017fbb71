package sipedge

import (
	"net/netip"
	"strconv"
	"strings"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// Between sipgo's messages and the small values a leg knows.

// maxHeaders bounds the headers of one name that are looked at.
const maxHeaders = 16

// headed is a request or a response.
//
// sipgo's own look-ups of a header write the name of each header in small letters first: here they are compared as they are.
type headed interface {
	Headers() []sip.Header
}

// values lists the values of all headers of a name.
func values(m headed, name string) []string {
	var list []string
	for _, h := range m.Headers() {
		if strings.EqualFold(h.Name(), name) && len(list) < maxHeaders {
			list = append(list, h.Value())
		}
	}
	return list
}

// value is the value of the first header of a name.
func value(m headed, name string) string {
	for _, h := range m.Headers() {
		if strings.EqualFold(h.Name(), name) {
			return strings.TrimSpace(h.Value())
		}
	}
	return ""
}

func tagOf(p sip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}

func contactOf(m headed) string {
	for _, h := range m.Headers() {
		if c, ok := h.(*sip.ContactHeader); ok {
			if c.Address.Host == "" {
				return ""
			}
			return c.Address.String()
		}
	}
	return ""
}

func routesOf(m headed) []string {
	var list []string
	for _, h := range m.Headers() {
		if r, ok := h.(*sip.RecordRouteHeader); ok && len(list) < maxHeaders {
			list = append(list, r.Address.String())
		}
	}
	return list
}

func requestOf(r *stack.Request) leg.Request {
	m := leg.Request{
		Method:  string(r.Method),
		URI:     r.Recipient.String(),
		CallID:  r.CallID().Value(),
		CSeq:    r.CSeq().SeqNo,
		Flow:    r.Flow,
		Contact: contactOf(r.Request),
		Routes:  routesOf(r.Request),
		Body:    r.Body(),
	}
	from, to := r.From(), r.To()
	m.From = leg.Address{Display: from.DisplayName, URI: from.Address.String(), Tag: tagOf(from.Params)}
	m.To = leg.Address{Display: to.DisplayName, URI: to.Address.String(), Tag: tagOf(to.Params)}
	if len(m.Body) > 0 {
		if t := r.ContentType(); t != nil {
			m.BodyType = t.Value()
		}
	}
	m.Extra = extraOf(r.Request)
	return m
}

// extraOf keeps the headers that a dialog reads, under their long names (RFC 3261 §7.3.3).
func extraOf(m headed) []leg.Header {
	var list []leg.Header
	for _, h := range m.Headers() {
		name := read(h.Name())
		if name == "" || len(list) >= 2*maxHeaders {
			continue
		}
		if list == nil {
			list = make([]leg.Header, 0, 4)
		}
		list = append(list, leg.Header{Name: name, Value: h.Value()})
	}
	return list
}

// read is the long name of a header that a dialog reads, empty for any other.
func read(name string) string {
	switch len(name) { // most headers are told by their length alone
	case 1:
		switch name {
		case "k", "K":
			return "Supported"
		case "x", "X":
			return "Session-Expires"
		}
		return ""
	case 4, 5, 6, 7, 9, 15:
	default:
		return ""
	}
	for _, long := range [...]string{"Supported", "Require", "Allow", "RSeq", "RAck", "Session-Expires", "Min-SE", "Refer-Sub", "Reason"} {
		if strings.EqualFold(name, long) {
			return long
		}
	}
	return ""
}

func responseOf(r *stack.Response) leg.Response {
	m := leg.Response{
		Status:  r.StatusCode,
		Reason:  r.Reason,
		CallID:  r.CallID().Value(),
		CSeq:    r.CSeq().SeqNo,
		Method:  string(r.CSeq().MethodName),
		ToTag:   tagOf(r.To().Params),
		Contact: contactOf(r.Response),
		Routes:  routesOf(r.Response),
		Body:    r.Body(),
	}
	if len(m.Body) > 0 {
		if t := r.ContentType(); t != nil {
			m.BodyType = t.Value()
		}
	}
	m.Extra = extraOf(r.Response)
	if m.Status == 401 || m.Status == 407 {
		for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
			for _, v := range values(r.Response, name) {
				m.Extra = append(m.Extra, leg.Header{Name: name, Value: v})
			}
		}
	}
	return m
}

// build writes a request of a leg that goes along a flow. via is what our Via says of us.
func build(m leg.Request, f leg.Flow, via string) (*sip.Request, error) {
	var uri sip.Uri
	if err := sip.ParseUri(m.URI, &uri); err != nil {
		return nil, err
	}
	req := sip.NewRequest(sip.RequestMethod(m.Method), uri)
	host, port := splitHost(via, f.Transport)
	hop := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.Transport.String(), Host: host, Port: port}
	hop.Params.Add("branch", m.Via)
	hop.Params.Add("rport", "")
	req.AppendHeader(hop)
	for _, r := range m.Routes {
		req.AppendHeader(sip.NewHeader("Route", "<"+r+">"))
	}
	from := &sip.FromHeader{DisplayName: m.From.Display}
	if err := sip.ParseUri(m.From.URI, &from.Address); err != nil {
		return nil, err
	}
	from.Params.Add("tag", m.From.Tag)
	to := &sip.ToHeader{DisplayName: m.To.Display}
	if err := sip.ParseUri(m.To.URI, &to.Address); err != nil {
		return nil, err
	}
	if m.To.Tag != "" {
		to.Params.Add("tag", m.To.Tag)
	}
	id := sip.CallIDHeader(m.CallID)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: m.CSeq, MethodName: req.Method})
	if m.Contact != "" {
		req.AppendHeader(sip.NewHeader("Contact", "<"+m.Contact+">"))
	}
	if m.Hops > 0 {
		hops := sip.MaxForwardsHeader(min(m.Hops, 255))
		req.AppendHeader(&hops)
	}
	for _, h := range m.Extra {
		req.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	if len(m.Body) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", m.BodyType))
		length := sip.ContentLengthHeader(len(m.Body)) // SetBody alone would look for one first
		req.AppendHeader(&length)
		req.SetBody(m.Body)
	}
	return req, nil
}

// splitHost takes a host from its port, and an IPv6 address out of its brackets: sipgo writes them again.
func splitHost(hostport string, by flow.Transport) (string, int) {
	if at, err := netip.ParseAddrPort(hostport); err == nil {
		return at.Addr().String(), int(at.Port())
	}
	host, text, ok := strings.Cut(hostport, ":")
	port, err := strconv.ParseUint(text, 10, 16)
	if !ok || err != nil {
		return hostport, int(by.DefaultPort())
	}
	return host, int(port)
}

func headersOf(list []leg.Header) []sip.Header {
	out := make([]sip.Header, 0, len(list)+3)
	for _, h := range list {
		out = append(out, sip.NewHeader(h.Name, h.Value))
	}
	return out
}
