package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/uplink"
)

// past is the journal as one customer's console may see it: a box that was moved to another customer, or to another branch, does not tell there
// what happened before. To the new console the facts before the move are lost, and are told to be.
type past struct {
	diary
	path string

	mu sync.RWMutex // held while the box changes hands: nobody reads meanwhile
	p  passage
}

// diary is what the journal's side of the box gives: *appliance.Side does. It is called on the link's goroutines, and may block.
type diary interface {
	uplink.Journal
	Last() fact.Address
	Now() fact.Moment
	Keep(path string, text []byte) error
}

// passage is where the box belongs, and since when.
type passage struct {
	Tenant string       `json:"tenant"`
	Site   string       `json:"site"`
	Floor  fact.Address `json:"floor"` // nothing before and at it is told; zero: everything is
}

func openPast(d diary, dir string) (*past, error) {
	p := &past{diary: d, path: filepath.Join(dir, "past.json")}
	text, err := os.ReadFile(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, nil
	case err != nil:
		return nil, fmt.Errorf("whose the box was: %w", err)
	}
	if err := json.Unmarshal(text, &p.p); err != nil {
		return nil, fmt.Errorf("%s: %w: whose the box was is not known; remove the file if it never changed hands", p.path, err)
	}
	return p, nil
}

// change lets the box join a console, and settles before anything is sent what of its past the console may know. join says where it belongs now.
func (p *past) change(join func() (tenant, site string, err error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	tenant, site, err := join()
	if err != nil {
		return err
	}
	before := p.p
	p.p.Tenant, p.p.Site = tenant, site
	if before.Site != "" && before.Site != site {
		p.p.Floor = p.Last()
	}
	if p.p == before {
		return nil
	}
	text, err := json.Marshal(p.p)
	if err != nil {
		return err
	}
	return p.Keep(p.path, text)
}

// Read gives facts after an address, as the journal does, but none of another customer's time.
func (p *past) Read(ctx context.Context, after fact.Address, n int) ([]fact.Entry, error) {
	p.mu.RLock()
	floor := p.p.Floor
	p.mu.RUnlock()
	if floor == (fact.Address{}) || !after.Before(floor) || n < 1 {
		return p.diary.Read(ctx, after, n)
	}
	first := after
	first.Stream = floor.Stream
	first.N++
	if first.Epoch == 0 {
		first.Epoch = 1
	}
	hole := fact.Entry{Address: floor, At: p.Now(), Fact: fact.FactsLost{From: first, To: floor, Cause: "the box belonged to somebody else"}}
	if n == 1 {
		return []fact.Entry{hole}, nil
	}
	rest, err := p.diary.Read(ctx, floor, n-1)
	return append([]fact.Entry{hole}, rest...), err
}
