package draft

import (
	"net/netip"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/spelling"

	"github.com/emiago/sipgo/sip"
)

// Request copies a request and fills in what it lacks: Via, by which answers come to ours, Max-Forwards, Content-Length, and User-Agent unless agent
// is empty.
func Request(req *sip.Request, ours netip.AddrPort, agent string) *sip.Request {
	msg := sip.NewRequest(req.Method, req.Recipient)
	if req.Via() == nil {
		via := &sip.ViaHeader{
			ProtocolName: "SIP", ProtocolVersion: "2.0", Host: hop.Host(ours.Addr()), Port: int(ours.Port()),
		}
		via.Params.Add("branch", sip.GenerateBranchN(16))
		via.Params.Add("rport", "")
		msg.AppendHeader(via)
	}
	if spelling.First(req, "Max-Forwards") == nil {
		hops := sip.MaxForwardsHeader(70)
		msg.AppendHeader(&hops)
	}
	for _, h := range req.CloneHeaders() {
		msg.AppendHeader(h)
	}
	if agent != "" && spelling.First(msg, "User-Agent") == nil {
		msg.AppendHeader(sip.NewHeader("User-Agent", agent))
	}
	SetBody(msg, append([]byte(nil), req.Body()...))
	return msg
}

// Sibling builds the CANCEL or the ACK that belongs to an INVITE's transaction (RFC 3261 §9.1, §17.1.1.3).
func Sibling(invite *sip.Request, method sip.RequestMethod, to *sip.ToHeader) *sip.Request {
	req := sip.NewRequest(method, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(sip.HeaderClone(h))
	}
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(to))
	req.AppendHeader(sip.HeaderClone(invite.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	req.SetTransport(invite.Transport())
	return req
}

// Carry writes into a request what it travels by: the topmost Via says so, and sipgo's transactions repeat nothing on a stream.
func Carry(req *sip.Request, by flow.Transport) {
	req.Via().Transport = by.String()
	req.SetTransport(by.String())
}

// SetBody gives a message its body and its Content-Length, which sipgo's SetBody alone would look for in a costly way.
func SetBody(m interface {
	spelling.Headed
	AppendHeader(h sip.Header)
	SetBody(body []byte)
}, body []byte,
) {
	if spelling.First(m, "Content-Length") == nil {
		n := sip.ContentLengthHeader(len(body))
		m.AppendHeader(&n)
	}
	m.SetBody(body)
}
