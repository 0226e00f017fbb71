package central

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"
)

// Role is what a person may do in their tenant.
type Role string

// The roles. An auditor reads everything and changes nothing.
const (
	Owner   Role = "owner"
	Admin   Role = "admin"
	Auditor Role = "auditor"
)

// May reports whether a role may change things.
func (r Role) May() bool { return r == Owner || r == Admin }

// Person is somebody who signs in at the console. They belong to one tenant.
type Person struct {
	ID         UserID
	Tenant     TenantID
	TenantName string
	Email      string // lower case, of one person in the whole cloud
	Name       string
	Role       Role
	Password   string // as the console derived it, never in clear; "": they have a code to come in with, or had one
	Created    time.Time
}

// Member is a person as the administrators of their tenant see them.
type Member struct {
	Person
	Code time.Time // a one-time code waits until then; zero: none
}

// Why something about people is refused. Both are ErrRefused.
var (
	ErrTaken = fmt.Errorf("%w: somebody has this e-mail already", ErrRefused)
	ErrLast  = fmt.Errorf("%w: nobody else administers", ErrRefused)
)

// Hash stands for a secret that is shown once and kept nowhere: a session's or a one-time code's.
type Hash [sha256.Size]byte

// HashOf hashes a random secret of 100 bits or more; it is no way to keep a password.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// SignIn is a session of somebody signed in.
type SignIn struct {
	Hash    Hash
	Person  UserID
	Opened  time.Time
	Used    time.Time
	Address string // from where it was opened
}

// Deed is something a person did or tried, for those who have to know later.
type Deed struct {
	Tenant  TenantID // "": of nobody's, such as a sign-in under an unknown name
	At      time.Time
	Who     string // e-mail, as typed
	What    string // "sign_in", "sign_in.refused", "publish" …
	Site    SiteID
	Detail  string // revision, address of a fact; never a secret
	Address string // of the network, from where
}

// Recorded is a deed in its tenant's chain: each names the hash of the one before, so that none can be taken out or changed unseen.
type Recorded struct {
	Deed
	N    uint64 // from 1, of its tenant
	Hash Hash
}

// Chained is the hash of a deed after the one with that hash.
func (r Recorded) Chained(before Hash) Hash {
	h := sha256.New()
	h.Write(before[:])
	for _, part := range []string{string(r.Tenant), strconv.FormatUint(r.N, 10), strconv.FormatInt(r.At.UnixMilli(), 10), r.Who, r.What, string(r.Site), r.Detail, r.Address} {
		fmt.Fprintf(h, "%d %s ", len(part), part)
	}
	return Hash(h.Sum(nil))
}
