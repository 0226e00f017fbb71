package site

import (
	"testing"
	"time"
)

func TestNightLocks(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	night := Night{From: "20:00", To: "07:00", Days: []string{"sun"}}
	for at, locked := range map[string]bool{
		"2026-11-23 19:59": false, "2026-11-23 20:00": true, "2026-11-24 06:59": true, "2026-11-24 07:00": false, // a Monday and a Tuesday
		"2026-11-22 12:00": true, "2026-11-21 12:00": false, // Sunday, Saturday
		"2026-10-25 02:30": true, "2026-03-29 03:30": true, // both nights on which the clock changes
	} {
		when, err := time.ParseInLocation("2006-01-02 15:04", at, paris)
		if err != nil {
			t.Fatal(err)
		}
		if got := night.Locked(when); got != locked {
			t.Errorf("%s: locked %v", at, got)
		}
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, paris)
	if (Night{}).Locked(noon) {
		t.Error("no night locks nothing")
	}
	if !(Night{From: "11:30", To: "13:00"}).Locked(noon) {
		t.Error("a pause at noon is a night too")
	}
}
