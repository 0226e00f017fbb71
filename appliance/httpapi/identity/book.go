package identity

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	bookFile    = "people.json"
	bookVersion = 1
	bookMax     = 4 << 20 // bytes
	entriesMax  = 5000    // people with a password or an invitation; a branch has some hundreds
	inviteChars = 10      // 50 random bits: a week of the most tries that are let through does not get near
)

// What is wrong with what a person typed.
var (
	ErrWrong      = errors.New("the name and the password do not fit")
	ErrInvitation = errors.New("this invitation is not valid: it is mistyped, was used, or is over")
	ErrFull       = errors.New("no more people fit in here: remove some who left")
)

// ID names a person as the site document does: "ana". Somebody who is an agent and a supervisor too has one password.
type ID string

// Book keeps the passwords, the invitations and the keys of programs, as hashes in a small file of the box's own. Its methods may be called on any
// goroutine; those that compare a password take some hundredths of a second on purpose.
type Book struct {
	path string
	cost cost
	work chan struct{} // one place for each hash that is reckoned at the same time

	mu    sync.Mutex
	held  held
	tries tries
}

// held is what the file says.
type held struct {
	Version int     `json:"version"`
	People  []entry `json:"people"` // by ID
	Keys    []key   `json:"keys,omitempty"`
	LastKey int     `json:"last_key,omitempty"` // its number; none is given twice
}

// entry is what is kept of one person.
type entry struct {
	ID         ID          `json:"id"`
	Password   *hashed     `json:"password,omitempty"`
	Since      int64       `json:"since,omitempty"` // Unix ms: of the password
	Invitation *invitation `json:"invitation,omitempty"`
}

// invitation lets a person choose their password, once.
type invitation struct {
	Code  hashed `json:"code"`
	By    string `json:"by"`
	Until int64  `json:"until"` // Unix ms
}

// Open reads the book of a directory of the box's own. A file that cannot be understood is kept aside and said: nobody is let in by what is not known.
func Open(dir string) (*Book, error) { return open(dir, cost{argonTime, argonMemory}) }

