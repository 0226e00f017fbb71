package sipedge

import (
	"net/netip"
	"time"

	"autocom/appliance/sipedge/stack"

	"github.com/emiago/sipgo/sip"
)

// door tells the stack below whom the site knows. The stack asks on the goroutines that read.
func (e *Edge) door(c *stack.Config) {
	if c.Firewall.Spared == nil {
		c.Firewall.Spared = e.isCarrier
	}
	if c.Intake.Bound == nil {
		c.Intake.Bound = func(extension string, from netip.AddrPort) bool {
			return e.registrar.Bound(time.Now(), user(extension), from.Addr())
		}
	}
}

// isCarrier reports whether calls of a carrier come from an address.
func (e *Edge) isCarrier(a netip.Addr) bool {
	trunks := e.site.Load().trunks
	for i := range trunks {
		if e.carriers.sends(&trunks[i], a) {
			return true
		}
	}
	return false
}

// optioned answers an OPTIONS outside a dialog (RFC 3261 §11). Carriers, and phones that are registered from just there, are answered: they ask
// whether the box is well, or keep a way through their router open. All others are asked for a password, whatever the extension they name:
// that says there is SIP, which the 401 to any other request says as well, and nothing else.
func (e *Edge) optioned(r *stack.Request) {
	if _, carrier := e.carriers.whose(r); !carrier && !e.registrar.From(time.Now(), user(r.From().Address.User), r.Flow.Remote) {
		if _, ok := e.authenticate(r); !ok {
			return
		}
	}
	r.Vouch()
	e.respond(r, 200, "", sip.NewHeader("Allow", e.stack.Allow()), sip.NewHeader("Accept", "application/sdp"))
}
