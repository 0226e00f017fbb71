package box

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestFactsAreReadAcrossLines(t *testing.T) {
	var got []Fact
	err := read(strings.NewReader(`{"kind":"call.opened","at":{"utc":5},"body":{"call":"c1","n":7}}
{
  "kind": "call.ended",
  "body": {"call": "c1", "outcome": "answered", "wait_ms": 1200, "ok": true}
}`), func(f Fact) { got = append(got, f) })
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if got[0].At.UTC != 5 || got[0].Field("n") != "7" || got[1].Field("outcome") != "answered" || got[1].Field("wait_ms") != "1200" ||
		got[1].Field("ok") != "true" || got[1].Field("none") != "" {
		t.Errorf("%+v", got)
	}
	if err := read(strings.NewReader(`{"kind":`), func(Fact) {}); err == nil {
		t.Error("half a fact was read")
	}
}

func TestOwnProcessorTimeGrowsAsItIsUsed(t *testing.T) {
	me := Process{"test", os.Getpid()}
	before, err := me.Use()
	if err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 60*time.Millisecond; {
	}
	after, err := me.Use()
	if err != nil {
		t.Fatal(err)
	}
	if d := after.CPU - before.CPU; d < 5*time.Millisecond || d > 5*time.Second {
		t.Errorf("60 ms of work cost %s", d)
	}
	if after.RSS < 1<<20 {
		t.Errorf("%d bytes of memory", after.RSS)
	}
	if (Reading{"core": after}).CPUSince(Reading{"core": before})["core"] != after.CPU-before.CPU {
		t.Error("the difference of readings")
	}
}

func TestABoxThatCannotStartSaysWhy(t *testing.T) {
	if _, err := Start("/nonexistent/autocom", t.TempDir(), "site.yaml", "info"); err == nil {
		t.Error("started")
	}
	b, err := Start("/bin/false", t.TempDir(), "site.yaml", "info")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "ended at its start") {
		t.Error(err)
	}
}
