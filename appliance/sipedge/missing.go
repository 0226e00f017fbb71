package sipedge

import (
	"time"

	"autocom/appliance/exchange"
)

// missingAfter is how long phones have to come back after a start, or an extension's first phone to come at all, before the extension counts as
// having none: until then nothing is known of it, which is another lamp.
const missingAfter = 2 * time.Minute

// awaitPhones begins the wait for phones.
func (e *Edge) awaitPhones() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.missing = time.Now().Add(missingAfter)
}

// tellMissing tells the exchange, once, which extensions have no phone.
func (e *Edge) tellMissing(now time.Time) {
	e.mu.Lock()
	due := !e.missing.IsZero() && !now.Before(e.missing)
	if due {
		e.missing = time.Time{}
	}
	e.mu.Unlock()
	if !due {
		return
	}
	for _, x := range e.site.Load().extensions {
		if len(e.registrar.Lookup(now, x)) == 0 {
			e.cfg.Tell(exchange.PhoneReachable{Extension: x})
		}
	}
}
