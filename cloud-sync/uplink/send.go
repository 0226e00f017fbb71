package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// sender brings facts to the cloud. There is one, on one goroutine, with one batch under way at most.
type sender struct {
	l      *Link
	s      sent
	small  int // facts in a batch while the cloud refuses larger ones; 0: as many as may be
	stands int // answers in a row that did not move the mark
}

const (
	standsMost  = 3   // answers that move nothing, then it is trouble
	repeatStep  = 256 // facts read at a time
	causeUnread = "it cannot be read any more"
)

// errRaising says the journal is to go on in a later epoch before anything is sent.
var errRaising = errors.New("the journal is not in its new epoch yet")

// send is the loop that runs the sender while the link is up.
func (l *Link) send(ctx context.Context) {
	x := &sender{l: l}
	if err := l.dir.readIfThere(fileSent, &x.s); err != nil {
		l.o.Log.Error("how much was sent is not known any more", "error", err)
	}
	failures := 0
	for ctx.Err() == nil {
		c, id, up := l.ready()
		more, err := false, error(nil)
		if up {
			more, err = x.step(ctx, c, id)
		}
		pause := time.Duration(-1)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			pause = l.o.Pace.retry(failures, false)
			if t, is := errors.AsType[*Trouble](err); is {
				pause = max(pause, t.Again)
			}
			l.suspect(err)
			l.o.Log.Warn("facts could not be sent", "error", err)
		case more:
			failures, pause = 0, l.o.Pace.Trickle
		default:
			failures = 0
		}
		if !l.someNews(ctx, pause) {
			return
		}
	}
}

// someNews waits until there is something to send, or for the time. While a pause lasts, news do not cut it short.
func (l *Link) someNews(ctx context.Context, pause time.Duration) bool {
	if pause >= 0 {
		return wait(ctx, nil, pause)
	}
	select {
	case <-ctx.Done():
	case <-l.o.Head.News():
	case <-l.sendNow:
	}
	return ctx.Err() == nil
}

// step sends one batch. more: there is more to send.
func (x *sender) step(ctx context.Context, c *client, id identity) (more bool, err error) {
	if err := x.begin(ctx, id); err != nil {
		return false, err
	}
	cursor, err := x.l.o.Journal.Cursor(ctx)
	if err != nil {
		return false, err
	}
	x.l.mu.Lock()
	probe, acked := x.l.probe, x.l.acked
	x.l.mu.Unlock()
	if probe {
		// Asked before anything is sent: a box that was restored would give the cloud other facts under numbers it knows.
		a, err := x.post(ctx, c, wire.Batch{Stream: x.l.o.Who.Stream, After: x.after(cursor), Facts: []json.RawMessage{}})
		if err != nil {
			return false, err
		}
		x.l.mu.Lock()
		if x.l.client == c {
			x.l.probe = false
		}
		x.l.mu.Unlock()
		return true, x.take(ctx, a, cursor)
	}
	batch, last, full, err := x.gather(ctx, cursor, acked)
	if err != nil || len(batch.Facts) == 0 {
		x.oldest(time.Time{})
		return false, err
	}
	if x.s.Upto.Before(last) {
		x.s.Upto = last
		if err := x.l.dir.write(fileSent, x.s); err != nil {
			return false, err
		}
	}
	a, err := x.post(ctx, c, batch)
	if err != nil {
		return x.refused(ctx, err, batch)
	}
	if x.stands++; acked.Before(a) {
		x.stands = 0
	}
	if x.stands >= standsMost {
		x.stands = 0
		return false, &Trouble{Cause: BadAnswer, Sentence: fmt.Sprintf("the cloud takes no facts after %s", a), Remedy: "tell whoever runs the console; the box keeps them"}
	}
	if err := x.take(ctx, a, cursor); err != nil {
		return false, err
	}
	return full || a.Before(last), nil
}

