package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/tally/count"
)

// version is of what Encode writes.
const version = 2

// ErrVersion is in the error of Restore for a book of another version: its facts must be counted again.
var ErrVersion = errors.New("another version of the ledger")

// written is a book as it is kept.
type written struct {
	Version int                      `json:"version"`
	Rules   Rules                    `json:"rules"`
	Seen    []fact.Address           `json:"seen,omitempty"`
	Last    fact.Moment              `json:"last"`
	Ended   fact.Moment              `json:"ended,omitzero"`
	Going   bool                     `json:"going,omitempty"`
	Floor   count.Quarter            `json:"floor,omitempty"`
	Swept   count.Quarter            `json:"swept,omitempty"`
	Rows    count.Rows               `json:"rows"`
	Open    []*openCall              `json:"open,omitempty"`
	Agents  []*openAgent             `json:"agents,omitempty"`
	People  map[fact.Subject]*person `json:"people,omitempty"`
	Wishes  map[string]openWish      `json:"wishes,omitempty"`
}

// Encode writes the book, equal for equal books. Restore goes on from it where this one stands.
func (b *Book) Encode() ([]byte, error) {
	rows := b.rows()
	rows.Holes = b.holes
	return json.Marshal(written{
		Version: version, Rules: b.rules, Seen: b.seen, Last: b.last, Ended: b.ended, Going: b.going, Floor: b.floor, Swept: b.swept,
		Rows: rows, Open: b.openCalls(), Agents: b.openAgents(), People: b.people, Wishes: b.wishes,
	})
}

// Restore reads what Encode wrote.
func Restore(raw []byte) (*Book, error) {
	var w written
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if w.Version != version {
		return nil, fmt.Errorf("ledger: %w: %d, not %d", ErrVersion, w.Version, version)
	}
	b := New(w.Rules)
	b.seen, b.last, b.ended, b.going, b.floor, b.swept = w.Seen, w.Last, w.Ended, w.Going, w.Floor, w.Swept
	b.holes = slices.Clone(w.Rows.Holes)
	fill(b.visits, w.Rows.Visits)
	fill(b.offers, w.Rows.Offers)
	fill(b.calls, w.Rows.Calls)
	fill(b.spent, w.Rows.Spent)
	fill(b.backs, w.Rows.Wishes)
	fill(b.heard, w.Rows.Heard)
	for _, c := range w.Open {
		if c != nil {
			b.open[c.ID] = c
		}
	}
	for _, a := range w.Agents {
		if a != nil {
			b.agents[a.ID] = a
		}
	}
	for s, p := range w.People {
		if p != nil {
			b.people[s] = p
		}
	}
	maps.Copy(b.wishes, w.Wishes)
	return b, nil
}

func fill[K comparable, V any](rows map[K]*V, from []count.Row[K, V]) {
	for _, r := range from {
		n := r.N
		rows[r.At] = &n
	}
}
