package consoleapi

import (
	"context"
	"net/http"
	"time"

	"autocom/cloud-sync/wire"
)

// doorkeeper slows down who guesses passwords and codes, and keeps passwords from taking all of the machine: deriving one costs a good part of a
// second.
type doorkeeper struct {
	accounts, addresses, codes *patience

	turns chan struct{} // derivations at once
	queue chan struct{} // that and who waits for one
}

func newDoorkeeper() *doorkeeper {
	return &doorkeeper{
		accounts:  newPatience(5, time.Minute), // short: somebody else may be typing the name to lock its owner out
		addresses: newPatience(20, 15*time.Minute),
		codes:     newPatience(5, 15*time.Minute),
		turns:     make(chan struct{}, 2),
		queue:     make(chan struct{}, 32),
	}
}

// password counts a try to sign in; done forgives it. Either the account or the address may have to wait.
func (d *doorkeeper) password(account, address string, now time.Time) (done func(), wait time.Duration) {
	if wait := d.addresses.begin(address, now); wait > 0 {
		return nil, wait
	}
	if wait := d.accounts.begin(account, now); wait > 0 {
		return nil, wait
	}
	return func() {
		d.accounts.forgive(account, true)
		d.addresses.forgive(address, false) // its other tries still count: one account of one's own buys no guesses
	}, 0
}

// code counts a try with a one-time code.
func (d *doorkeeper) code(address string, now time.Time) (done func(), wait time.Duration) {
	if wait := d.codes.begin(address, now); wait > 0 {
		return nil, wait
	}
	return func() { d.codes.forgive(address, false) }, 0
}

// turn waits until a password may be derived.
func (d *doorkeeper) turn(ctx context.Context) (release func(), err error) {
	select {
	case d.queue <- struct{}{}:
	default:
		f := refuse(http.StatusServiceUnavailable, wire.CodeBusy, "too many people sign in just now", "try again in a moment")
		f.wait = 2 * time.Second
		return nil, f
	}
	select {
	case d.turns <- struct{}{}:
		return func() { <-d.turns; <-d.queue }, nil
	case <-ctx.Done():
		<-d.queue
		return nil, ctx.Err()
	}
}
