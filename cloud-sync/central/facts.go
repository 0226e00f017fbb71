package central

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/wire"
)

// mostFacts is how many facts one question is answered with.
const mostFacts = 10_000

// mostKind bounds the names of kinds and calls, in bytes.
const mostKind = 100

// sorted looks at a fact: of which call it is, and whether it can be read. A kind or version this program does not know is kept as it is: a later one
// will read it.
func sorted(r wire.Row) Sorted {
	s := Sorted{Row: r}
	var e fact.Entry
	if err := json.Unmarshal(r.Raw, &e); !readable(err) {
		s.Broken = clean(err.Error(), mostWhy)
		return s
	}
	var of struct {
		Body struct {
			Call string `json:"call"`
		} `json:"body"`
	}
	if err := json.Unmarshal(r.Raw, &of); err == nil { // an unknown kind may have any body
		s.Call = of.Body.Call
	}
	if !plain(string(r.Kind)) || !plain(s.Call) {
		s.Broken = "its kind or its call has a name that cannot be stored"
	}
	return s
}

func plain(name string) bool {
	return len(name) <= mostKind && !strings.ContainsFunc(name, unicode.IsControl)
}

// Facts answers a question. Facts this program cannot read are left out; Unread counts them.
func (c *Cloud) Facts(ctx context.Context, t TenantID, id SiteID, q Question) ([]fact.Entry, error) {
	if _, err := c.Store.Site(ctx, t, id, now()); err != nil {
		return nil, err
	}
	if q.Limit <= 0 || q.Limit > mostFacts {
		q.Limit = mostFacts
	}
	for _, k := range q.Kinds {
		if !plain(string(k)) {
			return nil, nil // nothing like it is stored
		}
	}
	if !plain(q.Call) {
		return nil, nil
	}
	rows, err := c.Store.Facts(ctx, t, id, q)
	if err != nil {
		return nil, err
	}
	facts := make([]fact.Entry, 0, len(rows))
	for _, raw := range rows {
		var e fact.Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			continue // what was stored is JSON: it is of a kind or version that this program does not know
		}
		facts = append(facts, e)
	}
	return facts, nil
}

// Unread counts a site's facts that wait for a later version of this program, and those that were set aside because nobody can read them.
func (c *Cloud) Unread(ctx context.Context, t TenantID, id SiteID) (unknown, broken int64, err error) {
	if _, err := c.Store.Site(ctx, t, id, now()); err != nil {
		return 0, 0, err
	}
	return c.Store.Unread(ctx, t, id, fact.Kinds())
}
