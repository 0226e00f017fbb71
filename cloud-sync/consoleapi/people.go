package consoleapi

import (
	"context"
	"time"

	"autocom/cloud-sync/central"
)

// What the console asks of whoever keeps people. Methods are called on the goroutine of each request and may block until its context ends.

// People is who may sign in.
type People interface {
	// Anybody reports whether any tenant has an administrator.
	Anybody(ctx context.Context) (bool, error)
	// Person finds somebody by e-mail in lower case; central.ErrNotFound says there is none.
	Person(ctx context.Context, email string) (central.Person, error)
	// CodePerson is whom a one-time code is for: somebody who is known, or nobody yet (an empty ID) of a tenant. ErrNotFound when there is no such code,
	// or it was used or is over.
	CodePerson(ctx context.Context, code central.Hash, now time.Time) (central.Person, error)
	// Begin uses a one-time code up, in one stroke: p is kept as an owner of the code's tenant, or somebody who is known takes p's password, and its
	// name unless that is empty. ErrNotFound is of the code, ErrTaken of an e-mail somebody has.
	Begin(ctx context.Context, code central.Hash, now time.Time, p central.Person) (central.Person, error)
	// Members is the people of a tenant by e-mail.
	Members(ctx context.Context, t central.TenantID, now time.Time) ([]central.Member, error)
	Member(ctx context.Context, t central.TenantID, id central.UserID) (central.Person, error)
	// Invite keeps somebody who comes in with a code. ErrTaken is of the e-mail.
	Invite(ctx context.Context, p central.Person, code central.Hash, expires time.Time) error
	// Reset puts a code in the place of somebody's password, Remove takes them out. Both end their sessions, and say which; ErrLast says that nobody
	// else administers.
	Reset(ctx context.Context, t central.TenantID, id central.UserID, code central.Hash, expires time.Time) ([]central.Hash, error)
	Remove(ctx context.Context, t central.TenantID, id central.UserID, now time.Time) ([]central.Hash, error)
}

// Sessions is who is signed in.
type Sessions interface {
	OpenSession(ctx context.Context, s central.SignIn) error
	// Session finds a session and its person; ErrNotFound when it is not open.
	Session(ctx context.Context, hash central.Hash) (central.SignIn, central.Person, error)
	TouchSession(ctx context.Context, hash central.Hash, used time.Time) error
	// CloseSession ends a session; one that is not open is no error.
	CloseSession(ctx context.Context, hash central.Hash) error
}

// Audit keeps what people did.
type Audit interface {
	Record(ctx context.Context, d central.Deed) error
	// Deeds is the newest of a tenant, newest first, with numbers below before; 0: from the newest.
	Deeds(ctx context.Context, t central.TenantID, before uint64, limit int) ([]central.Recorded, error)
}
