// Package sipedge is the box's telephone line to the outside: SIP messages of phones and carriers become inputs of the exchange, and the
// exchange's effects become SIP messages.
//
// It owns the stack (sockets, transactions), one leg.Actor for each dialog, the registrar and the trunks. It decides nothing: who may be rung,
// and what becomes of a call, is the exchange's.
package sipedge
