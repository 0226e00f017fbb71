package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"autocom/cloud-sync/central"
)

// Members is the people of a tenant by e-mail, with the codes that wait at a time.
func (p People) Members(ctx context.Context, t central.TenantID, now time.Time) ([]central.Member, error) {
	read := func(r row) (central.Member, error) {
		var m central.Member
		var created, code int64
		err := r.Scan(&m.ID, &m.Tenant, &m.TenantName, &m.Email, &m.Name, &m.Role, &m.Password, &created, &code)
		m.Created = instant(created)
		if code != 0 {
			m.Code = instant(code)
		}
		return m, err
	}
	return list(ctx, p.db.read, read, `SELECT p.id, p.tenant, t.name, p.email, p.name, p.role, p.password, p.created, COALESCE(i.expires, 0)
		FROM people p JOIN tenants t ON t.id = p.tenant LEFT JOIN invitations i ON i.person = p.id AND i.expires > $1
		WHERE p.tenant = $2 AND p.removed = 0 ORDER BY p.email`, when(now), t)
}

// Member is one of the people of a tenant.
func (p People) Member(ctx context.Context, t central.TenantID, id central.UserID) (central.Person, error) {
	if !storable(string(id)) {
		return central.Person{}, central.ErrNotFound
	}
	return readPerson(p.db.read.QueryRowContext(ctx, personQuestion+`WHERE p.tenant = $1 AND p.id = $2 AND p.removed = 0`, t, id))
}

// Invite keeps somebody without a password, and the code they come in with. ErrTaken says that another person has the e-mail.
func (p People) Invite(ctx context.Context, who central.Person, code central.Hash, expires time.Time) error {
	who.Password = ""
	return p.db.change(ctx, func(tx *sql.Tx) error {
		if err := addPerson(ctx, tx, who); err != nil {
			return err
		}
		return putInvitation(ctx, tx, who.ID, code, expires)
	})
}

func putInvitation(ctx context.Context, tx *sql.Tx, id central.UserID, code central.Hash, expires time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO invitations (person, hash, expires) VALUES ($1, $2, $3)
		ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, expires = excluded.expires`, id, code[:], when(expires))
	return err
}

// Reset puts a code in the place of somebody's password, or of the code before, and ends their sessions, which it names. ErrLast says that nobody
// else could administer meanwhile.
func (p People) Reset(ctx context.Context, t central.TenantID, id central.UserID, code central.Hash, expires time.Time) (ended []central.Hash, err error) {
	err = p.db.change(ctx, func(tx *sql.Tx) error {
		if ended, err = leave(ctx, tx, t, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE people SET password = '' WHERE id = $1`, id); err != nil {
			return err
		}
		return putInvitation(ctx, tx, id, code, expires)
	})
	return ended, err
}

// Remove takes somebody out of a tenant and ends their sessions, which it names. Their name stays with what they published, their e-mail does not.
// ErrLast says that nobody else administers.
func (p People) Remove(ctx context.Context, t central.TenantID, id central.UserID, now time.Time) (ended []central.Hash, err error) {
	err = p.db.change(ctx, func(tx *sql.Tx) error {
		if ended, err = leave(ctx, tx, t, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE person = $1`, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE people SET removed = $2, email = $3, password = '' WHERE id = $1`, id, when(now), "removed "+string(id))
		return err
	})
	return ended, err
}

// leave sees that a tenant keeps an administrator without one of its people, and ends the sessions of that one.
func leave(ctx context.Context, tx *sql.Tx, t central.TenantID, id central.UserID) ([]central.Hash, error) {
	if !storable(string(id)) {
		return nil, central.ErrNotFound
	}
	if err := tx.QueryRowContext(ctx, `SELECT id FROM people WHERE tenant = $1 AND id = $2 AND removed = 0`, t, id).Scan(new(string)); err != nil {
		return nil, missing(err)
	}
	var others int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM people WHERE tenant = $1 AND id <> $2 AND role <> $3 AND password <> '' AND removed = 0`, t, id, central.Auditor).Scan(&others)
	if err != nil {
		return nil, err
	}
	if others == 0 {
		return nil, central.ErrLast
	}
	rows, err := tx.QueryContext(ctx, `DELETE FROM sessions WHERE person = $1 RETURNING hash`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ended []central.Hash
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		ended = append(ended, central.Hash(hash))
	}
	return ended, rows.Err()
}

// welcome uses the code of somebody who is known up.
func welcome(ctx context.Context, tx *sql.Tx, code central.Hash, now time.Time, who central.Person) (central.Person, error) {
	var id central.UserID
	if err := tx.QueryRowContext(ctx, `DELETE FROM invitations WHERE hash = $1 AND expires > $2 RETURNING person`, code[:], when(now)).Scan(&id); err != nil {
		return central.Person{}, missing(err)
	}
	known, err := readPerson(tx.QueryRowContext(ctx, personQuestion+`WHERE p.id = $1 AND p.removed = 0`, id))
	if err != nil {
		return central.Person{}, err
	}
	if known.Email != who.Email {
		return central.Person{}, fmt.Errorf("%w: this code is for another e-mail", central.ErrRefused)
	}
	if known.Password = who.Password; who.Name != "" {
		known.Name = who.Name
	}
	_, err = tx.ExecContext(ctx, `UPDATE people SET password = $2, name = $3 WHERE id = $1`, id, known.Password, known.Name)
	return known, err
}
