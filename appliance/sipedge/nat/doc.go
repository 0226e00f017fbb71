// Package nat notices routers between the box and a phone or a carrier: those that translate addresses, those that rewrite SIP on the way
// ("SIP ALG"), and how soon they forget a phone that is silent.
//
// It is pure: what was sent and what came go in as values, findings and the next keep-alive come out. Nothing in a finding names an outside
// caller or holds a secret: only hosts, ports and times.
package nat

//go:generate go test -run TestTableIsPrinted -update .
