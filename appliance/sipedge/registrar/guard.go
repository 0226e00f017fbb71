package registrar

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/leg/digest"
)

// Secret is a password. It never shows in logs.
type Secret = digest.Secret

// Account is an extension that may register and call.
type Account struct {
	Extension string
	Secret    Secret
}

// The limits of the guard.
const (
	NonceLife = 5 * time.Minute // after it, a nonce is stale
	MaxNonces = 8192            // nonces whose counts are remembered
	ncWindow  = 64              // how far back a nonce count may come late
)

// Verdict is what the guard says of a request.
type Verdict uint8

// The verdicts.
const (
	Ask     Verdict = iota // no credentials, or wrong ones: challenge
	AskOnce                // right, but the nonce is old: challenge with stale=true
	Known                  // the password is right
	Refuse                 // too many wrong ones for that extension from there: 403, without looking
)

// Guard checks passwords. It is safe for concurrent use and never blocks.
type Guard struct {
	realm string
	key   [32]byte
	dummy Secret // what unknown extensions are checked against, so that they take as long

	mu       sync.Mutex
	secrets  map[string]Secret
	counts   map[string]*counts
	failures failures
}

// counts is which nonce counts of one nonce were seen (RFC 7616 §3.4.1): a replayed one is refused.
type counts struct {
	from netip.Addr // who proved with it first: it is worth nothing to anybody else
	top  uint32
	seen uint64 // bit i: top-i was seen
	dies time.Time
}

// NewGuard makes a guard for a realm.
func NewGuard(realm string, accounts []Account) *Guard {
	g := &Guard{
		realm: realm, counts: make(map[string]*counts), failures: newFailures(),
		dummy: Secret(rand.Text()),
	}
	// Read never fails: the runtime ends the program first.
	_, _ = rand.Read(g.key[:])
	g.Apply(accounts)
	return g
}

// Apply replaces the accounts.
func (g *Guard) Apply(accounts []Account) {
	secrets := make(map[string]Secret, len(accounts))
	for _, a := range accounts {
		secrets[a.Extension] = a.Secret
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secrets = secrets
}

// Has reports whether there is such an extension.
func (g *Guard) Has(extension string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.secrets[extension]
	return ok
}

// nonce is a time and its seal: nothing has to be remembered to know our own.
func (g *Guard) nonce(now time.Time) string {
	var b [16 + 16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli()))
	_, _ = rand.Read(b[8:16]) // see NewGuard
	copy(b[16:], g.seal(b[:16]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (g *Guard) seal(b []byte) []byte {
	m := hmac.New(sha256.New, g.key[:])
	m.Write(b)
	return m.Sum(nil)[:16]
}

// age is how old a nonce of ours is.
func (g *Guard) age(nonce string, now time.Time) (time.Duration, bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], g.seal(b[:16])) {
		return 0, false
	}
	return now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(b[:8])))), true
}

// Challenges is what a request without proof is answered with: SHA-256 first (RFC 8760 §2.4), MD5 for old phones. agent is the User-Agent
// header of who asks, because some programs give up when they see what they do not know.
func (g *Guard) Challenges(now time.Time, agent string, stale bool) []string {
	n := g.nonce(now)
	c := digest.Challenge{Realm: g.realm, Nonce: n, Algorithm: digest.SHA256, QOP: true, Stale: stale}
	first := c.String()
	c.Algorithm = digest.MD5
	if stumbles(agent) {
		return []string{c.String()}
	}
	return []string{first, c.String()}
}

// Check looks at the Authorization headers of a request. who is the extension that proved itself. That a name
// is no extension's takes as long to find out as that a password is wrong, and is answered the same.
func (g *Guard) Check(now time.Time, from netip.Addr, method string, headers []string) (v Verdict, who string) {
	for _, h := range headers {
		c, err := digest.ParseCredentials(h)
		if err != nil || c.Realm != g.realm {
			continue
		}
		return g.check(now, from, method, c)
	}
	return Ask, ""
}

func (g *Guard) check(now time.Time, from netip.Addr, method string, c digest.Credentials) (v Verdict, who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures.blocked(now, from, c.Username) {
		return Refuse, ""
	}
	secret, known := g.secrets[c.Username]
	if !known {
		secret = g.dummy
	}
	right := subtle.ConstantTimeCompare([]byte(c.Expected(method, string(secret))), []byte(c.Response)) == 1 && known && c.QOP == "auth"
	age, ours := g.age(c.Nonce, now)
	switch {
	case right && (!ours || age < -time.Minute || age > NonceLife): // of another life of the box, or too old: not held against the phone
		return AskOnce, ""
	case !right && ours && (age < -time.Minute || age > NonceLife):
		return Ask, "" // RFC 7616 §3.3: nobody is told whether it was right, and an old phone is not blamed
	case !right:
		g.failures.note(now, from, c.Username)
		return Ask, ""
	case !g.count(now, from, c.Nonce, c.NC):
		return AskOnce, ""
	}
	g.failures.proved(now, from, c.Username)
	return Known, c.Username
}

// Pardon forgets what was held against an address: somebody of the site said so.
func (g *Guard) Pardon(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.failures.sources, from)
	for extension := range g.secrets { // names that no extension has are forgotten by themselves
		delete(g.failures.pairs, g.failures.key(from, extension))
	}
}

// count takes a nonce count and reports whether it is new, and comes from where the nonce was used before.
func (g *Guard) count(now time.Time, from netip.Addr, nonce string, nc uint32) bool {
	c := g.counts[nonce]
	if c == nil {
		if len(g.counts) >= MaxNonces {
			g.forget(now)
		}
		if len(g.counts) >= MaxNonces {
			return false // a flood of nonces: everybody proves once more
		}
		c = &counts{from: from, dies: now.Add(NonceLife)}
		g.counts[nonce] = c
	}
	switch {
	case nc == 0 || c.from != from:
		return false
	case nc > c.top:
		shift := nc - c.top
		if shift >= ncWindow {
			c.seen = 0
		} else {
			c.seen <<= shift
		}
		c.seen |= 1
		c.top = nc
		return true
	case c.top-nc >= ncWindow:
		return false
	}
	bit := uint64(1) << (c.top - nc)
	if c.seen&bit != 0 {
		return false
	}
	c.seen |= bit
	return true
}

// forget drops nonces that no check would accept any more.
func (g *Guard) forget(now time.Time) {
	for n, c := range g.counts {
		if now.After(c.dies) {
			delete(g.counts, n)
		}
	}
}
