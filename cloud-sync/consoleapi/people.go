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
	// CodeTenant is the tenant a one-time code is for; ErrNotFound when there is no such code, or it was used or is over.
	CodeTenant(ctx context.Context, code central.Hash, now time.Time) (central.TenantID, error)
	// Begin uses a one-time code up and keeps p as an owner of its tenant, in one stroke; p's Tenant and TenantName are filled in.
	// ErrNotFound is of the code, ErrRefused of an e-mail somebody has.
	Begin(ctx context.Context, code central.Hash, now time.Time, p central.Person) (central.Person, error)
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
}
