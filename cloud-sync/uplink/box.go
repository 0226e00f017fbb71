package uplink

import (
	"context"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// Journal is the box's journal with the cloud's cursor in it. One goroutine of the link calls it; it may block until the context ends.
type Journal interface {
	// Read returns up to n committed facts after an address, oldest first. At a fact that cannot be read it returns those before it and an error
	// that is an Unreadable.
	Read(ctx context.Context, after fact.Address, n int) ([]fact.Entry, error)
	// Cursor is how far the cloud has come.
	Cursor(ctx context.Context) (fact.Address, error)
	// Advance moves the cursor forward, Rewind wherever the cloud says it is.
	Advance(ctx context.Context, to fact.Address) error
	Rewind(ctx context.Context, to fact.Address) error
}

// Unreadable is in the error of Journal.Read about one fact that is there but cannot be read.
type Unreadable interface {
	error
	Unreadable() fact.Address
}

// Head is where the journal grows. The link calls it on any of its goroutines; only RaiseEpoch may block.
type Head interface {
	// News has an element when facts were added since it was last read. The link alone reads it.
	News() <-chan struct{}
	// Last is the last committed fact.
	Last() fact.Address
	// RaiseEpoch makes the journal number its facts in at least this epoch: the cloud has seen more of the stream than the box ever sent, so
	// the box was restored and gives numbers a second time. It may start the core anew; the link sends nothing until Last is in that epoch.
	RaiseEpoch(ctx context.Context, epoch uint32) error
	// Repeat appends a fact again, with the moment at which it happened, because the number it has is another fact's in the cloud.
	Repeat(at fact.Moment, f fact.Fact)
}

// Site is the site document. One goroutine of the link calls it; it may block until the context ends.
type Site interface {
	// Text is the document in force, byte for byte as it was put there.
	Text() ([]byte, error)
	// Apply puts a document in force, whole, and lastingly, or changes nothing. The error has a *RefusedError in it when the document is at
	// fault; any other error is the box's and the link tries again. The text in force may be applied again.
	Apply(ctx context.Context, text []byte) error
}

// RefusedError says why a document cannot take effect.
type RefusedError struct {
	Problems []wire.Problem
	Why      string // a sentence, where the problems do not tell
}

func (e *RefusedError) Error() string {
	if e.Why != "" {
		return e.Why
	}
	if len(e.Problems) > 0 {
		return e.Problems[0].String()
	}
	return "the document cannot take effect"
}

// Box tells how the box is. The link calls it on its own goroutines; it may block until the context ends.
type Box interface {
	// Status is the box at a glance. The link fills in Revision, Trial, Local, Acked, Last, Oldest, and Clock when it is the cloud's.
	Status(ctx context.Context) (wire.Status, error)
	// Trunks are the trunks of the document in force, now.
	Trunks() []wire.Trunk
}

// Teller keeps box facts. It never blocks.
type Teller interface{ Note(fact.Fact) }
