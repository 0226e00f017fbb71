package voicemail

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

const columns = "id, box, call, subject, left_at, sound_ms, state, error, heard_by, heard_at, ended_by, ended_why, wrapped"

// scan reads a message and its wrapped key.
func scan(read func(...any) error) (m Message, wrapped []byte, err error) {
	var left, heard int64
	err = read(&m.ID, &m.Box, &m.Call, &m.Subject, &left, &m.SoundMS, &m.State, &m.Error, &m.HeardBy, &heard, &m.ErasedBy, &m.ErasedWhy, &wrapped)
	m.Left = time.UnixMilli(left).UTC()
	if heard != 0 {
		m.HeardAt = time.UnixMilli(heard).UTC()
	}
	return m, wrapped, err
}

func find(ctx context.Context, tx *sql.Tx, id plan.RecordingID) (Message, []byte, error) {
	m, wrapped, err := scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM message WHERE id = ?", string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return m, wrapped, err
}

// entry is a message with its wrapped key.
func (b *Boxes) entry(ctx context.Context, id plan.RecordingID) (m Message, wrapped []byte, err error) {
	err = b.index.Read(ctx, func(tx *sql.Tx) error {
		m, wrapped, err = find(ctx, tx, id)
		return err
	})
	return m, wrapped, err
}

// Find is one message.
func (b *Boxes) Find(ctx context.Context, id plan.RecordingID) (Message, error) {
	m, _, err := b.entry(ctx, id)
	return m, err
}

// Query limits a list; the zero value asks for the newest hundred that are there.
type Query struct {
	Box      string
	Subjects []fact.Subject // of this caller, who may have several names
	State    State
	Since    time.Time // left from then on
	Erased   bool      // those that were erased too
	Most     int       // default 100
}

// List gives messages, newest first.
func (b *Boxes) List(ctx context.Context, q Query) ([]Message, error) {
	if q.Most <= 0 {
		q.Most = 100
	}
	since := int64(0)
	if !q.Since.IsZero() {
		since = q.Since.UnixMilli()
	}
	theirs, err := json.Marshal(append([]fact.Subject{}, q.Subjects...))
	if err != nil {
		return nil, err
	}
	return b.list(ctx, `(? = '' OR box = ?) AND (? = '[]' OR subject IN (SELECT value FROM json_each(?))) AND (? = '' OR state = ?) AND left_at >= ? AND (? OR state <> 'erased')
		ORDER BY left_at DESC, id DESC LIMIT ?`, q.Box, q.Box, string(theirs), string(theirs), string(q.State), string(q.State), since, q.Erased, q.Most)
}

// list gives the messages a condition holds for.
func (b *Boxes) list(ctx context.Context, where string, args ...any) (found []Message, err error) {
	err = b.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM message WHERE "+where, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m, _, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			found = append(found, m)
		}
		return rows.Err()
	})
	return found, err
}

// Notice says that a message waits to be heard.
type Notice struct {
	N       int64     `json:"n"` // rises with every notice, and is never given again
	At      time.Time `json:"at"`
	Message Message   `json:"message"`
}

// Notices gives the oldest notices a reader has not been given yet, at most so many. They come again until the reader has Told them: who tells people first
// and notes it then, tells some twice after a crash; who notes it first, loses some. Both can be had exactly once by whoever remembers N with what was
// told. Messages that were heard or erased before anybody could be told of them have no notice any more.
func (b *Boxes) Notices(ctx context.Context, reader string, most int) (found []Notice, err error) {
	err = b.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT n, at, `+columns+` FROM notice JOIN message ON message.id = notice.message
			WHERE n > coalesce((SELECT n FROM told WHERE reader = ?), 0) AND state = 'new' ORDER BY n LIMIT ?`, reader, most)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n Notice
			var at int64
			n.Message, _, err = scan(func(into ...any) error { return rows.Scan(append([]any{&n.N, &at}, into...)...) })
			if err != nil {
				return err
			}
			n.At = time.UnixMilli(at).UTC()
			found = append(found, n)
		}
		return rows.Err()
	})
	return found, err
}

// Told notes that a reader has told people of every notice up to n. It never goes back, so that a late word does not repeat what was told.
func (b *Boxes) Told(ctx context.Context, reader string, n int64) error {
	return b.index.Write(ctx, func(tx *sql.Tx) error {
		const note = "INSERT INTO told (reader, n) VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET n = max(n, excluded.n)"
		if _, err := tx.ExecContext(ctx, note, reader, n); err != nil {
			return fmt.Errorf("notices told to %s: %w", reader, err)
		}
		return nil
	})
}
