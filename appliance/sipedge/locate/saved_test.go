package locate_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sipedge/locate"
)

// A box that was rebooted without the Internet still calls.
func TestSavedOverAReboot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newZone(t, carrier()...)
		r := resolver(t, z)
		before := show(targets(t, r, "carrier.example", locate.Any))
		targets(t, r, "plain.example:5070", locate.TCP)
		data, err := r.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := r.Snapshot(); string(again) != string(data) {
			t.Error("the same knowledge is written differently")
		}
		r.Close()

		time.Sleep(3 * 24 * time.Hour)
		z.with(func() { z.down = true })
		next := resolver(t, z)
		if err := next.Restore(data); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		list := targets(t, next, "carrier.example", locate.Any)
		if show(list) != before || !list[0].Stale || time.Since(began) > 0 {
			t.Errorf("%v after %s", list, time.Since(began))
		}
		if got := show(targets(t, next, "plain.example:5070", locate.TCP)); got != "TCP/192.0.2.9:5070" {
			t.Error(got)
		}
		z.with(func() { z.down = false })
		time.Sleep(70 * time.Second)
		if list := targets(t, next, "carrier.example", locate.Any); list[0].Stale {
			t.Errorf("not confirmed: %v", list)
		}
		next.Close()

		// Too old: it is as if nothing had been saved.
		time.Sleep(40 * 24 * time.Hour)
		z.with(func() { z.down = true })
		late := resolver(t, z)
		if err := late.Restore(data); err != nil {
			t.Fatal(err)
		}
		if list, err := late.Targets(t.Context(), "carrier.example", locate.Any); err == nil {
			t.Errorf("%v", list)
		}
		late.Close()
	})
}

func TestRestoreTakesNothingUnsound(t *testing.T) {
	r := resolver(t, newZone(t))
	for _, bad := range []string{`{`, `{"at":"x"}`, strings.Repeat(" ", 3<<20)} {
		if err := r.Restore([]byte(bad)); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
	at := time.Now().UTC().Format(time.RFC3339)
	good := `{"rank":0,"priority":1,"weight":1,"transport":"UDP","host":"h","port":5060,"addrs":["192.0.2.1"]}`
	for _, names := range []string{
		`{"host":"bad host","age_s":1,"places":[` + good + `]}`,
		`{"host":"old","age_s":99999999999,"places":[` + good + `]}`,
		`{"host":"neg","age_s":-1,"places":[` + good + `]}`,
		`{"host":"hint","hint":"carrier-pigeon","age_s":1,"places":[` + good + `]}`,
		`{"host":"none","age_s":1,"places":[]}`,
		`{"host":"port","age_s":1,"places":[` + strings.Replace(good, "5060", "0", 1) + `]}`,
		`{"host":"addr","age_s":1,"places":[` + strings.Replace(good, "192.0.2.1", "0.0.0.0", 1) + `]}`,
		`{"host":"many","age_s":1,"places":[` + strings.Repeat(good+",", 20) + good + `]}`,
	} {
		if err := r.Restore([]byte(`{"at":"` + at + `","names":[` + names + `]}`)); err != nil {
			t.Error(err)
		}
	}
	if data, _ := r.Snapshot(); strings.Contains(string(data), "host") {
		t.Errorf("%s", data)
	}
}
