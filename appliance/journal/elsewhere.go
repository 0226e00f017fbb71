package journal

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"autocom/appliance/exchange/fact"
)

// What other parts of the box keep of people on the disk holds no number: it names subjects, and is sealed.

// RevealAll names many subjects at once; those whom nobody can name any more are left out.
func (j *Journal) RevealAll(ctx context.Context, all []fact.Subject) (map[fact.Subject]Person, error) {
	named := make(map[fact.Subject]Person, len(all))
	all = slices.Sorted(slices.Values(all))
	err := j.file.Read(ctx, func(tx *sql.Tx) error {
		one, err := tx.PrepareContext(ctx, "SELECT wrapped, sealed FROM subject WHERE id = ? AND erased IS NULL AND wrapped IS NOT NULL")
		if err != nil {
			return err
		}
		defer one.Close()
		for _, s := range slices.Compact(all) {
			if p, is, err := j.name(ctx, one, s); err != nil {
				return err
			} else if is {
				named[s] = p
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, q := range j.subjects.queue { // who is on the way to the disk
		if _, wanted := slices.BinarySearch(all, q.id); !wanted || q.sealed == nil {
			continue
		}
		if p, is := j.unsealed(q.id, q.wrapped, q.sealed); is {
			named[q.id] = p
		}
	}
	return named, nil
}

// name is one row of RevealAll.
func (j *Journal) name(ctx context.Context, one *sql.Stmt, s fact.Subject) (Person, bool, error) {
	rows, err := one.QueryContext(ctx, string(s))
	if err != nil {
		return Person{}, false, err
	}
	defer rows.Close()
	var wrapped, sealed []byte
	if rows.Next() {
		if err := rows.Scan(&wrapped, &sealed); err != nil {
			return Person{}, false, err
		}
	}
	if err := rows.Err(); err != nil || wrapped == nil {
		return Person{}, false, err
	}
	p, is := j.unsealed(s, wrapped, sealed)
	return p, is, nil
}

func (j *Journal) unsealed(s fact.Subject, wrapped, sealed []byte) (p Person, is bool) {
	plain, err := j.keys.open(s, wrapped, sealed)
	return p, err == nil && json.Unmarshal(plain, &p) == nil
}

// Known is the id facts have for a number now; it gives none to a number they do not name, and does not wait for the disk.
func (j *Journal) Known(number string) (s fact.Subject, is bool) {
	l := j.keys.lookup(strings.TrimSpace(number))
	j.mu.Lock()
	defer j.mu.Unlock()
	k, is := j.subjects.byNumber[l]
	return k.id, is
}

// Seal hides what is kept of a subject elsewhere; what names it among the subject's things. Only this box can read it, and only as theirs.
func (j *Journal) Seal(s fact.Subject, what string, plain []byte) []byte {
	return j.keys.card.Seal(nil, nil, plain, []byte(string(s)+"/"+what))
}

// Unseal undoes Seal; ErrKeyLost when the box's key is another one, or it is somebody else's.
func (j *Journal) Unseal(s fact.Subject, what string, sealed []byte) ([]byte, error) {
	plain, err := j.keys.card.Open(nil, nil, sealed, []byte(string(s)+"/"+what))
	if err != nil {
		return nil, ErrKeyLost
	}
	return plain, nil
}

// Mark recognises a number without naming it, also when its owner was erased: that somebody must not be called is known for ever (RGPD art. 21 §3). It
// is another hash than the one subjects are found by, and needs the box's key.
func (j *Journal) Mark(number string) string {
	return hex.EncodeToString(j.keys.hash('m', number)[:16])
}
