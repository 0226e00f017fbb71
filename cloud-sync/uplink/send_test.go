package uplink

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"autocom/appliance/exchange/fact"
	"autocom/cloud-sync/relay"
	"autocom/cloud-sync/wire"

	"pgregory.net/rapid"
)

func TestFactsArriveOnce(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(1200)
		l, _ := b.run()
		pass(20 * time.Second)
		exactlyOnce(t, b, c)
		if s := l.State(); !s.Up || s.Waiting != 0 || !s.Oldest.IsZero() || !s.Stream {
			t.Errorf("state %+v", s)
		}
		b.ring(1)
		pass(time.Second)
		exactlyOnce(t, b, c)
	})
}

func TestThirtyDaysOfflineAreCaughtUp(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		l, _ := b.run()
		pass(time.Minute)
		b.reach(nil)
		c.restart()
		for range 30 * 24 {
			b.ring(20)
			pass(time.Hour)
		}
		if s := l.State(); s.Up || s.Waiting < 30*24*20 || !strings.Contains(s.Trouble, "cannot be reached") {
			t.Errorf("state %+v", s)
		}
		b.reach(c)
		before := time.Now()
		for l.State().Waiting > 0 || !l.State().Up {
			if pass(time.Second); time.Since(before) > 15*time.Minute {
				t.Fatalf("still waits: %+v", l.State())
			}
		}
		exactlyOnce(t, b, c)
		if n := b.noted("link.changed"); n != 3 {
			t.Errorf("%d changes of the link were noted", n)
		}
	})
}

func TestABacklogTricklesAndLiveStatusComesFirst(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(20 * wire.MaxBatch)
		b.run()
		pass(5500 * time.Millisecond)
		c.mu.Lock()
		if len(c.statuses) == 0 || c.batches > 7 || len(c.rows) == 0 {
			t.Errorf("%d statuses, %d batches, %d facts after 5 s", len(c.statuses), c.batches, len(c.rows))
		}
		c.mu.Unlock()
		pass(time.Minute)
		exactlyOnce(t, b, c)
	})
}

func TestLostAnswersDoublesAndOvertakersChangeNothing(t *testing.T) {
	for name, trick := range map[string]relay.Trick{"lost answers": relay.LoseAnswer, "lost requests": relay.LoseAsk, "twice": relay.Twice, "overtaken": relay.Late, "a portal": relay.Portal} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				c, b := newTestCloud(t, 0), newTestBox(t)
				b.join(c)
				n := 0
				b.play(func(r *http.Request) relay.Trick {
					if n++; r.URL.Path == wire.PathFacts && n%3 != 0 {
						return trick
					}
					return relay.Pass
				})
				b.run()
				for range 10 {
					b.ring(300)
					pass(7 * time.Second)
				}
				b.play(nil)
				pass(10 * time.Minute)
				exactlyOnce(t, b, c)
			})
		})
	}
}

func TestALineCutAtEveryPlaceOfABatchLosesAndDoublesNothing(t *testing.T) {
	for _, back := range []bool{false, true} {
		for n := int64(0); n < 12000; n = n*2 + 37 {
			inTime(t, func(t *testing.T) {
				c, b := newTestCloud(t, 0), newTestBox(t)
				b.join(c)
				front := newPipeListener()
				line := relay.New(front, func(context.Context) (net.Conn, error) { return c.dial() })
				b.cloud = func() (net.Conn, error) { return front.dial() }
				_, stop := b.run()
				pass(20 * time.Second)
				if back {
					line.CutBackAfter(n)
				} else {
					line.CutAfter(n)
				}
				b.ring(900)
				pass(10 * time.Minute)
				line.Restore()
				pass(10 * time.Minute)
				exactlyOnce(t, b, c)
				stop()
				must(t, line.Close())
			})
		}
	}
}

func TestAServerKilledInABatchTakesItAgain(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		var kills atomic.Int32
		c.kill = func(path string) bool { // before the transaction
			return path == wire.PathFacts && kills.Add(1) <= 5
		}
		b.ring(700)
		b.run()
		pass(time.Minute)
		c.restart()
		b.reach(c)
		pass(30 * time.Minute)
		exactlyOnce(t, b, c)
		if kills.Load() < 5 {
			t.Errorf("%d kills", kills.Load())
		}
	})
}

func TestACloudRestoredFromYesterdayGetsTheDayAgain(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(400)
		b.run()
		pass(time.Minute)
		c.mu.Lock()
		c.yesterday = slices.Clone(c.rows)
		c.mu.Unlock()
		b.ring(800)
		pass(time.Minute)
		c.mu.Lock()
		c.rows = c.yesterday
		c.mu.Unlock()
		pass(3 * time.Minute) // the next status tells
		exactlyOnce(t, b, c)
		c.mu.Lock()
		c.rows = nil
		c.mu.Unlock()
		c.nudge <- wire.Nudge{Facts: true}
		pass(30 * time.Second)
		exactlyOnce(t, b, c)
	})
}