// begin looks to whom facts go, and whether the journal is where it must be.
func (x *sender) begin(ctx context.Context, id identity) error {
	j, head := x.l.o.Journal, x.l.o.Head
	if x.s.Tenant != id.Tenant {
		cursor, err := j.Cursor(ctx)
		if err != nil {
			return err
		}
		next := x.s
		if next.Tenant != "" {
			// The facts of until now are the other customer's.
			if next.Floor = id.From; next.Floor == (fact.Address{}) {
				next.Floor = head.Last()
			}
			if cursor.Before(next.Floor) {
				if err := j.Advance(ctx, next.Floor); err != nil {
					return err
				}
			}
		}
		next.Tenant = id.Tenant
		if err := x.l.dir.write(fileSent, next); err != nil {
			return err
		}
		x.s = next
	}
	if x.s.Raised == 0 {
		return nil
	}
	if head.Last().Epoch < x.s.Raised {
		if err := head.RaiseEpoch(ctx, x.s.Raised); err != nil {
			return err
		}
		if head.Last().Epoch < x.s.Raised {
			return errRaising
		}
	}
	return x.repeat(ctx)
}

// repeat appends again, in the new epoch, the facts whose numbers are other facts' in the cloud.
func (x *sender) repeat(ctx context.Context) error {
	for x.s.Since.Before(x.s.Acked) {
		entries, err := x.l.o.Journal.Read(ctx, x.s.Since, repeatStep)
		bad, unreadable := errors.AsType[Unreadable](err)
		if err != nil && !unreadable {
			return err
		}
		next := x.s.Acked
		for _, e := range entries {
			if x.s.Acked.Before(e.Address) {
				break
			}
			x.l.o.Head.Repeat(e.At, e.Fact)
		}
		if n := len(entries); n > 0 && entries[n-1].Address.Before(next) && (n == repeatStep || unreadable) {
			next = entries[n-1].Address
		}
		if unreadable && bad.Unreadable().Before(x.s.Acked) {
			next = bad.Unreadable()
		}
		x.s.Since = next
		if err := x.l.dir.write(fileSent, x.s); err != nil {
			return err
		}
	}
	if err := x.l.o.Journal.Advance(ctx, x.s.Acked); err != nil {
		return err
	}
	done := x.s
	if done.Upto.Before(x.s.Acked) {
		done.Upto = x.s.Acked
	}
	done.Raised, done.Since, done.Acked = 0, fact.Address{}, fact.Address{}
	if err := x.l.dir.write(fileSent, done); err != nil {
		return err
	}
	x.s = done
	return nil
}

// gather reads a batch after the cursor: within the bounds, at least one fact. full says that there may be more.
func (x *sender) gather(ctx context.Context, cursor, acked fact.Address) (b wire.Batch, last fact.Address, full bool, err error) {
	most := wire.MaxBatch
	if x.small > 0 {
		most = x.small
	}
	b = wire.Batch{Stream: x.l.o.Who.Stream, After: x.after(acked)}
	entries, err := x.l.o.Journal.Read(ctx, cursor, most)
	if bad, is := errors.AsType[Unreadable](err); is {
		err = nil
		if len(entries) == 0 {
			entries = []fact.Entry{x.lost(bad.Unreadable(), causeUnread)}
		}
		full = true
	}
	if err != nil || len(entries) == 0 {
		return b, last, false, err
	}
	x.oldest(entries[0].At.Time())
	size := 0
	for _, e := range entries {
		raw, err := json.Marshal(e)
		if err != nil {
			if raw, err = json.Marshal(x.lost(e.Address, "it cannot be written down: "+err.Error())); err != nil {
				return b, last, false, err
			}
		}
		if size += len(raw); size > wire.MaxBatchBytes && len(b.Facts) > 0 {
			return b, last, true, nil
		}
		b.Facts, last = append(b.Facts, raw), e.Address
	}
	return b, last, full || len(entries) == most, nil
}

// lost stands for a fact that cannot be sent, at its own address.
func (x *sender) lost(at fact.Address, cause string) fact.Entry {
	return fact.Entry{Address: at, At: fact.Moment{UTC: x.l.clock.now().UnixMilli()}, Fact: fact.FactsLost{From: at, To: at, Cause: cause}}
}

// after is the address a batch follows, as the cloud has it: before the first fact, none.
func (x *sender) after(a fact.Address) fact.Address {
	if a.N == 0 && a.Epoch <= 1 {
		return fact.Address{}
	}
	a.Stream = x.l.o.Who.Stream
	return a
}

