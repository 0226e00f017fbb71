package appliance

import (
	"autocom/appliance/exchange/fact"
	"autocom/appliance/sipedge"
	"autocom/appliance/site"
)

// A simulated box is put together from the same pieces as the one that [RunCore] runs, in fake time and with wires that lose packets. These are
// the pieces that would otherwise be made twice.

// EdgeOf is what SIP needs to know of a document: of the box's network, and of its carriers and phones.
func EdgeOf(doc *site.Document) (sipedge.Config, sipedge.Site) { return edgeConfig(doc), edgeSite(doc) }

// Interrupted is the facts that end the calls which entries of a journal leave open, when the core that wrote them died.
func Interrupted(entries []fact.Entry, now fact.Moment) []fact.Fact {
	open := map[string]*unended{}
	var order []string
	for _, e := range entries {
		order = fold(open, order, e)
	}
	var facts []fact.Fact
	for _, id := range order {
		if u := open[id]; u != nil {
			facts = append(facts, closing(id, u, now)...)
		}
	}
	return facts
}
