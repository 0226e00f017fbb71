package appliance

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"

	"pgregory.net/rapid"
)

// The timers fire in order of time and then of id, once each, and never when they were stopped.
func TestTimersFireOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q timers
		want := map[exchange.TimerID]int64{}
		n := rapid.IntRange(1, 600).Draw(t, "n")
		for id := exchange.TimerID(1); id <= exchange.TimerID(n); id++ {
			at := rapid.Int64Range(0, 50).Draw(t, "at")
			q.start(exchange.StartTimer{Timer: id, At: at})
			want[id] = at
			if rapid.Bool().Draw(t, "stop") {
				victim := exchange.TimerID(rapid.IntRange(1, int(id)).Draw(t, "victim"))
				q.stop(victim)
				delete(want, victim)
			}
		}
		if _, ok := q.due(-1); ok {
			t.Fatal("a timer fired before its time")
		}
		lastAt, lastID := int64(-1), exchange.TimerID(0)
		for {
			id, ok := q.due(50)
			if !ok {
				break
			}
			at, expected := want[id]
			if !expected {
				t.Fatalf("timer %d was stopped, or fired twice", id)
			}
			if at < lastAt || at == lastAt && id < lastID {
				t.Fatalf("timer %d at %d fired after timer %d at %d", id, at, lastID, lastAt)
			}
			lastAt, lastID = at, id
			delete(want, id)
		}
		if len(want) > 0 {
			t.Fatalf("never fired: %v", want)
		}
	})
}

// What the exchange decides is remembered before it is carried out, and everything is done by one goroutine in the order it came.
func TestLoopRemembersBeforeItActs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := newClock()
		if err != nil {
			t.Fatal(err)
		}
		l := newLoop(c, exchange.New())
		var log []string
		l.remember = func(_ fact.Moment, facts []fact.Fact) {
			for _, f := range facts {
				log = append(log, string(f.Kind()))
			}
		}
		l.carry = func(e exchange.Effect) { log = append(log, fmt.Sprintf("%T", e)) }
		ctx, stop := context.WithCancel(t.Context())
		go l.run(ctx)
		l.tell(exchange.Started{Epoch: 1})
		l.tell(exchange.SiteChanged{Branch: exchange.Branch{Revision: "r1", Country: "fr"}})
		l.tell(exchange.LegOffered{Leg: "i1-000001", Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: "t"}, Dialled: "+33140506070"})
		synctest.Wait()
		l.tell(exchange.LegEnded{Leg: "i1-000001", Cause: exchange.EndedByBox})
		synctest.Wait()
		calls := -1
		if err := l.ask(t.Context(), func(s *exchange.State, _ fact.Moment) { calls = len(s.Calls()) }); err != nil {
			t.Fatal(err)
		}
		if calls != 0 {
			t.Fatalf("%d calls are left of one that was refused", calls)
		}
		time.Sleep(time.Minute) // fake
		stop()
		<-l.done
		if err := l.ask(t.Context(), func(*exchange.State, fact.Moment) {}); err == nil {
			t.Fatal("a loop that is gone answered")
		}
		l.tell(exchange.MediaRestarted{}) // must not hang
		seen := map[string]int{}
		for i, entry := range log {
			if _, ok := seen[entry]; !ok {
				seen[entry] = i + 1
			}
		}
		if seen["call.opened"] == 0 || seen["exchange.Refuse"] == 0 || seen["call.opened"] > seen["exchange.Refuse"] {
			t.Fatalf("got %v", log)
		}
	})
}
