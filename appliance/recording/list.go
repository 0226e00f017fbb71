package recording

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

const columns = `id, call, leg, started, coalesce(ended, 0), sound_ms, state, error, subject, started_by, stopped_by, reason, basis, keep, keep_by, segments,
	erased_by, erased_why,
	coalesce((SELECT group_concat(name, char(31)) FROM (SELECT name FROM recording_party WHERE recording = id AND kind = 'queue' ORDER BY name)), ''),
	coalesce((SELECT group_concat(name, char(31)) FROM (SELECT name FROM recording_party WHERE recording = id AND kind = 'agent' ORDER BY name)), ''),
	wrapped`

// scan reads a line of the index and its wrapped key.
func scan(read func(...any) error) (r Recording, wrapped []byte, err error) {
	var started, ended int64
	var segments, queues, agents string
	if err := read(&r.ID, &r.Call, &r.Leg, &started, &ended, &r.SoundMS, &r.State, &r.Error, &r.Subject, &r.StartedBy, &r.StoppedBy, &r.Reason, &r.Basis,
		&r.Keep, &r.KeepBy, &segments, &r.ErasedBy, &r.ErasedWhy, &queues, &agents, &wrapped); err != nil {
		return Recording{}, nil, err
	}
	r.Started = time.UnixMilli(started).UTC()
	if ended != 0 {
		r.Ended = time.UnixMilli(ended).UTC()
	}
	r.Queues, r.Agents = names(queues), names(agents)
	return r, wrapped, json.Unmarshal([]byte(segments), &r.Segments)
}

// names splits what group_concat joined.
func names(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, "\x1f")
}

func find(ctx context.Context, tx *sql.Tx, id plan.RecordingID) (Recording, []byte, error) {
	r, wrapped, err := scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM recording WHERE id = ?", string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return r, wrapped, err
}

// Query limits a list; the zero value asks for the newest hundred.
type Query struct {
	Call     plan.CallID    // only of this call
	Queue    string         // only of calls that stood in this queue
	Agent    string         // only of calls this agent talked in
	Subjects []fact.Subject // only of this caller, who may have several names
	Since    time.Time
	Until    time.Time
	Present  bool // without those that were erased
	Most     int  // default 100
}

// List is the index, newest first. Erased recordings are in it: that there was one is not secret.
func (a *Archive) List(ctx context.Context, q Query) (found []Recording, err error) {
	if q.Most <= 0 {
		q.Most = 100
	}
	if q.Until.IsZero() {
		q.Until = time.UnixMilli(1 << 52)
	}
	if q.Since.IsZero() {
		q.Since = time.UnixMilli(0)
	}
	theirs, err := json.Marshal(append([]fact.Subject{}, q.Subjects...))
	if err != nil {
		return nil, err
	}
	const of = "EXISTS (SELECT 1 FROM recording_party WHERE recording = id AND kind = '%s' AND name = ?)"
	return a.list(ctx, `(? = '' OR call = ?) AND (? = '[]' OR subject IN (SELECT value FROM json_each(?)))
		AND (? = '' OR `+strings.Replace(of, "%s", "queue", 1)+`) AND (? = '' OR `+strings.Replace(of, "%s", "agent", 1)+`)
		AND started >= ? AND started < ? AND (? OR state <> 'erased') ORDER BY started DESC, id DESC LIMIT ?`,
		string(q.Call), string(q.Call), string(theirs), string(theirs), q.Queue, q.Queue, q.Agent, q.Agent,
		q.Since.UnixMilli(), q.Until.UnixMilli(), !q.Present, q.Most)
}

// list gives the lines a condition holds for.
func (a *Archive) list(ctx context.Context, where string, args ...any) (found []Recording, err error) {
	err = a.index.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM recording WHERE "+where, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, _, err := scan(rows.Scan)
			if err != nil {
				return err
			}
			found = append(found, r)
		}
		return rows.Err()
	})
	return found, err
}
