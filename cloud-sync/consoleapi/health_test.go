package consoleapi

import (
	"testing"
	"time"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/wire"

	"github.com/google/go-cmp/cmp"
)

func TestHealth(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	seen := now.Add(-time.Hour)
	site := func(with ...func(*central.Site)) central.Site {
		s := central.Site{Newest: 7, State: wire.Kept, Device: &central.Device{Seen: seen, Expires: now.Add(60 * 24 * time.Hour)}}
		for _, w := range with {
			w(&s)
		}
		return s
	}
	live := func(with ...func(*central.Live)) central.Live {
		l := central.Live{Connected: true, At: now, Status: wire.Status{
			Media: true, Trunks: []wire.Trunk{{Name: "a", Up: true}, {Name: "b", Up: true}}, Phones: make([]wire.Phone, 8), Machine: wire.Machine{CelsiusMC: 50_000, DiskUsed: 0.5},
		}}
		for i := range l.Status.Phones {
			l.Status.Phones[i].Up = true
		}
		for _, w := range with {
			w(&l)
		}
		return l
	}
	state := func(st wire.State) func(*central.Site) { return func(s *central.Site) { s.State = st } }
	silent := func(n int) func(*central.Live) {
		return func(l *central.Live) {
			for i := range n {
				l.Status.Phones[i].Up = false
			}
		}
	}
	down := func(l *central.Live) { l.Status.Trunks[0].Up = false }
	dark := func(l *central.Live) { l.Connected = false }
	cases := []struct {
		name  string
		site  central.Site
		live  central.Live
		level string
		codes []string
	}{
		{"no box", central.Site{}, central.Live{}, "new", []string{"device.none"}},
		{"all is well", site(), live(), "good", nil},
		{"nothing was published", site(state("")), live(), "good", nil},
		{"a document waits", site(state(wire.Published)), live(), "good", nil},
		{"on trial", site(state(wire.Applied)), live(), "trial", nil},
		{"a trunk", site(), live(down), "attention", []string{"trunk.down"}},
		{"every trunk", site(), live(down, func(l *central.Live) { l.Status.Trunks[1].Up = false }), "down", []string{"trunk.down"}},
		{"no trunks at all", site(), live(func(l *central.Live) { l.Status.Trunks = nil }), "good", nil},
		{"one phone of eight", site(), live(silent(1)), "good", nil},
		{"a quarter of the phones", site(), live(silent(2)), "attention", []string{"phones.silent"}},
		{"every phone", site(), live(silent(8)), "down", []string{"phones.silent"}},
		{"no sound", site(), live(func(l *central.Live) { l.Status.Media = false }), "down", []string{"box.alarm"}},
		{"hot", site(), live(func(l *central.Live) { l.Status.Machine.CelsiusMC = 80_000 }), "attention", []string{"box.hot"}},
		{"full", site(), live(func(l *central.Live) { l.Status.Machine.DiskUsed = 0.91 }), "attention", []string{"disk.full"}},
		{"an alarm", site(), live(func(l *central.Live) { l.Status.Alarms = []string{"the clock is not set"} }), "attention", []string{"box.alarm"}},
		{"reverted", site(state(wire.Reverted)), live(), "attention", []string{"document.reverted"}},
		{"refused", site(state(wire.Refused)), live(), "attention", []string{"document.refused"}},
		{"dark: what it said last is worth nothing", site(), live(down, silent(8), dark), "offline", []string{"link.lost"}},
		{"dark on trial", site(state(wire.Applied)), live(dark), "offline", []string{"link.lost"}},
		{"dark after a revert", site(state(wire.Reverted)), live(dark), "attention", []string{"document.reverted", "link.lost"}},
		{"never heard", site(), central.Live{}, "offline", []string{"link.lost"}},
		{"shut out", site(func(s *central.Site) { s.Device.Revoked = true }), live(), "attention", []string{"device.revoked"}},
		{"its certificate", site(func(s *central.Site) { s.Device.Expires = now.Add(9 * 24 * time.Hour) }), live(), "attention", []string{"certificate.soon"}},
		{"the worst first", site(state(wire.Applied)), live(down, silent(8)), "down", []string{"phones.silent", "trunk.down"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := healthOf(c.site, c.live, now)
			var codes []string
			for _, r := range h.Reasons {
				codes = append(codes, r.Code)
			}
			if h.Level != c.level || !cmp.Equal(codes, c.codes) || h.Reasons == nil {
				t.Errorf("%+v, want %s %v", h, c.level, c.codes)
			}
			if gravity(h.Level) < 0 {
				t.Errorf("%q has no gravity", h.Level)
			}
		})
	}
	if h := healthOf(site(), live(dark), now); h.Reasons[0].Since != seen.UnixMilli() {
		t.Errorf("%+v", h)
	}
	want := Reason{Code: "trunk.down", Args: map[string]string{"trunks": "a"}}
	if diff := cmp.Diff(want, healthOf(site(), live(down), now).Reasons[0]); diff != "" {
		t.Error(diff)
	}
}