func (x *sender) post(ctx context.Context, c *client, b wire.Batch) (fact.Address, error) {
	var a wire.Acknowledged
	if _, err := c.do(ctx, ask{path: wire.PathFacts, out: b, zip: true}, &a); err != nil {
		return fact.Address{}, err
	}
	x.l.heard(a.Time)
	if a.Acked != (fact.Address{}) && a.Acked.Stream != b.Stream {
		return fact.Address{}, &Trouble{Cause: BadAnswer, Sentence: fmt.Sprintf("the cloud answers about another box's facts (%s)", printable(a.Acked.Stream, 40)), Remedy: "tell whoever runs the console; the box keeps its facts"}
	}
	return a.Acked, nil
}

// take moves the cursor to where the cloud is.
func (x *sender) take(ctx context.Context, acked, cursor fact.Address) error {
	j, last := x.l.o.Journal, x.l.o.Head.Last()
	acked.Stream = x.l.o.Who.Stream
	if acked.Epoch == 0 {
		acked = fact.Address{Stream: acked.Stream, Epoch: 1}
	}
	var err error
	switch {
	case x.s.Upto.Before(acked) && acked.N > 0 && last.Epoch <= acked.Epoch:
		// Nobody but this box writes its stream, and it never sent that far: it was put back from a copy, and its numbers are used up.
		since := x.s.Upto
		if since.Before(cursor) {
			since = cursor
		}
		raise := x.s
		raise.Raised, raise.Since, raise.Acked = acked.Epoch+1, since, acked
		if err := x.l.dir.write(fileSent, raise); err != nil {
			return err
		}
		x.s = raise
		if err := x.l.o.Head.RaiseEpoch(ctx, raise.Raised); err != nil {
			return err
		}
		if last = x.l.o.Head.Last(); last.Epoch < raise.Raised {
			return errRaising
		}
		err = x.repeat(ctx)
	case acked.Before(cursor) && acked.Before(x.s.Floor):
		err = nil // what lies before is another customer's
	case acked.Before(cursor):
		x.l.o.Log.Info("the cloud asks for facts again", "from", acked.String())
		if err = j.Rewind(ctx, acked); err == nil && acked.Before(x.s.Floor) {
			err = j.Rewind(ctx, x.s.Floor)
		}
	case cursor.Before(acked):
		err = j.Advance(ctx, acked)
	}
	if err != nil {
		return err
	}
	x.l.mu.Lock()
	x.l.acked = acked
	x.l.mu.Unlock()
	return nil
}

// refused deals with a batch that did not get through. When the cloud itself finds it bad, it is sent in smaller pieces, and a fact that is bad
// alone is told lost: one poisoned fact must not stop those after it.
func (x *sender) refused(ctx context.Context, err error, b wire.Batch) (more bool, _ error) {
	t, is := errors.AsType[*Trouble](err)
	if !is || t.Code != wire.CodeBadRequest || t.Status != http.StatusBadRequest && t.Status != http.StatusRequestEntityTooLarge && t.Status != http.StatusUnprocessableEntity {
		return false, err
	}
	if n := len(b.Facts); n > 1 {
		x.small = n / 2
		return true, nil
	}
	rows, bad := b.Rows()
	if bad != nil || len(rows) == 0 {
		return false, errors.Join(err, bad)
	}
	c, _, up := x.l.ready()
	if !up {
		return false, err
	}
	raw, bad := json.Marshal(x.lost(rows[0].Address, "the cloud refused it: "+t.Sentence))
	if bad != nil {
		return false, bad
	}
	cursor, bad := x.l.o.Journal.Cursor(ctx)
	if bad != nil {
		return false, bad
	}
	a, again := x.post(ctx, c, wire.Batch{Stream: b.Stream, After: b.After, Facts: []json.RawMessage{raw}})
	if again != nil {
		return false, again
	}
	x.small = 0
	return true, x.take(ctx, a, cursor)
}

func (x *sender) oldest(at time.Time) {
	x.l.mu.Lock()
	x.l.waiting = at
	x.l.mu.Unlock()
}
