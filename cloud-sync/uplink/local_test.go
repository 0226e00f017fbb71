package uplink

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/wire"
)

// put is somebody who changes the document on the spot.
func (b *testBox) put(text string) {
	b.mu.Lock()
	b.text = text
	b.mu.Unlock()
}

// heard fails unless exactly these documents were told.
func heard(t *testing.T, c *testCloud, want ...string) {
	t.Helper()
	if got := c.documents(); !slices.Equal(got, want) {
		t.Fatalf("the cloud was told %q, want %q", got, want)
	}
}

func TestTheBoxesOwnDocumentIsToldOncePerContent(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		_, stop := b.run()
		pass(10 * time.Minute)
		heard(t, c, "before")
		stop()
		_, stop = b.run() // the disk remembers
		pass(10 * time.Minute)
		heard(t, c, "before")
		b.put("changed")
		pass(2 * time.Minute)
		heard(t, c, "before", "changed")

		c.publish(1, "one")
		pass(2 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Kept)
		pass(10 * time.Minute)
		heard(t, c, "before", "changed") // what was published is not the box's own
		b.put("changed")                 // back to what it was: again on the spot
		pass(2 * time.Minute)
		heard(t, c, "before", "changed", "changed")
		b.put("one")
		pass(2 * time.Minute)
		b.put("changed")
		pass(2 * time.Minute)
		heard(t, c, "before", "changed", "changed", "changed")
		stop()
	})
}

func TestAnotherSiteIsToldTheDocumentAgain(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		l, stop := b.run()
		pass(time.Minute)
		heard(t, c, "before")
		stop()
		id := l.id
		id.Device, id.Site = "device-2", "s2"
		must(t, folder(b.dir).write(fileIdentity, id))
		b.run()
		pass(time.Minute)
		heard(t, c, "before", "before")
	})
}

func TestTheOwnDocumentIsTriedUntilItIsTaken(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		lost := 0
		b.play(func(r *http.Request) relay.Trick {
			if r.URL.Path == wire.PathDocument {
				if lost++; lost <= 5 {
					return relay.Portal
				}
			}
			return relay.Pass
		})
		b.run()
		pass(10 * time.Minute)
		heard(t, c, "before")
		if lost != 6 {
			t.Errorf("asked %d times", lost)
		}
	})
}

func TestAnOwnDocumentThatIsRefusedWaitsForNothing(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.noLocal = wire.CodeBadRequest
		b.run()
		pass(10 * time.Minute)
		heard(t, c, "")
		c.publish(1, "one") // and documents from the console go on
		pass(2 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Kept)
	})
}

// TestADocumentTakenBackLeavesTheOwnOneKnown: the console was told before the trial, and is again after it.
func TestADocumentTakenBackLeavesTheOwnOneKnown(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.mute = true
		b.run()
		pass(time.Minute)
		heard(t, c, "before")
		c.publish(1, "one")
		pass(20 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
		heard(t, c, "before", "before")
	})
}
