package nat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	here  = netip.MustParseAddrPort("203.0.113.7:40000")
	there = netip.MustParseAddrPort("203.0.113.7:40001")
)

// in is a keeper in a phase, with numbers of its own for each cell.
func in(p Phase) *Keeper {
	k := &Keeper{Phase: p, Interval: 60 * time.Second, Good: 40 * time.Second, Mapping: here}
	switch p {
	case Settled, Checking:
		k.Bad, k.Interval = 90*time.Second, 48*time.Second
	case Idle:
		*k = Keeper{}
	case Waiting, Trying, Mute:
		k.Interval, k.Good = 15*time.Second, 0
	}
	return k
}

// TestEveryCell drives each input in each phase and holds what comes out.
func TestEveryCell(t *testing.T) {
	const s = time.Second
	type want struct {
		phase    Phase
		interval time.Duration
		e        Effects
	}
	type step struct {
		name string
		in   Input
	}
	met, heard, moved := step{"met", Met{Mapping: here, Delay: 3 * s}}, step{"heard", Heard{here}}, step{"heard elsewhere", Heard{there}}
	ok, other, due, left := step{"answered", Answered{here}}, step{"answered elsewhere", Answered{there}}, step{"due", Due{}}, step{"left", Left{}}
	gone := want{Idle, 0, Effects{Stop: true}}
	cases := map[Phase]map[step]want{
		Idle: {
			met: {Waiting, 15 * s, Effects{After: 3 * s}}, heard: {}, moved: {}, ok: {}, other: {}, due: {}, left: {},
		},
		Waiting: {
			met: {Waiting, 15 * s, Effects{After: 15 * s}}, heard: {Waiting, 15 * s, Effects{After: 15 * s}}, moved: {Waiting, 15 * s, Effects{After: 15 * s}},
			ok: {Waiting, 15 * s, Effects{}}, other: {Waiting, 15 * s, Effects{}}, due: {Trying, 15 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Trying: {
			met: {Trying, 15 * s, Effects{}}, heard: {Trying, 15 * s, Effects{}}, moved: {Trying, 15 * s, Effects{}},
			ok: {Climbing, 22500 * time.Millisecond, Effects{After: 22500 * time.Millisecond}}, other: {Climbing, 22500 * time.Millisecond, Effects{After: 22500 * time.Millisecond}},
			due: {Trying, 15 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Mute: {
			met: {Mute, 15 * s, Effects{}}, heard: {Mute, 15 * s, Effects{}}, moved: {Mute, 15 * s, Effects{}},
			ok: {Climbing, 15 * s, Effects{After: 15 * s}}, other: {Climbing, 15 * s, Effects{After: 15 * s}},
			due: {Mute, 15 * s, Effects{Ping: true, After: 300 * s}}, left: gone,
		},
		Climbing: {
			met: {Climbing, 60 * s, Effects{After: 60 * s}}, heard: {Climbing, 60 * s, Effects{After: 60 * s}}, moved: {Settled, 32 * s, Effects{After: 32 * s}},
			ok: {Climbing, 60 * s, Effects{}}, other: {Climbing, 60 * s, Effects{}}, due: {Probing, 60 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Probing: {
			met: {Probing, 60 * s, Effects{}}, heard: {Probing, 60 * s, Effects{}}, moved: {Settled, 32 * s, Effects{After: 32 * s}},
			ok: {Climbing, 90 * s, Effects{After: 90 * s}}, other: {Settled, 32 * s, Effects{After: 32 * s}},
			due: {Missing, 60 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Settled: {
			met: {Settled, 48 * s, Effects{After: 48 * s}}, heard: {Settled, 48 * s, Effects{After: 48 * s}}, moved: {Settled, 32 * s, Effects{After: 32 * s}},
			ok: {Settled, 48 * s, Effects{}}, other: {Settled, 48 * s, Effects{}}, due: {Checking, 48 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Checking: {
			met: {Checking, 48 * s, Effects{}}, heard: {Checking, 48 * s, Effects{}}, moved: {Settled, 32 * s, Effects{After: 32 * s}},
			ok: {Settled, 48 * s, Effects{After: 48 * s}}, other: {Settled, 32 * s, Effects{After: 32 * s}},
			due: {Missing, 48 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Missing: {
			met: {Settled, 32 * s, Effects{After: 32 * s}}, heard: {Settled, 32 * s, Effects{After: 32 * s}}, moved: {Settled, 32 * s, Effects{After: 32 * s}},
			ok: {Climbing, 60 * s, Effects{After: 60 * s}}, other: {Settled, 32 * s, Effects{After: 32 * s}},
			due: {Missing, 60 * s, Effects{Ping: true, After: 4 * s}}, left: gone,
		},
		Gone: {
			met: {Settled, 32 * s, Effects{Resume: true, After: 32 * s}}, heard: {Settled, 32 * s, Effects{Resume: true, After: 32 * s}}, moved: {Settled, 32 * s, Effects{Resume: true, After: 32 * s}},
			ok: {Climbing, 60 * s, Effects{Resume: true, After: 60 * s}}, other: {Settled, 32 * s, Effects{Resume: true, After: 32 * s}},
			due: {Gone, 60 * s, Effects{Ping: true, After: 60 * s}}, left: gone,
		},
	}
	for p := range phases {
		for _, st := range []step{met, heard, moved, ok, other, due, left} {
			w, there := cases[p][st]
			if !there {
				t.Errorf("%s, %s: no cell", p, st.name)
				continue
			}
			k := in(p)
			e := k.Step(st.in)
			if k.Phase != w.phase || k.Interval != w.interval || e != w.e {
				t.Errorf("%s, %s: %s %s %+v; want %s %s %+v", p, st.name, k.Phase, k.Interval, e, w.phase, w.interval, w.e)
			}
		}
	}
	// The last of the keep-alives that stay unanswered.
	k := in(Missing)
	k.Missed = 2
	if e := k.Step(Due{}); k.Phase != Gone || e != (Effects{Suspend: true, After: 60 * s}) {
		t.Errorf("%s %+v", k.Phase, e)
	}
	k = in(Trying)
	k.Missed = 2
	if e := k.Step(Due{}); k.Phase != Mute || e != (Effects{After: 300 * s}) {
		t.Errorf("%s %+v: who never answered is not judged by it", k.Phase, e)
	}
}

// router is a NAT with one mapping that it forgets after a silence.
type router struct {
	forgets time.Duration
	port    uint16
	last    time.Duration
	fixed   bool // it gives the same port again
}

// out is a packet from inside at a time: it opens a mapping where there is none.
func (r *router) out(now time.Duration) netip.AddrPort {
	if now-r.last >= r.forgets && !r.fixed {
		r.port++
	}
	r.last = now
	return netip.AddrPortFrom(here.Addr(), 40000+r.port)
}

// into is a packet from outside: it passes while there is a mapping.
func (r *router) into(now time.Duration) bool {
	if now-r.last >= r.forgets {
		return false
	}
	r.last = now
	return true
}

// search drives a keeper against a router for a while, and says how many silences the router did not stand.
func search(t *testing.T, r *router, inside bool, long time.Duration, registers time.Duration) (k *Keeper, exceeded int, gone time.Duration) {
	t.Helper()
	const rtt = 50 * time.Millisecond
	k = &Keeper{}
	now, due, renew := time.Duration(0), time.Duration(0), registers
	apply := func(e Effects) {
		if e.After > 0 {
			due = now + e.After
		}
		if e.Ping {
			switch {
			case inside: // the box is behind the router and pings a trunk: its packet opens a mapping, perhaps another
				if now-r.last >= r.forgets {
					exceeded++
				}
				at := r.out(now)
				now += rtt
				if e := k.Step(Answered{at}); e.After > 0 {
					due = now + e.After
				}
			case k.Phase != Gone && k.Phase != Missing || now-r.last < r.forgets:
				if now-r.last >= r.forgets {
					exceeded++
				}
				if r.into(now) {
					now += rtt
					if e := k.Step(Answered{r.out(now)}); e.After > 0 {
						due = now + e.After
					}
				}
			}
		}
	}
	apply(k.Step(Met{Mapping: r.out(now)}))
	for now < long {
		if registers > 0 && renew <= due {
			if renew > now {
				now = renew
			}
			renew = now + registers
			was := k.Phase
			if was == Gone {
				gone++
			}
			apply(k.Step(Heard{r.out(now)}))
			continue
		}
		if due > now {
			now = due
		}
		apply(k.Step(Due{}))
	}
	return k, exceeded, gone
}

// The silence that a router stands is found, kept below it, and exceeded at most once on the way.
func TestConvergesUnderTheRoutersTime(t *testing.T) {
	for _, forgets := range []time.Duration{30 * time.Second, 60 * time.Second, 180 * time.Second} {
		for _, inside := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s inside=%v", forgets, inside), func(t *testing.T) {
				registers := time.Duration(0)
				if !inside {
					registers = time.Hour
				}
				k, exceeded, _ := search(t, &router{forgets: forgets}, inside, 24*time.Hour, registers)
				if k.Phase != Settled && k.Phase != Checking {
					t.Errorf("%s", k.Phase)
				}
				if k.Interval >= forgets || k.Interval < forgets/2 {
					t.Errorf("%s of silence under a router that forgets after %s", k.Interval, forgets)
				}
				if exceeded != 1 {
					t.Errorf("the router's time was exceeded %d times", exceeded)
				}
				t.Logf("forgets after %s: %s, proven %s, lost %s", forgets, k.Interval, k.Good, k.Bad)
			})
		}
	}
}

// A router that never forgets is asked every eight minutes.
func TestNeverLongerThanTheLongest(t *testing.T) {
	k, exceeded, _ := search(t, &router{forgets: 1000 * time.Hour}, true, 24*time.Hour, 0)
	if k.Interval != 8*time.Minute || exceeded != 0 || k.Bad != 0 {
		t.Errorf("%s, exceeded %d", k.Interval, exceeded)
	}
	// And one that forgets within less than the shortest silence: no lower than that.
	k, _, _ = search(t, &router{forgets: 10 * time.Second}, true, time.Hour, 0)
	if k.Interval != 15*time.Second {
		t.Errorf("%s", k.Interval)
	}
}

// Whatever happens: the silence stays within its limits, something is always to be done next, and suspending and resuming take turns.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &Keeper{}
		suspended := false
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			at := rapid.SampledFrom([]netip.AddrPort{here, there, {}}).Draw(t, "at")
			var in Input
			switch rapid.IntRange(0, 7).Draw(t, "input") {
			case 0:
				in = Met{Mapping: at, Delay: time.Second}
			case 1:
				in = Heard{at}
			case 2, 3:
				in = Answered{at}
			case 4, 5, 6:
				in = Due{}
			default:
				in = Left{}
			}
			was := k.Phase
			e := k.Step(in)
			if k.Phase == Idle {
				suspended = false
				continue
			}
			if k.Interval < 15*time.Second || k.Interval > 10*time.Minute || k.Good < 0 || k.Missed > 3 {
				t.Fatalf("%+v", k)
			}
			if _, ok := in.(Due); ok && e.After <= 0 {
				t.Fatalf("%s: nothing follows", was)
			}
			if e.Suspend && (suspended || k.Phase != Gone) || e.Resume && (!suspended || k.Phase == Gone) {
				t.Fatalf("%s to %s: %+v", was, k.Phase, e)
			}
			suspended = suspended && !e.Resume || e.Suspend
			if suspended != (k.Phase == Gone) {
				t.Fatalf("suspended %v in %s", suspended, k.Phase)
			}
		}
	})
}
