package locate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"autocom/appliance/sipedge/flow"
)

// maxSaved bounds what Restore reads, in bytes.
const maxSaved = 2 << 20

// saved is what is written down for the time after a reboot.
type saved struct {
	At    time.Time   `json:"at"`
	Names []savedName `json:"names"`
}

type savedName struct {
	Host   string  `json:"host"`
	Port   uint16  `json:"port,omitempty"`
	Hint   Hint    `json:"hint,omitempty"`
	Age    int64   `json:"age_s"` // since DNS said so, s; an age, since the clock may be wrong
	Torn   bool    `json:"torn,omitempty"`
	Places []place `json:"places"`
}

// Snapshot is what is known, as JSON in a fixed order. Names of which nothing good is known are left out.
func (r *Resolver) Snapshot() ([]byte, error) {
	now := time.Now()
	out := saved{At: now.UTC().Round(0)}
	r.mu.Lock()
	for q, n := range r.names {
		if age := now.Sub(n.confirmed); len(n.places) > 0 && age <= r.cfg.Keep {
			out.Names = append(out.Names, savedName{
				Host: q.Host, Port: q.Port, Hint: q.Hint, Age: int64(age / time.Second), Torn: n.torn, Places: slices.Clone(n.places),
			})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(out.Names, func(a, b savedName) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Hint, b.Hint))
	})
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("locate: %w", err)
	}
	return data, nil
}

// Restore takes back what Snapshot gave. All of it is stale and asked for again, but a call need not wait for that. What cannot be right is left out;
// an error says that nothing could be read.
func (r *Resolver) Restore(data []byte) error {
	if len(data) > maxSaved {
		return errors.New("locate: what was saved is too large")
	}
	var in saved
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("locate: what was saved cannot be read: %w", err)
	}
	now := time.Now()
	off := max(0, now.Sub(in.At)) // a clock that starts in the past says nothing of the time the box was off
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range in.Names {
		q := question{Host: s.Host, Port: s.Port, Hint: s.Hint}
		if s.Age < 0 || s.Age > int64(r.cfg.Keep/time.Second) || !hostname(s.Host) || !known(s.Hint) || len(r.names) >= maxNames || r.names[q] != nil {
			continue
		}
		age := time.Duration(s.Age)*time.Second + off
		places := slices.DeleteFunc(s.Places, func(p place) bool { return !p.sound() })
		if len(places) == 0 || len(places) > maxPlaces || age > r.cfg.Keep {
			continue
		}
		slices.SortStableFunc(places, place.compare)
		r.names[q] = &name{places: places, confirmed: now.Add(-age), expires: now, torn: s.Torn, used: now}
	}
	r.rouse()
	return nil
}

func known(h Hint) bool {
	again, err := ParseHint(string(h))
	return err == nil && again == h
}

// sound reports whether a place can have come from a lookup.
func (p place) sound() bool {
	return p.Transport <= flow.TLS && p.Port != 0 && hostname(p.Host) && len(p.Addrs) > 0 && len(p.Addrs) <= maxAddrs && p.Rank >= 0 &&
		!slices.ContainsFunc(p.Addrs, func(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.Is4In6() })
}

// Name is what is known of one name, for doctor.
type Name struct {
	Name    string // with its port and transport, as it was asked for
	Hosts   int    // it leads to
	Stale   bool
	Age     time.Duration // since DNS said so
	Problem *Error        // of the last lookup; nil when it went well
}

// Names is what is known, by name.
func (r *Resolver) Names() []Name {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	list := make([]Name, 0, len(r.names))
	for q, n := range r.names {
		x := Name{Name: q.String(), Hosts: len(n.places), Problem: n.fail}
		if x.Hosts > 0 {
			x.Stale, x.Age = !now.Before(n.expires), now.Sub(n.confirmed)
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b Name) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