func TestABoxThatWasRestoredRaisesItsEpochAndSkipsNothing(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(50)
		_, stop := b.run()
		pass(time.Minute)
		stop()
		var saved sent
		must(t, b.l().read(fileSent, &saved))
		kept, cursor, n := slices.Clone(b.entries), b.cursor, b.n
		_, stop = b.run()
		b.ring(30)
		pass(time.Minute)
		stop()
		inCloud := len(c.rows)
		// Yesterday's copy is put back, and the box works on before it reaches the cloud.
		b.entries, b.cursor, b.n = kept, cursor, n
		must(t, b.l().write(fileSent, saved))
		for range 100 {
			b.add(fact.Moment{UTC: 7}, fact.LegRinging{Call: "after", Leg: "l"})
		}
		b.run()
		pass(time.Minute)
		if !slices.Equal(b.raised, []uint32{2}) {
			t.Fatalf("raised to %v", b.raised)
		}
		seen := map[fact.Address]bool{}
		after := 0
		for _, r := range c.rows {
			if seen[r.Address] {
				t.Errorf("%s is there twice", r.Address)
			}
			seen[r.Address] = true
			if strings.Contains(string(r.Raw), `"call":"after"`) {
				after++
			}
		}
		if after != 100 || len(c.rows) < inCloud+100 {
			t.Errorf("%d of 100 facts after the restore are in the cloud", after)
		}
		if last := b.Last(); c.mark() != last {
			t.Errorf("the cloud is at %s, the box at %s", c.mark(), last)
		}
	})
}

func TestAFactThatCannotBeReadIsToldLost(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(20)
		for _, n := range []uint64{1, 7, 8, 20} {
			b.bad[fact.Address{Stream: testStream, Epoch: 1, N: n}] = true
		}
		b.run()
		pass(time.Minute)
		c.mu.Lock()
		defer c.mu.Unlock()
		var lost []uint64
		for i, r := range c.rows {
			if r.Address.N != uint64(i+1) {
				t.Fatalf("fact %d is %s", i, r.Address)
			}
			if r.Kind == "facts.lost" {
				lost = append(lost, r.Address.N)
			}
		}
		if !slices.Equal(lost, []uint64{1, 7, 8, 20}) {
			t.Errorf("told lost: %v", lost)
		}
	})
}

func TestAPoisonedFactDoesNotStopThoseAfterIt(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.poison = `"call":"poison"`
		b.ring(100)
		b.add(fact.Moment{}, fact.LegRinging{Call: "poison", Leg: "l"})
		b.ring(100)
		b.run()
		pass(5 * time.Minute)
		if c.mark() != b.Last() || len(c.rows) != len(b.entries) || c.rows[100].Kind != "facts.lost" {
			t.Errorf("the cloud is at %s of %s", c.mark(), b.Last())
		}
	})
}

func TestAnotherCustomerNeverGetsTheFactsOfBefore(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		b.ring(10)
		_, stop := b.run()
		pass(time.Minute)
		stop()
		b.ring(5) // nobody got them yet
		first := b.Last()
		other := newTestCloud(t, 0)
		b.join(other)
		var id identity
		must(t, b.l().read(fileIdentity, &id))
		id.Tenant, id.From = "t2", first
		must(t, b.l().write(fileIdentity, id))
		b.run()
		b.ring(5)
		pass(time.Minute)
		for _, r := range other.rows {
			if !first.Before(r.Address) {
				t.Errorf("%s went to the other customer", r.Address)
			}
		}
		if other.mark() != b.Last() {
			t.Errorf("the other cloud is at %s of %s", other.mark(), b.Last())
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	inTime(t, func(t *testing.T) {
		c, b := newTestCloud(t, 0), newTestBox(t)
		b.join(c)
		c.code = wire.CodeBusy
		var dials atomic.Int32
		b.cloud = func() (net.Conn, error) { dials.Add(1); return c.dial() }
		b.run()
		pass(19 * time.Minute)
		if dials.Load() != 1 {
			t.Errorf("%d connections although the cloud asked for 20 minutes", dials.Load())
		}
		c.mu.Lock()
		c.code = ""
		c.mu.Unlock()
		pass(10 * time.Minute)
		exactlyOnce(t, b, c)
	})
}

// TestWhateverHappensOnTheWayEachFactIsThereOnceAndInOrder plays random schedules of bad luck on both sides.
func TestWhateverHappensOnTheWayEachFactIsThereOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		moves := rapid.SliceOfN(rapid.SampledFrom([]string{"ring", "flood", "cut", "mend", "lose", "double", "late", "portal", "good", "box", "cloud", "killed", "yesterday", "night"}), 4, 12).Draw(rt, "moves")
		inTime(t, func(t *testing.T) {
			c, b := newTestCloud(t, 0), newTestBox(t)
			b.join(c)
			_, stop := b.run()
			for _, m := range moves {
				half := func(trick relay.Trick) {
					b.play(func(*http.Request) relay.Trick {
						if rand.N(2) == 0 {
							return trick
						}
						return relay.Pass
					})
				}
				switch m {
				case "ring":
					b.ring(1)
				case "flood":
					b.ring(800)
				case "cut":
					b.reach(nil)
					c.restart()
				case "mend":
					b.reach(c)
				case "lose":
					half(relay.LoseAnswer)
				case "double":
					half(relay.Twice)
				case "late":
					half(relay.Late)
				case "portal":
					half(relay.Portal)
				case "good":
					b.play(nil)
				case "box":
					stop()
					_, stop = b.run()
				case "cloud":
					c.restart()
					b.reach(c)
				case "killed":
					var done atomic.Bool
					c.mu.Lock()
					c.kill = func(path string) bool { return path == wire.PathFacts && !done.Swap(true) }
					c.mu.Unlock()
				case "yesterday":
					c.mu.Lock()
					c.rows = c.rows[:len(c.rows)/2]
					c.mu.Unlock()
				case "night":
					pass(time.Hour)
				}
				pass(3 * time.Second)
			}
			b.play(nil)
			b.reach(c)
			pass(12 * time.Minute)
			exactlyOnce(t, b, c)
		})
	})
}
