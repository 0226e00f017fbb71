package registrar

import (
	"hash/maphash"
	"net/netip"
	"time"
)

// The limits on wrong passwords. An address and an extension are counted together: one mistyped phone slows itself down, not the phones
// beside it behind the same router.
const (
	FailureLimit   = 5                // wrong passwords of an extension from one address before it has to wait
	FailureWait    = 10 * time.Second // the first wait; it doubles with each further wrong one
	MaxFailureWait = time.Minute      // and ends here: who repairs a phone does not wait longer
	failureMemory  = time.Hour        // after it a pair begins anew

	// GuessLimit is the wrong passwords of one address within GuessSpan, whatever the extensions. Above it only those extensions are heard
	// from there that proved themselves from there before: somebody guesses from inside the branch.
	GuessLimit = 60
	GuessSpan  = time.Minute

	provedMemory = 24 * time.Hour
	maxPairs     = 4096 // pairs whose failures are remembered
	maxProved    = 8192 // pairs that are remembered to have proved themselves
	maxSources   = 4096 // addresses whose guesses are counted
)

// failures is what the guard remembers of wrong passwords. Names that strangers choose are kept as hashes: they cost no memory of theirs.
type failures struct {
	seed    maphash.Seed
	pairs   map[uint64]pair
	friends map[uint64]time.Time
	sources map[netip.Addr]guesses
	swept   time.Time
}

type pair struct {
	n     int
	last  time.Time
	until time.Time // not looked at before
}

type guesses struct {
	n     int
	since time.Time
}

func newFailures() failures {
	return failures{
		seed: maphash.MakeSeed(), pairs: make(map[uint64]pair), friends: make(map[uint64]time.Time), sources: make(map[netip.Addr]guesses),
	}
}

func (f *failures) key(from netip.Addr, extension string) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	b := from.As16()
	_, _ = h.Write(b[:]) // never fails
	_, _ = h.WriteString(extension)
	return h.Sum64()
}

// blocked reports whether an extension has to wait before a password of it is looked at again from an address.
func (f *failures) blocked(now time.Time, from netip.Addr, extension string) bool {
	key := f.key(from, extension)
	if now.Before(f.pairs[key].until) {
		return true
	}
	g := f.sources[from]
	if g.n < GuessLimit || now.Sub(g.since) > GuessSpan {
		return false
	}
	at, ok := f.friends[key]
	return !ok || now.Sub(at) > provedMemory
}

// note counts a wrong password.
func (f *failures) note(now time.Time, from netip.Addr, extension string) {
	f.sweep(now)
	key := f.key(from, extension)
	if p, known := f.pairs[key]; known || len(f.pairs) < maxPairs {
		if now.Sub(p.last) > failureMemory {
			p = pair{}
		}
		p.n, p.last = p.n+1, now
		if over := p.n - FailureLimit; over >= 0 {
			p.until = now.Add(min(FailureWait<<min(over, 10), MaxFailureWait))
		}
		f.pairs[key] = p
	}
	if g, known := f.sources[from]; known || len(f.sources) < maxSources { // the firewall below sheds a flood of addresses
		if now.Sub(g.since) > GuessSpan {
			g = guesses{since: now}
		}
		g.n++
		f.sources[from] = g
	}
}

// proved forgets what was held against a pair.
func (f *failures) proved(now time.Time, from netip.Addr, extension string) {
	key := f.key(from, extension)
	delete(f.pairs, key)
	if _, known := f.friends[key]; known || len(f.friends) < maxProved {
		f.friends[key] = now
	}
}

// sweep drops what says nothing any more, when one of the tables is full and at most once in a second.
func (f *failures) sweep(now time.Time) {
	full := len(f.pairs) >= maxPairs || len(f.sources) >= maxSources || len(f.friends) >= maxProved
	if !full || now.Sub(f.swept) < time.Second {
		return
	}
	f.swept = now
	for k, p := range f.pairs {
		if now.Sub(p.last) > failureMemory {
			delete(f.pairs, k)
		}
	}
	for a, g := range f.sources {
		if now.Sub(g.since) > GuessSpan {
			delete(f.sources, a)
		}
	}
	for k, at := range f.friends {
		if now.Sub(at) > provedMemory {
			delete(f.friends, k)
		}
	}
}
