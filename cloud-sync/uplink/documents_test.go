package uplink

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/uplink/apply"
	"autocom/cloud-sync/wire"
)

func (b *testBox) inForce() string { text, _ := b.Text(); return string(text) }

func (b *testBox) noted(kind fact.Kind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, f := range b.notes {
		if f.Kind() == kind {
			n++
		}
	}
	return n
}

func wants(t *testing.T, c *testCloud, revision uint64, want ...wire.State) {
	t.Helper()
	if got := c.states(revision); !slices.Equal(got, want) {
		t.Errorf("revision %d was reported %v, want %v", revision, got, want)
	}
}

func TestADocumentIsTriedAndKept(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		l, _ := b.run()
		pass(2 * time.Second)
		c.publish(1, "one")
		pass(3 * time.Second)
		if s := l.State(); s.Trial != 1 || s.Revision != 0 || b.inForce() != "one" {
			t.Errorf("a moment after the nudge: %+v, %q", s, b.inForce())
		}
		pass(time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Kept)
		if s := l.State(); s.Revision != 1 || s.Trial != 0 {
			t.Errorf("state %+v", s)
		}
		// Somebody changes it on the spot: the cloud is told.
		b.mu.Lock()
		b.text = "mine"
		b.mu.Unlock()
		pass(2 * time.Minute)
		c.mu.Lock()
		defer c.mu.Unlock()
		if s := c.statuses[len(c.statuses)-1]; !s.Local || s.Revision != 1 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestABadDocumentIsRefusedWithItsProblems(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.publish(4, "bad")
		l, _ := b.run()
		pass(time.Minute)
		wants(t, c, 4, wire.Fetched, wire.Refused)
		c.mu.Lock()
		problems := c.reports[len(c.reports)-1].Problems
		c.mu.Unlock()
		if len(problems) != 1 || problems[0].Path != "queues[0]" || b.inForce() != "before" || b.noted("site.refused") != 1 {
			t.Errorf("problems %v, in force %q, %d facts", problems, b.inForce(), b.noted("site.refused"))
		}
		if s := l.State(); !strings.Contains(s.Why, "nobody is in it") {
			t.Errorf("state %+v", s)
		}
		c.publish(5, "better")
		pass(time.Minute)
		wants(t, c, 5, wire.Fetched, wire.Applied, wire.Kept)
	})
}

func TestADocumentOfAnotherKeyOfAnotherBoxOrOlderIsRefusedInWords(t *testing.T) {
	_, other, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	for name, p := range map[string]struct {
		revision uint64
		device   string
		key      string
		foreign  bool
		words    string
	}{
		"unknown key":     {7, "device-1", "k9", true, "not told to trust"},
		"wrong signature": {7, "device-1", "k1", true, "signature is wrong"},
		"another box":     {7, "device-2", "k1", false, "for another box"},
		"older":           {2, "device-1", "k1", false, "older than revision 3"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				c, b := newTestCloud(t, 0), newTestBox(t)
				b.join(c)
				c.publish(3, "three")
				b.run()
				pass(time.Minute)
				sign := c.sign
				if p.foreign {
					sign = other
				}
				c.publishAs(p.revision, "evil", p.device, p.key, sign)
				pass(30 * time.Minute)
				wants(t, c, p.revision, wire.Refused)
				c.mu.Lock()
				last, n := c.reports[len(c.reports)-1], len(c.reports)
				c.mu.Unlock()
				if !strings.Contains(last.Why, p.words) || b.inForce() != "three" || last.Returned != 3 || b.noted("site.refused") != 1 || n != 4 {
					t.Errorf("reported %+v (%d reports), in force %q, %d facts", last, n, b.inForce(), b.noted("site.refused"))
				}
			})
		})
	}
}

func TestADocumentThatCutsTheBoxesOwnLinkRevertsByItself(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.onApply = func(text string) error {
			if text == "cuts" {
				b.reach(nil)
			} else {
				b.reach(c)
			}
			return nil
		}
		l, _ := b.run()
		pass(time.Minute)
		c.publish(1, "cuts")
		pass(9 * time.Minute)
		if b.inForce() != "cuts" || l.State().Trial != 1 {
			t.Errorf("in force %q, %+v", b.inForce(), l.State())
		}
		pass(10 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
		if b.inForce() != "before" || b.noted("site.reverted") != 1 || !strings.Contains(l.State().Why, "did not reach the cloud") {
			t.Errorf("in force %q, %+v", b.inForce(), l.State())
		}
		pass(24 * time.Hour)
		if got := b.applied; !slices.Equal(got, []string{"cuts", "before"}) {
			t.Errorf("applied %q: what was taken back came again", got)
		}
		exactlyOnce(t, b, c)
	})
}

func TestACaptivePortalNeverConfirms(t *testing.T) {
	for name, trick := range map[string]relay.Trick{"200 with a page": relay.Portal, "redirect": relay.Elsewhere} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				c, b := newTestCloud(t, 0), newTestBox(t)
				b.join(c)
				b.onApply = func(text string) error {
					b.play(nil)
					if text == "portal" {
						b.play(func(*http.Request) relay.Trick { return trick })
					}
					return nil
				}
				l, _ := b.run()
				pass(time.Minute)
				c.publish(1, "portal")
				pass(5 * time.Minute)
				if s := l.State(); s.Up || !strings.Contains(s.Trouble, "captive portal") {
					t.Errorf("state %+v", s)
				}
				pass(15 * time.Minute)
				wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
				if b.inForce() != "before" || c.confirms != 0 {
					t.Errorf("in force %q, %d confirmations", b.inForce(), c.confirms)
				}
			})
		})
	}
}