func open(dir string, c cost) (*Book, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	b := &Book{path: filepath.Join(dir, bookFile), cost: c, work: make(chan struct{}, hashesAtOnce), held: held{Version: bookVersion}, tries: newTries()}
	text, err := readBounded(b.path, bookMax)
	if errors.Is(err, os.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	var read held
	if err := json.Unmarshal(text, &read); err != nil || read.Version != bookVersion {
		return nil, fmt.Errorf("identity: %s cannot be understood (version %d): put the file of before back, or move it away and invite everybody again", b.path, read.Version)
	}
	slices.SortFunc(read.People, byID)
	b.held = read
	return b, nil
}

func byID(a, b entry) int { return cmp.Compare(a.ID, b.ID) }

// Invite makes a code, written XXXXX-XXXXX, with which a person chooses a password until a time. An invitation before it is over; a password they
// have stays good until the new one is chosen.
func (b *Book) Invite(who ID, by string) (code string, until time.Time, err error) {
	letters := codeOf(inviteChars)
	until = time.Now().Add(invitationLife)
	hash := b.hash(string(letters))
	err = b.change(func(h *held) error {
		e := h.entry(who)
		e.Invitation = &invitation{Code: hash, By: by, Until: until.UnixMilli()}
		return h.put(e)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return string(letters[:inviteChars/2]) + "-" + string(letters[inviteChars/2:]), until, nil
}

// Accept gives an invited person the password they choose. An error is ErrInvitation, one of ErrPassword…, a *TooOftenError, or one of the disk; then
// the invitation is as good as before.
func (b *Book) Accept(who ID, code, password string, from netip.Addr) error {
	if err := passwordProblem(password, string(who)); err != nil {
		return err
	}
	letters, spelled := parseCode(code, inviteChars)
	if err := b.charge(from); err != nil {
		return err
	}
	kept := b.find(who).Invitation
	var against hashed
	if kept != nil {
		against = kept.Code
	}
	if !b.compare(against, string(letters)) || !spelled || time.Now().UnixMilli() >= kept.Until {
		return ErrInvitation
	}
	hash := b.hash(password)
	err := b.change(func(h *held) error {
		e := h.entry(who)
		if e.Invitation == nil || string(e.Invitation.Code.Key) != string(kept.Code.Key) {
			return ErrInvitation // used, or replaced, while this was reckoned
		}
		e.Invitation, e.Password, e.Since = nil, &hash, time.Now().UnixMilli()
		return h.put(e)
	})
	if err == nil {
		b.forgive(from)
	}
	return err
}

// Check lets a person in who knows their password. An error is ErrWrong or a *TooOftenError. Who has no password gets ErrWrong after the same time.
func (b *Book) Check(who ID, password string, from netip.Addr) error {
	if err := b.charge(from); err != nil {
		return err
	}
	var against hashed
	if kept := b.find(who).Password; kept != nil {
		against = *kept
	}
	if len(password) > passwordMost || !b.compare(against, password) {
		return ErrWrong
	}
	b.forgive(from)
	return nil
}

// Change gives a person another password, when they know the one they have.
func (b *Book) Change(who ID, old, password string, from netip.Addr) error {
	if err := passwordProblem(password, string(who)); err != nil {
		return err
	}
	if err := b.Check(who, old, from); err != nil {
		return err
	}
	hash := b.hash(password)
	return b.change(func(h *held) error {
		e := h.entry(who)
		if e.Password == nil {
			return ErrWrong // forgotten meanwhile
		}
		e.Password, e.Since = &hash, time.Now().UnixMilli()
		return h.put(e)
	})
}

// Forget takes a person's password and invitation away.
func (b *Book) Forget(who ID) error {
	return b.change(func(h *held) error {
		h.People = slices.DeleteFunc(slices.Clone(h.People), func(e entry) bool { return e.ID == who })
		return nil
	})
}

// State is what a list of people shows.
type State struct {
	Password time.Time // chosen then; zero: none
	Invited  time.Time // an invitation lasts until then; zero: none that is still good
}

// State tells how a person can sign in. A password that was chosen before a session began is what the session rests on.
func (b *Book) State(who ID) State {
	e := b.find(who)
	var s State
	if e.Password != nil {
		s.Password = time.UnixMilli(e.Since)
	}
	if e.Invitation != nil && time.Now().UnixMilli() < e.Invitation.Until {
		s.Invited = time.UnixMilli(e.Invitation.Until)
	}
	return s
}

func (b *Book) find(who ID) entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held.entry(who)
}

func (h *held) entry(who ID) entry {
	if i, there := slices.BinarySearchFunc(h.People, entry{ID: who}, byID); there {
		return h.People[i]
	}
	return entry{ID: who}
}

// put replaces a person's entry. The slice before stays as it is: a change that the disk refuses is none.
func (h *held) put(e entry) error {
	i, there := slices.BinarySearchFunc(h.People, e, byID)
	list := slices.Clone(h.People)
	switch {
	case there:
		list[i] = e
	case len(list) >= entriesMax:
		return ErrFull
	default:
		list = slices.Insert(list, i, e)
	}
	h.People = list
	return nil
}

// change puts what a function makes of the book on the disk and then in force.
func (b *Book) change(do func(*held) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.held
	if err := do(&next); err != nil {
		return err
	}
	if err := keepJSON("identity", b.path, next); err != nil {
		return err
	}
	b.held = next
	return nil
}

func (b *Book) charge(from netip.Addr) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.tries.charge(time.Now(), from); wait > 0 {
		return &TooOftenError{Wait: wait}
	}
	return nil
}

func (b *Book) forgive(from netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries.forgive(from)
}

// hash and compare are some of at most hashesAtOnce: who comes later waits, and memory stays bounded.
func (b *Book) hash(secret string) hashed {
	b.work <- struct{}{}
	defer func() { <-b.work }()
	return b.cost.hash(secret)
}

func (b *Book) compare(h hashed, secret string) bool {
	b.work <- struct{}{}
	defer func() { <-b.work }()
	return h.is(secret, b.cost)
}

// codeOf draws a code of Crockford's base 32.
func codeOf(length int) []byte {
	letters := make([]byte, length)
	rand.Read(letters) // never fails: crypto/rand ends the program instead
	for i, b := range letters {
		letters[i] = codeLetters[b&31]
	}
	return letters
}
