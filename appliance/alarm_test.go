package appliance

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/recording"
	"autocom/appliance/site"
	"autocom/appliance/wording"
)

// exampleKeeper has the example document in force.
func exampleKeeper(t *testing.T) *site.Keeper {
	t.Helper()
	k := site.NewKeeper("../site.example.yaml", t.TempDir())
	if _, err := k.Load(func(*site.Document) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return k
}

// An alarm is shown for a day, and what holds is shown as long as it holds.
func TestAlarmsAreShownForADay(t *testing.T) {
	c := &core{log: slog.New(slog.DiscardHandler), warnings: map[string]warning{}, keeper: exampleKeeper(t)}
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

// Every warning is named by what it is about, so that a French page does not show an English sentence.
func TestWarningsHaveTheirCodes(t *testing.T) {
	c := &core{log: slog.New(slog.DiscardHandler), warnings: map[string]warning{}, keeper: exampleKeeper(t), lastGood: errors.New("the document cannot be read")}
	c.alarm(fact.TollAlert{Extension: "201", Refused: 5, WithinMS: 60_000})
	c.warn("network", "it holds from the next start")
	c.warn("disk", pressureWords(recording.NoSamples, 1<<30))
	c.warn("key recordings", "they cannot be opened")
	c.warn("clock", "it is not sure")
	c.warn("network.web", "the page cannot be served")
	c.warn("network.sip_tls", "SIP cannot listen there")
	codes := []string{}
	for _, words := range append(c.warned(time.Now()), noTrunk, journalDamaged+": and so on", c.lastGood.Error(), "gone meanwhile") {
		code := (&box{c}).warningCode(words)
		if _, known := wording.French(code); !known {
			t.Errorf("%q has no French words", code)
		}
		codes = append(codes, code)
	}
	slices.Sort(codes)
	if want := []string{
		"box.warning", "warning.clock", "warning.disk", "warning.document", "warning.journal", "warning.key", "warning.listen", "warning.page", "warning.restart", "warning.toll", "warning.trunk",
	}; !slices.Equal(codes, want) {
		t.Errorf("%q", codes)
	}
}
