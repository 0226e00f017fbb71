package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"autocom/appliance/exchange/fact"
)

// Batch is a run of facts as the journal has them, oldest first.
type Batch struct {
	Stream string            `json:"stream"`
	After  fact.Address      `json:"after"` // the fact before the first of them, which the cloud has; zero: none
	Facts  []json.RawMessage `json:"facts"` // each a fact.Entry as JSON; a kind the cloud does not know is kept as it is
}

// Acknowledged says how far the cloud has come, whatever the batch was: its high-water mark, written in the same transaction as the facts.
// A box that finds it before its own cursor goes back to it (the cloud was restored, or asked to rewind); one that finds it after its own last
// fact was itself restored, and must raise its epoch.
type Acknowledged struct {
	Acked fact.Address `json:"acked"` // zero: nothing of this stream
	Time  int64        `json:"time"`
}

// Row is what the cloud reads of a fact without understanding it.
type Row struct {
	Address fact.Address
	At      fact.Moment
	Kind    fact.Kind
	Raw     json.RawMessage
}

// ErrBatch is in the error of Rows.
var ErrBatch = errors.New("the batch of facts is not in order")

// Rows reads a batch's facts: of its stream, each after the one before, within the bounds.
func (b Batch) Rows() ([]Row, error) {
	if b.Stream == "" || len(b.Facts) > MaxBatch || b.After != (fact.Address{}) && b.After.Stream != b.Stream {
		return nil, fmt.Errorf("%w: stream %q, %d facts after %s", ErrBatch, b.Stream, len(b.Facts), b.After)
	}
	last := b.After
	rows := make([]Row, 0, len(b.Facts))
	for i, raw := range b.Facts {
		var r struct {
			Address fact.Address `json:"address"`
			At      fact.Moment  `json:"at"`
			Kind    fact.Kind    `json:"kind"`
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("%w: fact %d: %w", ErrBatch, i, err)
		}
		if r.Address.Stream != b.Stream || r.Kind == "" || !last.Before(r.Address) {
			return nil, fmt.Errorf("%w: fact %d (%s, %q) does not follow %s", ErrBatch, i, r.Address, r.Kind, last)
		}
		last = r.Address
		rows = append(rows, Row{Address: r.Address, At: r.At, Kind: r.Kind, Raw: raw})
	}
	return rows, nil
}
