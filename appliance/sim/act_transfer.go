package sim

import (
	"fmt"
	"slices"
	"strings"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/site"
)

// handingOver is what an agent does with a call in the toolbar: hand it over in one of the guide's eight ways, and go on with that. done says that
// the words are one of these.
//
//	ana transfers supervised to outside 01 98 76 54 32
//	ana transfers to agent ben
//	ana completes; ana takes back; ana confers; ana hangs up in the toolbar
func (w *World) handingOver(who, what string) (done bool, err error) {
	if !slices.ContainsFunc(w.set.Site.Agents, func(a site.Agent) bool { return a.ID == who }) {
		return false, nil
	}
	by := "agent:" + who
	switch what {
	case "completes":
		w.box.tell(exchange.CallTransferDo{By: by, Agent: who, Deed: exchange.TransferComplete})
	case "takes back":
		w.box.tell(exchange.CallTransferDo{By: by, Agent: who, Deed: exchange.TransferTakeBack})
	case "confers":
		w.box.tell(exchange.CallTransferDo{By: by, Agent: who, Deed: exchange.TransferConfer})
	case "hangs up in the toolbar":
		w.box.ask(func(s *exchange.State) {
			for _, a := range s.Agents() {
				if a.ID == who {
					w.box.inbox <- exchange.CallHangUp{By: by, Call: a.Call}
				}
			}
		})
	default:
		rest, ok := strings.CutPrefix(what, "transfers ")
		if !ok {
			return false, nil
		}
		supervised := false
		if r, ok := strings.CutPrefix(rest, "supervised "); ok {
			rest, supervised = r, true
		}
		kind, target, _ := strings.Cut(strings.TrimPrefix(rest, "to "), " ")
		in := exchange.CallTransfer{By: by, Agent: who, Kind: exchange.TransferKind(kind), Target: target}
		switch in.Kind {
		case exchange.ToOutside, exchange.ToContact:
			in.Target = strings.ReplaceAll(target, " ", "")
			in.Callee = fact.Subject(in.Target)
		case exchange.ToAgent, exchange.ToSection, exchange.ToExtension:
		default:
			return false, nil // « transfers to 204 » is the phone's own key
		}
		if supervised {
			if in.Kind == exchange.ToSection || in.Kind == exchange.ToExtension {
				return true, fmt.Errorf("%q: an extension is always a supervised transfer, a section never", what)
			}
			in.Kind += "_attended"
		}
		w.box.tell(in)
	}
	return true, nil
}
