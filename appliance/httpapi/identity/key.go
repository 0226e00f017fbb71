package identity

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	keyMark  = "autocom_"
	keysMax  = 100
	keySeen  = time.Hour // how exactly the last use is kept: not each request writes the disk
	nameMost = 60        // characters of a key's name
)

// ErrKey answers a program whose key is unknown, over or withdrawn.
var ErrKey = errors.New("this key is not valid: it is mistyped, over, or was withdrawn")

// Scope is one thing a program may do.
type Scope string

// The scopes.
const (
	ReadState      Scope = "state:read"      // agents, queues and calls as they are, and the live feed
	ReadStatistics Scope = "statistics:read" //
	ReadRecordings Scope = "recordings:read" //
	GiveCommands   Scope = "commands:give"   // every command of the call centre
	WriteContacts  Scope = "contacts:write"  //
)

// Scopes are all of them.
func Scopes() []Scope {
	return []Scope{ReadState, ReadStatistics, ReadRecordings, GiveCommands, WriteContacts}
}

// Key is a program's, as lists show it. What the program shows to be let in is told once, when it is made.
type Key struct {
	ID     string // "k3"
	Name   string
	Scopes []Scope
	By     string // who made it
	Made   time.Time
	Until  time.Time // zero: until it is withdrawn
	Used   time.Time // to the hour; zero: never
}

// key is what is kept of one: 160 random bits need no slow hash.
type key struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Scopes []Scope `json:"scopes"`
	By     string  `json:"by"`
	Made   int64   `json:"made"` // Unix ms
	Until  int64   `json:"until,omitempty"`
	Used   int64   `json:"used,omitempty"`
	Sum    string  `json:"sum"` // SHA-256 of the token, hex
}

func (k key) shown() Key {
	at := func(ms int64) time.Time {
		if ms == 0 {
			return time.Time{}
		}
		return time.UnixMilli(ms)
	}
	return Key{ID: k.ID, Name: k.Name, Scopes: slices.Clone(k.Scopes), By: k.By, Made: at(k.Made), Until: at(k.Until), Used: at(k.Used)}
}

// NewKey makes a key for a program; until may be zero. The token is what the program shows, and is kept nowhere.
func (b *Book) NewKey(name string, scopes []Scope, by string, until time.Time) (k Key, token string, err error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "" || len([]rune(name)) > nameMost:
		return Key{}, "", fmt.Errorf("a key needs a name of at most %d characters: which program it is for", nameMost)
	case len(scopes) == 0:
		return Key{}, "", errors.New("a key that may do nothing is no use: give it a scope")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return Key{}, "", fmt.Errorf("there is no scope %q: %v", s, Scopes())
		}
	}
	token = keyMark + rand.Text()
	var made key
	err = b.change(func(h *held) error {
		if len(h.Keys) >= keysMax {
			return fmt.Errorf("there are %d keys already: withdraw one that no program uses", keysMax)
		}
		h.LastKey++ // an audit that names a key names one for good
		made = key{ID: fmt.Sprintf("k%d", h.LastKey), Name: name, Scopes: slices.Clone(scopes), By: by, Made: time.Now().UnixMilli(), Sum: tokenKey(token)}
		if !until.IsZero() {
			made.Until = until.UnixMilli()
		}
		h.Keys = append(slices.Clone(h.Keys), made)
		return nil
	})
	if err != nil {
		return Key{}, "", err
	}
	return made.shown(), token, nil
}

// Key tells whose a token is. The error is ErrKey. A wrong token costs its sender nothing here: nobody guesses 130 bits.
func (b *Book) Key(token string) (Key, error) {
	now, sum := time.Now().UnixMilli(), tokenKey(token)
	b.mu.Lock()
	i := slices.IndexFunc(b.held.Keys, func(k key) bool { return subtle.ConstantTimeCompare([]byte(k.Sum), []byte(sum)) == 1 })
	var found key
	if i >= 0 {
		found = b.held.Keys[i]
	}
	b.mu.Unlock()
	if i < 0 || found.Until != 0 && now >= found.Until {
		return Key{}, ErrKey
	}
	if now-found.Used >= keySeen.Milliseconds() {
		// A disk that cannot keep the hour of the last use keeps no program out.
		_ = b.change(func(h *held) error {
			h.Keys = slices.Clone(h.Keys)
			for i := range h.Keys {
				if h.Keys[i].ID == found.ID {
					h.Keys[i].Used = now
				}
			}
			return nil
		})
	}
	return found.shown(), nil
}

// Keys lists them, the newest first.
func (b *Book) Keys() []Key {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Key, 0, len(b.held.Keys))
	for _, k := range b.held.Keys {
		out = append(out, k.shown())
	}
	slices.SortStableFunc(out, func(a, b Key) int { return cmp.Compare(b.Made.UnixMilli(), a.Made.UnixMilli()) })
	return out
}

// Withdraw ends a key. It reports whether there was one.
func (b *Book) Withdraw(id string) (bool, error) {
	var there bool
	err := b.change(func(h *held) error {
		before := len(h.Keys)
		h.Keys = slices.DeleteFunc(slices.Clone(h.Keys), func(k key) bool { return k.ID == id })
		there = len(h.Keys) < before
		return nil
	})
	return there, err
}
