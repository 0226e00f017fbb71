package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"autocom/cloud-sync/central"
)

// People is the half of the database that knows who may sign in, who is signed in, and what they did.
type People struct{ db *DB }

// People is that half of an open database.
func (db *DB) People() People { return People{db} }

var _ central.People = People{}

// mostSessions is how many sessions one person has at once; the oldest ends for a further one.
const mostSessions = 20

const personQuestion = `SELECT p.id, p.tenant, t.name, p.email, p.name, p.role, p.password, p.created FROM people p JOIN tenants t ON t.id = p.tenant `

func readPerson(r row) (central.Person, error) {
	var p central.Person
	var created int64
	err := r.Scan(&p.ID, &p.Tenant, &p.TenantName, &p.Email, &p.Name, &p.Role, &p.Password, &created)
	p.Created = instant(created)
	return p, missing(err)
}

// Anybody reports whether any tenant has an administrator.
func (p People) Anybody(ctx context.Context) (bool, error) {
	var n int
	err := p.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM people WHERE role <> $1 AND removed = 0`, central.Auditor).Scan(&n)
	return n > 0, err
}

// Person finds somebody by e-mail in lower case.
func (p People) Person(ctx context.Context, email string) (central.Person, error) {
	return readPerson(p.db.read.QueryRowContext(ctx, personQuestion+`WHERE p.email = $1 AND p.removed = 0`, email))
}

// Name is what a person of a tenant is called.
func (p People) Name(ctx context.Context, t central.TenantID, id central.UserID) (string, error) {
	var name string
	err := p.db.read.QueryRowContext(ctx, `SELECT name FROM people WHERE tenant = $1 AND id = $2`, t, id).Scan(&name)
	return name, missing(err)
}

// AddPerson keeps somebody. ErrTaken says that another person has the e-mail.
func (p People) AddPerson(ctx context.Context, who central.Person) error {
	return p.db.change(ctx, func(tx *sql.Tx) error { return addPerson(ctx, tx, who) })
}

func addPerson(ctx context.Context, tx *sql.Tx, who central.Person) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people (id, tenant, email, name, role, password, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.ID, who.Tenant, who.Email, who.Name, who.Role, who.Password, when(who.Created))
	if double(err) {
		return central.ErrTaken
	}
	return err
}

// PutCode keeps a one-time code for an administrator of a tenant, in place of the one before.
func (p People) PutCode(ctx context.Context, t central.TenantID, code central.Hash, expires time.Time) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT id FROM tenants WHERE id = $1`, t).Scan(new(string)); err != nil {
			return missing(err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO codes (tenant, hash, expires) VALUES ($1, $2, $3)
			ON CONFLICT (tenant) DO UPDATE SET hash = excluded.hash, expires = excluded.expires`, t, code[:], when(expires))
		return err
	})
}

// CodePerson is whom a one-time code is for: somebody who is known, or nobody yet (an empty ID) of the tenant that is named.
func (p People) CodePerson(ctx context.Context, code central.Hash, now time.Time) (central.Person, error) {
	var who central.Person
	err := p.db.read.QueryRowContext(ctx, `SELECT tenant FROM codes WHERE hash = $1 AND expires > $2`, code[:], when(now)).Scan(&who.Tenant)
	if !errors.Is(err, sql.ErrNoRows) {
		return who, err
	}
	return readPerson(p.db.read.QueryRowContext(ctx, personQuestion+`JOIN invitations i ON i.person = p.id
		WHERE i.hash = $1 AND i.expires > $2 AND p.removed = 0`, code[:], when(now)))
}

// Begin uses a one-time code up. With a tenant's code it keeps who as an owner there; with the code of somebody who is known it gives them who's
// password, and its name unless that is empty: ErrRefused then says that the code is for another e-mail.
func (p People) Begin(ctx context.Context, code central.Hash, now time.Time, who central.Person) (central.Person, error) {
	made := who
	err := p.db.change(ctx, func(tx *sql.Tx) error {
		made = who
		err := tx.QueryRowContext(ctx, `DELETE FROM codes WHERE hash = $1 AND expires > $2 RETURNING tenant`, code[:], when(now)).Scan(&made.Tenant)
		if errors.Is(err, sql.ErrNoRows) {
			made, err = welcome(ctx, tx, code, now, who)
			return err
		}
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT name FROM tenants WHERE id = $1`, made.Tenant).Scan(&made.TenantName); err != nil {
			return missing(err)
		}
		made.Role = central.Owner
		return addPerson(ctx, tx, made)
	})
	if err != nil {
		return central.Person{}, err
	}
	return made, nil
}

