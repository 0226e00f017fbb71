package engine

import "autocom/appliance/exchange/plan"

// MaskLeg makes what a leg says and presses be heard by nobody, in no leg and no recording, for as long as somebody types what only the exchange may know
// (PCI DSS 3.3.1, FEATURES §9.5). Its keys are told as Digit as ever; its peer goes on hearing. The whole voice is kept back, not the keys in it: a key
// is known some 30 ms after it began, and by then a listener has heard it.
func (e *Engine) MaskLeg(id plan.LegID, on bool) error {
	l := e.byID[id]
	if l == nil {
		return ErrUnknownLeg
	}
	l.masked = on
	return nil
}