func TestAConfirmationWithoutTheNonceIsNone(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.mute = true
		c.publish(1, "one")
		b.run()
		pass(12 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
		if b.inForce() != "before" || c.confirms < 10 {
			t.Errorf("in force %q, %d confirmations asked for", b.inForce(), c.confirms)
		}
	})
}

func TestLinesThatDoNotComeBackTakeADocumentBack(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.trunks = []wire.Trunk{{Name: "carrier", Up: true}, {Name: "spare"}, {Name: "old", Up: true}}
		b.onApply = func(text string) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.trunks = []wire.Trunk{{Name: "carrier", Up: text != "breaks"}, {Name: "spare"}} // "old" is not in the documents any more
			return nil
		}
		b.run()
		pass(time.Minute)
		c.publish(1, "breaks")
		pass(12 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
		c.publish(2, "works")
		pass(time.Minute)
		wants(t, c, 2, wire.Fetched, wire.Applied, wire.Kept)
	})
}

func TestALocalChangeDuringATrialStays(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.mute = true
		c.publish(1, "one")
		b.run()
		pass(time.Minute)
		b.mu.Lock()
		b.text = "mine"
		b.mu.Unlock()
		pass(20 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
		if b.inForce() != "mine" {
			t.Errorf("in force %q", b.inForce())
		}
	})
}

func TestABoxThatFailsItselfTriesAgain(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		tries := 0
		b.onApply = func(string) error {
			if tries++; tries < 5 {
				return errors.New("the disk is full")
			}
			return nil
		}
		c.publish(1, "one")
		b.run()
		pass(2 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Kept)
	})
}

// TestAKillAtAnyStateResumes stops the link at every place where the machine stands on the disk, with and without what was to follow having
// happened, and starts it again.
func TestAKillAtAnyStateResumes(t *testing.T) {
	at := func(s apply.State, inForce string) (apply.Machine, string) {
		m := apply.Machine{State: s, Confirmed: 1, Name: apply.NameOf("before"), Revision: 2, Document: "two", Before: "before", Lines: []string{"carrier"}, Then: apply.TrialBoth}
		if s == apply.Reverting {
			m.Reverting = "why not"
		}
		return m, inForce
	}
	for _, s := range apply.States() {
		for _, inForce := range []string{"before", "two"} {
			t.Run(string(s)+" with "+inForce, func(t *testing.T) {
				inTime(t, func(t *testing.T) {
					c, b := newTestCloud(t, 0), newTestBox(t)
					b.join(c)
					m, text := at(s, inForce)
					if s == apply.Idle {
						m = apply.Machine{State: s, Confirmed: 1}
					}
					b.text = text
					must(t, b.l().write(fileApply, applied{Machine: m}))
					c.publish(2, "two")
					l, _ := b.run()
					pass(15 * time.Minute)
					want, end, revision := "two", wire.Kept, uint64(2)
					switch {
					case s == apply.Reverting, s.OnTrial() && inForce == "before": // not what was on trial: somebody put it there
						want, end, revision = "before", wire.Reverted, 1
					}
					got := c.states(2)
					if b.inForce() != want || len(got) == 0 || got[len(got)-1] != end || l.State().Revision != revision || l.State().Stage != apply.Idle {
						t.Errorf("in force %q, reported %v, %+v", b.inForce(), got, l.State())
					}
				})
			})
		}
	}
}

func TestADocumentThatMakesTheBoxFallOverIsTakenBack(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.mute = true
		c.publish(1, "falls")
		for range apply.MaxStarts + 2 {
			_, stop := b.run()
			pass(time.Minute)
			stop()
		}
		if b.inForce() != "before" {
			t.Errorf("in force %q", b.inForce())
		}
		b.run()
		pass(time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Applied, wire.Reverted)
	})
}

func TestReportsWaitOnTheDisk(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.publish(1, "bad one")
		b.play(func(r *http.Request) relay.Trick {
			if r.URL.Path == wire.PathReport {
				return relay.LoseAsk
			}
			return relay.Pass
		})
		_, stop := b.run()
		pass(5 * time.Minute)
		stop()
		b.play(nil)
		b.run()
		pass(5 * time.Minute)
		wants(t, c, 1, wire.Fetched, wire.Refused)
	})
}

func (b *testBox) l() folder { return folder(b.dir) }

// An outage is no reason to take a document back: it was there before.
func TestADocumentThatMeetsAnOutageNeedsOnlyItsLines(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		must(t, b.l().write(fileApply, applied{Machine: apply.Machine{State: apply.Fetched, Revision: 2, Document: "two"}}))
		b.reach(nil)
		l, _ := b.run()
		pass(15 * time.Minute)
		if s := l.State(); s.Up || s.Revision != 2 || b.inForce() != "two" {
			t.Errorf("state %+v, in force %q", s, b.inForce())
		}
		b.reach(c)
		pass(10 * time.Minute)
		wants(t, c, 2, wire.Applied, wire.Kept)
	})
}