// OpenSession keeps a session; the oldest of a person who has too many ends. ErrNotFound says that the person has no password any more.
func (p People) OpenSession(ctx context.Context, s central.SignIn) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		// Whoever was taken out, or given a code, since the password was looked at does not come in by it.
		var there string
		if err := tx.QueryRowContext(ctx, `SELECT id FROM people WHERE id = $1 AND removed = 0 AND password <> ''`, s.Person).Scan(&there); err != nil {
			return missing(err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = $1 AND hash NOT IN (
			SELECT hash FROM sessions WHERE person = $1 ORDER BY opened DESC, hash LIMIT $2)`, s.Person, mostSessions-1)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sessions (hash, person, opened, used, address) VALUES ($1, $2, $3, $4, $5)`,
			s.Hash[:], s.Person, when(s.Opened), when(s.Used), s.Address)
		return err
	})
}

// Session finds a session and its person.
func (p People) Session(ctx context.Context, hash central.Hash) (central.SignIn, central.Person, error) {
	var s central.SignIn
	var who central.Person
	err := p.db.look(ctx, func(tx *sql.Tx) error {
		var opened, used int64
		err := tx.QueryRowContext(ctx, `SELECT person, opened, used, address FROM sessions WHERE hash = $1`, hash[:]).Scan(&s.Person, &opened, &used, &s.Address)
		if err != nil {
			return missing(err)
		}
		s.Hash, s.Opened, s.Used = hash, instant(opened), instant(used)
		who, err = readPerson(tx.QueryRowContext(ctx, personQuestion+`WHERE p.id = $1`, s.Person))
		return err
	})
	return s, who, err
}

// TouchSession notes when a session was used.
func (p People) TouchSession(ctx context.Context, hash central.Hash, used time.Time) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET used = $2 WHERE hash = $1 AND used < $2`, hash[:], when(used))
		return err
	})
}

// CloseSession ends a session.
func (p People) CloseSession(ctx context.Context, hash central.Hash) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash = $1`, hash[:])
		return err
	})
}

// Record puts a deed at the end of its tenant's chain.
func (p People) Record(ctx context.Context, d central.Deed) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		next := central.Recorded{Deed: d, N: 1}
		var before central.Hash // of the first: zero
		var last []byte
		err := tx.QueryRowContext(ctx, `SELECT n + 1, hash FROM deeds WHERE tenant = $1 ORDER BY n DESC LIMIT 1`, d.Tenant).Scan(&next.N, &last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		copy(before[:], last)
		hash := next.Chained(before)
		_, err = tx.ExecContext(ctx, `INSERT INTO deeds (tenant, n, at, who, what, site, detail, address, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			d.Tenant, next.N, when(d.At), d.Who, d.What, d.Site, d.Detail, d.Address, hash[:])
		return err
	})
}

// Deeds is a tenant's newest deeds, newest first, numbers below before; 0: from the newest.
func (p People) Deeds(ctx context.Context, t central.TenantID, before uint64, limit int) ([]central.Recorded, error) {
	if before == 0 {
		before = 1 << 62
	}
	return list(ctx, p.db.read, readDeed, `SELECT tenant, n, at, who, what, site, detail, address, hash FROM deeds
		WHERE tenant = $1 AND n < $2 ORDER BY n DESC LIMIT $3`, t, before, limit)
}

func readDeed(r row) (central.Recorded, error) {
	var d central.Recorded
	var at int64
	var hash []byte
	err := r.Scan(&d.Tenant, &d.N, &at, &d.Who, &d.What, &d.Site, &d.Detail, &d.Address, &hash)
	d.At = instant(at)
	copy(d.Hash[:], hash)
	return d, err
}

// CheckDeeds walks a tenant's chain from its beginning and names the first deed that was changed, or after which one is missing. The end of the
// chain cannot vouch for itself: whoever keeps its number and hash elsewhere sees also that.
func (p People) CheckDeeds(ctx context.Context, t central.TenantID) (n uint64, last central.Hash, err error) {
	err = p.db.look(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT tenant, n, at, who, what, site, detail, address, hash FROM deeds WHERE tenant = $1 ORDER BY n`, t)
		if err != nil {
			return err
		}
		defer rows.Close()
		n, last = 0, central.Hash{}
		for rows.Next() {
			d, err := readDeed(rows)
			if err != nil {
				return err
			}
			if d.N != n+1 || d.Chained(last) != d.Hash {
				return fmt.Errorf("what was done by people was changed in the database: the chain of tenant %q breaks at number %d", t, n+1)
			}
			n, last = d.N, d.Hash
		}
		return rows.Err()
	})
	return n, last, err
}

// Sweep drops what is over: sessions that nobody used since idle or that were opened before oldest, and codes.
func (p People) Sweep(ctx context.Context, now, idle, oldest time.Time) error {
	return p.db.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE used < $1 OR opened < $2`, when(idle), when(oldest)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM codes WHERE expires <= $1`, when(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE expires <= $1`, when(now))
		return err
	})
}
