package journal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"autocom/appliance/exchange/fact"
)

// row is a fact as it stands in the file.
type row struct {
	id        int64
	utc, boot int64
	kind      string
	v         int
	body      []byte
	sum       uint32
}

const (
	rowColumns = "id, utc, boot, kind, v, body, sum"
	insertRow  = "INSERT INTO fact (" + rowColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)

// errSum says a row is not what was written.
var errSum = errors.New("its content is damaged")

// rowOf encodes an entry.
func rowOf(e fact.Entry) (row, error) {
	body, err := json.Marshal(e.Fact)
	if err != nil {
		return row{}, err
	}
	r := row{id: rowID(e.Address), utc: e.At.UTC, boot: e.At.Boot, kind: string(e.Fact.Kind()), v: e.Fact.Version(), body: body}
	r.sum = r.checksum()
	return r, nil
}

func (r row) checksum() uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once by the package, returned from there
	var head [32]byte
	binary.BigEndian.PutUint64(head[0:], uint64(r.id))
	binary.BigEndian.PutUint64(head[8:], uint64(r.utc))
	binary.BigEndian.PutUint64(head[16:], uint64(r.boot))
	binary.BigEndian.PutUint64(head[24:], uint64(r.v))
	sum := crc32.Update(0, castagnoli, head[:])
	sum = crc32.Update(sum, castagnoli, []byte(r.kind))
	return crc32.Update(sum, castagnoli, r.body)
}

func (r row) insert(ctx context.Context, stmt *sql.Stmt) error {
	_, err := stmt.ExecContext(ctx, r.id, r.utc, r.boot, r.kind, r.v, r.body, r.sum)
	return err
}

func (r *row) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.utc, &r.boot, &r.kind, &r.v, &r.body, &r.sum)
}

// entry decodes a row; a row that cannot be is an *UnreadableError.
func (r row) entry(stream string) (fact.Entry, error) {
	e := fact.Entry{Address: addressOf(stream, r.id), At: fact.Moment{UTC: r.utc, Boot: r.boot}}
	if r.sum != r.checksum() {
		return e, &UnreadableError{Address: e.Address, Err: errSum}
	}
	f, err := fact.Decode(fact.Kind(r.kind), r.v, r.body)
	if err != nil {
		return e, &UnreadableError{Address: e.Address, Err: err}
	}
	e.Fact = f
	return e, nil
}

// UnreadableError is about one fact that is in the journal but cannot be read: it is damaged, or a later version of the program wrote it. A reader may go
// on after its address.
type UnreadableError struct {
	Address fact.Address
	Err     error
}

func (e *UnreadableError) Error() string { return fmt.Sprintf("fact %s: %v", e.Address, e.Err) }

func (e *UnreadableError) Unwrap() error { return e.Err }

// Unreadable is the address of the fact, for readers that know the journal by an interface of their own.
func (e *UnreadableError) Unreadable() fact.Address { return e.Address }

// reach is the last address a row speaks for.
func (r row) reach(stream string) fact.Address {
	e, err := r.entry(stream)
	if err != nil {
		return e.Address // not a hole that can be read; it has its own address at the least
	}
	return reach(e)
}

// newestRow is the last row, sql.ErrNoRows when there is none.
func newestRow(ctx context.Context, tx *sql.Tx) (r row, err error) {
	err = tx.QueryRowContext(ctx, "SELECT "+rowColumns+" FROM fact ORDER BY id DESC LIMIT 1").Scan(&r.id, &r.utc, &r.boot, &r.kind, &r.v, &r.body, &r.sum)
	return r, err
}
