package central

import (
	"context"
	"errors"
	"fmt"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// Bounds of what a box reports.
const (
	mostProblems = 200
	mostWhy      = 2000      // characters
	mostRevision = 1 << 40   // a number nobody reaches by publishing
	mostNumber   = 1<<63 - 1 // of a fact: what the database can count
	nonceSize    = 16
)

// Desired is what a box should be, signed for it alone. ErrNotFound: nothing was published for its site.
func (c *Cloud) Desired(ctx context.Context, d Device) (wire.Envelope, error) {
	s, err := c.Store.Site(ctx, d.Tenant, d.Site, now())
	if err != nil {
		return wire.Envelope{}, err
	}
	if s.Newest == 0 {
		return wire.Envelope{}, ErrNotFound
	}
	r, err := c.Store.Revision(ctx, d.Tenant, d.Site, s.Newest)
	if err != nil {
		return wire.Envelope{}, err
	}
	return c.Signer.Seal(d.Tenant, wire.Desired{
		Tenant: string(d.Tenant), Site: string(d.Site), Device: string(d.ID), Revision: r.Number, Issued: r.Published.UnixMilli(), Document: r.Text,
	})
}

// Confirm says that a revision was published for the box's site, which only this cloud can. ErrNotFound: it was not.
func (c *Cloud) Confirm(ctx context.Context, d Device, q wire.Confirm) (wire.Confirmed, error) {
	if len(q.Nonce) != nonceSize {
		return wire.Confirmed{}, fmt.Errorf("%w: the nonce has %d bytes, %d are wanted", ErrRefused, len(q.Nonce), nonceSize)
	}
	if _, err := c.Store.Revision(ctx, d.Tenant, d.Site, q.Revision); err != nil {
		return wire.Confirmed{}, err
	}
	return wire.Confirmed{Revision: q.Revision, Nonce: q.Nonce, Time: now().UnixMilli()}, nil
}

// Report takes in how far a revision came on a box. It may come twice.
func (c *Cloud) Report(ctx context.Context, d Device, r wire.Report) (wire.Received, error) {
	switch r.State {
	case wire.Fetched, wire.Refused, wire.Applied, wire.Kept, wire.Reverted:
	case wire.Published:
		return wire.Received{}, fmt.Errorf("%w: a box does not publish", ErrRefused)
	default:
		return wire.Received{}, fmt.Errorf("%w: %q is no state of a document", ErrRefused, r.State)
	}
	if r.Revision == 0 || r.Revision > mostRevision || r.Returned > mostRevision {
		return wire.Received{}, fmt.Errorf("%w: no revision has the number %d", ErrRefused, r.Revision)
	}
	r.Problems = r.Problems[:min(len(r.Problems), mostProblems)]
	r.Why = clean(r.Why, mostWhy)
	at := now()
	changed, err := c.Store.Reported(ctx, d, r, at)
	if err != nil {
		return wire.Received{}, err
	}
	if changed {
		c.live.tell(d.Tenant, Change{Site: d.Site, What: "revision"})
	}
	return wire.Received{Time: at.UnixMilli()}, nil
}

// Heard takes in the status of a box.
func (c *Cloud) Heard(ctx context.Context, d Device, status wire.Status) (wire.StatusAnswer, error) {
	at := now()
	if status.Revision > mostRevision || status.Trial > mostRevision {
		return wire.StatusAnswer{}, fmt.Errorf("%w: no revision has the number %d", ErrRefused, max(status.Revision, status.Trial))
	}
	s, err := c.Store.Site(ctx, d.Tenant, d.Site, at)
	if err != nil {
		return wire.StatusAnswer{}, err
	}
	if status.Revision != s.InForce {
		if err := c.Store.InForce(ctx, d, status.Revision); err != nil {
			return wire.StatusAnswer{}, err
		}
		c.live.tell(d.Tenant, Change{Site: d.Site, What: "revision"})
	}
	if givenUp(s, status) {
		if err := c.Store.DropLocal(ctx, d, s.Local); err != nil {
			return wire.StatusAnswer{}, err
		}
		c.live.tell(d.Tenant, Change{Site: d.Site, What: "revision"})
	}
	if program := clean(status.Program, mostWords); program != d.Program || at.Sub(d.Seen) >= noteEach {
		d.Program, d.Seen = program, at
		if err := c.Store.Heard(ctx, d); err != nil {
			return wire.StatusAnswer{}, err
		}
	}
	a := wire.StatusAnswer{Time: at.UnixMilli(), Desired: s.Newest}
	if streamName(status.Stream) {
		if a.Acked, err = c.Store.Mark(ctx, d, status.Stream); err != nil {
			return wire.StatusAnswer{}, err
		}
	}
	a.Watched = c.live.heard(d, status, at)
	return a, nil
}

// Nudges is the stream of a box: what it may ask for, the newest of each. It is closed when the context ends, when the box opens another one, and
// when it is shut out. The first nudge comes at once.
func (c *Cloud) Nudges(ctx context.Context, d Device) (<-chan wire.Nudge, error) {
	s, err := c.Store.Site(ctx, d.Tenant, d.Site, now())
	if err != nil {
		return nil, err
	}
	nudges := c.live.open(ctx, d, wire.Nudge{Desired: s.Newest})
	// It may have been shut out since it was let in, before there was a stream to hang up.
	if now, err := c.Store.Device(ctx, d.ID); err != nil || now.Revoked {
		c.live.hangUp(d.ID)
		if err == nil {
			err = ErrRevoked
		}
		return nil, err
	}
	c.live.tell(d.Tenant, Change{Site: d.Site, What: "device"})
	return nudges, nil
}

// streamName reports whether a box's journal may be called so.
func streamName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, b := range []byte(name) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// Ingest takes in facts: those after the high-water mark are kept and the mark moved, at once. Of a batch that begins beyond the mark nothing is
// kept: the answer tells the box where to go back to. An error with wire.ErrBatch says that the batch is out of order.
func (c *Cloud) Ingest(ctx context.Context, d Device, b wire.Batch) (wire.Acknowledged, error) {
	rows, err := b.Rows()
	if err != nil {
		return wire.Acknowledged{}, err
	}
	if !streamName(b.Stream) || b.After.N > mostNumber || len(rows) > 0 && rows[len(rows)-1].Address.N > mostNumber {
		return wire.Acknowledged{}, fmt.Errorf("%w: stream %.80q", wire.ErrBatch, b.Stream)
	}
	p := Parcel{Stream: b.Stream, After: b.After, At: now()}
	for _, r := range rows {
		if r.Address.N > mostNumber {
			return wire.Acknowledged{}, fmt.Errorf("%w: fact %s", wire.ErrBatch, r.Address)
		}
		p.Rows = append(p.Rows, sorted(r))
	}
	mark, kept, err := c.Store.Ingest(ctx, d, p)
	if err != nil {
		return wire.Acknowledged{}, err
	}
	if kept > 0 {
		c.live.tell(d.Tenant, Change{Site: d.Site, What: "facts"})
	}
	return wire.Acknowledged{Acked: mark, Time: p.At.UnixMilli()}, nil
}

// readable reports whether an error of decoding a fact says only that a later box wrote it.
func readable(err error) bool {
	return err == nil || errors.Is(err, fact.ErrUnknownKind) || errors.Is(err, fact.ErrVersion)
}
