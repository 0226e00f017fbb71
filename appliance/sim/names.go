package sim

import (
	"context"
	"errors"
	"net/netip"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/locate"
)

// locator is the DNS of a world: where the names of carriers lead.
type locator map[string][]netip.AddrPort

// Targets gives a name's servers in their order.
func (l locator) Targets(_ context.Context, name string, _ locate.Hint) ([]locate.Target, error) {
	var list []locate.Target
	for _, at := range l[name] {
		list = append(list, locate.Target{Transport: flow.UDP, Addr: at, Name: name})
	}
	if len(list) == 0 {
		return nil, errors.New("no such name")
	}
	return list, nil
}

// called is whom a phone of ours called outside, in a story.
const called = "outside"
