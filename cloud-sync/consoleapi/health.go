package consoleapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"
)

// The levels of a site's health, the gravest first.
const (
	levelDown      = "down"      // people cannot call or be called
	levelAttention = "attention" // somebody should look
	levelOffline   = "offline"   // it works by itself, unseen
	levelTrial     = "trial"     // a document is in force on trial
	levelGood      = "good"
	levelNew       = "new" // no box yet
)

// Limits beyond which a box wants a look.
const (
	hotCelsiusMC    = 80_000 // thousandths of a degree
	diskPercent     = 90
	certificateSoon = 15 * 24 * time.Hour // it is renewed from 30 days before its end: then this was tried for two weeks
	silentPart      = 4                   // one phone in so many
)

// gravity is the place of a level, the gravest 0.
func gravity(level string) int {
	return slices.Index([]string{levelDown, levelAttention, levelOffline, levelTrial, levelGood, levelNew}, level)
}

// healthOf derives how a site is from what is known of it. What a box said last is worth nothing while it is not connected.
func healthOf(s central.Site, live central.Live, now time.Time) Health {
	if s.Device == nil {
		return Health{Level: levelNew, Reasons: []Reason{{Code: "device.none"}}}
	}
	type graded struct {
		Reason
		level string
	}
	var found []graded
	add := func(level, code string, since time.Time, args ...string) {
		g := graded{Reason: Reason{Code: code}, level: level}
		if !since.IsZero() {
			g.Since = since.UnixMilli()
		}
		for i := 0; i+1 < len(args); i += 2 {
			if g.Args == nil {
				g.Args = map[string]string{}
			}
			g.Args[args[i]] = args[i+1]
		}
		found = append(found, g)
	}
	switch {
	case s.Device.Revoked:
		add(levelAttention, "device.revoked", s.Device.Seen)
	case !live.Connected:
		add(levelOffline, "link.lost", s.Device.Seen)
	default:
		condition(live.Status, add)
	}
	switch newest := strconv.FormatUint(s.Newest, 10); s.State {
	case wire.Reverted:
		add(levelAttention, "document.reverted", time.Time{}, "revision", newest)
	case wire.Refused:
		add(levelAttention, "document.refused", time.Time{}, "revision", newest)
	case wire.Published, wire.Fetched, wire.Applied, wire.Kept: // as it should go
	}
	if left := s.Device.Expires.Sub(now); !s.Device.Revoked && !s.Device.Expires.IsZero() && left < certificateSoon {
		add(levelAttention, "certificate.soon", time.Time{}, "days", strconv.Itoa(max(0, int(left/(24*time.Hour)))))
	}
	h := Health{Level: levelGood, Reasons: []Reason{}}
	if s.State == wire.Applied {
		h.Level = levelTrial
	}
	slices.SortStableFunc(found, func(a, b graded) int { return cmp.Compare(gravity(a.level), gravity(b.level)) })
	for _, g := range found {
		h.Reasons = append(h.Reasons, g.Reason)
		if gravity(g.level) < gravity(h.Level) {
			h.Level = g.level
		}
	}
	return h
}

// condition grades what a connected box says of itself.
func condition(st wire.Status, add func(level, code string, since time.Time, args ...string)) {
	var down []string
	for _, t := range st.Trunks {
		if !t.Up {
			down = append(down, t.Name)
		}
	}
	switch {
	case len(down) > 0 && len(down) == len(st.Trunks):
		add(levelDown, "trunk.down", time.Time{}, "trunks", strings.Join(down, ", "))
	case len(down) > 0:
		add(levelAttention, "trunk.down", time.Time{}, "trunks", strings.Join(down, ", "))
	}
	silent := 0
	for _, p := range st.Phones {
		if !p.Up {
			silent++
		}
	}
	if phones := len(st.Phones); silent > 0 && silent*silentPart >= phones {
		level := levelAttention
		if silent == phones {
			level = levelDown
		}
		add(level, "phones.silent", time.Time{}, "silent", strconv.Itoa(silent), "phones", strconv.Itoa(phones))
	}
	if !st.Media {
		add(levelDown, "box.alarm", time.Time{}, "alarm", "the media process does not answer")
	}
	if c := st.Machine.CelsiusMC; c >= hotCelsiusMC {
		add(levelAttention, "box.hot", time.Time{}, "celsius", strconv.Itoa(c/1000))
	}
	if used := int(st.Machine.DiskUsed * 100); used >= diskPercent {
		add(levelAttention, "disk.full", time.Time{}, "percent", strconv.Itoa(used))
	}
	for _, alarm := range st.Alarms {
		add(levelAttention, "box.alarm", time.Time{}, "alarm", alarm)
	}
}
