package main

import (
	"context"
	"errors"
	"os"
	"testing"

	"autocom/appliance/exchange/fact"
)

// notebook is a journal of n facts in one epoch.
type notebook struct{ n uint64 }

func (b *notebook) Read(_ context.Context, after fact.Address, n int) (out []fact.Entry, _ error) {
	for i := after.N + 1; i <= b.n && len(out) < n; i++ {
		out = append(out, fact.Entry{Address: fact.Address{Stream: "box", Epoch: 1, N: i}, Fact: fact.BoxStopped{}})
	}
	return out, nil
}

func (b *notebook) Cursor(context.Context) (fact.Address, error) { return fact.Address{}, nil }
func (b *notebook) Advance(context.Context, fact.Address) error  { return nil }
func (b *notebook) Rewind(context.Context, fact.Address) error   { return nil }
func (b *notebook) Last() fact.Address { return fact.Address{Stream: "box", Epoch: 1, N: b.n} }

func (b *notebook) Now() fact.Moment { return fact.Moment{UTC: 1, Boot: 1} }

func (b *notebook) Keep(path string, text []byte) error { return os.WriteFile(path, text, 0o600) }

func joins(tenant, site string) func() (string, string, error) {
	return func() (string, string, error) { return tenant, site, nil }
}

func TestAMovedBoxTellsNothingOfItsPast(t *testing.T) {
	dir, book := t.TempDir(), &notebook{n: 7}
	open := func() *past {
		t.Helper()
		p, err := openPast(book, dir)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	read := func(p *past, after fact.Address) []fact.Entry {
		t.Helper()
		all, err := p.Read(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	p := open()
	if err := p.change(joins("verdier", "toulouse")); err != nil {
		t.Fatal(err)
	}
	if all := read(p, fact.Address{}); len(all) != 7 {
		t.Fatalf("the first console is told of %d facts, want 7", len(all))
	}
	if err := p.change(joins("verdier", "toulouse")); err != nil {
		t.Fatal(err)
	}
	if all := read(p, fact.Address{}); len(all) != 7 {
		t.Fatalf("the same console is told of %d facts, want 7", len(all))
	}
	if err := p.change(func() (string, string, error) { return "", "", errors.New("a wrong code") }); err == nil {
		t.Fatal("the error was lost")
	}
	if all := read(p, fact.Address{}); len(all) != 7 {
		t.Fatal("a refused move hides the past")
	}
	if err := p.change(joins("dupont", "lyon")); err != nil {
		t.Fatal(err)
	}
	book.n = 9
	for _, p := range []*past{p, open()} { // also after a restart
		all := read(p, fact.Address{})
		if len(all) != 3 {
			t.Fatalf("the other customer's console is told of %d facts, want the hole and 2", len(all))
		}
		hole, ok := all[0].Fact.(fact.FactsLost)
		if !ok || hole.From.N != 1 || hole.To.N != 7 || all[0].Address.N != 7 || all[1].Address.N != 8 {
			t.Fatalf("got %+v", all)
		}
		if all := read(p, fact.Address{Stream: "box", Epoch: 1, N: 8}); len(all) != 1 || all[0].Address.N != 9 {
			t.Fatalf("got %+v", all)
		}
		if one, err := p.Read(t.Context(), fact.Address{}, 1); err != nil || len(one) != 1 {
			t.Fatalf("one fact was asked for: %+v, %v", one, err)
		}
	}
}
