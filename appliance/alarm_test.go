package appliance

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
)

// An alarm is shown for a day, and what holds is shown as long as it holds.
func TestAlarmsAreShownForADay(t *testing.T) {
	c := &core{log: slog.New(slog.DiscardHandler), warnings: map[string]warning{}}
	c.warn("network", "it holds from the next start")
	c.alarm(fact.TollAlert{Extension: "201", Refused: 5, WithinMS: 60_000})
	now := time.Now()
	if got := strings.Join(c.warned(now), "\n"); !strings.Contains(got, "extension 201") || !strings.Contains(got, "next start") {
		t.Errorf("%s", got)
	}
	if got := c.warned(now.Add(alarmFor + time.Minute)); len(got) != 1 || got[0] != "it holds from the next start" {
		t.Errorf("a day later: %v", got)
	}
	c.warn("network", "")
	if got := c.warned(now); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
